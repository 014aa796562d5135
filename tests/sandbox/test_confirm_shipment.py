"""confirmShipment: what it takes and refuses, and when and how the order shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from sandbox.amazon.applications import ROLES
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.order import WorldOrder
from sandbox.world.render import iso
from tests.sandbox.amazon_client import AmazonClient, error


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=40, other_orders=4, products=20, quota_scale=0) as running:
        running.set_confirmation_delay(0)
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> AmazonClient:
    return AmazonClient(sandbox).login()


@pytest.fixture(autouse=True)
def at_once(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.faults.clear()
    sandbox.set_confirmation_delay(0)


def new_order(sandbox: Sandbox, quantity: int = 3, **wishes: Any) -> WorldOrder:
    sku = sandbox.world.products[0].sku
    return sandbox.amazon.add_order(sku=sku, quantity=quantity, **wishes)


def body(sandbox: Sandbox, order: WorldOrder, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """A good confirmation of the first line; `changes` are of the package, None leaves one out."""
    detail = {
        "packageReferenceId": "101",
        "carrierCode": "DHL",
        "trackingNumber": "00340434161094000001",
        "shipDate": iso(sandbox.clock.now()),
        "orderItems": [{"orderItemId": order.draft.lines[0].item_id, "quantity": quantity}],
        **changes,
    }
    package = {name: value for name, value in detail.items() if value is not None}
    return {"marketplaceId": order.marketplace_id, "packageDetail": package}


def state(document: dict[str, Any]) -> tuple[str, int, int, list[str]]:
    """Status, units shipped and open of the first item, and the references of the packages."""
    item = document["orderItems"][0]["fulfillment"]
    packages = [package["packageReferenceId"] for package in document.get("packages", [])]
    status = document["fulfillment"]["fulfillmentStatus"]
    return status, item["quantityFulfilled"], item["quantityUnfulfilled"], packages


def test_an_order_is_shipped_in_two_packages(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    before = client.order(order.order_id)
    assert state(before) == ("UNSHIPPED", 0, 3, [])
    answer = client.confirm(order.order_id, body(sandbox, order, 2, shippingMethod="Paket"))
    assert (answer.status_code, answer.content, answer.headers["x-amzn-RateLimit-Limit"]) == (204, b"", "1000")
    half = client.order(order.order_id)
    assert state(half) == ("PARTIALLY_SHIPPED", 2, 1, ["101"])
    assert half["lastUpdatedTime"] > before["lastUpdatedTime"]
    (package,) = half["packages"]
    assert (package["carrier"], package["shippingService"], package["trackingNumber"], package["packageItems"]) == (
        "DHL",
        "Paket",
        "00340434161094000001",
        [{"orderItemId": order.draft.lines[0].item_id, "quantity": 2}],
    )
    other = body(sandbox, order, packageReferenceId="102", carrierCode="Other", carrierName="Blitz")
    assert client.confirm(order.order_id, other).status_code == 204
    whole = client.order(order.order_id)
    assert state(whole) == ("SHIPPED", 3, 0, ["101", "102"])
    assert whole["packages"][1]["carrier"] == "Blitz"
    assert order.expected.status == "C"


def test_the_same_reference_edits_the_package(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    for changes in ({"quantity": 3}, {"quantity": 3, "trackingNumber": "NEW", "carrierCode": "dhl"}):
        assert client.confirm(order.order_id, body(sandbox, order, **changes)).status_code == 204
    (package,) = client.order(order.order_id)["packages"]
    assert (package["trackingNumber"], package["carrier"]) == ("NEW", "Other")
    assert client.confirm(order.order_id, body(sandbox, order, 1)).status_code == 204
    assert state(client.order(order.order_id)) == ("PARTIALLY_SHIPPED", 1, 2, ["101"])


def test_what_is_confirmed_shows_later(sandbox: Sandbox, client: AmazonClient) -> None:
    sandbox.set_confirmation_delay(600)
    order = new_order(sandbox, 1)
    since = client.order(order.order_id)["lastUpdatedTime"]
    assert client.confirm(order.order_id, body(sandbox, order)).status_code == 204
    assert state(client.order(order.order_id)) == ("UNSHIPPED", 0, 1, [])
    assert sandbox.confirmations() == {"delay": 600.0, "waiting": 1}
    again = client.confirm(order.order_id, body(sandbox, order, packageReferenceId="102"))
    assert "PackageToUpdateNotFound" in again.json()["errors"][0]["message"]
    sandbox.clock.advance(600)
    assert state(client.order(order.order_id)) == ("SHIPPED", 1, 0, ["101"])
    sandbox.clock.advance(120)
    (page,) = client.pages(lastUpdatedAfter=since, fulfillmentStatuses="SHIPPED", includedData="PACKAGES")
    found = {one["orderId"]: one for one in page["orders"]}
    assert found[order.order_id]["packages"][0]["packageReferenceId"] == "101"


WRONG_PACKAGES: list[tuple[dict[str, Any], str]] = [
    ({"packageReferenceId": "0"}, "must be a positive numeric value"),
    ({"packageReferenceId": 7}, "must be a positive numeric value"),
    ({"packageReferenceId": "S-7"}, "must be a positive numeric value"),
    ({"packageReferenceId": None}, "must be a positive numeric value"),
    ({"carrierCode": "Other"}, "CarrierName is required"),
    ({"carrierCode": None}, "Invalid Input"),
    ({"trackingNumber": ""}, "Invalid Input"),
    ({"shipDate": "02/21/2022"}, "Invalid Input"),
    ({"shipDate": "2026-01-01T00:00:00"}, "Invalid Input"),
    ({"shipDate": "2020-01-01T00:00:00Z"}, "ShipDate is invalid"),
    ({"shipDate": "2199-01-01T00:00:00Z"}, "ShipDate is invalid"),
    ({"orderItems": []}, "Invalid Input"),
    ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "OrderItemId is invalid"),
    ({"quantity": 4}, "3 of item"),
    ({"quantity": 0}, "Quantity is invalid"),
]


def test_wrong_packages_are_refused(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    for changes, words in WRONG_PACKAGES:
        answer = client.confirm(order.order_id, body(sandbox, order, **changes))
        assert answer.status_code == 400 and words in answer.json()["errors"][0]["message"], changes
    whole = body(sandbox, order)
    for wrong in (None, [], {}, whole | {"marketplaceId": "A1F83G8C2ARO7P"}, whole | {"codCollectionMethod": "Cash"}):
        assert client.confirm(order.order_id, wrong).status_code == 400
    assert state(client.order(order.order_id)) == ("UNSHIPPED", 0, 3, [])


def test_orders_that_cannot_be_confirmed(sandbox: Sandbox, client: AmazonClient) -> None:
    cancelled, ship_plus, done = (new_order(sandbox) for _ in range(3))
    sandbox.amazon.update_order(cancelled.order_id, status="CANCELLED")
    sandbox.amazon.update_order(ship_plus.order_id, document={"programs": ["FBM_SHIP_PLUS"]})
    sandbox.amazon.update_order(done.order_id, status="SHIPPED")
    pending = new_order(sandbox, case="pending_availability")
    by_amazon = new_order(sandbox, case="amazon_unshipped")
    for order, words in (
        (cancelled, "cancelled"),
        (ship_plus, "Ship+"),
        (done, "PackageToUpdateNotFound"),
        (pending, "pending"),
        (by_amazon, "by Amazon"),
    ):
        refused = error(client.confirm(order.order_id, body(sandbox, order)))
        assert refused[:2] == (400, "InvalidInput")
        assert words in client.confirm(order.order_id, body(sandbox, order)).json()["errors"][0]["message"]
    for unknown in ("302-0000000-0000000", "TEST_CASE_400"):
        assert error(client.confirm(unknown, body(sandbox, done)))[:2] == (404, "NOT_FOUND")


def test_a_wish_to_cancel_forbids_nothing(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    sandbox.update_order(order.order_id, {"cancel_request": True})
    asked = client.order(order.order_id)["orderItems"][0]["cancellation"]["cancellationRequest"]
    assert asked["requester"] == "BUYER"
    assert client.confirm(order.order_id, body(sandbox, order)).status_code == 204


def test_what_others_ship(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    item_id = order.draft.lines[0].item_id
    shown = sandbox.add_package(order.order_id, {"items": {item_id: 1}, "label": True, "tracking": "L1"})
    assert (shown["packageReferenceId"], shown["packageStatus"]) == (
        "1",
        {"status": "PENDING", "detailedStatus": "PENDING_PICK_UP"},
    )
    assert client.confirm(order.order_id, body(sandbox, order, 3)).status_code == 400
    assert client.confirm(order.order_id, body(sandbox, order, 2)).status_code == 204
    assert state(client.order(order.order_id)) == ("SHIPPED", 3, 0, ["1", "101"])
    with pytest.raises(ValueError, match="left to ship"):
        sandbox.add_package(order.order_id, {})
    by_amazon = sandbox.amazon.add_order(case="amazon_shipped")
    assert "packages" not in client.order(by_amazon.order_id)


def test_answers_lost_after_the_work(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    sandbox.faults.add(Rule("amazon", "confirmShipment", "error_after"))
    sandbox.faults.add(Rule("amazon", "confirmShipment", "timeout_after", seconds=0))
    assert error(client.confirm(order.order_id, body(sandbox, order)))[:2] == (500, "InternalFailure")
    with pytest.raises(requests.ConnectionError):
        client.confirm(order.order_id, body(sandbox, order, packageReferenceId="102"))
    assert state(client.order(order.order_id)) == ("PARTIALLY_SHIPPED", 2, 1, ["101", "102"])
    assert [entry.status for entry in sandbox.ledger.entries("amazon", "confirmShipment", 2)] == [500, 0]


def test_every_nth_confirmation_is_swallowed(sandbox: Sandbox, client: AmazonClient) -> None:
    sandbox.faults.add(Rule("amazon", "confirmShipment", "swallowed", times=-1, every=3))
    orders = [new_order(sandbox) for _ in range(6)]
    assert {client.confirm(one.order_id, body(sandbox, one)).status_code for one in orders} == {204}
    shown = [state(client.order(one.order_id))[0] for one in orders]
    assert [status == "PARTIALLY_SHIPPED" for status in shown] == [True, True, False, True, True, False]


def test_a_role_is_needed(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    sandbox.set_application("private", {"roles": ["Product Listing"]})
    assert client.confirm(order.order_id, body(sandbox, order)).status_code == 403
    sandbox.set_application("private", {"roles": list(ROLES)})
    assert client.confirm(order.order_id, body(sandbox, order)).status_code == 204


def test_quota() -> None:
    with Sandbox(orders=10, other_orders=0, products=10) as sandbox:
        client, order = AmazonClient(sandbox).login(), sandbox.world.orders[0]
        sandbox.clock.set(speed=0.001)
        statuses = [client.confirm(order.order_id, body(sandbox, order)).status_code for _ in range(11)]
        assert 429 not in statuses[:10] and statuses[10] == 429


def test_a_moment_before_the_order_is_no_ship_date(sandbox: Sandbox, client: AmazonClient) -> None:
    order = new_order(sandbox)
    for moment, status in ((order.created - timedelta(milliseconds=1), 400), (order.created, 204)):
        assert client.confirm(order.order_id, body(sandbox, order, shipDate=iso(moment))).status_code == status
