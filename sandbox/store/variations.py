"""Variation groups: products that are variations of each other.

The store's traps: what the first product of a group has of name, description, categories and features is written over
that of the others, when they join and whenever it is saved; what is not taken into a group is told by a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sandbox.store import php
from sandbox.store.call import Call, Reply
from sandbox.store.errors import ApiError
from sandbox.store.model import StoreGroup, StoreProduct
from sandbox.store.paging import envelope
from sandbox.store.state import Store

UNCHANGED, ADDED, UNKNOWN_ERROR, FOREIGN, SAME_VALUES, VALUE_MISSING = 0, 1, 200, 253, 254, 255
_CODE = re.compile(r"[-_a-z0-9]+", re.IGNORECASE)


def index(store: Store, call: Call) -> Reply:
    """`GET /product_variations_groups`."""
    wanted, features = php.integers(call.query.get("product_ids")), php.integers(call.query.get("feature_ids"))
    with store.lock:
        found = [
            group
            for group in store.groups.values()
            if (not wanted or not wanted.isdisjoint(group.product_ids))
            and (not features or not features.isdisjoint(group.features))
        ]
    return Reply(200, envelope("groups", found, lambda group: row(store, group), call.query, store.options))


def get(store: Store, call: Call) -> Reply:
    """`GET /product_variations_groups/:id or code`."""
    return Reply(200, row(store, _found(store, call)))


def create(store: Store, call: Call) -> Reply:
    """`POST /product_variations_groups`: of products that stand for themselves."""
    body = call.body
    numbers = [php.integer(value) for value in php.values(body.get("product_ids"))]
    products = [store.products[number] for number in numbers if number in store.products]
    code = str(body.get("code") or "")
    if not products or (code and not _CODE.fullmatch(code)):
        raise ApiError(400, "The group cannot be created")
    with store.lock:
        groups = {group.group_id: group for one in products if (group := group_of(store, one.product_id))}
        if len(groups) == 1 and all(group_of(store, one.product_id) for one in products):
            (group,) = groups.values()
            return Reply(200, {**row(store, group), "products_status": dict.fromkeys(map(str, numbers), UNCHANGED)})
        if code and any(group.code == code for group in store.groups.values()):
            raise ApiError(400, "This code is used by another group")
        number = store.next_key(store.groups)
        features = {
            php.integer(php.mapping(one).get("feature_id")): str(php.mapping(one).get("purpose") or "")
            for one in php.mapping(body.get("features")).values()
        }
        group = StoreGroup(number, code or f"PV-{number:06d}", features or _features_of(store, products[0]))
        statuses = {str(one.product_id): _join(store, group, one) for one in products}
        if not group.product_ids:
            raise ApiError(400, "No product can be in the group")
        store.groups[number] = group
        spread(store, store.products[group.product_ids[0]])
        return Reply(201, {**row(store, group), "products_status": statuses})


def update(store: Store, call: Call) -> Reply:
    """`PUT /product_variations_groups/:id or code`: only the code can change."""
    group = _found(store, call)
    group.code = str(call.body.get("code") or group.code)
    return Reply(200, {**row(store, group), "products_status": []})


def delete(store: Store, call: Call) -> Reply:
    """`DELETE /product_variations_groups/:id or code`: its products stay."""
    with store.lock:
        store.groups.pop(_found(store, call).group_id)
    return Reply(204, None)


def join(store: Store, product: StoreProduct, group_id: int) -> None:
    """Put a product into a group, as a write of `variation_group_id` does."""
    with store.lock:
        group = store.groups.get(group_id)
        if group is None or group_of(store, product.product_id) is not None:
            raise ApiError(400, "The product cannot be added to the group")
        status = _join(store, group, product)
        if status != ADDED:
            raise ApiError(400, f"The product cannot be added to the group ({status})")
        spread(store, store.products[group.product_ids[0]])


def detach(store: Store, call: Call) -> Reply:
    """`POST /product_variations/:id/detach_product_variation`."""
    with store.lock:
        leave(store, call.parent_id or 0)
    return Reply(201, {"product_id": call.parent_id})


def show_for_all(store: Store, call: Call) -> Reply:
    """`POST /product_variations/:id/set_default_product_variation`."""
    with store.lock:
        group = group_of(store, call.parent_id or 0)
        if group is None:
            raise ApiError(404)
        group.product_ids.sort(key=lambda number: number != call.parent_id)
        spread(store, store.products[group.product_ids[0]])
    return Reply(201, {"product_id": call.parent_id})


def leave(store: Store, product_id: int) -> None:
    """Take a product out of its group; call it with the lock held."""
    group = group_of(store, product_id)
    if group is not None:
        group.product_ids.remove(product_id)
        if not group.product_ids:
            del store.groups[group.group_id]


def spread(store: Store, product: StoreProduct) -> None:
    """Write what the first product of a group has over that of the others; nothing for any other product."""
    group = group_of(store, product.product_id)
    if group is None or group.product_ids[0] != product.product_id:
        return
    for number in group.product_ids[1:]:
        child = store.products[number]
        own = {key: value for key, value in child.features.items() if key in group.features}
        for name in ("product", "full_description", "short_description"):
            setattr(child, name, getattr(product, name))
        child.translations = {code: dict(words) for code, words in product.translations.items()}
        child.category_ids = list(product.category_ids)
        shared = {key: value for key, value in product.features.items() if key not in group.features}
        child.features = shared | own


def group_of(store: Store, product_id: int) -> StoreGroup | None:
    """The group that a product is in."""
    return next((group for group in store.groups.values() if product_id in group.product_ids), None)


def shown(store: Store, product: StoreProduct) -> dict[str, Any]:
    """What a product shows of its group."""
    group = group_of(store, product.product_id)
    if group is None:
        return {}
    first = group.product_ids[0]
    return {
        "variation_group_id": str(group.group_id),
        "variation_group_code": group.code,
        "parent_product_id": "0" if first == product.product_id else str(first),
    }


def row(store: Store, group: StoreGroup) -> dict[str, Any]:
    """A group as it is shown."""
    first = group.product_ids[0]
    return {
        "id": group.group_id,
        "code": group.code,
        "features": [{"feature_id": str(number), "purpose": purpose} for number, purpose in group.features.items()],
        "products": [
            {
                "product_id": number,
                "parent_product_id": 0 if number == first else first,
                "company_id": store.products[number].company_id,
                "feature_values": [
                    {"feature_id": feature, "variant_id": value[0]}
                    for feature, value in store.products[number].features.items()
                    if feature in group.features and isinstance(value, list)
                ],
            }
            for number in group.product_ids
        ],
        "created_at": group.created_at,
        "updated_at": group.created_at,
    }


def _join(store: Store, group: StoreGroup, product: StoreProduct) -> int:
    """Take a product in, or tell why not."""
    if group_of(store, product.product_id) is not None:
        return UNKNOWN_ERROR
    members = [store.products[number] for number in group.product_ids]
    if any(member.company_id != product.company_id for member in members):
        return FOREIGN
    combination = _combination(group, product)
    if combination is None:
        return VALUE_MISSING
    if any(_combination(group, member) == combination for member in members):
        return SAME_VALUES
    group.product_ids.append(product.product_id)
    return ADDED


def _combination(group: StoreGroup, product: StoreProduct) -> tuple[Any, ...] | None:
    found = [product.features.get(number) for number in sorted(group.features)]
    return None if None in found else tuple(str(value) for value in found)


def _features_of(store: Store, product: StoreProduct) -> dict[int, str]:
    found: Sequence[int] = [number for number in product.features if store.features[number].purpose.startswith("group")]
    return {number: store.features[number].purpose for number in found}


def _found(store: Store, call: Call) -> StoreGroup:
    """By number where the path holds digits alone, else by code."""
    wanted = call.object_id or ""
    with store.lock:
        found = (one for one in store.groups.values() if wanted in (str(one.group_id), one.code))
        group = next((one for one in found if not wanted.isdigit() or one.group_id == int(wanted)), None)
    if group is None:
        raise ApiError(404)
    return group
