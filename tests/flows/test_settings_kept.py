"""Settings of a channel: set, saved, read back, and changed by two people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.channels.documents import ChannelSettings, Notifications
from core.documents import as_json
from core.errors import UsageError
from core.workspace import Workspace
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, shop
from tests.flows.line import Line

SETTINGS: dict[str, Any] = {
    "use_queue": False,
    "sync_products": True,
    "pull_products": True,
    "push_products": True,
    "pull_orders": False,
    "orders_from": "2026-02-03T04:05:06Z",
    "orders_to": "2026-03-04T05:06:07Z",
    "order_statuses": ["CANCELLED", "PENDING"],
    "fulfilment": "amazon",
    "push_shipments": True,
    "pull_shipments": True,
    "auto_push_shipments_minutes": 16,
    "auto_pull_orders_minutes": 17,
    "auto_pull_products_minutes": 361,
    "auto_pull_categories_minutes": 1441,
    "push_stock": True,
    "anonymise_orders": True,
    "auto_reconcile_orders_minutes": 720,
    "auto_purge_orders_minutes": 61,
    "push_every_seconds": 45,
    "buffer": 2,
    "quantity_minimum": 3,
    "quantity_cap": 50,
    "price_rules": {"percent": "10", "amount": "-0.5", "ending": "0.99", "minimum": "5"},
    "auto_follow_listings_minutes": 18,
    "product_fields": {"price": "always", "name": "never"},
    "product_identifier": "EAN",
    "weight_unit": "lb",
    "length_unit": "in",
    "payments": {"cod": 61, "prepaid": 21},
    "shipping": {"default": 11, "NEXT_DAY": 12},
    "carriers": {"ups": "UPS"},
    "statuses": {"SHIPPED": "Q", "NO_STOCK": "R"},
    "exchange_rate": "1.25",
    "exchange_rate_days": 40,
    "facilitator_tax": "left_out",
    "fba_recipient": "hold",
    "out_of_stock": "flag",
    "unknown_sku": "placeholder",
    "placeholder_product": 12,
    "order_fields": {"purchase_order": 31, "vat_number": 32},
}
NOTIFICATIONS = {
    "aws_access_key": "AKIAPLANTED123456789",
    "aws_secret_key": "planted/aws+secret/key0123456789abcdefgh",
    "role_arn": "arn:aws:iam::123456789012:role/crossdock",
    "queue_arn": "arn:aws:sqs:eu-west-1:123456789012:crossdock",
    "queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/crossdock",
    "delivery": "sqs",
    "machine_keys": True,
}


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with shop(home, orders=5, other_orders=0, products=5) as connected:
        yield connected


def test_every_setting_is_saved_and_read_back(it: Shop) -> None:
    assert set(SETTINGS) == set(ChannelSettings.model_fields)
    assert set(NOTIFICATIONS) == set(Notifications.model_fields)
    plain = ChannelSettings().model_dump(mode="json")
    assert not [name for name in SETTINGS if plain[name] == SETTINGS[name]]
    document = {"name": it.channel, "app_status": "draft", "settings": SETTINGS, "notifications": NOTIFICATIONS}
    registry.edit(it.workspace, LOCAL_ADMIN, document)
    again = Workspace(it.workspace.settings)
    try:
        view = registry.show(again, LOCAL_ADMIN, it.channel)
        stored = registry.get(again, LOCAL_ADMIN, it.channel)
    finally:
        again.close()
    maps = {name for name, value in SETTINGS.items() if isinstance(value, dict)}
    assert {name: view.settings[name] for name in SETTINGS if name not in maps} == {
        name: value for name, value in SETTINGS.items() if name not in maps
    }
    for name in maps:  # merged with what the channel had
        assert view.settings[name].items() >= SETTINGS[name].items()
    assert view.app_status == "draft" and stored.notifications == NOTIFICATIONS
    assert view.notifications == NOTIFICATIONS | {"aws_access_key": "set", "aws_secret_key": "set"}
    assert "planted" not in str(as_json(view)).lower()


def test_a_key_of_a_map_is_taken_out_by_null_and_secrets_stay_when_left_out(it: Shop) -> None:
    edit = {"name": it.channel, "settings": SETTINGS, "notifications": NOTIFICATIONS}
    registry.edit(it.workspace, LOCAL_ADMIN, edit)
    changes = {"settings": {"shipping": {"NEXT_DAY": None}}, "notifications": {"queue_url": ""}}
    view = registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, **changes})
    assert "NEXT_DAY" not in view.settings["shipping"] and view.settings["shipping"]["default"] == 11
    assert (view.notifications["aws_secret_key"], view.notifications["queue_url"]) == ("set", "")


def test_two_people_do_not_overwrite_each_other(it: Shop) -> None:
    seen = registry.show(it.workspace, LOCAL_ADMIN, it.channel).revision
    ada, bob = Actor("ada"), Actor("bob")
    first = {"name": it.channel, "revision": seen, "settings": {"fulfilment": "merchant"}}
    assert registry.edit(it.workspace, ada, first).revision == seen + 1
    with pytest.raises(UsageError, match="ada has changed settings meanwhile") as caught:
        registry.edit(it.workspace, bob, {"name": it.channel, "revision": seen, "settings": {"use_queue": False}})
    assert "revision" in caught.value.fields
    assert registry.show(it.workspace, LOCAL_ADMIN, it.channel).settings["use_queue"] is True
    # Without a revision, keys that nobody else touched are kept as they are.
    merged = registry.edit(it.workspace, bob, {"name": it.channel, "settings": {"use_queue": False}}).settings
    assert (merged["use_queue"], merged["fulfilment"]) == (False, "merchant")


def test_the_orders_sync_off_stops_schedules_and_not_people(
    it: Shop, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"pull_orders": False, "auto_pull_orders_minutes": 15}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})
    line = Line(it.sandbox, monkeypatch)
    done = line.run("orders", "import", "--channel", it.channel, "--direct", "--plan-only")
    assert "orders sync of channel de is off" in done.stderr
    assert "Finished" in done.stdout
    clock.install("100000,1", home)
    dispatcher = Dispatcher(it.workspace.settings)
    assert start_due(it.workspace, dispatcher) == []
    assert dispatcher.huey.pending_count() == 1, "the deletion of personal data, which asks nobody"
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"pull_orders": True}})
    clock.install("200000,1", home)
    start_due(it.workspace, dispatcher)
    assert dispatcher.huey.pending_count() == 2
