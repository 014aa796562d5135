"""Puts orders of the world into the store as a right import would, call by call."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests

from sandbox.sandbox import Sandbox
from sandbox.world.order import Expected, WorldOrder

FREE_KEY = 7000
"""Line keys from here on are new lines."""


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
