"""What Amazon shows of listings that were sent: into the mirror, and the stage that each has reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from core import clock
from core.amazon.marketplaces import by_id
from core.listings import NAME
from core.listings.exports import FOLLOWED_FOR, exports
from core.listings.plan import problems
from core.listings.plan.stage import ACCEPTED, BUYABLE, next_look, stage_of
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_export import PLANNED, WATCHED, ListingExport
from core.model.listing_issue import OF_LISTING
from core.products.issues import IssueView, issues_by_sku
from core.products.listings import mark, rows_by_sku, store_content
from core.products.plan.source import Source
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.problems import raise_problems, resolve_problems


def see(
    session: Session, channel: Channel, items: Mapping[str, Mapping[str, Any]], *, made: Collection[str] = ()
) -> dict[Subject, list[Hold]]:
    """Write listings as they were read, in the caller's transaction; `made` are those that our export has made.

    That they were written by us makes no import of them. Problems that show in listings are raised, and resolved where
    they do not show any more; with those of submissions, where Amazon shows the listing for the first time. Returns the
    former.
    """
    place = by_id(channel.marketplace_id)
    skus = list(items)
    known = {row.sku for row in rows_by_sku(session, channel, skus) if row.closed_at is None}
    store_content(
        session,
        channel,
        place.currency if place else "EUR",
        {sku: Source(dict(item)) for sku, item in items.items()},
        to_plan=False,
    )
    if made:
        mark(session, channel, list(made), exported_by=stored_id(channel.id))
    listings = {row.sku: row for row in rows_by_sku(session, channel, skus)}
    issues = issues_by_sku(session, channel.account_id, channel.marketplace_id, skus, source=OF_LISTING)
    rows = exports(session, channel, skus)
    held: dict[Subject, list[Hold]] = {}
    for sku, row in rows.items():
        severe = [one for one in issues.get(sku, ()) if one.severity == "ERROR"]
        if (hold := _moved(row, listings.get(sku), severe)) is not None:
            held[Subject("sku", sku)] = [hold]
        session.add(row)
    owner = Owner.channel(stored_id(channel.id))
    resolve_problems(session, owner, NAME, [Subject("sku", sku) for sku in rows.keys() - known])
    resolve_problems(session, owner, NAME, [Subject("sku", sku) for sku in rows], problems.SEEN)
    raise_problems(session, owner, NAME, held, problems.SEEN)
    return held


def _moved(row: ListingExport, listing: Listing | None, errors: Sequence[IssueView]) -> Hold | None:
    """Move an export to the stage that its listing shows; the problem that it has there.

    What is only watched, or was not sent yet, stays so: its issues stand in the list, and are nobody's problem here.
    """
    if row.state == WATCHED or (row.state == PLANNED and row.attributes is None):
        row.next_look = None
        return None
    stage = stage_of(listing is not None, listing.buyable if listing else False, bool(errors))
    is_done = stage == BUYABLE or (row.is_parent and stage == ACCEPTED)
    if stage != row.state:
        row.state, row.state_at = stage, clock.now()
    row.looks += 1
    row.next_look = next_look(is_done, row.looks, row.follow_until, clock.now())
    if errors:
        told = " ".join(one.message or one.code for one in errors)
        return problems.listing_issues(told, errors[0].fix)
    if row.next_look is None and not is_done:
        return problems.not_for_sale(FOLLOWED_FOR.days)
    return None
