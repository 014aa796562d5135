"""Money as the store computes and prints it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.store import php


def decimal(value: Any) -> Decimal:
    """A number or numeric text as PHP would cast it; anything else is 0."""
    if isinstance(value, Decimal):
        return value
    if not php.is_number(value):
        return Decimal(0)
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal(0)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded to the currency's decimals, half away from zero as PHP's ``round``."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def text(value: Decimal) -> str:
    """As a DECIMAL(12,2) column comes back."""
    return f"{rounded(value, 2):.2f}"
