"""Amazon's issues of listings by their code: what causes each, and what to do about it.

The list of codes is open: of one that is not here Amazon's category tells, else the operator reads Amazon's own words.
Sources: issues of amzn/selling-partner-api-models and -docs; help pages of Channable, ChannelEngine, Woosa and
StoreAutomator for the codes of four and five digits; categories from the Listings Items API 2021-08-01.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """What is known of an issue; an empty `cause` is left to Amazon's words."""

    cause: str
    fix: str


_AGAIN = ", then send it again."
_MAPPING = f"in the store or in the field mapping{_AGAIN}"
_FILL = f"Give the attribute a value in the field mapping{_AGAIN}"
_CORRECT = f"Correct the value {_MAPPING}"
_APPROVAL = f"Ask Amazon for the approval of such products in Seller Central{_AGAIN}"
_BRAND = f"Correct the brand, or ask Amazon for its approval in Seller Central{_AGAIN}"
_IDENTIFIER = f"Correct EAN, UPC or ISBN in the store, or ask Amazon for an exemption{_AGAIN}"
_PICTURE = f"Replace the picture, whose address has to be public{_AGAIN}"
_PRICE = f"Correct the price or the price rules of the channel{_AGAIN}"
_OTHER_ITEM = "Let brand, name and identifier say what the ASIN's page says, or offer it on the right ASIN."

_CODES = {
    "5461": Known("The seller may not make new items of this brand.", _BRAND),
    "5665": Known("Amazon has not approved the brand.", _BRAND),
    "6024": Known("The seller may not sell this brand.", _BRAND),
    "8005": Known("What was sent would make it another item of the catalogue.", _OTHER_ITEM),
    "8015": Known("A value is not as its attribute wants it.", _CORRECT),
    "8026": Known("The seller may not sell in this category.", _APPROVAL),
    "8032": Known(
        "The variation has another parent already.", "Close the old parent, or let it be a variation of that one."
    ),
    "8057": Known(
        "The condition of a listing with an offer cannot be changed.", "Close the listing, then export it again."
    ),
    "8059": Known("Amazon restricts the sale of such products.", _APPROVAL),
    "8115": Known("Amazon does not know the condition.", _CORRECT),
    "8541": Known("The identifier belongs to an item that says something else.", _OTHER_ITEM),
    "8542": Known("Identifiers belong to several items.", _OTHER_ITEM),
    "8560": Known("No item has the identifier, and too little was sent for a new one.", _FILL),
    "8566": Known("The SKU belongs to no item, and too little was sent for a new one.", _FILL),
    "8571": Known("The seller has made as many new items as Amazon allows in a week.", "Send it again next week."),
    "8572": Known("The identifier is not the brand's, or none that GS1 has given.", _IDENTIFIER),
    "13013": Known("Amazon has no listing with the SKU.", "Export the product as a new listing."),
    "18027": Known(
        "The main picture has text, a logo or a watermark.",
        f"Replace the main picture by one without text or logo{_AGAIN}",
    ),
    "18155": Known("The lowest price is above the price.", f"Let the lowest price be no higher than the price{_AGAIN}"),
    "18448": Known(
        "Attributes that belong together are not complete.",
        f"Complete the attributes that belong together in the field mapping{_AGAIN}",
    ),
    "18742": Known("Such products need Amazon's approval.", _APPROVAL),
    "20000": Known("Amazon cannot read the picture.", _PICTURE),
    "90057": Known("A required attribute is missing.", _FILL),
    "90113": Known("A number is above what Amazon takes.", _CORRECT),
    "90114": Known("A number is below what Amazon takes.", _CORRECT),
    "90183": Known(
        "Amazon does not accept the value.", f"Choose a value that Amazon accepts in the field mapping{_AGAIN}"
    ),
    "90205": Known("Amazon does not accept the value.", _CORRECT),
    "90220": Known("A required attribute is missing.", _FILL),
    "99001": Known("A required attribute is missing.", _FILL),
    "99010": Known("A required attribute is missing.", _FILL),
    "99016": Known("The attribute has more values than Amazon takes.", f"Send fewer values {_MAPPING}"),
    "99022": Known(
        "The attribute has fewer values than Amazon wants.",
        f"Give the attribute more values in the field mapping{_AGAIN}",
    ),
    "99038": Known("The description holds characters or HTML that Amazon does not take.", _CORRECT),
    "99300": Known(
        "The text breaks Amazon's rules for detail pages.",
        f"Shorten or correct the text by Amazon's rules for detail pages{_AGAIN}",
    ),
    "100476": Known(
        "The title is over 75 characters, and a second part of it was sent.",
        "Leave the second part of the title out, or shorten the first to 75 characters.",
    ),
    "4000001": Known("Amazon does not take the value.", _CORRECT),
    "4002005": Known("The feed lacks a part that Amazon requires.", "Report it: Amazon could not read the feed."),
    "4002006": Known("The feed has a version that Amazon does not take.", "Report it: Amazon could not read the feed."),
    "4002008": Known(
        "A message of the feed is of no form that Amazon knows.",
        "Report it: Amazon could not read the message that was sent.",
    ),
    "90000900": Known(
        "Amazon does not know the attribute here.",
        "Choose another attribute in the field mapping: Amazon does not know this one here.",
    ),
}
_CATEGORIES = {
    "MISSING_ATTRIBUTE": Known("A required attribute is missing.", _FILL),
    "INVALID_ATTRIBUTE": Known("Amazon does not take a value.", _CORRECT),
    "INVALID_IMAGE": Known("Amazon does not take a picture.", _PICTURE),
    "MISSING_IMAGE": Known("It has no picture.", f"Give the product a picture, whose address has to be public{_AGAIN}"),
    "INVALID_PRICE": Known("Amazon does not take the price.", _PRICE),
    "MISSING_PRICE": Known("It has no price.", f"Give the product a price{_AGAIN}"),
    "DUPLICATE": Known("The catalogue may have the item already.", f"Offer it on the ASIN that Amazon names{_AGAIN}"),
    "QUALIFICATION_REQUIRED": Known("Such products need Amazon's approval.", _APPROVAL),
}
_UNKNOWN = Known("", f"Correct what Amazon names{_AGAIN}")


def known(code: str, categories: Iterable[str] = ()) -> Known:
    """What is known of an issue by its code, else by the first of its categories that is known."""
    by_category = (_CATEGORIES[one] for one in categories if one in _CATEGORIES)
    return _CODES.get(code) or next(by_category, _UNKNOWN)
