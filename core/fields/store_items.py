"""Products of the store as the field mapping reads them, from the answers of its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from core.cscart import shapes
from core.cscart.transport import StoreClient
from core.fields.plan.store_item import ItemFeature, StoreItem

_BRAND, _GROUP, _CHECKBOX = "E", "G", "C"
_NUMBERS = ("O", "N")
_FEATURES = (("get_features", 1),)


def read_product(client: StoreClient, product_id: int) -> Mapping[str, Any]:
    """The store's answer for a product, with features and images; one call. Raises Rejected when there is none."""
    return client.get(f"products/{product_id}", _FEATURES)


def item_of(body: Mapping[str, Any], currency: str) -> StoreItem:
    """A product from the store's answer; what cannot be read of it is left out."""
    return StoreItem(
        product_id=shapes.integer(body.get("product_id")) or 0,
        sku=shapes.text(body.get("product_code")).strip(),
        name=shapes.text(body.get("product")),
        price=_amount(body.get("price")),
        amount=shapes.integer(body.get("amount")) or 0,
        currency=currency,
        texts={name: told for name, value in body.items() if (told := shapes.text(value))},
        images=tuple(_images(body)),
        features=tuple(_features(body.get("product_features"))),
    )


def document_of(item: StoreItem) -> dict[str, Any]:
    """A product as JSON."""
    return {**asdict(item), "price": str(item.price)}


def read_document(document: Mapping[str, Any]) -> StoreItem:
    """The product of such a document, whatever else stands in it."""
    told = {one.name: document[one.name] for one in fields(StoreItem)}
    features = tuple(ItemFeature(**{**one, "values": tuple(one["values"])}) for one in document["features"])
    return StoreItem(
        **{**told, "price": Decimal(document["price"]), "images": tuple(document["images"]), "features": features}
    )


def category_of(body: Mapping[str, Any]) -> int | None:
    """The main category of a product."""
    numbers = map(shapes.integer, shapes.mapping(body.get("category_ids")).values())
    return shapes.integer(body.get("main_category")) or next((number for number in numbers if number), None)


def company_of(body: Mapping[str, Any]) -> int | None:
    """The vendor or storefront whose product it is."""
    return shapes.integer(body.get("company_id"))


def _amount(value: Any) -> Decimal:
    try:
        return shapes.amount(value)
    except ValueError:
        return Decimal(0)


def _images(body: Mapping[str, Any]) -> Iterator[str]:
    """Addresses of the images, the main one first, the others by their position."""
    others = [pair for pair in shapes.mapping(body.get("image_pairs")).values() if isinstance(pair, Mapping)]
    others.sort(key=lambda pair: shapes.integer(pair.get("position")) or 0)
    seen = set()
    for pair in (shapes.mapping(body.get("main_pair")), *others):
        image = shapes.mapping(pair.get("detailed")) or shapes.mapping(pair.get("icon"))
        paths = (image.get(name) for name in ("https_image_path", "http_image_path", "image_path"))
        address = next((shapes.text(path) for path in paths if shapes.text(path)), "")
        if address and address not in seen:
            seen.add(address)
            yield address


def _features(value: Any) -> Iterator[ItemFeature]:
    for number, told in shapes.mapping(value).items():
        feature = shapes.mapping(told) if isinstance(told, Mapping) else {"value": told}
        kind = shapes.text(feature.get("feature_type"))
        if kind == _GROUP:
            yield from _features(feature.get("subfeatures"))
            continue
        feature_id = shapes.integer(feature.get("feature_id", number))
        name = next((shapes.name(feature.get(key)) for key in _NAMES if feature.get(key)), "")
        values = tuple(dict.fromkeys(_values(feature, kind)))
        if feature_id is not None and values:
            yield ItemFeature(feature_id, name, values, kind)


_NAMES = ("description", "internal_name", "feature")


def _values(feature: Mapping[str, Any], kind: str) -> Iterator[str]:
    """The values by name; a number with what the store writes before and behind it."""
    variants = [variant for variant in shapes.mapping(feature.get("variants")).values() if isinstance(variant, Mapping)]
    chosen = shapes.text(feature.get("variant_id"))
    picked = [one for one in variants if one.get("selected") or (chosen and str(one.get("variant_id")) == chosen)]
    of_all = picked or ([] if chosen else variants)
    told = [shapes.text(one.get("variant")) for one in of_all] or [shapes.text(feature.get("variant"))]
    if not any(told):
        told = [shapes.text(feature.get(name)) for name in ("value_int", "value") if feature.get(name) is not None][:1]
    for word in told:
        if not word or (kind == _CHECKBOX and word != "Y"):
            continue
        around = (shapes.text(feature.get("prefix")), word, shapes.text(feature.get("suffix")))
        yield " ".join(part for part in around if part) if kind in _NUMBERS else word
