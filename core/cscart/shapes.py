"""Absorbs the shapes that PHP gives to JSON, at the edge of the client.

Lists may come keyed by id, empty maps come as empty lists, and nearly all values are strings. What does not fit the
store's own columns is taken for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.errors import OutcomeUnknown
from core.money import parse_amount

LARGEST = 2**31 - 1
"""Of ids and counts: what the store's columns hold, and ours."""
LAST_TIMESTAMP = 2**32 - 1
"""Unix seconds that the store's columns hold."""
LONGEST_NAME = 255
"""Characters of names and codes, in the store's columns and here."""


def rows(body: Mapping[str, Any], entity: str) -> list[dict[str, Any]]:
    """The rows of a list answer; raises OutcomeUnknown when there is no such list (never an empty page)."""
    value = body.get(entity)
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, list):
        raise OutcomeUnknown(
            f"A list of {entity} came without the promised rows.",
            subject="the store",
            next_step="Check that the address leads to CS-Cart's REST API itself.",
        )
    return [dict(row) for row in value if isinstance(row, Mapping)]


def total_items(body: Mapping[str, Any]) -> int | None:
    """How many rows the whole list has; None where the store does not say."""
    params = body.get("params")
    return integer(params.get("total_items")) if isinstance(params, Mapping) else None


def mapping(value: Any) -> dict[str, Any]:
    """A map, whether it came as an object, as a list, or empty as `[]`."""
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return {}


def integer(value: Any, largest: int = LARGEST) -> int | None:
    """A whole number sent as number or string; None when it is none, or beyond `largest`."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not text.isascii() or len(text) > 20:
        return None
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= largest else None


def amount(value: Any) -> Decimal:
    """An amount sent as number or string; nothing and empty text are zero. Raises ValueError for other text."""
    return parse_amount(value) if value not in (None, "", False) else Decimal(0)


def text(value: Any) -> str:
    """Text; nothing, and what is neither text nor a number, becomes the empty string."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def name(value: Any) -> str:
    """Text for people, cut to what a name may have."""
    return text(value)[:LONGEST_NAME]
