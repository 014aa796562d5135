"""Plans the dirty orders of a channel and writes the decisions: intents, problems, results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select, update

from core import clock
from core.database import Database
from core.deliver.orders import CORRECT
from core.flows.channel_rules import channel_rules
from core.jobs.context import ItemResult, JobContext
from core.jobs.withdraw import withdraw_unsent
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.store import Store
from core.order_document import Order, Unreadable, read
from core.order_list import of_channel
from core.plan import problems
from core.plan.orders import Create, Decision, SetStatus, plan_order, skus
from core.plan.problems import Hold
from core.plan.rules import ChannelRules, Linked
from core.problems import raise_problems, resolve_problems
from core.pull.products import products_for
from core.vault import is_sealed
from core.workspace import Workspace

CHUNK = 200
AHEAD = 20_000
"""Orders whose ids are looked up at once: sorting all that are left for each chunk would take longer than planning."""


@dataclass
class _Chunk:
    """Decisions of one chunk, to be written in one transaction."""

    clean: list[str] = field(default_factory=list)
    intents: list[OutboxIntent] = field(default_factory=list)
    held: dict[str, Hold] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)


def plan_orders(workspace: Workspace, context: JobContext, channel: Channel, store: Store) -> None:
    """Plan every dirty order of the channel's marketplace, a chunk at a time.

    A held order stays dirty: the next import looks again whether its cause is gone.
    """
    with workspace.database.read() as session:
        rules = _rules(session, context, channel, store)
        dirty = _dirty(session, channel, context)
        todo = session.exec(dirty.with_only_columns(func.count())).one()
    context.progress(step="Planning orders", done=0, total=todo)
    client = workspace.store_client(store)
    last = int(context.checkpoint.get("planned_to", 0))
    done = 0
    for rows in _chunks(workspace.database, dirty, last):
        context.check()
        with workspace.database.read() as session:
            links = _links(session, channel, rows)
        orders = {row.order_id: readable(row) for row in rows}
        needed = {sku for order in orders.values() if isinstance(order, Order) for sku in skus(order)}
        products = products_for(workspace.database, client, store, needed, linked_products(workspace, channel, needed))
        chunk = _Chunk()
        for row in rows:
            order = orders[row.order_id]
            if isinstance(order, Hold):
                decision: Decision = order
            else:
                linked = linked_to(links.get(row.order_id))
                decision = plan_order(order, rules, products, linked, row.held_by)
            _sort_in(chunk, context, channel, row, decision, links)
        last = stored_id(rows[-1].id)
        done += len(rows)
        context.progress(done=done)
        with workspace.database.write() as session:
            _write(session, context, channel, chunk)
            context.save(session, planned_to=last)


def _chunks(database: Database, dirty: Any, last: int) -> Iterator[list[AmazonOrder]]:
    """The orders of the query `dirty` beyond the id `last`, read when their turn comes."""
    by_id = col(AmazonOrder.id)
    while True:
        with database.read() as session:
            query = dirty.with_only_columns(by_id).where(by_id > last).order_by(by_id).limit(AHEAD)
            ids: Sequence[int] = session.connection().execute(query).scalars().all()
        if not ids:
            return
        for start in range(0, len(ids), CHUNK):
            with database.read() as session:
                chunk = select(AmazonOrder).where(by_id.in_(ids[start : start + CHUNK])).order_by(by_id)
                rows = [row for row in session.exec(chunk) if row.dirty and row.raw is not None]
            if rows:
                yield rows
        last = ids[-1]


def linked_products(workspace: Workspace, channel: Channel, skus: Iterable[str]) -> dict[str, int]:
    """SKU → the store product that a person linked it to."""
    wanted, found = sorted(skus), dict[str, int]()
    with workspace.database.read() as session:
        for start in range(0, len(wanted), 500):
            rows = session.exec(
                select(ListingLink.sku, ListingLink.product_id).where(
                    col(ListingLink.channel_id) == channel.id,
                    col(ListingLink.store_id) == channel.store_id,
                    col(ListingLink.sku).in_(wanted[start : start + 500]),
                )
            ).all()
            found.update(rows)
    return found


def _rules(session: Session, context: JobContext, channel: Channel, store: Store) -> ChannelRules:
    """The channel's rules, narrowed by what the job was asked for."""
    rules = channel_rules(session, channel, store)
    params = context.params
    if params.get("order_ids"):
        rules = replace(rules, orders_from=None, orders_to=None)
    if params.get("from"):
        rules = replace(rules, orders_from=datetime.fromisoformat(params["from"]), orders_to=None)
    if params.get("to"):
        rules = replace(rules, orders_to=datetime.fromisoformat(params["to"]))
    if params.get("statuses"):
        rules = replace(rules, order_statuses=frozenset(params["statuses"]))
    return rules


def _is_narrowed(context: JobContext) -> bool:
    return any(context.params.get(name) for name in ("from", "to", "statuses"))


