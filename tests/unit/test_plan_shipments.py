"""What becomes of the parcels of an order, by what both sides have: the plan alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.amazon.carriers import CARRIERS
from core.orders.document import Order
from core.shipments.plan import problems
from core.shipments.plan.back import entries, source_of
from core.shipments.plan.decide import Confirm, Decision, Placed, Settled, plan_parcels
from core.shipments.plan.parcel import Line, Parcel, Rules, Told
from core.sync.decisions import Hold
from tests.unit.builders import NOON, breakdown, fulfillment, item_document, order

RULES = Rules("de", {"dhl": "DHL", "ups": "UPS", "post": "Deutsche Post", "blitz": "Other:Blitz Kurier"}, CARRIERS)
DHL_NUMBER = "00340434161094042557"
A, B, C = (f"{number:014d}" for number in (1, 2, 3))


def sold(*quantities: int, skus: str = "ABC", packages: Any = (), requested: bool = False, **more: Any) -> Order:
    """An order of so many units of A, B and C; packages are (reference, tracking, {item: units})."""
    items = []
    for number, quantity in enumerate(quantities, 1):
        item_id = f"{number:014d}"
        left = quantity - sum(units.get(item_id, 0) for _, _, units in packages)
        item = item_document(breakdown("ITEM", "5.00"), number=number, sku=skus[number - 1], quantity=quantity)
        item["fulfillment"] = {"quantityFulfilled": quantity - left, "quantityUnfulfilled": left}
        if requested:
            item["cancellation"] = {"cancellationRequest": {"requester": "BUYER"}}
        items.append(item)
    shown = [
        {
            "packageReferenceId": reference,
            "carrier": "DHL",
            "trackingNumber": tracking,
            "packageItems": [{"orderItemId": item, "quantity": count} for item, count in units.items()],
        }
        for reference, tracking, units in packages
    ]
    return order(*items, total=None, **{"packages": shown, **more})


def parcel(number: int = 7, items: Mapping[str, int] | None = None, **more: Any) -> Parcel:
    values = {"carrier": "dhl", "method": "Amazon", "tracking": DHL_NUMBER, "shipped_at": NOON, **more}
    return Parcel(shipment_id=number, items=items or {"1": 1}, **values)


def lines(*amounts: int, skus: str = "ABC") -> list[Line]:
    """Lines 1, 2, 3 that stand for items A, B and C."""
    return [Line(str(n), amount, f"{n:014d}", skus[n - 1]) for n, amount in enumerate(amounts, 1)]


def plan(
    sale: Order, *parcels: Parcel, of: list[Line] | None = None, imported: Mapping[str, int] | None = None
) -> list[Decision]:
    placed = of if of is not None else lines(*(item.quantity for item in sale.items))
    return list(plan_parcels(sale, parcels, Placed(placed, imported or {}), RULES).values())


def units(decision: Decision) -> dict[str, int]:
    assert isinstance(decision, Confirm), decision
    return dict(decision.units)


def code(decision: Decision) -> str:
    assert isinstance(decision, Hold), decision
    return decision.code


# -- what is told ---------------------------------------------------------------------------------------------------


def test_a_parcel_is_told_with_its_carrier_tracking_and_units() -> None:
    (decision,) = plan(sold(2), parcel(items={"1": 2}))
    assert decision == Confirm("7", "DHL", DHL_NUMBER, NOON, {A: 2})


def test_h5_each_parcel_of_an_order_takes_its_own_units_and_the_rest_stays_open() -> None:
    first, second = plan(sold(3, 2), parcel(7, {"1": 2}), parcel(8, {"1": 1, "2": 1}))
    assert (units(first), units(second)) == ({A: 2}, {A: 1, B: 1})


def test_what_is_on_its_way_counts_before_amazon_shows_it() -> None:
    sale = sold(2)
    going = parcel(7, {"1": 1}, promised={A: 1}, due=False)
    assert units(*plan(sale, going, parcel(8, {"1": 1}))) == {A: 1}
    assert code(*plan(sale, going, parcel(8, {"1": 2}))) == problems.MORE_THAN_ORDERED.name


@pytest.mark.parametrize(
    ("quantities", "placed", "shipped", "told"),
    [
        ((2, 1), lines(3, skus="AA"), {"1": 3}, {A: 2, B: 1}),
        ((2, 1), lines(3, skus="AA"), {"1": 2}, {A: 2}),
        ((2, 1), lines(2, 1, skus="AA"), {"2": 1}, {B: 1}),
        ((3,), [Line("1", 2, A, "A"), Line("2", 1, A, "A")], {"1": 2, "2": 1}, {A: 3}),
        ((2, 1), [Line("1", 3, "", "A")], {"1": 3}, {A: 2, B: 1}),
    ],
    ids=["merged lines", "a part of them", "two lines of one SKU", "a line split for its price", "known by SKU alone"],
)
def test_one_sku_on_several_lines(quantities: Any, placed: list[Line], shipped: Any, told: Any) -> None:
    assert units(*plan(sold(*quantities, skus="AA"), parcel(items=shipped), of=placed)) == told


def test_units_that_another_item_of_the_sku_has_left_are_taken_from_there() -> None:
    sale = sold(2, 1, skus="AA", packages=[("1", "X", {A: 2})])
    assert units(*plan(sale, parcel(items={"1": 1}), of=lines(3, skus="AA"))) == {B: 1}


@pytest.mark.parametrize(
    ("placed", "shipped", "told"),
    [
        ([Line("1", 6, A, "A")], {"1": 3}, {A: 1}),
        ([Line("1", 6, A, "A")], {"1": 6}, {A: 2}),
        ([Line("1", 6, A, "A")], {"1": 4}, None),
        ([Line("1", 2, A, "A"), Line("2", 4, A, "A")], {"1": 1, "2": 2}, {A: 1}),
        ([Line("1", 2, A, "A"), Line("2", 4, A, "A")], {"1": 1}, None),
    ],
)
def test_of_bundles_whole_units_are_told_and_parts_are_refused_by_name(placed: Any, shipped: Any, told: Any) -> None:
    (decision,) = plan(sold(2), parcel(items=shipped), of=placed)
    if told is None:
        assert code(decision) == problems.PART_OF_UNIT.name
        assert "'A'" in decision.message
    else:
        assert units(decision) == told


def test_units_that_amazon_cancelled_since_make_no_bundle() -> None:
    """Two were imported, one is left: a parcel of one is told as one, and a parcel of both is too much."""
    for shipped, expected in ((1, {A: 1}), (2, problems.MORE_THAN_ORDERED.name)):
        (decision,) = plan(sold(1), parcel(items={"1": shipped}), of=[Line("1", 2, A, "A")], imported={A: 2})
        assert (code(decision) if isinstance(expected, str) else units(decision)) == expected


def test_what_the_shop_added_to_the_order_is_left_out() -> None:
    placed = [*lines(1), Line("9", 1)]
    assert units(*plan(sold(1), parcel(items={"1": 1, "9": 1}), of=placed)) == {A: 1}
    assert isinstance(plan(sold(1), parcel(items={"9": 1}), of=placed)[0], Settled)


def test_a_line_that_the_order_does_not_have_is_named() -> None:
    (decision,) = plan(sold(1), parcel(items={"4711": 1}))
    assert code(decision) == problems.LINE_UNKNOWN.name
    assert "4711" in decision.message


# -- carriers and numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("carrier", "near"), [("DHL", "DHL"), ("Ups", "UPS"), ("fedex", "FedEx"), ("royal-mail", "Royal Mail"), ("zzz", "")]
)
def test_h1_a_carrier_is_mapped_exactly_or_held_with_what_is_near(carrier: str, near: str) -> None:
    (decision,) = plan(sold(1), parcel(carrier=carrier))
    assert isinstance(decision, Hold)
    assert (decision.code, decision.about) == (problems.CARRIER_UNMAPPED.name, f"carriers.{carrier}")
    assert near in decision.message


def test_a_parcel_without_a_carrier_goes_by_its_shipping_method() -> None:
    assert plan(sold(1), parcel(carrier="", method="ups", tracking="1Z5998176116349487"))[0] == Confirm(
        "7", "UPS", "1Z5998176116349487", NOON, {A: 1}
    )
    assert code(*plan(sold(1), parcel(carrier="", method=""))) == problems.CARRIER_UNMAPPED.name


@pytest.mark.parametrize(
    ("carrier", "tracking", "warned"),
    [
        ("dhl", DHL_NUMBER, False),
        ("dhl", "", True),
        ("dhl", "no idea", True),
        ("ups", "1Z 5998 1761 1634 9487", False),
        ("ups", DHL_NUMBER, True),
        ("post", "", False),
        ("blitz", "whatever", False),
    ],
)
def test_h3_a_missing_or_odd_number_goes_out_with_a_warning(carrier: str, tracking: str, warned: bool) -> None:
    (decision,) = plan(sold(1), parcel(carrier=carrier, tracking=tracking))
    assert isinstance(decision, Confirm)
    assert bool(decision.warning) is warned
    assert decision.tracking == tracking


# -- what Amazon has already ----------------------------------------------------------------------------------------


def test_h4_what_amazon_has_under_our_number_is_not_told_again() -> None:
    sale = sold(1, packages=[("7", DHL_NUMBER, {A: 1})])
    told = Told("7", "dhl", DHL_NUMBER, {A: 1})
    for before in (None, told):  # None: another life of this program told it
        assert plan(sale, parcel(told=before)) == [Settled("Amazon has it", sale.packages[0])]


def test_h4_what_amazon_has_by_its_tracking_number_is_not_told_again() -> None:
    sale = sold(1, packages=[("1", DHL_NUMBER.lower(), {A: 1})])
    assert isinstance(plan(sale, parcel())[0], Settled)


def test_where_another_tool_has_our_number_the_parcel_gets_one_beyond_and_keeps_it() -> None:
    theirs = ("7", "OTHER", {A: 1})
    (decision,) = plan(sold(3, packages=[theirs]), parcel())
    assert isinstance(decision, Confirm)
    assert decision.reference == "9000000007"
    both = sold(3, packages=[theirs, ("9000000007", DHL_NUMBER, {A: 1})])
    told = Told("9000000007", "dhl", DHL_NUMBER, {A: 1})
    for before in (None, told):
        assert plan(both, parcel(told=before)) == [Settled("Amazon has it", both.packages[1])]
    (edit,) = plan(both, parcel(told=told, tracking="00340434161094049999"))
    assert isinstance(edit, Confirm)
    assert (edit.reference, edit.edits) == ("9000000007", True)


def test_a_tracking_number_that_was_changed_while_the_home_was_lost_is_not_told_as_another_parcel() -> None:
    assert code(*plan(sold(1, packages=[("7", "BEFORE", {A: 1})]), parcel())) == problems.SHIPPED_OTHERWISE.name


@pytest.mark.parametrize("change", [{"tracking": "00340434161094049999"}, {"carrier": "ups"}], ids=str)
def test_a_changed_carrier_or_number_goes_out_as_an_edit_whatever_the_orders_status(change: dict[str, str]) -> None:
    sale = sold(1, packages=[("7", DHL_NUMBER, {A: 1})], requested=True, fulfillment=fulfillment("SHIPPED"))
    (decision,) = plan(sale, parcel(told=Told("7", "dhl", DHL_NUMBER, {A: 1}), **change))
    assert isinstance(decision, Confirm)
    assert (decision.edits, dict(decision.units)) == (True, {A: 1})


def test_units_that_were_confirmed_otherwise_are_named_with_their_package() -> None:
    (decision,) = plan(sold(2, packages=[("1", "OTHER", {A: 2})]), parcel())
    assert code(decision) == problems.SHIPPED_OTHERWISE.name
    assert "package 1" in decision.message


@pytest.mark.parametrize(
    ("placed", "shipped"),
    [(lines(3, skus="AA"), {"1": 3}), (lines(2, 1, skus="AA"), {"1": 2, "2": 1}), ([Line("1", 3, "", "A")], {"1": 3})],
    ids=["merged lines", "two lines", "known by SKU alone"],
)
def test_items_of_one_sku_that_were_confirmed_otherwise_are_not_more_than_was_ordered(
    placed: list[Line], shipped: Mapping[str, int]
) -> None:
    sale = sold(2, 1, skus="AA", packages=[("1", "OTHER", {A: 2, B: 1})])
    (decision,) = plan(sale, parcel(items=shipped), of=placed)
    assert code(decision) == problems.SHIPPED_OTHERWISE.name
    assert "package 1" in decision.message
    one_more = [replace(line, amount=line.amount + 1) for line in placed]
    (decision,) = plan(sale, parcel(items={**shipped, "1": shipped["1"] + 1}), of=one_more)
    assert code(decision) == problems.MORE_THAN_ORDERED.name
    assert "4 of 'A' are shipped in the store, 3 were ordered" in decision.message


def test_more_than_was_ordered_is_refused() -> None:
    placed = [Line("1", 3, A, "A")]
    assert code(*plan(sold(2), parcel(items={"1": 3}), of=placed)) == problems.MORE_THAN_ORDERED.name


# -- what is not told at all ----------------------------------------------------------------------------------------


def test_C1_an_open_cancel_request_holds_every_new_parcel_of_the_order() -> None:
    assert code(*plan(sold(1, requested=True), parcel())) == problems.CANCEL_REQUESTED.name


def test_c1_a_request_for_what_has_left_already_holds_nothing() -> None:
    sale = sold(1, requested=True, packages=[("7", DHL_NUMBER, {A: 1})])
    assert isinstance(plan(sale, parcel())[0], Settled)


@pytest.mark.parametrize(
    ("status", "expected"), [("CANCELLED", problems.ORDER_CANCELLED.name), ("PENDING", problems.ORDER_PENDING.name)]
)
def test_c2_parcels_of_cancelled_and_of_pending_orders_are_held(status: str, expected: str) -> None:
    assert code(*plan(sold(1, fulfillment=fulfillment(status)), parcel())) == expected


@pytest.mark.parametrize(
    ("sale", "mine"),
    [
        (sold(1, fulfillment=fulfillment("SHIPPED", "AMAZON")), parcel()),
        (sold(1, programs=["FBM_SHIP_PLUS"]), parcel()),
        (sold(1), parcel(from_amazon="1")),
        (sold(1), parcel(gone=True)),
    ],
    ids=["Amazon ships it", "Ship+", "entered from Amazon", "deleted in the store"],
)
def test_what_is_none_of_ours_to_tell_is_left_alone(sale: Order, mine: Parcel) -> None:
    assert isinstance(plan(sale, mine)[0], Settled)


def test_only_what_is_due_is_decided() -> None:
    assert plan(sold(2), parcel(7, due=False)) == []


# -- the way back ---------------------------------------------------------------------------------------------------


def test_parcels_of_other_tools_become_entries_once() -> None:
    sale = sold(3, packages=[("1", "X1", {A: 1}), ("7", DHL_NUMBER, {A: 1}), ("2", "", {A: 1})])
    own = parcel(7, told=Told("7", "dhl", DHL_NUMBER, {A: 1}))
    first, second = entries(sale, [own], lines(3), RULES.carriers)
    assert (first.carrier, first.tracking, first.items) == ("dhl", "X1", {"1": 1})
    assert [source_of(first.comments), source_of(second.comments)] == ["1", "2"]
    back = [parcel(8, from_amazon="1", tracking="X1"), parcel(9, from_amazon="2", tracking="")]
    assert entries(sale, [own, *back], lines(3), RULES.carriers) == []


def test_what_amazon_shipped_itself_becomes_one_entry_once_all_has_left() -> None:
    whole = sold(2, fulfillment=fulfillment("SHIPPED", "AMAZON"))
    (entry,) = entries(whole, [], lines(2), RULES.carriers)
    assert (entry.carrier, entry.tracking, entry.items) == ("amazon", "", {})
    assert entries(whole, [parcel(8, from_amazon="amazon")], lines(2), RULES.carriers) == []
    part = sold(2, fulfillment=fulfillment("PARTIALLY_SHIPPED", "AMAZON"))
    assert entries(part, [], lines(2), RULES.carriers) == []


def test_the_comment_of_people_is_no_source() -> None:
    assert source_of("left at the door\nAmazon package 1") == ""


def test_the_moment_of_shipping_is_the_stores() -> None:
    (decision,) = plan(sold(1), parcel(shipped_at=NOON - timedelta(days=1)))
    assert isinstance(decision, Confirm)
    assert decision.shipped_at == NOON - timedelta(days=1)


def test_parcels_of_one_tracking_number_are_each_told() -> None:
    sale = sold(2, packages=[("6", DHL_NUMBER, {A: 1})])
    first = parcel(6, told=Told("6", "dhl", DHL_NUMBER, {A: 1}), due=False)
    decisions = plan(sale, first, parcel())
    assert [(one.reference, dict(one.units)) for one in decisions if isinstance(one, Confirm)] == [("7", {A: 1})]


def test_a_line_of_which_nothing_is_left_at_amazon_is_named_and_stops_nothing() -> None:
    (decision,) = plan(sold(0), parcel(), of=lines(1))
    assert code(decision) == problems.MORE_THAN_ORDERED.name


def test_what_is_on_its_way_of_a_deleted_parcel_still_counts() -> None:
    sale = sold(2)
    gone = parcel(6, promised={A: 1}, gone=True)
    decisions = plan(sale, gone, parcel(items={"1": 2}))
    assert [type(one) for one in decisions[:1]] == [Settled]
    assert code(decisions[1]) == problems.SHIPPED_OTHERWISE.name
