"""The documents of channels: what they take, and the key of whatever they refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.channels.documents import ChannelChanges, ChannelDocument, ChannelSettings
from core.documents import check
from core.errors import UsageError

LEAST: dict[str, Any] = {
    "name": "de",
    "client_id": "amzn1.application-oa2-client.0123456789abcdef",
    "client_secret": "planted-secret",
    "refresh_token": "Atzr|planted-token",
    "seller_id": "SELLER",
}


def refused(value: dict[str, Any]) -> str:
    with pytest.raises(UsageError) as caught:
        check(ChannelDocument, value, "channel document")
    assert "planted" not in str(caught.value)
    return caught.value.what


def settings(**values: Any) -> ChannelSettings:
    return check(ChannelDocument, {**LEAST, "settings": values}, "channel document").settings


def test_name_and_credentials_suffice() -> None:
    found = check(ChannelDocument, LEAST, "channel document")
    assert (found.store, found.company_id, found.app_mode, found.api_mode, found.app_status) == (
        None,
        None,
        "private",
        "live",
        "active",
    )
    assert found.settings == ChannelSettings()
    assert found.settings.order_statuses == ["UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"]
    assert (found.settings.fulfilment, found.settings.pull_orders, found.settings.use_queue) == ("both", True, True)


def test_the_document_of_the_contract_is_taken_whole() -> None:
    contract = {
        **LEAST,
        "store": "main",
        "company_id": 1,
        "app_mode": "private",
        "region": "eu",
        "country": "DE",
        "api_mode": "live",
        "app_status": "active",
        "settings": {
            "use_queue": True,
            "sync_products": True,
            "pull_products": True,
            "push_products": True,
            "pull_orders": True,
            "orders_from": "2026-01-01T00:00:00Z",
            "orders_to": None,
            "order_statuses": ["UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"],
            "fulfilment": "both",
            "push_shipments": True,
            "auto_pull_orders_minutes": 15,
            "auto_pull_products_minutes": 360,
            "payments": {"cod": 6, "prepaid": 2},
            "shipping": {"default": 1, "EXPEDITED": 4},
            "carriers": {"ups": "UPS"},
            "statuses": {"UNSHIPPED": "P", "SHIPPED": "C", "CANCELLED": "I", "NO_STOCK": "S"},
            "exchange_rate": None,
        },
        "notifications": {
            "aws_access_key": "a",
            "aws_secret_key": "b",
            "role_arn": "",
            "queue_arn": "arn:aws:sqs:eu-west-1:123456789012:amazon",
            "queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/amazon",
        },
    }
    found = check(ChannelDocument, contract, "channel document")
    assert found.settings.orders_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert found.settings.payments.cod == 6
    assert found.notifications is not None
    # What is stored is JSON, and it is read back the same.
    assert ChannelSettings.model_validate(found.settings.model_dump(mode="json")) == found.settings


@pytest.mark.parametrize("key", ["name", "client_id", "client_secret", "refresh_token", "seller_id"])
def test_what_is_required_is_named_when_missing(key: str) -> None:
    assert refused({name: value for name, value in LEAST.items() if name != key}) == f"{key}: it is missing."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "-de"),
        ("name", "a/b"),
        ("name", "x" * 61),
        ("client_id", ""),
        ("client_secret", "  "),
        ("refresh_token", None),
        ("seller_id", 7),
        ("company_id", -1),
        ("company_id", "one"),
        ("app_mode", "hybrid"),
        ("api_mode", "draft"),
        ("app_status", "paused"),
        ("notifications", "none"),
        ("notifications", {"aws_key": "x"}),
        ("settings", []),
        ("setings", {}),
    ],
)
def test_a_wrong_value_names_its_key(key: str, value: Any) -> None:
    assert refused({**LEAST, key: value}).startswith((f"{key}: ", f"{key}."))


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("pull_order", True, "settings.pull_order: unknown key."),
        ("use_queue", "perhaps", "settings.use_queue: "),
        ("orders_from", "2026-01-01T00:00:00", "settings.orders_from: it has no time zone"),
        ("orders_from", "2026-01-01", "settings.orders_from: it has no time zone"),
        ("orders_to", "yesterday", "settings.orders_to: "),
        ("order_statuses", ["SHIPED"], "settings.order_statuses: 'SHIPED' is no order status"),
        ("order_statuses", ["shipped"], "settings.order_statuses: 'shipped'"),
        ("order_statuses", "SHIPPED", "settings.order_statuses: "),
        ("fulfilment", "mixed", "settings.fulfilment: it is one of both"),
        ("fulfilment", None, "settings.fulfilment: it is one of both"),
        ("auto_pull_orders_minutes", -1, "settings.auto_pull_orders_minutes: "),
        ("auto_pull_orders_minutes", 10_081, "settings.auto_pull_orders_minutes: "),
        ("auto_pull_products_minutes", "often", "settings.auto_pull_products_minutes: "),
        ("payments", {"cod": 0}, "settings.payments.cod: "),
        ("payments", {"prepaid": "card"}, "settings.payments.prepaid: "),
        ("payments", {"COD": 6}, "settings.payments.COD: unknown key."),
        ("shipping", {"TELEPORT": 1}, "settings.shipping: 'TELEPORT' is no service level"),
        ("shipping", {"default": "post"}, "settings.shipping.default: "),
        ("statuses", {"SHIPED": "C"}, "settings.statuses: 'SHIPED' is no order status"),
        ("statuses", {"SHIPPED": "complete"}, "settings.statuses: SHIPPED: 'complete' is not a status code"),
        ("statuses", {"SHIPPED": "c"}, "settings.statuses: SHIPPED"),
        ("statuses", {"SHIPPED": ""}, "settings.statuses: SHIPPED"),
        ("carriers", {"ups": 1}, "settings.carriers.ups: "),
        ("exchange_rate", "0", "settings.exchange_rate: "),
        ("exchange_rate", "-1.2", "settings.exchange_rate: "),
        ("exchange_rate", "1,2", "settings.exchange_rate: "),
        ("exchange_rate", "NaN", "settings.exchange_rate: "),
        ("exchange_rate", 10**7, "settings.exchange_rate: "),
        ("exchange_rate", True, "settings.exchange_rate: "),
        ("exchange_rate", "USD", "settings.exchange_rate: "),
        ("exchange_rate", "USD 1, USD 2", "settings.exchange_rate: USD has two rates"),
    ],
)
def test_a_wrong_setting_names_its_key(key: str, value: Any, named: str) -> None:
    assert refused({**LEAST, "settings": {key: value}}).startswith(named)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    dates = {"orders_from": "2026-02-01T00:00:00Z", "orders_to": "2026-01-31T23:59:59Z"}
    assert refused({**LEAST, "settings": dates}) == "settings.orders_to: it is before orders_from."


def test_a_range_may_be_one_moment_in_two_zones() -> None:
    found = settings(orders_from="2026-02-01T00:00:00Z", orders_to="2026-02-01T01:00:00+01:00")
    assert found.orders_from == found.orders_to


@pytest.mark.parametrize(
    ("word", "mode"),
    [("both", "both"), ("FBM", "merchant"), ("merchant", "merchant"), ("FBA", "amazon"), ("Amazon", "amazon")],
)
def test_the_fulfilment_is_taken_in_amazons_words_too(word: str, mode: str) -> None:
    assert settings(fulfilment=word).fulfilment == mode


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("0.0871", "0.0871"),
        (1.5, "1.5"),
        (2, "2"),
        ("", None),
        (None, None),
        (" 1.10 ", "1.10"),
        ("USD 0.92, JPY=0.0061", "USD 0.92, JPY 0.0061"),
        ({"USD": "0.92"}, "USD 0.92"),
    ],
)
def test_the_exchange_rate_is_kept_exactly(value: Any, stored: str | None) -> None:
    assert settings(exchange_rate=value).exchange_rate == stored


def test_an_edit_takes_only_what_may_change() -> None:
    changes = check(ChannelChanges, {"name": "de", "settings": {"pull_orders": False}}, "channel document")
    assert changes.settings == {"pull_orders": False}
    for key in ("seller_id", "country", "store", "api_mode"):
        with pytest.raises(UsageError, match=f"{key}: unknown key"):
            check(ChannelChanges, {"name": "de", key: "x"}, "channel document")
