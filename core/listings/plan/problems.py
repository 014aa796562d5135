"""Codes of listings that are not sent, or not for sale, with their words: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold

SKU_MISSING = Code("sku_missing", "No SKU", FixKind.STORE, "Enter its product code in the store")
SKU_UNUSABLE = Code("sku_unusable", "SKU not taken", FixKind.STORE, "Change its product code in the store")
SKU_SHARED = Code("sku_shared", "Shared SKU", FixKind.LINK, "Choose the product that the SKU means")
SKU_NOT_IN_STORE = Code("sku_not_in_store", "Not in the store", FixKind.LINK)
PRODUCT_OFF = Code("product_off", "Product disabled", FixKind.STORE, "Enable it in the store")
THEME_UNKNOWN = Code("theme_unknown", "No variation theme", FixKind.MAP, "Choose the variation theme")
PARENT_HELD = Code("parent_held", "Parent not listed", FixKind.WAIT, "Fix the parent; its variations follow")
IDENTIFIER_SHARED = Code("identifier_shared", "Shared identifier", FixKind.STORE, "Give each variation its own EAN")
SHIPPER_DIFFERS = Code("shipper_differs", "Another ships it", FixKind.MAP, "Say who ships it")
ASIN_UNCLEAR = Code("asin_unclear", "Several ASINs", FixKind.MAP, "Say which ASIN it is")
TYPE_UNUSABLE = Code("product_type_unusable", "No such type", FixKind.RETRY)
PRODUCT_UNREADABLE = Code("product_unreadable", "Product unreadable", FixKind.UPGRADE)
PREVIEW_REFUSED = Code("preview_refused", "Amazon would refuse", FixKind.STORE, "Correct what Amazon names")
LISTING_ISSUES = Code("listing_issues", "Issues at Amazon", FixKind.AMAZON, "Correct what Amazon names")
NOT_FOR_SALE = Code("not_for_sale", "Not for sale", FixKind.AMAZON, "See in Seller Central what is missing")
LISTING_GONE = Code("listing_gone", "Gone at Amazon", FixKind.RETRY, "Export it again")
DIFFERS_AT_AMAZON = Code("differs_at_amazon", "Differs at Amazon", FixKind.AMAZON, "Compare it in Seller Central")
LISTED_MEANWHILE = Code("listed_meanwhile", "Listed meanwhile", FixKind.RETRY, "Export it to send the store's content")
STAYS_LISTED = Code("stays_listed", "Not closed", FixKind.RETRY, "Close it again")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))
SEEN = tuple(code.name for code in (LISTING_ISSUES, NOT_FOR_SALE, LISTING_GONE, DIFFERS_AT_AMAZON))
"""Those that a look at a listing raises and resolves: what was refused or is held is not mended by looking."""
MOST_NAMED = 5
"""Attributes, issues and products that a message names."""


def sku_missing(product: str) -> Hold:
    """A listing is known by its SKU alone."""
    return Hold(SKU_MISSING, f"{product} has no product code.", "Enter one in the store: it becomes the SKU.")


def sku_unusable(product: str, why: str) -> Hold:
    """Amazon takes no such SKU."""
    return Hold(
        SKU_UNUSABLE, f"The product code of {product} cannot be a SKU: {why}.", "Change the product code in the store."
    )


def sku_shared(sku: str, product_ids: Sequence[int]) -> Hold:
    """It is not clear which product it is."""
    return Hold(
        SKU_SHARED,
        f"Several products of the store have the code {sku!r}: {', '.join(map(str, product_ids[:MOST_NAMED]))}.",
        "Give each a code of its own, or choose one with: crossdock listings link",
        sku,
    )


def sku_not_in_store(sku: str) -> Hold:
    """Nothing is known to list under it."""
    return Hold(
        SKU_NOT_IN_STORE,
        f"No product of the store has the code {sku!r}, and the SKU is not linked to one.",
        "Correct the SKU, or link it with: crossdock listings link",
        sku,
    )


def product_not_there(number: int) -> Hold:
    """Somebody named a number that no product has that the channel may sell."""
    return Hold(
        SKU_NOT_IN_STORE,
        f"The store has no product {number} that this channel may sell.",
        "See the numbers of its products with: crossdock products list --search TEXT",
    )


def product_off(product: str) -> Hold:
    """Nobody can buy it in the store either."""
    return Hold(PRODUCT_OFF, f"{product} is disabled in the store.", "Enable it in the store, or leave it out.")


def theme_unknown(product_type: str, features: Sequence[str], themes: Sequence[str]) -> Hold:
    """Amazon knows no family that differs in this."""
    known = ", ".join(themes[:MOST_NAMED]) or "none"
    more = f" and {len(themes) - MOST_NAMED} more" if len(themes) > MOST_NAMED else ""
    return Hold(
        THEME_UNKNOWN,
        f"Its variations differ in {' and '.join(features)}; {product_type} takes the themes {known}{more}.",
        "Choose the theme, and say which attributes the features are: crossdock fields set variation_theme",
        f"field.{product_type}.variation_theme",
    )


def parent_held(parent_sku: str, why: str) -> Hold:
    """A variation without its parent would be listed alone."""
    return Hold(
        PARENT_HELD,
        f"The parent of its variations, SKU {parent_sku}, is not at Amazon: {why}",
        "Fix the parent; its variations follow with the next export.",
    )


def identifier_shared(identifier: str, other: str) -> Hold:
    """Amazon would make one item of two variations."""
    return Hold(
        IDENTIFIER_SHARED,
        f"SKU {other}, another variation of its family, has the identifier {identifier} too.",
        "Give each variation its own EAN, UPC or GTIN in the store: where it is a feature, a store may copy the first "
        "variation's to all.",
        other,
    )


def asin_unclear(identifier: str, asins: Sequence[str]) -> Hold:
    """An identifier that several items of the catalogue have."""
    return Hold(
        ASIN_UNCLEAR,
        f"Amazon has several items with the identifier {identifier}: {', '.join(asins[:MOST_NAMED])}.",
        "Name one in the store, and say where: crossdock fields set merchant_suggested_asin --feature ID",
        "field.PRODUCT.merchant_suggested_asin",
    )


def shipper_differs(there: Sequence[str], wanted: Sequence[str], product_type: str, *, is_agreed: bool) -> Hold:
    """Moving it would take its stock from whoever ships it."""
    fix = "or let a feature of the product say who ships it: then it is moved."
    return Hold(
        SHIPPER_DIFFERS,
        f"It is shipped by {', '.join(there)}, and by the field mapping {', '.join(wanted)} would ship it.",
        f"Unmap fulfillment_channel_code, {fix if is_agreed else 'or confirm the counts: crossdock products counts'}",
        f"field.{product_type}.fulfillment_availability",
    )


def type_unusable(product_type: str, why: str, fix: str) -> Hold:
    """What Amazon wants of such listings cannot be found out."""
    return Hold(TYPE_UNUSABLE, f"Product type {product_type}: {why}", fix or "Export it again.")


def product_unreadable(why: str) -> Hold:
    """The product is of a form that this version cannot read."""
    return Hold(PRODUCT_UNREADABLE, f"The product cannot be exported: {why}.", "Please report it with the log.")


def preview_refused(told: str, attributes: str, fix: str) -> Hold:
    """Amazon's own validation says no."""
    about = f" ({attributes})" if attributes else ""
    return Hold(PREVIEW_REFUSED, f"Amazon would refuse it{about}: {told}", fix or "Correct it in the store.")


