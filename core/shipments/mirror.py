"""The store's shipments as rows, and rows as the parcels of plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select, update

from core import clock
from core.cscart.orders import StoreOrder
from core.cscart.shipments import Shipment
from core.database import upsert
from core.model.link import OrderLink
from core.model.shipment import StoreShipment
from core.orders.events import note_store_status
from core.shipments.plan.back import source_of
from core.shipments.plan.parcel import Line, Parcel, Told

_AT_ONCE = 500
_SEEN = ("store_order_id", "carrier", "method", "tracking", "items", "shipped_at", "gone")
"""Columns that a change in the store changes."""


def store_shipments(session: Session, store_id: int, shipments: Iterable[Shipment]) -> int:
    """Write what a page tells; a parcel that is new or otherwise than before becomes dirty. Returns how many are."""
    seen = {one.shipment_id: _columns(one) for one in shipments}
    known = {row.shipment_id: row for row in _rows(session, store_id, list(seen))}
    changed = 0
    fresh = []
    for number, values in seen.items():
        row = known.get(number)
        if row is None:
            fresh.append(_new(store_id, number, values))
        elif any(getattr(row, name) != values[name] for name in _SEEN):
            lines = row.lines if row.items == values["items"] else None
            for name, value in (values | {"dirty": True, "lines": lines}).items():
                setattr(row, name, value)
            session.add(row)
            changed += 1
    upsert(session, StoreShipment, fresh, keys=["store_id", "shipment_id"], update=[])
    return changed + len(fresh)


def store_gone(session: Session, store_id: int, lowest: int, present: Iterable[int]) -> None:
    """Note that shipments from the number `lowest` on are not in the store any more, but for those `present`."""
    there = set(present)
    query = select(StoreShipment).where(
        col(StoreShipment.store_id) == store_id,
        col(StoreShipment.shipment_id) >= lowest,
        col(StoreShipment.gone).is_(False),
    )
    for row in session.exec(query).all():
        if row.shipment_id not in there:
            row.gone, row.dirty = True, True
            session.add(row)


def store_entered(session: Session, store_id: int, shipments: Iterable[Shipment]) -> None:
    """Keep shipments that were just made here; what came from Amazon is known to need nothing."""
    rows = [_new(store_id, one.shipment_id, _columns(one)) for one in shipments]
    upsert(session, StoreShipment, rows, keys=["store_id", "shipment_id"], update=["from_amazon"])


def store_statuses(session: Session, store_id: int, codes: Mapping[int, str]) -> None:
    """Keep what statuses orders that are Amazon's have in the store now."""
    links = _links(session, store_id, list(codes))
    for link in links:
        if link.present_status != codes[link.store_order_id]:
            note_store_status(session, link, codes[link.store_order_id])
            link.present_status = codes[link.store_order_id]
            session.add(link)


def store_lines(session: Session, store_id: int, orders: Mapping[int, StoreOrder | None]) -> None:
    """Store the lines of orders beside their shipments; those not there, or not readable, are asked for again."""
    for number, order in orders.items():
        if order is None:
            continue
        lines = [vars(line) for line in lines_of(order)]
        session.exec(
            update(StoreShipment)
            .where(col(StoreShipment.store_id) == store_id, col(StoreShipment.store_order_id) == number)
            .values(lines=lines)
        )


def lines_of(order: StoreOrder) -> list[Line]:
    """The lines of a store order with Amazon's items, as the import noted them."""
    return [
        Line(
            line.item_id,
            line.amount,
            str(line.extra.get("amazon_order_item_id") or ""),
            str(line.extra.get("amazon_sku") or ""),
        )
        for line in order.lines
    ]


def parcels_of(session: Session, store_id: int, store_order_ids: Sequence[int]) -> dict[int, list[StoreShipment]]:
    """All shipments of orders, by order."""
    found: dict[int, list[StoreShipment]] = {number: [] for number in store_order_ids}
    for start in range(0, len(store_order_ids), _AT_ONCE):
        query = select(StoreShipment).where(
            col(StoreShipment.store_id) == store_id,
            col(StoreShipment.store_order_id).in_(store_order_ids[start : start + _AT_ONCE]),
        )
        for row in session.exec(query.order_by(col(StoreShipment.shipment_id))).all():
            found[row.store_order_id].append(row)
    return found


def parcel(row: StoreShipment, promised: Mapping[str, int]) -> Parcel:
    """A row as plans know it; `promised` are the units of it that are on their way to Amazon."""
    seen = row.told
    return Parcel(
        shipment_id=row.shipment_id,
        carrier=row.carrier,
        method=row.method,
        tracking=row.tracking,
        items=row.items,
        shipped_at=row.shipped_at,
        told=Told(**seen) if seen else None,
        from_amazon=row.from_amazon,
        gone=row.gone,
        promised=promised,
        due=row.dirty,
    )


def lines(row: StoreShipment) -> list[Line]:
    """The lines of a row's order, as they were read."""
    return [Line(**line) for line in row.lines or []]


def told(reference: str, carrier: str, tracking: str, units: Mapping[str, int]) -> dict[str, Any]:
    """What Amazon has of a parcel, as a row keeps it."""
    return vars(Told(reference, carrier, tracking, dict(units)))


def mark(session: Session, store_id: int, shipment_ids: Sequence[int], **values: Any) -> None:
    """Change rows by their numbers."""
    for start in range(0, len(shipment_ids), _AT_ONCE):
        session.exec(
            update(StoreShipment)
            .where(
                col(StoreShipment.store_id) == store_id,
                col(StoreShipment.shipment_id).in_(shipment_ids[start : start + _AT_ONCE]),
            )
            .values(**values)
        )


def _columns(shipment: Shipment) -> dict[str, Any]:
    return {
        "store_order_id": shipment.order_id,
        "carrier": shipment.carrier,
        "method": shipment.method,
        "tracking": shipment.tracking,
        "items": dict(shipment.items),
        "shipped_at": shipment.shipped_at,
        "gone": False,
        "from_amazon": source_of(shipment.comments),
        "seen_at": clock.now(),
    }


def _new(store_id: int, number: int, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "shipment_id": number,
        "told": None,
        "lines": None,
        "confirmed_at": None,
        "dirty": not values["from_amazon"],
        **values,
    }


def _rows(session: Session, store_id: int, numbers: Sequence[int]) -> list[StoreShipment]:
    found: list[StoreShipment] = []
    for start in range(0, len(numbers), _AT_ONCE):
        query = select(StoreShipment).where(
            col(StoreShipment.store_id) == store_id,
            col(StoreShipment.shipment_id).in_(numbers[start : start + _AT_ONCE]),
        )
        found += session.exec(query).all()
    return found


def _links(session: Session, store_id: int, numbers: Sequence[int]) -> list[OrderLink]:
    found: list[OrderLink] = []
    for start in range(0, len(numbers), _AT_ONCE):
        query = select(OrderLink).where(
            col(OrderLink.store_id) == store_id,
            col(OrderLink.store_order_id).in_(numbers[start : start + _AT_ONCE]),
        )
        found += session.exec(query).all()
    return found
