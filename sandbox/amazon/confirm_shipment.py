"""confirmShipment of the Orders API v0: one package of one order that the seller has shipped.

What is refused, and in which words, is known in part from reports of sellers (issues 492, 5037 and 5094 of
amzn/selling-partner-api-models); the other words are ours. A carrier code that Amazon does not know is no reason to
refuse: it shows as `Other`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from sandbox.amazon.access import Grant
from sandbox.amazon.errors import Refusal, done
from sandbox.amazon.gate import Gate, owner
from sandbox.amazon.operations import CONFIRM_SHIPMENT
from sandbox.amazon.order_book import ORDER_ID
from sandbox.amazon.state import Amazon
from sandbox.world.carriers import AT_AMAZON, OTHER
from sandbox.world.draft import AMAZON
from sandbox.world.make import whole_millisecond
from sandbox.world.order import WorldOrder
from sandbox.world.package import SELLER, Package, units

SHIP_PLUS = "FBM_SHIP_PLUS"
_SHIPPABLE = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
_WRONG_REFERENCE = "PackageReferenceId: is invalid, must be a positive numeric value."
_WRONG_ITEM = "OrderItemId is invalid, please obtain the value through the getOrderItems API or Manage Orders page"
_NOTHING_LEFT = (
    "Failed to create package due to not finding a matching package or order already fulfilled.  "
    "ErrorMessage(errorCode=GeneralError, errorDescription=Unable to find package to update for order (), "
    "errorMetric=PackageToUpdateNotFound, packageIndex=null)"
)


def add_confirmation(app: Blueprint, amazon: Amazon, gate: Gate) -> None:
    """POST /orders/v0/orders/{orderId}/shipmentConfirmation."""

    def confirm(grant: Grant, order_id: str) -> Response:
        wish = _read(request.get_json(silent=True))
        book = amazon.books[gate.api_mode][owner(grant).seller_id]
        order = book.get(order_id) if ORDER_ID.fullmatch(order_id) else None
        if order is None:
            raise Refusal(404, "NOT_FOUND", "The order was not found.", f"Order {order_id} does not exist.")
        with amazon.confirmations.lock:
            known = amazon.confirmations.packages(order)
            _check_order(order, wish)
            _check_items(order, wish, known)
            amazon.confirmations.accept(book, order, _package(order, wish, known, amazon.clock.now()))
        return done()

    @app.post("/orders/v0/orders/<order_id>/shipmentConfirmation")
    def confirm_shipment(order_id: str) -> Response:
        return gate.call(CONFIRM_SHIPMENT, lambda grant: confirm(grant, order_id))


@dataclass(frozen=True)
class _Wish:
    """A body that can be read; whether it fits the order is another question."""

    marketplace_id: str
    reference: str
    carrier: str
    service: str
    tracking: str
    shipped: datetime
    items: dict[str, int]


def _refused(message: str) -> Refusal:
    return Refusal(400, "InvalidInput", message)


def _unreadable() -> Refusal:
    return Refusal(400, "Invalid Input", "Invalid Input")


def _read(body: Any) -> _Wish:
    """The wish, or the refusal of a body that breaks the model."""
    detail = _part(_block(body), "packageDetail", dict)
    reference = detail.get("packageReferenceId")
    if not isinstance(reference, str) or not re.fullmatch(r"0*[1-9]\d*", reference, re.ASCII):
        raise _refused(_WRONG_REFERENCE)
    if body.get("codCollectionMethod") not in (None, "DirectPayment"):
        raise _unreadable()
    return _Wish(
        marketplace_id=_part(body, "marketplaceId", str),
        reference=reference,
        carrier=_carrier(detail),
        service=_part(detail, "shippingMethod", str, ""),
        tracking=_part(detail, "trackingNumber", str),
        shipped=_moment(_part(detail, "shipDate", str)),
        items=_items(_part(detail, "orderItems", list)),
    )


def _block(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unreadable()
    return value


def _part(block: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """A member that is of this kind and not empty; without a default it has to be there."""
    value = block.get(name, default)
    if not isinstance(value, kind) or isinstance(value, bool) or (default is None and not value):
        raise _unreadable()
    return value


def _carrier(detail: Mapping[str, Any]) -> str:
    code = _part(detail, "carrierCode", str)
    name: str = _part(detail, "carrierName", str, "")
    if code == OTHER:
        if not name.strip():
            raise _refused("CarrierName is required when CarrierCode is Other.")
        return name
    return code if code in AT_AMAZON else OTHER


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable() from None
    if moment.tzinfo is None:
        raise _unreadable()
    return moment.astimezone(UTC)


def _items(rows: list[Any]) -> dict[str, int]:
    items: Counter[str] = Counter()
    for row in rows:
        quantity = _part(_block(row), "quantity", int, 0)
        if quantity < 1:
            raise _refused("Quantity is invalid, must be a positive number.")
        items[_part(row, "orderItemId", str)] += quantity
    return dict(items)


def _check_order(order: WorldOrder, wish: _Wish) -> None:
    status = order.draft.status
    if wish.marketplace_id != order.marketplace_id:
        raise _refused("MarketplaceId is invalid, it is not the marketplace of the order.")
    if order.draft.fulfilled_by == AMAZON:
        raise _refused("The order is fulfilled by Amazon and cannot be confirmed by the seller.")
    if status == "CANCELLED":
        raise _refused("The order is cancelled and cannot be confirmed.")
    if status not in _SHIPPABLE:
        raise _refused("The order is pending and cannot be confirmed yet.")
    if SHIP_PLUS in order.document.get("programs", ()):
        raise _refused("The order is a Ship+ order, whose shipment Amazon confirms itself.")


def _check_items(order: WorldOrder, wish: _Wish, packages: list[Package]) -> None:
    """What is wanted must be there and not be in another package already."""
    ordered = {line.item_id: line.quantity for line in order.draft.lines}
    if not set(wish.items) <= set(ordered):
        raise _refused(_WRONG_ITEM)
    others = [package for package in packages if package.reference != wish.reference]
    left = {item_id: quantity - units(others, item_id) for item_id, quantity in ordered.items()}
    if not any(left.values()):
        raise _refused(_NOTHING_LEFT)
    for item_id, quantity in wish.items.items():
        if quantity > left[item_id]:
            raise _refused(f"Quantity is invalid, {left[item_id]} of item {item_id} are left to confirm.")


def _package(order: WorldOrder, wish: _Wish, known: list[Package], now: datetime) -> Package:
    """The package that the wish makes, or what becomes of the one with its reference."""
    if not order.created <= wish.shipped <= now:
        raise _refused("ShipDate is invalid, must be between the date of the order and now.")
    before = next((package for package in known if package.reference == wish.reference), None)
    return Package(
        reference=wish.reference,
        carrier=wish.carrier,
        service=wish.service or f"{wish.carrier} Standard",
        tracking=wish.tracking,
        created=before.created if before else whole_millisecond(now),
        shipped=whole_millisecond(wish.shipped),
        items=wish.items,
        origin=SELLER,
        taken=before is not None and (before.taken or before.origin != SELLER),
    )
