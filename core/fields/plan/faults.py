"""What is wrong with a value of a listing, or worth knowing, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """The kinds of faults."""

    MISSING = "missing"
    NOT_TAKEN = "not_taken"
    """It is none of the values that Amazon takes."""
    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    NO_UNIT = "no_unit"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    OUT_OF_RANGE = "out_of_range"
    PRICE = "price"
    CURRENCY = "currency"
    IDENTIFIER = "identifier"
    IMAGE = "image"
    SHORTENED = "shortened"
    """Less than the store has is sent."""


@dataclass(frozen=True)
class Fault:
    """One fault, with what to do."""

    attribute: str
    """The row's name."""
    kind: FaultKind
    message: str
    fix: str = ""
    is_blocking: bool = True
    """The listing cannot be sent; others are notes."""
