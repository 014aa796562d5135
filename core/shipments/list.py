"""Lists of parcels, in windows: first the keys of everything that matches, then the rows that are looked at.

What became of a parcel is computed, not stored: `_state` defines it, once, from its row, its open problem and its
intents.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, literal, or_, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, func

from core.actor import Actor
from core.amazon.carriers import carrier_name
from core.database import Database
from core.documents import NOT_SHOWN
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, REJECTED, WAITING, OutboxIntent
from core.model.problem import Problem
from core.model.shipment import StoreShipment
from core.people.rights import note_channel, visible_channels
from core.shipments import NAME
from core.shipments.plan.parcel import Told
from core.shipments.plan.problems import CODES
from core.windows import NEWEST, Keys, ListFilter, in_order

WAITS, SENT, VERIFIED, REFUSED, HELD = STATES = ("waiting", "sent", "verified", "rejected", "held")
"""To be told; told and not seen yet; seen, or none of Amazon's business; refused; not told, with a reason."""

_SUBJECT = literal("shipment ") + cast(col(StoreShipment.shipment_id), String)
_IS_OPEN = and_(col(Problem.flow) == NAME, col(Problem.resolved_at).is_(None))


OLDEST, BY_CARRIER = "oldest", "carrier"
_NEWEST_FIRST = (col(StoreShipment.shipment_id).desc(), col(StoreShipment.id).desc())
SORTS: Mapping[str, Sequence[Any]] = {
    NEWEST: _NEWEST_FIRST,
    OLDEST: (col(StoreShipment.shipment_id), col(StoreShipment.id)),
    BY_CARRIER: (col(StoreShipment.carrier), col(StoreShipment.method), *_NEWEST_FIRST),
}
"""The orders in which parcels can be listed."""


@dataclass(frozen=True)
class ShipmentFilter(ListFilter):
    """Which parcels to list, by when they were shipped, and in which of `SORTS`.

    Each word of `text` has to be part of the number of the parcel, its store order or its Amazon order, of its carrier
    or tracking number, or of its problem's code or title.
    """


@dataclass(frozen=True)
class ShipmentView:
    """One parcel of a channel; `state` is one of `STATES`, `problem` the code of what is wrong."""

    key: int = field(metadata=NOT_SHOWN)
    channel: str = field(metadata=NOT_SHOWN)
    shipment_id: int
    order_id: int
    amazon_order_id: str
    carrier: str
    amazon_carrier: str
    """What the channel's mapping makes of it; empty for an unmapped one."""
    tracking: str
    state: str
    problem: str | None
    message: str
    fix: str
    method: str = field(metadata=NOT_SHOWN)
    """Name of its shipping method in the store."""
    shipped_at: datetime = field(metadata=NOT_SHOWN)
    from_amazon: str = field(metadata=NOT_SHOWN)
    """The package at Amazon that it was entered from; such a one is never told back."""
    told: Told | None = field(metadata=NOT_SHOWN)
    """What Amazon was seen to have of it."""
    confirmed_at: datetime | None = field(metadata=NOT_SHOWN)
    ship_by: datetime | None = field(metadata=NOT_SHOWN)
    """When its order is to leave at the latest, as Amazon tells it."""


def shipment_keys(database: Database, actor: Actor, wanted: ShipmentFilter) -> Keys[str]:
    """Everything that matches, in the wanted order; the counts leave the code aside too.

    A vendor sees the parcels of the own company's channels. What is gone from the store is left out.
    """
    note_channel(database, actor, wanted.channel)
    mine = _mine(actor, wanted.channel)
    coded = _pair().in_(_troubled(mine, col(Problem.code) == wanted.code)) if wanted.code else literal(True)
    query = _parcels(mine, col(StoreShipment.id), _state(mine), coded).order_by(*SORTS[wanted.sort])
    if wanted.since is not None:
        query = query.where(col(StoreShipment.shipped_at) >= wanted.since)
    if wanted.before is not None:
        query = query.where(col(StoreShipment.shipped_at) < wanted.before)
    for word in wanted.text.split():
        query = query.where(_contains(mine, word))
    with database.read() as session:
        rows: Sequence[Any] = session.connection().execute(query).all()
    counted = Counter(state for _, state, _ in rows)
    states = wanted.states or frozenset(STATES)
    keys = array("q", [key for key, state, has_code in rows if has_code and state in states])
    return Keys(keys, {state: counted[state] for state in STATES}, len(rows))


def shipment_rows(database: Database, actor: Actor, keys: Sequence[int]) -> list[ShipmentView]:
    """The parcels of some keys, in that order; those that are gone or not the operator's are left out."""
    mine = _mine(actor)
    query = _details(mine)
    with database.read() as session:
        settings = session.connection().execute(select(col(Channel.id), col(Channel.settings)).where(*mine))
        carriers = {channel_id: found.get("carriers") or {} for channel_id, found in settings}

        def read(some: Sequence[int]) -> Iterator[ShipmentView]:
            rows = session.connection().execute(query.where(col(StoreShipment.id).in_(some)))
            return (_view(row, carriers[row.channel_id]) for row in rows)

        return in_order(keys, read, lambda parcel: parcel.key)


def parcels_of_order(database: Database, actor: Actor, channel: str, order_id: str) -> list[ShipmentView]:
    """The parcels of one Amazon order of a channel, newest first."""
    note_channel(database, actor, channel)
    query = _parcels(_mine(actor, channel), col(StoreShipment.id)).where(col(OrderLink.order_id) == order_id)
    with database.read() as session:
        # Sorted here: for an order in the statement SQLite would go through all parcels of the store.
        keys = session.connection().execute(query).scalars().all()
    return sorted(shipment_rows(database, actor, keys), key=lambda parcel: parcel.shipment_id, reverse=True)


