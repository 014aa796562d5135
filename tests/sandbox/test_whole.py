"""World, Amazon, store and audit fit together: an import that follows the expectations passes the audit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from sandbox.sandbox import Sandbox
from sandbox.world.order import Expected, WorldOrder
from tests.sandbox.amazon_client import AmazonClient

FREE_KEY = 7000
"""Line keys from here on are new lines."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=80, other_orders=10, products=30) as running:
        yield running


def split_lines(placed: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """The lines with exact amounts: unit prices are whole cents, so a line that does not divide becomes two."""
    lines: dict[str, Any] = {}
    for key, line in placed.items():
        quantity, gross = expected.lines[int(line["product_id"])]
        cents, rest = divmod(int(gross * 100), quantity)
        for number, (units, price) in enumerate(((quantity - rest, cents), (rest, cents + 1))):
            if units:
                lines[str(FREE_KEY + len(lines)) if number else key] = {
                    "product_id": int(line["product_id"]),
                    "amount": units,
                    "price": str(Decimal(price) / 100),
                    "stored_price": "Y",
                    "discount": 0,
                    "company_id": 1,
                    "product_options": {},
                }
    return lines


def put_in_store(sandbox: Sandbox, http: requests.Session, order: WorldOrder) -> None:
    expected = order.expected
    body: dict[str, Any] = {
        "payment_id": expected.payment_id,
        "shipping_id": expected.shipping_id,
        "timestamp": expected.timestamp,
        "user_data": {"email": f"{order.order_id}@orders.invalid", "s_country": "DE"},
        "products": {
            str(product): {"product_id": product, "amount": quantity}
            for product, (quantity, _) in expected.lines.items()
        },
    }
    created = http.post(f"{sandbox.store_url}/api/stores/1/orders", json=body)
    assert created.status_code == 201, created.text
    exact = {
        **body,
        "products": split_lines(created.json()["order_data"]["products"], expected),
        "stored_shipping": {"0": {"0": str(expected.shipping)}},
        "shipping_cost": str(expected.shipping),
        "total": str(expected.total),
        "status": expected.status,
    }
    changed = http.put(f"{sandbox.store_url}/api/orders/{created.json()['order_id']}", json=exact)
    assert changed.status_code == 200, changed.text


def test_an_import_by_the_book_passes_the_audit(sandbox: Sandbox) -> None:
    client = AmazonClient(sandbox).login()
    served = {order["orderId"] for page in client.pages() for order in page["orders"]}
    assert served == {order.order_id for order in sandbox.world.orders}
    with requests.Session() as http:
        http.auth = (sandbox.store.options.email, sandbox.store.options.api_key)
        wanted = [order for order in sandbox.world.orders if order.expected.outcome == "created"]
        for order in wanted:
            put_in_store(sandbox, http, order)
        verdict = sandbox.audit()
        assert verdict.ok, verdict
        assert verdict.created == verdict.expected == len(wanted)
        held = next(one for one in sandbox.world.orders if one.expected.outcome == "held")
        sandbox.amazon.update_order(wanted[0].order_id, status="CANCELLED", imported=True)
        assert [order_id for order_id, _ in sandbox.audit().wrong] == [wanted[0].order_id]
        assert held.order_id in sandbox.audit().expected_held
