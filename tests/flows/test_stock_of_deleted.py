"""What Amazon is told of the stock of products that leave the store and come back."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.listings import actions as exports
from core.products import undo
from tests.flows import stock_kit
from tests.flows.kit import shop
from tests.flows.stock_kit import Stock
from tests.flows.test_products_import import UNKNOWN, Imports, new


class Deletions(Imports, Stock):
    """A shop whose products leave it and come back."""


@pytest.fixture
def it(home: Path) -> Iterator[Deletions]:
    world = {"orders": 1, "other_orders": 0, "products": 20, "listings": UNKNOWN, "quota_scale": 0}
    with shop(home, settings={"test_clock": stock_kit.FAST, "settle_seconds": 25.0}, **world) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        made = Deletions(found.sandbox, found.workspace, found.channel)
        made.map_categories()
        made.confirm()
        yield made
    vault.close_vault()
    clock.install(None, home)


def test_an_import_that_is_taken_back_leaves_the_stock_at_amazon_as_it_was(it: Deletions) -> None:
    one = next(one for one in new() if one.by_merchant and one.active and one.family is None)
    job = it.import_products(skus=[one.sku])
    it.sync()
    asked = undo.undo_import(it.workspace, LOCAL_ADMIN, job.id, direct=True)
    assert it.run(asked.job_id).counts["updated"] == 1
    for _ in range(3):
        it.sync()
    assert it.at_amazon(one.sku) == (one.price, one.quantity)

    it.import_products(skus=[one.sku])
    it.sync()
    it.edit(one.sku, amount=one.quantity + 2)
    it.sync()
    assert it.at_amazon(one.sku)[1] == one.quantity + 2, "made again, its stock is the store's again"


def test_a_product_that_is_made_anew_under_its_sku_has_its_stock_at_amazon_again(it: Deletions) -> None:
    it.sync()
    one = it.listed()[0]
    before = it.product(one.sku)
    del it.sandbox.store.products[before.product_id]
    for _ in range(2):
        it.sync()
    assert it.at_amazon(one.sku)[1] == 0
    anew = copy(before)
    anew.product_id = max(it.sandbox.store.products) + 1
    it.sandbox.store.products[anew.product_id] = anew
    it.sync()
    assert it.at_amazon(one.sku)[1] == before.amount


def test_a_listing_that_is_being_closed_is_told_no_stock(it: Deletions) -> None:
    it.sync()
    one = it.listed()[0]
    asked = exports.close_listings(it.workspace, LOCAL_ADMIN, it.channel, [one.sku], direct=True)
    it.sandbox.set_publishing({"show": 10})  # so it is seen to be there for a while
    closing = threading.Thread(target=it.run, args=(asked.job_id,))
    closing.start()
    while not it.calls("amazon", "deleteListingsItem"):
        signal.sigtimedwait([], 0.01)
    it.edit(one.sku, amount=3)
    it.sync()
    closing.join()
    sent = [entry.kind for entry in it.sandbox.submissions() if entry.sku == one.sku]
    assert set(sent) == {"DELETE"}
