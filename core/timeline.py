"""What happened to one order on both sides: at Amazon, in the store, its shipments, its problems, and who did what.

Put together from the rows that tell of it, when it is looked at; nothing personal is in it. It stands above the flows,
because it tells of several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from core.actor import Actor
from core.documents import shown_as
from core.flows import code_of
from core.model.audit import AuditEntry
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, OrderEvent
from core.model.outbox import IS_OF_ORDERS, OPEN_STATES, REJECTED, VERIFIED, OutboxIntent
from core.model.problem import Problem
from core.model.shipment import StoreShipment
from core.orders import ANONYMISE_KIND, CREATE_KIND, RETURNS
from core.orders import NAME as ORDERS
from core.orders.document import CANCELLED, PENDING_STATUSES, SHIPPED
from core.orders.events import CANCEL_REQUESTED, CHANGED, REFUNDED, STATUS, STORE_STATUS
from core.orders.evidence import Evidence
from core.orders.list import not_read, order_key
from core.orders.plan.problems import HELD_BY_OPERATOR
from core.orders.returns import Refund
from core.people.rights import require_channel
from core.shipments import NAME as SHIPMENTS
from core.subjects import Owner, Subject
from core.words import spaced
from core.workspace import Workspace

AMAZON, STORE, SHIPMENT, PROBLEM, OPERATOR = SIDES = ("amazon", "store", "shipment", "problem", "operator")
_MOST = 500
"""Entries of one kind that are looked up; orders have a dozen."""
_DEEDS = {
    "order.hold": "Held back by {who}",
    "order.release": "Released by {who}",
    "order.retry": "Planned again by {who}",
    "order.preview": "Previewed with its address by {who}",
    "order.buyer": "The buyer's name and address were shown to {who}",
}


@dataclass(frozen=True)
class TimelineEntry:
    """One thing that happened; `what` is a fixed word for programs, `text` says it to people."""

    at: datetime
    side: str
    """One of `SIDES`."""
    what: str
    text: str
    job_id: int | None = field(default=None, metadata=shown_as("job"))


Entries = Iterator[TimelineEntry]


def timeline(workspace: Workspace, actor: Actor, channel_name: str, order_id: str) -> list[TimelineEntry]:
    """Everything that happened to an order of a channel, newest first; the date to ship by stands in it as well.

    Raises UsageError for an order that was not read.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        key = order_key(session, channel, order_id)
        if key is None:
            raise not_read(channel_name, order_id)
        links = _some(session, OrderLink, col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id) == order_id)
        parcels = [parcel for link in links for parcel in _parcels(session, link)]
        subjects = [Subject("order", order_id), *(Subject("shipment", str(one.shipment_id)) for one in parcels)]
        intents = _intents(session, channel, subjects)
        own = intents.pop(str(subjects[0]), [])
        found = [
            *_amazon(session, key),
            *_store(links, own),
            *(entry for parcel in parcels for entry in _parcel(parcel, intents)),
            *_problems(session, channel, subjects),
            *_deeds(session, channel, subjects[0]),
        ]
    # Of what happened at the same time the later step stands first as well.
    return sorted(found, key=lambda entry: entry.at)[::-1]


# -- Amazon's side ------------------------------------------------------------------------------------------------


def _amazon(session: Session, key: int) -> Entries:
    names = ("account_id", "order_id", "status", "created_at", "updated_at", "ship_by")
    columns = select_columns(*(col(getattr(AmazonOrder, name)) for name in names))  # what Amazon said is not read
    order = session.connection().execute(columns.where(col(AmazonOrder.id) == key)).one()
    events = _some(
        session,
        OrderEvent,
        col(OrderEvent.account_id) == order.account_id,
        col(OrderEvent.order_id) == order.order_id,
    )
    yield TimelineEntry(order.created_at, AMAZON, "ordered", "Ordered on Amazon")
    if order.ship_by is not None:
        yield TimelineEntry(order.ship_by, AMAZON, "ship_by", "Latest time to ship")
    for event in events:
        yield _EVENTS.get(event.kind, _other_event)(event)
    is_told = any(event.kind == STATUS and event.detail.get("to") == order.status for event in events)
    if order.status in (SHIPPED, CANCELLED) and not is_told:
        yield TimelineEntry(order.updated_at, AMAZON, order.status.lower(), _reached("", order.status))


