"""Whole products: read with their texts, features and pictures, created, changed and deleted.

Traps absorbed here (facts: CS-Cart REST API "Products", "Images", "Features"): maps come as lists when they are empty;
rows of lists may lack features and pictures that a single read shows; a success does not tell what was not taken. The
store downloads pictures within the call, deletes the old ones before, and answers 200 although a download failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from core.cscart import shapes
from core.cscart.features import ONE_OF, SOME_OF
from core.cscart.in_parts import id_size, in_parts
from core.cscart.products import ProductRow, read_row
from core.cscart.transport import Params, StoreClient
from core.errors import OutcomeUnknown, Rejected

WHOLE_PER_CALL = 50
"""Whole products of a page: each costs the store more than fifty short ones."""
_LAST_MOMENT = 2**32 - 1
"""Unix seconds that the store's column holds."""
_WHOLE: Params = (
    ("extend[]", "full_description"),
    ("extend[]", "description"),
    ("extend[]", "search_words"),
    ("extend[]", "meta_data"),
    ("extend[]", "page_title"),
    ("extend[]", "promo_text"),
    ("get_features", 1),
    ("get_additional", 1),
    ("get_detailed", 1),
    ("get_variation_info", 1),
)


@dataclass(frozen=True)
class FeatureValue:
    """What a product has of a feature: as text for people and comparisons, and as it is written."""

    texts: tuple[str, ...]
    written: Any


@dataclass(frozen=True)
class StoredProduct:
    """A whole product of the store."""

    row: ProductRow
    description: str
    weight: Decimal
    sides: Mapping[str, Decimal]
    """`box_length`, `box_width` and `box_height` as far as they were told."""
    features: Mapping[int, FeatureValue]
    main_image: str
    """File name of the main picture; empty where there is none."""
    images: tuple[str, ...]
    """File names of the additional pictures."""
    group_id: int | None
    """Of the variation group that it belongs to."""
    parent_id: int | None
    """The product that the store shows for it; None where it is shown itself."""
    changed_at: int
    """Unix seconds of its last save; sales do not count."""


def get(client: StoreClient, product_id: int) -> StoredProduct | None:
    """One product; None for one that does not exist, or not in a readable form. One call."""
    try:
        body = client.get(f"products/{product_id}", (("get_variation_info", 1),))
    except Rejected as error:
        if error.status == 404:
            return None
        raise
    return _read(body)


def get_many(client: StoreClient, product_ids: Sequence[int]) -> dict[int, StoredProduct]:
    """Products by number as far as they exist; one call per 50. Features and pictures may be fewer than there are."""
    found = map(_read, whole_rows(client, product_ids).values())
    return {one.row.product_id: one for one in found if one is not None}


