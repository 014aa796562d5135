"""What of an order Amazon has changed since it went into the store, and what the store order has of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.orders.document import SHIPPED, Order
from core.orders.plan.address import missing_fields

_BETWEEN = ", "
_LEAVING = (SHIPPED, "PARTIALLY_SHIPPED")
_RECIPIENT = ("s_firstname", "s_lastname", "s_address", "s_city", "s_zipcode")


@dataclass(frozen=True)
class Sold:
    """Units of one of Amazon's items in a store order, and the product that they are of."""

    item_id: str
    sku: str
    product_id: int
    units: int
    ordered: int
    """Units when it was imported."""

    def to_json(self) -> dict[str, Any]:
        """As a row of the link keeps it."""
        return asdict(self)


def sold_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Sold, ...]:
    """Back from a row or an intent."""
    return tuple(Sold(**row) for row in rows)


def sold_now(order: Order, sold: Sequence[Sold]) -> tuple[Sold, ...]:
    """The same items as Amazon has them now: units that were cancelled are none any more.

    Of an order that leaves, what is neither shipped nor waited for was cancelled, whatever `quantityOrdered` says.
    """
    units = {}
    for item in order.items:
        units[item.item_id] = item.quantity
        if order.status in _LEAVING and item.fulfilled is not None and item.unfulfilled is not None:
            units[item.item_id] = min(item.quantity, (item.fulfilled + item.unfulfilled) or item.quantity)
    return tuple(replace(one, units=units.get(one.item_id, 0)) for one in sold)


def differing_units(sold: Sequence[Sold], present: Iterable[tuple[int, int]]) -> list[str]:
    """Where a store order has other units than Amazon, by SKU; `present` are its lines: product, amount.

    By product, because the store merges lines of one.
    """
    wanted: dict[int, int] = {}
    skus: dict[int, str] = {}
    for one in sold:
        wanted[one.product_id] = wanted.get(one.product_id, 0) + one.units
        skus.setdefault(one.product_id, one.sku)
    there = dict.fromkeys(wanted, 0)
    for product_id, amount in present:
        if product_id in there:
            there[product_id] += amount
    return [
        f"{units} of SKU {skus[one]!r} instead of {there[one]}" for one, units in wanted.items() if units != there[one]
    ]


def lacking(order: Order) -> str:
    """What Amazon has not sent of the address, as a row of the link keeps it."""
    return _BETWEEN.join(missing_fields(order.address))


def is_filled_in(before: str, now: str) -> bool:
    """Whether Amazon has sent something of the address that was lacking."""
    return bool(set(filter(None, before.split(_BETWEEN))) - set(now.split(_BETWEEN)))


def has_address(present: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether a store order goes where it should: to this name, street and place."""
    return all(present.get(name, "").strip() == wanted[name].strip() for name in _RECIPIENT if name in wanted)
