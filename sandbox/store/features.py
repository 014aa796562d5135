"""Features, their variants, and what products have of them.

The store's traps: a list repeats its last page; a write of `variants` deletes those that it leaves out, with the values
of all products; a value of a feature that is not for the product's categories is dropped without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.store import php
from sandbox.store.call import Call, Reply
from sandbox.store.errors import ApiError
from sandbox.store.model import StoreFeature, StoreProduct
from sandbox.store.paging import envelope
from sandbox.store.state import Store

TYPES = frozenset("CMSNETODG")
ONE_OF = frozenset("SNE")
SOME_OF = "M"
COLUMNS = ("description", "purpose", "categories_path", "status", "parent_id", "feature_code", "display_on_catalog")


def index(store: Store, call: Call) -> Reply:
    """`GET /features` with its filters; `GET /products/:id/features`, keyed by feature."""
    if call.parent == "products":
        product = store.products.get(call.parent_id or 0)
        if product is None:
            raise ApiError(404)
        return Reply(200, {"features": php.arrays(values(store, product)), "params": call.query})
    query = call.query
    with store.lock:
        found = list(store.features.values())
    if not php.empty(query.get("description")):
        pattern = php.like(str(query["description"]))
        found = [one for one in found if pattern.search(one.description)]
    kinds = set(php.values(query.get("feature_types")))
    found = [one for one in found if not kinds or one.feature_type in kinds]
    with_variants = not php.empty(query.get("variants"))
    return Reply(200, envelope("features", found, lambda one: row(one, with_variants), query, store.options))


def get(store: Store, call: Call) -> Reply:
    """`GET /features/:id`, with its variants."""
    return Reply(200, row(_found(store, call), True))


def create(store: Store, call: Call) -> Reply:
    """`POST /features`: a storefront edition wants to know whose it is."""
    body = call.body
    for name in ("description", "feature_type"):
        if php.empty(body.get(name)):
            raise ApiError(400, f"The field {name} is required")
    company_id = call.company_id or php.integer(body.get("company_id"))
    if not store.options.multivendor and not company_id:
        raise ApiError(400, "You need to specify the store")
    if str(body["feature_type"]) not in TYPES:
        raise ApiError(400, "Wrong type of a feature")
    with store.lock:
        number = store.next_key(store.features)
        feature = StoreFeature(number, str(body["description"]), str(body["feature_type"]), company_id=company_id)
        store.features[number] = feature
        _write(store, feature, body)
    return Reply(201, {"feature_id": number})


def update(store: Store, call: Call) -> Reply:
    """`PUT /features/:id`."""
    feature = _found(store, call)
    with store.lock:
        _write(store, feature, call.body)
    return Reply(200, {"feature_id": feature.feature_id})


def delete(store: Store, call: Call) -> Reply:
    """`DELETE /features/:id`."""
    feature = _found(store, call)
    with store.lock:
        store.features.pop(feature.feature_id)
        for product in store.products.values():
            product.features.pop(feature.feature_id, None)
    return Reply(204, None)


def row(feature: StoreFeature, with_variants: bool) -> dict[str, Any]:
    """A feature as lists and the single read show it."""
    shown: dict[str, Any] = {
        "feature_id": str(feature.feature_id),
        "description": feature.description,
        "feature_type": feature.feature_type,
        "purpose": feature.purpose,
        "categories_path": feature.categories_path,
        "company_id": str(feature.company_id),
        "parent_id": feature.parent_id,
        "feature_code": feature.feature_code,
        "display_on_catalog": feature.display_on_catalog,
        "status": feature.status,
    }
    if with_variants:
        shown["variants"] = php.array({number: _variant(feature, number) for number in feature.variants})
    return shown


def values(store: Store, product: StoreProduct) -> dict[str, Any]:
    """What a product has, keyed by feature."""
    shown: dict[str, Any] = {}
    for number, value in product.features.items():
        feature = store.features[number]
        one: dict[str, Any] = {
            "feature_id": str(number),
            "feature_type": feature.feature_type,
            "description": feature.description,
            "value": "",
            "value_int": None,
            "variant_id": "",
        }
        if isinstance(value, list):
            one["variants"] = {str(chosen): {**_variant(feature, chosen), "selected": chosen} for chosen in value}
            if feature.feature_type in ONE_OF:
                one["variant_id"] = str(value[0])
                one["variant"] = feature.variants[value[0]]
        else:
            one["value_int" if feature.feature_type in "OD" else "value"] = value
        shown[str(number)] = one
    return shown


def write_values(store: Store, product: StoreProduct, body: Mapping[str, Any]) -> None:
    """`product_features` of a product's write, with `add_new_variant`; features that are not named stay."""
    named = map_of(body.get("product_features"))
    added = map_of(body.get("add_new_variant"))
    for key, given in named.items():
        feature = store.features.get(php.integer(key))
        if feature is None:
            continue
        if not _is_for(store, feature, product):
            product.features.pop(feature.feature_id, None)
            continue
        new = php.mapping(added.get(key)).get("variant")
        with store.lock:
            value = _read(feature, given, new)
        if value:
            product.features[feature.feature_id] = value
        else:
            product.features.pop(feature.feature_id, None)


