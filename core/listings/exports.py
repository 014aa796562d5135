"""What was sent of listings, as rows: looked up, written when something is sent, and moved from stage to stage."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, select, update

from core import clock
from core.database import upsert
from core.fields.store_items import document_of, read_document
from core.listings.plan.candidate import Attributes, Seen, Sent, hash_of
from core.listings.plan.difference import after
from core.listings.plan.merging import code_of
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing_export import CLOSED, ISSUES, PLANNED, SUBMITTED, WATCHED, ListingExport
from core.model.listing_issue import OF_SUBMISSION
from core.packing import packed, unpacked
from core.products.issues import write_issues
from core.products.plan.issues import issues_of
from core.submissions.message import INVALID, Answer, Message
from core.windows import AT_ONCE

FOLLOWED_FOR = timedelta(days=7)
"""How long a listing is followed that is not for sale."""
FIRST_LOOK = timedelta(minutes=2)
_PLANNED = ("channel_id", "product_id", "is_parent", "parent_sku")
_KEY = ("account_id", "marketplace_id", "sku")


def of_place(channel: Channel) -> ColumnElement[bool]:
    """The condition for rows of a channel's seller and marketplace."""
    return and_(
        col(ListingExport.account_id) == channel.account_id,
        col(ListingExport.marketplace_id) == channel.marketplace_id,
    )


def exports(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, ListingExport]:
    """Rows by SKU."""
    found: dict[str, ListingExport] = {}
    for start in range(0, len(skus), AT_ONCE):
        query = select(ListingExport).where(
            of_place(channel), col(ListingExport.sku).in_(skus[start : start + AT_ONCE])
        )
        found.update({row.sku: row for row in session.exec(query)})
    return found


def sent_of(row: ListingExport | None, *, is_doubtful: bool = False) -> Sent | None:
    """What was sent last; None before anything was, and after it was closed."""
    if row is None or row.attributes is None:
        return None
    told = attributes_of(row)
    known = (row.product_type, row.requirements, told, row.content_hash, row.asin, row.channel_code, is_doubtful)
    return Sent(*known, written=frozenset(told), seen=_seen_of(row)) if is_partial(row) else Sent(*known)


def is_partial(row: ListingExport) -> bool:
    """Whether the listing was there before, and nobody asked for all of its content to be sent."""
    return row.state == WATCHED or (row.product is not None and row.state != PLANNED)


def is_unseen(row: ListingExport) -> bool:
    """Whether it is not noted yet what the store says of a listing that was there before: nothing of it is sent."""
    return row.state == WATCHED and row.product is None


def attributes_of(row: ListingExport) -> Attributes:
    """The content that was sent."""
    return dict(unpacked(row.attributes)) if row.attributes else {}


@dataclass(frozen=True)
class Target:
    """One SKU that is to be listed, and the product that it means."""

    sku: str
    product_id: int
    is_parent: bool = False
    """It stands for the variations of the product's group."""
    parent_sku: str = ""
    """Of a variation."""


def target_of(row: ListingExport) -> Target:
    """The target that was planned."""
    return Target(row.sku, row.product_id, row.is_parent, row.parent_sku)


def plan_in(session: Session, channel: Channel, targets: Sequence[Target], *, whole: bool = False) -> None:
    """Note that SKUs are to be sent; `whole`: all of their content, also of those that were there before."""
    _put_in(session, channel, targets, state=PLANNED, dirty=False)
    if whole:
        rows = exports(session, channel, [one.sku for one in targets]).values()
        theirs = [row.sku for row in rows if is_partial(row)]
        mark(session, channel, theirs, state=PLANNED, attributes=None, content_hash="")


def watch_in(session: Session, channel: Channel, targets: Sequence[Target]) -> None:
    """Note that SKUs are there, and that what changes of them in the store from now on is to be sent."""
    _put_in(session, channel, targets, state=WATCHED, dirty=True)


def seen_in_store(session: Session, channel: Channel, products: Mapping[str, Seen]) -> None:
    """Note the products of SKUs that are watched, when they are seen first; what was sent of another is planned."""
    for sku, row in exports(session, channel, list(products)).items():
        if not is_unseen(row):  # all of it was planned meanwhile, or it was closed
            continue
        told = attributes_of(row)
        row.product = packed({**document_of(products[sku].item), "category": products[sku].category})
        row.attributes, row.content_hash = packed(told), hash_of(row.product_type, row.requirements, told)
        row.dirty = row.dirty or bool(told)
        session.add(row)


def _seen_of(row: ListingExport) -> Seen | None:
    if row.product is None:
        return None
    document = unpacked(row.product)
    return Seen(read_document(document), document["category"])


