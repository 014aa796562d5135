"""What happens in the store without the program: buyers buy, people and imports change products, products vanish."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.store import features, variations
from sandbox.store.cart import Lines, add_products, calculate
from sandbox.store.create_order import OPEN
from sandbox.store.model import ZERO, StoreFeature, StoreGroup, StoreImage, StoreOrder, StoreProduct
from sandbox.store.state import Store
from sandbox.store.stock import INCOMPLETE, change_status
from sandbox.world.fresh import Fresh

_TEXTS = ("product", "product_code", "status", "full_description", "short_description")
_DECIMALS = ("price", "list_price", "weight")
_EDITABLE = frozenset((*_TEXTS, *_DECIMALS, "amount", "category_ids"))
_KINDS = {"EAN": "T", "Brand": "E"}
_VARIES = "group_variation_catalog_item"
_VARYING = "Colour"


def find(store: Store, wanted: str | int) -> StoreProduct:
    """A product by its id, or by its code; KeyError where there is none."""
    if isinstance(wanted, int):
        return store.products[wanted]
    found = next((one for one in list(store.products.values()) if one.product_code == wanted), None)
    if found is None:
        raise KeyError(wanted)
    return found


def sell(store: Store, product: StoreProduct, quantity: int) -> StoreOrder:
    """A buyer buys in the store: an order is new there, and no time of the product changes."""
    now = store.now()
    order = StoreOrder(0, product.company_id, INCOMPLETE, now, now)
    order.profile = {"email": "buyer@shop.example", "firstname": "Shop", "lastname": "Buyer"}
    lines = Lines(product.company_id, tax_exempt=False, trims=True)
    add_products(store, lines, {"1": {"product_id": product.product_id, "amount": quantity}})
    order.lines = lines.found
    if sum(line.amount for line in order.lines.values()) != quantity:
        raise ValueError(f"{product.product_code!r} cannot be sold {quantity} times: {product.amount} are there")
    calculate(store, order, ZERO)
    order.order_id = store.new_order_id()
    store.put_order(order)
    change_status(store, order, OPEN, {})
    return order


def edit(store: Store, product: StoreProduct, changes: Mapping[str, Any], *, silent: bool = False) -> None:
    """Somebody changes fields of a product, or features by name; `silent`: as SQL and some imports do, without a time.

    The amount may become negative. ValueError for a field that cannot be changed.
    """
    told = dict(changes)
    named = told.pop("features", {})
    if unknown := sorted(told.keys() - _EDITABLE):
        raise ValueError(f"{unknown[0]} cannot be changed; known are features, {', '.join(sorted(_EDITABLE))}")
    for name, value in told.items():
        if name == "amount":
            # Nobody's order took the difference.
            product.initial_amount += int(value) - product.amount
            value = int(value)
        elif name in _DECIMALS:
            value = Decimal(str(value))
        setattr(product, name, value)
    _give_features(store, product, named)
    if not silent:
        product.updated_timestamp = store.now()
        variations.spread(store, product)


def delete(store: Store, products: Collection[StoreProduct]) -> None:
    """Products vanish, and nothing tells of it."""
    with store.lock:
        for product in products:
            variations.leave(store, product.product_id)
            store.products.pop(product.product_id, None)


def add(store: Store, fresh: Sequence[Fresh], company_id: int) -> list[StoreProduct]:
    """Somebody enters new products, with features, a picture, and their families."""
    made = [_added(store, one, company_id) for one in fresh]
    families: dict[str, list[StoreProduct]] = {}
    for one, product in zip(fresh, made, strict=True):
        if one.family:
            families.setdefault(one.family, []).append(product)
    for members in families.values():
        _group(store, members)
    return made


def _added(store: Store, one: Fresh, company_id: int) -> StoreProduct:
    world = one.product
    with store.lock:
        number = store.new_product_id()
        product = store.new_product(number, world.sku, world.title, world.price, world.amount)
        product.company_id, product.category_ids = company_id, [world.category_id]
        product.full_description = one.description
        store.last_pair_id += 1
        product.images = [StoreImage(store.last_pair_id, one.image(number), main=True)]
        store.products[number] = product
    _give_features(store, product, one.features)
    return product


def _give_features(store: Store, product: StoreProduct, named: Mapping[str, str]) -> None:
    for name, value in named.items():
        number = str(_feature(store, name).feature_id)
        body = {"product_features": {number: value}, "add_new_variant": {number: {"variant": value}}}
        features.write_values(store, product, body)


def _feature(store: Store, name: str) -> StoreFeature:
    with store.lock:
        found = next((one for one in store.features.values() if one.description == name), None)
        if found is None:
            number = store.next_key(store.features)
            purpose = _VARIES if name == _VARYING else "find_products"
            found = store.features[number] = StoreFeature(number, name, _KINDS.get(name, "S"), purpose)
        return found


def _group(store: Store, members: Sequence[StoreProduct]) -> None:
    varying = _feature(store, _VARYING)
    with store.lock:
        number = store.next_key(store.groups)
        ids = [one.product_id for one in members]
        purpose = {varying.feature_id: varying.purpose}
        store.groups[number] = StoreGroup(number, f"PV-{number:06d}", purpose, ids, store.now())
