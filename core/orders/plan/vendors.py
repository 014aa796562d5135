"""One store order for each vendor of a Multi-Vendor store, exact to the smallest unit.

A cart of several vendors is split by the store itself, which recalculates prices, shipping and total of each part, so
what was sent for the whole does not reach the parts (facts: CS-Cart order routines). So each vendor's order is made by
itself. Lines and their amounts go with their products. What the order has once (shipping, fees, tax) is divided as
Amazon's items say, else by the amounts of the lines; the cents that do not divide go to the largest shares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal

from core.money import smallest_unit
from core.orders.document import Item, Order
from core.orders.plan.store_order import PlannedOrder

_GOODS = frozenset({"ITEM", "GIFT_WRAP", "DISCOUNT"})


def by_vendor(planned: PlannedOrder, order: Order, vendors: Mapping[int, int]) -> tuple[PlannedOrder, ...]:
    """The order as one store order per vendor; `vendors` tells whose each product is."""
    groups: dict[int, list[int]] = {}
    for index, line in enumerate(planned.lines):
        groups.setdefault(vendors[line.product_id], []).append(index)
    whose = sorted(groups)
    # Another vendor's product cannot stand in: the store would give the order to that vendor.
    stands_in = vendors[planned.stand_in] if planned.stand_in is not None else None
    if len(whose) == 1:
        stand_in = planned.stand_in if stands_in == whose[0] else None
        return (replace(planned, vendor_id=whose[0], stand_in=stand_in),)
    lines = {vendor: tuple(planned.lines[index] for index in groups[vendor]) for vendor in whose}
    goods = [sum((line.total for line in lines[vendor]), Decimal(0)) for vendor in whose]
    items = [{line.item_id for line in lines[vendor]} for vendor in whose]
    unit = smallest_unit(planned.currency)
    shipping = shares(planned.shipping_cost, _weights(order, items, _shipping) or goods, unit)
    tax = shares(planned.tax, _weights(order, items, _tax) or goods, unit)
    return tuple(
        replace(
            planned,
            vendor_id=vendor,
            parts=len(whose),
            lines=lines[vendor],
            shipping_cost=shipping[index],
            tax=tax[index],
            total=goods[index] + shipping[index],
            stand_in=planned.stand_in if stands_in == vendor else None,
            details=f"{planned.details}\npart: {index + 1} of {len(whose)}, vendor {vendor}",
        )
        for index, vendor in enumerate(whose)
    )


def shares(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Divide an amount by weights into multiples of `unit` that add up to it exactly; equally where all weigh nothing.

    What is left over goes, a unit each, to those that lost most by rounding down.
    """
    weights = weights if any(weights) else [Decimal(1)] * len(weights)
    whole = int(amount / unit)
    exact = [whole * weight / sum(weights) for weight in weights]
    given = [int(one.to_integral_value(ROUND_FLOOR)) for one in exact]
    by_loss = sorted(range(len(weights)), key=lambda index: (given[index] - exact[index], index))
    for index in by_loss[: whole - sum(given)]:
        given[index] += 1
    return [one * unit for one in given]


def _weights(order: Order, groups: Sequence[set[str]], of_item: Callable[[Item], Decimal]) -> list[Decimal] | None:
    """What each group of items has of something; None where Amazon's items say nothing of it."""
    found = []
    for group in groups:
        amounts = (of_item(item) for item in order.items if item.item_id in group)
        found.append(max(sum(amounts, Decimal(0)), Decimal(0)))
    return found if any(found) else None


def _shipping(item: Item) -> Decimal:
    """All that the item has beside its goods, discounts taken off."""
    found = Decimal(0)
    for part in item.parts:
        if part.kind != "TAX" and (part.subtype or part.kind) not in _GOODS:
            found += -abs(part.amount) if part.kind == "DISCOUNT" else part.amount
    return found


def _tax(item: Item) -> Decimal:
    return sum((part.amount for part in item.parts if part.kind == "TAX"), Decimal(0))
