"""Shipments of the store, with the traps of the real one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.store_kit import LAMP, MUG, Shop, line_of, open_shop, order_body


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as one:
        yield one


def order_of(shop: Shop, lamps: int = 2, mugs: int = 3) -> dict[str, Any]:
    products = {str(LAMP): {"product_id": LAMP, "amount": lamps}, str(MUG): {"product_id": MUG, "amount": mugs}}
    return shop.placed(products=products)


def item_of(order: dict[str, Any], product_id: int) -> str:
    return str(line_of(order, product_id)["item_id"])


def post(shop: Shop, order: dict[str, Any], **changes: Any) -> Any:
    body = {"order_id": order["order_id"], "shipping_id": 1, "carrier": "ups", "tracking_number": "1Z1"} | changes
    return shop.call("POST", "/api/shipments", {name: value for name, value in body.items() if value is not None})


def made(shop: Shop, order: dict[str, Any], **changes: Any) -> int:
    answer = post(shop, order, **changes)
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["shipment_id"]
    return number


def test_an_order_is_shipped_in_parts(shop: Shop) -> None:
    order = order_of(shop)
    lamp, mug = item_of(order, LAMP), item_of(order, MUG)
    first = made(shop, order, products={lamp: 2, mug: 1}, timestamp=1700000000)
    row = shop.get(f"/api/shipments/{first}")
    assert row["products"] == {lamp: "2", mug: "1"}
    assert (row["shipment_timestamp"], row["carrier"], row["tracking_number"], row["status"]) == (
        "1700000000",
        "ups",
        "1Z1",
        "A",
    )
    assert row["carrier_info"] == {"name": "UPS", "tracking_url": "https://ups.example/1Z1"}
    after = shop.order(order["order_id"])
    assert (after["shipment_ids"], line_of(after, MUG)["shipment_amount"]) == ([str(first)], 2)
    assert (after["status"], after["updated_at"]) == (order["status"], order["updated_at"])
    # Without products everything that is left goes; then nothing is.
    second = made(shop, order, products=None)
    assert shop.get(f"/api/shipments/{second}")["products"] == {mug: "2"}
    assert post(shop, order).status_code == 400


def test_amounts_are_cut_and_unknown_items_are_taken(shop: Shop) -> None:
    order = order_of(shop)
    lamp = item_of(order, LAMP)
    number = made(shop, order, products={lamp: 9, "4711": 5}, carrier="pigeon", tracking_number=None)
    row = shop.get(f"/api/shipments/{number}")
    assert row["products"] == {lamp: "2", "4711": "5"}
    assert row["carrier_info"]["tracking_url"] == ""
    assert post(shop, order, products={lamp: 1}).status_code == 400


def test_what_a_shipment_needs(shop: Shop) -> None:
    order = order_of(shop)
    for wrong in (
        {"order_id": None},
        {"shipping_id": None},
        {"carrier": None, "tracking_number": ""},
        {"order_id": 999999},
    ):
        assert post(shop, order, **wrong).status_code == 400
    assert made(shop, order, carrier="", tracking_number="T", status="Q", products={item_of(order, LAMP): 1})
    assert shop.get("/api/shipments")["shipments"][0]["status"] == "Q"
    assert shop.get("/api/shipments")["shipments"][0]["carrier_info"] == []


def test_a_status_for_the_order_comes_with_mail(shop: Shop) -> None:
    order = order_of(shop)
    made(shop, order, products={item_of(order, LAMP): 1})
    assert shop.store.mails == []
    made(shop, order, order_status="C")
    assert shop.order(order["order_id"])["status"] == "C"
    assert [(mail.recipient, mail.status) for mail in shop.store.mails] == [("user", "C")]


def test_an_edit_leaves_no_trace_in_time(shop: Shop) -> None:
    order = order_of(shop)
    number = made(shop, order, timestamp=1700000000)
    for body, status in (
        ({"tracking_number": "NEW"}, 200),
        ({"carrier": "dhl"}, 400),
        ({"tracking_number": "OTHER", "notify_user": True}, 400),
    ):
        assert shop.call("PUT", f"/api/shipments/{number}", body).status_code == status
    row = shop.get(f"/api/shipments/{number}")
    assert (row["tracking_number"], row["carrier"], row["shipment_timestamp"]) == ("NEW", "ups", "1700000000")
    assert shop.call("PUT", "/api/shipments/999", {"tracking_number": "X"}).status_code == 200
    assert shop.call("DELETE", f"/api/shipments/{number}").status_code == 204
    assert shop.call("DELETE", f"/api/shipments/{number}").status_code == 404
    assert shop.call("GET", f"/api/shipments/{number}").status_code == 404
    assert made(shop, order) == number + 1, "an id never comes back"


def test_old_builds_edit_the_carrier_of_whole_orders_only() -> None:
    with open_shop(old_build=True) as old:
        whole, part = order_of(old), order_of(old)
        numbers = [made(old, whole), made(old, part, products={item_of(part, LAMP): 1})]
        answers = [old.call("PUT", f"/api/shipments/{one}", {"carrier": "dhl"}).status_code for one in numbers]
        assert answers == [200, 400]
        assert old.get(f"/api/shipments/{numbers[0]}")["carrier"] == "dhl"


def test_lists_begin_with_the_newest_and_repeat_their_end(shop: Shop) -> None:
    orders = [order_of(shop) for _ in range(5)]
    numbers = [made(shop, order) for order in orders]

    def ids(query: str) -> list[int]:
        return [int(row["shipment_id"]) for row in shop.get(f"/api/shipments?{query}")["shipments"]]

    assert ids("") == numbers[::-1]
    assert ids("sort_by=id&sort_order=asc&items_per_page=2&page=1") == numbers[:2]
    assert ids("items_per_page=2&page=3") == ids("items_per_page=2&page=9") == numbers[:1]
    assert shop.get("/api/shipments?items_per_page=2&page=9")["params"]["page"] == 3
    assert "total_items" not in shop.get("/api/shipments?items_per_page=0")["params"]
    assert ids(f"order_id[]={orders[0]['order_id']}&order_id[]={orders[2]['order_id']}") == [numbers[2], numbers[0]]
    assert ids(f"shipment_id={numbers[1]},{numbers[3]}") == [numbers[3], numbers[1]]
    assert ids(f"p_ids={LAMP}&status=A") == numbers[::-1]
    assert ids("p_ids=4711") == ids("status=S") == ids("cname=nobody") == []
    now = shop.store.now()
    assert ids(f"shipment_period=C&shipment_time_from={now - 60}&shipment_time_to={now + 60}") == numbers[::-1]
    assert ids(f"shipment_period=C&shipment_time_from={now + 60}") == []


def test_whether_a_row_is_full_is_judged_by_the_first_one(shop: Shop) -> None:
    first, second = order_of(shop, lamps=1), shop.placed(products={str(MUG): {"product_id": MUG, "amount": 1}})
    made(shop, first)
    newest = made(shop, second)
    rows = shop.get("/api/shipments")["shipments"]
    assert [(int(row["shipment_id"]), row["one_full"]) for row in rows] == [(newest, True), (newest - 1, True)]
    part = order_of(shop, lamps=5)
    made(shop, part, products={item_of(part, LAMP): 1})
    assert {row["one_full"] for row in shop.get("/api/shipments")["shipments"]} == {False}


def test_each_storefront_sees_its_own(shop: Shop) -> None:
    number = made(shop, order_of(shop))
    assert [row["shipment_id"] for row in shop.get("/api/stores/1/shipments")["shipments"]] == [str(number)]
    assert shop.get("/api/stores/2/shipments")["shipments"] == []
    assert shop.call("GET", f"/api/stores/2/shipments/{number}").status_code == 404


def test_vendors_see_only_theirs() -> None:
    with open_shop(edition="MULTIVENDOR", product_companies={MUG: 2}, vendor_key="V" * 32) as shop:
        body = order_body(products={str(one): {"product_id": one, "amount": 1} for one in (LAMP, MUG)})
        parts = shop.call("POST", "/api/orders", body).json()["suborders_data"]
        numbers = [made(shop, part) for part in parts]
        for vendor, number in zip((1, 2), numbers, strict=True):
            rows = shop.get(f"/api/vendors/{vendor}/shipments")["shipments"]
            assert [row["shipment_id"] for row in rows] == [str(number)]
        shop.session.auth = (shop.store.options.vendor_email, "V" * 32)
        assert shop.call("GET", "/api/shipments").status_code == 403


def test_a_deleted_order_takes_its_shipments_along(shop: Shop) -> None:
    order = order_of(shop)
    number = made(shop, order)
    assert shop.call("DELETE", f"/api/orders/{order['order_id']}").status_code == 204
    assert shop.call("GET", f"/api/shipments/{number}").status_code == 404