def map_of(value: Any) -> dict[str, Any]:
    """A map of a request: of a JSON list the store loses the first line."""
    return dict(php.items(value)[1:]) if isinstance(value, list) else php.mapping(value)


def _read(feature: StoreFeature, given: Any, new: Any) -> list[int] | str:
    kind = feature.feature_type
    if isinstance(given, Mapping) and "feature_type" in given:
        given = {
            SOME_OF: [php.mapping(one).get("variant_id") for one in php.mapping(given.get("variants")).values()],
            "O": given.get("value_int"),
        }.get(kind, given.get("variant_id") if kind in ONE_OF else given.get("value"))
    if kind not in ONE_OF and kind != SOME_OF:
        return str(given or "")
    chosen = [php.integer(one) for one in ([given] if kind in ONE_OF else php.values(given))]
    chosen = [number for number in chosen if number in feature.variants]
    names = php.values(new) if isinstance(new, list | dict) else [str(new)] if not php.empty(new) else []
    made = [_named_variant(feature, name) for name in names]
    return (made or chosen)[:1] if kind in ONE_OF else list(dict.fromkeys(chosen + made))


def _named_variant(feature: StoreFeature, name: str) -> int:
    """The variant of a name whatever its case, made where there is none."""
    wanted = name.strip()
    known = next((key for key, text in feature.variants.items() if text.lower() == wanted.lower()), None)
    if known is not None:
        return known
    feature.last_variant += 1
    number = feature.feature_id * 10_000 + feature.last_variant
    feature.variants[number] = wanted
    return number


def _is_for(store: Store, feature: StoreFeature, product: StoreProduct) -> bool:
    wanted = php.integers(feature.categories_path)
    above = {
        php.integer(number)
        for category in product.category_ids
        if category in store.categories
        for number in str(store.categories[category]["id_path"]).split("/")
    }
    owned = store.options.multivendor or feature.company_id in (0, product.company_id)
    return owned and (not wanted or not wanted.isdisjoint(above))


def _write(store: Store, feature: StoreFeature, body: Mapping[str, Any]) -> None:
    for name in COLUMNS:
        if name in body:
            setattr(feature, name, str(body[name]))
    if "variants" not in body:
        return
    kept: set[int] = set()
    for one in map_of(body["variants"]).values():
        text = str(php.mapping(one).get("variant", "")) if isinstance(one, Mapping) else str(one)
        number = php.integer(php.mapping(one).get("variant_id")) if isinstance(one, Mapping) else 0
        if number in feature.variants:
            feature.variants[number] = text or feature.variants[number]
        else:
            number = _named_variant(feature, text)
        kept.add(number)
    feature.variants = {number: text for number, text in feature.variants.items() if number in kept}
    for product in store.products.values():
        value = product.features.get(feature.feature_id)
        if isinstance(value, list):
            left = [number for number in value if number in kept]
            product.features[feature.feature_id] = left
            if not left:
                del product.features[feature.feature_id]


def _variant(feature: StoreFeature, number: int) -> dict[str, Any]:
    return {"variant_id": str(number), "variant": feature.variants[number], "position": "0"}


def _found(store: Store, call: Call) -> StoreFeature:
    feature = store.features.get(call.number)
    if feature is None:
        raise ApiError(404)
    return feature
