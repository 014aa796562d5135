"""Compares the store's shipments with what Amazon was told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.audit import amazon_ids
from sandbox.store.model import StoreOrder, StoreShipment
from sandbox.store.state import Store
from sandbox.world.carriers import IN_STORE
from sandbox.world.draft import AMAZON
from sandbox.world.order import WorldOrder
from sandbox.world.package import OTHERS, SELLER, Package, units

Contents = dict[int, int]
"""Product id -> units."""


@dataclass
class ShipmentAudit:
    """The verdict. `ok` is True when nothing is missing, doubled, wrong or stray.

    A shipment that cannot be confirmed is excused as long as it is not.
    """

    ok: bool = False
    expected: int = 0
    """Shipments of the store that Amazon should know."""
    confirmed: int = 0
    """Those of them that it knows exactly once, with the right items, carrier and tracking number."""
    missing: list[tuple[str, int]] = field(default_factory=list)
    """Amazon id and shipment id of those it should know and does not."""
    doubled: list[tuple[str, list[str]]] = field(default_factory=list)
    """Amazon id and the references of packages with the tracking number of one shipment, where they are several."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """Amazon id and what is wrong about a package."""
    stray: list[tuple[str, str]] = field(default_factory=list)
    """Amazon id and reference of packages that the store never sent."""
    excused: dict[int, str] = field(default_factory=dict)
    """Shipment id -> why Amazon cannot be told, or not yet."""


def audit_shipments(
    store: Store, sold: Iterable[WorldOrder], known: Callable[[WorldOrder], list[Package]]
) -> ShipmentAudit:
    """Judge what the seller's program confirmed of `sold`; `known` gives the packages of an order, shown or not."""
    result, by_id = ShipmentAudit(), {order.order_id: order for order in sold}
    shipped: dict[str, list[tuple[StoreShipment, StoreOrder]]] = {}
    for shipment in [*store.shipments.values(), *store.deleted_shipments.values()]:
        holder = store.orders.get(shipment.order_id)
        if holder is not None:
            for amazon_id in amazon_ids(holder) & by_id.keys():
                shipped.setdefault(amazon_id, []).append((shipment, holder))
    for amazon_id, order in by_id.items():
        packages = known(order)
        if amazon_id in shipped or any(package.origin == SELLER for package in packages):
            _judge(result, store, order, shipped.get(amazon_id, []), packages)
    result.ok = not any((result.missing, result.doubled, result.wrong, result.stray))
    return result


def _judge(
    result: ShipmentAudit,
    store: Store,
    order: WorldOrder,
    shipped: list[tuple[StoreShipment, StoreOrder]],
    packages: list[Package],
) -> None:
    free = [package for package in packages if package.origin == SELLER]
    tracking: dict[str, list[str]] = {}
    for shipment, store_order in shipped:
        package = _package_of(shipment, free)
        if package is not None:
            free.remove(package)
            tracking.setdefault(package.tracking, []).append(package.reference)
        if shipment.shipment_id in store.shipments:
            _judge_one(result, order, shipment, store_order, package, packages)
    for package in free:
        if package.tracking in tracking:
            result.doubled.append((order.order_id, [*tracking[package.tracking], package.reference]))
        else:
            result.stray.append((order.order_id, package.reference))


def _package_of(shipment: StoreShipment, free: list[Package]) -> Package | None:
    """The package of a shipment: by its number, else by the tracking number."""
    for package in free:
        if int(package.reference) == shipment.shipment_id:
            return package
    return next((package for package in free if package.tracking == shipment.tracking_number), None)


def _judge_one(
    result: ShipmentAudit,
    order: WorldOrder,
    shipment: StoreShipment,
    store_order: StoreOrder,
    package: Package | None,
    packages: list[Package],
) -> None:
    contents = _contents(shipment, store_order)
    if package is None:
        excuse = _excuse(order, shipment, contents, packages)
        if excuse:
            result.excused[shipment.shipment_id] = excuse
            return
        result.missing.append((order.order_id, shipment.shipment_id))
    result.expected += 1
    if package is None:
        return
    faults = _faults(order, shipment, contents, package)
    where = f"package {package.reference} of shipment {shipment.shipment_id}: "
    result.wrong += [(order.order_id, where + fault) for fault in faults]
    result.confirmed += not faults


def _contents(shipment: StoreShipment, order: StoreOrder) -> Contents:
    """What is in a shipment; an item id that the order does not know stands under product 0."""
    found: Counter[int] = Counter()
    for number, amount in shipment.products.items():
        found[order.lines[number].product_id if number in order.lines else 0] += amount
    return dict(found)


def _ordered(order: WorldOrder, items: dict[str, int]) -> Contents:
    found: Counter[int] = Counter()
    for line in order.draft.lines:
        if line.product is not None and items.get(line.item_id):
            found[line.product.product_id] += items[line.item_id]
    return dict(found)


def _excuse(order: WorldOrder, shipment: StoreShipment, contents: Contents, packages: list[Package]) -> str:
    """Why a right program has not confirmed the shipment; empty: there is no reason."""
    draft = order.draft
    left = _ordered(order, {line.item_id: line.quantity - units(packages, line.item_id) for line in draft.lines})
    reasons = {
        "by_amazon": draft.fulfilled_by == AMAZON,
        "cancelled": draft.status == "CANCELLED",
        "cancel_requested": any(line.cancel_reason is not None for line in draft.lines),
        "ship_plus": "FBM_SHIP_PLUS" in order.document.get("programs", ()),
        "entered": any(one.origin == OTHERS and one.tracking == shipment.tracking_number for one in packages),
        "unknown_items": 0 in contents,
        "fulfilled": any(number > left.get(product_id, 0) for product_id, number in contents.items()),
        "no_tracking": not shipment.tracking_number.strip(),
        "carrier_unmapped": shipment.carrier not in IN_STORE,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _faults(order: WorldOrder, shipment: StoreShipment, contents: Contents, package: Package) -> list[str]:
    compared: list[tuple[str, object, object]] = [
        ("items are", _ordered(order, package.items), contents),
        ("tracking number is", package.tracking, shipment.tracking_number),
    ]
    if shipment.carrier in IN_STORE:
        compared.append(("carrier is", package.carrier, IN_STORE[shipment.carrier].amazon))
    faults = [f"{name} {actual}, expected {wanted}" for name, actual, wanted in compared if actual != wanted]
    return [*faults, "it was another's"] if package.taken else faults
