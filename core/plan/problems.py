"""Codes of held orders with their words: what is wrong, and what to do.

The first nine are fixed names that scripts rely on.
"""

from __future__ import annotations

from dataclasses import dataclass

PENDING = "pending"
SKU_UNKNOWN = "sku_unknown"
ADDRESS_INCOMPLETE = "address_incomplete"
ZERO_PRICE = "zero_price"
CURRENCY_MISMATCH = "currency_mismatch"
PAYMENT_UNMAPPED = "payment_unmapped"
SHIPPING_UNMAPPED = "shipping_unmapped"
NO_STOCK_UNMAPPED = "no_stock_unmapped"
TOTAL_MISMATCH = "total_mismatch"

STATUS_UNMAPPED = "status_unmapped"
STATUS_UNKNOWN = "status_unknown"
FULFILMENT_UNKNOWN = "fulfilment_unknown"
MARKETPLACE_UNKNOWN = "marketplace_unknown"
PAYMENT_AMBIGUOUS = "payment_ambiguous"
UNREADABLE = "unreadable"
STORE_REFUSED = "store_refused"
STORE_DIFFERS = "store_differs"
STORE_ORDER_CHANGED = "store_order_changed"
ORDER_DELETED = "order_deleted"
ORDER_UNKNOWN = "order_unknown"
HELD_BY_OPERATOR = "held_by_operator"


@dataclass(frozen=True)
class Hold:
    """Why an item is not sent yet; it is released by itself when the cause is gone."""

    code: str
    message: str
    fix: str
    about: str = ""
    """What mends it for all items alike: a SKU, or the key of a mapping such as `payments.cod`."""


def held_by_hand(operator: str, channel: str, order_id: str) -> Hold:
    """The hold that a person put on an order."""
    return Hold(
        HELD_BY_OPERATOR,
        f"{operator} holds it back.",
        f"Release it with: crossdock orders release --channel {channel} {order_id}",
    )
