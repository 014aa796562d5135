"""Plans the dirty orders of a channel and writes the decisions: intents, problems, results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import ge, le
from typing import Any, TypeVar

from sqlmodel import Session, and_, col, func, or_, select, update

from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.store import Store
from core.orders import CREATE_KIND, NAME, STATUS_KIND
from core.orders.channel_rules import channel_rules
from core.orders.checkpoint import Checkpoint
from core.orders.document import MalformedOrder, Order, read
from core.orders.evidence import Evidence
from core.orders.goods import Goods, endless
from core.orders.list import of_channel
from core.orders.parts import CORRECT, in_parts
from core.orders.plan import problems
from core.orders.plan.changes import sold_from
from core.orders.plan.decide import Change, Create, Decision, Follow, plan_order
from core.orders.plan.lines import Products
from core.orders.plan.rules import ChannelRules, StoreOrderRef
from core.orders.plan.staff_notes import CHECK
from core.orders.plan.store_order import PlannedOrder
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent
from core.sync.planning import Decided, chunks, guarded, write
from core.vault import is_sealed
from core.workspace import Workspace

T = TypeVar("T")

_PLANNED_BY = ("fingerprint", "held_by", "backfill", "dirty")
"""What an order has to be like still when its plan is written."""


def plan_orders(
    workspace: Workspace, context: JobContext, channel: Channel, store: Store, *, only: Sequence[str] = ()
) -> None:
    """Plan every dirty order of the channel's marketplace, a chunk at a time, by the rules that hold then.

    With `only` none but these; else those that the job was asked for.

    A held order stays dirty: the next import looks again whether its cause is gone.
    """
    with workspace.database.read() as session:
        dirty = _dirty(session, channel, context, only)
        todo = session.exec(dirty.with_only_columns(func.count())).one()
    context.phase(PLANNED, "order")
    context.progress(step="Planning orders", done=0, total=todo)
    goods = Goods(workspace, workspace.store_client(store))
    done = 0
    for keys in chunks(workspace.database, dirty, col(AmazonOrder.id), context.state(Checkpoint).planned_to):
        context.check()
        with workspace.database.read() as session:
            channel, store = session.get_one(Channel, channel.id), session.get_one(Store, store.id)
            rules = _rules(session, context, channel, store)
            rows = _still_dirty(session, keys)
            links = links_of(session, channel, [row.order_id for row in rows])
        decided = _decide(goods, context, channel, store, rules, rows, links)
        done += len(rows)
        context.progress(done=done)
        with workspace.database.write() as session:
            _leave_out_oversold(goods.oversold(session, store, rules), decided)
            _leave_out_changed(session, channel, rows, decided)
            write(session, context, channel, Owner.store(channel.store_id), NAME, decided, partial(mark_clean, channel))
            context.save(session, replace(context.state(Checkpoint), planned_to=keys[-1]))


def _decide(
    goods: Goods,
    context: JobContext,
    channel: Channel,
    store: Store,
    rules: ChannelRules,
    rows: Sequence[AmazonOrder],
    links: Mapping[str, list[OrderLink]],
) -> Decided:
    orders = {row.order_id: _guarded(row, partial(readable, row)) for row in rows}
    rules, products = goods.find(channel, store, rules, [one for one in orders.values() if isinstance(one, Order)])
    decided = Decided()
    for row in rows:
        order, of_order = orders[row.order_id], links.get(row.order_id, [])
        plan = partial(_planned, goods, channel, store, rules_for(row, rules), products, row, of_order)
        decision: Decision = order if isinstance(order, Hold) else _guarded(row, partial(plan, order))
        if not of_order:
            goods.take(decision, rules)
        _sort_in(decided, row, decision, of_order, narrowed=_is_narrowed(context))
        _tell_checks(context, row, decision)
    return decided


def _planned(
    goods: Goods,
    channel: Channel,
    store: Store,
    rules: ChannelRules,
    products: Products,
    row: AmazonOrder,
    links: Sequence[OrderLink],
    order: Order,
) -> Decision:
    """What becomes of an order; one that was made already has taken its goods, and needs no more of them."""
    left = endless(products) if links else goods.left(order, products)
    decision = plan_order(order, rules, left, linked_to(links), row.held_by)
    is_short = isinstance(decision, Hold) and decision.problem is problems.OUT_OF_STOCK
    if is_short and goods.was_made_before(channel, store, row.order_id):
        return plan_order(order, rules, endless(products), held_by=row.held_by)
    return decision


def _tell_checks(context: JobContext, row: AmazonOrder, decision: Decision) -> None:
    """What somebody should look at in an order that is made."""
    notes = decision.order.details.splitlines() if isinstance(decision, Create) else []
    for what in (note.removeprefix(CHECK) for note in notes if note.startswith(CHECK)):
        context.event(f"{what[:1].upper()}{what[1:]}.", level="warning", subject=f"order {row.order_id}")


def _guarded(row: AmazonOrder, plan: Callable[[], T]) -> T | Hold:
    """The same; whatever is odd about one order holds it alone."""
    return guarded(f"order {row.order_id}", plan, unreadable)


def _leave_out_changed(session: Session, channel: Channel, rows: Sequence[AmazonOrder], decided: Decided) -> None:
    """What changed since it was planned stays dirty for the next job.

    Another job may have read an order anew, or have planned it, and it may be in the store by now; a person may have
    held it, or have given the channel other rules.
    """
    revision = session.exec(
        select(Channel.revision).where(col(Channel.id) == channel.id).with_for_update(read=True)
    ).one()
    columns = [getattr(AmazonOrder, name) for name in ("order_id", *_PLANNED_BY)]
    query = select(*columns).where(col(AmazonOrder.id).in_([row.id for row in rows])).with_for_update()
    now = {order_id: tuple(values) for order_id, *values in session.exec(query).all()}
    changed = {
        Subject("order", row.order_id)
        for row in rows
        if revision != channel.revision or now.get(row.order_id) != tuple(getattr(row, name) for name in _PLANNED_BY)
    }
    if changed:
        decided.leave_out(changed)


def _leave_out_oversold(products: Iterable[int], decided: Decided) -> None:
    """The next job plans again what takes of products that another job's orders have been put in for meanwhile."""
    taken = set(_locks(products))
    creations = (intent for intent in decided.intents if intent.kind == CREATE_KIND)
    if short := {intent.subject for intent in creations if not taken.isdisjoint(intent.locks)}:
        decided.leave_out(short)


