"""Judges the products of the store against what they were to become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.store.model import StoreProduct
from sandbox.store.state import Store
from sandbox.store.variations import group_of
from sandbox.world.content import images
from sandbox.world.listing import Listing

_SHOPS_NAMES = {"Color": "Colour"}
"""What the people of the store call a feature, where they had it before an import."""


@dataclass
class ProductAudit:
    """The verdict. `ok` is True when nothing is missing, doubled or wrong."""

    ok: bool = False
    expected: int = 0
    right: int = 0
    """Products that are there once, and as they should be."""
    missing: list[str] = field(default_factory=list)
    """SKUs without a product."""
    doubled: dict[str, list[int]] = field(default_factory=dict)
    """SKU, as the store compares it -> products of one company that carry it, of all that the store has."""
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """SKU and what is wrong."""


def expected_products(known: Sequence[Listing], others: Sequence[Listing]) -> dict[str, dict[str, Any]]:
    """What listings have to be in the store once they are imported, by SKU.

    `known` are those of products that the store had already: these are completed. `others` are made; the store keeps
    all members of a family in the categories of the one that it shows for all.
    """
    asked: dict[str, dict[str, Any]] = {one.sku: {"images": images(one)} for one in known}
    families: dict[str, list[Listing]] = {}
    for one in sorted(others, key=lambda one: one.sku):
        if not one.is_parent:
            families.setdefault(one.family.parent if one.family else one.sku, []).append(one)
    for members in families.values():
        for one in members:
            asked[one.sku] = _expected(one, members)
    return asked


def _expected(one: Listing, members: Sequence[Listing]) -> dict[str, Any]:
    values = one.family.values if one.family else ()
    asked: dict[str, Any] = {
        "name": one.title,
        "price": one.price,
        "amount": one.quantity if one.by_merchant else 0,
        "status": "A" if one.active else "D",
        "category_ids": [members[0].category_id],
        "images": images(one),
        "features": {name.capitalize(): [value] for name, value in values},
    }
    return asked | ({"family": [member.sku for member in members]} if len(members) > 1 else {})


def audit_products(store: Store, wanted: Mapping[str, Mapping[str, Any]]) -> ProductAudit:
    """Compare the store with products by SKU.

    Of each are judged the keys that it has: `name`, `description`, `price`, `amount`, `status`, `category_ids`,
    `company_id`, `weight`; `features`, values by name; `images`, addresses with the main one first; `family`, the SKUs
    of all its members with the one that is shown for all first.
    """
    result = ProductAudit(expected=len(wanted))
    by_code: dict[tuple[str, int], list[StoreProduct]] = {}
    for product in list(store.products.values()):
        by_code.setdefault((_folded(product.product_code), product.company_id), []).append(product)
    result.doubled = {
        code: sorted(one.product_id for one in found) for (code, _), found in by_code.items() if code and len(found) > 1
    }
    for sku, asked in wanted.items():
        found = [one for (code, _), some in by_code.items() if code == _folded(sku) for one in some]
        mine = [one for one in found if one.product_code == sku and _is_of(one, asked)]
        if not mine:
            result.missing.append(sku)
            continue
        faults = _faults(store, mine[0], asked)
        result.wrong += [(sku, fault) for fault in faults]
        result.right += not faults
    result.ok = not any((result.missing, result.doubled, result.wrong))
    return result


def _is_of(product: StoreProduct, asked: Mapping[str, Any]) -> bool:
    return asked.get("company_id") in (None, product.company_id)


def _faults(store: Store, product: StoreProduct, asked: Mapping[str, Any]) -> list[str]:
    compared: dict[str, tuple[Any, Any]] = {
        "name": (product.product, asked.get("name")),
        "description": (product.full_description, asked.get("description")),
        "price": (product.price, _decimal(asked.get("price"))),
        "amount": (product.amount, asked.get("amount")),
        "status": (product.status, asked.get("status")),
        "category_ids": (sorted(product.category_ids), sorted(asked.get("category_ids") or ())),
        "weight": (product.weight, _decimal(asked.get("weight"))),
        "images": ([image.address for image in _in_order(product)], list(asked.get("images") or ())),
        "family": (_family(store, product), list(asked.get("family") or ())),
    }
    faults = [
        f"{name} is {actual!r}, expected {expected!r}"
        for name, (actual, expected) in compared.items()
        if name in asked and actual != expected
    ]
    has = _features(store, product)
    for name, values in (asked.get("features") or {}).items():
        actual = has.get(name, has.get(_SHOPS_NAMES.get(name, name)))
        if sorted(actual or ()) != sorted(values):
            faults.append(f"feature {name} is {actual!r}, expected {list(values)!r}")
    return faults


def _in_order(product: StoreProduct) -> Sequence[Any]:
    return sorted(product.images, key=lambda image: (not image.main, image.pair_id))


def _features(store: Store, product: StoreProduct) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for number, value in product.features.items():
        feature = store.features[number]
        texts = [feature.variants[one] for one in value] if isinstance(value, list) else [value]
        found.setdefault(feature.description, []).extend(texts)
    return found


def _family(store: Store, product: StoreProduct) -> list[str]:
    group = group_of(store, product.product_id)
    return [store.products[number].product_code for number in group.product_ids] if group else []


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _folded(code: str) -> str:
    return code.strip().casefold()
