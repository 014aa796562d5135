"""From Amazon's breakdowns to what an order charges, exact to the smallest unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import smallest_unit
from core.orders.document import Item, Part
from core.orders.plan.amounts import Charged, charged, converted, is_free, unit_prices, unknown_charges
from tests.unit.builders import breakdown, d, item_document, money, order

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])
MINOR = st.integers(-(10**12), 10**12)


def amounts(charge: Charged | None) -> tuple[list[Decimal], Decimal, Decimal, Decimal]:
    assert charge is not None
    return [line for _, line in charge.lines], charge.shipping, charge.total, charge.tax


# The one order that others have recorded with all five breakdowns (the tests of Odoo Enterprise for this API).
FIVE = item_document(
    breakdown("ITEM", "100.00"),
    breakdown("SHIPPING", "12.50"),
    breakdown("GIFT_WRAP", "3.33"),
    breakdown("DISCOUNT", "7.50", ITEM="5.00", SHIPPING="2.50"),
    breakdown("TAX", "23.83", ITEM="20.00", SHIPPING="2.50", DISCOUNT="1.50", GIFT_WRAP="1.33"),
    quantity=2,
)


def test_m3_the_recorded_order_with_five_breakdowns_is_held_for_its_total_is_of_no_parts() -> None:
    assert charged(order(FIVE, total="120.00")) is None


@pytest.mark.parametrize(
    ("total", "line", "shipping", "tax"),
    [
        ("132.16", "119.66", "12.50", "23.83"),  # tax on top, as its subtotal says
        ("130.66", "118.16", "12.50", "22.33"),  # and the tax on the discount taken off
        ("108.33", "98.33", "10.00", "23.83"),  # tax inside
    ],
)
def test_m3_with_a_total_of_its_parts_the_recorded_order_adds_up(
    total: str, line: str, shipping: str, tax: str
) -> None:
    assert amounts(charged(order(FIVE, total=total))) == ([d(line)], d(shipping), d(total), d(tax))


@pytest.mark.parametrize(
    ("told", "subtotal", "of_discount"),
    [("less", "3.23", "-0.57"), ("more", "4.37", "0.57"), ("apart", "3.80", "0.57")],
)
def test_m3_tax_on_a_discount_is_taken_off_however_it_is_told(told: str, subtotal: str, of_discount: str) -> None:
    taxed = item_document(
        breakdown("ITEM", "20.00"),
        breakdown("DISCOUNT", "3.00", ITEM="3.00"),
        breakdown("TAX", subtotal, ITEM="3.80", DISCOUNT=of_discount),
    )
    assert amounts(charged(order(taxed, total="20.23"))) == ([d("20.23")], d("0"), d("20.23"), d("3.23"))


def test_m3_where_two_ways_meet_the_grand_total_those_of_the_items_decide() -> None:
    """Twice the tax on the discount is the pending tip, by chance."""
    item = item_document(
        breakdown("ITEM", "48.82"),
        breakdown("DISCOUNT", "13.18", ITEM="13.18"),
        breakdown("TAX", "11.78", ITEM="9.28", DISCOUNT="2.50"),
    )
    tip = breakdown("DELIVERY_TIP", "5.00") | {"status": "PENDING"}
    proceeds = {"grandTotal": money("47.42"), "breakdowns": [tip]}
    assert amounts(charged(order(item, proceeds=proceeds)))[:2] == ([d("47.42")], d("0"))
    item["proceeds"]["proceedsTotal"] = money("42.42")
    assert amounts(charged(order(item, proceeds=proceeds)))[:2] == ([d("42.42")], d("5.00"))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_discount_that_is_taken_back_raises_the_total(sign: int) -> None:
    parts = {"ITEM": str(sign * 5), "SHIPPING": str(sign * -1)}
    item = item_document(
        breakdown("ITEM", "20.00"), breakdown("SHIPPING", "4.00"), breakdown("DISCOUNT", str(sign * 4), **parts)
    )
    assert amounts(charged(order(item, total="20.00"))) == ([d("15.00")], d("5.00"), d("20.00"), d("0"))


def test_m4_an_unknown_charge_is_kept_and_counted_as_other() -> None:
    odd = item_document(
        breakdown("ITEM", "20.00"), breakdown("MOON_SURCHARGE", "1.25"), breakdown("TAX", "0.40", CRATER="0.40")
    )
    more = {"grandTotal": money("22.65"), "breakdowns": [breakdown("STAR_TOLL", "1.00"), breakdown("OTHER", "0")]}
    source = order(odd, proceeds=more)
    assert amounts(charged(source)) == ([d("20.00")], d("2.65"), d("22.65"), d("0.40"))
    assert unknown_charges(source) == [
        ("MOON_SURCHARGE", d("1.25")),
        ("STAR_TOLL", d("1.00")),
        ("TAX CRATER", d("0.40")),
    ]


def test_points_are_the_sellers_expense_and_change_no_amount() -> None:
    worth = {"pointsGranted": {"pointsNumber": 59, "pointsMonetaryValue": money("59", "JPY")}}
    lamp = item_document(breakdown("ITEM", "5980", "JPY"), expense={"pointsCost": worth})
    japanese = order(lamp, proceeds={"grandTotal": money("5980", "JPY")})
    assert amounts(charged(japanese)) == ([d("5980")], d("0"), d("5980"), d("0"))


def test_tax_on_top_belongs_to_what_it_taxes() -> None:
    taxed = item_document(
        breakdown("ITEM", "100.00"),
        breakdown("SHIPPING", "5.00"),
        breakdown("TAX", "19.95", ITEM="19.00", SHIPPING="0.95"),
    )
    assert amounts(charged(order(taxed, total="124.95"))) == ([d("119.00")], d("5.95"), d("124.95"), d("19.95"))


def test_tax_inside_the_prices_is_not_added_again() -> None:
    taxed = item_document(
        breakdown("ITEM", "119.00"),
        breakdown("SHIPPING", "5.95"),
        breakdown("TAX", "19.95", ITEM="19.00", SHIPPING="0.95"),
    )
    assert amounts(charged(order(taxed, total="124.95"))) == ([d("119.00")], d("5.95"), d("124.95"), d("19.95"))


def test_tax_without_details_belongs_to_the_item() -> None:
    taxed = item_document(breakdown("ITEM", "100.00"), breakdown("SHIPPING", "5.00"), breakdown("TAX", "19.00"))
    assert amounts(charged(order(taxed, total="124.00"))) == ([d("119.00")], d("5.00"), d("124.00"), d("19.00"))


def test_the_part_of_a_tax_that_its_details_leave_out_belongs_to_the_item() -> None:
    taxed = item_document(
        breakdown("ITEM", "100.00"), breakdown("SHIPPING", "5.00"), breakdown("TAX", "20.00", SHIPPING="0.95")
    )
    assert amounts(charged(order(taxed, total="125.00"))) == ([d("119.05")], d("5.95"), d("125.00"), d("20.00"))


@pytest.mark.parametrize("sign", ["", "-"])
def test_discounts_lower_the_total_under_either_sign(sign: str) -> None:
    cheaper = item_document(
        breakdown("ITEM", "20.00"),
        breakdown("SHIPPING", "4.00"),
        breakdown("DISCOUNT", f"{sign}5.00", ITEM=f"{sign}3.00", SHIPPING=f"{sign}2.00"),
    )
    assert amounts(charged(order(cheaper, total="19.00"))) == ([d("17.00")], d("2.00"), d("19.00"), d("0"))


def test_gift_wrap_stands_in_the_line_and_a_fee_beside_it() -> None:
    wrapped = item_document(
        breakdown("ITEM", "20.00"),
        breakdown("GIFT_WRAP", "3.00"),
        breakdown("COD_FEE", "2.50"),
        breakdown("OTHER", "0.75"),
        breakdown("MOON_SURCHARGE", "1.00"),
    )
    assert amounts(charged(order(wrapped, total="27.25"))) == ([d("23.00")], d("4.25"), d("27.25"), d("0"))


def test_tax_of_gift_wrap_stands_in_the_line_and_tax_of_a_fee_beside_it() -> None:
    wrapped = item_document(
        breakdown("ITEM", "20.00"),
        breakdown("GIFT_WRAP", "3.00"),
        breakdown("COD_FEE", "2.00"),
        breakdown("TAX", "0.77", GIFT_WRAP="0.57", COD_FEE="0.20"),
    )
    assert amounts(charged(order(wrapped, total="25.77"))) == ([d("23.57")], d("2.20"), d("25.77"), d("0.77"))


@pytest.mark.parametrize(("total", "shipping"), [("24.00", "4.00"), ("20.00", "0.00")])
def test_a_pending_tip_counts_only_when_the_grand_total_holds_it(total: str, shipping: str) -> None:
    tip = breakdown("DELIVERY_TIP", "4.00") | {"status": "PENDING"}
    tipped = order(proceeds={"grandTotal": money(total), "breakdowns": [breakdown("ITEM", "20.00"), tip]})
    assert amounts(charged(tipped)) == ([d("20.00")], d(shipping), d(total), d("0"))


def test_a_finalized_tip_always_counts() -> None:
    tip = breakdown("DELIVERY_TIP", "4.00") | {"status": "FINALIZED"}
    assert charged(order(proceeds={"grandTotal": money("20.00"), "breakdowns": [tip]})) is None
    paid = charged(order(proceeds={"grandTotal": money("24.00"), "breakdowns": [tip]}))
    assert amounts(paid) == ([d("20.00")], d("4.00"), d("24.00"), d("0"))


def test_what_the_order_charges_beyond_its_items_is_charged_once() -> None:
    parts = (breakdown("ITEM", "10.00"), breakdown("SHIPPING", "2.00"))
    items = [item_document(*parts, number=1), item_document(*parts, number=2)]
    whole = [breakdown("ITEM", "20.00"), breakdown("SHIPPING", "5.00"), breakdown("OTHER", "0.50")]
    found = charged(order(*items, proceeds={"grandTotal": money("25.50"), "breakdowns": whole}))
    assert amounts(found) == ([d("10.00"), d("10.00")], d("5.50"), d("25.50"), d("0"))


@pytest.mark.parametrize("total", ["19.99", "20.01", "0.00", "-20.00"])
def test_parts_that_miss_the_grand_total_by_a_cent_are_not_used(total: str) -> None:
    assert charged(order(total=total)) is None


def test_an_order_with_amounts_and_no_grand_total_is_not_used() -> None:
    assert charged(order(total=None)) is None


@pytest.mark.parametrize("total", [None, "0.00"])
def test_a_replacement_without_money_charges_nothing(total: str | None) -> None:
    replacement = order(item_document(breakdown("ITEM", "0.00")), total=total)
    assert is_free(replacement)
    assert amounts(charged(replacement)) == ([d("0")], d("0"), d("0"), d("0"))


def test_an_order_whose_discount_takes_everything_is_not_a_replacement() -> None:
    gift = order(item_document(breakdown("ITEM", "9.00"), breakdown("DISCOUNT", "-9.00", ITEM="-9.00")), total="0.00")
    assert not is_free(gift)
    assert amounts(charged(gift)) == ([d("0")], d("0"), d("0"), d("0"))


def test_the_unit_price_serves_where_there_is_no_breakdown() -> None:
    bare = item_document(quantity=3)
    del bare["proceeds"]
    bare["product"]["price"] = {"unitPrice": money("6.66")}
    assert amounts(charged(order(bare, total="19.98"))) == ([d("19.98")], d("0"), d("19.98"), d("0"))


@given(data=st.data(), tax_on_top=st.booleans(), sign=st.sampled_from([1, -1]))
def test_whatever_reading_amazon_means_lines_and_shipping_add_up_to_its_total(
    data: st.DataObject, tax_on_top: bool, sign: int
) -> None:
    cents = st.integers(1, 100_000)
    documents = []
    total = 0
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        item, shipping, discount = data.draw(cents), data.draw(cents), data.draw(cents)
        taxes = {"ITEM": data.draw(cents), "SHIPPING": data.draw(cents)}
        documents.append(
            item_document(
                breakdown("ITEM", _cents(item)),
                breakdown("SHIPPING", _cents(shipping)),
                breakdown("TAX", _cents(sum(taxes.values())), **{name: _cents(tax) for name, tax in taxes.items()}),
                breakdown("DISCOUNT", _cents(sign * discount), ITEM=_cents(sign * discount)),
                number=number,
            )
        )
        total += item + shipping - discount + (sum(taxes.values()) if tax_on_top else 0)
    found = charged(order(*documents, total=_cents(total)))
    lines, shipping_cost, grand, _ = amounts(found)
    assert sum(lines, shipping_cost) == grand == d(_cents(total))


def _cents(value: int) -> str:
    return str(Decimal(value).scaleb(-2))


@given(minor=MINOR, quantity=st.integers(1, 10_000), currency=CURRENCIES)
def test_unit_prices_multiply_back_exactly_with_at_most_two_prices_one_unit_apart(
    minor: int, quantity: int, currency: str
) -> None:
    unit = smallest_unit(currency)
    line = minor * unit
    prices = unit_prices(line, quantity, currency)
    assert sum(price.price * price.amount for price in prices) == line
    assert sum(price.amount for price in prices) == quantity
    assert all(price.amount > 0 for price in prices)
    assert all(price.price % unit == 0 for price in prices)
    assert len(prices) <= 2
    assert len(prices) == 1 or prices[1].price - prices[0].price == unit


def test_m2_ten_euros_for_three_units() -> None:
    assert [(unit.amount, unit.price) for unit in unit_prices(d("10.00"), 3, "EUR")] == [(2, d("3.33")), (1, d("3.34"))]


@pytest.mark.parametrize(
    ("line", "quantity", "currency"),
    [("10.001", 1, "EUR"), ("10.5", 2, "JPY"), ("10.00", 0, "EUR"), ("10.00", -1, "EUR")],
)
def test_a_line_that_cannot_be_paid_is_not_split(line: str, quantity: int, currency: str) -> None:
    with pytest.raises(ValueError, match="cannot be split"):
        unit_prices(d(line), quantity, currency)


def _charge(lines: list[Decimal], shipping: Decimal) -> Charged:
    items = [Item(str(n), f"SKU-{n}", "", "", 1, (Part("ITEM", "", line),)) for n, line in enumerate(lines)]
    return Charged(tuple(zip(items, lines, strict=True)), shipping, sum(lines, shipping), d("1.00"))


@given(
    lines=st.lists(st.decimals(0, 10_000, places=2), min_size=1, max_size=6),
    shipping=st.decimals(0, 100, places=2),
    rate=st.decimals("0.0001", 1000, places=4),
    currency=CURRENCIES,
)
def test_converted_parts_are_payable_and_their_sum_is_the_total(
    lines: list[Decimal], shipping: Decimal, rate: Decimal, currency: str
) -> None:
    result = converted(_charge(lines, shipping), rate, currency)
    unit = smallest_unit(currency)
    assert sum((line for _, line in result.lines), result.shipping) == result.total
    for before, (_, after) in zip(lines, result.lines, strict=True):
        assert after % unit == 0
        assert abs(after - before * rate) <= unit / 2
    assert abs(result.total - sum(lines, shipping) * rate) <= (len(lines) + 1) * unit / 2


def test_converting_keeps_each_item_with_its_line_and_converts_the_tax() -> None:
    result = converted(_charge([d("10.00"), d("3.33")], d("5.00")), d("0.5"), "EUR")
    assert [(item.sku, line) for item, line in result.lines] == [("SKU-0", d("5.00")), ("SKU-1", d("1.67"))]
    assert (result.shipping, result.tax) == (d("2.50"), d("0.50"))
