"""Listings and products in one list: which belong together, what state follows, filters, orders, rights."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_issue import OF_LISTING
from core.model.problem import Problem
from core.model.store import StoreProduct
from core.products.catalogue import (
    AT_AMAZON,
    BY_ISSUES,
    BY_NAME,
    CLOSED,
    HELD,
    IN_STORE,
    LINKED,
    WITH_ISSUES,
    ProductFilter,
    first_keys,
    read_catalogue,
)
from core.products.issues import write_issues
from core.products.plan.issues import Issue
from core.products.rows import ProductRow, product_rows
from tests.unit.builders import FR, NOON, FakeClock, connect_channel

VERA = Actor("vera", is_admin=False, store_id=1, company_id=2)
ISSUE = Issue("1", "ERROR", "brand", "No brand.")


@pytest.fixture
def de(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


@pytest.fixture
def fr(database: Database, de: Channel) -> Channel:
    return connect_channel(database, name="fr", marketplace_id=FR, company_id=2)


@pytest.fixture
def filled(database: Database, de: Channel, fr: Channel) -> None:
    """A SKU with a product by its code, one that was linked, one of a code that two products have, one of each rest."""
    with database.write() as session:
        of_de = {"account_id": de.account_id, "marketplace_id": de.marketplace_id}
        for sku, values in _LISTINGS.items():
            session.add(Listing(sku=sku, **of_de, **values))
        write_issues(session, de, OF_LISTING, {"TWICE": [ISSUE]})
        session.add(Listing(sku="CAP-RED", account_id=fr.account_id, marketplace_id=FR, title="Casquette"))
        for number, (sku, name) in enumerate(_PRODUCTS, start=11):
            session.add(StoreProduct(store_id=1, product_id=number, sku=sku, name=name))
        session.add(StoreProduct(store_id=1, product_id=50, sku="THEIRS", name="Of another", company_id=9))
        link = {"store_id": 1, "product_id": 12, "linked_by": "anna", "linked_at": NOON}
        session.add(ListingLink(channel_id=de.id, sku="AZ-1", **link))
        words = {"code": "price_missing", "message": "Amazon tells no price of it.", "fix": "Enter it."}
        owner = {"owner": f"channel {de.id}", "channel_id": de.id, "flow": "products"}
        session.add(Problem(subject="sku NO PRICE", **owner, **words))
        session.add(Problem(subject="sku CAP-RED", resolved_at=NOON, **owner, **words))


_LISTINGS: dict[str, dict[str, Any]] = {
    "AZ-1": {"asin": "B0AZ", "title": "Straßenkarte"},
    "CAP-RED": {"title": "Cap"},
    "NO PRICE": {},
    "OLD": {"closed_at": NOON},
    "TWICE": {"issue_count": 1, "error_count": 1},
}
_PRODUCTS = (("CAP-RED", "Cap, red"), ("MAP", "A map"), ("TWICE", "One"), ("TWICE", "Other"), ("ALONE", "Écharpe"))


def listed(database: Database, actor: Actor = LOCAL_ADMIN, **wanted: Any) -> list[ProductRow]:
    found = ProductFilter(**wanted)
    return product_rows(database, actor, read_catalogue(database, actor, found.channel).matching(found).keys)


@pytest.mark.usefixtures("filled")
def test_what_belongs_together_is_one_row(database: Database) -> None:
    """A person's word before an equal code; a code of several products means none; the list and its rows agree."""
    rows = listed(database)
    assert [(row.channel, row.sku, row.product_id, row.state) for row in rows if row.sku != "TWICE"] == [
        ("", "ALONE", 15, IN_STORE),
        ("de", "AZ-1", 12, LINKED),
        ("de", "CAP-RED", 11, LINKED),
        ("fr", "CAP-RED", 11, LINKED),
        ("de", "NO PRICE", None, HELD),
        ("de", "OLD", None, CLOSED),
        ("", "THEIRS", 50, IN_STORE),
    ]
    twice = [(row.channel, row.product_id, row.state, len(row.issues)) for row in rows if row.sku == "TWICE"]
    assert sorted(twice) == [("", 13, IN_STORE, 0), ("", 14, IN_STORE, 0), ("de", None, AT_AMAZON, 1)]
    counts = read_catalogue(database, LOCAL_ADMIN).matching(ProductFilter()).counts
    told = Counter(WITH_ISSUES[row.state] if row.issues else row.state for row in rows)
    assert dict(counts) == dict(told)
    linked = next(row for row in rows if row.sku == "AZ-1")
    assert (linked.linked_by, linked.name, linked.title) == ("anna", "A map", "Straßenkarte")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("b0az", ["AZ-1"]),
        ("STRASSENKARTE", ["AZ-1"]),
        ("map", ["AZ-1"]),
        ("écharpe", ["ALONE"]),
        ("cap red", ["CAP-RED", "CAP-RED"]),
        ("no price", ["NO PRICE"]),
        ("nothing", []),
    ],
)
def test_filter(database: Database, text: str, skus: list[str]) -> None:
    """Every word, in any of the texts, whatever its case."""
    assert [row.sku for row in listed(database, text=text)] == skus


@pytest.mark.usefixtures("filled")
def test_states_code_channel_and_orders(database: Database) -> None:
    """Counts leave the chosen state aside; a channel alone has all of the store's other products without a listing."""
    keys = read_catalogue(database, LOCAL_ADMIN).matching(ProductFilter(states=frozenset({HELD})))
    assert (len(keys.keys), keys.total, keys.counts[LINKED]) == (1, 10, 3)
    assert [row.sku for row in listed(database, code="price_missing")] == ["NO PRICE"]
    assert [row.sku for row in listed(database, channel="fr", text="map")] == ["MAP"]
    assert listed(database, sort=BY_ISSUES)[0].sku == "TWICE"
    assert [row.name for row in listed(database, sort=BY_NAME, text="map")] == ["A map"]
    keys = first_keys(database, LOCAL_ADMIN, "", 2)
    assert [row.sku for row in product_rows(database, LOCAL_ADMIN, keys)] == ["AZ-1", "CAP-RED"]


@pytest.mark.usefixtures("filled")
def test_vendors_see_their_own(database: Database) -> None:
    """Listings of their channels and products of their company or of none; keys of others give no row."""
    rows = listed(database, VERA)
    assert {row.channel for row in rows} == {"", "fr"}
    assert "THEIRS" not in [row.sku for row in rows]
    others = read_catalogue(database, LOCAL_ADMIN, "de").matching(ProductFilter(text="az-1")).keys
    assert product_rows(database, VERA, others) == []
