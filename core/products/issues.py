"""Issues of listings as rows: written by whoever reads or submits listings, read for people, grouped by code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select
from sqlmodel import Session, col

from core.actor import Actor
from core.database import Database
from core.documents import NOT_SHOWN
from core.model.channel import Channel
from core.model.listing_issue import OF_LISTING, OF_SUBMISSION, ListingIssue
from core.people.rights import note_channel
from core.products.catalogue import Shelf, shelves
from core.products.plan.issues import Issue
from core.products.stages import reached
from core.submissions.known import known
from core.windows import AT_ONCE


@dataclass(frozen=True)
class IssueView:
    """What Amazon finds wrong with a listing."""

    code: str
    severity: str
    attribute: str
    message: str
    cause: str = ""
    """In our words; empty where only Amazon's are known."""
    fix: str = ""
    action: str = ""
    """What Amazon does because of it, such as `LISTING_SUPPRESSED`."""
    deadline: datetime | None = None
    """Until when the listing is spared that."""


@dataclass(frozen=True)
class IssueGroup:
    """An issue that several listings of a channel have alike."""

    key: int = field(metadata=NOT_SHOWN)
    """Of one of them."""
    channel: str
    code: str
    severity: str
    """The worst of them."""
    listings: int
    attribute: str
    message: str
    """Of one of them, in Amazon's words."""
    cause: str
    fix: str
    action: str
    deadline: datetime | None
    """The first one."""


def write_issues(session: Session, channel: Channel, source: str, told: Mapping[str, Sequence[Issue]]) -> None:
    """Put what is wrong with SKUs in place of what was, as this source (see `core.model.listing_issue`) told it."""
    place = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id}
    skus = list(told)
    for start in range(0, len(skus), AT_ONCE):
        mine = (_of(channel.account_id, channel.marketplace_id), col(ListingIssue.source) == source)
        theirs = col(ListingIssue.sku).in_(skus[start : start + AT_ONCE])
        session.execute(delete(ListingIssue).where(*mine, theirs))
    rows = [{**place, "sku": sku, "source": source, **vars(one)} for sku, found in told.items() for one in found]
    if rows:
        session.execute(insert(ListingIssue), rows)


def issues_by_sku(
    session: Session, account_id: int, marketplace_id: str, skus: Sequence[str], *, source: str = ""
) -> dict[str, list[IssueView]]:
    """What is wrong with SKUs, errors first: with the listing, and where nothing is, with what was submitted."""
    found: dict[str, dict[str, list[IssueView]]] = {}
    for start in range(0, len(skus), AT_ONCE):
        query = (
            select(ListingIssue)
            .where(_of(account_id, marketplace_id), col(ListingIssue.sku).in_(skus[start : start + AT_ONCE]))
            .order_by(col(ListingIssue.severity) != "ERROR", col(ListingIssue.id))
        )
        for row in session.execute(query).scalars():
            found.setdefault(row.sku, {}).setdefault(row.source, []).append(_view(row))
    wanted = (source,) if source else (OF_LISTING, OF_SUBMISSION)
    return {sku: next((told[one] for one in wanted if one in told), []) for sku, told in found.items()}


def with_issue(shelf: Shelf, sku: Any, word: str) -> ColumnElement[bool]:
    """Says of a SKU in a query whether it has an issue with a word in what Amazon says."""
    texts = (col(ListingIssue.code), col(ListingIssue.message), col(ListingIssue.attribute))
    has_word = or_(*[text.icontains(word, autoescape=True) for text in texts])
    skus = select(col(ListingIssue.sku)).where(_of(shelf.account_id, shelf.marketplace_id), has_word)
    return and_(sku.in_(skus))


def issue_groups(database: Database, actor: Actor, channel: str = "") -> list[IssueGroup]:
    """The issues of all listings that are open, or were never shown, by channel and code; errors first, then the most.

    What was said against a submission counts while Amazon does not show the listing.
    """
    note_channel(database, actor, channel)
    with database.read() as session:
        groups = [group for shelf in shelves(session, actor, channel) for group in _groups(session, shelf)]
    return sorted(groups, key=lambda one: (one.severity != "ERROR", -one.listings, one.code, one.channel))


def _groups(session: Session, shelf: Shelf) -> Iterable[IssueGroup]:
    stages = reached(shelf.account_id, shelf.marketplace_id).subquery()
    issue = ListingIssue
    key, is_error = func.min(col(issue.id)), func.max(case((col(issue.severity) == "ERROR", 1), else_=0))
    query = (
        select(key, func.count(func.distinct(col(issue.sku))), is_error, func.min(col(issue.deadline)))
        .join(stages, stages.c.sku == col(issue.sku))
        .where(_of(shelf.account_id, shelf.marketplace_id), _counts(stages))
        .group_by(col(issue.code))
    )
    found = {number: told for number, *told in session.execute(query)}
    rows = session.execute(select(issue).where(col(issue.id).in_(list(found)))).scalars()
    for row in rows:
        listings, errs, deadline = found[row.id]
        view = _view(row)
        yield IssueGroup(
            key=row.id or 0,
            channel=shelf.name,
            code=row.code,
            severity="ERROR" if errs else row.severity,
            listings=listings,
            attribute=row.attribute,
            message=row.message,
            cause=view.cause,
            fix=view.fix,
            action=row.action,
            deadline=deadline,
        )


def with_code(session: Session, shelf: Shelf, code: str) -> frozenset[str]:
    """The SKUs of a channel that are counted for an issue."""
    stages = reached(shelf.account_id, shelf.marketplace_id).subquery()
    query = (
        select(col(ListingIssue.sku))
        .join(stages, stages.c.sku == col(ListingIssue.sku))
        .where(_of(shelf.account_id, shelf.marketplace_id), col(ListingIssue.code) == code, _counts(stages))
    )
    return frozenset(session.execute(query).scalars())


def _counts(stages: Any) -> ColumnElement[bool]:
    """Whether an issue counts: one of the listing where Amazon shows it, else one of what was submitted."""
    return or_(
        and_(col(ListingIssue.source) == OF_LISTING, stages.c.is_shown),
        and_(col(ListingIssue.source) == OF_SUBMISSION, ~stages.c.is_shown),
    )


def _view(row: ListingIssue) -> IssueView:
    told = known(row.code, row.category.split(", "))
    return IssueView(row.code, row.severity, row.attribute, row.message, told.cause, told.fix, row.action, row.deadline)


def _of(account_id: int, marketplace_id: str) -> ColumnElement[bool]:
    return and_(col(ListingIssue.account_id) == account_id, col(ListingIssue.marketplace_id) == marketplace_id)