def _still_dirty(session: Session, keys: Sequence[int]) -> list[AmazonOrder]:
    query = select(AmazonOrder).where(col(AmazonOrder.id).in_(keys)).order_by(col(AmazonOrder.id))
    return [row for row in session.exec(query) if row.dirty and row.raw is not None]


def mark_clean(channel: Channel, session: Session, order_ids: Sequence[str], *, dirty: bool = False) -> None:
    """Note that orders need no planning any more; with `dirty` that they are to be planned again, where they can."""
    for start in range(0, len(order_ids), 500):
        session.exec(
            update(AmazonOrder)
            .where(
                col(AmazonOrder.account_id) == channel.account_id,
                col(AmazonOrder.order_id).in_(order_ids[start : start + 500]),
            )
            .values(dirty=col(AmazonOrder.raw).is_not(None) if dirty else False)
        )


def _rules(session: Session, context: JobContext, channel: Channel, store: Store) -> ChannelRules:
    """The channel's rules, narrowed by what the job was asked for."""
    rules = channel_rules(session, channel, store)
    params = context.params
    if params.get("order_ids") and not params.get("heard"):
        rules = replace(rules, orders_from=None, orders_to=None)
    if params.get("statuses"):
        rules = replace(rules, order_statuses=frozenset(params["statuses"]))
    return rules


def rules_for(row: AmazonOrder, rules: ChannelRules) -> ChannelRules:
    """The rules for one order: one that an import of a range has asked for is wanted, however old it is."""
    return replace(rules, orders_from=None, orders_to=None, history=row.backfill) if row.backfill else rules


def _is_narrowed(context: JobContext) -> bool:
    return bool(context.params.get("statuses"))


def _dirty(session: Session, channel: Channel, context: JobContext, only: Sequence[str]) -> Any:
    """The dirty orders of the channel that this job is about."""
    query = select(AmazonOrder).where(
        of_channel(session, channel), col(AmazonOrder.dirty), col(AmazonOrder.raw).is_not(None)
    )
    wanted = only or context.params.get("order_ids") or context.params.get("replan")
    if wanted:
        return query.where(col(AmazonOrder.order_id).in_(wanted))
    created = [
        compare(col(AmazonOrder.created_at), datetime.fromisoformat(context.params[name]))
        for name, compare in (("from", ge), ("to", le))
        if context.params.get(name)
    ]
    # When an unreadable one was placed is not known.
    return query.where(or_(and_(*created), col(AmazonOrder.fault) != "")) if created else query


