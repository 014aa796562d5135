"""Faults of the store, and updates lost because it takes no lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests

from sandbox.clock import Clock
from tests.sandbox.store_kit import LAMP, Shop, open_shop, order_body


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def test_refusals_before_anything_is_done(shop: Shop) -> None:
    for kind, status in [("429", 429), ("429_bare", 429), ("html_503", 503), ("error_500", 500), ("html_200", 200)]:
        shop.fault("createOrder", kind)
        response = shop.place()
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")
        assert ("Retry-After" in response.headers) == (kind == "429")
    assert not shop.store.orders
    counts = shop.ledger.counts()["store"]["createOrder"]
    assert counts == {"calls": 5, "refused": 2, "errors": 2}


@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_broken_connections(shop: Shop, kind: str) -> None:
    shop.fault("createOrder", kind)
    with pytest.raises(requests.RequestException):
        shop.place()
    # A dropped call did nothing; a reset one was done, only its answer broke off.
    assert len(shop.store.orders) == (kind == "reset")
    assert shop.place().status_code == 201


def test_malformed_body(shop: Shop) -> None:
    shop.fault("listOrders", "malformed")
    response = shop.call("GET", "/api/orders")
    assert response.status_code == 200
    with pytest.raises(ValueError):
        response.json()


def test_slow_answer(shop: Shop) -> None:
    shop.fault("getOrder", "slow", seconds=30.0)
    order_id = shop.placed()["order_id"]
    with pytest.raises(requests.Timeout):
        shop.session.get(f"{shop.url}/api/orders/{order_id}", timeout=0.2)


def test_done_but_never_answered(shop: Shop) -> None:
    shop.fault("createOrder", "timeout_after", seconds=0.0)
    with pytest.raises(requests.ConnectionError):
        shop.place()
    assert len(shop.store.orders) == 1
    shop.fault("updateOrder", "error_after")
    assert shop.put(101, {"status": "I"}).status_code == 500
    assert shop.order(101)["status"] == "I"


def test_lost_write(shop: Shop) -> None:
    order_id = shop.placed()["order_id"]
    for operation, call in {
        "createOrder": shop.place,
        "updateOrder": lambda: shop.put(order_id, {"status": "I"}),
        "deleteOrder": lambda: shop.call("DELETE", f"/api/orders/{order_id}"),
        "updateProduct": lambda: shop.call("PUT", f"/api/products/{LAMP}", {"amount": 1}),
        "createStatus": lambda: shop.call("POST", "/api/statuses", {"description": "x"}),
    }.items():
        shop.fault(operation, "lost")
        assert call().status_code == 504
    assert shop.order(order_id)["status"] == "O"
    assert shop.amount(LAMP) == 48 and len(shop.store.orders) == 1


def test_late_commit_happens_by_the_sandbox_clock() -> None:
    clock = Clock()
    with open_shop(clock=clock) as shop:
        shop.fault("createOrder", "late_commit", seconds=60.0)
        assert shop.place().status_code == 504
        assert shop.get("/api/orders")["orders"] == []
        clock.advance(61)
        arrived = threading.Event()
        while not shop.store.orders:
            arrived.wait(0.01)
        assert len(shop.get("/api/orders")["orders"]) == 1


def test_write_faults_leave_reads_alone(shop: Shop) -> None:
    shop.fault("*", "lost", times=-1)
    assert shop.call("GET", "/api/orders").status_code == 200
    assert shop.place().status_code == 504


def test_probability(shop: Shop) -> None:
    shop.fault("getVersion", "html_503", times=-1, probability=0.5)
    statuses = [shop.call("GET", "/api/version").status_code for _ in range(40)]
    assert 5 < statuses.count(503) < 35


def test_operations_of_the_ledger(shop: Shop) -> None:
    for path, operation in {
        "/api/version": "getVersion",
        "/api/versions": "listVersions",
        "/?version": "getEdition",
        "/api/orders": "listOrders",
        "/api/orders/101": "getOrder",
        "/api/stores/1/orders": "listOrders",
        "/api/products": "listProducts",
        "/api/products/12": "getProduct",
        "/api.php?_d=2.0/statuses": "listStatuses",
        "/api/payments": "listPayments",
        "/api/shippings": "listShippings",
        "/api/taxes": "listTaxes",
        "/api/settings": "listSettings",
        "/api/stores": "listStores",
        "/api/languages": "listLanguages",
        "/api/shipments": "listShipments",
    }.items():
        shop.call("GET", path)
        assert shop.ledger.entries()[-1].operation == operation


def place_at_once(shop: Shop, count: int) -> None:
    """`count` orders of one lamp each, sent by as many threads at the same moment."""
    start = threading.Barrier(count)
    auth = (shop.store.options.email, shop.store.options.api_key)

    def place() -> None:
        start.wait()
        body = order_body(products={"12": {"amount": 1}})
        response = requests.post(f"{shop.url}/api/stores/1/orders", json=body, auth=auth, timeout=20)
        assert response.status_code == 201

    threads = [threading.Thread(target=place) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_concurrent_orders_lose_stock_updates() -> None:
    with open_shop(stock_window=0.05) as shop:
        place_at_once(shop, 8)
        assert len(shop.store.orders) == 8
        assert len({order.order_id for order in shop.store.all_orders()}) == 8
        assert shop.amount(LAMP) > 42


def test_serial_orders_keep_every_update() -> None:
    with open_shop(stock_window=0.0) as shop:
        for _ in range(8):
            shop.place(products={"12": {"amount": 1}})
        assert shop.amount(LAMP) == 42
