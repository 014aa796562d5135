"""The personal data of orders: what is deleted, when, and what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from core.database import Database
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.setting import GlobalSetting
from core.orders.kept import OPEN, READ_LATE, SHIPPED
from core.orders.planning import mark_clean
from core.orders.purge import purge
from tests.unit.builders import DE, NOON, FakeClock, connect_channel, order_intent

MOMENT = timedelta(microseconds=1)
NOT_DUE = NOON - timedelta(days=SHIPPED.default)
DUE = NOT_DUE - MOMENT


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def add_order(database: Database, **values: Any) -> None:
    row: dict[str, Any] = {
        "account_id": 1,
        "order_id": "1",
        "marketplace_id": DE,
        "status": "SHIPPED",
        "fulfilled_by": "MERCHANT",
        "created_at": DUE,
        "updated_at": DUE,
        "ended_at": DUE,
        "seen_at": DUE,
        "total_minor": 2000,
        "currency": "EUR",
        "item_count": 1,
        "raw": {"buyer": {"buyerName": "Ada"}},
        "fingerprint": "f",
        "dirty": False,
    }
    with database.write() as session:
        session.add(AmazonOrder(**(row | values)))


def only_order(database: Database) -> AmazonOrder:
    with database.read() as session:
        return session.exec(select(AmazonOrder)).one()


def test_personal_data_goes_after_its_time_and_the_figures_stay(database: Database, channel: Channel) -> None:
    add_order(database)
    with database.write() as session:
        session.add(AmazonOrderItem(account_id=1, order_id="1", item_id="1", sku="LAMP-1", quantity=1))
    assert purge(database, channel) == 1
    order = only_order(database)
    assert order.raw is None
    assert (order.status, order.total_minor, order.currency, order.item_count) == ("SHIPPED", 2000, "EUR", 1)
    with database.read() as session:
        assert session.exec(select(AmazonOrderItem.sku)).all() == ["LAMP-1"]
    assert purge(database, channel) == 0


def test_personal_data_stays_to_the_last_moment_of_its_time(database: Database, channel: Channel) -> None:
    add_order(database, ended_at=NOT_DUE)
    assert purge(database, channel) == 0
    assert only_order(database).raw is not None


def test_later_changes_do_not_prolong_the_time(database: Database, channel: Channel) -> None:
    add_order(database, updated_at=NOON)
    assert purge(database, channel) == 1


def test_an_order_that_never_ends_keeps_its_address_for_a_limited_time(database: Database, channel: Channel) -> None:
    last = NOON - timedelta(days=OPEN.default)
    add_order(database, status="UNSHIPPED", ended_at=None, updated_at=last)
    assert purge(database, channel) == 0
    with database.write() as session:
        session.exec(select(AmazonOrder)).one().updated_at = last - MOMENT
    assert purge(database, channel) == 1


def test_both_times_are_settings(database: Database, channel: Channel) -> None:
    add_order(database, order_id="shipped", ended_at=NOON - timedelta(days=5, hours=1))
    add_order(database, order_id="open", ended_at=None, updated_at=NOON - timedelta(days=30, hours=1))
    assert purge(database, channel) == 0
    with database.write() as session:
        session.add_all([GlobalSetting(key=SHIPPED.key, value=5), GlobalSetting(key=OPEN.key, value=30)])
    assert purge(database, channel) == 2


def test_an_order_still_to_be_imported_keeps_its_data_for_a_week(database: Database, channel: Channel) -> None:
    add_order(database, dirty=True, seen_at=NOON - READ_LATE)
    assert purge(database, channel) == 0
    with database.write() as session:
        session.exec(select(AmazonOrder)).one().seen_at = NOON - READ_LATE - MOMENT
    assert purge(database, channel) == 1
    assert not only_order(database).dirty
    with database.read() as session:
        assert session.exec(select(Problem.code)).all() == ["data_deleted"]


def test_what_waits_for_the_store_loses_its_data_too(database: Database, channel: Channel) -> None:
    """Of what was never sent nothing is left; where the store order is known, it goes on without the address."""
    content = {"status": "P", "address": {"s_firstname": "Ada"}, "details": "gift message: Ada"}
    add_order(database, order_id="1")
    with database.write() as session:
        for number, evidence in (("1", {}), ("2", {"order_id": 7})):
            session.add(
                OutboxIntent(
                    remote=f"store {channel.store_id}",
                    flow="orders",
                    store_id=channel.store_id,
                    channel_id=channel.id,
                    subject=f"order {number}",
                    kind="order.create",
                    content=content,
                    evidence=evidence,
                )
            )
    add_order(database, order_id="2")
    assert purge(database, channel) == 2
    with database.read() as session:
        left = session.exec(select(OutboxIntent)).one()
        assert (left.subject, left.content) == ("order 2", {"status": "P", "address": {}, "details": "", "fields": {}})
        assert session.exec(select(Problem.subject, Problem.code)).all() == [("order 1", "data_deleted")]


def add_intent(database: Database, channel: Channel, content: dict[str, Any], kind: str = "order.create") -> None:
    with database.write() as session:
        evidence = {"order_id": 7} if kind == "order.create" else {}
        about = {"store_id": channel.store_id, "channel_id": channel.id, "subject": "order 1", "kind": kind}
        session.add(order_intent(**about, content=content, evidence=evidence))


def left_in_outbox(database: Database) -> list[Any]:
    with database.read() as session:
        return list(session.exec(select(OutboxIntent.content)).all())


def test_what_is_planned_and_not_in_the_store_yet_keeps_its_data_for_a_week(
    database: Database, channel: Channel
) -> None:
    """An import of history takes longer than an hour, and each hour deletes what is due."""
    add_order(database, seen_at=NOON - READ_LATE)
    add_intent(database, channel, {"address": {"s_firstname": "Ada"}})
    assert purge(database, channel) == 0
    assert left_in_outbox(database) == [{"address": {"s_firstname": "Ada"}}]
    with database.write() as session:
        session.exec(select(AmazonOrder)).one().seen_at = NOON - READ_LATE - MOMENT
    assert purge(database, channel) == 1
    assert left_in_outbox(database) == [{"address": {}, "details": "", "fields": {}}]


def test_no_part_of_a_split_order_keeps_the_address(database: Database, channel: Channel) -> None:
    """One that is still to be made needs it: the order goes to the store when it is read again, and somebody knows."""
    add_order(database)
    part = {"address": {"s_firstname": "Ada"}, "details": "", "fields": {"32": "DE1"}}
    add_intent(database, channel, {**part, "more": [{**part, "store_order_id": 8}]})
    assert purge(database, channel) == 1
    without = {"address": {}, "details": "", "fields": {}}
    assert left_in_outbox(database) == [{**without, "more": [{**without, "store_order_id": 8}]}]
    with database.write() as session:
        row = session.exec(select(AmazonOrder)).one()
        row.raw = {}
        session.exec(select(OutboxIntent)).one().content = {**part, "more": [part]}
    assert purge(database, channel) == 1
    assert left_in_outbox(database) == []
    with database.read() as session:
        assert session.exec(select(Problem.subject, Problem.code)).all() == [("order 1", "data_deleted")]


def test_an_address_that_came_later_and_waits_for_the_store_goes_too(database: Database, channel: Channel) -> None:
    add_order(database)
    change = {"store_order_id": 7, "letter": "C", "lacking": "", "filled": {"address": {"s_firstname": "Ada"}}}
    add_intent(database, channel, change, "order.status")
    assert purge(database, channel) == 1
    assert left_in_outbox(database) == [{**change, "filled": None}], "its status is still told"


def test_an_intent_of_a_later_version_keeps_nothing_and_stops_nobody(database: Database, channel: Channel) -> None:
    add_order(database)
    add_order(database, order_id="2")
    add_intent(database, channel, {"address": {"s_firstname": "Ada"}})
    with database.write() as session:
        session.exec(select(OutboxIntent)).one().evidence = {"order_id": {"of": "another form"}}
    assert purge(database, channel) == 2
    assert left_in_outbox(database) == []


@pytest.mark.parametrize(("anonymise", "left_as"), [(False, ""), (True, "salted")])
def test_no_digest_of_an_address_outlives_it(
    database: Database, channel: Channel, anonymise: bool, left_as: str
) -> None:
    """Whoever has the database could try addresses; to make the store's copy anonymous a salted one is needed."""
    add_order(database)
    with database.write() as session:
        session.get_one(Channel, channel.id).settings = {"anonymise_orders": anonymise}
        about = {"channel_id": channel.id, "order_id": "1", "store_id": 1, "store_order_id": 7}
        told = {"store_status": "P", "amazon_status": "SHIPPED", "total": "20.00"}
        session.add(OrderLink(**about, **told, left_as="salted"))
    purge(database, channel)
    with database.read() as session:
        link = session.exec(select(OrderLink)).one()
    assert link.left_as == left_as


def test_what_only_figures_are_left_of_is_never_to_be_planned_again(database: Database, channel: Channel) -> None:
    add_order(database, raw=None)
    add_order(database, order_id="2")
    with database.write() as session:
        mark_clean(channel, session, ["1", "2"], dirty=True)
    with database.read() as session:
        assert session.exec(select(AmazonOrder.order_id).where(AmazonOrder.dirty)).all() == ["2"]