def whole_rows(client: StoreClient, product_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """The same as the store tells them: what a row does not name is not known."""

    def read(wanted: Sequence[int]) -> Iterator[tuple[int, Mapping[str, Any]]]:
        params = (*_WHOLE, ("pid", ",".join(map(str, wanted))), ("items_per_page", WHOLE_PER_CALL))
        for row in shapes.rows(client.get("products", params, large=True), "products"):
            number = shapes.integer(row.get("product_id"))
            if number in wanted and number is not None:
                yield number, row

    return dict(in_parts(list(product_ids), read, most=WHOLE_PER_CALL, size=id_size))


def create(client: StoreClient, body: Mapping[str, Any]) -> int:
    """Make a product; returns its number."""
    number = shapes.integer(client.write("POST", "products", dict(body)).get("product_id"))
    if number is None:
        raise OutcomeUnknown("A product was made without its number being told.", subject=client.access.subject)
    return number


def update(client: StoreClient, product_id: int, body: Mapping[str, Any]) -> None:
    """Change what is named; all else stays."""
    client.write("PUT", f"products/{product_id}", dict(body))


def delete(client: StoreClient, product_id: int) -> None:
    """Delete a product; one that is gone already is as wanted."""
    try:
        client.write("DELETE", f"products/{product_id}", None)
    except Rejected as error:
        if error.status != 404:
            raise


def write_images(
    client: StoreClient,
    product_id: int,
    *,
    main: str | None = None,
    additional: Sequence[str] | None = None,
    patience: float,
) -> None:
    """Let the store download the main picture, all additional ones, or both, in place of those that it has.

    There is no way to add one. `patience` is the real seconds that it may take.
    """
    body: dict[str, Any] = {}
    if main is not None:
        body["main_pair"] = {"detailed": {"image_path": main}}
    if additional is not None:
        # Always a map: of a list the store loses the first line.
        body["image_pairs"] = {
            str(place): {"detailed": {"image_path": address}, "position": place * 10}
            for place, address in enumerate(additional, start=1)
        }
    client.write("PUT", f"products/{product_id}", body, patience=patience)


def file_name(address: str) -> str:
    """The name under which the store keeps a picture from an address, without its ending."""
    return PurePosixPath(unquote(urlsplit(address).path)).stem.casefold()


def _read(body: Mapping[str, Any]) -> StoredProduct | None:
    row = read_row(body)
    if row is None:
        return None
    return StoredProduct(
        row=row,
        description=shapes.text(body.get("full_description")),
        weight=_number(body.get("weight")),
        sides={
            name: _number(body[name])
            for name in ("box_length", "box_width", "box_height")
            if body.get(name) not in (None, "")
        },
        features=dict(_features(shapes.mapping(body.get("product_features")))),
        main_image=_picture(shapes.mapping(body.get("main_pair"))),
        images=_additional(shapes.mapping(body.get("image_pairs"))),
        group_id=shapes.integer(body.get("variation_group_id")) or None,
        parent_id=shapes.integer(body.get("parent_product_id")) or None,
        changed_at=shapes.integer(body.get("updated_timestamp"), _LAST_MOMENT) or 0,
    )


def _number(value: Any) -> Decimal:
    try:
        return shapes.amount(value)
    except ValueError:
        return Decimal(0)


def _features(found: Mapping[str, Any]) -> Iterator[tuple[int, FeatureValue]]:
    """Those that have a value; features within a group of features come as its members."""
    for key, one in found.items():
        if not isinstance(one, Mapping):
            continue
        inner = shapes.mapping(one.get("subfeatures"))
        if inner:
            yield from _features(inner)
            continue
        number = shapes.integer(one.get("feature_id")) or shapes.integer(key)
        value = _value(one)
        if number is not None and value is not None:
            yield number, value


def _value(one: Mapping[str, Any]) -> FeatureValue | None:
    kind = shapes.text(one.get("feature_type"))
    if kind in ONE_OF or kind == SOME_OF:
        known = {
            number: shapes.name(variant.get("variant"))
            for variant in shapes.mapping(one.get("variants")).values()
            if isinstance(variant, Mapping)
            and (number := shapes.integer(variant.get("variant_id"))) is not None
            and variant.get("selected", True)
        }
        chosen = shapes.integer(one.get("variant_id"))
        if kind in ONE_OF:
            if not chosen:
                return None
            return FeatureValue((known.get(chosen) or shapes.name(one.get("variant")),), str(chosen))
        return FeatureValue(tuple(known.values()), [str(number) for number in known]) if known else None
    told = one.get("value_int") if kind in ("O", "D") else one.get("value")
    text = shapes.text(told)
    return FeatureValue((text,), text) if text else None


def _picture(pair: Mapping[str, Any]) -> str:
    """The file name of a picture; of one without a readable path a placeholder, for it is there."""
    detailed = shapes.mapping(pair.get("detailed"))
    path = shapes.text(detailed.get("image_path")) or shapes.text(detailed.get("http_image_path"))
    if path:
        return file_name(path) or "?"
    return "?" if shapes.integer(pair.get("detailed_id")) else ""


def _additional(pairs: Mapping[str, Any]) -> tuple[str, ...]:
    found = (_picture(pair) for pair in pairs.values() if isinstance(pair, Mapping))
    return tuple(name for name in found if name)
