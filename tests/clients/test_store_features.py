"""Features, languages and groups of variations: pages that repeat their end, odd shapes, and what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from core.cscart import features, languages, variations
from core.cscart.features import Feature
from core.cscart.lookups import Lookup
from core.cscart.transport import StoreClient
from core.cscart.variations import Group
from core.errors import OutcomeUnknown
from core.http import Http
from tests.clients.store_kit import Shop, client, keyed, listed, paged

FEATURES = "GET /api/2.1/features"
GROUPS = "GET /api/2.1/product_variations_groups"
MAKE_GROUP = "POST /api/2.1/product_variations_groups"


def feature(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "feature_id": str(number),
        "description": f" Feature {number} ",
        "feature_type": "S",
        "purpose": "find_products",
        "company_id": "0",
        "categories_path": "",
        "status": "A",
        "variants": [],
        **changes,
    }


def group(number: int, products: dict[int, int], **changes: Any) -> dict[str, Any]:
    rows = [{"product_id": one, "parent_product_id": parent} for one, parent in products.items()]
    return {"id": number, "code": f"PV-{number}", "features": [{"feature_id": "5"}], "products": rows, **changes}


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


def test_features_are_read_with_one_call_per_hundred(store: StoreClient, shop: Shop) -> None:
    shop.on(FEATURES, paged("features", [feature(number) for number in range(1, 251)]))
    found = features.everything(store)
    assert (len(found.rows), found.whole, len(shop.calls)) == (250, True, 3)
    assert shop.calls[0].get("variants") == "1"


def test_a_list_of_features_that_repeats_its_last_page_without_a_total_ends(store: StoreClient, shop: Shop) -> None:
    shop.on(FEATURES, lambda call: listed("features", [feature(1), feature(2)]))
    assert len(features.everything(store).rows) == 2
    assert len(shop.calls) == 2


def test_a_list_of_features_that_holds_less_than_it_tells_is_not_whole(store: StoreClient, shop: Shop) -> None:
    shop.on(FEATURES, lambda call: listed("features", [feature(1)], 2))
    assert features.everything(store).whole is False


@pytest.mark.parametrize("as_map", [True, False], ids=["keyed", "list"])
def test_a_feature_with_its_variants(as_map: bool, store: StoreClient, shop: Shop) -> None:
    variants = [{"variant_id": "8", "variant": "Red"}, {"variant_id": 9, "variant": "Blue"}, {"variant": "?"}, "?"]
    row = feature(
        4,
        feature_type="E",
        purpose="group_variation_catalog_item",
        categories_path="12,x,15",
        variants={str(number): one for number, one in enumerate(variants)} if as_map else variants,
    )
    shop.on(FEATURES, listed("features", keyed([row], "feature_id"), 1))
    (found,) = features.everything(store).rows
    assert found == Feature(
        4, "Feature 4", "E", "group_variation_catalog_item", 0, (12, 15), True, {8: "Red", 9: "Blue"}
    )
    assert found.varies


def test_features_of_a_name_are_exactly_of_that_name(store: StoreClient, shop: Shop) -> None:
    rows = [feature(1, description="colour  map"), feature(2, description="Colour"), feature(3, description="COLOUR ")]
    shop.on(FEATURES, listed("features", [*rows, {"description": "Colour"}], 3))
    assert [one.feature_id for one in features.named(store, "Colour")] == [2, 3]
    assert shop.calls[0].get("description") == "Colour"


def test_a_feature_is_made_for_all_categories_and_without_variants(store: StoreClient, shop: Shop) -> None:
    shop.on("POST /api/2.1/features", (201, {"feature_id": "7"}))
    made = features.create(store, "Colour", kind="S", purpose=features.VARIATIONS, company_id=2)
    assert (made.feature_id, made.varies, made.company_id) == (7, True, 2)
    (call,) = shop.writes()
    assert call.body["company_id"] == 2 and call.body["categories_path"] == "" and "variants" not in call.body
    shop.on("POST /api/2.1/features", (201, {}))
    with pytest.raises(OutcomeUnknown):
        features.create(store, "Colour", kind="S", purpose=features.FILTERS)


def test_languages_come_keyed_by_code(store: StoreClient, shop: Shop) -> None:
    rows = [
        {"lang_id": "1", "lang_code": "de", "name": "Deutsch", "status": "A"},
        {"lang_id": "2", "lang_code": "el", "name": "", "status": "D"},
        {"lang_id": "3", "lang_code": ""},
    ]
    shop.on("GET /api/2.1/languages", listed("languages", keyed(rows, "lang_code")))
    assert languages.languages(store) == [Lookup("de", "Deutsch", True), Lookup("el", "el", False)]


# -- groups of variations -------------------------------------------------------------------------------------------


def test_groups_of_products(store: StoreClient, shop: Shop) -> None:
    shop.on(GROUPS, lambda call: listed("groups", [group(3, {10: 0, 11: 10}), group(4, {99: 0}), {"code": "?"}], 3))
    assert variations.of_products(store, [11, 12]) == [Group(3, "PV-3", (5,), {10: 0, 11: 10})]
    assert [value for name, value in shop.calls[0].query if name == "product_ids[]"] == ["11", "12"]


def test_a_hundred_products_per_call_and_a_group_that_many_of_them_share_comes_once(
    store: StoreClient, shop: Shop
) -> None:
    big = group(3, dict.fromkeys(range(1, 251), 0))
    shop.on(GROUPS, paged("groups", [big]))
    assert len(variations.of_products(store, range(1, 251))) == 1
    assert len(shop.calls) == 3


def test_what_is_not_taken_into_a_group_is_told(store: StoreClient, shop: Shop) -> None:
    shop.on(MAKE_GROUP, (201, {"id": "6", "products_status": {"1": 1, "2": "254", "3": 0, "x": 255}}))
    made = variations.create(store, [1, 2, 3], code="amz-x", feature_ids=[5])
    assert (made.group_id, made.refused) == (6, {2: 254})
    assert shop.writes()[0].body == {
        "product_ids": [1, 2, 3],
        "code": "amz-x",
        "features": [{"feature_id": 5, "purpose": "group_variation_catalog_item"}],
    }


def test_products_that_are_grouped_already_are_answered_otherwise(store: StoreClient, shop: Shop) -> None:
    shop.on(MAKE_GROUP, (200, {"id": 6, "products_status": []}))
    assert variations.create(store, [1], code="amz-x", feature_ids=[5]).refused == {}


@pytest.mark.parametrize("name", ["B0ABC", "123", "Größe/Farbe +", "抹茶", "x" * 90, "a b", "a-b", ""])
def test_a_code_is_never_a_number_and_holds_what_the_store_takes(name: str) -> None:
    code = variations.group_code(name)
    assert not code.isdigit() and set(code) <= set("-_abcdefghijklmnopqrstuvwxyz0123456789") and len(code) < 64
    assert code == variations.group_code(name) != variations.group_code(f"{name} ")
