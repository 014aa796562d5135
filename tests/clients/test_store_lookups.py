"""The store's small entities, in both shapes of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.cscart import lookups
from core.cscart.lookups import Lookup
from core.cscart.transport import StoreClient
from core.errors import OutcomeUnknown
from core.http import Http
from tests.clients.store_kit import (
    PAYMENTS,
    SETTINGS,
    SHIPPINGS,
    STATUSES,
    TAXES,
    Shop,
    client,
    keyed,
    listed,
)

READERS: dict[str, tuple[Callable[[StoreClient], Any], list[dict[str, Any]], str]] = {
    "payments": (lookups.payments, PAYMENTS, "payment_id"),
    "shippings": (lookups.shippings, SHIPPINGS, "shipping_id"),
    "statuses": (lookups.statuses, STATUSES, "status_id"),
    "taxes": (lookups.taxes, TAXES, "tax_id"),
    "settings": (lookups.settings, SETTINGS, "object_id"),
}
ENTITIES = pytest.mark.parametrize("entity", READERS)


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


def by_id(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """Rows by id; settings without one keep their place."""
    return keyed([{key: str(index), **row} for index, row in enumerate(rows)], key)


@ENTITIES
def test_a_list_and_a_map_mean_the_same(entity: str, store: StoreClient, shop: Shop) -> None:
    read, rows, key = READERS[entity]
    shop.each(f"GET /api/2.1/{entity}", listed(entity, rows), listed(entity, by_id(rows, key)))
    first = read(store)
    assert first and first == read(store)
    assert [call.query for call in shop.calls] == [[("items_per_page", "0")]] * 2


@ENTITIES
def test_none_at_all(entity: str, store: StoreClient, shop: Shop) -> None:
    shop.on(f"GET /api/2.1/{entity}", {entity: [], "params": []})
    assert not READERS[entity][0](store)


@ENTITIES
def test_no_list_is_not_none_at_all(entity: str, store: StoreClient, shop: Shop) -> None:
    shop.on(f"GET /api/2.1/{entity}", {"params": []})
    with pytest.raises(OutcomeUnknown, match=entity):
        READERS[entity][0](store)


def test_payments_keep_no_secrets_of_their_processors(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/payments", listed("payments", PAYMENTS))
    assert lookups.payments(store) == [
        Lookup("1", "PayPal", True, {"offline": False}),
        Lookup("6", "Cash on delivery", True, {"offline": True}),
        Lookup("7", "Old", False, {"offline": True}),
    ]


def test_shippings_and_taxes(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/shippings", listed("shippings", SHIPPINGS))
    shop.on("GET /api/2.1/taxes", listed("taxes", TAXES))
    assert lookups.shippings(store) == [Lookup("1", "Standard", True), Lookup("4", "Express", False)]
    assert lookups.taxes(store) == [Lookup("6", "VAT", True)]


def test_statuses_are_those_of_orders_with_their_effect_on_stock(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/statuses", listed("statuses", STATUSES))
    found = {row.key: row for row in lookups.statuses(store)}
    assert list(found) == ["O", "P", "I", "N"]
    assert {code for code, row in found.items() if row.increases_stock} == {"I"}
    assert found["I"].data == {"inventory": "I", "status_id": "5"}
    assert found["N"].data == {"inventory": "", "status_id": "9"}


def test_statuses_without_a_type_are_those_of_orders(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/statuses", listed("statuses", [{"status": "O", "description": "Open", "params": []}]))
    assert [row.key for row in lookups.statuses(store)] == ["O"]


def test_settings_by_name(store: StoreClient, shop: Shop) -> None:
    shop.on("GET /api/2.1/settings", listed("settings", SETTINGS))
    assert lookups.settings(store) == {
        "inventory_tracking": "Y",
        "allow_negative_amount": "Y",
        "min_order_amount": "0",
        "empty": "",
    }
