"""Plans the way back: what Amazon or another tool has sent becomes shipments of the store, where the channel wants it.

The status of the orders follows by itself, as the orders mirror it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from core import clock
from core.cscart import orders as orders_api
from core.cscart.transport import StoreClient
from core.jobs.context import ItemResult, JobContext
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.store import Store
from core.orders.channel_rules import channel_rules
from core.orders.document import SHIPPED, MalformedOrder, Order, read
from core.shipments import ENTER_KIND, NAME
from core.shipments.mirror import lines_of, parcel, parcels_of
from core.shipments.plan import problems
from core.shipments.plan.back import Entry, entries, unknown
from core.shipments.plan.parcel import Parcel
from core.shipments.pull import FIRST_WINDOW, OVERLAP, STREAM
from core.subjects import Owner, Subject
from core.sync.cursors import cursor
from core.sync.outbox import NewIntent
from core.sync.planning import CHUNK, Decided, write
from core.vault import is_sealed

_LEFT = (SHIPPED, "PARTIALLY_SHIPPED")
_ALL = timedelta(days=36_500)


def plan_back(context: JobContext, client: StoreClient, channel: Channel, store: Store, only: Sequence[str]) -> None:
    """Plan what Amazon told of the channel's orders since the last run; with `only`, of these alone."""
    began = clock.now()
    with context.database.read() as session:
        position = _cursor(session, channel).position
        shipping_id = channel_rules(session, channel, store).shipping.get("default")
        since = (position or clock.now() - FIRST_WINDOW) - OVERLAP
        found = _orders(session, channel, clock.now() - _ALL if only else since, only)
    left: list[datetime] = []
    """When those were seen that are still to be entered."""
    for start in range(0, len(found), CHUNK):
        context.check()
        decided = _decide(context, client, channel, found[start : start + CHUNK], shipping_id)
        open_now = {intent.subject.id for intent in decided.intents} | {subject.id for subject in decided.held}
        left += [row.seen_at for row, _ in found[start : start + CHUNK] if row.order_id in open_now]
        with context.database.write() as session:
            write(session, context, channel, Owner.store(channel.store_id), NAME, decided, lambda session, ids: None)
            context.save(session)
    if not only:
        with context.database.write() as session:
            stored = _cursor(session, channel)
            # What is planned now is looked at again until the store has it.
            seen = max((row.seen_at for row, _ in found), default=position)
            stored.position = max(min([seen or began, *left]), began - FIRST_WINDOW)
            session.add(stored)


def _cursor(session: Session, channel: Channel) -> Cursor:
    return cursor(session, Owner.store(channel.store_id), STREAM, f"back {channel.id}")


def _orders(session: Session, channel: Channel, since: datetime, only: Sequence[str]) -> list[tuple[AmazonOrder, int]]:
    query = (
        select(AmazonOrder, OrderLink.store_order_id)
        .join(OrderLink, col(OrderLink.order_id) == AmazonOrder.order_id)
        .where(
            col(OrderLink.channel_id) == channel.id,
            col(OrderLink.store_id) == channel.store_id,
            col(AmazonOrder.account_id) == channel.account_id,
            col(AmazonOrder.status).in_(_LEFT),
            or_(col(AmazonOrder.seen_at) > since, col(OrderLink.verified_at) > since),
        )
    )
    query = query.where(col(AmazonOrder.order_id).in_(only)) if only else query
    return [(row, number) for row, number in session.exec(query).all()]


def _decide(
    context: JobContext,
    client: StoreClient,
    channel: Channel,
    found: Sequence[tuple[AmazonOrder, int]],
    shipping_id: int | None,
) -> Decided:
    with context.database.read() as session:
        rows = parcels_of(session, channel.store_id, [number for _, number in found])
    todo: dict[int, tuple[Order, list[Parcel]]] = {}
    settled: list[Subject] = []
    for row, number in found:
        parcels = [parcel(one, {}) for one in rows[number]]
        order = _readable(row)
        if order is not None and unknown(order, parcels):
            todo[number] = order, parcels
        elif order is not None and row.status == SHIPPED:
            settled.append(Subject("order", row.order_id))
    present = orders_api.get_many(client, sorted(todo)) if todo else {}
    decided = Decided(settled=settled)
    for number, (order, parcels) in todo.items():
        subject = Subject("order", order.order_id)
        if any(one.subject == subject for one in decided.intents):
            continue  # another store order of the same: this one has its turn with the next push
        store_order = present.get(number)
        if store_order is None:
            decided.held[subject] = [problems.entry_refused(f"Store order {number} cannot be read.")]
            continue
        made = entries(order, parcels, lines_of(store_order), dict(channel.settings.get("carriers") or {}))
        method = store_order.shipping_id or shipping_id
        if made and method:
            decided.intents.append(intent(order.order_id, number, method, made))
        elif made:
            decided.held[subject] = [problems.entry_refused("The store has no shipping method for it.")]
    for subject, (hold,) in decided.held.items():
        decided.results.append(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))
    return decided


def intent(order_id: str, store_order_id: int, shipping_id: int, made: Sequence[Entry]) -> NewIntent:
    """The intent that enters shipments of an order into the store."""
    content = {
        "store_order_id": store_order_id,
        "shipping_id": shipping_id,
        "entries": [entry.to_content() for entry in made],
    }
    return NewIntent(Subject("order", order_id), ENTER_KIND, content, [f"order {order_id}"])


def _readable(row: AmazonOrder) -> Order | None:
    if row.raw is None or is_sealed(row.raw):
        return None
    try:
        return read(row.raw)
    except MalformedOrder:
        return None
