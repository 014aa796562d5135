"""How many pieces a new listing begins with, where orders have sold some that the store still has.

One world serves all tests of this file; they build on each other's listings. Germany and France share the stock.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import col, delete, select, update

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.cscart.probe import MULTIVENDOR, ULTIMATE
from core.jobs.requests import request
from core.jobs.views import JobView
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.offer import Offer
from core.model.store import Store, StoreProduct
from core.orders.reserved import reserved
from core.stock.declaration import SYNC
from sandbox.world.identifier import ean as ean_of
from sandbox.world.marketplaces import DE
from tests.flows.export_kit import Exports, exporting

SKU = "SHARED-1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    with exporting(tmp_path_factory.mktemp("reserved") / "home") as it:
        place = {"name": "fr", "seller_of": it.channel, "country": "FR", "company_id": 1}
        registry.add(it.workspace, LOCAL_ADMIN, place | {"settings": it.sandbox.credentials()["channel"]["settings"]})
        it.product(SKU, 1, amount="10", ean=ean_of(it.sandbox.world.products[0].asin))
        it.export(skus=[SKU])
        it.forward(600)
        it.sync()
        sold(it, 3)
        it.import_orders()
        yield it


@pytest.fixture
def it(served: Exports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    served.resume(monkeypatch)
    yield served


@pytest.fixture
def french(it: Exports) -> Exports:
    return Exports(it.sandbox, it.workspace, "fr")


def sold(it: Exports, pieces: int) -> None:
    """Let a buyer in Germany order pieces of the listing and not pay yet: Amazon takes them off."""
    amazon = it.sandbox.amazon
    order = amazon.add_order(case="pending_availability", sku=it.sandbox.world.products[0].sku, quantity=pieces)
    order.draft.lines[0].sku = SKU
    amazon.update_order(order.order_id)
    amazon.listings.sold(amazon.accounts[0], SKU, pieces)


def shown(it: Exports) -> int:
    """Pieces that Amazon offers in Germany."""
    listing = it.sandbox.amazon.listings.listing(it.sandbox.amazon.accounts[0], SKU, DE)
    assert listing is not None
    return listing.quantity


def poll(it: Exports) -> JobView:
    """What changed is sent, as the schedule does it: what is not marked is not looked at."""
    with it.workspace.database.read() as session:
        channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
    return it.run(request(it.workspace.database, LOCAL_ADMIN, SYNC, channel, {}, direct=True).job_id)


def test_a_listing_in_another_marketplace_brings_nothing_back_that_is_sold(it: Exports, french: Exports) -> None:
    poll(it)
    assert shown(it) == 7
    assert french.results(french.export(skus=[SKU])) == {SKU: ("created", "")}
    it.forward(600)
    assert shown(it) == 7


def test_a_listing_that_is_made_anew_brings_nothing_back_that_is_sold(it: Exports) -> None:
    it.close(SKU)
    it.forward(600)
    assert it.results(it.export(skus=[SKU])) == {SKU: ("created", "")}
    it.forward(600)
    assert shown(it) == 7


def test_whoever_writes_the_stock_looks_again_after_a_listing_elsewhere(it: Exports, french: Exports) -> None:
    poll(it)
    french.close(SKU)
    it.forward(600)
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": "fr", "settings": {"buffer": 5}})
    assert french.results(french.export(skus=[SKU])) == {SKU: ("created", "")}
    it.forward(600)
    assert shown(it) == 2, "the rules of the other marketplace"
    poll(it)
    it.forward(600)
    assert shown(it) == 7


def test_an_order_takes_pieces_whether_or_not_the_stock_of_its_marketplace_is_written(it: Exports) -> None:
    """By the product's code; a person may have said that the SKU means another product."""
    (number,) = (one.product_id for one in it.sandbox.store.products.values() if one.product_code == SKU)
    with it.workspace.database.write() as session:
        session.exec(delete(Offer).where(col(Offer.sku) == SKU))
        assert reserved(session, 1, [number])[number] == 3
        (channel,) = session.exec(select(Channel.id).where(col(Channel.name) == it.channel))
        session.add(ListingLink(channel_id=channel, sku=SKU, store_id=1, product_id=number + 1, linked_by="a person"))
        session.flush()
        assert (reserved(session, 1, [number])[number], reserved(session, 1, [number + 1])[number + 1]) == (0, 3)
        session.rollback()


def test_a_code_takes_nothing_of_another_company_that_has_the_same(it: Exports) -> None:
    """In a store of several companies each channel sells for its own."""
    (number,) = (one.product_id for one in it.sandbox.store.products.values() if one.product_code == SKU)
    with it.workspace.database.write() as session:
        session.exec(delete(Offer).where(col(Offer.sku) == SKU))
        for edition, company, pieces in ((MULTIVENDOR, 1, 3), (MULTIVENDOR, 2, 0), (ULTIMATE, 2, 3)):
            session.exec(update(Store).values(edition=edition))
            session.exec(update(Channel).values(company_id=1))
            session.exec(update(StoreProduct).where(col(StoreProduct.product_id) == number).values(company_id=company))
            assert reserved(session, 1, [number])[number] == pieces
        session.rollback()
