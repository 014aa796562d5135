"""Features and their variants: all of them, those of a name, and making one.

Traps absorbed here (facts: CS-Cart REST API "Features"): pages past the end repeat the last one; rows come as a list
or keyed by id, and so do variants. A write of `variants` deletes those that it leaves out, so variants are never
written here: the store makes them by name while it saves a product, see `product_writes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.cscart import shapes
from core.cscart.transport import Params, StoreClient
from core.errors import OutcomeUnknown

PAGE_SIZE = 100
"""Features of a page, each with all its variants."""
VARIATIONS = "group_variation_catalog_item"
"""The purpose of a feature in which variations of one product differ."""
FILTERS = "find_products"
"""The purpose of one that products are found by."""
ONE_OF = frozenset("SNE")
"""Types of which a product has one variant: text, number, brand."""
SOME_OF = "M"
"""The type of which a product has any number of variants."""
GROUP = "G"
"""The type of what only holds features together."""


@dataclass(frozen=True)
class Feature:
    """One feature; `company_id` is 0 for everybody's, and it is for all categories where none is named."""

    feature_id: int
    name: str
    kind: str
    purpose: str
    company_id: int
    category_ids: tuple[int, ...]
    active: bool
    variants: Mapping[int, str]

    @property
    def varies(self) -> bool:
        """Whether the products of a family may differ in it."""
        return self.kind in ONE_OF and self.purpose.startswith("group_")


@dataclass(frozen=True)
class Features:
    """All features as far as the store gave them out; `whole` unless it told of more."""

    rows: list[Feature]
    whole: bool


def everything(client: StoreClient) -> Features:
    """All features with their variants; one call per 100."""
    return _pages(client, ())


def named(client: StoreClient, name: str) -> list[Feature]:
    """Those of exactly this name, whatever its case; one call."""
    return [row for row in _pages(client, (("description", name),)).rows if folded(row.name) == folded(name)]


def create(client: StoreClient, name: str, *, kind: str, purpose: str, company_id: int | None = None) -> Feature:
    """Make a feature for all categories, without variants. A storefront edition wants to know whose it is."""
    body: dict[str, Any] = {
        "description": name,
        "feature_type": kind,
        "purpose": purpose,
        "categories_path": "",
        "display_on_product": "Y",
        "status": "A",
    }
    if company_id:
        body["company_id"] = company_id
    number = shapes.integer(client.write("POST", "features", body).get("feature_id"))
    if number is None:
        raise OutcomeUnknown("A feature was made without its number being told.", subject=client.access.subject)
    return Feature(number, name, kind, purpose, company_id or 0, (), True, {})


def folded(name: str) -> str:
    """A name as names are compared: without regard to case and blanks."""
    return " ".join(name.split()).casefold()


def _pages(client: StoreClient, asked: Params) -> Features:
    found: dict[int, Feature] = {}
    page = 1
    while True:
        params = (*asked, ("variants", 1), ("page", page), ("items_per_page", PAGE_SIZE))
        body = client.get("features", params, large=True)
        fresh = {row.feature_id: row for row in _read(shapes.rows(body, "features")) if row.feature_id not in found}
        found |= fresh
        total = shapes.total_items(body)
        if not fresh or (total is not None and len(found) >= total):
            return Features(list(found.values()), total is None or len(found) >= total)
        page += 1


def _read(rows: Iterable[Mapping[str, Any]]) -> Iterator[Feature]:
    """The readable ones; nothing can belong to one without a number."""
    for row in rows:
        number = shapes.integer(row.get("feature_id"))
        if number is None:
            continue
        yield Feature(
            feature_id=number,
            name=shapes.name(row.get("description")).strip() or f"Feature {number}",
            kind=shapes.text(row.get("feature_type"))[:1],
            purpose=shapes.name(row.get("purpose")),
            company_id=shapes.integer(row.get("company_id")) or 0,
            category_ids=_numbers(row.get("categories_path")),
            active=shapes.text(row.get("status")) == "A",
            variants=dict(_variants(shapes.mapping(row.get("variants")).values())),
        )


def _variants(rows: Iterable[Any]) -> Iterator[tuple[int, str]]:
    for row in rows:
        number = shapes.integer(row.get("variant_id")) if isinstance(row, Mapping) else None
        if number is not None:
            yield number, shapes.name(row.get("variant"))


def _numbers(path: Any) -> tuple[int, ...]:
    found = map(shapes.integer, shapes.text(path).split(","))
    return tuple(number for number in found if number is not None)
