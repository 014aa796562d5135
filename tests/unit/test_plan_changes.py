"""What has to be done about an order that is in the store and that Amazon has changed since."""

from __future__ import annotations

from typing import Any

import pytest

from core.orders.document import Order
from core.orders.plan.changes import Sold, differing_units, has_address, is_filled_in, lacking, sold_now
from core.orders.plan.decide import Change, Decision, Follow, Leave, plan_order
from core.orders.plan.rules import StoreOrderRef
from tests.unit.builders import PRODUCTS, breakdown, fulfillment, item_document, order, rules

ITEM = f"{1:014d}"


def linked(units: int = 2, **more: Any) -> StoreOrderRef:
    return StoreOrderRef(4711, "P", "UNSHIPPED", lines=(Sold(ITEM, "LAMP-1", 12, units, units),), **more)


def sold(quantity: int, fulfilled: int | None = None, unfulfilled: int | None = None, **more: Any) -> Order:
    item = item_document(breakdown("ITEM", "20.00"), quantity=quantity)
    if fulfilled is not None:
        item["fulfillment"] = {"quantityFulfilled": fulfilled, "quantityUnfulfilled": unfulfilled}
    return order(item, **more)


def plan(of: Order, *store_orders: StoreOrderRef) -> Decision:
    return plan_order(of, rules(), PRODUCTS, store_orders or (linked(),))


def change(of: Order, *store_orders: StoreOrderRef) -> Change:
    decision = plan(of, *store_orders)
    assert isinstance(decision, Follow), decision
    (found,) = decision.changes
    return found


def test_cancelled_units_are_a_change_without_a_change_of_status() -> None:
    found = change(sold(1))
    assert (found.status_code, found.expected, found.cancels) == ("P", "P", False)
    assert found.sold == (Sold(ITEM, "LAMP-1", 12, 1, 2),)
    assert isinstance(plan(sold(2)), Leave)


@pytest.mark.parametrize(
    ("status", "fulfilled", "unfulfilled", "units"),
    [("SHIPPED", 1, 0, 1), ("PARTIALLY_SHIPPED", 1, 1, 2), ("UNSHIPPED", 0, 0, 2), ("SHIPPED", 0, 0, 2)],
)
def test_of_an_order_that_leaves_what_nobody_waits_for_was_cancelled(
    status: str, fulfilled: int, unfulfilled: int, units: int
) -> None:
    (now,) = sold_now(sold(2, fulfilled, unfulfilled, fulfillment=fulfillment(status)), linked().lines)
    assert (now.units, now.ordered) == (units, 2)


def test_an_item_that_is_gone_has_no_units_and_a_cancelled_order_is_cancelled_whatever_it_has() -> None:
    other = order(item_document(breakdown("ITEM", "20.00"), number=2))
    assert [one.units for one in sold_now(other, linked().lines)] == [0]
    found = change(sold(0, fulfillment=fulfillment("CANCELLED"), total=None))
    assert found.cancels and found.sold == ()


def test_what_an_earlier_version_wrote_has_no_units_to_compare() -> None:
    assert isinstance(plan(sold(1), StoreOrderRef(4711, "P", "UNSHIPPED")), Leave)


def test_an_address_that_came_later_is_filled_in_once() -> None:
    found = change(sold(2), linked(lacking="name, street", left_as="x"))
    assert found.lacking == "" and found.filled is not None and found.left_as == "x"
    assert found.filled.address["s_address"] == "Lindenallee 5"
    assert isinstance(plan(sold(2), linked(lacking="")), Leave)


def test_an_address_of_an_order_that_cannot_be_planned_any_more_is_a_change_all_the_same() -> None:
    decision = plan_order(sold(2), rules(), {}, [linked(lacking="street")])
    assert isinstance(decision, Follow)
    assert (decision.changes[0].lacking, decision.changes[0].filled) == ("", None)


def test_what_is_still_lacking_is_no_change() -> None:
    nobody = sold(2, recipient=None)
    assert lacking(nobody) == "name, street, city, country, postal code"
    assert not is_filled_in(lacking(nobody), lacking(nobody))
    assert is_filled_in("name, street", "name") and not is_filled_in("", "name")


def test_each_store_order_of_an_order_follows() -> None:
    parts = [linked(company_id=1, parts=2), StoreOrderRef(4712, "P", "UNSHIPPED", company_id=2, parts=2)]
    decision = plan_order(sold(2, fulfillment=fulfillment("CANCELLED")), rules(), PRODUCTS, parts)
    assert isinstance(decision, Follow)
    assert [(one.store_order_id, one.status_code) for one in decision.changes] == [(4711, "I"), (4712, "I")]


def test_units_are_compared_by_product_and_named_by_sku() -> None:
    lines = (Sold("1", "A", 12, 1, 2), Sold("2", "A", 12, 1, 1), Sold("3", "B", 13, 1, 1))
    assert differing_units(lines, [(12, 2), (13, 1), (99, 5)]) == []
    assert differing_units(lines, [(12, 3), (13, 1)]) == ["2 of SKU 'A' instead of 3"]
    assert differing_units(lines, [(12, 2)]) == ["1 of SKU 'B' instead of 0"]


def test_an_address_counts_as_there_by_recipient_street_and_place() -> None:
    wanted = {
        "s_firstname": "Ada",
        "s_lastname": "L",
        "s_address": "A 1",
        "s_city": "Köln",
        "s_zipcode": "5",
        "s_phone": "",
    }
    assert has_address(wanted | {"s_city": "Köln ", "s_phone": "1"}, wanted)
    assert not has_address(wanted | {"s_address": "Fulfilled by Amazon"}, wanted)
