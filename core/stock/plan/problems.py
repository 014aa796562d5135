"""Codes of listings whose price or stock is not written, with their words: what is wrong, and what to do."""

from __future__ import annotations

from core.money import Money
from core.sync.codes import UNREADABLE, Code, FixKind
from core.sync.decisions import Hold

PRICE_JUMP = Code("price_jump", "Price jump", FixKind.RELEASE, "Let the new price go to Amazon")
WHO_SHIPS_UNKNOWN = Code("who_ships_unknown", "Who ships unknown", FixKind.AMAZON, "Choose who ships it at Amazon")
SECOND_WRITER = Code("second_writer", "Two stores sell it", FixKind.LINK, "Let one of the stores have the SKU")
MANY_VANISHED = Code("many_vanished", "Many have vanished", FixKind.RELEASE, "Let their stock become 0 at Amazon")
COUNTS_UNCONFIRMED = Code("counts_unconfirmed", "Counts unconfirmed", FixKind.RELEASE, "Let the store's counts count")

CODES = tuple(code for code in vars().values() if isinstance(code, Code))
MOST_VANISHED = 0.1
"""Part of a channel's offers that may vanish without a person."""


def price_jump(before: Money, wanted: Money) -> Hold:
    """A price that is likely to be a slip of the keyboard."""
    return Hold(
        PRICE_JUMP,
        f"Its price would go from {before} to {wanted}: by more than half.",
        "Correct the price in the store, or release it; its stock is written all the same.",
    )


def who_ships_unknown() -> Hold:
    """Amazon says neither that the merchant ships it nor that Amazon does."""
    return Hold(
        WHO_SHIPS_UNKNOWN,
        "Amazon does not tell who ships it, so no stock is written.",
        "Choose in Seller Central who ships it, then: crossdock products import --sku SKU",
    )


def second_writer(sku: str, first: str, second: str) -> Hold:
    """Two products give the stock of one SKU; the first goes on."""
    return Hold(
        SECOND_WRITER,
        f"The stock of {sku!r} comes from {first}; here it would come from {second}.",
        "Let one of both have the SKU: link or unlink it with crossdock listings link, or close a listing.",
        sku,
    )


def many_vanished(vanished: int, of: int, channel: str) -> Hold:
    """So many that it looks like an accident."""
    return Hold(
        MANY_VANISHED,
        f"{vanished} of {of} products that are listed are not in the store any more.",
        f"If that is meant, their stock becomes 0 with: crossdock products sync --channel {channel} --release",
    )


def counts_unconfirmed(channel: str) -> Hold:
    """Listings were there before the program, and nobody has agreed to the store's counts."""
    return Hold(
        COUNTS_UNCONFIRMED,
        "Price or stock of listings that were there before would change.",
        f"Compare with: crossdock products counts --channel {channel}; then add --confirm",
    )


def unreadable(why: str) -> Hold:
    """Something of the listing or its product is of no form that is known."""
    return Hold(UNREADABLE, f"Its price and stock cannot be planned: {why}.", "Use a later version of the program.")
