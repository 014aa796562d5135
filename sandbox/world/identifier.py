"""Product identifiers: the EAN of each item, and how EAN, UPC, GTIN and ISBN name the same number."""

from __future__ import annotations

import hashlib

KINDS = ("EAN", "GTIN", "ISBN", "JAN", "UPC")
_GTIN = 14
_NORTH_AMERICAN = 5
"""One item in so many has a number that is a UPC too: its EAN begins with a zero."""


def ean(asin: str) -> str:
    """The EAN of the item with an ASIN: thirteen digits, always the same."""
    drawn = int.from_bytes(hashlib.sha256(f"ean {asin}".encode()).digest()[:8])
    prefix = "0" if drawn % _NORTH_AMERICAN == 0 else "4"
    return checked(f"{prefix}{drawn // _NORTH_AMERICAN % 10**11:011d}")


def checked(digits: str) -> str:
    """Digits with their check digit."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def gtin(text: str) -> str | None:
    """An EAN, UPC, GTIN, JAN or ISBN as a GTIN of fourteen digits; None for what is none of them."""
    digits = text.replace("-", "").replace(" ", "")
    if len(digits) == 10 and digits[:9].isdecimal():
        return checked(f"978{digits[:9]}").zfill(_GTIN)
    if not digits.isdecimal() or not digits.isascii() or len(digits) not in (8, 12, 13, 14):
        return None
    return digits.zfill(_GTIN) if checked(digits[:-1]) == digits else None
