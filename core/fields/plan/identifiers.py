"""Product identifiers: EAN, UPC, ISBN and GTIN by their check digits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

EAN, UPC, GTIN, ISBN = "ean", "upc", "gtin", "isbn"
EXEMPTION = "supplier_declared_has_product_identifier_exemption"
IDENTIFIER = "externally_assigned_product_identifier"
ASIN = "merchant_suggested_asin"
"""Says which item of Amazon's a product is; schemas ask for it where neither identifier nor exemption is given."""
KINDS = (EAN, UPC, GTIN, ISBN)
"""Those whose last digit checks the others."""
_LENGTHS = {8: EAN, 12: UPC, 13: EAN, 14: GTIN}
_BOOKS = ("978", "979")


@dataclass(frozen=True)
class Identifier:
    """An identifier with its kind, as Amazon calls it."""

    kind: str
    value: str

    def among(self, kinds: Collection[str]) -> Identifier | None:
        """The same as one of the kinds that a product type takes; None when none of them can say it."""
        if not kinds or self.kind in kinds:
            return self
        longer = {UPC: ((EAN, 13), (GTIN, 14)), EAN: ((GTIN, 14),), ISBN: ((EAN, 13), (GTIN, 14))}
        for kind, digits in longer.get(self.kind, ()):
            if kind in kinds:
                return Identifier(kind, self.value.zfill(digits))
        if self.kind == EAN and UPC in kinds and self.value.startswith("0") and len(self.value) == 13:
            return Identifier(UPC, self.value[1:])
        return None


def read(text: str) -> Identifier | None:
    """The identifier that a text is, with blanks and hyphens or without; None where it is none."""
    digits = text.replace(" ", "").replace("-", "").replace("‐", "").upper()
    if not digits.isascii():
        return None
    if len(digits) == 10 and _is_isbn_10(digits):
        return Identifier(ISBN, _isbn_13(digits))
    if not digits.isdecimal() or len(digits) not in _LENGTHS or int(digits) == 0:
        return None
    if check_digit(digits[:-1]) != int(digits[-1]):
        return None
    is_book = len(digits) == 13 and digits.startswith(_BOOKS)
    return Identifier(ISBN if is_book else _LENGTHS[len(digits)], digits)


def fault(text: str) -> str:
    """Why a text is no identifier, in words."""
    digits = text.replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdecimal()):
        return "it does not consist of digits"
    if len(digits) not in _LENGTHS:
        return f"it has {len(digits)} digits, not 8, 12, 13 or 14"
    return f"its check digit is {digits[-1]}, and should be {check_digit(digits[:-1])}"


def check_digit(digits: str) -> int:
    """The last digit of a GTIN of any length, from those before it (GS1: weights 3 and 1 from the right)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def _is_isbn_10(digits: str) -> bool:
    if not digits[:9].isdecimal() or not (digits[9].isdecimal() or digits[9] == "X"):
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return sum(value * weight for value, weight in zip(values, range(10, 0, -1), strict=True)) % 11 == 0


def _isbn_13(isbn_10: str) -> str:
    body = f"978{isbn_10[:9]}"
    return f"{body}{check_digit(body)}"
