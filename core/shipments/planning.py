"""Plans the dirty parcels of a channel: brings the orders concerned up to date, decides, and writes the decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlmodel import Session, col, select, update

from core import clock
from core.amazon.carriers import CARRIERS
from core.database import Database
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import PLANNED
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, WAITING, OutboxIntent
from core.model.shipment import StoreShipment
from core.model.store import Store
from core.orders.document import MalformedOrder, Order, Package, read
from core.orders.plan.changes import sold_from
from core.shipments import CONFIRM_KIND, NAME
from core.shipments.checkpoint import Evidence
from core.shipments.mirror import lines, mark, parcel, parcels_of, told
from core.shipments.plan import problems
from core.shipments.plan.decide import Confirm, Decision, Placed, Settled, plan_parcels
from core.shipments.plan.parcel import Parcel, Rules
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.sync.outbox import NewIntent
from core.sync.planning import CHUNK, Decided, guarded, write
from core.vault import is_sealed

_LAST = datetime.max.replace(tzinfo=UTC)
"""When an order has to leave of which Amazon does not say so."""


@dataclass(frozen=True)
class Due:
    """An order with parcels to be planned."""

    order_id: str
    store_order_id: int


@dataclass(frozen=True)
class Asked:
    """What Amazon has just said of single orders: whole documents, or why it does not give them out."""

    found: Mapping[str, Any] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Planned:
    """One parcel with what was decided of it."""

    row: StoreShipment
    parcel: Parcel
    order_id: str
    order: Order | None
    decision: Decision


@dataclass
class _Batch:
    """What is written together; `known` are parcels that Amazon has, as it has them."""

    decided: Decided = field(default_factory=Decided)
    known: dict[int, Package] = field(default_factory=dict)


def rules_of(channel: Channel) -> Rules:
    """The rules by which the channel's parcels are planned now."""
    return Rules(channel.name, dict(channel.settings.get("carriers") or {}), CARRIERS)


def due_orders(session: Session, channel: Channel, only: Sequence[str] = ()) -> list[Due]:
    """Orders of the channel with dirty parcels; with `only`, none but these of Amazon's numbers."""
    query = (
        select(OrderLink.order_id, OrderLink.store_order_id)
        .join(
            StoreShipment,
            (col(StoreShipment.store_id) == OrderLink.store_id)
            & (col(StoreShipment.store_order_id) == OrderLink.store_order_id),
        )
        .where(
            col(OrderLink.channel_id) == channel.id,
            col(OrderLink.store_id) == channel.store_id,
            col(StoreShipment.dirty),
        )
        .distinct()
    )
    found = [Due(order_id, number) for order_id, number in session.exec(query).all()]
    return [due for due in found if due.order_id in set(only)] if only else found


def without_lines(session: Session, store: Store, due: Iterable[Due]) -> list[int]:
    """Numbers of the store orders whose lines were not read yet."""
    wanted = {one.store_order_id for one in due}
    query = select(StoreShipment.store_order_id).where(
        col(StoreShipment.store_id) == store.id, col(StoreShipment.dirty), col(StoreShipment.lines).is_(None)
    )
    return sorted(wanted & set(session.exec(query).all()))


def mark_dirty(session: Session, channel: Channel, order_ids: Sequence[str]) -> None:
    """Plan the parcels of these orders again."""
    numbers = session.exec(
        select(OrderLink.store_order_id).where(
            col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_(order_ids)
        )
    ).all()
    session.exec(
        update(StoreShipment)
        .where(
            col(StoreShipment.store_id) == channel.store_id,
            col(StoreShipment.store_order_id).in_(numbers),
            col(StoreShipment.from_amazon) == "",
        )
        .values(dirty=True)
    )


def not_read(session: Session, channel: Channel, order_ids: Sequence[str]) -> list[str]:
    """Those of the orders of which nothing, or not all, is known here."""
    known: set[str] = set()
    for start in range(0, len(order_ids), CHUNK):
        rows = _orders(session, channel, order_ids[start : start + CHUNK])
        known.update(order_id for order_id, row in rows.items() if isinstance(_known(row), Order))
    return [order_id for order_id in order_ids if order_id not in known]


def concerned(database: Database, channel: Channel, due: Sequence[Due]) -> list[str]:
    """Orders that have to be looked at before anything is told: by what is known, something of them goes out.

    Of parcels that are held for what the store or the channel's mapping says, Amazon is not asked.
    """
    found = []
    for planned in _plan(database, channel, due, Asked()):
        waits = isinstance(planned.decision, Hold) and planned.decision.problem == problems.ORDER_INCOMPLETE
        if waits or isinstance(planned.decision, Confirm):
            found.append(planned.order_id)
    return list(dict.fromkeys(found))


