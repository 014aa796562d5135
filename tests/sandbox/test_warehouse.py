"""The warehouse ships what was imported, and the audit of shipments sees what Amazon was told of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import requests

from sandbox.audit import amazon_ids
from sandbox.sandbox import Sandbox
from sandbox.shipment_audit import ShipmentAudit
from sandbox.store.shipments import add_shipment
from sandbox.world.carriers import IN_STORE
from sandbox.world.order import WorldOrder
from sandbox.world.parcel import pack
from sandbox.world.render import iso
from tests.sandbox.amazon_client import AmazonClient
from tests.sandbox.by_hand import put_in_store

Row = dict[str, Any]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(orders=60, other_orders=0, products=20, quota_scale=0) as running, requests.Session() as http:
        http.auth = (running.store.options.email, running.store.options.api_key)
        for order in running.world.orders:
            if order.expected.outcome == "created":
                put_in_store(running, http, order)
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> AmazonClient:
    return AmazonClient(sandbox).login()


def sold(sandbox: Sandbox, row: Row) -> WorldOrder:
    """The order that a shipment belongs to."""
    email = sandbox.store.orders[int(row["order_id"])].email
    return sandbox.world.order(email.partition("@")[0])


def told(sandbox: Sandbox, row: Row, **changes: Any) -> Row:
    """What a right program confirms of a shipment."""
    lines = sandbox.store.orders[int(row["order_id"])].lines
    units = Counter[int]()
    for number, amount in row["products"].items():
        units[lines[int(number)].product_id] += int(amount)
    items, order = [], sold(sandbox, row)
    for line in order.draft.lines:
        assert line.product is not None
        open_units = order.draft.left(line.item_id)
        quantity = min(open_units, units[line.product.product_id])
        units[line.product.product_id] -= quantity
        if quantity:
            items.append({"orderItemId": line.item_id, "quantity": quantity})
    detail = {
        "packageReferenceId": row["shipment_id"],
        "carrierCode": IN_STORE[row["carrier"]].amazon,
        "trackingNumber": row["tracking_number"],
        "shipDate": iso(sandbox.clock.now()),
        "orderItems": items,
    }
    return {"marketplaceId": order.marketplace_id, "packageDetail": detail | changes}


def tell(client: AmazonClient, rows: Sequence[Row], **changes: Any) -> None:
    client.sandbox.set_confirmation_delay(0)
    for row in rows:
        answer = client.confirm(sold(client.sandbox, row).order_id, told(client.sandbox, row, **changes))
        assert answer.status_code == 204, answer.text


def verdict(sandbox: Sandbox) -> ShipmentAudit:
    return sandbox.audit_shipments()


def due(sandbox: Sandbox) -> list[WorldOrder]:
    statuses, made = ("UNSHIPPED", "PARTIALLY_SHIPPED"), "created"
    chosen = [one for one in sandbox.world.orders if one.expected.outcome == made and one.draft.status in statuses]
    return [one for one in chosen if one.draft.fulfilled_by == "MERCHANT"]


def open_units(order: WorldOrder) -> int:
    return sum(order.draft.left(line.item_id) for line in order.draft.lines)


def test_all_open_orders_are_shipped_and_confirmed(sandbox: Sandbox, client: AmazonClient) -> None:
    asked = {order.order_id for order in due(sandbox)}
    rows = sandbox.ship()
    assert {sold(sandbox, row).order_id for row in rows} == asked
    before = verdict(sandbox)
    waits = {row["shipment_id"] for row in rows if any(line.cancel_reason for line in sold(sandbox, row).draft.lines)}
    assert {str(number) for number in before.excused} == waits
    assert set(before.excused.values()) <= {"cancel_requested"}
    assert (before.ok, before.expected, before.confirmed) == (False, len(rows) - len(waits), 0)
    tell(client, [row for row in rows if row["shipment_id"] not in waits])
    after = verdict(sandbox)
    assert after.ok and after.confirmed == after.expected == len(rows) - len(waits), after
    assert sandbox.audit().ok
    shown = Counter(client.order(order_id)["fulfillment"]["fulfillmentStatus"] for order_id in asked)
    assert shown["SHIPPED"] > shown["PARTIALLY_SHIPPED"]


def test_orders_are_chosen_and_packed_as_wished(sandbox: Sandbox) -> None:
    count = len(due(sandbox))
    third = sandbox.ship({"orders": "third", "way": "whole"})
    assert len(third) == -(-count // 3)
    for row in (one for one in third if sold(sandbox, one).draft.status == "UNSHIPPED"):
        assert set(row["products"]) == {str(number) for number in sandbox.store.orders[int(row["order_id"])].lines}
    assert len(sandbox.ship({"orders": 2, "way": "whole", "carrier": "gls", "tracking": ""})) == 2
    with pytest.raises(ValueError, match="not in the store: 302-0000000-0000000"):
        sandbox.ship({"orders": ["302-0000000-0000000"]})
    for wrong in ({"orders": "some"}, {"way": "sideways"}):
        with pytest.raises(ValueError, match="give"):
            sandbox.ship(wrong)


def test_parcels_of_an_order_add_up(sandbox: Sandbox) -> None:
    order = max(due(sandbox), key=open_units)
    (part,) = sandbox.ship({"orders": [order.order_id], "way": "partial"})
    rest = sandbox.ship({"orders": [order.order_id], "way": "parcels", "complete": True})
    packed = Counter[int]()
    for row in [part, *rest]:
        packed.update({int(number): int(amount) for number, amount in row["products"].items()})
    assert sum(packed.values()) == open_units(order) > 2
    assert len({row["tracking_number"] for row in [part, *rest]}) == 1 + len(rest)
    assert sandbox.store.orders[int(part["order_id"])].status == "C"
    assert sandbox.audit().ok


def test_packing_is_always_the_same() -> None:
    units = {1001: 2, 1002: 3}
    assert pack("302-1", units) == pack("302-1", units)
    assert pack("302-1", units)[0].tracking != pack("302-1", units, before=1)[0].tracking
    for way, parcels, total in (("whole", 1, 5), ("parcels", 2, 5), ("partial", 1, None)):
        packed = pack("302-1", units, way)
        shipped = sum(sum(parcel.contents.values()) for parcel in packed)
        assert len(packed) == parcels and (shipped == total or (total is None and 0 < shipped < 5))
    assert pack("302-1", {1001: 1}, "partial") == pack("302-1", {1001: 1}, "partial")
    assert [parcel.contents for parcel in pack("302-1", {1001: 1}, "parcels")] == [{1001: 1}]
    assert pack("302-1", {}) == []
    drawn = Counter(len(pack(f"302-{number}", units)) for number in range(300))
    assert drawn[1] > drawn[2] > 20


def quiet(sandbox: Sandbox, count: int) -> list[Row]:
    """Shipments of whole orders that nobody else has shipped of and no buyer wants to cancel."""
    wanted = [
        one for one in due(sandbox) if not one.draft.packages and not any(x.cancel_reason for x in one.draft.lines)
    ]
    return sandbox.ship({"orders": [one.order_id for one in wanted[:count]], "way": "whole"})


def test_the_audit_sees_what_is_wrong(sandbox: Sandbox, client: AmazonClient) -> None:
    right, lost, carrier, tracking, items, twice, edited = quiet(sandbox, 7)
    tell(client, [right, edited])
    tell(client, [carrier], carrierCode="SEUR")
    tell(client, [tracking], trackingNumber="WRONG")
    short = told(sandbox, items)["packageDetail"]["orderItems"][:1]
    tell(client, [items], orderItems=[short[0] | {"quantity": 1}])
    tell(client, [twice])
    sandbox.edit_shipment(edited["shipment_id"], tracking="MENDED")
    found = verdict(sandbox)
    ids = {name: sold(sandbox, row).order_id for name, row in (("carrier", carrier), ("tracking", tracking))}
    assert (found.ok, found.expected) == (False, 7)
    assert found.missing == [(sold(sandbox, lost).order_id, int(lost["shipment_id"]))]
    wrong = dict(found.wrong)
    assert "carrier is SEUR" in wrong[ids["carrier"]] and "tracking number is WRONG" in wrong[ids["tracking"]]
    assert "expected MENDED" in wrong[sold(sandbox, edited).order_id]


def test_the_audit_sees_doubles_and_strays(sandbox: Sandbox, client: AmazonClient) -> None:
    one, two = due(sandbox)[:2]
    item = {"quantity": 1}
    rows = {}
    for order in (one, two):
        sandbox.amazon.update_order(order.order_id, status="UNSHIPPED", cancel_request=False)
        (rows[order.order_id],) = sandbox.ship({"orders": [order.order_id], "way": "whole"})
    tell(client, [rows[one.order_id]], orderItems=[item | {"orderItemId": one.draft.lines[0].item_id}])
    assert verdict(sandbox).stray == verdict(sandbox).doubled == []
    stranger = sandbox.amazon.add_order(case="merchant_unshipped")
    body = told(sandbox, rows[two.order_id])
    detail = body["packageDetail"] | {"orderItems": [item | {"orderItemId": stranger.draft.lines[0].item_id}]}
    assert client.confirm(stranger.order_id, body | {"packageDetail": detail}).status_code == 204
    assert verdict(sandbox).stray == [(stranger.order_id, rows[two.order_id]["shipment_id"])]


def test_one_parcel_confirmed_twice_is_a_double(sandbox: Sandbox, client: AmazonClient) -> None:
    order = next(one for one in due(sandbox) if one.draft.lines[0].quantity > 1)
    sandbox.amazon.update_order(order.order_id, status="UNSHIPPED", cancel_request=False)
    (row,) = sandbox.ship({"orders": [order.order_id], "way": "partial"})
    unit = [{"orderItemId": order.draft.lines[0].item_id, "quantity": 1}]
    for reference in (row["shipment_id"], "7777"):
        tell(client, [row], orderItems=unit, packageReferenceId=reference)
    found = verdict(sandbox)
    assert found.doubled == [(order.order_id, [row["shipment_id"], "7777"])] and not found.ok


def test_the_audit_sees_a_package_of_others_overwritten(sandbox: Sandbox, client: AmazonClient) -> None:
    order = next(one for one in due(sandbox) if one.draft.status == "PARTIALLY_SHIPPED")
    sandbox.amazon.update_order(order.order_id, cancel_request=False)
    (row,) = sandbox.ship({"orders": [order.order_id], "way": "whole"})
    items = told(sandbox, row)["packageDetail"]["orderItems"]
    for _ in range(2):
        tell(client, [row], packageReferenceId="1", orderItems=items)
    assert verdict(sandbox).wrong == [(order.order_id, f"package 1 of shipment {row['shipment_id']}: it was another's")]


def test_what_cannot_be_confirmed_is_excused(sandbox: Sandbox, client: AmazonClient) -> None:
    rows = quiet(sandbox, 6)
    untracked, unmapped, cancelled, asked, elsewhere, plus = rows
    sandbox.edit_shipment(untracked["shipment_id"], tracking="")
    sandbox.edit_shipment(unmapped["shipment_id"], carrier="pigeon")
    sandbox.amazon.update_order(sold(sandbox, cancelled).order_id, status="CANCELLED", imported=True)
    sandbox.amazon.update_order(sold(sandbox, asked).order_id, cancel_request=True)
    sandbox.add_package(sold(sandbox, elsewhere).order_id, {"imported": True})
    sandbox.amazon.update_order(sold(sandbox, plus).order_id, document={"programs": ["FBM_SHIP_PLUS"]})
    found = verdict(sandbox)
    reasons = ("no_tracking", "carrier_unmapped", "cancelled", "cancel_requested", "fulfilled", "ship_plus")
    assert found.excused == {int(row["shipment_id"]): why for row, why in zip(rows, reasons, strict=True)}
    assert (found.ok, found.expected) == (True, 0)
    by_amazon = next(
        one for one in sandbox.world.orders if one.expected.outcome == "created" and one.draft.fulfilled_by == "AMAZON"
    )
    (row,) = sandbox.ship({"orders": [by_amazon.order_id], "way": "whole"})
    assert verdict(sandbox).excused[int(row["shipment_id"])] == "by_amazon"


def test_what_another_tool_sent_and_the_store_has_is_neither_sent_again_nor_missed(
    sandbox: Sandbox, client: AmazonClient
) -> None:
    order = next(one for one in due(sandbox) if one.draft.status == "UNSHIPPED" and one.draft.lines[0].quantity == 2)
    sandbox.amazon.update_order(order.order_id, cancel_request=False)
    item = order.draft.lines[0].item_id
    sandbox.add_package(order.order_id, {"items": {item: 1}, "carrier": "DHL", "tracking": "E1"})
    stored = next(one for one in sandbox.store.all_orders() if order.order_id in amazon_ids(one))
    body = {"shipping_id": 1, "carrier": "dhl", "tracking_number": "E1", "products": {str(min(stored.lines)): 1}}
    entered = add_shipment(sandbox.store, stored, body)
    assert verdict(sandbox).excused == {entered.shipment_id: "entered"} and verdict(sandbox).ok
    rows = sandbox.ship({"orders": [order.order_id], "way": "whole"})
    assert sum(int(amount) for row in rows for amount in row["products"].values()) == open_units(order)
    tell(client, rows)
    assert (verdict(sandbox).ok, verdict(sandbox).confirmed) == (True, 1)


def test_a_shipment_taken_back_was_sent_all_the_same(sandbox: Sandbox, client: AmazonClient) -> None:
    (row,) = quiet(sandbox, 1)
    tell(client, [row])
    sandbox.delete_shipment(row["shipment_id"])
    found = verdict(sandbox)
    assert (found.ok, found.expected, found.stray) == (True, 0, [])


def test_the_control_interface_ships_mends_and_judges(sandbox: Sandbox) -> None:
    base = f"{sandbox.store_url}/_sandbox"
    (row,) = requests.post(f"{base}/warehouse/ship", json={"orders": 1, "way": "whole"}).json()["shipments"]
    mended = requests.post(f"{base}/warehouse/shipments/{row['shipment_id']}", json={"tracking": "X1"}).json()
    assert (mended["tracking_number"], mended["carrier"]) == ("X1", row["carrier"])
    judged = requests.get(f"{base}/audit/shipments").json()
    assert judged["expected"] + len(judged["excused"]) == 1
    assert requests.delete(f"{base}/warehouse/shipments/{row['shipment_id']}").status_code == 204
    assert requests.post(f"{base}/warehouse/shipments/99", json={}).status_code == 400


def test_a_shift_ships_by_the_clock(sandbox: Sandbox) -> None:
    assert len(sandbox.begin_shift({"every": 3600, "orders": 1, "way": "whole"})) == 1
    sandbox.clock.advance(7200)
    wait_for(lambda: len(sandbox.store.shipments) == 3)
    assert sandbox.begin_shift({"every": 0}) == []
    sandbox.clock.advance(7200)
    with pytest.raises(ValueError, match="give"):
        sandbox.begin_shift({"every": 1, "way": "sideways"})
    assert len(sandbox.store.shipments) == 3


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()
