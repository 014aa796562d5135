"""From Amazon's proceeds to what a store order charges, exact to the smallest unit.

Amazon does not publish whether tax stands inside the prices, with which sign discounts come, and whether the tax on a
discount is taken off; all of it has been seen both ways. So the parts are added up in the ways that make sense, the
usual ones first, and the first that meets the grand total is taken. When none does, the order is held rather than
imported with a wrong total. Source: Orders API 2026-01-01, `ItemProceeds` and `OrderProceeds`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import chain, product
from typing import NamedTuple

from core.money import round_to_unit, smallest_unit
from core.orders.document import Item, Order, Part

# Which breakdowns belong to the line itself; all others are charged once per order.
_OF_THE_LINE = frozenset({"ITEM", "GIFT_WRAP"})
_KINDS = frozenset({"ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "TAX", "DISCOUNT", "DELIVERY_TIP", "OTHER"})
_SUBTYPES = frozenset({"", "ITEM", "SHIPPING", "GIFT_WRAP", "COD_FEE", "OTHER", "DISCOUNT"})

_LOWERS, _AS_STATED, _TURNED = "lowers", "as stated", "turned"


class _Reading(NamedTuple):
    """One way in which an order's parts may be meant."""

    discount: str
    """Discounts lower the total whatever their sign, or are added as they are, or taken off as they are."""
    discount_tax: int
    """What the tax on a discount counts: as stated, taken off in its place, or not at all."""
    tax_on_top: bool
    pending_tip: bool


_READINGS = tuple(
    _Reading(*one) for one in product((_LOWERS, _AS_STATED, _TURNED), (1, -1, 0), (True, False), (True, False))
)


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order charges, gross: per item, and once per order (shipping, fees, tip, what is not known here).

    `tax` is part of it; of it, or of what was left out, Amazon pays `facilitator_tax` to the authorities itself.
    """

    lines: tuple[tuple[Item, Decimal], ...]
    shipping: Decimal
    total: Decimal
    tax: Decimal
    facilitator_tax: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """`amount` units at `price` each."""

    amount: int
    price: Decimal


def charged(order: Order, *, tax_beside: bool = False, leave_out_facilitator_tax: bool = False) -> Charged | None:
    """What the order charges, in its own currency; None when the parts do not meet the grand total.

    `tax_beside`: prices of its marketplace never hold tax, so tax that is not in the total is no part of it.
    `leave_out_facilitator_tax`: without the tax that Amazon pays to the authorities itself.
    """
    if order.grand_total is None and not is_free(order):
        return None
    fitting = (reading for reading in _READINGS if _fits(order, reading))
    first = next(fitting, None)
    if first is None:
        return None
    # Two may meet the grand total by chance; then the totals of the items decide.
    chosen = next(filter(partial(_fits_items, order), chain((first,), fitting)), first)
    return _added_up(order, chosen, tax_beside, leave_out_facilitator_tax)


def _fits(order: Order, reading: _Reading) -> bool:
    return order.grand_total in (None, _added_up(order, reading, tax_beside=False, leave_out=False).total)


def _fits_items(order: Order, reading: _Reading) -> bool:
    """Whether the parts of each item meet what Amazon states as its total."""
    for item in order.items:
        parts = (part for part in item.parts if reading.tax_on_top or part.kind != "TAX")
        if item.total not in (None, sum((_signed(part, reading) for part in parts), Decimal(0))):
            return False
    return True


def is_free(order: Order) -> bool:
    """No money at all: a replacement."""
    return not order.grand_total and not any(part.amount for item in order.items for part in item.parts)


def unknown_charges(order: Order) -> list[tuple[str, Decimal]]:
    """What Amazon charges under names that are not known here; it stands beside shipping, as OTHER does."""
    parts = [part for item in order.items for part in item.parts]
    found = [(part.kind, part.amount) for part in (*parts, *order.charges) if part.kind not in _KINDS]
    found += [
        (f"{part.kind} {part.subtype}", part.amount)
        for part in parts
        if part.kind in _KINDS and part.subtype not in _SUBTYPES
    ]
    return [(name, amount) for name, amount in found if amount]


def _added_up(order: Order, reading: _Reading, tax_beside: bool, leave_out: bool) -> Charged:
    lines: list[tuple[Item, Decimal]] = []
    shipping = tax = facilitator_tax = Decimal(0)
    for item in order.items:
        line = Decimal(0)
        for part in item.parts:
            value = _signed(part, reading)
            if part.kind == "TAX":
                stated = value
                if not reading.tax_on_top:
                    stated, value = (Decimal(0) if tax_beside else stated), Decimal(0)
                facilitator_tax += stated if item.facilitator_tax else 0
                if item.facilitator_tax and leave_out:
                    value -= stated
                else:
                    tax += stated
            if (part.subtype or part.kind) in _OF_THE_LINE or part.subtype == "DISCOUNT":
                line += value
            else:
                shipping += value
        lines.append((item, line))
    for charge in order.charges:
        if charge.subtype != "PENDING" or reading.pending_tip:
            shipping += _signed(charge, reading)
    total = sum((line for _, line in lines), shipping)
    return Charged(tuple(lines), shipping, total, tax, facilitator_tax)


def _signed(part: Part, reading: _Reading) -> Decimal:
    """The part as it adds to the total, were all tax on top."""
    if part.kind == "DISCOUNT":
        return (
            -abs(part.amount)
            if reading.discount == _LOWERS
            else part.amount * (-1 if reading.discount == _TURNED else 1)
        )
    if part.kind == "TAX" and part.subtype == "DISCOUNT":
        return part.amount * reading.discount_tax
    return part.amount


def converted(amounts: Charged, rate: Decimal, currency: str) -> Charged:
    """The same in another currency: each line is rounded by itself, and the total is their sum."""
    lines = tuple((item, round_to_unit(line * rate, currency)) for item, line in amounts.lines)
    shipping = round_to_unit(amounts.shipping * rate, currency)
    return replace(
        amounts,
        lines=lines,
        shipping=shipping,
        total=sum((line for _, line in lines), shipping),
        tax=round_to_unit(amounts.tax * rate, currency),
    )


def unit_prices(line: Decimal, quantity: int, currency: str) -> list[UnitPrice]:
    """Split a line's amount into unit prices that multiply back to it exactly: 10.00 / 3 → 2 × 3.33 and 1 × 3.34.

    Raises ValueError when the amount is finer than the currency or the quantity is not positive.
    """
    unit = smallest_unit(currency)
    units = line / unit
    if units != units.to_integral_value() or quantity < 1:
        raise ValueError(f"{line} {currency} cannot be split into {quantity}")
    low, more = divmod(int(units), quantity)
    prices = [UnitPrice(quantity - more, low * unit), UnitPrice(more, (low + 1) * unit)]
    return [price for price in prices if price.amount]