def plan_shipments(context: JobContext, channel: Channel, due: Sequence[Due], asked: Asked) -> None:
    """Plan and write, the order that has to leave first before all others.

    Of orders that Amazon did not give out nothing is told. What it said counts more than the mirror, which keeps no
    documents of orders that were shipped long ago.
    """
    context.phase(PLANNED, "shipment")
    context.progress(step="Planning shipments")
    planned = _plan(context.database, channel, due, asked)
    planned.sort(key=lambda one: (_ship_by(one), one.row.shipment_id))
    for start in range(0, len(planned), CHUNK):
        context.check()
        part = planned[start : start + CHUNK]
        with context.database.write() as session:
            _write(session, context, channel, part)
            context.progress(done=start + len(part), total=len(planned))
            context.save(session)


def _plan(database: Database, channel: Channel, due: Sequence[Due], asked: Asked) -> list[_Planned]:
    rules = rules_of(channel)
    found: list[_Planned] = []
    for start in range(0, len(due), CHUNK):
        part = due[start : start + CHUNK]
        with database.read() as session:
            rows = parcels_of(session, channel.store_id, [one.store_order_id for one in part])
            orders = _orders(session, channel, [one.order_id for one in part])
            promised = _promised(session, channel)
            imported = _imported(session, channel, [one.store_order_id for one in part])
        for one in part:
            order = _order_of(one.order_id, orders.get(one.order_id), asked)
            here = rows[one.store_order_id]
            parcels = {row.shipment_id: _parcel(row, promised) for row in here}
            found += _guarded(one, order, here, parcels, rules, imported.get(one.store_order_id, {}))
    return found


def _guarded(
    due: Due,
    order: Order | Hold,
    rows: Sequence[StoreShipment],
    parcels: Mapping[int, Parcel],
    rules: Rules,
    imported: Mapping[str, int],
) -> list[_Planned]:
    """The same; whatever is odd about one order holds its parcels alone."""
    return guarded(
        f"a parcel of order {due.order_id}",
        lambda: _plan_order(due, order, rows, parcels, rules, imported),
        lambda why: _plan_order(due, problems.order_incomplete(why), rows, parcels, rules, imported),
    )


def _plan_order(
    due: Due,
    order: Order | Hold,
    rows: Sequence[StoreShipment],
    parcels: Mapping[int, Parcel],
    rules: Rules,
    imported: Mapping[str, int],
) -> list[_Planned]:
    waiting = [row for row in rows if row.dirty]
    if isinstance(order, Hold):
        return [_Planned(row, parcels[row.shipment_id], due.order_id, None, order) for row in waiting]
    known = next((lines(row) for row in rows if row.lines is not None), [])
    decided = plan_parcels(order, list(parcels.values()), Placed(known, imported), rules)
    return [_Planned(row, parcels[row.shipment_id], due.order_id, order, decided[row.shipment_id]) for row in waiting]


def _imported(session: Session, channel: Channel, numbers: Sequence[int]) -> dict[int, dict[str, int]]:
    """Units of Amazon's items when store orders were imported, by their numbers."""
    query = select(OrderLink.store_order_id, OrderLink.lines).where(
        col(OrderLink.store_id) == channel.store_id, col(OrderLink.store_order_id).in_(numbers)
    )
    return {number: {one.item_id: one.ordered for one in sold_from(rows)} for number, rows in session.exec(query).all()}


def _promised(session: Session, channel: Channel) -> dict[int, tuple[Mapping[str, int], bool]]:
    """Units that are on their way to Amazon, by the number of their parcel, and whether they were sent already."""
    columns = (OutboxIntent.subject, OutboxIntent.evidence, OutboxIntent.state, OutboxIntent.attempts)
    query = select(*columns).where(
        col(OutboxIntent.remote) == str(Owner.seller(channel.account_id)),
        col(OutboxIntent.flow) == NAME,
        col(OutboxIntent.store_id) == channel.store_id,
        IS_OPEN,
    )
    return {
        int(Subject.parse(subject).id): (Evidence.from_json(known).units, state != WAITING or attempts > 0)
        for subject, known, state, attempts in session.exec(query)
    }


def _parcel(row: StoreShipment, promised: Mapping[int, tuple[Mapping[str, int], bool]]) -> Parcel:
    """A parcel with the units that are on their way. Of one that is planned anew, what was not sent is taken back."""
    units, was_sent = promised.get(row.shipment_id, ({}, False))
    return parcel(row, units if was_sent or not row.dirty else {})


def _orders(session: Session, channel: Channel, order_ids: Sequence[str]) -> dict[str, AmazonOrder]:
    query = select(AmazonOrder).where(
        col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id).in_(order_ids)
    )
    return {row.order_id: row for row in session.exec(query).all()}


