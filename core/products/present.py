"""What store products hold already, so that an import fills what is empty and leaves the rest alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.cscart.product_writes import TEXTS, features_of, whole_rows
from core.cscart.transport import StoreClient
from core.products.plan.decide import filled_feature

_SIDES = ("box_length", "box_width", "box_height")


def filled(client: StoreClient, product_ids: Sequence[int], language: str) -> dict[int, frozenset[str]]:
    """Product → what it has something in, as `core.products.plan.decide.Present.filled` names it; one call per 50.

    Of texts those of one language count. What the store does not tell of counts as something: what is not known is not
    overwritten.
    """
    return {number: frozenset(_filled(row)) for number, row in whole_rows(client, product_ids, language).items()}


def _filled(row: Mapping[str, Any]) -> Iterator[str]:
    for name, is_empty in (
        ("name", _is_blank(row, "product")),
        ("description", _is_blank(row, "full_description")),
        *((name, _is_blank(row, name)) for name in TEXTS),
        ("weight", _is_zero(row, "weight")),
        ("dimensions", all(_is_zero(row, side) for side in _SIDES)),
        ("list_price", _is_zero(row, "list_price")),
        ("features", "product_features" in row),
        ("images", "main_pair" in row and not row["main_pair"]),
        ("category", "category_ids" in row and not row["category_ids"]),
    ):
        if not is_empty:
            yield name
    for number, called, _ in features_of(row):
        yield from (filled_feature(str(number)), filled_feature(called))
    yield from ("price", "quantity", "status")


def _is_blank(row: Mapping[str, Any], name: str) -> bool:
    return name in row and not str(row[name] or "").strip()


def _is_zero(row: Mapping[str, Any], name: str) -> bool:
    """Whether a measure was told, and is none."""
    try:
        return name in row and float(row[name] or 0) == 0
    except (TypeError, ValueError):
        return False
