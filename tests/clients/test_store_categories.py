"""Categories of the store: pages that repeat their end, odd rows, and a vendor's products."""

from __future__ import annotations

from typing import Any

import pytest

from core.cscart import categories
from core.cscart.transport import StoreClient
from core.http import Http
from tests.clients.store_kit import Shop, client, keyed, listed, paged, product

LIST = "GET /api/2.1/categories"


def row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "category_id": str(number),
        "parent_id": "0",
        "id_path": str(number),
        "category": f" Category {number} ",
        "status": "A",
        "position": "10",
        "company_id": "0",
        "product_count": "7",
        **changes,
    }


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


def test_a_list_is_read_with_one_call_per_thousand(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, paged("categories", [row(number) for number in range(1, 2_501)]))
    found = categories.everything(store)
    assert (len(found.rows), found.whole, len(shop.calls)) == (2_500, True, 3)
    assert vars(found.rows[0]) == {
        "category_id": 1,
        "parent_id": 0,
        "name": "Category 1",
        "position": 10,
        "status": "A",
        "company_id": 0,
        "products": 7,
    }


def test_a_list_without_a_total_that_repeats_its_last_page_ends(store: StoreClient, shop: Shop) -> None:
    rows = [row(number) for number in range(1, 13)]
    shop.on(LIST, lambda call: listed("categories", rows))
    found = categories.everything(store)
    assert (len(found.rows), found.whole, len(shop.calls)) == (12, True, 2)


def test_a_list_that_holds_less_than_it_tells_is_not_whole(store: StoreClient, shop: Shop) -> None:
    shop.on(LIST, lambda call: listed("categories", [row(1)], 3))
    assert categories.everything(store).whole is False


def test_odd_rows_are_read_as_far_as_they_go(store: StoreClient, shop: Shop) -> None:
    odd = [row(3, category=None, product_count=None, parent_id="x", company_id=None), row(4) | {"category_id": "no"}]
    shop.on(LIST, listed("categories", keyed(odd, "category_id"), 1))
    (found,) = categories.everything(store).rows
    assert (found.category_id, found.name, found.products, found.parent_id) == (3, "Category 3", 0, 0)


def test_a_vendors_products_are_counted_and_no_others(store: StoreClient, shop: Shop) -> None:
    rows = [
        product(1, "A", company_id="2", category_ids=["10", 11]),
        product(2, "B", company_id="2", category_ids={"1": "10"}),
        product(3, "C", company_id="1", category_ids=["10"]),
        product(4, "D", company_id="2", category_ids=[]),
    ]
    shop.on("GET /api/2.1/products", paged("products", rows))
    assert categories.count_products(store, 2) == {10: 2, 11: 1}
    assert shop.calls[0].get("company_id") == "2"
