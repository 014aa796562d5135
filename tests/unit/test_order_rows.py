"""Pages of raw orders become rows of the mirror; nothing in a page can stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import col, select, update

from core.database import Database
from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.order import AmazonOrder, AmazonOrderItem
from core.orders.mirror import Stored, store_orders
from core.orders.plan.rules import Wish
from tests.unit.builders import (
    DE,
    NOON,
    ORDER_ID,
    FakeClock,
    breakdown,
    connect_channel,
    fulfillment,
    item_document,
    money,
    order_document,
)


@pytest.fixture(autouse=True)
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def store(database: Database, *documents: Any, partial: bool = False, account_id: int = 1) -> list[Stored]:
    with database.write() as session:
        return store_orders(session, account_id, documents, partial=partial)


def rows(database: Database) -> dict[str, AmazonOrder]:
    with database.read() as session:
        return {row.order_id: row for row in session.exec(select(AmazonOrder)).all()}


def items(database: Database) -> Sequence[tuple[str, str, int]]:
    with database.read() as session:
        query = select(AmazonOrderItem.item_id, AmazonOrderItem.sku, AmazonOrderItem.quantity)
        return session.exec(query.order_by(col(AmazonOrderItem.item_id))).all()


def clean(database: Database) -> None:
    with database.write() as session:
        for row in session.exec(select(AmazonOrder)).all():
            row.dirty = False


def test_a_new_order_is_stored_with_its_figures_and_waits_to_be_planned(database: Database) -> None:
    document = order_document(item_document(breakdown("ITEM", "20.00"), quantity=2))
    assert store(database, document) == [Stored(ORDER_ID, DE, False, "")]
    row = rows(database)[ORDER_ID]
    assert (row.account_id, row.marketplace_id, row.status, row.fulfilled_by) == (1, DE, "UNSHIPPED", "MERCHANT")
    assert row.created_at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert row.updated_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert (row.total_minor, row.currency, row.item_count) == (2000, "EUR", 1)
    assert (row.dirty, row.partial, row.fault, row.seen_at) == (True, False, "", NOON)
    assert row.raw == document
    assert items(database) == [("00000000000001", "LAMP-1", 2)]


def test_yen_are_counted_in_yen(database: Database) -> None:
    store(
        database,
        order_document(item_document(breakdown("ITEM", "1234", "JPY")), proceeds={"grandTotal": money("1234", "JPY")}),
    )
    assert rows(database)[ORDER_ID].total_minor == 1234


def test_an_order_without_a_total_has_none(database: Database) -> None:
    store(database, order_document(total=None, fulfillment=fulfillment("PENDING")))
    assert rows(database)[ORDER_ID].total_minor is None


def test_the_same_order_read_again_changes_nothing(database: Database, fake_clock: FakeClock) -> None:
    store(database, order_document())
    clean(database)
    before = rows(database)[ORDER_ID].model_dump()
    fake_clock.forward(60)
    reordered = dict(reversed(order_document().items()))
    assert store(database, reordered) == [Stored(ORDER_ID, DE, True, "")]
    assert rows(database)[ORDER_ID].model_dump() == before


def test_a_known_order_that_still_waits_to_be_planned_is_not_called_unchanged(database: Database) -> None:
    store(database, order_document())
    assert store(database, order_document()) == [Stored(ORDER_ID, DE, False, "")]


def test_a_changed_order_waits_to_be_planned_again(database: Database) -> None:
    store(database, order_document())
    clean(database)
    newer = order_document(lastUpdatedTime="2026-11-20T10:00:00Z", fulfillment=fulfillment("SHIPPED"))
    assert store(database, newer) == [Stored(ORDER_ID, DE, False, "")]
    row = rows(database)[ORDER_ID]
    assert (row.status, row.dirty, row.raw) == ("SHIPPED", True, newer)


def test_a_change_that_amazon_does_not_date_is_taken(database: Database) -> None:
    store(database, order_document())
    clean(database)
    store(database, order_document(fulfillment=fulfillment("SHIPPED")))
    assert (rows(database)[ORDER_ID].status, rows(database)[ORDER_ID].dirty) == ("SHIPPED", True)


def test_an_older_copy_never_replaces_a_newer_one(database: Database) -> None:
    newer = order_document(lastUpdatedTime="2026-11-20T10:00:00Z", fulfillment=fulfillment("SHIPPED"))
    store(database, newer)
    clean(database)
    assert store(database, order_document()) == [Stored(ORDER_ID, DE, True, "")]
    row = rows(database)[ORDER_ID]
    assert (row.status, row.dirty) == ("SHIPPED", False)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_an_order_named_twice_in_a_page_the_later_update_wins(database: Database, newest_first: bool) -> None:
    page = [
        order_document(lastUpdatedTime="2026-11-20T10:00:00Z", fulfillment=fulfillment("SHIPPED")),
        order_document(),
    ]
    stored = store(database, *(page if newest_first else reversed(page)))
    assert [one.order_id for one in stored] == [ORDER_ID]
    assert rows(database)[ORDER_ID].status == "SHIPPED"


def test_items_are_updated_with_their_order(database: Database) -> None:
    store(database, order_document(item_document(breakdown("ITEM", "20.00"), sku="OLD", quantity=2)))
    newer = item_document(breakdown("ITEM", "20.00"), sku="NEW", quantity=1)
    store(database, order_document(newer, lastUpdatedTime="2026-11-20T10:00:00Z"))
    assert items(database) == [("00000000000001", "NEW", 1)]


def test_an_item_named_twice_does_not_stop_the_page(database: Database) -> None:
    twice = item_document(breakdown("ITEM", "10.00"))
    store(database, order_document(twice, twice))
    assert len(items(database)) == 1


def test_seller_accounts_keep_their_orders_apart(database: Database) -> None:
    store(database, order_document())
    with database.write() as session:
        session.add(SellerAccount(app_id=1, region="na", api_mode="live", seller_id="SELLER", refresh_token="r"))
    store(database, order_document(), account_id=2)
    with database.read() as session:
        assert sorted(session.exec(select(AmazonOrder.account_id)).all()) == [1, 2]


def test_orders_read_with_fewer_data_sets_are_marked_until_they_are_read_whole(database: Database) -> None:
    store(database, order_document(payment=None), partial=True)
    assert rows(database)[ORDER_ID].partial
    store(database, order_document())
    assert not rows(database)[ORDER_ID].partial


# -- unreadable -----------------------------------------------------------------------------------------------------


def test_an_unreadable_order_is_stored_as_it_came_beside_the_others(database: Database) -> None:
    broken = order_document(orderId="111-2", createdTime="never")
    found = store(database, broken, order_document())
    fault = "createdTime is not a valid time"
    assert {(one.order_id, one.fault) for one in found} == {("111-2", fault), (ORDER_ID, "")}
    row = rows(database)["111-2"]
    assert (row.marketplace_id, row.status, row.total_minor, row.dirty) == (DE, "", None, True)
    assert (row.fault, row.raw) == (fault, broken)
    assert rows(database)[ORDER_ID].fault == ""


@pytest.mark.parametrize("document", [None, "order", 7, [], [1], {}, {"orderId": 7}, {"salesChannel": "DE"}])
def test_what_is_no_order_at_all_is_stored_under_a_name_of_its_own(database: Database, document: Any) -> None:
    (first,) = store(database, document)
    assert first.order_id.startswith("unreadable-")
    assert first.fault
    clean(database)
    assert store(database, document) == [Stored(first.order_id, "", True, first.fault)]
    assert len(rows(database)) == 1


def test_two_kinds_of_garbage_are_two_rows(database: Database) -> None:
    store(database, "one", "two")
    assert len(rows(database)) == 2


def test_an_unreadable_order_heals_when_amazon_sends_it_right_later(database: Database, fake_clock: FakeClock) -> None:
    store(database, order_document(createdTime="never"))
    fake_clock.forward(3600)
    later = order_document(lastUpdatedTime="2026-11-23T13:00:00Z")
    store(database, later)
    row = rows(database)[ORDER_ID]
    assert (row.fault, row.status, row.raw) == ("", "UNSHIPPED", later)


def test_a_page_of_nothing_is_no_work(database: Database) -> None:
    assert store(database) == []
    assert rows(database) == {}


def backfilled(database: Database, document: Any, history: str, *statuses: str) -> AmazonOrder:
    with database.write() as session:
        store_orders(session, 1, [document], wish=Wish(history, frozenset(statuses)))
    return rows(database)[ORDER_ID]


def test_what_a_range_was_asked_for_stays_with_its_orders(database: Database) -> None:
    shipped = order_document(item_document(), fulfillment=fulfillment("SHIPPED"))
    assert backfilled(database, shipped, "mirror").backfill == "mirror"
    later = shipped | {"lastUpdatedTime": "2026-11-21T09:00:00.000Z"}
    store(database, later)
    assert rows(database)[ORDER_ID].backfill == "mirror", "the stream does not take it away"
    with database.write() as session:
        session.exec(update(AmazonOrder).values(dirty=False))
    again = backfilled(database, later, "mirror")
    assert not again.dirty
    # Another wish, and it is planned again though Amazon tells nothing new.
    other = backfilled(database, later, "store")
    assert (other.backfill, other.dirty) == ("store", True)


@pytest.mark.parametrize("history", ["mirror", "store"])
def test_what_is_open_when_a_range_is_read_is_not_history(database: Database, history: str) -> None:
    """Else it would leave without moving stock: what is shipped later goes from the store's own."""
    assert backfilled(database, order_document(item_document()), history).backfill == "channel"


