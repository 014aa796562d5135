"""Codes of listings that do not become products, with their words: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

NAME_MISSING = Code("name_missing", "No name", FixKind.AMAZON, "Complete the listing at Amazon")
PRICE_MISSING = Code("price_missing", "No price", FixKind.AMAZON, "Enter its price at Amazon")
PRICE_CURRENCY = Code("price_currency", "Other currency", FixKind.CHANNEL, "Set the exchange rate of the channel")
SEVERAL_PRODUCTS = Code("several_products", "Several products", FixKind.LINK)
PRODUCT_FOREIGN = Code("product_foreign", "Another company's", FixKind.LINK)
VENDOR_UNKNOWN = Code("vendor_unknown", "Vendor unknown", FixKind.LINK)
PRODUCT_DELETED = Code("product_deleted", "Deleted in the store", FixKind.LINK)
LISTING_UNKNOWN = Code("listing_unknown", "Unknown listing", FixKind.AMAZON)
LISTING_UNREADABLE = Code("listing_unreadable", "Listing unreadable", FixKind.UPGRADE)
ROWS_UNREADABLE = Code("rows_unreadable", "Rows unreadable", FixKind.AMAZON, "Correct these listings at Amazon")
VARIATION_INCOMPLETE = Code(
    "variation_incomplete", "Variation incomplete", FixKind.AMAZON, "Complete the variations at Amazon"
)

CODES = tuple(code for code in vars().values() if isinstance(code, Code))
MOST_NAMED = 5
"""Rows, products and SKUs that a message names."""


class Unreadable(Protocol):
    """A row of a report that cannot be read."""

    @property
    def line(self) -> int: ...
    @property
    def sku(self) -> str: ...
    @property
    def why(self) -> str: ...


def name_missing() -> Hold:
    """A store product needs a name."""
    return Hold(NAME_MISSING, "Amazon has no name of it.", "Enter its name at Amazon, then import again.")


def price_missing() -> Hold:
    """It can be bought, and nobody knows for how much."""
    return Hold(PRICE_MISSING, "Amazon tells no price of it.", "Enter its price at Amazon, then import again.")


def price_currency(currency: str, store_currency: str, channel: str) -> Hold:
    """Its price is in another currency than the store's, and there is no rate."""
    return Hold(
        PRICE_CURRENCY,
        f"Its price is in {currency}, the store's currency is {store_currency}.",
        f"Set exchange_rate of channel {channel}, for example: {currency} 0.92",
        "exchange_rate",
    )


def several_products(sku: str, product_ids: Sequence[int]) -> Hold:
    """It is not clear which product it is."""
    return Hold(
        SEVERAL_PRODUCTS,
        f"Several products of the store have the code {sku!r}: {', '.join(map(str, product_ids[:MOST_NAMED]))}.",
        "Choose one with: crossdock listings link",
        sku,
    )


def several_identified(sku: str, identifier: str, product_ids: Sequence[int]) -> Hold:
    """It is not clear which product it is: more than one has its identifier."""
    return Hold(
        SEVERAL_PRODUCTS,
        f"Several products of the store have its identifier {identifier}: "
        f"{', '.join(map(str, product_ids[:MOST_NAMED]))}.",
        "Choose one with: crossdock listings link",
        sku,
    )


def product_foreign(sku: str, product_id: int) -> Hold:
    """The product that the SKU means is not the channel's."""
    return Hold(
        PRODUCT_FOREIGN,
        f"Product {product_id} belongs to another company, not to the one of the channel.",
        "Give it to that company in the store, or link another product with: crossdock listings link",
        sku,
    )


def vendor_unknown(sku: str) -> Hold:
    """A new product of a channel that is of all vendors: nobody says whose it is."""
    return Hold(
        VENDOR_UNKNOWN,
        "The channel is of all vendors, and nothing tells whose product it is.",
        f"Make a product of its vendor with the code {sku!r} in the store, link another, or import it by a channel of "
        "the vendor.",
        sku,
    )


def product_deleted(sku: str, product_id: int) -> Hold:
    """The product that the SKU means is not there any more."""
    return Hold(
        PRODUCT_DELETED,
        f"Product {product_id} is not in the store any more.",
        "Import it again to have it made anew, after crossdock listings unlink where it was linked by hand; or link it "
        "to another product.",
        sku,
    )


def listing_unknown(sku: str) -> Hold:
    """The seller does not have it, though the report or a person says so."""
    return Hold(
        LISTING_UNKNOWN,
        "Amazon does not give out this listing: the seller does not have it in this marketplace.",
        "Compare the SKU with Seller Central; one that was just made shows a little later.",
    )


def listing_unreadable(why: str) -> Hold:
    """What Amazon said of it is of no form that is known."""
    return Hold(
        LISTING_UNREADABLE,
        f"The listing cannot be planned: {why}.",
        "Use a later version of the program; the other listings are not affected.",
    )


def rows_unreadable(rows: Sequence[Unreadable]) -> Hold:
    """Rows of the report that cannot be read; nothing is closed for not being in such a report."""
    named = "; ".join(f"row {row.line}{f' (SKU {row.sku})' if row.sku else ''}: {row.why}" for row in rows[:MOST_NAMED])
    more = "; and more" if len(rows) > MOST_NAMED else ""
    return Hold(
        ROWS_UNREADABLE,
        f"Amazon's report of listings has rows that cannot be read: {named}{more}.",
        "Look at these listings in Seller Central; all other rows were read.",
    )


def variation_incomplete(attribute: str, skus: Sequence[str]) -> Hold:
    """Variations that do not say in what they differ."""
    named = ", ".join(skus[:MOST_NAMED]) + (" and more" if len(skus) > MOST_NAMED else "")
    return Hold(
        VARIATION_INCOMPLETE,
        f"Its variations {named} have no {attribute}, in which the family differs.",
        "Enter it at Amazon, then import again; the products are in the store, not as variations of each other.",
    )
