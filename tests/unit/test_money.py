"""Amounts: exact reading, ISO 4217 decimals, and whole minor units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Money, decimals, parse_amount, round_to_unit, smallest_unit

CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("ISK", 0), ("KWD", 3), ("TND", 3), ("XYZ", 2), ("", 2)],
)
def test_currencies_have_their_iso_decimals(currency: str, expected: int) -> None:
    assert decimals(currency) == expected
    assert smallest_unit(currency) == Decimal(10) ** -expected


@given(minor=st.integers(-(10**17), 10**17), currency=CURRENCIES)
def test_minor_units_survive_the_way_there_and_back(minor: int, currency: str) -> None:
    money = Money.from_minor(minor, currency)
    assert money.to_minor() == minor
    assert money.amount == minor * smallest_unit(currency)


@pytest.mark.parametrize(
    ("amount", "currency"), [("0.001", "EUR"), ("19.995", "EUR"), ("0.5", "JPY"), ("1.0001", "KWD")]
)
def test_an_amount_finer_than_its_currency_has_no_minor_units(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        Money(Decimal(amount), currency).to_minor()


def test_needless_decimals_do_no_harm_to_minor_units() -> None:
    assert Money(Decimal("1234.000"), "JPY").to_minor() == 1234
    assert Money(Decimal("1E+3"), "EUR").to_minor() == 100_000


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.0149", "EUR", "0.01"),
        ("-0.005", "EUR", "-0.01"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
    ],
)
def test_halves_are_rounded_away_from_zero(amount: str, currency: str, expected: str) -> None:
    assert round_to_unit(Decimal(amount), currency) == Decimal(expected)


@given(amount=st.decimals(-(10**12), 10**12, places=6), currency=CURRENCIES)
def test_rounding_moves_by_at_most_half_a_unit_and_is_payable(amount: Decimal, currency: str) -> None:
    rounded = round_to_unit(amount, currency)
    assert abs(rounded - amount) <= smallest_unit(currency) / 2
    assert Money(rounded, currency).to_minor() * smallest_unit(currency) == rounded


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12.34", "12.34"),
        (" 12.34 ", "12.34"),
        (12, "12"),
        ("-0.01", "-0.01"),
        ("1e3", "1000"),
        (0.1, "0.1"),
        ("0", "0"),
    ],
)
def test_amounts_are_read_exactly(value: object, expected: str) -> None:
    assert parse_amount(value) == Decimal(expected)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "N/A", "1,00", "12.34 EUR", "NaN", "sNaN", "Infinity", "-inf", "1e16", "1\x002", "--1", "0x10"),
        *("1e999999999999999999999", 10**400, None, True, False, [], {}, b"1", float("nan"), float("inf")),
    ],
)
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        parse_amount(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_every_decimal_within_the_limit_is_read_unchanged(amount: Decimal) -> None:
    assert parse_amount(str(amount)) == amount


@given(minor=st.integers(-(10**12), 10**12), currency=CURRENCIES)
def test_money_is_written_with_the_decimals_of_its_currency(minor: int, currency: str) -> None:
    amount, _, code = str(Money.from_minor(minor, currency)).partition(" ")
    assert code == currency
    assert len(amount.partition(".")[2]) == decimals(currency)
    assert Decimal(amount) == Money.from_minor(minor, currency).amount
