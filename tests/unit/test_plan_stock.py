"""What is told of price and stock: rules, guards, and what a patch keeps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange import parse_rates
from core.money import Money
from core.offers.plan.price import MOST_JUMP, price_of
from core.offers.plan.quantity import quantity_of
from core.offers.plan.rules import Listed, PriceRules, Product, QuantityRules, Rules, check_price_rule, rules_of
from core.stock.plan.decide import Situation, decide
from core.stock.plan.patches import availability, is_reduced_from, offer
from core.sync.decisions import Hold

DE = "A1PA6795UKMFR9"


def euros(text: str | int | Decimal) -> Money:
    return Money(Decimal(text), "EUR")


def rules(**changes: Any) -> Rules:
    return Rules("de", DE, changes.pop("currency", "EUR"), **changes)


def product(price: str = "10.00", amount: int = 7, **changes: Any) -> Product:
    return Product(euros(price), amount, **changes)


def situation(**changes: Any) -> Situation:
    """One in which both sides agree."""
    told: dict[str, Any] = {"product": product(), "listed": Listed(euros("10.00"), 7, "MERCHANT")}
    return Situation(**told | changes)


def code(found: object) -> str:
    assert isinstance(found, Hold), found
    return found.code


amounts = st.decimals("0.01", "99999", places=2)
pieces = st.integers(-1_000, 10_000)
quantity_rules = st.builds(
    QuantityRules, st.integers(0, 100), st.integers(0, 100), st.one_of(st.none(), st.integers(1, 500))
)


@pytest.mark.parametrize(
    ("store", "told", "expected"),
    [
        ("17.20", {}, "17.20"),
        ("17.20", {"percent": 10}, "18.92"),
        ("17.20", {"percent": 10, "amount": "0.50"}, "19.42"),
        ("17.20", {"percent": 10, "ending": "0.99"}, "18.99"),
        ("17.99", {"ending": "0.99"}, "17.99"),
        ("17.20", {"ending": "9.99"}, "19.99"),
        ("17.20", {"ending": "0"}, "18.00"),
        ("0.40", {"ending": "0.95"}, "0.95"),
        ("17.20", {"percent": -50, "minimum": "12"}, "12.00"),
    ],
)
def test_a_price_is_converted_marked_up_rounded_and_bounded(store: str, told: dict[str, Any], expected: str) -> None:
    settings = {"price_rules": {name: str(value) for name, value in told.items()}}
    assert price_of(euros(store), rules_of("de", DE, "EUR", settings)) == euros(expected)


def test_a_foreign_price_needs_a_rate_and_its_own_decimals() -> None:
    assert code(price_of(euros("10"), rules(currency="JPY"))) == "price_currency"
    named = parse_rates("JPY 0.0061, GBP 1.25")
    assert price_of(euros("10"), rules(currency="JPY", rates=named)) == Money(Decimal(1639), "JPY")
    assert price_of(euros("10"), rules(currency="GBP", rates=named)) == Money(Decimal("8.00"), "GBP")


def test_a_price_of_nothing_never_leaves() -> None:
    assert code(price_of(euros(0), rules())) == "price_zero"
    assert code(price_of(euros(1), rules(price=PriceRules(amount=Decimal(-2))))) == "price_below_zero"


@given(store=amounts, percent=st.integers(-99, 1000), ending=st.sampled_from([None, "0.99", "0.5", "9.9", "0"]))
def test_an_ending_only_lifts_a_price_and_less_than_its_period(
    store: Decimal, percent: int, ending: str | None
) -> None:
    plain = PriceRules(percent=Decimal(percent))
    ended = PriceRules(percent=Decimal(percent), ending=None if ending is None else Decimal(ending))
    before, after = price_of(euros(store), rules(price=plain)), price_of(euros(store), rules(price=ended))
    if isinstance(before, Money) and isinstance(after, Money):
        assert before.amount - Decimal("0.01") <= after.amount < before.amount + 10
        if ending is not None:
            assert str(after.amount.quantize(Decimal("0.01"))).endswith(f"{Decimal(ending) % 1:.2f}"[1:])


@pytest.mark.parametrize(
    ("name", "value"), [("percent", "1001"), ("percent", "-100"), ("minimum", -1), ("ending", "x")]
)
def test_a_price_rule_that_makes_no_sense_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError):
        check_price_rule(name, value)


@pytest.mark.parametrize(
    ("amount", "told", "expected"),
    [(12, (2, 0, 5), 5), (3, (2, 0, 5), 1), (2, (2, 0, None), 0), (4, (0, 5, None), 0), (5, (0, 5, None), 5)],
)
def test_buffer_minimum_and_cap_bound_the_quantity(
    amount: int, told: tuple[int, int, int | None], expected: int
) -> None:
    assert quantity_of(product(amount=amount), QuantityRules(*told), "de") == expected


@given(amount=pieces, told=quantity_rules)
def test_K6_a_quantity_is_never_negative_nor_more_than_there_is(amount: int, told: QuantityRules) -> None:
    found = quantity_of(product(amount=amount), told, "de")
    assert isinstance(found, int) and 0 <= found <= max(amount - told.buffer, 0)
    assert found == 0 or found >= min(told.minimum, told.cap or told.minimum)
    assert told.cap is None or found <= told.cap


def test_what_the_store_does_not_sell_is_none_and_what_it_does_not_count_is_the_cap() -> None:
    assert quantity_of(None, QuantityRules(), "de") == 0
    assert quantity_of(product(is_sold=False), QuantityRules(), "de") == 0
    assert quantity_of(product(is_tracked=False), QuantityRules(cap=20), "de") == 20
    assert code(quantity_of(product(is_tracked=False), QuantityRules(), "de")) == "stock_untracked"


def test_what_agrees_is_left_alone() -> None:
    assert decide(situation(), rules()).is_empty


@given(amount=pieces, price=amounts, seen=st.one_of(st.none(), amounts), quantity=st.one_of(st.none(), pieces))
def test_what_amazon_ships_never_gets_a_quantity(
    amount: int, price: Decimal, seen: Decimal | None, quantity: int | None
) -> None:
    listed = Listed(None if seen is None else euros(seen), quantity, "AMAZON")
    assert decide(situation(product=Product(euros(price), amount), listed=listed), rules()).quantity is None


def test_who_ships_has_to_be_known_before_stock_is_told() -> None:
    decision = decide(situation(listed=Listed(euros("9.00"), None, "")), rules())
    assert (decision.price, decision.quantity, code(decision.holds[0])) == (euros("10"), None, "who_ships_unknown")


@given(before=amounts, after=amounts)
def test_a_price_jump_is_held_and_the_stock_goes_all_the_same(before: Decimal, after: Decimal) -> None:
    now = situation(product=Product(euros(after), 0), listed=Listed(euros(before), 7, "MERCHANT"))
    decision = decide(now, rules())
    jumps = abs(after - before) > before * MOST_JUMP
    assert decision.quantity == 0
    assert [hold.code for hold in decision.holds] == (["price_jump"] if jumps else [])
    assert decision.price == (None if jumps or after == before else euros(after))
    released = decide(situation(product=now.product, listed=now.listed, released=euros(after)), rules())
    assert released.holds == () and released.price == (None if after == before else euros(after))


def test_only_one_channel_writes_the_stock_of_a_sku() -> None:
    decision = decide(situation(product=product("11.00", 3), writes_stock=False), rules())
    assert (decision.price, decision.quantity) == (euros("11.00"), None)


def test_a_product_that_left_the_store_is_none_and_keeps_its_price() -> None:
    decision = decide(situation(product=None), rules())
    assert (decision.price, decision.quantity, decision.holds) == (None, 0, ())


def test_a_price_keeps_all_that_is_beside_it() -> None:
    business = {"marketplace_id": DE, "currency": "EUR", "audience": "B2B", "our_price": [{"schedule": []}]}
    mine = {
        "marketplace_id": DE,
        "currency": "EUR",
        "our_price": [{"schedule": [{"value_with_tax": 9.0}]}],
        "maximum_retail_price": [{"schedule": [{"value_with_tax": 15.0}]}],
        "discounted_price": [{"schedule": [{"value_with_tax": 8.0, "start_at": "2026-11-01"}]}],
    }
    sent = offer([business, mine], euros("10.50"), DE)
    assert sent == (business, {**mine, "our_price": [{"schedule": [{"value_with_tax": 10.5}]}]})
    assert offer([business], euros("10.50"), DE)[1]["audience"] == "ALL"


def test_a_discount_is_no_difference_of_the_price() -> None:
    mine = {"currency": "EUR", "our_price": [{"schedule": [{"value_with_tax": 10.5}]}]}
    reduced = {**mine, "discounted_price": [{"schedule": [{"value_with_tax": 8.0}]}]}
    assert is_reduced_from([reduced], euros("10.50")) and not is_reduced_from([mine], euros("10.50"))
    assert not is_reduced_from([reduced], euros("11.00")) and not is_reduced_from([], euros("10.50"))


def test_a_quantity_keeps_the_handling_time() -> None:
    mine = {"fulfillment_channel_code": "DEFAULT", "quantity": 7, "lead_time_to_ship_max_days": 5}
    assert availability([mine], 0) == ({**mine, "quantity": 0},)
    assert availability([], 4) == ({"fulfillment_channel_code": "DEFAULT", "quantity": 4},)
