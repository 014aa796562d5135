"""Which item of the catalogue a listing is of: the one that it names, the one with its number, or a new one."""

from __future__ import annotations

from sandbox.amazon.access import Account
from sandbox.amazon.issues import Issue, issue, wrong
from sandbox.amazon.listing_book import IDENTIFIER, ListingBook
from sandbox.amazon.patching import Attributes
from sandbox.amazon.written import first
from sandbox.world.identifier import gtin
from sandbox.world.product_schema import OFFER_ONLY


def match(
    book: ListingBook, account: Account, sku: str, attributes: Attributes, requirements: str
) -> tuple[str, list[Issue]]:
    """The ASIN that a PUT leads to, and what is wrong with how it names the item."""
    numbers = [str(one.get("value", "")) for one in attributes.get(IDENTIFIER, ())]
    suggested = str(first(attributes, "merchant_suggested_asin") or "")
    if suggested:
        if book.item(suggested) is None:
            message = f"ASIN '{suggested}' is not in the catalogue of the marketplace."
            return "", [issue("8560", message, "merchant_suggested_asin")]
        return suggested, []
    if bad := [number for number in numbers if gtin(number) is None]:
        title = "External Product ID"
        return "", [wrong(title, IDENTIFIER) for _ in bad[:1]]
    found = next((asin for number in numbers if (asin := book.asin_of(number))), None)
    if book.is_listed(account, sku):
        return book.asin(account, sku), []
    if found is None and requirements == OFFER_ONLY:
        message = "The SKU does not match any ASIN, and the data are not enough to make one."
        return "", [issue("8560", message, IDENTIFIER)]
    return found or book.new_asin(account, sku), []
