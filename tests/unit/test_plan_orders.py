"""What becomes of an order in a channel: made, held with a code, moved, or left."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange import parse_rates
from core.orders.document import MalformedOrder, Order
from core.orders.plan import problems
from core.orders.plan.decide import Change, Create, Decision, Follow, Leave, plan_order
from core.orders.plan.lines import skus
from core.orders.plan.rules import ChannelRules, StoreOrderRef
from core.orders.plan.store_order import PlannedOrder
from core.products.refs import ProductRef
from core.sync.decisions import Hold
from tests.unit.builders import (
    NOON,
    ORDER_ID,
    PRODUCTS,
    breakdown,
    d,
    fulfillment,
    item_document,
    money,
    order,
    rules,
)


def made(decision: Decision) -> PlannedOrder:
    assert isinstance(decision, Create), decision
    return decision.order


def held(decision: Decision) -> str:
    assert isinstance(decision, Hold), decision
    assert decision.message
    assert decision.fix
    return decision.code


def changed(decision: Decision) -> Change:
    assert isinstance(decision, Follow), decision
    (change,) = decision.changes
    return change


def left(decision: Decision) -> str:
    assert isinstance(decision, Leave), decision
    return decision.reason


def plan(
    of: Order | None = None, products: Any = None, linked: StoreOrderRef | None = None, **changes: Any
) -> Decision:
    found = PRODUCTS if products is None else products
    return plan_order(of or order(), rules(**changes), found, [linked] if linked else [])


# -- making ---------------------------------------------------------------------------------------------------------


def test_a_released_order_of_the_merchant_is_made_whole() -> None:
    item = item_document(
        breakdown("ITEM", "10.00"),
        breakdown("SHIPPING", "4.00"),
        breakdown("TAX", "2.66", ITEM="1.90", SHIPPING="0.76"),
        quantity=3,
    )
    planned = made(plan(order(item, total="16.66")))
    assert planned.order_id == ORDER_ID
    assert (planned.company_id, planned.payment_id, planned.shipping_id, planned.status) == (1, 2, 1, "P")
    assert planned.timestamp == 1_795_163_400
    assert [(line.product_id, line.amount, line.price) for line in planned.lines] == [
        (12, 1, d("3.96")),
        (12, 2, d("3.97")),
    ]
    assert {(line.sku, line.asin, line.item_id) for line in planned.lines} == {
        ("LAMP-1", "B000000012", "00000000000001")
    }
    assert (planned.shipping_cost, planned.total, planned.tax) == (d("4.76"), d("16.66"), d("2.66"))
    assert (planned.currency, planned.tax_id, planned.amazon_status) == ("EUR", 7, "UNSHIPPED")
    assert planned.address["s_address"] == "Lindenallee 5"
    assert planned.details.startswith(f"amazon_order_id={ORDER_ID}\n")


def test_lines_of_no_units_and_no_money_are_left_out() -> None:
    cancelled = item_document(sku="GONE", quantity=0, number=2)
    planned = made(plan(order(item_document(breakdown("ITEM", "20.00")), cancelled)))
    assert [line.sku for line in planned.lines] == ["LAMP-1"]


def test_only_items_with_units_need_products() -> None:
    items = [item_document(sku="A", number=1), item_document(sku="B", quantity=0, number=2)]
    assert skus(order(*items)) == {"A"}


def test_the_shipping_of_the_service_level_wins_over_the_default() -> None:
    fast = order(fulfillment=fulfillment(level="EXPEDITED"))
    assert made(plan(fast, shipping={"default": 1, "EXPEDITED": 4})).shipping_id == 4
    assert made(plan(fast, shipping={"default": 1, "NEXT_DAY": 4})).shipping_id == 1


def test_a_foreign_currency_is_converted_when_the_operator_set_a_rate() -> None:
    item = item_document(breakdown("ITEM", "100.00", "SEK"), quantity=3)
    planned = made(
        plan(order(item, proceeds={"grandTotal": money("100.00", "SEK")}), exchange_rates=parse_rates("0.0871"))
    )
    assert planned.total == d("8.71")
    assert sum(line.total for line in planned.lines) == d("8.71")
    assert planned.currency == "EUR"


def test_rates_by_name_serve_no_other_currency() -> None:
    foreign = order(item_document(breakdown("ITEM", "100.00", "SEK")), proceeds={"grandTotal": money("100.00", "SEK")})
    assert made(plan(foreign, exchange_rates=parse_rates("SEK 0.0871, JPY 0.0061"))).total == d("8.71")
    held = plan(foreign, exchange_rates=parse_rates("JPY 0.0061"))
    assert isinstance(held, Hold)
    assert held.code == problems.CURRENCY_MISMATCH.name


@given(
    prices=st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 50)), min_size=1, max_size=5),
    shipping=st.integers(0, 10**5),
)
def test_m2_what_is_planned_meets_amazons_total_to_the_cent(prices: list[tuple[int, int]], shipping: int) -> None:
    items = [
        item_document(breakdown("ITEM", str(d(str(cents)).scaleb(-2))), number=number, quantity=quantity)
        for number, (cents, quantity) in enumerate(prices, 1)
    ]
    items[0]["proceeds"]["breakdowns"].append(breakdown("SHIPPING", str(d(str(shipping)).scaleb(-2))))
    total = d(str(sum(cents for cents, _ in prices) + shipping)).scaleb(-2)
    decision = plan(order(*items, total=str(total)))
    if any(cents < quantity for cents, quantity in prices):
        assert held(decision) == problems.ZERO_PRICE.name
        return
    planned = made(decision)
    assert planned.total == total == sum((line.total for line in planned.lines), planned.shipping_cost)
    assert sum(line.amount for line in planned.lines) == sum(quantity for _, quantity in prices)


# -- holding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY"])
def test_m5_an_order_that_is_not_payable_yet_is_held(status: str) -> None:
    assert held(plan(order(total=None, fulfillment=fulfillment(status)))) == "pending"


def test_a_sku_that_no_product_carries_holds_the_order() -> None:
    decision = plan(products={})
    assert held(decision) == "sku_unknown"
    assert isinstance(decision, Hold)
    assert "'LAMP-1'" in decision.message


def test_a_sku_that_no_product_code_can_be_holds_the_order() -> None:
    decision = plan(order(item_document(breakdown("ITEM", "20.00"), sku="x" * 255)), products={})
    assert held(decision) == "sku_unknown"
    assert isinstance(decision, Hold)
    assert "has 255 characters" in decision.message and len(decision.message) < 200
    with pytest.raises(MalformedOrder, match="sellerSku has 1000000 characters"):
        order(item_document(breakdown("ITEM", "20.00"), sku="x" * 1_000_000))


def test_a_sku_that_two_products_carry_holds_the_order() -> None:
    decision = plan(products={"LAMP-1": [ProductRef(12, 1), ProductRef(13, 1)]})
    assert held(decision) == "sku_unknown"
    assert isinstance(decision, Hold)
    assert decision.message.startswith("2 products")


def test_an_item_without_sku_holds_the_order_even_if_a_product_has_none_either() -> None:
    nameless = order(item_document(breakdown("ITEM", "20.00"), sku=""))
    assert held(plan(nameless, products={"": [ProductRef(12, 1)]})) == "sku_unknown"


def test_one_unknown_sku_among_known_ones_holds_the_whole_order() -> None:
    items = [
        item_document(breakdown("ITEM", "10.00"), number=1),
        item_document(breakdown("ITEM", "10.00"), sku="?", number=2),
    ]
    assert held(plan(order(*items))) == "sku_unknown"


@pytest.mark.parametrize(
    ("vendors", "owners", "expected"),
    [
        (True, [1, 2], 12),
        (True, [2], None),
        (True, [None], 12),
        (True, [0], 12),
        (True, [1, None], None),
        (False, [2], 12),
        (False, [1, 2], None),
    ],
)
def test_products_of_other_vendors_do_not_count_where_companies_are_vendors(
    vendors: bool, owners: list[int | None], expected: int | None
) -> None:
    products = {"LAMP-1": [ProductRef(12 + number, owner) for number, owner in enumerate(owners)]}
    decision = plan(products=products, companies_are_vendors=vendors)
    if expected is None:
        assert held(decision) == "sku_unknown"
    else:
        assert made(decision).lines[0].product_id == expected


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("name", "name"),
        ("addressLine1", "street"),
        ("city", "city"),
        ("countryCode", "country"),
        ("postalCode", "postal code"),
    ],
)
def test_G4_a_missing_part_of_the_address_holds_what_the_merchant_ships_and_is_named(field: str, word: str) -> None:
    source = order_with_address({field: None, "addressLine2": None})
    decision = plan(source)
    assert held(decision) == "address_incomplete"
    assert isinstance(decision, Hold)
    assert decision.message == f"Amazon sent no {word}."


def order_with_address(changes: dict[str, str | None], by: str = "MERCHANT") -> Order:
    address = {
        "name": "Ada King",
        "addressLine1": "Lindenallee 5",
        "city": "Köln",
        "postalCode": "50667",
        "countryCode": "DE",
    }
    merged = {name: value for name, value in (address | changes).items() if value is not None}
    return order(recipient={"deliveryAddress": merged}, fulfillment=fulfillment(by=by))


def test_an_order_that_amazon_ships_needs_no_address() -> None:
    planned = made(plan(order(fulfillment=fulfillment("SHIPPED", "AMAZON"), recipient=None, buyer=None)))
    assert (planned.address["s_firstname"], planned.address["s_lastname"]) == ("Amazon", "customer")
    assert planned.address["s_country"] == "DE"
    assert all(planned.address[f"s_{name}"] for name in ("address", "city"))


def test_a_line_without_price_holds_the_order() -> None:
    items = [item_document(breakdown("ITEM", "20.00"), number=1), item_document(sku="MUG", number=2)]
    assert held(plan(order(*items))) == "zero_price"


def test_a_line_too_cheap_for_its_units_holds_the_order() -> None:
    assert held(plan(order(item_document(breakdown("ITEM", "0.02"), quantity=3), total="0.02"))) == "zero_price"


def test_a_replacement_is_held_as_free_of_charge_and_names_its_original() -> None:
    free = order(
        item_document(breakdown("ITEM", "0.00")),
        total="0.00",
        associatedOrders=[{"orderId": "111-2", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
    )
    decision = plan(free)
    assert held(decision) == "zero_price"
    assert isinstance(decision, Hold)
    assert "111-2" in decision.message


def test_a_product_that_may_cost_nothing_lets_a_free_line_through() -> None:
    free = order(item_document(breakdown("ITEM", "0.00"), quantity=2), total=None)
    planned = made(plan(free, products={"LAMP-1": [ProductRef(12, 1, "P")]}))
    assert [(line.amount, line.price) for line in planned.lines] == [(2, d("0"))]
    assert planned.total == 0


def test_a_discount_larger_than_its_line_is_held_even_where_zero_is_allowed() -> None:
    items = [
        item_document(breakdown("ITEM", "30.00"), number=1),
        item_document(breakdown("ITEM", "5.00"), breakdown("DISCOUNT", "15.00", ITEM="15.00"), sku="MUG", number=2),
    ]
    products = {"LAMP-1": [ProductRef(12, 1)], "MUG": [ProductRef(13, 1, "P")]}
    assert held(plan(order(*items), products=products)) == "zero_price"


def test_a_foreign_currency_without_rate_holds_the_order() -> None:
    foreign = order(item_document(breakdown("ITEM", "20.00", "SEK")), proceeds={"grandTotal": money("20.00", "SEK")})
    decision = plan(foreign)
    assert held(decision) == "currency_mismatch"
    assert isinstance(decision, Hold)
    assert "SEK" in decision.message


def test_a_replacement_needs_no_currency() -> None:
    free = order(item_document(breakdown("ITEM", "0")), total=None, fulfillment=fulfillment())
    assert held(plan(free, store_currency="USD")) == "zero_price"


@pytest.mark.parametrize("total", ["20.01", "19.99"])
def test_amounts_that_do_not_meet_the_total_hold_the_order(total: str) -> None:
    assert held(plan(order(total=total))) == "total_mismatch"


def test_money_on_a_line_without_units_holds_the_order() -> None:
    items = [
        item_document(breakdown("ITEM", "15.00"), number=1),
        item_document(breakdown("ITEM", "5.00"), sku="MUG", quantity=0, number=2),
    ]
    assert held(plan(order(*items))) == "total_mismatch"


def test_an_order_without_any_units_is_held() -> None:
    assert held(plan(order(item_document(quantity=0), total=None))) == "total_mismatch"


def test_a_shipping_discount_larger_than_the_shipping_holds_the_order() -> None:
    item = item_document(
        breakdown("ITEM", "20.00"), breakdown("SHIPPING", "3.00"), breakdown("DISCOUNT", "5.00", SHIPPING="5.00")
    )
    assert held(plan(order(item, total="18.00"))) == "total_mismatch"


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_prepaid": None},
        {"payment_prepaid": 9},
        {"store_payments": {2: False, 6: True}},
        {"store_payments": {}},
    ],
)
def test_a_payment_that_is_not_mapped_or_not_active_holds_the_order(changes: dict[str, Any]) -> None:
    decision = plan(**changes)
    assert held(decision) == "payment_unmapped"
    assert isinstance(decision, Hold)
    assert "payments.prepaid" in decision.fix


@pytest.mark.parametrize(
    "changes",
    [{"shipping": {}}, {"shipping": {"EXPEDITED": 1}}, {"store_shippings": {1: False}}, {"store_shippings": {}}],
)
def test_a_shipping_method_that_is_not_mapped_or_not_active_holds_the_order(changes: dict[str, Any]) -> None:
    assert held(plan(**changes)) == "shipping_unmapped"


@pytest.mark.parametrize(
    "changes", [{"statuses": {"SHIPPED": "C"}}, {"statuses": {"UNSHIPPED": "Z"}}, {"store_statuses": {"C": False}}]
)
def test_a_status_that_is_not_mapped_or_not_in_the_store_holds_the_order(changes: dict[str, Any]) -> None:
    assert held(plan(**changes)) == "status_unmapped"


# -- stock ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"])
def test_k1_what_amazon_ships_moves_no_stock(status: str) -> None:
    assert made(plan(order(fulfillment=fulfillment(status, "AMAZON")))).status == "S"


def shipped(at: Any, updated: Any = None) -> Order:
    packages = [{"packageReferenceId": "1", "shipTime": at.isoformat()}] if at else []
    return order(
        fulfillment=fulfillment("SHIPPED"), packages=packages, lastUpdatedTime=(updated or at or NOON).isoformat()
    )


def test_what_left_before_the_channel_was_connected_moves_no_stock() -> None:
    connected = NOON - timedelta(days=10)
    instant = timedelta(milliseconds=1)
    assert made(plan(shipped(connected - instant))).status == "S"
    assert made(plan(shipped(connected))).status == "C"


def test_a_later_update_of_an_old_shipment_does_not_make_it_new() -> None:
    assert made(plan(shipped(NOON - timedelta(days=11), updated=NOON))).status == "S"


def test_without_packages_the_last_update_tells_when_it_left() -> None:
    assert made(plan(shipped(None, updated=NOON - timedelta(days=11)))).status == "S"
    assert made(plan(shipped(None, updated=NOON - timedelta(days=9)))).status == "C"


def test_an_old_order_that_has_not_left_moves_stock() -> None:
    old = order(lastUpdatedTime=(NOON - timedelta(days=20)).isoformat())
    assert made(plan(old)).status == "P"


@pytest.mark.parametrize(
    "changes",
    [
        {"statuses": {"UNSHIPPED": "P", "SHIPPED": "C"}},
        {"statuses": {"NO_STOCK": "Z"}},
        {"store_statuses": {"P": False, "C": False, "I": True, "S": False}},
    ],
)
@pytest.mark.parametrize("source", ["amazon", "history"])
def test_until_a_status_gives_stock_back_such_orders_are_held(source: str, changes: dict[str, Any]) -> None:
    by_amazon = order(fulfillment=fulfillment("UNSHIPPED", "AMAZON"))
    of = by_amazon if source == "amazon" else shipped(NOON - timedelta(days=11))
    assert held(plan(of, **changes)) == "no_stock_unmapped"


# -- cash on delivery -----------------------------------------------------------------------------------------------

FEE = [breakdown("COD_FEE", "2.00")]


@pytest.mark.parametrize("fee", [False, True])
@pytest.mark.parametrize("constraint", [False, True])
@pytest.mark.parametrize(
    ("methods", "by_payment"),
    [([], False), (["CreditCard"], False), (["CashOnDelivery"], True), (["GiftCard", "COD"], True)],
)
def test_m1_cash_on_delivery_only_on_evidence_and_never_against_it(
    fee: bool, constraint: bool, methods: list[str], by_payment: bool
) -> None:
    item = item_document(breakdown("ITEM", "20.00"), *(FEE if fee else []))
    if constraint:
        item["fulfillment"]["shipping"] = {"shippingConstraints": {"cashOnDelivery": "MANDATORY"}}
    payment = {"paymentExecutions": [{"paymentMethod": method} for method in methods]}
    decision = plan(order(item, total="22.00" if fee else "20.00", payment=payment))
    if by_payment or ((fee or constraint) and not methods):
        assert made(decision).payment_id == 6
    elif fee or constraint:
        assert held(decision) == "payment_ambiguous"
    else:
        assert made(decision).payment_id == 2


def test_a_fee_of_the_whole_order_is_evidence_too() -> None:
    proceeds = {"grandTotal": money("22.00"), "breakdowns": FEE}
    assert made(plan(order(proceeds=proceeds, payment=None))).payment_id == 6


def test_a_fee_of_nothing_is_no_evidence() -> None:
    item = item_document(breakdown("ITEM", "20.00"), breakdown("COD_FEE", "0.00"))
    assert made(plan(order(item, payment=None))).payment_id == 2


def test_cash_on_delivery_without_a_payment_for_it_is_held_under_its_own_key() -> None:
    decision = plan(order(payment={"paymentExecutions": [{"paymentMethod": "COD"}]}), payment_cod=None)
    assert held(decision) == "payment_unmapped"
    assert isinstance(decision, Hold)
    assert "payments.cod" in decision.fix


# -- selection ------------------------------------------------------------------------------------------------------


def test_what_was_not_placed_on_amazon_is_left() -> None:
    assert "not placed" in left(plan(order(salesChannel={"channelName": "NON_AMAZON"})))


def test_both_dates_are_inclusive() -> None:
    created = order().created_at
    instant = timedelta(milliseconds=1)
    assert isinstance(plan(orders_from=created, orders_to=created), Create)
    assert "older" in left(plan(orders_from=created + instant))
    assert "newer" in left(plan(orders_to=created - instant))
    assert isinstance(plan(orders_from=None, orders_to=None), Create)


@pytest.mark.parametrize(
    ("mode", "by", "selected"),
    [
        ("both", "AMAZON", True),
        ("both", "MERCHANT", True),
        ("merchant", "MERCHANT", True),
        ("merchant", "AMAZON", False),
        ("amazon", "AMAZON", True),
        ("amazon", "MERCHANT", False),
    ],
)
def test_the_fulfilment_of_the_channel_selects(mode: str, by: str, selected: bool) -> None:
    assert isinstance(plan(order(fulfillment=fulfillment("UNSHIPPED", by)), fulfilment=mode), Create) is selected


def test_a_status_that_is_not_selected_is_left_and_named() -> None:
    decision = plan(order(fulfillment=fulfillment("SHIPPED")), order_statuses=frozenset({"UNSHIPPED"}))
    assert "SHIPPED" in left(decision)


@pytest.mark.parametrize("status", ["CANCELLED", "UNFULFILLABLE"])
def test_by_default_ended_statuses_are_left(status: str) -> None:
    assert status in left(plan(order(fulfillment=fulfillment(status))))


@pytest.mark.parametrize(
    ("selected", "waits"),
    [({"UNSHIPPED"}, True), ({"PENDING"}, True), ({"CANCELLED", "SHIPPED"}, True), ({"CANCELLED"}, False)],
)
def test_a_pending_order_waits_when_it_may_become_one_of_the_selected(selected: set[str], waits: bool) -> None:
    decision = plan(order(fulfillment=fulfillment("PENDING")), order_statuses=frozenset(selected))
    assert isinstance(decision, Hold if waits else Leave)


# -- order of the checks --------------------------------------------------------------------------------------------

# Each cause with the code it is held under; an order that has several is held under the first.
CAUSES: list[tuple[str, dict[str, Any]]] = [
    ("currency_mismatch", {"rules": {"store_currency": "USD"}}),
    ("sku_unknown", {"products": {}}),
    ("zero_price", {"items": [item_document(sku="MUG", number=2)]}),
    ("address_incomplete", {"order": {"recipient": None}}),
    ("status_unmapped", {"rules": {"statuses": {}}}),
    ("payment_unmapped", {"rules": {"payment_prepaid": None}}),
    ("shipping_unmapped", {"rules": {"shipping": {}}}),
]


@pytest.mark.parametrize("start", range(len(CAUSES)))
def test_of_several_causes_the_first_in_the_order_is_told(start: int) -> None:
    items = [item_document(breakdown("ITEM", "20.00"))]
    document: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    products: Any = PRODUCTS
    for _, cause in CAUSES[start:]:
        items += cause.get("items", [])
        document |= cause.get("order", {})
        changes |= cause.get("rules", {})
        products = cause.get("products", products)
    assert held(plan(order(*items, **document), products=products, **changes)) == CAUSES[start][0]


def test_selection_comes_before_every_hold() -> None:
    pending = order(fulfillment=fulfillment("PENDING"))
    assert isinstance(plan(pending, orders_from=NOON, products={}), Leave)


def test_a_wrong_total_is_told_after_the_address_and_before_the_mappings() -> None:
    wrong = order(total="99.00")
    assert held(plan(wrong, statuses={}, shipping={}, payment_prepaid=None)) == "total_mismatch"
    assert held(plan(order(total="99.00", recipient=None))) == "address_incomplete"


# -- following ------------------------------------------------------------------------------------------------------


def linked(store_status: str = "P", amazon_status: str = "UNSHIPPED") -> StoreOrderRef:
    return StoreOrderRef(4711, store_status, amazon_status)


def test_an_unchanged_order_is_left() -> None:
    assert left(plan(linked=linked())) == "nothing changed"


def test_a_shipped_order_moves_to_its_status() -> None:
    decision = plan(shipped(NOON), linked=linked())
    assert changed(decision) == Change(4711, "C", cancels=False, expected="P", shipped="C", ended=("I",), left_as="")


def test_a_change_that_means_the_same_status_is_left() -> None:
    assert "fits" in left(plan(order(fulfillment=fulfillment("PARTIALLY_SHIPPED")), linked=linked()))


def test_C2_a_cancellation_is_mirrored() -> None:
    decision = plan(order(fulfillment=fulfillment("CANCELLED"), total=None), linked=linked())
    assert changed(decision) == Change(4711, "I", cancels=True, expected="P", shipped="C", ended=("I",), left_as="")


def test_the_cancellation_of_what_amazon_ships_is_mirrored_too() -> None:
    decision = plan(order(fulfillment=fulfillment("CANCELLED", "AMAZON")), linked=linked("S"))
    change = changed(decision)
    assert (change.status_code, change.cancels, change.expected) == ("I", True, "S")


def test_what_amazon_ships_stays_without_stock_when_it_leaves() -> None:
    assert "fits" in left(plan(order(fulfillment=fulfillment("SHIPPED", "AMAZON")), linked=linked("S")))


def test_all_statuses_that_give_stock_back_end_an_order_except_the_one_of_no_stock() -> None:
    codes = {"P": False, "C": False, "I": True, "D": True, "B": True, "S": True}
    decision = plan(shipped(NOON), linked=linked(), store_statuses=codes)
    assert changed(decision).ended == ("B", "D", "I")


def test_a_linked_order_is_followed_though_it_is_not_selected_any_more() -> None:
    decision = plan(
        order(fulfillment=fulfillment("CANCELLED"), recipient=None, total=None),
        products={},
        linked=linked(),
        orders_from=NOON,
        fulfilment="amazon",
        payment_prepaid=None,
    )
    assert changed(decision).cancels


def test_a_change_without_a_status_holds_the_linked_order() -> None:
    decision = plan(shipped(NOON), linked=linked(), statuses={"UNSHIPPED": "P"})
    assert held(decision) == "status_unmapped"
    assert isinstance(decision, Hold)
    assert "statuses.SHIPPED" in decision.fix


def test_a_cancellation_that_is_selected_is_imported_with_its_status() -> None:
    gone = order(fulfillment=fulfillment("CANCELLED"))
    assert made(plan(gone, order_statuses=frozenset({"CANCELLED"}))).status == "I"


def test_a_cancelled_order_of_which_no_amounts_are_told_is_left_and_not_held() -> None:
    gone = order(item_document(), total=None, fulfillment=fulfillment("CANCELLED"))
    assert "no amounts" in left(plan(gone, order_statuses=frozenset({"CANCELLED"})))


def test_plans_are_the_same_every_time() -> None:
    fixed: ChannelRules = rules()
    assert plan_order(order(), fixed, PRODUCTS) == plan_order(order(), fixed, PRODUCTS)


# -- held by hand, linked by hand, unknown --------------------------------------------------------------------------


def test_an_order_that_a_person_holds_back_is_held_unless_it_is_in_the_store_or_cancelled() -> None:
    held = plan_order(order(), rules(), PRODUCTS, None, "vera")
    assert isinstance(held, Hold)
    assert (held.code, held.message) == ("held_by_operator", "vera holds it back.")
    assert f"release --channel de {ORDER_ID}" in held.fix
    assert isinstance(plan_order(order(), rules(), PRODUCTS, [StoreOrderRef(7, "P", "UNSHIPPED")], "vera"), Leave)
    assert isinstance(plan_order(order(fulfillment=fulfillment("CANCELLED")), rules(), PRODUCTS, None, "vera"), Leave)


@pytest.mark.parametrize(
    ("product", "said"),
    [
        (ProductRef(99, None, linked=True, is_there=False), "is not in the store"),
        (ProductRef(99, 2, linked=True), "belongs to another company"),
    ],
)
def test_a_link_that_leads_nowhere_holds_the_order(product: ProductRef, said: str) -> None:
    held = plan_order(order(), rules(companies_are_vendors=True), {"LAMP-1": [product]})
    assert isinstance(held, Hold)
    assert (held.code, held.about) == ("sku_unknown", "LAMP-1")
    assert said in held.message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fulfillment": fulfillment("ON_THE_MOON")}, "status_unknown"),
        ({"fulfillment": fulfillment(by="DRONE")}, "fulfilment_unknown"),
        ({"fulfillment": fulfillment(by="")}, "fulfilment_unknown"),
        ({"salesChannel": {"channelName": "AMAZON"}}, "marketplace_unknown"),
    ],
)
def test_L9_what_is_not_known_here_is_held_and_never_taken_for_something_else(
    changes: dict[str, Any], code: str
) -> None:
    for fulfilment in ("both", "merchant", "amazon"):
        held = plan_order(order(**changes), rules(fulfilment=fulfilment), PRODUCTS)
        assert isinstance(held, Hold)
        assert held.code == code


def test_an_unknown_status_of_an_imported_order_is_held_and_old_orders_are_left() -> None:
    strange = order(fulfillment=fulfillment("ON_THE_MOON"))
    followed = plan_order(strange, rules(), PRODUCTS, [StoreOrderRef(7, "P", "UNSHIPPED")])
    assert isinstance(followed, Hold)
    assert followed.code == "status_unknown"
    assert isinstance(plan_order(strange, rules(orders_from=NOON), PRODUCTS), Leave)


# -- imports of a range -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["SHIPPED", "CANCELLED", "UNFULFILLABLE"])
def test_history_that_is_to_stay_in_the_mirror_is_left_and_what_is_open_is_made(status: str) -> None:
    shipped = order(fulfillment=fulfillment(status))
    assert left(plan(shipped, history="mirror")) == "it is history, which stays in the mirror"
    assert made(plan(history="mirror")).status == "P"
    # One that the store has follows Amazon all the same.
    linked = StoreOrderRef(7, "P", "UNSHIPPED")
    assert isinstance(plan(order(fulfillment=fulfillment("SHIPPED")), linked=linked, history="mirror"), Follow)


def test_history_that_the_store_gets_moves_no_stock_whenever_it_was_shipped() -> None:
    shipped = order(fulfillment=fulfillment("SHIPPED"), lastUpdatedTime="2026-11-23T09:00:00.000Z")
    assert made(plan(shipped)).status == "C"
    assert made(plan(shipped, history="store")).status == made(plan(shipped, history="channel")).status.replace(
        "C", "S"
    )
    assert made(plan(history="store")).status == "P", "what is open takes stock"