def _mine(actor: Actor, channel: str = "") -> list[ColumnElement[bool]]:
    """Says which channels' parcels: the operator's, or the one of a name."""
    return [visible_channels(actor), *([col(Channel.name) == channel] if channel else [])]


def _parcels(mine: Sequence[ColumnElement[bool]], *columns: Any) -> Select[Any]:
    """The parcels of the channels' orders: which they are is told by the links of these."""
    link_to_channel = and_(col(OrderLink.channel_id) == Channel.id, col(OrderLink.store_id) == Channel.store_id)
    of_order = and_(
        col(StoreShipment.store_id) == OrderLink.store_id,
        col(StoreShipment.store_order_id) == OrderLink.store_order_id,
    )
    return (
        select(*columns)
        .select_from(Channel)
        .join(OrderLink, link_to_channel)
        .join(StoreShipment, of_order)
        .where(*mine, col(StoreShipment.gone).is_(False))
    )


def _state(mine: Sequence[ColumnElement[bool]]) -> ColumnElement[str]:
    """What became of a parcel; the only definition. Intents and problems are few, and found as sets."""
    is_refused = and_(_pair().in_(_intended(mine, col(OutboxIntent.state) == REJECTED)), ~col(StoreShipment.dirty))
    return case(
        (_pair().in_(_intended(mine, IS_OPEN, col(OutboxIntent.state) == WAITING)), WAITS),
        (_pair().in_(_intended(mine, IS_OPEN)), SENT),
        (_pair().in_(_troubled(mine)), case((is_refused, REFUSED), else_=HELD)),
        (col(StoreShipment.dirty), WAITS),
        else_=VERIFIED,
    )


def _pair() -> Any:
    """What intents and problems know a parcel by: two stores number theirs alike."""
    return tuple_(col(Channel.id), _SUBJECT)


def _intended(mine: Sequence[ColumnElement[bool]], *conditions: Any) -> Any:
    """The parcels of intents towards the channels' sellers."""
    owner = aliased(Channel)
    return (
        select(col(OutboxIntent.channel_id), col(OutboxIntent.subject))
        .join(owner, col(OutboxIntent.channel_id) == owner.id)
        .where(
            col(OutboxIntent.remote) == literal("seller ") + cast(col(owner.account_id), String),
            col(OutboxIntent.flow) == NAME,
            col(OutboxIntent.channel_id).in_(_ids(mine)),
            *conditions,
        )
    )


def _troubled(mine: Sequence[ColumnElement[bool]], *conditions: ColumnElement[bool]) -> Any:
    """The parcels that have an open problem."""
    return select(col(Problem.channel_id), col(Problem.subject)).where(
        col(Problem.channel_id).in_(_ids(mine)), _IS_OPEN, *conditions
    )


def _ids(mine: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(col(Channel.id)).where(*mine).correlate(None)


def _contains(mine: Sequence[ColumnElement[bool]], word: str) -> ColumnElement[bool]:
    """Whether a word that is being typed says something of a parcel."""
    titled = [code.name for code in CODES if word.casefold() in code.title.casefold()]
    coded = or_(col(Problem.code).icontains(word, autoescape=True), col(Problem.code).in_(titled))
    texts = (OrderLink.order_id, StoreShipment.carrier, StoreShipment.method, StoreShipment.tracking)
    found = [col(text).icontains(word, autoescape=True) for text in texts]
    found.append(_pair().in_(_troubled(mine, coded)))
    if word.isascii() and word.isdigit():
        numbers = (StoreShipment.shipment_id, StoreShipment.store_order_id)
        found += [cast(col(number), String).startswith(word) for number in numbers]
    return or_(*found)


def _details(mine: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The rows as they are shown."""
    shown = (
        "shipment_id",
        "store_order_id",
        "carrier",
        "method",
        "tracking",
        "shipped_at",
        "from_amazon",
        "told",
        "confirmed_at",
    )
    first = aliased(Problem)
    first_problem = (
        select(func.min(first.id))
        .where(
            col(first.owner) == literal("channel ") + cast(col(Channel.id), String),
            col(first.flow) == NAME,
            col(first.subject) == _SUBJECT,
            col(first.resolved_at).is_(None),
        )
        .scalar_subquery()
    )
    of_order = and_(col(AmazonOrder.account_id) == Channel.account_id, col(AmazonOrder.order_id) == OrderLink.order_id)
    return (
        _parcels(
            mine,
            col(StoreShipment.id).label("key"),
            col(Channel.id).label("channel_id"),
            col(Channel.name).label("channel"),
            col(OrderLink.order_id).label("amazon_order_id"),
            _state(mine).label("state"),
            *(col(getattr(StoreShipment, name)) for name in shown),
            col(Problem.code),
            col(Problem.message),
            col(Problem.fix),
            col(AmazonOrder.ship_by),
        )
        .outerjoin(Problem, col(Problem.id) == first_problem)
        .outerjoin(AmazonOrder, of_order)
    )


def _view(row: Any, carriers: dict[str, str]) -> ShipmentView:
    code = carriers.get(row.carrier or row.method)
    return ShipmentView(
        key=row.key,
        channel=row.channel,
        shipment_id=row.shipment_id,
        order_id=row.store_order_id,
        amazon_order_id=row.amazon_order_id,
        carrier=row.carrier,
        amazon_carrier=carrier_name(code) if code else "",
        tracking=row.tracking,
        state=row.state,
        problem=row.code,
        message=row.message or "",
        fix=row.fix or "",
        method=row.method,
        shipped_at=row.shipped_at,
        from_amazon=row.from_amazon,
        told=Told(**row.told) if row.told else None,
        confirmed_at=row.confirmed_at,
        ship_by=row.ship_by,
    )
