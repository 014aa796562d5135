"""Changes an order while the sandbox runs, and its expectation with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox.world.amounts import invent_line
from sandbox.world.build import World
from sandbox.world.marketplaces import ALL, DE
from sandbox.world.order import WorldOrder, expect
from sandbox.world.package import Package, with_package
from sandbox.world.people import CANCEL_REASONS
from sandbox.world.render import render
from sandbox.world.styles import choose_style, styled_order

STATUSES = (
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
)


def change_order(
    world: World,
    order: WorldOrder,
    updated: datetime,
    *,
    status: str | None = None,
    imported: bool = False,
    address: str | None = None,
    cancel_request: bool | None = None,
    repaired: bool = False,
    document: dict[str, Any] | None = None,
) -> None:
    """Change the order in place and set its update time.

    status          one of the seven
    imported        the store has the order already: a cancelled order is then expected to end cancelled there
    address         "complete" gives the buyer's whole address, "none" takes it away
    cancel_request  whether the buyer asks to cancel the first line
    repaired        makes the grand total add up and a broken document readable
    document        replaces whole blocks of the document, unknown to the expectation
    """
    if status not in (None, *STATUSES):
        raise ValueError(f"status is {status!r}: give one of {', '.join(STATUSES)}")
    if address not in (None, "complete", "none"):
        raise ValueError(f"address is {address!r}: give 'complete' or 'none'")
    draft = order.draft
    draft.updated = updated
    if status is not None:
        draft.status = status
        draft.settle_packages()
    if address is not None:
        draft.recipient = {"deliveryAddress": draft.buyer.address} if address == "complete" else None
    if cancel_request is not None:
        draft.lines[0].cancel_reason = CANCEL_REASONS[0] if cancel_request else None
    if repaired:
        draft.total_error *= 0
        draft.poison = None
    _renew(world, order, imported)
    order.document |= document or {}


def add_package(world: World, order: WorldOrder, package: Package, updated: datetime, *, imported: bool) -> None:
    """Add a package, or replace the one with its reference; the status follows from what is left to ship."""
    draft = order.draft
    draft.packages = with_package(draft.packages, package)
    draft.updated = updated
    open_units = any(draft.left(line.item_id) for line in draft.lines)
    draft.status = "PARTIALLY_SHIPPED" if open_units else "SHIPPED"
    _renew(world, order, imported)


def _renew(world: World, order: WorldOrder, imported: bool) -> None:
    """Document and expectation of a changed draft."""
    draft, before = order.draft, order.expected
    order.document = render(draft)
    after = expect(draft, world.orders_from, imported=imported)
    if imported and before.outcome == "created" and not before.takes_stock and draft.status != "CANCELLED":
        # It went into the store without touching stock; later news must not change that.
        after = replace(after, status=before.status, takes_stock=False)
    order.expected = after


def new_order(
    world: World,
    updated: datetime,
    *,
    case: str = "merchant_unshipped",
    created: datetime | None = None,
    sku: str | None = None,
    quantity: int = 1,
    marketplace_id: str | None = None,
    styled: bool = False,
) -> WorldOrder:
    """Add an order of a kind (see cases.CASES); with `sku` it has this one line; `styled`: see `styles`."""
    places = {place.marketplace_id: place for place in ALL}
    place = places[marketplace_id] if marketplace_id else DE
    lines = None
    if sku is not None:
        product = next((one for one in world.products if one.sku == sku), None)
        if product is None:
            raise ValueError(f"sku {sku!r} is not in the world")
        lines = [invent_line(world.maker.dice, product, world.maker.money(place), quantity=quantity)]
    if styled:
        draft = styled_order(world.maker, choose_style(world.maker.dice, place), created or updated, updated)
    else:
        draft = world.maker.draft(case, place, created or updated, updated, lines=lines)
    order = world.written(draft)
    world.orders.append(order)
    return order
