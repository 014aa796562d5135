"""searchOrders and getOrder: parameter rules, windows, pages, data sets, quotas, changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.sandbox import Sandbox
from sandbox.world.render import iso
from tests.sandbox.amazon_client import EVERYTHING, ORDERS, PARTICIPATIONS, AmazonClient, error, ids

DE = "A1PA6795UKMFR9"
OPTIONS: dict[str, Any] = {"orders": 150, "other_orders": 30, "products": 60}


@pytest.fixture(scope="module")
def shared() -> Iterator[AmazonClient]:
    """For tests that change nothing."""
    with Sandbox(**OPTIONS, quota_scale=0) as sandbox:
        yield AmazonClient(sandbox).login()


@pytest.fixture
def client() -> Iterator[AmazonClient]:
    with Sandbox(**OPTIONS) as sandbox:
        yield AmazonClient(sandbox).login()


def ago(client: AmazonClient, **duration: float) -> str:
    return iso(client.sandbox.clock.now() - timedelta(**duration))


@pytest.mark.parametrize(
    "parameters",
    [
        {"lastUpdatedAfter": None},
        {"createdAfter": "2026-01-01T00:00:00Z"},
        {"createdBefore": "2026-01-01T00:00:00Z"},
        {"lastUpdatedAfter": None, "createdAfter": "TEST_CASE_400"},
        {"lastUpdatedAfter": "2026-01-01"},
        {"lastUpdatedAfter": "2026-01-01T00:00:00"},
        {"lastUpdatedAfter": "2026-13-01T00:00:00Z"},
        {"lastUpdatedAfter": "2999-01-01T00:00:00Z"},
        {"lastUpdatedBefore": "2020-01-01T00:00:00Z"},
        {"fulfillmentStatuses": "SHIPPED,CANCELED"},
        {"fulfillmentStatuses": "Shipped"},
        {"fulfillmentStatuses": ["SHIPPED", "PENDING"]},
        {"fulfilledBy": "AFN"},
        {"includedData": "BUYER,ADDRESS"},
        {"includedData": ""},
        {"maxResultsPerPage": "0"},
        {"maxResultsPerPage": "101"},
        {"maxResultsPerPage": "ten"},
        {"marketplaceIds": "NOWHERE"},
        {"marketplaceIds": ",".join(f"M{number}" for number in range(51))},
        {"paginationToken": "abc"},
    ],
)
def test_broken_rules_are_invalid_input(shared: AmazonClient, parameters: dict[str, Any]) -> None:
    answer = shared.search(**parameters)
    assert error(answer)[:2] == (400, "InvalidInput")
    assert answer.headers["x-amzn-RequestId"]
    assert answer.headers["x-amzn-RateLimit-Limit"]


def test_upper_bound_must_be_two_minutes_old(shared: AmazonClient) -> None:
    assert error(shared.search(lastUpdatedBefore=ago(shared, seconds=110)))[0] == 400
    answer = shared.search(lastUpdatedBefore=ago(shared, seconds=121))
    assert answer.status_code == 200


def test_unencoded_zone_is_refused_and_encoded_one_understood(shared: AmazonClient) -> None:
    url = f"{shared.sandbox.amazon_url}{ORDERS}?lastUpdatedAfter="
    moment = "2026-01-01T09:00:00+09:00"
    assert shared.http.get(url + moment).status_code == 400
    assert shared.http.get(url + quote(moment)).status_code == 200


def test_answer_names_the_effective_bound(shared: AmazonClient) -> None:
    given = ago(shared, days=2)
    assert shared.search(lastUpdatedBefore=given).json()["lastUpdatedBefore"] == given
    body = shared.search().json()
    bound = datetime.fromisoformat(body["lastUpdatedBefore"])
    assert timedelta(seconds=119) < datetime.now(UTC) - bound < timedelta(seconds=150)
    assert "createdBefore" not in body
    created = shared.search(lastUpdatedAfter=None, createdAfter=shared.since).json()
    assert "lastUpdatedBefore" not in created
    assert created["createdBefore"]


def test_all_pages_hold_every_order_once(shared: AmazonClient) -> None:
    pages = list(shared.pages(maxResultsPerPage=37))
    found = [order for page in pages for order in ids(page)]
    assert [len(page["orders"]) for page in pages] == [37, 37, 37, 37, 32]
    assert len(set(found)) == len(found) == 180
    assert len({page["lastUpdatedBefore"] for page in pages}) == 1
    times = [(order["lastUpdatedTime"], order["orderId"]) for page in pages for order in page["orders"]]
    assert times == sorted(times)


def test_full_last_page_has_no_token(shared: AmazonClient) -> None:
    pages = list(shared.pages(maxResultsPerPage=60))
    assert [len(page["orders"]) for page in pages] == [60, 60, 60]
    assert "pagination" not in pages[-1]


def test_bounds_are_inclusive(shared: AmazonClient) -> None:
    order = shared.sandbox.world.orders[5]
    exact = iso(order.updated)
    page = shared.search(lastUpdatedAfter=exact, lastUpdatedBefore=exact).json()
    assert order.order_id in ids(page)
    created = iso(order.created)
    page = shared.search(lastUpdatedAfter=None, createdAfter=created, createdBefore=created).json()
    assert order.order_id in ids(page)


def test_filters(shared: AmazonClient) -> None:
    found = [
        order
        for page in shared.pages(
            marketplaceIds=f"{DE},A13V1IB3VIYZZH",
            fulfillmentStatuses="SHIPPED,UNSHIPPED",
            fulfilledBy="AMAZON",
            includedData="FULFILLMENT",
        )
        for order in page["orders"]
    ]
    wanted = [
        order
        for order in shared.sandbox.world.orders
        if order.draft.marketplace.country in ("DE", "FR")
        and order.draft.status in ("SHIPPED", "UNSHIPPED")
        and order.draft.fulfilled_by == "AMAZON"
    ]
    assert {order["orderId"] for order in found} == {order.order_id for order in wanted}
    assert {order["fulfillment"]["fulfilledBy"] for order in found} == {"AMAZON"}


def test_included_data_decides_the_blocks(shared: AmazonClient) -> None:
    plain = shared.search().json()["orders"]
    always = {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"}
    known = always | {"orderAliases", "programs", "associatedOrders"}
    assert all(always <= set(order) <= known for order in plain)
    items = [item for order in plain for item in order["orderItems"]]
    assert all(set(item) <= {"orderItemId", "quantityOrdered", "product"} for item in items)
    money = shared.search(includedData="PROCEEDS").json()["orders"]
    assert any("proceeds" in order for order in money)
    assert all(set(order) <= known | {"proceeds"} for order in money)
    full = shared.search(includedData=EVERYTHING).json()["orders"]
    assert {"buyer", "recipient", "payment", "packages"} <= {name for order in full for name in order}


def test_token_is_bound_to_the_other_parameters(client: AmazonClient) -> None:
    first = client.search(maxResultsPerPage=10, marketplaceIds=DE).json()
    token = first["pagination"]["nextToken"]
    same = {"paginationToken": token, "marketplaceIds": DE}
    for changed in (
        {"marketplaceIds": "A13V1IB3VIYZZH"},
        {"marketplaceIds": None},
        {"fulfilledBy": "AMAZON"},
        {"lastUpdatedAfter": ago(client, days=10)},
        {"lastUpdatedBefore": first["lastUpdatedBefore"]},
        {"paginationToken": token[:-8] + "AAAAAAA="},
    ):
        assert error(client.search(**{**same, **changed}))[:2] == (400, "InvalidInput")
    answer = client.search(**same, maxResultsPerPage=3, includedData="BUYER")
    assert len(answer.json()["orders"]) == 3
    client.sandbox.clock.advance(24 * 3600 + 1)
    assert "expired" in error(client.login().search(**same))[2]


def test_changes_between_pages_pass_over_no_other_order(client: AmazonClient) -> None:
    client.sandbox.set_quota_scale(0)
    before = {order.order_id for order in client.sandbox.world.orders}
    seen: list[str] = []
    changed: set[str] = set()
    for page in client.pages(maxResultsPerPage=9):
        seen += ids(page)
        for order_id in (seen[-1], max(before - set(seen), default=seen[-1])):
            client.sandbox.amazon.update_order(order_id, age=0)
            changed.add(order_id)
    unchanged = before - changed
    assert unchanged <= set(seen)
    assert all(seen.count(order_id) == 1 for order_id in unchanged)


def test_quota_is_a_bucket_per_operation(client: AmazonClient) -> None:
    assert client.search().headers["x-amzn-RateLimit-Limit"] == "0.0056"
    for _ in range(19):
        assert client.search(maxResultsPerPage=1).status_code == 200
    refused = client.search()
    assert error(refused)[:2] == (429, "QuotaExceeded")
    assert "x-amzn-RateLimit-Limit" not in refused.headers
    assert "Retry-After" not in refused.headers
    assert client.get(PARTICIPATIONS).status_code == 200
    client.sandbox.clock.advance(179)
    assert client.search(maxResultsPerPage=1).status_code == 200
    assert client.search(maxResultsPerPage=1).status_code == 429
    assert client.sandbox.ledger.counts()["amazon"]["searchOrders"] == {"calls": 23, "refused": 2, "errors": 0}


def test_get_order(shared: AmazonClient) -> None:
    order = shared.sandbox.world.orders[3]
    body = shared.get(f"{ORDERS}/{order.order_id}", includedData=EVERYTHING).json()
    assert body == {"order": order.document}
    assert "proceeds" not in shared.get(f"{ORDERS}/{order.order_id}").json()["order"]
    missing = shared.get(f"{ORDERS}/000-0000000-0000000")
    assert missing.status_code == 404
    assert missing.headers["x-amzn-RateLimit-Limit"]
    assert shared.get(f"{ORDERS}/{order.order_id}", includedData="NONSENSE").status_code == 400


def test_a_cancelled_order_is_seen_and_expected(client: AmazonClient) -> None:
    world = client.sandbox.world
    order = next(one for one in world.orders if one.draft.case == "merchant_unshipped")
    start = ago(client, minutes=10)
    changed = client.sandbox.amazon.update_order(order.order_id, status="CANCELLED", imported=True)
    assert (changed.expected.outcome, changed.expected.status) == ("created", "I")
    assert not changed.expected.takes_stock
    (found,) = client.search(lastUpdatedAfter=start, includedData="FULFILLMENT,PROCEEDS").json()["orders"]
    assert found["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert "proceeds" not in found
    assert client.sandbox.amazon.update_order(order.order_id).expected.outcome == "ignored"


def test_pending_orders_become_payable(client: AmazonClient) -> None:
    order = next(
        one
        for one in client.sandbox.world.orders
        if one.draft.case == "pending" and one.draft.fulfilled_by == "MERCHANT"
    )
    assert order.expected.code == "pending"
    assert "recipient" not in order.document
    client.sandbox.amazon.update_order(order.order_id, status="UNSHIPPED")
    assert (order.expected.outcome, order.expected.status) == ("created", "P")
    assert order.document["proceeds"]["grandTotal"]["amount"] == str(order.expected.total)
    body = client.get(f"{ORDERS}/{order.order_id}", includedData="RECIPIENT").json()
    assert body["order"]["recipient"]["deliveryAddress"]["addressLine1"]


def test_orders_can_be_added(client: AmazonClient) -> None:
    start = ago(client, minutes=10)
    sku = client.sandbox.world.products[3].sku
    order = client.sandbox.amazon.add_order(sku=sku, quantity=7)
    (found,) = client.search(lastUpdatedAfter=start).json()["orders"]
    assert found["orderId"] == order.order_id
    assert [(item["product"]["sellerSku"], item["quantityOrdered"]) for item in found["orderItems"]] == [(sku, 7)]
    assert order.expected.outcome == "created"
    assert order in client.sandbox.world.orders
