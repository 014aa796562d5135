"""Every setting of a channel that orders are planned by reaches the plan; what it leaves out is completed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.channels.documents import ChannelSettings
from core.database import Database
from core.documents import check
from core.exchange import parse_rates
from core.model.setting import GlobalSetting
from core.model.store import Store
from core.orders.channel_rules import channel_rules
from core.orders.plan.rules import ChannelRules
from core.orders.pull import first_timestamp
from tests.unit.builders import NOON, FakeClock, connect_channel


def rules(database: Database, **settings: object) -> ChannelRules:
    """The rules of a channel whose settings have passed their document, as when they are saved."""
    stored = check(ChannelSettings, settings, "channel document").model_dump(mode="json")
    channel = connect_channel(database, **stored)
    with database.read() as session:
        return channel_rules(session, channel, session.get_one(Store, channel.store_id))


def test_what_a_channel_says_is_what_is_planned_by(database: Database, fake_clock: FakeClock) -> None:
    found = rules(
        database,
        orders_from="2026-03-01T00:00:00+01:00",
        orders_to="2026-10-01T00:00:00Z",
        order_statuses=["SHIPPED", "CANCELLED"],
        fulfilment="FBM",
        payments={"cod": 6, "prepaid": 2},
        shipping={"default": 1, "EXPEDITED": 4},
        statuses={"SHIPPED": "C", "NO_STOCK": "S"},
        exchange_rate="0.0871",
    )
    assert found.orders_from == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert found.orders_to == datetime(2026, 10, 1, tzinfo=UTC)
    assert found.order_statuses == {"SHIPPED", "CANCELLED"}
    assert found.fulfilment == "merchant"
    assert (found.payment_cod, found.payment_prepaid) == (6, 2)
    assert found.shipping == {"default": 1, "EXPEDITED": 4}
    assert (found.statuses["SHIPPED"], found.statuses["NO_STOCK"]) == ("C", "S")
    assert found.exchange_rates == parse_rates("0.0871")


def test_what_is_left_out_comes_from_prepare_and_then_from_the_global_settings(
    database: Database, fake_clock: FakeClock
) -> None:
    channel = connect_channel(database)
    with database.write() as session:
        store = session.get_one(Store, channel.store_id)
        store.prepared = {"payment": 8, "shipping": 9, "no_stock": "S", "tax": 3}
        session.add_all([store, GlobalSetting(key="payments.cod", value=6)])
        session.add(GlobalSetting(key="payments.prepaid", value=7))
    with database.read() as session:
        found = channel_rules(session, channel, session.get_one(Store, channel.store_id))
    assert (found.payment_prepaid, found.payment_cod) == (8, 6)
    assert (found.shipping, found.statuses["NO_STOCK"], found.tax_id) == ({"default": 9}, "S", 3)
    assert found.order_statuses == {"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"}
    assert found.orders_from == NOON - timedelta(days=30)


def test_a_date_that_amazon_has_forgotten_means_as_early_as_possible(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database, orders_from="2016-01-01T00:00:00+00:00")
    assert first_timestamp(channel) == NOON - timedelta(days=720)
