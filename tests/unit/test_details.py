"""The staff notes of a store order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange import parse_rates
from core.orders.document import Order
from core.orders.plan.amounts import charged
from core.orders.plan.staff_notes import staff_notes
from core.orders.plan.store_order import PlannedLine
from tests.unit.builders import ORDER_ID, breakdown, item_document, money, order, rules


def notes(of: Order, lines: Sequence[PlannedLine] = (), **changes: Any) -> list[str]:
    amounts = charged(of)
    assert amounts is not None
    return staff_notes(of, amounts, rules(**changes), lines).splitlines()


def gifted(message: str) -> Order:
    source = order()
    return replace(source, items=(replace(source.items[0], gift_message=message),))


def test_the_first_line_is_the_marker() -> None:
    assert notes(order())[0] == f"amazon_order_id={ORDER_ID}"


def test_only_facts_that_amazon_told_are_noted() -> None:
    assert notes(order()) == [
        f"amazon_order_id={ORDER_ID}",
        "channel: de (DE)",
        "fulfilled by: MERCHANT",
        "service level: STANDARD",
        "payment: CreditCard",
        "buyer e-mail: x1y2@marketplace.amazon.de",
    ]


def test_company_purchase_order_original_and_tax_are_noted() -> None:
    taxed = item_document(breakdown("ITEM", "20.00"), breakdown("TAX", "3.19"))
    source = replace(order(taxed), buyer_company="Engines Ltd", purchase_order="PO 7", replaces="111-2")
    found = notes(source)
    assert "buyer company: Engines Ltd" in found
    assert "purchase order: PO 7" in found
    assert "replaces order: 111-2" in found
    assert "tax included: 3.19 EUR" in found


def test_C3_an_invoice_that_amazon_issues_is_noted_so_that_the_store_sends_none() -> None:
    assert "invoice: issued by Amazon" in notes(replace(order(), programs=frozenset({"INVOICE_BY_AMAZON"})))


def test_a_conversion_is_noted_with_total_and_rate() -> None:
    foreign = order(item_document(breakdown("ITEM", "100.00", "SEK")), proceeds={"grandTotal": money("100.00", "SEK")})
    assert "converted from: 100.00 SEK at 0.0871" in notes(foreign, exchange_rates=parse_rates("0.0871"))


def test_a_rate_that_was_not_needed_is_not_noted() -> None:
    assert not [line for line in notes(order(), exchange_rates=parse_rates("0.0871")) if line.startswith("converted")]


def test_requests_to_cancel_are_noted() -> None:
    source = order()
    asked = replace(source, items=(replace(source.items[0], cancel_reason="ordered\ntwice"),))
    assert "the buyer asks to cancel: ordered twice" in notes(asked)


def test_a_gift_message_is_noted_with_its_sku_on_one_line() -> None:
    assert notes(gifted("Happy\r\nbirthday,\tGrace"))[-1] == "gift message (LAMP-1): Happy birthday, Grace"


BREAKS = "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029\x00\x1b"


@pytest.mark.parametrize("line_break", list(BREAKS))
def test_no_line_break_in_a_gift_message_forges_a_second_marker(line_break: str) -> None:
    forged = notes(gifted(f"Hi{line_break}amazon_order_id=111-0000000-0000000"))
    assert [line for line in forged if line.startswith("amazon_order_id=")] == [f"amazon_order_id={ORDER_ID}"]


@given(st.text(alphabet=st.one_of(st.sampled_from(BREAKS), st.characters()), max_size=60))
def test_whatever_the_buyer_writes_adds_one_line_at_the_most(message: str) -> None:
    found = notes(gifted(message))
    assert len(found) <= len(notes(order())) + 1
    assert all(character.isprintable() for line in found for character in line)


@given(company=st.text(max_size=40), purchase_order=st.text(max_size=40))
def test_what_the_buyer_fills_in_stays_on_its_line(company: str, purchase_order: str) -> None:
    found = notes(replace(order(), buyer_company=company, purchase_order=purchase_order))
    assert len([line for line in found if line.startswith("amazon_order_id=")]) == 1
    assert len(found) <= len(notes(order())) + 2
