"""Which product a listing's price and stock come from, who writes them, and what of a change is planned."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import col, select

from core.cscart.products import ProductRow
from core.database import Database
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.offer import Offer
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.store import Store, StoreProduct
from core.money import parse_amount
from core.products import offers
from core.products.mirror import mirror_some
from core.stock import flow
from core.stock.planning import Planning
from core.stock.situations import known_of, rules_for
from core.stock.watch import GONE
from core.sync.carried import URGENT
from tests.unit.builders import FR, NOON, FakeClock, add_job, connect_channel, running


@pytest.fixture
def de(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def add(database: Database, *rows: Any) -> None:
    with database.write() as session:
        session.add_all(rows)


def product(number: int, sku: str, **values: Any) -> StoreProduct:
    return StoreProduct(**{"store_id": 1, "product_id": number, "sku": sku, "price_minor": 1000, "amount": 7} | values)


def listing(channel: Channel, sku: str, **values: Any) -> Listing:
    place = {"account_id": channel.account_id, "marketplace_id": channel.marketplace_id, "sku": sku}
    told = {"fulfilment": "MERCHANT", "price_minor": 1000, "currency": "EUR", "quantity": 7, "exported_by": channel.id}
    return Listing(**place | told | values)


def match(database: Database, channel: Channel) -> offers.Matched:
    with database.write() as session:
        skus = [row.sku for row in session.exec(offers.unmatched(channel))]
        return offers.match(session, channel, session.get_one(Store, channel.store_id), skus)


def products_of(database: Database, channel: Channel) -> dict[str, int]:
    with database.read() as session:
        rows = session.exec(select(Offer).where(offers.of_place(channel))).all()
    return {row.sku: row.product_id for row in rows}


def dirty(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.exec(select(Offer.sku).where(col(Offer.dirty))))


def clean(database: Database, channel: Channel) -> None:
    with database.write() as session:
        offers.mark(session, channel, list(products_of(database, channel)), dirty=False)


def plan(database: Database, channel: Channel, **params: Any) -> dict[str, bool]:
    """Plan what is dirty; which SKUs are to be written, and whether urgently."""
    context = running(database, add_job(database, channel, kind="products.sync", params=params), "host/1/1/a")
    with database.read() as session:
        store = session.get_one(Store, channel.store_id)
    Planning(context, channel, store).run()
    with database.read() as session:
        return {one.subject.removeprefix("sku "): one.step == URGENT for one in session.exec(select(OutboxIntent))}


def problems(database: Database) -> dict[str, str]:
    with database.read() as session:
        rows = session.exec(select(Problem).where(col(Problem.resolved_at).is_(None))).all()
    return {row.subject: row.code for row in rows}


def test_a_listing_has_the_product_with_its_code_unless_a_person_said_another(database: Database, de: Channel) -> None:
    add(database, *(product(number, sku) for number, sku in ((1, "A"), (2, "B"), (3, "TWICE"), (4, "TWICE"))))
    shown = [listing(de, sku) for sku in ("A", "B", "TWICE", "NONE")]
    add(database, *shown, listing(de, "P", is_parent=True), listing(de, "C", closed_at=NOON))
    add(database, ListingLink(channel_id=de.id, sku="B", store_id=1, product_id=1, linked_by="anna"))
    assert match(database, de).several == {"TWICE": (3, 4)}
    assert products_of(database, de) == {"A": 1, "B": 1}
    assert match(database, de).found == 0, "nothing is matched twice"


def test_whatever_writes_the_mirror_marks_what_changed_and_nothing_else(database: Database, de: Channel) -> None:
    add(database, product(1, "A", company_id=1, name="Old"), product(2, "B", company_id=1, missing=GONE))
    add(database, listing(de, "A"), listing(de, "B"))
    with database.write() as session:
        offers.match(session, de, session.get_one(Store, 1), ["A"])
        store = session.get_one(Store, 1)
    add(database, Offer(account_id=1, marketplace_id=de.marketplace_id, sku="B", store_id=1, product_id=2, gone=True))
    clean(database, de)

    def row(number: int, sku: str, name: str, amount: int) -> ProductRow:
        return ProductRow(number, sku, name, "A", 1, parse_amount("10.00"), amount, "")

    mirror_some(database, store, [row(1, "A", "New", 7)])
    assert dirty(database) == set(), "a name is no price"
    mirror_some(database, store, [row(1, "A", "New", 6), row(2, "B", "", 7)])
    assert dirty(database) == {"A", "B"}
    with database.read() as session:
        assert not any(session.exec(select(Offer.gone))), "one that is there again is not gone"


def test_K7_the_stock_of_a_sku_has_one_writer_over_channels_and_stores(database: Database, de: Channel) -> None:
    fr = connect_channel(database, name="fr", marketplace_id=FR)
    two = Store(name="second", url="https://two.example", email="x@two.example", api_key="k", currency="EUR")
    add(database, two, product(1, "SAME"), product(2, "CLASH"))
    with database.write() as session:
        store_id = session.exec(select(Store.id).where(col(Store.name) == "second")).one()
        assert store_id is not None
        session.add(product(9, "CLASH", store_id=store_id))
        for channel in (de, fr):
            session.add_all([listing(channel, "SAME", quantity=3), listing(channel, "CLASH", quantity=3)])
        session.flush()
        offers.match(session, de, session.get_one(Store, 1), ["SAME", "CLASH"])
        offers.match(session, fr, session.get_one(Store, 1), ["SAME"])
        place = {"account_id": fr.account_id, "marketplace_id": fr.marketplace_id}
        session.add(Offer(**place, sku="CLASH", store_id=store_id, product_id=9))
    with database.read() as session:
        first, second = (known_of(session, channel, ["SAME", "CLASH"]) for channel in (de, fr))
    assert first["SAME"].decide(rules_for(de)).quantity == 7
    assert second["SAME"].decide(rules_for(fr)).quantity is None, "the marketplaces share it"
    assert first["CLASH"].decide(rules_for(de)).quantity == 7
    (hold,) = second["CLASH"].decide(rules_for(fr)).holds
    assert hold.code == "second_writer" and "store main (channel de)" in hold.message
    assert "product 9 of store" in hold.message and "(channel fr)" in hold.message


def test_more_than_a_tenth_vanishing_is_held_and_a_tenth_is_not(database: Database, de: Channel) -> None:
    skus = [f"S{number}" for number in range(20)]
    add(database, *(product(number, sku) for number, sku in enumerate(skus)), *(listing(de, sku) for sku in skus))
    match(database, de)
    vanish(database, 3)
    assert plan(database, de) == {} and problems(database) == {"channel de": "many_vanished"}
    vanish(database, 2)
    with database.write() as session:
        offers.mark(session, de, skus, dirty=True)
    assert plan(database, de) == {"S0": True, "S1": True} and problems(database) == {}


def vanish(database: Database, count: int) -> None:
    """Let so many of the products be gone, and no others."""
    with database.write() as session:
        for row in session.exec(select(StoreProduct)):
            row.missing = GONE if row.product_id < count else 0
            session.add(row)


def test_what_can_wait_is_left_to_the_job_that_still_sends(database: Database, de: Channel) -> None:
    add(database, product(1, "A", amount=3), product(2, "Z", amount=0), listing(de, "A"), listing(de, "Z"))
    match(database, de)
    earlier = add_job(database, de, kind="products.sync", state="waiting", started_at=NOON)
    job = add_job(database, de, kind="products.sync", requested_by="system")
    context = running(database, job, "host/1/1/a")
    with database.read() as session:
        store = session.get_one(Store, 1)
    Planning(context, de, store).run()
    flow._leave_to_earlier(context, de)
    with database.read() as session:
        whose = {one.subject: one.job_id for one in session.exec(select(OutboxIntent))}
    assert whose == {"sku A": earlier, "sku Z": job}