def test_a_range_of_some_statuses_wants_no_others(database: Database) -> None:
    """They go by the channel's own rules: its first date holds for them."""
    shipped = order_document(item_document(), fulfillment=fulfillment("SHIPPED"))
    assert backfilled(database, shipped, "channel", "UNSHIPPED").backfill == ""
    assert backfilled(database, shipped, "mirror", "UNSHIPPED").backfill == "mirror", "that keeps it out"
    pending = order_document(item_document(), orderId="2", fulfillment=fulfillment("PENDING"))
    backfilled(database, pending, "channel", "UNSHIPPED")
    assert rows(database)["2"].backfill == "channel", "it waits to become one of them"
    assert backfilled(database, shipped, "channel").backfill == "channel"
    assert backfilled(database, shipped, "store", "UNSHIPPED").backfill == "channel", "an earlier wish stays"


def test_an_order_without_personal_data_gets_it_back_when_it_is_asked_for_again(database: Database) -> None:
    document = order_document(item_document())
    store(database, document)
    with database.write() as session:
        session.exec(update(AmazonOrder).values(raw=None, dirty=False))
    store(database, document)
    assert rows(database)[ORDER_ID].raw is None, "the stream reads an overlap again: it has no business with it"
    again = backfilled(database, document, "channel")
    assert again.raw == document and again.dirty
