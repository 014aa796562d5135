"""The audit finds what a wrong import leaves behind, and passes a right one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
import requests

from sandbox.audit import audit
from sandbox.sandbox import Sandbox
from sandbox.world.order import WorldOrder

CENT = Decimal("0.01")


class Importer:
    """Imports the world's orders by what the expectation says, over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        options = sandbox.store.options
        self.session.auth = (options.email, options.api_key)

    def wanted(self) -> list[WorldOrder]:
        return [order for order in self.sandbox.world.orders if order.expected.outcome == "created"]

    def create(self, order: WorldOrder) -> int:
        expected = order.expected
        body: dict[str, Any] = {
            "payment_id": expected.payment_id,
            "shipping_id": expected.shipping_id,
            "timestamp": expected.timestamp,
            "user_data": {"email": f"{order.order_id}@orders.invalid", "s_country": "DE"},
            "products": {str(key): {"amount": quantity} for key, (quantity, _) in expected.lines.items()},
        }
        response = self.session.post(f"{self.sandbox.store_url}/api/stores/1/orders", json=body, timeout=20)
        order_id: int = response.json()["order_id"]
        self.put(order_id, self.exact(order))
        return order_id

    def exact(self, order: WorldOrder) -> dict[str, Any]:
        """Exact lines: amounts that do not divide are split into two lines."""
        expected = order.expected
        lines: dict[str, Any] = {}
        for product_id, (quantity, amount) in expected.lines.items():
            unit = (amount / quantity).quantize(CENT, ROUND_DOWN)
            dearer = int((amount - unit * quantity) / CENT)
            for count, price in ((quantity - dearer, unit), (dearer, unit + CENT)):
                if count:
                    line = {"product_id": product_id, "amount": count, "price": str(price), "stored_price": "Y"}
                    lines[str(len(lines) + 1)] = {**line, "company_id": 1}
        shipping = str(expected.shipping)
        return {
            "products": lines,
            "stored_shipping": {"0": {"0": shipping}},
            "total": str(expected.total),
            "status": expected.status,
        }

    def put(self, order_id: int, body: dict[str, Any]) -> None:
        url = f"{self.sandbox.store_url}/api/orders/{order_id}"
        assert self.session.put(url, json=body, timeout=20).status_code == 200


@pytest.fixture
def importer() -> Iterator[Importer]:
    with Sandbox(seed=3, products=30, orders=60, other_orders=10) as sandbox:
        yield Importer(sandbox)


def test_right_import_passes(importer: Importer) -> None:
    orders = importer.wanted()
    for order in orders:
        importer.create(order)
    verdict = audit(importer.sandbox.world, importer.sandbox.store)
    assert verdict.ok, verdict
    assert verdict.created == verdict.expected == len(orders) > 20
    assert verdict.held == len(verdict.expected_held) > 0 and verdict.ignored > 0
    shown = importer.session.get(f"{importer.sandbox.store_url}/_sandbox/audit", timeout=20).json()
    assert shown == json.loads(json.dumps(verdict.as_dict()))


def test_each_fault_is_named(importer: Importer) -> None:
    sandbox = importer.sandbox
    missing, doubled, mended, mispriced, misplaced, *_ = (one for one in importer.wanted() if one.expected.takes_stock)
    importer.create(doubled)
    importer.create(doubled)
    first = importer.create(mended)
    importer.put(importer.create(mended), {"status": "I"})
    wrong = importer.create(mispriced)
    sandbox.store.orders[wrong].total += CENT
    importer.put(importer.create(misplaced), {"status": "C"})
    held = next(one for one in sandbox.world.orders if one.expected.outcome == "held")
    stray = importer.create(mispriced)
    sandbox.store.orders[stray].profile["email"] = f"{held.order_id}@orders.invalid"
    product = next(iter(sandbox.store.products.values()))
    product.amount += 1

    verdict = audit(sandbox.world, sandbox.store)
    assert not verdict.ok
    assert missing.order_id in verdict.missing
    assert verdict.doubled == [(doubled.order_id, [101, 102])]
    assert verdict.cancelled_doubles == [(mended.order_id, [first + 1])]
    said = dict(verdict.wrong)
    assert set(said) == {mispriced.order_id, misplaced.order_id}
    assert "status is C, expected P" in said[misplaced.order_id]
    assert verdict.stray == [stray]
    assert [product_id for product_id, _ in verdict.stock_wrong] == [product.product_id]