def _status_event(event: OrderEvent) -> TimelineEntry:
    before, now = event.detail.get("from", ""), event.detail.get("to", "")
    what = "released" if before in PENDING_STATUSES and now not in (*PENDING_STATUSES, CANCELLED) else now.lower()
    return TimelineEntry(event.at, AMAZON, what, _reached(before, now))


def _reached(before: str, now: str) -> str:
    if before in PENDING_STATUSES and now not in (*PENDING_STATUSES, CANCELLED):
        return "Released from pending" if now == "UNSHIPPED" else f"Released from pending, {_words(now)}"
    return f"{_words(now).capitalize()} on Amazon"


def _changed_event(event: OrderEvent) -> TimelineEntry:
    what = ", ".join(event.detail.get("what") or ())
    return TimelineEntry(event.at, AMAZON, CHANGED, f"Changed on Amazon: {what}" if what else "Changed on Amazon")


def _cancel_event(event: OrderEvent) -> TimelineEntry:
    return TimelineEntry(event.at, AMAZON, CANCEL_REQUESTED, "The buyer asked to cancel")


def _refund_event(event: OrderEvent) -> TimelineEntry:
    return TimelineEntry(event.at, AMAZON, REFUNDED, f"Refunded by Amazon: {Refund(**event.detail).text}")


def _store_event(event: OrderEvent) -> TimelineEntry:
    before, now = event.detail.get("from", ""), event.detail.get("to", "")
    text = f"Status changed in the store: {before} → {now}" if before else f"Status {now} seen in the store"
    return TimelineEntry(event.at, STORE, "changed_by_hand", text)


def _other_event(event: OrderEvent) -> TimelineEntry:
    return TimelineEntry(event.at, AMAZON, event.kind, spaced(event.kind))


_EVENTS: Mapping[str, Callable[[OrderEvent], TimelineEntry]] = {
    STATUS: _status_event,
    CHANGED: _changed_event,
    CANCEL_REQUESTED: _cancel_event,
    REFUNDED: _refund_event,
    STORE_STATUS: _store_event,
}


# -- the store's side ---------------------------------------------------------------------------------------------


def _store(links: Sequence[OrderLink], intents: Sequence[OutboxIntent]) -> Entries:
    was_adopted = any(one.kind == CREATE_KIND and _evidence(one).adopted for one in intents)
    for link in links:
        if was_adopted:
            text = f"Store order {link.store_order_id} was there already and was adopted"
            yield TimelineEntry(link.linked_at, STORE, "adopted", text)
        else:
            yield TimelineEntry(link.linked_at, STORE, "created", f"Created as store order {link.store_order_id}")
    for intent in intents:
        yield from _written(intent)


_AS_SENT = "Seen in the store as it was sent"
_CHANGE = ("Planned to be changed in the store", _AS_SENT, "The change could not be made in the store")
_WRITES = {
    CREATE_KIND: ("Planned to be created in the store", _AS_SENT, "The store order could not be made"),
    ANONYMISE_KIND: (
        "The buyer's data is to be replaced in the store",
        "The buyer's data is gone from the store",
        "The buyer's data could not be replaced in the store",
    ),
}
"""What is said of a write that is planned, that was seen in the store, and that the store refused."""


def _written(intent: OutboxIntent) -> Entries:
    """What became of one intended write to the store."""
    known, (planned, seen, refused) = _evidence(intent), _WRITES.get(intent.kind, _CHANGE)
    if known.filled and known.corrected and intent.sent_at:
        yield _of(intent, intent.sent_at, "corrected", "Filled in the address that Amazon had sent since")
    elif known.letter and known.corrected and intent.sent_at:
        yield _of(intent, intent.sent_at, "status_set", f"Status set to {known.letter}")
    elif known.corrected and intent.sent_at:
        yield _of(intent, intent.sent_at, "corrected", "Corrected: lines, amounts and status as planned")
    if intent.state == VERIFIED:
        yield _of(intent, intent.updated_at, "verified", seen)
    elif intent.state == REJECTED:
        yield _of(intent, intent.updated_at, "refused", refused)
    elif intent.state in OPEN_STATES:
        yield _of(intent, intent.created_at, "planned", planned)


def _evidence(intent: OutboxIntent) -> Evidence:
    try:
        return Evidence.from_json(intent.evidence)
    except ValueError:  # of a later version
        return Evidence()


def _of(intent: OutboxIntent, at: datetime, what: str, text: str, side: str = STORE) -> TimelineEntry:
    return TimelineEntry(at, side, what, text, intent.job_id)


