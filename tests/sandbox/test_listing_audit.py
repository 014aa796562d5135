"""The audit of exports finds what is missing, wrong, sent twice, or sent where it must not be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.category import CATEGORIES
from sandbox.world.fresh import Fresh
from tests.sandbox.listing_kit import GERMANY, PREVIEW, WORDS, Seller, listing, patch, price, units

COUNT = 12


def body(sandbox: Sandbox, one: Fresh, **changes: Any) -> dict[str, Any]:
    """The PUT of one of the store's new products."""
    product = next(row for row in sandbox.store.products.values() if row.product_code == one.product.sku)
    told = {
        "item_name": [{"value": one.product.title, **WORDS}],
        "brand": [{"value": one.brand, **WORDS}],
        "country_of_origin": [{"value": one.country}],
        "externally_assigned_product_identifier": [{"type": "ean", "value": one.number}],
        "main_product_image_locator": [{"media_location": product.images[0].address}],
        "purchasable_offer": [price(float(one.product.price))],
        "fulfillment_availability": [units(product.amount)],
    }
    kind = CATEGORIES[one.product.category_id].product_type
    return listing(0, **told | changes) | {"productType": kind}


@pytest.fixture
def seller() -> Iterator[Seller]:
    """One who has listed all new products as they should be."""
    with Sandbox(orders=1, other_orders=0, products=40, quota_scale=0) as sandbox:
        sandbox.add_fresh(COUNT)
        seller = Seller(sandbox)
        assert len(sandbox.audit_listings().missing) == COUNT
        for one in sandbox.fresh:
            assert seller.put(one.product.sku, body(sandbox, one))["status"] == "ACCEPTED"
        yield seller


def test_all_are_exact_however_they_came_there(seller: Seller) -> None:
    first = seller.sandbox.fresh[0].product.sku
    seller.sandbox.sell(first)
    assert seller.sandbox.audit_listings().wrong[0][0] == first
    left = seller.stock(first)["DEFAULT"]
    assert left is not None
    seller.feed(
        {
            "sku": first,
            "operationType": "PATCH",
            "productType": "PRODUCT",
            "patches": [patch("fulfillment_availability", units(left - 1))],
        }
    )
    seller.wait(60)
    found = seller.sandbox.audit_listings()
    assert (found.ok, found.expected, found.exact) == (True, COUNT, COUNT)
    assert found.routes == {"put": COUNT, "feed": 1}
    assert not seller.sandbox.audit_listings({"price_factor": "1.1"}).ok
    assert not seller.sandbox.audit_listings({"buffer": 1}).ok


def _wrong(seller: Seller, sku: str) -> None:
    seller.patch(sku, patch("brand", {"value": "Another", **WORDS}))


def _missing(seller: Seller, sku: str) -> None:
    seller.call("DELETE", sku)


def _stray(seller: Seller, sku: str) -> None:
    seller.put(f"{sku}-2", listing(77))


def _twice(seller: Seller, sku: str) -> None:
    for _ in range(2):
        seller.patch(sku, patch("fulfillment_availability", units(5)))


def _of_the_world(seller: Seller, *, by_merchant: bool) -> str:
    account = seller.sandbox.amazon.accounts[0]
    listings = seller.sandbox.amazon.listings.listings(account, account.marketplaces[0])
    return next(one.sku for one in listings if one.by_merchant == by_merchant and one.handling_days)


def _fba(seller: Seller, sku: str) -> None:
    seller.patch(_of_the_world(seller, by_merchant=False), patch("fulfillment_availability", units(5)))


def _draft(seller: Seller, sku: str) -> None:
    seller.sandbox.set_application("private", {"draft": True})
    seller.put("PREVIEW", listing(78), **PREVIEW)
    seller.patch(sku, patch("condition_type", {"value": "new_new", "marketplace_id": GERMANY}))


def _lost(seller: Seller, sku: str) -> None:
    seller.patch(_of_the_world(seller, by_merchant=True), patch("fulfillment_availability", units(5)))


def _nothing(seller: Seller, sku: str) -> None:
    seller.patch("NOWHERE", patch("fulfillment_availability", units(5)))


@pytest.mark.parametrize(
    ("harm", "names"),
    [
        (_wrong, {"wrong"}),
        (_missing, {"missing"}),
        (_stray, {"stray"}),
        (_twice, {"wrong", "sent_twice"}),
        (_fba, {"to_amazons_stock"}),
        (_draft, {"by_drafts"}),
        (_nothing, {"to_nothing"}),
        (_lost, {"lost"}),
    ],
)
def test_what_is_not_right_is_found(seller: Seller, harm: Callable[[Seller, str], None], names: set[str]) -> None:
    harm(seller, seller.sandbox.fresh[5].product.sku)
    found = seller.sandbox.audit_listings()
    lists = ("missing", "stray", "wrong", "sent_twice", "to_amazons_stock", "by_drafts", "to_nothing", "lost")
    assert not found.ok and {name for name in lists if getattr(found, name)} == names


def test_what_comes_late_or_again_after_a_loss_was_not_sent_twice(seller: Seller) -> None:
    sku, faults = seller.sandbox.fresh[6].product.sku, seller.sandbox.faults
    amount = seller.stock(sku)["DEFAULT"]
    assert amount is not None
    change, back = (patch("fulfillment_availability", units(one)) for one in (amount + 1, amount))
    faults.add(Rule("amazon", "listing", "swallowed"))
    for one in (change, change, back, change):
        seller.patch(sku, one)
    faults.add(Rule("amazon", "feed", "stuck", seconds=3600))
    seller.feed({"sku": sku, "operationType": "PATCH", "productType": "PRODUCT", "patches": [back]})
    seller.patch(sku, back)
    seller.wait(4000)
    found = seller.sandbox.audit_listings()
    assert (found.ok, found.overtaken) == (True, 1)
