"""Variation groups: products that are variations of each other (add-on "Product variations", active by default).

Traps absorbed here (facts: CS-Cart REST API "Product Variations"): a numeric code is read as the number of a group, and
codes hold few characters; a product is in one group at most; what was not taken into a group is told by a number for
each product, and the call succeeds; one that is grouped already is answered 200 instead of 201.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.cscart import shapes
from core.cscart.features import VARIATIONS
from core.cscart.in_parts import id_size, in_parts
from core.cscart.transport import StoreClient
from core.errors import OutcomeUnknown

PAGE_SIZE = 100
PRODUCTS_PER_CALL = 100
_IDS = "product_ids[]"
_TAKEN = frozenset({0, 1, 2})
"""What is said of products that are in the group: unchanged, added, updated."""
REFUSALS = {
    253: "it belongs to another vendor or storefront",
    254: "another product of the family has the same values",
    255: "it lacks a value of a feature in which the family differs",
}


@dataclass(frozen=True)
class Group:
    """One group; `parents` tells the product that the store shows for each of its members, 0 for that one itself."""

    group_id: int
    code: str
    feature_ids: tuple[int, ...]
    parents: Mapping[int, int]


@dataclass(frozen=True)
class Made:
    """A group that was made, and why products were not taken into it."""

    group_id: int
    refused: Mapping[int, int]


def group_code(name: str) -> str:
    """The code of a group for a name of any form; always the same, and never a number."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"amz-{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def of_products(client: StoreClient, product_ids: Sequence[int]) -> list[Group]:
    """The groups that any of the products belong to; one call per 100 products."""

    def read(wanted: Sequence[int]) -> Iterator[Group]:
        return (group for group in _pages(client, wanted) if not group.parents.keys().isdisjoint(wanted))

    groups = in_parts(product_ids, read, most=PRODUCTS_PER_CALL, size=lambda number: id_size(number) + len(_IDS) + 6)
    return list({group.group_id: group for group in groups}.values())


def create(client: StoreClient, product_ids: Sequence[int], *, code: str, feature_ids: Sequence[int]) -> Made:
    """Make a group of products, the first of which is shown for all; its name, description, categories and features
    are written over those of the others."""
    body = {
        "product_ids": list(product_ids),
        "code": code,
        "features": [{"feature_id": number, "purpose": VARIATIONS} for number in feature_ids],
    }
    answer = client.write("POST", "product_variations_groups", body)
    number = shapes.integer(answer.get("id"))
    if number is None:
        raise OutcomeUnknown("A group was made without its number being told.", subject=client.access.subject)
    return Made(number, dict(_refused(shapes.mapping(answer.get("products_status")))))


def add(client: StoreClient, product_id: int, group_id: int) -> None:
    """Put a product into a group; what the group's first product has is written over its own."""
    client.write("PUT", f"product_variations/{product_id}", {"variation_group_id": group_id})


def detach(client: StoreClient, product_id: int) -> None:
    """Take a product out of its group."""
    client.write("POST", f"product_variations/{product_id}/detach_product_variation", {"product_id": product_id})


def show_for_all(client: StoreClient, product_id: int) -> None:
    """Let the store show this member of a group for all."""
    client.write("POST", f"product_variations/{product_id}/set_default_product_variation", {"product_id": product_id})


def _pages(client: StoreClient, product_ids: Sequence[int]) -> Iterator[Group]:
    page, seen = 1, set[int]()
    asked = tuple((_IDS, number) for number in product_ids)
    while True:
        body = client.get(
            "product_variations_groups", (*asked, ("page", page), ("items_per_page", PAGE_SIZE)), large=True
        )
        fresh = [group for group in _read(shapes.rows(body, "groups")) if group.group_id not in seen]
        seen.update(group.group_id for group in fresh)
        yield from fresh
        total = shapes.total_items(body)
        if not fresh or (total is not None and len(seen) >= total):
            return
        page += 1


def _read(rows: Iterable[Mapping[str, Any]]) -> Iterator[Group]:
    for row in rows:
        number = shapes.integer(row.get("id"))
        if number is None:
            continue
        features = (shapes.integer(one.get("feature_id")) for one in _maps(row.get("features")))
        yield Group(
            group_id=number,
            code=shapes.name(row.get("code")),
            feature_ids=tuple(one for one in features if one is not None),
            parents={
                product: shapes.integer(one.get("parent_product_id")) or 0
                for one in _maps(row.get("products"))
                if (product := shapes.integer(one.get("product_id"))) is not None
            },
        )


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in shapes.mapping(value).values() if isinstance(one, Mapping))


def _refused(statuses: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for key, value in statuses.items():
        product, status = shapes.integer(key), shapes.integer(value)
        if product is not None and status is not None and status not in _TAKEN:
            yield product, status
