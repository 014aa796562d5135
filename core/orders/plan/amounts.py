"""From Amazon's proceeds to what a store order charges, exact to the smallest unit.

Amazon does not publish whether tax stands inside the prices and with which sign discounts come; both have been seen.
So the parts are added up in the ways that make sense, and the one that meets the grand total is taken. When none
does, the order is held rather than imported with a wrong total.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from core.money import round_to_unit, smallest_unit
from core.orders.document import Item, Order, Part

# Which breakdowns belong to the line itself; all others are charged once per order.
_OF_THE_LINE = frozenset({"ITEM", "GIFT_WRAP"})


@dataclass(frozen=True, slots=True)
class Charged:
    """What an order charges, gross: per item, and once per order (shipping, fees, tip). `tax` is part of it."""

    lines: tuple[tuple[Item, Decimal], ...]
    shipping: Decimal
    total: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """`amount` units at `price` each."""

    amount: int
    price: Decimal


def charged(order: Order) -> Charged | None:
    """What the order charges, in its own currency; None when the parts do not meet the grand total."""
    if order.grand_total is None:
        return _added_up(order, True, True) if is_free(order) else None
    for tax_on_top in (True, False):
        for with_pending_tip in (True, False):
            result = _added_up(order, tax_on_top, with_pending_tip)
            if result.total == order.grand_total:
                return result
    return None


def is_free(order: Order) -> bool:
    """No money at all: a replacement."""
    return not order.grand_total and not any(part.amount for item in order.items for part in item.parts)


def _added_up(order: Order, tax_on_top: bool, with_pending_tip: bool) -> Charged:
    lines: list[tuple[Item, Decimal]] = []
    shipping = tax = Decimal(0)
    for item in order.items:
        line = Decimal(0)
        for part in item.parts:
            value = _signed(part, tax_on_top)
            if part.kind == "TAX":
                tax += part.amount
            if (part.subtype or part.kind) in _OF_THE_LINE or part.subtype == "DISCOUNT":
                line += value
            else:
                shipping += value
        lines.append((item, line))
    for charge in order.charges:
        if charge.subtype != "PENDING" or with_pending_tip:
            shipping += _signed(charge, tax_on_top)
    return Charged(tuple(lines), shipping, sum((line for _, line in lines), shipping), tax)


def _signed(part: Part, tax_on_top: bool) -> Decimal:
    """The part as it adds to the total: discounts always lower it, whatever their sign."""
    if part.kind == "DISCOUNT":
        return -abs(part.amount)
    if part.kind == "TAX" and not tax_on_top:
        return Decimal(0)
    return part.amount


def converted(amounts: Charged, rate: Decimal, currency: str) -> Charged:
    """The same in another currency: each line is rounded by itself, and the total is their sum."""
    lines = tuple((item, round_to_unit(line * rate, currency)) for item, line in amounts.lines)
    shipping = round_to_unit(amounts.shipping * rate, currency)
    total = sum((line for _, line in lines), shipping)
    return Charged(lines, shipping, total, round_to_unit(amounts.tax * rate, currency))


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
