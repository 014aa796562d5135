"""The way back: parcels that Amazon or another tool has sent, as shipments of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.orders.document import SHIPPED, Order, Package
from core.shipments.plan.carrier import plain
from core.shipments.plan.parcel import Line, Parcel

_MARK = "Amazon package "
"""Begins the comment of a shipment that was entered from what Amazon knows; its reference there follows."""
_BY_AMAZON = "amazon"
"""Carrier and reference of what Amazon ships from its own stock: it tells of no parcel."""


def source_of(comments: str) -> str:
    """The reference of the package at Amazon that a shipment was entered from; empty for all others."""
    first = comments.strip().partition("\n")[0]
    return first.removeprefix(_MARK) if first.startswith(_MARK) else ""


@dataclass(frozen=True)
class Entry:
    """A shipment to be entered; `items` are units by line, empty for all that is left."""

    carrier: str
    tracking: str
    items: Mapping[str, int]
    comments: str
    shipped_at: datetime | None = None

    def to_content(self) -> dict[str, Any]:
        """As JSON, for the outbox."""
        timestamp = self.shipped_at.isoformat() if self.shipped_at else None
        return {**vars(self), "items": dict(self.items), "shipped_at": timestamp}

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Entry:
        """Back from the outbox."""
        timestamp = content["shipped_at"]
        return cls(**{**content, "shipped_at": datetime.fromisoformat(timestamp) if timestamp else None})


def unknown(order: Order, parcels: Sequence[Parcel]) -> list[Package]:
    """What Amazon knows to have left and the store has no shipment of.

    Of what it ships from its own stock it tells no parcels: then it is one without a number, once all has left.
    """
    if order.by_amazon:
        whole = Package(_BY_AMAZON, _BY_AMAZON, "", {}, order.shipped_at)
        return [whole] if order.status == SHIPPED and not parcels else []
    references = {parcel.from_amazon or (parcel.told.reference if parcel.told else "") for parcel in parcels}
    numbers = {plain(parcel.tracking) for parcel in parcels if parcel.tracking}
    return [
        package
        for package in order.packages
        if package.reference not in references and (not package.tracking or plain(package.tracking) not in numbers)
    ]


def entries(order: Order, parcels: Sequence[Parcel], lines: Sequence[Line], carriers: Mapping[str, str]) -> list[Entry]:
    """The shipments that the store lacks; `carriers` are the channel's mapping, read backwards."""
    store_carriers = {code: key for key, code in sorted(carriers.items())}
    found = []
    for package in unknown(order, parcels):
        items = _lines_of(package.units, order, lines)
        if items or order.by_amazon:
            carrier = store_carriers.get(package.carrier, package.carrier)
            comments = f"{_MARK}{package.reference}"
            found.append(Entry(carrier, package.tracking, items, comments, package.shipped_at))
    return found


def _lines_of(units: Mapping[str, int], order: Order, lines: Sequence[Line]) -> dict[str, int]:
    """Units of Amazon's items as units of the store's lines: the item's own lines first, then those of its SKU."""
    skus = {item.item_id: item.sku for item in order.items}
    found: dict[str, int] = {}
    for item_id, count in units.items():
        own = [line for line in lines if line.item_id == item_id]
        alike = [line for line in lines if line.item_id != item_id and line.sku and line.sku == skus.get(item_id)]
        for line in [*own, *alike]:
            taken = min(count, line.amount - found.get(line.line, 0))
            if taken > 0:
                found[line.line] = found.get(line.line, 0) + taken
                count -= taken
    return found