def listing_issues(told: str, fix: str) -> Hold:
    """Amazon has it and finds something wrong."""
    return Hold(LISTING_ISSUES, f"Amazon says: {told}", fix)


def not_for_sale(days: int) -> Hold:
    """Amazon has it, says nothing against it, and does not sell it."""
    return Hold(
        NOT_FOR_SALE,
        f"Amazon has taken it and has not put it up for sale for {days} days.",
        "See in Seller Central what is missing: a price, stock, an approval of the brand.",
    )


def listing_gone(sku: str) -> Hold:
    """What was listed is not there any more, and this program did not close it."""
    return Hold(
        LISTING_GONE,
        "It was listed, and Amazon does not have it any more.",
        f"If it was not meant, list it again: crossdock products export --sku {sku!r}",
    )


def differs_at_amazon(attributes: Sequence[str]) -> Hold:
    """Sent again once, and not taken."""
    more = f" and {len(attributes) - MOST_NAMED} more" if len(attributes) > MOST_NAMED else ""
    return Hold(
        DIFFERS_AT_AMAZON,
        f"Amazon does not have it as it was sent: {', '.join(attributes[:MOST_NAMED])}{more}.",
        "Compare it in Seller Central: another contributor's content may have won.",
    )


def listed_meanwhile(sku: str) -> Hold:
    """It was not there when it was planned, and nothing of it was sent: somebody else has made it."""
    return Hold(
        LISTED_MEANWHILE,
        "Somebody has listed it while it waited to be sent: nothing of that is replaced unasked.",
        f"To send what the store says of it: crossdock products export --sku {sku!r}",
    )


def stays_listed() -> Hold:
    """It was to be closed and is there still."""
    return Hold(STAYS_LISTED, "Amazon has it still, although it was to be closed.", "Close it again.")
