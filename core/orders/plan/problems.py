"""What can be wrong with an order: the codes of held and failed ones, and how each is fixed.

The first nine are fixed names that scripts rely on.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.sync import codes
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

PENDING = Code("pending", "Pending at Amazon", FixKind.WAIT, "Nothing to do: Amazon releases it")
SKU_UNKNOWN = Code("sku_unknown", "Unknown SKU", FixKind.LINK)
ADDRESS_INCOMPLETE = Code("address_incomplete", "Address missing", FixKind.AMAZON, "Role needed to read addresses")
ZERO_PRICE = Code("zero_price", "Free of charge", FixKind.STORE, "Allow a price of zero on it")
CURRENCY_MISMATCH = Code("currency_mismatch", "Foreign currency", FixKind.CHANNEL, "Set the channel's exchange rate")
PAYMENT_UNMAPPED = Code("payment_unmapped", "Payment unmapped", FixKind.MAP, "Choose the payment of the store")
SHIPPING_UNMAPPED = Code(
    "shipping_unmapped", "Shipping unmapped", FixKind.MAP, "Choose the shipping method of the store"
)
NO_STOCK_UNMAPPED = Code("no_stock_unmapped", "No-stock unmapped", FixKind.MAP, "Choose a status that moves no stock")
TOTAL_MISMATCH = Code("total_mismatch", "Totals differ", FixKind.AMAZON)

STATUS_UNMAPPED = Code("status_unmapped", "Status unmapped", FixKind.MAP, "Choose the status of the store")
STATUS_UNKNOWN = Code("status_unknown", "Unknown status", FixKind.AMAZON)
FULFILMENT_UNKNOWN = Code("fulfilment_unknown", "Unknown fulfilment", FixKind.AMAZON)
MARKETPLACE_UNKNOWN = Code("marketplace_unknown", "Unknown marketplace", FixKind.AMAZON)
PAYMENT_AMBIGUOUS = Code("payment_ambiguous", "Payment unclear", FixKind.STORE, "Enter the order by hand")
OUT_OF_STOCK = Code("out_of_stock", "Out of stock", FixKind.STORE, "Stock it up in the store")
PLACEHOLDER_UNUSABLE = Code(
    "placeholder_unusable", "Placeholder missing", FixKind.CHANNEL, "Name a product whose stock is not tracked"
)
UNREADABLE = codes.UNREADABLE
STORE_REFUSED = codes.STORE_REFUSED
STORE_DIFFERS = Code("store_differs", "Store differs", FixKind.RETRY, "Make the store order exact")
STORE_ORDER_CHANGED = Code("store_order_changed", "Changed by hand", FixKind.STORE)
ORDER_CHANGED = Code("order_changed", "Changed at Amazon", FixKind.STORE, "Change the store order by hand")
ORDER_REFUNDED = Code(
    "order_refunded", "Refunded at Amazon", FixKind.RETRY, "Refund it in the store by hand, then settle it"
)
ORDER_DELETED = Code("order_deleted", "Gone from store", FixKind.STORE, "It is not created again")
ORDER_UNKNOWN = Code("order_unknown", "Unknown order", FixKind.RETRY)
ORDER_MISSING = Code("order_missing", "Missing order", FixKind.RETRY, "Ask Amazon for it again")
DATA_DELETED = Code("data_deleted", "Data deleted", FixKind.RETRY, "Read it from Amazon again")
NOT_ANONYMISED = Code("not_anonymised", "Not anonymised", FixKind.RETRY, "Replace it by hand, or try again")
HELD_BY_OPERATOR = Code("held_by_operator", "Held by hand", FixKind.RELEASE)

CODES = tuple(code for code in vars().values() if isinstance(code, Code))


class Held(Exception):
    """Carries a hold out of the depth of a check."""

    def __init__(self, problem: Code, message: str, fix: str, about: str = "") -> None:
        super().__init__(problem.name)
        self.hold = Hold(problem, message, fix, about)


def held_by_hand(operator: str, channel: str, order_id: str) -> Hold:
    """The hold that a person put on an order."""
    return Hold(
        HELD_BY_OPERATOR,
        f"{operator} holds it back.",
        f"Release it with: crossdock orders release --channel {channel} {order_id}",
    )


def deleted(channel: str, order_id: str) -> Hold:
    """What is wrong with an order whose personal data had to be deleted before it was brought into the store."""
    return Hold(
        DATA_DELETED,
        "Its personal data had to be deleted before the store had all of it.",
        f"If it is still wanted, read it again: crossdock orders import --channel {channel} --order-id {order_id}",
    )


def refunded(channel: str, order_id: str, refunds: Sequence[str], numbers: Sequence[int]) -> Hold:
    """What is wrong with an order in the store of which Amazon has refunded something."""
    there = ", ".join(map(str, numbers))
    return Hold(
        ORDER_REFUNDED,
        f"Amazon has refunded {'; '.join(refunds)}. Store order {there} is as it was: the store's API knows no refund.",
        "Note the refund in the store, and put back on sale what came back; then settle this with: "
        f"crossdock orders retry --channel {channel} {order_id}",
    )


def missing(channel: str) -> Hold:
    """What is wrong with an order that Amazon's report tells of, and Amazon does not give out."""
    return Hold(
        ORDER_MISSING,
        "Amazon's report of all orders has it, and Amazon does not give it out.",
        f"It is asked for again by the next: crossdock orders reconcile --channel {channel}",
    )
