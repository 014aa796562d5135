"""What store products hold already, so that an import fills what is empty and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.cscart.product_writes import whole_rows
from core.cscart.transport import StoreClient

_SIDES = ("box_length", "box_width", "box_height")


def filled(client: StoreClient, product_ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """Product → fields of the policy that it has something in; one call per 50.

    A field of which the store does not tell counts as one with something in it: what is not known is not overwritten.
    """
    return {number: frozenset(_filled(row)) for number, row in whole_rows(client, product_ids).items()}


def _filled(row: Mapping[str, Any]) -> Iterator[str]:
    for name, is_empty in (
        ("name", _is_blank(row, "product")),
        ("description", _is_blank(row, "full_description")),
        ("weight", _is_zero(row, "weight")),
        ("dimensions", all(_is_zero(row, side) for side in _SIDES)),
        ("features", "product_features" in row and not row["product_features"]),
        ("images", "main_pair" in row and not row["main_pair"]),
        ("category", "category_ids" in row and not row["category_ids"]),
    ):
        if not is_empty:
            yield name
    yield from ("price", "quantity", "status")


def _is_blank(row: Mapping[str, Any], name: str) -> bool:
    return name in row and not str(row[name] or "").strip()


def _is_zero(row: Mapping[str, Any], name: str) -> bool:
    """Whether a measure was told, and is none."""
    try:
        return name in row and float(row[name] or 0) == 0
    except (TypeError, ValueError):
        return False
