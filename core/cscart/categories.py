"""Categories: all of them, flat, with how many products each has.

Traps absorbed here (facts: CS-Cart REST API "Categories"): pages past the end repeat the last one, and the size of
pages is the store's or its host's to choose, so what ends the list is its total or a page without anything new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.cscart import products, shapes
from core.cscart.transport import StoreClient

PAGE_SIZE = 1000


@dataclass(frozen=True)
class Category:
    """One category; `parent_id` is 0 at the top, `company_id` 0 for everybody's."""

    category_id: int
    parent_id: int
    name: str
    position: int
    status: str
    company_id: int
    products: int


@dataclass(frozen=True)
class Categories:
    """All categories as far as the store gave them out; `whole` unless it told of more."""

    rows: list[Category]
    whole: bool


def everything(client: StoreClient) -> Categories:
    """All categories; one call per 1,000."""
    found: dict[int, Category] = {}
    page = 1
    while True:
        body = client.get("categories", (("page", page), ("items_per_page", PAGE_SIZE)), large=True)
        fresh = {row.category_id: row for row in _read(shapes.rows(body, "categories")) if row.category_id not in found}
        found |= fresh
        total = shapes.total_items(body)
        if not fresh or (total is not None and len(found) >= total):
            return Categories(list(found.values()), total is None or len(found) >= total)
        page += 1


def count_products(client: StoreClient, company_id: int) -> Counter[int]:
    """Category → products of a vendor in it; one call per 500 of them."""
    counted: Counter[int] = Counter()
    for row in products.of_company(client, company_id):
        counted.update(row.category_ids)
    return counted


def _read(rows: Iterable[Mapping[str, Any]]) -> Iterator[Category]:
    """The readable ones; nothing can belong to one without a number."""
    for row in rows:
        number = shapes.integer(row.get("category_id"))
        if number is None:
            continue
        yield Category(
            category_id=number,
            parent_id=shapes.integer(row.get("parent_id")) or 0,
            name=shapes.name(row.get("category")).strip() or f"Category {number}",
            position=shapes.integer(row.get("position")) or 0,
            status=shapes.name(row.get("status")),
            company_id=shapes.integer(row.get("company_id")) or 0,
            products=shapes.integer(row.get("product_count")) or 0,
        )
