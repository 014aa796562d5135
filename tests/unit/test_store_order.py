"""The store order that an Amazon order becomes, and the bodies that make it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.orders.plan.store_order import (
    PlannedLine,
    PlannedOrder,
    StoreLine,
    address_body,
    correct_body,
    create_body,
    differences,
    marker_email,
)
from tests.unit.builders import ORDER_ID, d

CENTS = st.integers(1, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
LINES = st.lists(
    st.builds(
        PlannedLine,
        product_id=st.integers(1, 5),
        amount=st.integers(1, 50),
        price=CENTS,
        sku=st.text(max_size=8),
        asin=st.just("B000000012"),
        item_id=st.integers(1, 10**14).map(str),
    ),
    min_size=1,
    max_size=6,
).map(tuple)


def planned(*lines: PlannedLine, shipping: str = "4.00", **changes: Any) -> PlannedOrder:
    cost = d(shipping)
    found = PlannedOrder(
        order_id=ORDER_ID,
        company_id=1,
        payment_id=2,
        shipping_id=1,
        status="P",
        timestamp=1_763_627_400,
        currency="EUR",
        lines=lines or (line(),),
        shipping_cost=cost,
        total=Decimal(0),
        tax=d("3.19"),
        tax_id=7,
        address={"s_firstname": "Ada", "b_firstname": "Ada", "firstname": "Ada", "s_county": "Köln"},
        details=f"amazon_order_id={ORDER_ID}",
        amazon_status="UNSHIPPED",
    )
    total = sum((one.total for one in found.lines), cost)
    return replace(found, total=total, **changes)


def line(product_id: int = 12, amount: int = 1, price: str = "20.00", item_id: str = "1") -> PlannedLine:
    return PlannedLine(product_id, amount, d(price), f"SKU-{product_id}", "B000000012", item_id)


def as_stored(order: PlannedOrder) -> list[StoreLine]:
    """What the store has after the POST: one line per product at its own price."""
    amounts: dict[int, int] = {}
    for one in order.lines:
        amounts[one.product_id] = amounts.get(one.product_id, 0) + one.amount
    return [StoreLine(str(900 + n), product, amount, d("1.00")) for n, (product, amount) in enumerate(amounts.items())]


@given(lines=LINES, shipping=CENTS, tax=CENTS, company=st.none() | st.integers(1, 9))
def test_the_content_of_an_intent_survives_json(
    lines: tuple[PlannedLine, ...], shipping: Decimal, tax: Decimal, company: int | None
) -> None:
    order = planned(*lines, shipping=str(shipping), tax=tax, company_id=company)
    assert PlannedOrder.from_content(json.loads(json.dumps(order.to_content()))) == order


def test_amounts_are_written_without_exponent() -> None:
    order = planned(line(price="1E+3"), shipping="0E-7")
    content = order.to_content()
    assert (content["lines"][0]["price"], content["shipping_cost"]) == ("1000", "0.0000000")
    assert PlannedOrder.from_content(content) == order


@given(LINES)
def test_the_order_is_created_with_each_product_once_and_all_its_units(lines: tuple[PlannedLine, ...]) -> None:
    order = planned(*lines)
    products = create_body(order)["products"]
    wanted = {one.product_id: 0 for one in lines}
    for one in lines:
        wanted[one.product_id] += one.amount
    assert {entry["product_id"]: entry["amount"] for entry in products.values()} == wanted
    assert all(key == str(entry["product_id"]) for key, entry in products.items())
    assert order.products == sorted(wanted)


def test_the_order_can_be_found_again_by_its_amazon_id() -> None:
    body = create_body(planned())
    email = f"{ORDER_ID.lower()}@orders.invalid"
    assert body["email"] == body["user_data"]["email"] == marker_email(ORDER_ID) == email
    assert body["payment_info"] == {"transaction_id": ORDER_ID}
    assert body["details"].splitlines()[0] == f"amazon_order_id={ORDER_ID}"


def test_the_address_stands_at_the_top_and_in_the_user_data() -> None:
    order = planned()
    body = create_body(order)
    for name, value in order.address.items():
        assert body[name] == value
        assert body["user_data"][name] == value


def test_the_date_is_the_buyers_and_the_store_adds_nothing_of_its_own() -> None:
    body = create_body(planned())
    assert (body["timestamp"], body["payment_id"], body["shipping_id"]) == (1_763_627_400, 2, 1)
    assert (body["promotions"], body["discount"], body["subtotal_discount"]) == ({}, 0, 0)
    assert body["user_data"]["tax_exempt"] == "Y"


def correct(order: PlannedOrder, present: Sequence[StoreLine] | None = None) -> dict[str, Any]:
    body = correct_body(order, as_stored(order) if present is None else present)
    json.dumps(body)
    return body


@given(lines=LINES, shipping=CENTS)
def test_the_correction_adds_up_to_the_total(lines: tuple[PlannedLine, ...], shipping: Decimal) -> None:
    order = planned(*lines, shipping=str(shipping))
    body = correct(order)
    products = sum((Decimal(entry["price"]) * entry["amount"] for entry in body["products"].values()), Decimal(0))
    assert products == Decimal(body["subtotal"])
    assert products + Decimal(body["shipping_cost"]) == Decimal(body["total"]) == order.total
    assert body["stored_shipping"] == {"0": {"0": body["shipping_cost"]}}
    assert (body["discount"], body["subtotal_discount"], body["promotions"]) == (0, 0, {})


@given(lines=LINES, old_keys=st.lists(st.integers(1, 12), min_size=5, max_size=5, unique=True))
def test_present_lines_keep_their_keys_and_new_keys_never_collide(
    lines: tuple[PlannedLine, ...], old_keys: list[int]
) -> None:
    order = planned(*lines)
    # Small old keys, so that a new key has every chance to hit one, of a line still to come too.
    stored = as_stored(order)
    present = [replace(old, item_id=str(key)) for old, key in zip(stored, old_keys, strict=False)]
    products = correct(order, present)["products"]
    assert len(products) == len(lines)
    for old in present:
        assert products[old.item_id]["product_id"] == old.product_id
    assert all(key.isdigit() and int(key) > 0 for key in products)
    sent = sorted((entry["product_id"], entry["amount"], Decimal(entry["price"])) for entry in products.values())
    assert sent == sorted((one.product_id, one.amount, one.price) for one in lines)


@given(LINES)
def test_every_line_names_its_product_and_price_so_the_store_takes_them_as_they_are(
    lines: tuple[PlannedLine, ...],
) -> None:
    for entry in correct(planned(*lines))["products"].values():
        assert entry["product_id"] > 0
        assert Decimal(entry["price"]) > 0
        assert (entry["stored_price"], entry["discount"]) == ("Y", 0)


def test_a_present_line_of_another_product_lends_its_key_to_nobody() -> None:
    products = correct(planned(line(12)), [StoreLine("1", 99, 1, d("5.00"))])["products"]
    assert {key: entry["product_id"] for key, entry in products.items()} == {"2": 12}


def test_two_items_of_one_product_take_two_present_lines() -> None:
    order = planned(line(12, 1, "3.33", "1"), line(12, 2, "3.34", "2"))
    present = [StoreLine("77", 12, 1, d("1")), StoreLine("88", 12, 2, d("1"))]
    products = correct(order, present)["products"]
    assert {key: entry["amount"] for key, entry in products.items()} == {"77": 1, "88": 2}


def test_lines_remember_the_item_of_amazon() -> None:
    entry = next(iter(correct(planned(line(item_id="0042")))["products"].values()))
    assert entry["extra"] == {"amazon_order_item_id": "0042", "asin": "B000000012", "amazon_sku": "SKU-12"}


def test_the_tax_is_noted_as_part_of_the_prices() -> None:
    body = correct(planned())
    tax = body["taxes"]["7"]
    assert (tax["price_includes_tax"], tax["tax_subtotal"], tax["rate_type"]) == ("Y", "3.19", "F")
    assert set(tax["applies"]["items"]["P"]) == set(body["products"])


@pytest.mark.parametrize("changes", [{"tax": Decimal(0)}, {"tax_id": None}])
def test_without_tax_or_without_a_tax_in_the_store_none_is_noted(changes: dict[str, Any]) -> None:
    assert "taxes" not in correct(planned(**changes))


def test_the_correction_sets_the_status_and_the_company() -> None:
    body = correct(planned(company_id=None))
    assert body["status"] == "P"
    assert next(iter(body["products"].values()))["company_id"] == 0


# -- comparing ------------------------------------------------------------------------------------------------------


def exact_lines(order: PlannedOrder) -> list[StoreLine]:
    return [StoreLine(str(n), one.product_id, one.amount, one.price) for n, one in enumerate(order.lines, 1)]


@given(LINES)
def test_an_order_as_planned_has_no_differences(lines: tuple[PlannedLine, ...]) -> None:
    order = planned(*lines)
    assert differences(order, list(reversed(exact_lines(order))), order.total, order.shipping_cost) == []


@given(lines=LINES, data=st.data())
def test_any_change_of_a_line_is_a_difference(lines: tuple[PlannedLine, ...], data: st.DataObject) -> None:
    order = planned(*lines)
    stored = exact_lines(order)
    number = data.draw(st.integers(0, len(stored) - 1))
    old = stored[number]
    stored[number] = data.draw(
        st.sampled_from(
            [
                replace(old, amount=old.amount + 1),
                replace(old, price=old.price + d("0.01")),
                replace(old, product_id=99),
            ]
        )
    )
    found = differences(order, stored, order.total, order.shipping_cost)
    assert any(f"product {old.product_id}:" in text for text in found)


def test_a_line_that_is_missing_or_too_many_is_a_difference() -> None:
    order = planned(line(12), line(13))
    lines = exact_lines(order)
    assert differences(order, lines[:1], order.total, order.shipping_cost) == ["product 13: 0 instead of 1"]
    extra = [*lines, StoreLine("9", 14, 2, d("1.00"))]
    assert differences(order, extra, order.total, order.shipping_cost) == ["product 14: 2 instead of 0"]


def test_total_and_shipping_count_to_the_cent() -> None:
    order = planned()
    lines = exact_lines(order)
    assert differences(order, lines, order.total + d("0.01"), order.shipping_cost) == ["total 24.01 instead of 24.00"]
    assert differences(order, lines, order.total, d("3.99")) == ["shipping 3.99 instead of 4.00"]


def test_decimals_that_mean_the_same_are_the_same() -> None:
    order = planned()
    lines = [StoreLine("1", 12, 1, d("20"))]
    assert differences(order, lines, d("24.000000"), d("4.0")) == []


def test_a_shipping_cost_that_the_store_does_not_tell_is_judged_by_the_total() -> None:
    order = planned()
    assert differences(order, exact_lines(order), order.total, None) == []
    assert differences(order, exact_lines(order), d("23.00"), None) == ["total 23.00 instead of 24.00"]


def test_split_unit_prices_may_be_merged_as_long_as_the_money_fits() -> None:
    order = planned(line(12, 1, "3.00"), line(12, 1, "5.00"))
    assert differences(order, [StoreLine("1", 12, 2, d("4.00"))], order.total, order.shipping_cost) == []
    assert differences(order, [StoreLine("1", 12, 2, d("3.99"))], order.total, order.shipping_cost) == [
        "product 12: 7.98 instead of 8.00"
    ]


def test_an_address_that_comes_later_takes_no_field_of_the_profile_with_it() -> None:
    """Some builds of the store replace what they have of the buyer by what an edit says."""
    order = planned(fields={"32": "DE123456789"})
    assert address_body(order, [])["user_data"] == create_body(order)["user_data"]
    assert address_body(order, [])["user_data"]["fields"] == {"32": "DE123456789"}
