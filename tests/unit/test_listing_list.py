"""What SKUs mean in the store, listed: by hand and by code, filters, rights, and what is like an unknown one."""

from __future__ import annotations

from typing import Any

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.listings.list import BY_CODE, BY_HAND, LinkFilter, LinkRow, LinkUse, link_keys, link_rows, link_use
from core.listings.products import similar_products
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import StoreProduct
from core.workspace import Workspace
from tests.unit.builders import FR, NOON, FakeClock, connect_channel, item_document, order_document

VERA = Actor("vera", is_admin=False, store_id=1, company_id=2)


@pytest.fixture
def de(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


@pytest.fixture
def fr(database: Database, de: Channel) -> Channel:
    return connect_channel(database, name="fr", marketplace_id=FR, company_id=2)


def add_product(database: Database, number: int, sku: str, name: str) -> None:
    with database.write() as session:
        session.add(StoreProduct(store_id=1, product_id=number, sku=sku, name=name))


def add_link(database: Database, channel: Channel, sku: str, number: int) -> None:
    with database.write() as session:
        at = {"linked_by": "anna", "linked_at": NOON}
        session.add(ListingLink(channel_id=channel.id, sku=sku, store_id=1, product_id=number, **at))


def add_order(database: Database, channel: Channel, order_id: str, sku: str, **values: Any) -> None:
    times = {"created_at": NOON, "updated_at": NOON}
    order = {"account_id": channel.account_id, "order_id": order_id, "marketplace_id": channel.marketplace_id}
    order |= {"status": "UNSHIPPED", "fulfilled_by": "MERCHANT", "fingerprint": "", "dirty": True, **times}
    with database.write() as session:
        session.add(AmazonOrder(**order, **values))
        item = {"item_id": "1", "sku": sku, "quantity": 1}
        session.add(AmazonOrderItem(account_id=channel.account_id, order_id=order_id, **item))


def listed(database: Database, actor: Actor = LOCAL_ADMIN, **wanted: Any) -> list[LinkRow]:
    return link_rows(database, actor, link_keys(database, actor, LinkFilter(**wanted)).keys)


@pytest.fixture
def filled(database: Database, de: Channel, fr: Channel) -> None:
    """One link by hand in each channel, and one by code; a code that no order has, and one that two products carry."""
    for number, sku in ((11, "CAP-BLUE"), (12, "CAP-RED"), (13, "TWICE"), (14, "TWICE"), (15, "NEVER-SOLD")):
        add_product(database, number, sku, f"Product {sku.lower()}")
    add_link(database, de, "AZ-1", 11)
    add_link(database, fr, "AZ-2", 99)
    for count, sku in enumerate(("CAP-RED", "TWICE", "AZ-1")):
        add_order(database, de, f"302-{count}", sku)


@pytest.mark.usefixtures("filled")
def test_links_say_how_they_came_about(database: Database) -> None:
    found = listed(database)
    assert [(row.channel, row.sku, row.product_id, row.product, row.state, row.linked_by) for row in found] == [
        ("de", "AZ-1", 11, "Product cap-blue", BY_HAND, "anna"),
        ("fr", "AZ-2", 99, "", BY_HAND, "anna"),
        ("de", "CAP-RED", 12, "Product cap-red", BY_CODE, ""),
    ]
    assert [row.linked_at for row in found] == [NOON, NOON, None]
    keys = link_keys(database, LOCAL_ADMIN, LinkFilter(states=frozenset({BY_CODE})))
    assert (len(keys.keys), keys.counts, keys.total) == (1, {BY_HAND: 2, BY_CODE: 1}, 3)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("text", "skus"), [("cap", ["AZ-1", "CAP-RED"]), ("az anna", ["AZ-1", "AZ-2"]), ("cap az", ["AZ-1"]), ("%", [])]
)
def test_words_are_searched_in_sku_product_and_operator(database: Database, text: str, skus: list[str]) -> None:
    assert [row.sku for row in listed(database, text=text)] == skus


@pytest.mark.usefixtures("filled")
def test_links_are_shown_to_whom_they_belong(database: Database) -> None:
    assert (
        [row.sku for row in listed(database, VERA)] == [row.sku for row in listed(database, channel="fr")] == ["AZ-2"]
    )
    everything = link_keys(database, LOCAL_ADMIN, LinkFilter()).keys
    assert [row.sku for row in link_rows(database, VERA, everything)] == ["AZ-2"]


@pytest.mark.usefixtures("filled")
def test_what_depends_on_a_link_is_counted(database: Database, de: Channel) -> None:
    """An order that is in the store stays as it is; one that is still to be planned follows the link."""
    add_order(database, de, "302-9", "AZ-1")
    link = {"store_id": 1, "store_order_id": 9, "store_status": "P", "amazon_status": "UNSHIPPED", "total": "1 EUR"}
    with database.write() as session:
        session.add(OrderLink(channel_id=stored_id(de.id), order_id="302-9", **link))
    assert link_use(database, LOCAL_ADMIN, "de", "AZ-1") == LinkUse(in_store=1, waiting=1)
    assert link_use(database, LOCAL_ADMIN, "fr", "AZ-1") == LinkUse(0, 0)


def test_products_like_an_unknown_sku_are_found_by_its_title_or_its_code(workspace: Workspace) -> None:
    """The words of the title count, not their order; a product that shares one of many words is no match."""
    database = workspace.database
    channel = connect_channel(database)
    names = {
        "LAMP-GREY": "Desk Lamp, grey",
        "LAMP": "Desk chair",
        "CAP-9-B": "Cap",
        "MUG": "Mug, grey",
        "NOT-RE-0149": "Notebook",
    }
    for number, (sku, name) in enumerate(names.items(), start=1):
        add_product(database, number, sku, name)
    raw = order_document(item_document(product={"sellerSku": "AZ-7", "title": "Grey desk lamp"}))
    add_order(database, channel, raw["orderId"], "AZ-7", raw=raw)
    found = {sku: [it.sku for it in similar_products(workspace, LOCAL_ADMIN, "de", sku)] for sku in ("AZ-7", "CAP-9-A")}
    assert found == {"AZ-7": ["LAMP-GREY"], "CAP-9-A": ["CAP-9-B"]}
    assert similar_products(workspace, LOCAL_ADMIN, "de", "NOT-IN-STORE-495") == []