def _dirty(session: Session, channel: Channel, context: JobContext) -> Any:
    """The dirty orders of the channel that this job is about."""
    query = select(AmazonOrder).where(
        of_channel(session, channel), col(AmazonOrder.dirty), col(AmazonOrder.raw).is_not(None)
    )
    only = context.params.get("order_ids") or context.params.get("replan")
    return query.where(col(AmazonOrder.order_id).in_(only)) if only else query


def _links(session: Session, channel: Channel, rows: Sequence[AmazonOrder]) -> dict[str, OrderLink]:
    found = session.exec(
        select(OrderLink).where(
            col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_([row.order_id for row in rows])
        )
    ).all()
    return {link.order_id: link for link in found}


def linked_to(link: OrderLink | None) -> Linked | None:
    """What a plan has to know of the store order that an order became, if it did."""
    if link is None:
        return None
    return Linked(link.store_order_id, link.store_status, link.amazon_status, link.verified_at is not None)


def readable(row: AmazonOrder) -> Order | Hold:
    """What Amazon said of an order, or why it cannot be read."""
    if is_sealed(row.raw):
        return Hold(
            problems.UNREADABLE,
            "It was encrypted with a key that is not at hand.",
            "Restore the key file; if it is lost, the order is read again from Amazon with the next import.",
        )
    fault = row.fault
    if not fault:
        try:
            return read(row.raw)
        except Unreadable as error:
            fault = str(error)
    return Hold(
        problems.UNREADABLE,
        f"Amazon sent it in a form that cannot be read: {fault}.",
        "It is read again when Amazon changes it; the other orders are not affected.",
    )


def _sort_in(
    chunk: _Chunk,
    context: JobContext,
    channel: Channel,
    row: AmazonOrder,
    decision: Decision,
    links: dict[str, OrderLink],
) -> None:
    subject = f"order {row.order_id}"
    if isinstance(decision, Hold):
        chunk.held[subject] = decision
        context.result(ItemResult(subject, "held", decision.code, decision.message, decision.fix))
    elif isinstance(decision, Create):
        planned = decision.order
        intent = _intent(context, channel, subject, "order.create", planned.products, planned.to_content())
        if row.order_id in links:  # it is in the store, but not as it should be: made exact, never made again
            intent.step, intent.evidence = CORRECT, {"order_id": links[row.order_id].store_order_id}
        chunk.intents.append(intent)
    elif isinstance(decision, SetStatus):
        content = {
            "store_order_id": decision.store_order_id,
            "letter": decision.letter,
            "cancels": decision.cancels,
            "expected": decision.expected,
            "shipped": decision.shipped,
            "ended": decision.ended,
            "amazon_status": row.status,
        }
        products = links[row.order_id].products
        chunk.intents.append(_intent(context, channel, subject, "order.status", products, content))
    else:
        # What only this job leaves aside is still to be planned by the channel's own rules.
        if not _is_narrowed(context):
            chunk.clean.append(row.order_id)
            chunk.settled.append(subject)
        context.result(ItemResult(subject, "unchanged", message=decision.reason))


def _intent(
    context: JobContext, channel: Channel, subject: str, kind: str, products: list[int], content: dict[str, Any]
) -> OutboxIntent:
    return OutboxIntent(
        store_id=channel.store_id,
        channel_id=stored_id(channel.id),
        job_id=context.job_id,
        subject=subject,
        kind=kind,
        products=products,
        content=content,
    )


def _write(session: Session, context: JobContext, channel: Channel, chunk: _Chunk) -> None:
    raise_problems(session, stored_id(channel.id), chunk.held)
    resolve_problems(session, stored_id(channel.id), chunk.settled)
    _post(session, context, channel, chunk)
    if chunk.clean:
        session.exec(
            update(AmazonOrder)
            .where(col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id).in_(chunk.clean))
            .values(dirty=False)
        )


def _post(session: Session, context: JobContext, channel: Channel, chunk: _Chunk) -> None:
    """Put intents into the outbox; the delivery takes over what an ended job has begun."""
    if context.params.get("plan_only"):
        for intent in chunk.intents:
            context.result(ItemResult(intent.subject, "unchanged", message=f"planned: {intent.kind}"))
        return
    subjects = [intent.subject for intent in chunk.intents]
    # What nobody has begun to send is planned anew; what was begun goes to its end first, and the order stays dirty.
    left = withdraw_unsent(session, channel.store_id, [*subjects, *chunk.settled, *chunk.held])
    begun = {intent.subject for intent in left}
    chunk.clean = [order_id for order_id in chunk.clean if f"order {order_id}" not in begun]
    fresh = [intent for intent in chunk.intents if intent.subject not in begun]
    names = ("store_id", "channel_id", "job_id", "subject", "kind", "products", "content", "state", "step", "evidence")
    defaults = {"attempts": 0, "message": ""}
    now = {"created_at": clock.now(), "updated_at": clock.now()}
    rows = [{name: getattr(intent, name) for name in names} | defaults | now for intent in fresh]
    if rows:
        session.connection().execute(OutboxIntent.__table__.insert(), rows)  # type: ignore[attr-defined]
    chunk.clean += [intent.subject.removeprefix("order ") for intent in fresh]
