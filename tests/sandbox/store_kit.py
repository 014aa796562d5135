"""A served store of a few products, and short ways to talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import requests

from sandbox.clock import Clock
from sandbox.faults import Faults, Rule
from sandbox.ledger import Ledger
from sandbox.serve import Served
from sandbox.store.app import create_app
from sandbox.store.state import Store
from sandbox.world.product import WorldProduct

LAMP, MUG, FREEBIE, TEAPOT = 12, 13, 14, 15
AMAZON_ID = "113-1234567-1234567"

PRODUCTS = [
    WorldProduct(LAMP, "LAMP-1", "Lamp", Decimal("20.00"), 50, 10, "B000000012"),
    WorldProduct(MUG, "MUG+LID", "Mug 🎉", Decimal("7.49"), 30, 11, "B000000013"),
    WorldProduct(FREEBIE, "FREE", "Freebie", Decimal("0.00"), 10, 11, "B000000014"),
    WorldProduct(TEAPOT, "lamp_2", "Teapot", Decimal("99.90"), 3, 10, "B000000015"),
]


class Shop:
    """A client of the sandbox store that knows its credentials."""

    def __init__(self, store: Store, faults: Faults, ledger: Ledger, url: str) -> None:
        self.store, self.faults, self.ledger, self.url = store, faults, ledger, url
        self.session = requests.Session()
        self.session.auth = (store.options.email, store.options.api_key)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=20, **more)

    def get(self, path: str, **more: Any) -> Any:
        response = self.call("GET", path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def place(self, **changes: Any) -> requests.Response:
        return self.call("POST", "/api/stores/1/orders", order_body(**changes))

    def placed(self, **changes: Any) -> dict[str, Any]:
        """The created order as the reply shows it."""
        response = self.place(**changes)
        assert response.status_code == 201, response.text
        data: dict[str, Any] = response.json()["order_data"]
        return data

    def put(self, order_id: Any, body: dict[str, Any]) -> requests.Response:
        return self.call("PUT", f"/api/orders/{order_id}", body)

    def order(self, order_id: Any) -> dict[str, Any]:
        data: dict[str, Any] = self.get(f"/api/orders/{order_id}")
        return data

    def amount(self, product_id: int) -> int:
        return self.store.products[product_id].amount

    def fault(self, operation: str, kind: str, **more: Any) -> None:
        self.faults.add(Rule("store", operation, kind, **more))


def order_body(**changes: Any) -> dict[str, Any]:
    """A good order of two lamps; a change to None leaves a key out."""
    body: dict[str, Any] = {
        "payment_id": 2,
        "shipping_id": 1,
        "user_data": {"email": f"{AMAZON_ID}@orders.invalid", "s_firstname": "Ann", "s_country": "DE"},
        "products": {str(LAMP): {"product_id": LAMP, "amount": 2}},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def line_of(order: dict[str, Any], product_id: int) -> dict[str, Any]:
    """The one line of `product_id`."""
    (line,) = [one for one in order["products"].values() if one["product_id"] == str(product_id)]
    found: dict[str, Any] = line
    return found


@contextmanager
def open_shop(*, clock: Clock | None = None, latency: float = 0.0, **options: Any) -> Iterator[Shop]:
    """A served store with `options`."""
    store = Store(PRODUCTS, clock or Clock(), options)
    faults, ledger = Faults(1), Ledger()
    served = Served(create_app(store, faults, ledger, latency=latency))
    shop = Shop(store, faults, ledger, served.url)
    try:
        yield shop
    finally:
        shop.session.close()
        served.stop()