def _put_in(session: Session, channel: Channel, targets: Iterable[Target], **values: Any) -> None:
    rows = [
        {
            "account_id": channel.account_id,
            "marketplace_id": channel.marketplace_id,
            "channel_id": stored_id(channel.id),
            **vars(target),
        }
        for target in sorted(targets, key=lambda one: one.sku)
    ]
    new = {
        "product_type": "", "requirements": "", "asin": "", "content_hash": "", "submission_id": "", "route": "",
        "channel_code": "", "state_at": clock.now(), "repaired": {}, "looks": 0, **values,
    }  # fmt: skip
    upsert(session, ListingExport, [row | new for row in rows], keys=_KEY, update=_PLANNED)


def sent_in(session: Session, channel: Channel, taken: Sequence[tuple[Message, Answer]]) -> None:
    """Note what was sent and taken, and follow it from now on.

    What is watched no more is left out; of what is watched anew since another product counts for it, no more is known
    than what went out.
    """
    rows = exports(session, channel, [message.sku for message, _ in taken])
    for message, answer in taken:
        row = rows.get(message.sku)
        if row is None:
            continue
        if is_unseen(row):
            row.attributes = packed(after(attributes_of(row), message))
        else:
            _note_sent(row, message, answer)
        session.add(row)
    told = {message.sku: issues_of(answer.issues) for message, answer in taken}
    write_issues(session, channel, OF_SUBMISSION, told)


def _note_sent(row: ListingExport, message: Message, answer: Answer) -> None:
    told = after(attributes_of(row), message)
    if message.attributes is not None or row.state == PLANNED:
        row.product = None
    if message.attributes is not None:
        row.product_type, row.requirements, row.asin = message.product_type, message.requirements, _asin(message)
    elif not row.product_type:
        row.product_type, row.requirements = message.product_type, message.requirements
    row.attributes = packed(told)
    row.channel_code = code_of(message) or row.channel_code
    row.content_hash = hash_of(row.product_type, row.requirements, told)
    row.submission_id, row.route = answer.submission_id, answer.route
    row.state = ISSUES if answer.status == INVALID else SUBMITTED
    row.state_at, row.looks = clock.now(), 0  # what is dirty was edited since it was made, and is planned again
    row.next_look, row.follow_until = clock.now() + FIRST_LOOK, clock.now() + FOLLOWED_FOR


def mark(session: Session, channel: Channel, skus: Sequence[str], **values: Any) -> None:
    """Change rows by their SKUs."""
    for start in range(0, len(skus), AT_ONCE):
        chosen = (of_place(channel), col(ListingExport.sku).in_(skus[start : start + AT_ONCE]))
        session.exec(update(ListingExport).where(*chosen).values(**values))


def close_in(session: Session, channel: Channel, skus: Sequence[str]) -> None:
    """Note that Amazon does not have SKUs any more: what was sent of them counts no longer."""
    values = {"state": CLOSED, "state_at": clock.now(), "next_look": None, "dirty": False, "taken": False}
    mark(session, channel, skus, attributes=None, product=None, channel_code="", **values)


def forget_unsent(
    session: Session, channel: Channel, skus: Sequence[str], *, states: Collection[str] = (PLANNED,)
) -> None:
    """Forget that SKUs are to be sent of which nothing was sent yet; those that were watched before are so again."""
    for row in exports(session, channel, skus).values():
        if row.state not in states or row.attributes is not None:
            continue
        if row.product is None:
            session.delete(row)
        else:
            row.state, row.state_at = WATCHED, clock.now()
            row.attributes, row.content_hash = packed({}), hash_of(row.product_type, row.requirements, {})
            session.add(row)


def take(session: Session, channel: Channel, skus: Sequence[str]) -> set[str]:
    """Note, before the store is read, that SKUs are being planned: what is edited after that stays to be planned.

    Returns those that are taken now, and are clean once they are planned. One that another job has taken and that was
    edited since stays dirty: what that job read is older, and it may end last.
    """
    taken: set[str] = set()
    for start in range(0, len(skus), AT_ONCE):
        some = (of_place(channel), col(ListingExport.sku).in_(skus[start : start + AT_ONCE]))
        edited = (col(ListingExport.dirty), col(ListingExport.taken).is_(False))
        session.exec(update(ListingExport).where(*some, *edited).values(dirty=False, taken=True))
        taken.update(session.exec(select(ListingExport.sku).where(*some, col(ListingExport.taken))))
    return taken


def mark_clean(channel: Channel, session: Session, skus: Sequence[str], *, dirty: bool = False) -> None:
    """Note that SKUs that were taken need no planning any more; with `dirty` that they are to be planned."""
    mark(session, channel, skus, **({"dirty": True} if dirty else {"taken": False}))


def _asin(message: Message) -> str:
    entries: Any = (message.attributes or {}).get("merchant_suggested_asin") or ()
    return next((str(entry.get("value")) for entry in entries if isinstance(entry, Mapping)), "")
