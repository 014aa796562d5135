"""The sandbox's store as its buyers and people use it, and as a watcher sees that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.sandbox import Sandbox
from sandbox.world.fresh import FLAWS
from sandbox.world.identifier import ean, gtin
from tests.sandbox.store_kit import Shop

SHORT = "only_short_fields=1&get_features=0&get_icon=0&get_detailed=0&get_additional=0&items_per_page=0"
"""How a watcher asks for all."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=5, other_orders=0, products=30) as running:
        yield running


@pytest.fixture(scope="module")
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox.store, sandbox.faults, sandbox.ledger, sandbox.store_url)


def swept(shop: Shop) -> dict[str, dict[str, Any]]:
    return {row["product_code"]: row for row in shop.get(f"/api/products?{SHORT}")["products"]}


def recent(shop: Shop) -> list[str]:
    """Codes of what was updated within an hour, the newest first."""
    query = "updated_in_hours=1&sort_by=updated_timestamp&sort_order=desc&items_per_page=0"
    return [row["product_code"] for row in shop.get(f"/api/products?{query}")["products"]]


def test_what_is_sold_in_the_store_changes_no_time_but_an_order_is_new(sandbox: Sandbox, shop: Shop) -> None:
    sku = sandbox.world.products[0].sku
    before, since = int(swept(shop)[sku]["amount"]), sandbox.store.now() - 1
    sold = sandbox.sell(sku, 3)
    assert int(swept(shop)[sku]["amount"]) == sold["amount"] == before - 3
    assert sku not in recent(shop)
    orders = shop.get(f"/api/orders?no_issuer=1&updated_at_from={since}")["orders"]
    assert [one["order_id"] for one in orders] == [str(sold["order_id"])]
    assert not sandbox.audit().stray and not sandbox.audit().stock_wrong
    with pytest.raises(ValueError, match="cannot be sold"):
        sandbox.sell(sku, 10**6)


def test_an_edit_is_seen_by_its_time_unless_it_leaves_none(sandbox: Sandbox, shop: Shop) -> None:
    loud, quiet = (product.sku for product in sandbox.world.products[1:3])
    sandbox.edit_product(quiet, {"price": "1.5", "amount": -3}, silent=True)
    assert recent(shop) == []
    assert (swept(shop)[quiet]["price"], swept(shop)[quiet]["amount"]) == ("1.50", "-3")
    sandbox.edit_product(loud, {"product": "Renamed", "status": "D", "features": {"Brand": "Other"}})
    assert recent(shop) == [loud]
    row = shop.get(f"/api/products/{sandbox.world.products[1].product_id}")
    assert [one["variant"] for one in row["product_features"].values()] == ["Other"]
    assert [swept(shop)[loud][name] for name in ("product", "status")] == ["Renamed", "D"]
    with pytest.raises(ValueError, match="cannot be changed"):
        sandbox.edit_product(loud, {"colour": "red"})


def test_products_vanish_without_a_word(sandbox: Sandbox, shop: Shop) -> None:
    before = swept(shop)
    deleted = sandbox.delete_products([sandbox.world.products[5].product_id], share=0.3)
    assert len(set(deleted)) == len(deleted) and len(deleted) in (9, 10)
    assert swept(shop).keys() == before.keys() - set(deleted)


def test_new_products_have_what_an_export_needs_and_some_are_flawed(sandbox: Sandbox, shop: Shop) -> None:
    listed, known = set(swept(shop)), sandbox.amazon.listings
    skus = sandbox.add_fresh(20, bad=0.5, known=2)
    assert swept(shop).keys() == listed | set(skus)
    assert sorted(sandbox.flaws().values()) == sorted([*FLAWS, FLAWS[0]])
    assert all(not known.is_listed(sandbox.amazon.accounts[0], sku) for sku in skus)
    family, items, plain = sandbox.fresh[0], sandbox.fresh[4], sandbox.fresh[-1]
    assert ean(items.product.asin) == items.number and known.asin_of(items.number) == items.product.asin
    assert gtin(plain.number) and known.asin_of(plain.number) is None
    (group,) = shop.get("/api/product_variations_groups")["groups"]
    codes = {row["product_id"]: code for code, row in swept(shop).items()}
    assert [codes[str(one["product_id"])] for one in group["products"]] == skus[:4]
    row = shop.get(f"/api/products/{group['products'][0]['product_id']}")
    told = {one["description"]: one.get("variant") or one["value"] for one in row["product_features"].values()}
    assert told == family.features
    assert row["main_pair"]["detailed"]["image_path"].endswith(".jpg")
    assert sandbox.add_fresh(1)[0] not in skus