def dirty_since(session: Session, context: JobContext, channel: Channel, since: datetime) -> Sequence[str]:
    """The numbers of the dirty orders that the job is about and that were read since then."""
    query = _dirty(session, channel, context, ()).where(col(AmazonOrder.seen_at) >= since)
    return session.connection().execute(query.with_only_columns(AmazonOrder.order_id)).scalars().all()


def links_of(session: Session, channel: Channel, order_ids: Sequence[str]) -> dict[str, list[OrderLink]]:
    """The store orders that orders of the channel have become, by Amazon's number."""
    query = select(OrderLink).where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_(order_ids))
    found: dict[str, list[OrderLink]] = {}
    for link in session.exec(query.order_by(col(OrderLink.company_id))):
        found.setdefault(link.order_id, []).append(link)
    return found


def linked_to(links: Sequence[OrderLink]) -> tuple[StoreOrderRef, ...]:
    """What a plan has to know of the store orders that an order became."""
    return tuple(
        StoreOrderRef(
            link.store_order_id,
            link.store_status,
            link.amazon_status,
            link.verified_at is not None,
            link.company_id,
            link.parts,
            sold_from(link.lines),
            link.lacking,
            link.left_as,
        )
        for link in links
    )


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
        except MalformedOrder as error:
            fault = str(error)
    return unreadable(f"Amazon sent it in a form that cannot be read: {fault}")


def unreadable(why: str) -> Hold:
    """The hold of an order that nothing can be said of but why."""
    return Hold(
        problems.UNREADABLE,
        f"{why[:1].upper()}{why[1:]}.",
        "It is read again when Amazon changes it; the other orders are not affected.",
    )


def _sort_in(
    decided: Decided, row: AmazonOrder, decision: Decision, links: Sequence[OrderLink], *, narrowed: bool
) -> None:
    subject = Subject("order", row.order_id)
    if isinstance(decision, Hold):
        decided.held[subject] = [decision]
        decided.results.append(ItemResult(str(subject), "held", decision.code, decision.message, decision.fix))
    elif isinstance(decision, Create):
        decided.intents.append(_creation(subject, decision.orders, links))
    elif isinstance(decision, Follow):
        contents = [_change(change, row.status) for change in decision.changes]
        locks = _locks({product for link in links for product in link.products})
        decided.intents.append(NewIntent(subject, STATUS_KIND, in_parts(contents), locks))
    else:
        # What only this job leaves aside is still to be planned by the channel's own rules.
        if not narrowed:
            decided.settled.append(subject)
        decided.results.append(ItemResult(str(subject), "unchanged", message=decision.reason))


def _creation(subject: Subject, orders: Sequence[PlannedOrder], links: Sequence[OrderLink]) -> NewIntent:
    """The intent that makes the store orders of an order; what is in the store is made exact, and never made again."""
    numbers = {link.company_id: link.store_order_id for link in links}
    there = [numbers.get(one.link_company) if one.parts > 1 else next(iter(numbers.values()), None) for one in orders]
    contents = [one.to_content() | {"store_order_id": number} for one, number in zip(orders, there, strict=True)]
    locks = _locks({product for one in orders for product in one.products})
    intent = NewIntent(subject, CREATE_KIND, in_parts(contents), locks)
    return replace(intent, step=CORRECT, evidence=Evidence(order_id=there[0]).to_json()) if there[0] else intent


def _change(change: Change, amazon_status: str) -> dict[str, Any]:
    return {
        "store_order_id": change.store_order_id,
        "letter": change.status_code,
        "cancels": change.cancels,
        "expected": change.expected,
        "shipped": change.shipped,
        "ended": change.ended,
        "amazon_status": amazon_status,
        "left_as": change.left_as,
        "sold": [one.to_json() for one in change.sold],
        "lacking": change.lacking,
        "filled": change.filled.to_content() if change.filled else None,
    }


def _locks(products: Iterable[int]) -> list[str]:
    """The store does not lock stock: writes that move that of one product are serial."""
    return [f"product {product}" for product in sorted(products)]
