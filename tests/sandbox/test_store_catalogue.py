"""The sandbox's store when products are written: features, groups of variations, pictures, and its traps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.product_audit import audit_products
from tests.sandbox.store_kit import LAMP, MUG, Shop, open_shop

VARIES = "group_variation_catalog_item"


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as served:
        yield served


def made(shop: Shop, name: str, **body: Any) -> int:
    answer = shop.call("POST", "/api/products", {"product": name, "product_code": name, "price": "5", **body})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["product_id"])


def feature(shop: Shop, name: str, kind: str = "S", **body: Any) -> int:
    answer = shop.call("POST", "/api/features", {"description": name, "feature_type": kind, "company_id": 1, **body})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["feature_id"])


def put(shop: Shop, number: int, **body: Any) -> None:
    assert shop.call("PUT", f"/api/products/{number}", body).status_code == 200


def values(shop: Shop, number: int) -> dict[str, Any]:
    found: Any = shop.get(f"/api/products/{number}")["product_features"]
    return {one["description"]: one.get("variant") or one["value"] for one in found.values()} if found else {}


def coloured(shop: Shop, colour: int, name: str, value: str) -> int:
    body = {"product_features": {str(colour): ""}, "add_new_variant": {str(colour): {"variant": value}}}
    return made(shop, name, **body)


def test_features_are_made_listed_and_repeat_their_last_page(shop: Shop) -> None:
    assert shop.call("POST", "/api/features", {"description": "X", "feature_type": "S"}).status_code == 400
    first, second = feature(shop, "Page 1"), feature(shop, "Page 2")
    one = shop.get("/api/features?description=page&items_per_page=1&page=2&variants=1")
    beyond = shop.get("/api/features?description=page&items_per_page=1&page=9&variants=1")
    assert one["features"] == beyond["features"] and one["features"][0]["feature_id"] == str(second)
    assert one["params"]["total_items"] == "2" and first != second


def test_a_variant_is_made_by_name_once_and_a_write_of_variants_deletes_the_others(shop: Shop) -> None:
    colour = feature(shop, "Colour 2")
    one, two = coloured(shop, colour, "V-1", "Red"), coloured(shop, colour, "V-2", "RED")
    assert len(shop.store.features[colour].variants) == 1
    three = coloured(shop, colour, "V-3", "Blue")
    kept = shop.store.features[colour]
    blue = next(number for number, text in kept.variants.items() if text == "Blue")
    answer = shop.call("PUT", f"/api/features/{colour}", {"variants": {"0": {"variant_id": blue, "variant": "Blue"}}})
    assert answer.status_code == 200 and list(kept.variants) == [blue]
    assert values(shop, one) == values(shop, two) == {} and values(shop, three) == {"Colour 2": "Blue"}


def test_a_feature_that_is_not_for_the_category_is_dropped_without_a_word(shop: Shop) -> None:
    narrow = feature(shop, "Narrow", "T", categories_path="10")
    number = made(shop, "W-1", category_ids=[11], product_features={str(narrow): "x"})
    assert values(shop, number) == {}
    put(shop, number, category_ids=[10], product_features={str(narrow): "x"})
    assert values(shop, number) == {"Narrow": "x"}
    put(shop, number, product_features=["x", "y"])  # of a list the first line is lost
    assert values(shop, number) == {"Narrow": "x"}


def test_pictures_are_deleted_before_the_download_and_a_failure_is_not_told(shop: Shop) -> None:
    number = made(shop, "P-1", main_pair={"detailed": {"image_path": "https://a/1.jpg"}})
    pairs = {
        "1": {"detailed": {"image_path": "https://a/2.jpg"}},
        "2": {"detailed": {"image_path": "https://a/bad.jpg"}},
    }
    shop.store.options.failing_images["bad"] = 1
    put(shop, number, image_pairs=pairs)
    shown = shop.get(f"/api/products/{number}")
    assert shown["main_pair"]["detailed"]["image_path"].endswith("/1.jpg") and len(shown["image_pairs"]) == 1
    shop.store.options.failing_images["1.jpg"] = -1
    put(shop, number, main_pair={"detailed": {"image_path": "https://a/1.jpg"}})
    shown = shop.get(f"/api/products/{number}")
    assert shown["main_pair"]["detailed"]["image_path"].endswith("/2.jpg") and shown["image_pairs"] == []
    put(shop, number, removed_image_pair_ids=[shown["main_pair"]["pair_id"]])
    assert shop.get(f"/api/products/{number}")["main_pair"] == []


def test_pictures_take_their_time_within_the_call(shop: Shop) -> None:
    shop.store.options.image_seconds = 0.05
    began = time.monotonic()
    made(shop, "P-2", image_pairs={str(n): {"detailed": {"image_path": f"https://a/s{n}.jpg"}} for n in range(1, 4)})
    assert time.monotonic() - began > 0.15
    shop.store.options.image_seconds = 0


def test_a_group_writes_its_first_product_over_the_others(shop: Shop) -> None:
    colour, note = feature(shop, "Colour G", purpose=VARIES), feature(shop, "Note G", "T")
    first, second = coloured(shop, colour, "G-1", "Red"), coloured(shop, colour, "G-2", "Blue")
    put(shop, first, product_features={str(note): "one"})
    put(shop, second, product_features={str(note): "two"}, amount=9)
    body = {"product_ids": [first, second], "code": "amz-g", "features": [{"feature_id": colour, "purpose": VARIES}]}
    answer = shop.call("POST", "/api/product_variations_groups", body)
    assert answer.status_code == 201 and answer.json()["products_status"] == {str(first): 1, str(second): 1}
    assert shop.get(f"/api/products/{second}")["product"] == "G-1"
    assert values(shop, second) == {"Note G": "one", "Colour G": "Blue"}
    assert shop.store.products[second].amount == 9
    put(shop, second, product="G-2")
    assert shop.get(f"/api/products/{second}")["product"] == "G-2"
    put(shop, first, amount=4)  # saved for whatever reason
    assert shop.get(f"/api/products/{second}")["product"] == "G-1"
    assert shop.call("POST", "/api/product_variations_groups", body).status_code == 200
    assert shop.get("/api/product_variations_groups/amz-g")["id"] == answer.json()["id"]


def test_what_does_not_fit_into_a_group_is_told_by_a_number(shop: Shop) -> None:
    colour = feature(shop, "Colour H", purpose=VARIES)
    first, same = coloured(shop, colour, "H-1", "Red"), coloured(shop, colour, "H-2", "Red")
    without, foreign = made(shop, "H-3"), made(shop, "H-4", company_id=2)
    body = {"product_ids": [first, same, without, foreign], "features": [{"feature_id": colour, "purpose": VARIES}]}
    answer = shop.call("POST", "/api/product_variations_groups", body).json()
    assert list(answer["products_status"].values()) == [1, 254, 255, 253]
    joined = coloured(shop, colour, "H-5", "Blue")
    assert (
        shop.call("PUT", f"/api/product_variations/{joined}", {"variation_group_id": answer["id"]}).status_code == 200
    )
    path = f"/api/product_variations/{joined}"
    assert shop.call("POST", f"{path}/set_default_product_variation", {"product_id": joined}).status_code == 201
    found = shop.get(f"/api/product_variations_groups?product_ids[]={first}")["groups"][0]
    assert [one["product_id"] for one in found["products"]] == [joined, first]
    assert shop.call("POST", f"{path}/detach_product_variation", {"product_id": joined}).status_code == 201
    assert shop.call("DELETE", f"/api/products/{first}").status_code == 204
    assert answer["id"] not in shop.store.groups
    assert made(shop, "H-6") > joined  # numbers never come back


def test_the_audit_tells_what_is_missing_doubled_and_wrong(shop: Shop) -> None:
    good = {"LAMP-1": {"name": "Lamp", "price": "20.00", "images": [], "features": {}}}
    assert audit_products(shop.store, good).ok
    asked = good | {"MUG+LID": {"name": "Mug", "features": {"Colour": ["Red"]}}, "NONE": {}}
    found = audit_products(shop.store, asked)
    assert (found.ok, found.right, found.missing) == (False, 1, ["NONE"])
    assert [what.partition(" ")[0] for _, what in found.wrong] == ["name", "feature"]
    double = made(shop, "lamp-1")
    assert audit_products(shop.store, good).doubled == {"lamp-1": [LAMP, double]}
    assert shop.call("DELETE", f"/api/products/{double}").status_code == 204
    assert MUG in shop.store.products
