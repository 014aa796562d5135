"""Whole products: their shapes as read, and what is sent to make, change and picture them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.cscart import product_writes
from core.cscart.product_writes import FeatureValue
from core.cscart.transport import StoreClient
from core.errors import OutcomeUnknown, Rejected
from core.http import Http
from tests.clients.store_kit import Shop, client, product, product_list

ONE = "GET /api/2.1/products/12"
LIST = "GET /api/2.1/products"


def pair(path: str) -> dict[str, Any]:
    return {"pair_id": "1", "detailed_id": "9", "detailed": {"image_path": path}}


def whole(number: int = 12, **changes: Any) -> dict[str, Any]:
    return product(number, f"SKU-{number}", full_description="<p>Shines</p>", box_length="12", **changes)


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


def test_a_whole_product(store: StoreClient, shop: Shop) -> None:
    values = {
        "5": {
            "feature_id": "5",
            "feature_type": "S",
            "variant_id": "8",
            "variants": {"8": {"variant_id": "8", "variant": "Red"}},
        },
        "6": {
            "feature_type": "M",
            "variants": [
                {"variant_id": "1", "variant": "In", "selected": "1"},
                {"variant_id": "2", "variant": "Out", "selected": None},
            ],
        },
        "7": {"feature_type": "T", "value": "Glass"},
        "8": {"feature_type": "O", "value_int": "4.50", "value": ""},
        "9": {"feature_type": "E", "variant_id": "0"},
        "10": {"feature_type": "G", "subfeatures": {"11": {"feature_type": "C", "value": "Y"}}},
        "12": "?",
    }
    shop.on(
        ONE,
        whole(
            product_features=values,
            main_pair=pair("https://shop.example/images/detailed/1/Front%20view.JPG"),
            image_pairs={"4": pair("images/b.jpg"), "5": {"detailed_id": "3", "detailed": []}, "6": [], "7": {}},
            variation_group_id="3",
            parent_product_id="0",
        ),
    )
    found = product_writes.get(store, 12)
    assert found is not None
    assert found.features == {
        5: FeatureValue(("Red",), "8"),
        6: FeatureValue(("In",), ["1"]),
        7: FeatureValue(("Glass",), "Glass"),
        8: FeatureValue(("4.50",), "4.50"),
        11: FeatureValue(("Y",), "Y"),
    }
    assert (found.main_image, found.images) == ("front view", ("b", "?"))
    assert (found.group_id, found.parent_id, found.weight) == (3, None, Decimal("0.500"))
    assert found.sides == {"box_length": Decimal(12)} and found.description == "<p>Shines</p>"


def test_a_product_with_nothing(store: StoreClient, shop: Shop) -> None:
    shop.on(ONE, product(12, "X", product_features=[], main_pair=[], image_pairs=[], weight=None))
    found = product_writes.get(store, 12)
    assert found is not None
    assert (found.features, found.main_image, found.images, found.group_id) == ({}, "", (), None)


def test_one_that_is_not_there_is_none_and_other_refusals_are_raised(store: StoreClient, shop: Shop) -> None:
    assert product_writes.get(store, 12) is None
    shop.on(ONE, (403, {"message": "Forbidden"}))
    with pytest.raises(Rejected):
        product_writes.get(store, 12)


def test_fifty_whole_products_per_call_with_all_that_there_is(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, product_list([whole(number) for number in range(1, 121)]))
    # The mock gives out every product at each call, as a store that ignores the filter does.
    found = product_writes.get_many(store, [3, 7])
    assert sorted(found) == [3, 7] and len(shop.calls) == 1
    asked = dict(shop.calls[0].query)
    extended = {value for name, value in shop.calls[0].query if name == "extend[]"}
    assert (asked["pid"], asked["get_features"]) == ("3,7", "1") and extended >= {"full_description", "description"}
    product_writes.get_many(store, range(1, 121))
    assert len(shop.calls) == 4


def test_pictures_are_sent_as_maps_whole_or_in_parts(store: StoreClient, shop: Shop) -> None:
    shop.on("PUT /api/2.1/products/12", {"product_id": "12"})
    product_writes.write_images(store, 12, main="https://a/1.jpg", additional=["https://a/2.jpg"], patience=5)
    product_writes.write_images(store, 12, main="https://a/1.jpg", patience=5)
    product_writes.write_images(store, 12, additional=[], patience=5)
    assert [call.body for call in shop.writes()] == [
        {
            "main_pair": {"detailed": {"image_path": "https://a/1.jpg"}},
            "image_pairs": {"1": {"detailed": {"image_path": "https://a/2.jpg"}, "position": 10}},
        },
        {"main_pair": {"detailed": {"image_path": "https://a/1.jpg"}}},
        {"image_pairs": {}},
    ]


def test_making_and_deleting(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/products", (201, {"product_id": 31}))
    assert product_writes.create(store, {"product": "Lamp", "price": "1"}) == 31
    shop.on("POST /api/2.1/products", (201, {}))
    with pytest.raises(OutcomeUnknown):
        product_writes.create(store, {"product": "Lamp", "price": "1"})
    product_writes.delete(store, 31)  # it is gone already: 404
    shop.on("DELETE /api/2.1/products/31", (403, {"message": "Forbidden"}))
    with pytest.raises(Rejected):
        product_writes.delete(store, 31)
