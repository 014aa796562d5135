"""World, Amazon, store and audit fit together: an import that follows the expectations passes the audit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import AmazonClient
from tests.sandbox.by_hand import put_in_store


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=80, other_orders=10, products=30) as running:
        yield running


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