# -- shipments ----------------------------------------------------------------------------------------------------


def _parcels(session: Session, link: OrderLink) -> list[StoreShipment]:
    mine = (col(StoreShipment.store_id) == link.store_id, col(StoreShipment.store_order_id) == link.store_order_id)
    return _some(session, StoreShipment, *mine)


def _parcel(parcel: StoreShipment, intents: Mapping[str, Sequence[OutboxIntent]]) -> Entries:
    name = f"Shipment {parcel.shipment_id}"
    carried = ", ".join(filter(None, (parcel.carrier or parcel.method, parcel.tracking)))
    origin = "entered in the store from Amazon" if parcel.from_amazon else "made in the store"
    text = f"{name} {origin}{f' ({carried})' if carried else ''}"
    yield TimelineEntry(parcel.shipped_at, SHIPMENT, "shipment", text)
    for intent in intents.get(f"shipment {parcel.shipment_id}", ()):
        if intent.sent_at is not None:
            yield _of(intent, intent.sent_at, "told", f"{name} told to Amazon", SHIPMENT)
        if intent.state == REJECTED:
            yield _of(intent, intent.updated_at, "rejected", f"{name} rejected by Amazon", SHIPMENT)
    if parcel.confirmed_at is not None:
        yield TimelineEntry(parcel.confirmed_at, SHIPMENT, "verified", f"{name} seen at Amazon")
    if parcel.gone:
        yield TimelineEntry(parcel.seen_at, SHIPMENT, "deleted", f"{name} is not in the store any more")


# -- problems and people ------------------------------------------------------------------------------------------


def _problems(session: Session, channel: Channel, subjects: Sequence[Subject]) -> Entries:
    problems = _some(
        session,
        Problem,
        col(Problem.owner) == str(Owner.channel(stored_id(channel.id))),
        col(Problem.flow).in_((ORDERS, RETURNS, SHIPMENTS)),
        col(Problem.subject).in_([str(subject) for subject in subjects]),
        col(Problem.code) != HELD_BY_OPERATOR.name,  # the deed itself is told
    )
    for problem in problems:
        subject, title = Subject.parse(problem.subject), code_of(problem.code).title
        whose = f"shipment {subject.id}, " if subject.kind == "shipment" else ""
        yield TimelineEntry(problem.first_seen, PROBLEM, "raised", f"Problem: {whose}{title}")
        if problem.resolved_at is not None:
            yield TimelineEntry(problem.resolved_at, PROBLEM, "resolved", f"Resolved: {whose}{title}")


def _deeds(session: Session, channel: Channel, subject: Subject) -> Entries:
    """What people did; a name may have belonged to another channel before."""
    since = col(AuditEntry.at) >= channel.connected_at
    for entry in _some(session, AuditEntry, col(AuditEntry.subject) == str(subject), since):
        if entry.action in _DEEDS and entry.detail.get("channel") == channel.name:
            text = _DEEDS[entry.action].format(who=entry.operator)
            yield TimelineEntry(entry.at, OPERATOR, entry.action.removeprefix("order."), text)


# -- reading ------------------------------------------------------------------------------------------------------


def _intents(session: Session, channel: Channel, subjects: Sequence[Subject]) -> dict[str, list[Any]]:
    """The channel's intents about an order and its shipments, by subject; what they were to write is not read."""
    names = ("subject", "kind", "state", "job_id", "evidence", "sent_at", "created_at", "updated_at")
    query = select_columns(*(col(getattr(OutboxIntent, name)) for name in names)).where(
        col(OutboxIntent.store_id) == channel.store_id,
        col(OutboxIntent.subject).in_([str(subject) for subject in subjects]),
        col(OutboxIntent.channel_id) == channel.id,
        IS_OF_ORDERS,
    )
    found: dict[str, list[Any]] = {}
    for row in session.connection().execute(query.order_by(col(OutboxIntent.id).desc()).limit(_MOST)).all()[::-1]:
        found.setdefault(row.subject, []).append(row)
    return found


def _some(session: Session, table: Any, *conditions: Any) -> list[Any]:
    """The newest rows, the oldest of them first."""
    return list(session.exec(select(table).where(*conditions).order_by(table.id.desc()).limit(_MOST)))[::-1]


def _words(status: str) -> str:
    """Amazon's code of a status in words: "partially shipped"."""
    return status.replace("_", " ").lower()
