"""Codes of products of which nobody can tell what a listing is to say, with their words: why, and what to do."""

from __future__ import annotations

from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

PRICE_ZERO = Code("price_zero", "No price in store", FixKind.STORE, "Enter its price in the store")
PRICE_BELOW_ZERO = Code("price_below_zero", "Price below zero", FixKind.CHANNEL, "Correct the price rules")
STOCK_UNTRACKED = Code("stock_untracked", "Stock not tracked", FixKind.CHANNEL, "Set how many are shown at the most")
PRODUCT_RENAMED = Code("product_renamed", "Another code", FixKind.LINK)

CODES = tuple(code for code in vars().values() if isinstance(code, Code))


def price_zero() -> Hold:
    """The store has no price of it; at Amazon it would cost nothing."""
    return Hold(PRICE_ZERO, "The store has no price of it.", "Enter its price in the store; it goes out by itself.")


def price_below_zero(channel: str) -> Hold:
    """The rules take more from it than it costs."""
    return Hold(
        PRICE_BELOW_ZERO,
        "By the price rules of the channel it would cost nothing.",
        f"Correct price_rules of channel {channel}, for example with a minimum.",
        "price_rules",
    )


def stock_untracked(channel: str) -> Hold:
    """The store does not count it, and nobody said how many there are at Amazon."""
    return Hold(
        STOCK_UNTRACKED,
        "The store does not track its stock, so nobody knows how many there are.",
        f"Set quantity_cap of channel {channel}: so many are shown. Or let the store track it.",
        "quantity_cap",
    )


def product_renamed(sku: str, code: str) -> Hold:
    """The product that had this SKU as its code has another one now."""
    return Hold(
        PRODUCT_RENAMED,
        f"Its product has the code {code!r} now, so nothing says any more that {sku!r} means it.",
        "Link the SKU to its product with: crossdock listings link",
        sku,
    )
