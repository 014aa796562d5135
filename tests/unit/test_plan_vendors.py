"""An order of several vendors, divided among them: everything adds up to the cent, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.orders.plan.decide import Create, plan_order
from core.orders.plan.rules import StoreOrderRef
from core.orders.plan.store_order import PlannedOrder
from core.orders.plan.vendors import by_vendor, shares
from core.products.refs import ProductRef
from tests.unit.builders import breakdown, d, item_document, order, rules

MARKETPLACE = {"companies_are_vendors": True, "company_id": None}
SKUS = ("A", "B", "C")
PRODUCTS = {sku: [ProductRef(number, number % 2 + 1)] for number, sku in enumerate(SKUS, 11)}
CENTS = st.integers(1, 20_000)


def parts_of(*items: dict[str, object], total: Decimal, linked: tuple[StoreOrderRef, ...] = ()) -> list[PlannedOrder]:
    decision = plan_order(order(*items, total=str(total)), rules(**MARKETPLACE), PRODUCTS, linked)
    assert isinstance(decision, Create), decision
    return list(decision.orders)


def item(number: int, price: int, shipping: int = 0, tax: int = 0, quantity: int = 1) -> dict[str, object]:
    parts = [breakdown("ITEM", str(d(price) / 100)), breakdown("SHIPPING", str(d(shipping) / 100))]
    parts += [breakdown("TAX", str(d(tax) / 100), ITEM=str(d(tax) / 100))] if tax else []
    return item_document(*parts, number=number, sku=SKUS[number - 1], quantity=quantity)


@given(
    st.lists(st.tuples(CENTS, st.integers(0, 999), st.integers(0, 5_000), st.integers(1, 7)), min_size=3, max_size=3)
)
def test_parts_add_up_to_the_order_and_each_to_its_own_lines(sold: list[tuple[int, int, int, int]]) -> None:
    items = [
        item(number, price + quantity, shipping, tax, quantity)
        for number, (price, shipping, tax, quantity) in enumerate(sold, 1)
    ]
    total = d(sum(price + quantity + shipping + tax for price, shipping, tax, quantity in sold)) / 100
    parts = parts_of(*items, total=total)
    assert [one.vendor_id for one in parts] == [1, 2] and {one.parts for one in parts} == {2}
    assert sum(one.total for one in parts) == total
    assert sum(one.tax for one in parts) == d(sum(tax for _, _, tax, _ in sold)) / 100
    for one in parts:
        assert one.total == sum((line.total for line in one.lines), one.shipping_cost) and one.shipping_cost >= 0
    assert {line.item_id for one in parts for line in one.lines} == {f"{number:014d}" for number in (1, 2, 3)}


def test_shipping_goes_with_the_items_that_it_was_charged_for() -> None:
    one, two = parts_of(item(1, 1000, shipping=499), item(2, 2000), item(3, 500, shipping=150), total=d("41.49"))
    assert (one.shipping_cost, two.shipping_cost) == (d("0.00"), d("6.49"))
    one, two = parts_of(item(1, 1000, shipping=499), item(2, 2000, shipping=201), total=d("37.00"))
    assert (one.shipping_cost, two.shipping_cost) == (d("2.01"), d("4.99"))


def test_an_order_of_one_vendor_stays_whole_and_names_it() -> None:
    (whole,) = parts_of(item(1, 1000), item(3, 2000), total=d("30.00"))
    assert (whole.vendor_id, whole.parts, whole.link_company) == (2, 1, 0)


def test_only_what_the_store_lacks_is_made() -> None:
    first = StoreOrderRef(77, "P", "UNSHIPPED", True, company_id=1, parts=2)
    (rest,) = parts_of(item(1, 1000), item(2, 2000), total=d("30.00"), linked=(first,))
    assert (rest.vendor_id, rest.total) == (2, d("10.00"))


@given(st.integers(0, 10**7), st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=9))
def test_shares_are_whole_units_that_add_up(cents: int, weights: list[Decimal]) -> None:
    given_out = shares(d(cents) / 100, weights, d("0.01"))
    assert sum(given_out) == d(cents) / 100
    total = sum(weights)
    for share, weight in zip(given_out, weights, strict=True):
        exact = d(cents) / 100 * (weight / total if total else d(1) / len(weights))
        assert share >= 0 and abs(share - exact) < d("0.01")


def test_a_product_of_another_vendor_stands_in_for_nothing() -> None:
    """The store would give the whole order to the vendor of what it was made with."""
    one, two = parts_of(item(1, 1000), item(2, 2000), total=d("30.00"))
    whole = replace(one, parts=1, stand_in=99, lines=(*one.lines, *two.lines))
    vendors = {11: 2, 12: 1, 99: 2}
    assert [part.stand_in for part in by_vendor(whole, order(item(1, 1000), item(2, 2000)), vendors)] == [None, 99]
    assert [part.stand_in for part in by_vendor(replace(one, stand_in=99), order(item(2, 2000)), vendors)] == [None]
