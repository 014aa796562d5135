"""The form of a channel as data: every setting is in it, and what it holds is what core stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.channels.documents import ChannelSettings, Notifications
from core.channels.views import ChannelView
from core.errors import CrossdockError
from core.workspace import Workspace
from tests.tui.rows import add_channel
from tui.forms.fields import Entered, Field, Value, flat, parse
from tui.screens.channels.fields import agree, settings_tabs
from tui.screens.channels.values import changes_document, present_values

TYPED: Mapping[str, tuple[str, object]] = {
    "settings.orders_from": ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
    "settings.orders_to": ("2026-12-31T18:00:00Z", "2026-12-31T18:00:00Z"),
    "settings.exchange_rate": ("USD 1.08 from 2026-01-31", "USD 1.08 from 2026-01-31"),
    "settings.exchange_rate_days": ("40", 40),
    "settings.placeholder_product": ("12", 12),
    "settings.order_fields.vat_number": ("32", 32),
    "settings.auto_pull_orders_minutes": ("15", 15),
    "settings.auto_follow_listings_minutes": ("30", 30),
    "settings.auto_pull_categories_minutes": ("10080", 10_080),
    "settings.auto_push_shipments_minutes": ("30", 30),
    "settings.auto_pull_products_minutes": ("360", 360),
    "settings.product_identifier": ("EAN", "EAN"),
    "settings.carriers": ("ups = DHL", {"ups": "DHL"}),
    "notifications.aws_access_key": ("AKIAPLANTED", "set"),
    "notifications.aws_secret_key": ("planted-secret", "set"),
    "notifications.role_arn": ("arn:aws:iam::123456789012:role/crossdock",) * 2,
    "notifications.queue_arn": ("arn:aws:sqs:eu-west-1:123456789012:orders",) * 2,
    "notifications.queue_url": ("https://sqs.eu-west-1.amazonaws.com/1/orders",) * 2,
}
CHOSEN: Mapping[str, Value] = {
    "settings.use_queue": False,
    "settings.pull_orders": False,
    "settings.push_shipments": True,
    "settings.pull_shipments": True,
    "settings.sync_products": True,
    "settings.pull_products": True,
    "settings.push_products": True,
    "settings.product_fields.price": "always",
    "settings.weight_unit": "lb",
    "settings.length_unit": "in",
    "settings.order_statuses": ("SHIPPED", "CANCELLED"),
    "settings.fulfilment": "merchant",
    "settings.out_of_stock": "flag",
    "settings.unknown_sku": "placeholder",
    "settings.fba_recipient": "hold",
    "settings.facilitator_tax": "left_out",
    "settings.payments.prepaid": 2,
    "settings.payments.cod": 6,
    "settings.shipping.default": 1,
    "settings.shipping.EXPEDITED": 4,
    "settings.statuses.SHIPPED": "C",
    "settings.statuses.NO_STOCK": "B",
    "notifications.delivery": "sqs",
}


def _fields() -> dict[str, Field]:
    return {field.name: field for tab in settings_tabs(lambda values, kind: ()) for field in tab.fields}


def _saved(workspace: Workspace, changes: Mapping[str, Value]) -> ChannelView:
    read = registry.show(workspace, LOCAL_ADMIN, "de")
    return registry.edit(workspace, LOCAL_ADMIN, changes_document(read, Entered(changes=dict(changes))))


def test_every_setting_is_in_the_form() -> None:
    """None can be set by commands alone."""
    names = {name.removesuffix(".prepaid").removesuffix(".cod") for name in _fields()}
    groups = {"settings": ChannelSettings, "notifications": Notifications}
    wanted = {f"{group}.{name}" for group, document in groups.items() for name in document.model_fields}
    grouped = {name for name in wanted if any(known.startswith(f"{name}.") for known in names)}
    assert wanted - names - grouped == set()


def test_each_is_stored_and_shown_again(workspace: Workspace) -> None:
    """What is typed or chosen is what core stores, and what the form begins with next time; secrets are not shown."""
    add_channel(workspace)
    fields = _fields()
    changes = {name: parse(fields[name], text) for name, (text, _) in TYPED.items()} | CHOSEN
    stored = _saved(workspace, changes)
    found = flat({"settings": stored.settings, "notifications": stored.notifications})
    assert {name: found[name] for name in TYPED} == {name: value for name, (_, value) in TYPED.items()}
    assert {name: found[name] for name in CHOSEN} == {
        name: list(value) if isinstance(value, tuple) else value for name, value in CHOSEN.items()
    }
    again = present_values(stored)
    secrets = {name for name, field in fields.items() if field.kind == "secret"}
    assert {name: again[name] for name in changes if name not in secrets} == {
        name: value for name, value in changes.items() if name not in secrets
    }
    assert {again[name] for name in secrets} == {True}


def test_emptied_fields_take_values_away(workspace: Workspace) -> None:
    """A mapping goes, and a day has no value."""
    add_channel(workspace)
    emptied: dict[str, Value] = {"settings.carriers": (), "settings.shipping.EXPEDITED": None}
    begun: dict[str, Value] = {"settings.carriers": ("ups = DHL",), "settings.shipping.EXPEDITED": 4}
    _saved(workspace, begun | {"settings.orders_to": datetime(2026, 1, 1, tzinfo=UTC)})
    settings = _saved(workspace, emptied | {"settings.orders_to": None}).settings
    assert (settings["carriers"], settings["orders_to"]) == ({}, None)
    assert "EXPEDITED" not in settings["shipping"]


def test_payment_for_cash_on_delivery() -> None:
    """Without one orders are held, which the empty field says; the global one counts too."""
    [field] = [field for field in settings_tabs(lambda values, kind: ())[2].fields if field.label == "Cash on delivery"]
    assert (field.blank, field.warns) == ("not set: COD orders will be held", True)
    told = settings_tabs(lambda values, kind: (), "as in the global settings (6)")[2].fields[1]
    assert (told.blank, told.warns) == ("as in the global settings (6)", False)
    assert replace(told, blank=field.blank, warns=True).help == field.help


def test_days_in_the_wrong_order() -> None:
    """Both fields are right by themselves."""
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert agree({"settings.orders_from": late, "settings.orders_to": early}) == {
        "settings.orders_to": "it is before Orders from"
    }
    assert agree({"settings.orders_from": early, "settings.orders_to": late}) == {}
    assert agree({"settings.orders_from": early, "settings.orders_to": None}) == {}


def test_somebody_else_was_faster(workspace: Workspace) -> None:
    """Nothing of theirs is overwritten: the form saves what it began from."""
    add_channel(workspace)
    read = registry.show(workspace, LOCAL_ADMIN, "de")
    registry.edit(workspace, Actor("ada"), {"name": "de", "settings": {"use_queue": False}})
    with pytest.raises(CrossdockError, match="ada has changed settings meanwhile"):
        registry.edit(workspace, LOCAL_ADMIN, changes_document(read, Entered(changes={"settings.exchange_rate": "2"})))
