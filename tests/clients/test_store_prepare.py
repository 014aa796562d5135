"""Preparing a store: what is there is kept, what is missing is made once."""

from __future__ import annotations

from typing import Any

import pytest

from core.checks import Check
from core.cscart.prepare import NO_STOCK, PAYMENT, SHIPPING, TAX, Preparation, prepare
from core.cscart.transport import StoreClient
from core.errors import AuthorizationError, CrossdockError
from core.http import Http
from tests.clients.store_kit import (
    HTML,
    PAYMENTS,
    SETTINGS,
    SHIPPINGS,
    STATUSES,
    TAXES,
    Call,
    Shop,
    client,
    keyed,
    listed,
)

PURPOSES = ["payment", "shipping", "tax", "no_stock"]
ENTITIES = {"payments": "payment_id", "shippings": "shipping_id", "taxes": "tax_id", "statuses": "status_id"}


class Memory:
    """The small entities of a store that keeps what is posted to it."""

    def __init__(self, shop: Shop) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            "payments": list(PAYMENTS),
            "shippings": list(SHIPPINGS),
            "taxes": list(TAXES),
            "statuses": list(STATUSES),
        }
        self.shop = shop
        for entity in self.rows:
            shop.on(f"GET /api/2.1/{entity}", lambda call, entity=entity: self.shown(entity))
            shop.on(f"POST /api/2.1/{entity}", lambda call, entity=entity: (201, self.add(entity, call)))
        self.settings({})

    def shown(self, entity: str) -> Any:
        return listed(entity, keyed(self.rows[entity], ENTITIES[entity]))

    def add(self, entity: str, call: Call) -> Any:
        key = ENTITIES[entity]
        number = str(100 + len(self.rows[entity]))
        self.rows[entity].append({"status": "A", **call.body, key: number})
        return {key: int(number)}

    def settings(self, changes: dict[str, str]) -> None:
        rows = [{**row, "value": changes.get(str(row["name"]), row["value"])} for row in SETTINGS]
        self.shop.on("GET /api/2.1/settings", listed("settings", rows))


@pytest.fixture
def store(http: Http) -> StoreClient:
    return client(http)


@pytest.fixture
def memory(shop: Shop) -> Memory:
    return Memory(shop)


def failed(done: Preparation) -> dict[str, Check]:
    return {one.name: one for one in done.checks if not one.ok}


def test_looking_changes_nothing_and_tells_how_to_go_on(store: StoreClient, shop: Shop, memory: Memory) -> None:
    done = prepare(store, apply=False)
    assert shop.writes() == [] and done.ids == {}
    assert list(failed(done)) == PURPOSES
    assert all("crossdock store prepare --apply" in one.fix for one in failed(done).values())


def test_what_is_missing_is_made(store: StoreClient, shop: Shop, memory: Memory) -> None:
    done = prepare(store, apply=True)
    assert failed(done) == {}
    assert done.ids == {"payment": 103, "shipping": 102, "tax": 101, "no_stock": "S"}
    assert [(str(call), call.body) for call in shop.writes()] == [
        (
            "POST /api/2.1/payments",
            {"payment": PAYMENT, "status": "A", "processor_id": 0, "a_surcharge": 0, "p_surcharge": 0, "position": 900},
        ),
        ("POST /api/2.1/shippings", shop.writes()[1].body),
        ("POST /api/2.1/taxes", {"tax": TAX, "address_type": "S", "price_includes_tax": "Y", "status": "A"}),
        ("POST /api/2.1/statuses", shop.writes()[3].body),
    ]
    shipping = shop.writes()[1].body
    assert (shipping["shipping"], shipping["status"], shipping["rate_calculation"]) == (SHIPPING, "A", "M")
    # Without a row for the rate of zero the store takes the method for unavailable.
    (rate,) = shipping["rates"].values()
    assert [row["value"] for row in rate["rate_value"]["C"]] == [0]
    status = shop.writes()[3].body
    assert (status["status"], status["type"], status["description"]) == ("S", "O", NO_STOCK)
    assert status["params"]["inventory"] == "I"


def test_preparing_twice_makes_nothing_twice(store: StoreClient, shop: Shop, memory: Memory) -> None:
    first = prepare(store, apply=True)
    second = prepare(store, apply=True)
    assert len(shop.writes()) == 4
    assert second.ids == first.ids and failed(second) == {}
    assert prepare(store, apply=False).ids == first.ids


def test_names_are_compared_without_case_and_margins(store: StoreClient, shop: Shop, memory: Memory) -> None:
    memory.rows["payments"].append({"payment_id": "40", "payment": " AMAZON ", "status": "A"})
    memory.rows["shippings"].append({"shipping_id": "41", "shipping": "amazon", "status": "A"})
    memory.rows["taxes"].append({"tax_id": "42", "tax": "Amazon Tax", "status": "D"})
    memory.rows["statuses"].append(
        {"status_id": "43", "status": "Z", "type": "O", "description": NO_STOCK.upper(), "params": {"inventory": "I"}}
    )
    assert prepare(store, apply=True).ids == {"payment": 40, "shipping": 41, "tax": 42, "no_stock": "Z"}
    assert shop.writes() == []


