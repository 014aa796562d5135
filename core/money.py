"""Money: an exact amount with its currency, stored in the database as whole minor units.

Decimals per currency follow ISO 4217; currencies not listed have two.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_WITHOUT_DECIMALS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
_WITH_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_LIMIT = Decimal(10) ** 15
"""Amounts beyond this are taken for garbage: they would not fit a 64-bit count of minor units."""
_LONGEST = 1_000
"""Characters of an amount."""
_FINEST = 1_000
"""Decimals beyond which an amount is taken for garbage; no sum and no display has to cope with a million of them."""


def decimals(currency: str) -> int:
    """How many decimals amounts of `currency` have."""
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _WITH_THREE_DECIMALS else 2


def smallest_unit(currency: str) -> Decimal:
    """The smallest amount that can be paid: 0.01 for EUR, 1 for JPY."""
    return Decimal(1).scaleb(-decimals(currency))


def round_to_unit(amount: Decimal, currency: str) -> Decimal:
    """`amount` rounded half up to what can be paid in `currency`."""
    return amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


def parse_amount(value: Any) -> Decimal:
    """Read a decimal string or number as the remotes send it; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"a {type(value).__name__} is not an amount")
    text = str(value).strip()
    if not text.isascii() or "_" in text or len(text) > _LONGEST:
        raise _no_amount(text)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise _no_amount(text) from None
    # Compared without arithmetic, which fails on exponents beyond its context.
    if not amount.is_finite() or amount.copy_abs() > _LIMIT or abs(int(amount.as_tuple().exponent)) > _FINEST:
        raise _no_amount(text)
    return amount


def _no_amount(text: str) -> ValueError:
    return ValueError(f"{text[:40]!r} is not an amount")


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in the major unit of `currency` (ISO 4217)."""

    amount: Decimal
    currency: str

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Money:
        """The amount that `to_minor` stored."""
        return cls(Decimal(minor).scaleb(-decimals(currency)), currency)

    def to_minor(self) -> int:
        """Whole minor units; raises ValueError when the amount is finer than its currency."""
        scaled = self.amount.scaleb(decimals(self.currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{self.amount} has more decimals than {self.currency}")
        return int(scaled)

    def __str__(self) -> str:
        return f"{self.amount:.{decimals(self.currency)}f} {self.currency}"
