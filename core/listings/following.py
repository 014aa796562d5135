"""The job `listings.follow`: changed content is sent, what was sent is looked at until it is settled, and once a day
all that was sent is compared with what Amazon has.

Calls: none where nothing is due; 1 for 20 listings otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from core import clock
from core.jobs.context import ItemResult, JobContext
from core.listings import NAME
from core.listings.checkpoint import Checkpoint
from core.listings.exports import close_in, exports, of_place, sent_of
from core.listings.flow import send_changed
from core.listings.plan import problems
from core.listings.plan.candidate import hash_of
from core.listings.plan.difference import differing
from core.listings.seen import see
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing_export import CLOSED, SUBMITTED, WATCHED, ListingExport
from core.products.listings import close_absent, rows_by_sku
from core.products.seller import Seller, seller_of
from core.subjects import Owner, Subject
from core.submissions.issues import SUBMISSION_NOT_SHOWN
from core.submissions.read import read_listings
from core.sync.channel_job import amazon, begin, parking
from core.sync.cursors import cursor
from core.sync.decisions import Hold
from core.sync.problems import raise_problems, resolve_problems
from core.workspace import Workspace

_AT_ONCE = 20
_DRAFT = "draft"
_COMPARED_EVERY = timedelta(hours=24)
_COMPARED = "listings.compared"
_LOST_AFTER = timedelta(minutes=30)
"""How long Amazon may take to show what it has accepted, before it counts as gone."""


def follow(workspace: Workspace, context: JobContext) -> None:
    """Look at all that is due, compare all once a day, and send what has changed."""
    begun = begin(workspace, context)
    channel = begun.channel
    with parking(workspace, channel):
        client = amazon(workspace, context, channel)
        if not context.state(Checkpoint).looked:
            _look_at_due(context, seller_of(workspace, channel, client))
            with workspace.database.write() as session:
                context.save(session, replace(context.state(Checkpoint), looked=True))
        if channel.app_status == _DRAFT:
            return
        send_changed(workspace, context, begun, client)


def read_states(context: JobContext, seller: Seller) -> None:
    """Look at all that was sent and is not settled, whether it is due or not; what is as it is to be is no result."""
    with context.database.read() as session:
        keys = _sent(session, seller.channel, col(ListingExport.next_look).is_not(None))
    _look_at(context, seller, keys, compares=False, tells=False)


def _look_at_due(context: JobContext, seller: Seller) -> None:
    channel = seller.channel
    with context.database.read() as session:
        compares = _compares(session, channel, context)
        is_due = col(ListingExport.next_look) <= clock.now()
        due = _sent(session, channel, or_(is_due, col(ListingExport.state) != WATCHED) if compares else is_due)
    _look_at(context, seller, due, compares=compares)
    if compares:
        with context.database.write() as session:
            position = cursor(session, Owner.channel(stored_id(channel.id)), _COMPARED)
            position.position = clock.now()
            session.add(position)


def _look_at(context: JobContext, seller: Seller, due: Sequence[int], *, compares: bool, tells: bool = True) -> None:
    last = context.state(Checkpoint).followed_to
    keys = [key for key in due if key > last]
    context.progress(step="Looking at listings", done=len(due) - len(keys), total=len(due))
    for start in range(0, len(keys), _AT_ONCE):
        context.check()
        some = keys[start : start + _AT_ONCE]
        _look(context, seller, some, compares=compares, tells=tells)
        context.progress(done=len(due) - len(keys) + start + len(some))


def _compares(session: Session, channel: Channel, context: JobContext) -> bool:
    """Whether a day has passed since all was compared."""
    if context.params.get("compare"):
        return True
    at = cursor(session, Owner.channel(stored_id(channel.id)), _COMPARED).position
    return at is None or at < clock.now() - _COMPARED_EVERY


def _sent(session: Session, channel: Channel, condition: ColumnElement[bool]) -> list[int]:
    """Keys of what was sent, or is watched, and is not closed."""
    query = select(ListingExport.id).where(
        of_place(channel),
        col(ListingExport.attributes).is_not(None),
        col(ListingExport.state) != CLOSED,
        condition,
    )
    return [stored_id(key) for key in session.exec(query.order_by(col(ListingExport.id)))]


def _look(context: JobContext, seller: Seller, keys: Sequence[int], *, compares: bool, tells: bool) -> None:
    channel, owner = seller.channel, Owner.channel(stored_id(seller.channel.id))
    with context.database.read() as session:
        rows = session.exec(select(ListingExport).where(col(ListingExport.id).in_(keys))).all()
        skus = [row.sku for row in rows]
    items = read_listings(seller.client, seller.seller_id, channel.marketplace_id, skus)
    there = {sku: item for sku, item in items.items() if item is not None}
    with context.database.write() as session:
        held = see(session, channel, there)
        current = exports(session, channel, skus)
        held |= _gone(session, channel, [row for sku, row in current.items() if sku not in there])
        if compares:
            held |= _differing(session, context, channel, [current[sku] for sku in there if sku in current], there)
            as_sent = [subject for sku in there if (subject := Subject("sku", sku)) not in held]
            resolve_problems(session, owner, NAME, as_sent, (SUBMISSION_NOT_SHOWN.name,))
        raise_problems(session, owner, NAME, held, problems.SEEN)
        for sku, row in current.items():
            hold = next(iter(held.get(Subject("sku", sku), ())), None)
            if hold is not None or tells:
                context.result(_result(sku, row, hold))
        context.save(session, replace(context.state(Checkpoint), followed_to=keys[-1]))


def _result(sku: str, row: ListingExport, hold: Hold | None) -> ItemResult:
    if hold is not None:
        return ItemResult(f"sku {sku}", "held", hold.code, hold.message, hold.fix)
    told = "Looked at." if row.state == WATCHED else f"It is {row.state}."
    return ItemResult(f"sku {sku}", "unchanged", message=told)


def _gone(session: Session, channel: Channel, rows: Sequence[ListingExport]) -> dict[Subject, list[Hold]]:
    """What Amazon does not have any more; what was only just accepted may still come."""
    lost = [row for row in rows if row.state != SUBMITTED or row.state_at < clock.now() - _LOST_AFTER]
    listings = rows_by_sku(session, channel, [row.sku for row in lost])
    close_absent(session, channel, [stored_id(one.id) for one in listings if one.closed_at is None])
    close_in(session, channel, [row.sku for row in lost])
    return {Subject("sku", row.sku): [problems.listing_gone(row.sku)] for row in lost}


def _differing(
    session: Session,
    context: JobContext,
    channel: Channel,
    rows: Sequence[ListingExport],
    items: Mapping[str, Mapping[str, Any]],
) -> dict[Subject, list[Hold]]:
    """Send again, once, what Amazon has otherwise than it was sent; what stays so is a person's to know."""
    held: dict[Subject, list[Hold]] = {}
    for row in rows:
        there = items[row.sku].get("attributes")
        known = sent_of(row)
        sent = known.own if known else {}
        names = differing(sent, there) if isinstance(there, dict) else []
        prints = {name: hash_of(name, "", {name: sent[name]}) for name in names}
        if again := [name for name in names if row.repaired.get(name) != prints[name]]:
            row.repaired = {**row.repaired, **{name: prints[name] for name in again}}
            row.content_hash, row.dirty = "", True
            context.event(f"Amazon has {', '.join(again)} otherwise; sent again.", subject=f"sku {row.sku}")
        elif names:
            held[Subject("sku", row.sku)] = [problems.differs_at_amazon(names)]
        session.add(row)
    return held