def _order_of(order_id: str, row: AmazonOrder | None, asked: Asked) -> Order | Hold:
    if order_id in asked.refused:
        return problems.order_incomplete(asked.refused[order_id])
    return _readable(asked.found[order_id]) if order_id in asked.found else _known(row)


def _known(row: AmazonOrder | None) -> Order | Hold:
    """An order as the mirror has it, or why nothing can be planned from that."""
    if row is None or row.raw is None:
        return problems.order_incomplete("it was not read from Amazon")
    if is_sealed(row.raw):
        return problems.order_incomplete("it was encrypted with a key that is not at hand")
    if row.partial:
        return problems.order_incomplete("Amazon does not give out all of it")
    return _readable(row.raw)


def _readable(document: Any) -> Order | Hold:
    try:
        return read(document)
    except MalformedOrder as error:
        return problems.order_incomplete(str(error))


def _ship_by(planned: _Planned) -> datetime:
    return (planned.order.ship_by if planned.order else None) or _LAST


def _write(session: Session, context: JobContext, channel: Channel, part: Sequence[_Planned]) -> None:
    now = _still(session, channel, part)
    batch = _Batch()
    for planned in part:
        if now.get(planned.row.shipment_id) == _state(planned.row):
            _sort_in(batch, planned)
            if isinstance(planned.decision, Confirm) and planned.decision.warning:
                context.event(planned.decision.warning, level="warning", subject=f"shipment {planned.row.shipment_id}")

    write(
        session, context, channel, Owner.seller(channel.account_id), NAME, batch.decided, partial(mark_clean, channel)
    )
    for row in (planned.row for planned in part):
        holds = batch.decided.held.get(Subject("shipment", str(row.shipment_id)), ())
        if any(hold.problem == problems.LINE_UNKNOWN for hold in holds):
            mark(session, channel.store_id, [row.shipment_id], lines=None)  # read again with the next push
        if row.shipment_id in batch.known:
            package = batch.known[row.shipment_id]
            seen = told(package.reference, row.carrier or row.method, row.tracking, package.units)
            mark(session, channel.store_id, [row.shipment_id], told=seen, confirmed_at=clock.now())


def mark_clean(channel: Channel, session: Session, shipment_ids: Sequence[str], *, dirty: bool = False) -> None:
    """Note that parcels need no planning any more; with `dirty` that they are to be planned again."""
    mark(session, channel.store_id, [int(number) for number in shipment_ids if number.isdecimal()], dirty=dirty)


def _still(session: Session, channel: Channel, part: Sequence[_Planned]) -> dict[int, Any]:
    """The parcels as they are now: what another job has read anew since stays dirty for the next one."""
    query = select(StoreShipment).where(
        col(StoreShipment.store_id) == channel.store_id,
        col(StoreShipment.shipment_id).in_([planned.row.shipment_id for planned in part]),
    )
    return {row.shipment_id: _state(row) for row in session.exec(query.with_for_update()).all()}


def _state(row: StoreShipment) -> tuple[Any, ...]:
    return row.carrier, row.tracking, row.items, row.gone, row.told


def _sort_in(batch: _Batch, planned: _Planned) -> None:
    subject = Subject("shipment", str(planned.parcel.shipment_id))
    decision, decided = planned.decision, batch.decided
    if isinstance(decision, Hold):
        decided.held[subject] = [decision]
        decided.results.append(ItemResult(str(subject), "held", decision.code, decision.message, decision.fix))
    elif isinstance(decision, Settled):
        decided.settled.append(subject)
        decided.results.append(ItemResult(str(subject), "unchanged", message=decision.reason))
        if decision.known is not None:
            batch.known[planned.row.shipment_id] = decision.known
    elif planned.order is not None:
        evidence = Evidence(units=dict(decision.units)).to_json()
        locks = [f"order {planned.order_id}"]
        decided.intents.append(NewIntent(subject, CONFIRM_KIND, _content(planned, decision), locks, "", evidence))


def _content(planned: _Planned, decision: Confirm) -> dict[str, Any]:
    assert planned.order is not None
    return {
        "order_id": planned.order_id,
        "marketplace_id": planned.order.marketplace_id,
        "reference": decision.reference,
        "carrier": decision.carrier,
        "carrier_key": planned.parcel.carrier_key,
        "tracking": decision.tracking,
        "shipped_at": decision.shipped_at.isoformat(),
        "created_at": planned.order.created_at.isoformat(),
        "units": dict(decision.units),
        "edits": decision.edits,
        "others": list(decision.others),
        "warning": decision.warning,
        "asked_at": clock.now().isoformat(),
    }
