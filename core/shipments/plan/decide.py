"""Decides what becomes of the parcels of one order: told to Amazon, told anew, left alone, or held with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.orders.document import CANCELLED, Item, Order, Package
from core.shipments.plan import problems
from core.shipments.plan.carrier import mapped, plain, warning
from core.shipments.plan.parcel import Line, Parcel, Rules
from core.shipments.plan.units import units_of
from core.sync.decisions import Hold

SHIP_PLUS = "FBM_SHIP_PLUS"
"""Orders whose labels are Amazon's: it refuses confirmations of them."""
_BEYOND = 9_000_000_000
"""Added to a parcel's number where another tool has taken it: beyond any number of a store, and nobody's ordinal."""


@dataclass(frozen=True)
class Confirm:
    """Tell Amazon; `edits` when it knows the parcel already and something of it changed."""

    reference: str
    carrier: str
    tracking: str
    shipped_at: datetime
    units: Mapping[str, int]
    edits: bool = False
    others: tuple[str, ...] = ()
    """References of the other parcels of its order."""
    warning: str = ""


@dataclass(frozen=True)
class Settled:
    """Nothing to do. `known`: Amazon has it as it is."""

    reason: str
    known: Package | None = None
    """What Amazon has of it under our reference."""


Decision = Confirm | Settled | Hold


@dataclass(frozen=True)
class Placed:
    """The store order that parcels are of."""

    lines: Sequence[Line]
    imported: Mapping[str, int] = field(default_factory=dict)
    """Units of Amazon's items when it was imported, where that is known."""

    def units_of(self, shipped: Mapping[str, int], order: Order, free: Mapping[str, int]) -> dict[str, int] | Hold:
        """Units of Amazon's items that lines stand for; see `units_of`."""
        return units_of(shipped, self.lines, order.items, free, self.imported)


def plan_parcels(order: Order, parcels: Sequence[Parcel], placed: Placed, rules: Rules) -> dict[int, Decision]:
    """A decision for each parcel that is due, by number; `parcels` are all that the store has of the order."""
    known = {one.shipment_id: _known(order, one, parcels, placed) for one in parcels}
    promised = {one.shipment_id: one.promised for one in parcels if known[one.shipment_id][1] is None}
    decided: dict[int, Decision] = {}
    for parcel in sorted(parcels, key=lambda one: one.shipment_id):
        if not parcel.due:
            continue
        others = _sum(units for number, units in promised.items() if number != parcel.shipment_id)
        decision = _decide(order, parcel, parcels, placed, rules, known, others)
        if isinstance(decision, Confirm) and not decision.edits:
            promised[parcel.shipment_id] = decision.units
        decided[parcel.shipment_id] = decision
    return decided