def test_a_disabled_method_is_not_used(store: StoreClient, memory: Memory) -> None:
    memory.rows["payments"].append({"payment_id": "40", "payment": PAYMENT, "status": "D"})
    done = prepare(store, apply=False)
    assert "payment" in failed(done) and "not active" in failed(done)["payment"].message


def test_a_status_that_takes_stock_does_not_serve(store: StoreClient, memory: Memory) -> None:
    memory.rows["statuses"].append(
        {"status_id": "43", "status": "Z", "type": "O", "description": NO_STOCK, "params": {"inventory": "D"}}
    )
    assert "no_stock" in failed(prepare(store, apply=False))


def test_a_status_code_that_is_taken_is_not_taken_again(store: StoreClient, shop: Shop, memory: Memory) -> None:
    for number, code in enumerate("SZXWVUQABCDEFGH"):
        memory.rows["statuses"].append(
            {"status_id": f"5{number}", "status": code, "type": "O", "description": code, "params": []}
        )
    done = prepare(store, apply=True)
    used = {row["status"] for row in memory.rows["statuses"][:-1]}
    assert done.ids["no_stock"] not in used | {"N", "T"} and failed(done) == {}


@pytest.mark.parametrize("trouble", [(500, HTML), (502, ""), (429, ""), (201, HTML)])
def test_a_creation_without_a_clear_answer_is_looked_for_by_its_name(
    trouble: Any, store: StoreClient, shop: Shop, memory: Memory
) -> None:
    def made_all_the_same(call: Call) -> Any:
        memory.add("payments", call)
        return trouble

    shop.on("POST /api/2.1/payments", made_all_the_same)
    assert prepare(store, apply=True).ids["payment"] == 103
    assert prepare(store, apply=True).ids["payment"] == 103
    assert [str(call) for call in shop.writes()].count("POST /api/2.1/payments") == 1


def test_a_creation_that_failed_is_made_by_the_next_run(store: StoreClient, shop: Shop, memory: Memory) -> None:
    shop.each("POST /api/2.1/payments", (500, HTML), lambda call: (201, memory.add("payments", call)))
    first = prepare(store, apply=True)
    assert list(failed(first)) == ["payment"] and "by hand" in failed(first)["payment"].fix
    assert prepare(store, apply=True).ids["payment"] == 103
    assert sum(row["payment"] == PAYMENT for row in memory.rows["payments"]) == 1


@pytest.mark.parametrize(
    ("entity", "purpose"),
    [("payments", "payment"), ("shippings", "shipping"), ("taxes", "tax"), ("statuses", "no_stock")],
)
def test_a_refused_creation_is_a_failed_check_and_the_rest_goes_on(
    entity: str, purpose: str, store: StoreClient, shop: Shop, memory: Memory
) -> None:
    shop.on(f"POST /api/2.1/{entity}", (403, {"message": "Forbidden: no right to manage"}))
    done = prepare(store, apply=True)
    assert list(failed(done)) == [purpose]
    assert "no right to manage" in failed(done)[purpose].message
    assert failed(done)[purpose].fix == "Give the API user the right for it."
    assert sorted(done.ids) == sorted(set(PURPOSES) - {purpose})


def test_a_store_that_cannot_be_read_is_not_written_to(store: StoreClient, shop: Shop, memory: Memory) -> None:
    shop.on("GET /api/2.1/payments", (401, ""))
    with pytest.raises(AuthorizationError):
        prepare(store, apply=True)
    assert shop.writes() == []


def test_a_list_that_breaks_off_makes_nothing(store: StoreClient, shop: Shop, memory: Memory) -> None:
    shop.on("GET /api/2.1/payments", {"params": []})
    with pytest.raises(CrossdockError):
        prepare(store, apply=True)
    assert shop.writes() == []


# Settings that change orders without a word.


def test_harmless_settings_are_not_mentioned(store: StoreClient, memory: Memory) -> None:
    assert [one.name for one in prepare(store, apply=True).checks] == PURPOSES


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"allow_negative_amount": "N"}, "negative stock"),
        ({"min_order_amount": "10"}, "minimum order"),
        ({"min_order_amount": "0.50"}, "minimum order"),
    ],
)
def test_settings_that_change_orders_are_reported_and_left(
    changes: dict[str, str], name: str, store: StoreClient, shop: Shop, memory: Memory
) -> None:
    memory.settings(changes)
    (found,) = prepare(store, apply=True).checks[len(PURPOSES) :]
    assert found.name == name and found.fix
    assert not [call for call in shop.writes() if "settings" in call.path]


@pytest.mark.parametrize(
    "changes", [{"allow_negative_amount": "N", "inventory_tracking": "N"}, {"min_order_amount": ""}]
)
def test_settings_without_effect_are_not_reported(changes: dict[str, str], store: StoreClient, memory: Memory) -> None:
    memory.settings(changes)
    assert len(prepare(store, apply=True).checks) == len(PURPOSES)


@pytest.mark.parametrize("reply", [(403, {"message": "no"}), (404, {"message": "no"}), (200, HTML), (500, "")])
def test_settings_that_are_not_given_out_are_no_fault(
    reply: Any, store: StoreClient, shop: Shop, memory: Memory
) -> None:
    shop.on("GET /api/2.1/settings", reply)
    done = prepare(store, apply=True)
    assert failed(done) == {} and done.checks[-1].name == "settings"
