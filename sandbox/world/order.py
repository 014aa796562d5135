"""One order of the world: its document, and what a right import makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.world.draft import MERCHANT, ZERO, Draft
from sandbox.world.marketplaces import DE

DEMO_MARKETPLACE = DE
DEMO_CURRENCY = "EUR"
IMPORTED_STATUSES = ("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
PENDING_STATUSES = ("PENDING", "PENDING_AVAILABILITY")
NEEDED_ADDRESS = ("name", "addressLine1", "city", "postalCode", "countryCode")
NO_STOCK_STATUS = "S"
STORE_STATUS = {"UNSHIPPED": "P", "PARTIALLY_SHIPPED": "P", "SHIPPED": "C", "CANCELLED": "I"}
COD_PAYMENT, PREPAID_PAYMENT = 6, 2
EXPEDITED_SHIPPING, DEFAULT_SHIPPING = 4, 1
UNREADABLE = "unreadable"
"""Stands as the hold code of broken documents (see poison), for which no code is agreed."""


@dataclass(frozen=True)
class Expected:
    """What the demo channel must make of an order.

    outcome    "created", "held" (with its code) or "ignored"
    status     the status code the store order must end with
    total      the store order's total; None unless created
    lines      product id -> (summed quantity, summed gross amount of the goods)
    shipping   the rest of the total: shipping less its discount, fees, tip, other
    takes_stock  False when the order must leave stock as it was
    timestamp  unix seconds of the order date in the store
    """

    outcome: str
    code: str | None
    status: str | None
    total: Decimal | None
    currency: str
    lines: dict[int, tuple[int, Decimal]]
    shipping: Decimal | None
    takes_stock: bool
    timestamp: int | None
    payment_id: int | None = None
    shipping_id: int | None = None


@dataclass
class WorldOrder:
    """One order: `document` is the full Order of the 2026-01-01 model with every data set."""

    order_id: str
    marketplace_id: str
    document: dict[str, Any]
    expected: Expected
    draft: Draft = field(repr=False)

    @property
    def created(self) -> datetime:
        """When the buyer ordered, also where the document says nonsense."""
        return self.draft.created

    @property
    def updated(self) -> datetime:
        """When anything about the order last changed."""
        return self.draft.updated


def expect(draft: Draft, orders_from: datetime, *, imported: bool = False) -> Expected:
    """The expectation for an order in its present state.

    `imported`: the store had the order before the present state came to be, so a cancelled or shipped order
    is a change to an order that exists, not a new one.
    """
    if not _selected(draft, orders_from, imported):
        return _not_created(draft, "ignored", None)
    code = None if imported else _hold_code(draft)
    if code is not None:
        return _not_created(draft, "held", code)
    takes_stock = draft.fulfilled_by == MERCHANT and (imported or draft.status != "SHIPPED")
    status = STORE_STATUS[draft.status] if takes_stock else NO_STOCK_STATUS
    if draft.status == "CANCELLED":
        status, takes_stock = STORE_STATUS["CANCELLED"], False
    lines = _summed_lines(draft)
    return Expected(
        outcome="created",
        code=None,
        status=status,
        total=draft.total,
        currency=draft.currency,
        lines=lines,
        shipping=draft.total - sum((amount for _, amount in lines.values()), ZERO),
        takes_stock=takes_stock,
        timestamp=int(draft.created.timestamp()),
        payment_id=COD_PAYMENT if draft.is_cod else PREPAID_PAYMENT,
        shipping_id=EXPEDITED_SHIPPING if draft.service_level == "EXPEDITED" else DEFAULT_SHIPPING,
    )


def _selected(draft: Draft, orders_from: datetime, imported: bool) -> bool:
    statuses = (*IMPORTED_STATUSES, *PENDING_STATUSES, *(("CANCELLED",) if imported else ()))
    return draft.marketplace == DEMO_MARKETPLACE and draft.status in statuses and draft.created >= orders_from


def _hold_code(draft: Draft) -> str | None:
    """Why the order must wait; the first of several reasons."""
    if draft.status in PENDING_STATUSES:
        return "pending"
    if draft.poison in ("no_items", "bad_amount", "bad_created"):
        return UNREADABLE
    if draft.currency != DEMO_CURRENCY:
        return "currency_mismatch"
    if any(line.product is None for line in draft.lines):
        return "sku_unknown"
    if any(line.quantity and line.goods == 0 for line in draft.lines):
        return "zero_price"
    address = (draft.recipient or {}).get("deliveryAddress", {})
    if draft.fulfilled_by == MERCHANT and not all(address.get(name) for name in NEEDED_ADDRESS):
        return "address_incomplete"
    return "total_mismatch" if draft.total_error else None


def _not_created(draft: Draft, outcome: str, code: str | None) -> Expected:
    return Expected(
        outcome=outcome,
        code=code,
        status=None,
        total=None,
        currency=draft.currency,
        lines={},
        shipping=None,
        takes_stock=False,
        timestamp=int(draft.created.timestamp()),
    )


def _summed_lines(draft: Draft) -> dict[int, tuple[int, Decimal]]:
    lines: dict[int, tuple[int, Decimal]] = {}
    for line in draft.lines:
        assert line.product is not None
        quantity, amount = lines.get(line.product.product_id, (0, ZERO))
        lines[line.product.product_id] = (quantity + line.quantity, amount + line.goods)
    return lines