def _sum(promised: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for units in promised:
        total.update(units)
    return total


def barred(order: Order) -> Hold | None:
    """Why no new parcel of an order may be told to Amazon now."""
    if order.status == CANCELLED:
        return problems.order_cancelled()
    if order.is_pending:
        return problems.order_pending()
    if order.cancel_requested and any(waiting(order, item) for item in order.items):
        return problems.cancel_requested()
    return None


def package_of(
    order: Order, reference: str, tracking: str, units: Mapping[str, int], others: Collection[str]
) -> Package | None:
    """What Amazon has of a parcel: under its number, else under its tracking number.

    Several parcels may go under one tracking number, so it counts with the very units of the parcel alone, and never
    under the number of one of the `others` of the order.
    """
    own = next((package for package in order.packages if package.reference == reference), None)
    if own is not None or not tracking:
        return own
    alike = (package for package in order.packages if plain(package.tracking) == plain(tracking))
    return next((one for one in alike if one.units == units and one.reference not in others), None)


def reference_of(order: Order, parcel: Parcel) -> str:
    """What Amazon knows a parcel by: its number, unless another tool's parcel of the order has that already."""
    if parcel.told is not None:
        return parcel.told.reference
    number = str(parcel.shipment_id)
    taken = next((package for package in order.packages if package.reference == number), None)
    if taken is not None and plain(taken.tracking) != plain(parcel.tracking):
        return f"{_BEYOND + parcel.shipment_id}"
    return number


def _known(
    order: Order, parcel: Parcel, parcels: Sequence[Parcel], placed: Placed
) -> tuple[str, Package | None, tuple[str, ...]]:
    """A parcel's reference, what Amazon has of it, and the references of the other parcels of its order."""
    reference = reference_of(order, parcel)
    here = (one for one in parcels if one.shipment_id != parcel.shipment_id and not one.gone)
    others = tuple(sorted({reference_of(order, one) for one in here}))
    units = placed.units_of(parcel.items, order, {item.item_id: item.quantity for item in order.items})
    known = {} if isinstance(units, Hold) else units
    return reference, package_of(order, reference, parcel.tracking, known, others), others


def waiting(order: Order, item: Item) -> int:
    """Units of an item that Amazon still waits for."""
    if item.unfulfilled is not None:
        return item.unfulfilled
    return item.quantity - sum(package.units.get(item.item_id, 0) for package in order.packages)


def _decide(
    order: Order,
    parcel: Parcel,
    parcels: Sequence[Parcel],
    placed: Placed,
    rules: Rules,
    known: Mapping[int, tuple[str, Package | None, tuple[str, ...]]],
    promised: Mapping[str, int],
) -> Decision:
    if left := _left_alone(order, parcel):
        return Settled(left)
    reference, package, others = known[parcel.shipment_id]
    if package is not None and package.reference != reference:
        return Settled(f"Amazon knows it already, as package {package.reference}")
    if package is not None:
        return _against(package, parcel, rules)
    if hold := barred(order):
        return hold
    free = {item.item_id: waiting(order, item) - promised.get(item.item_id, 0) for item in order.items}
    units = placed.units_of(parcel.items, order, free)
    if isinstance(units, Hold):
        return units
    if not units:
        return Settled("nothing of it was sold at Amazon")
    ours = {one for one, _, _ in known.values()}
    if hold := _too_many(order, parcel, parcels, ours, units, free):
        return hold
    return _confirmed(reference, parcel, units, rules, others=others)


def _left_alone(order: Order, parcel: Parcel) -> str:
    if parcel.gone:
        return "it is not in the store any more"
    if parcel.from_amazon:
        return "it was entered from what Amazon knows"
    if order.by_amazon:
        return "Amazon ships this order itself"
    if SHIP_PLUS in order.programs:
        return "Amazon confirms the parcels of this order itself"
    return ""


def _against(package: Package, parcel: Parcel, rules: Rules) -> Decision:
    """A parcel that Amazon knows under our reference: is it still as it was told?"""
    told = parcel.told
    if told is None or (told.carrier, told.tracking) == (parcel.carrier_key, parcel.tracking):
        return Settled("Amazon has it", package)
    return _confirmed(told.reference, parcel, told.units, rules, edits=True)


def _confirmed(
    reference: str,
    parcel: Parcel,
    units: Mapping[str, int],
    rules: Rules,
    *,
    edits: bool = False,
    others: tuple[str, ...] = (),
) -> Confirm | Hold:
    carrier = mapped(parcel, rules)
    if isinstance(carrier, Hold):
        return carrier
    name = carrier.removeprefix("Other:").partition(" / ")[0]
    return Confirm(
        reference=reference,
        carrier=carrier,
        tracking=parcel.tracking,
        shipped_at=parcel.shipped_at,
        units=units,
        edits=edits,
        others=others,
        warning=warning(name, parcel.tracking),
    )


def _too_many(
    order: Order,
    parcel: Parcel,
    parcels: Sequence[Parcel],
    ours: Collection[str],
    units: Mapping[str, int],
    free: Mapping[str, int],
) -> Hold | None:
    """Why units cannot be told, if there are more than `free`; by SKU, as the items of one stand in for each other."""
    over = dict.fromkeys(item.sku for item in order.items if units.get(item.item_id, 0) > free[item.item_id])
    for sku in over:
        alike = {item.item_id: item.quantity for item in order.items if item.sku == sku}
        wanted, ordered = _of(alike, units), sum(alike.values())
        told = sum(
            _of(alike, one.told.units if one.told else one.promised)
            for one in parcels
            if one.shipment_id != parcel.shipment_id and not one.gone
        )
        if wanted + told > ordered:
            return problems.more_than_ordered(sku, wanted + told, ordered)
        left = sum(max(free[item_id], 0) for item_id in alike)
        others = [one for one in order.packages if alike.keys() & one.units.keys() and one.reference not in ours]
        return problems.shipped_otherwise(sku, wanted, left, [one.reference for one in others])
    return None


def _of(items: Iterable[str], units: Mapping[str, int]) -> int:
    return sum(units.get(item_id, 0) for item_id in items)
