"""Orders in every style of money come out to the cent, judged by what the sandbox knows of each of them.

The sandbox invents the orders and says what they are worth; it shares no code with the program. Where an order is held,
it has to be one of those that no store order could stand for.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from core.exchange import parse_rates
from core.orders.document import read
from core.orders.plan.decide import Create, Decision, plan_order
from core.orders.plan.rules import ChannelRules
from core.products.refs import ProductRef
from core.sync.decisions import Hold
from sandbox.world.amounts import TAX_ON_TOP
from sandbox.world.build import build_world
from sandbox.world.draft import Draft
from sandbox.world.render import render
from sandbox.world.styles import UNKNOWN_CHARGE, Style, choose_style, styled_order
from tests.unit.builders import rules

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZERO = Decimal(0)
RATE = Decimal("0.8731")


@dataclass
class Case:
    """One order, what it was invented as, and what became of it."""

    style: Style
    draft: Draft
    decision: Decision


def cases(seed: int, count: int, store_currency: str = "", **policies: Any) -> Iterator[Case]:
    """Planned orders; the store has their currency unless another is named."""
    world = build_world(seed, orders=0, other_orders=0, products=40, now=NOW)
    dice = random.Random(seed)
    products = {one.sku: [ProductRef(one.product_id, 1)] for one in world.products}
    for _ in range(count):
        style = choose_style(dice)
        draft = styled_order(world.maker, style, NOW, NOW)
        rules_ = replace(_rules(style, store_currency), **policies)
        yield Case(style, draft, plan_order(read(render(draft)), rules_, products))


def _rules(style: Style, store_currency: str) -> ChannelRules:
    rates = parse_rates(str(RATE)) if store_currency else parse_rates(None)
    return rules(store_currency=store_currency or style.currency, exchange_rates=rates, orders_from=None)


def goods(draft: Draft) -> dict[int, Decimal]:
    """Product → gross amount of all its lines, as they were invented."""
    return _by_product((line.product.product_id, line.goods) for line in draft.lines if line.product and line.quantity)


def _by_product(pairs: Iterator[tuple[int, Decimal]]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for number, amount in pairs:
        sums[number] = sums.get(number, ZERO) + amount
    return sums


def cannot_be_made(draft: Draft) -> str:
    """Why no store order can stand for an order; empty where one can."""
    unit = Decimal(1).scaleb(-draft.digits)
    if any(line.goods < unit * line.quantity for line in draft.lines if line.quantity):
        return "zero_price"
    shipping = draft.total - sum((line.goods for line in draft.lines), ZERO)
    return "total_mismatch" if shipping < 0 else ""


def judge(case: Case) -> None:
    """To the cent in the currency of the order: lines by product, units, shipping, total."""
    draft, decision = case.draft, case.decision
    why = cannot_be_made(draft)
    if why:
        assert isinstance(decision, Hold) and decision.code == why, (why, decision, case.style)
        return
    assert isinstance(decision, Create), (decision, case.style)
    planned = decision.order
    assert planned.total == draft.total == sum((line.total for line in planned.lines), planned.shipping_cost)
    units = Counter({line.product.product_id: 0 for line in draft.lines if line.product})
    for line in draft.lines:
        units[line.product.product_id if line.product else 0] += line.quantity
    made = Counter[int]()
    for one in planned.lines:
        made[one.product_id] += one.amount
    assert made == +units
    assert _by_product((one.product_id, one.total) for one in planned.lines) == goods(draft), case.style
    assert planned.shipping_cost == draft.total - sum(goods(draft).values(), ZERO)
    smallest = Decimal(1).scaleb(-draft.digits)
    assert all(one.price % smallest == 0 and one.price > 0 for one in planned.lines)
    assert ("is not known here" in planned.details) is any(UNKNOWN_CHARGE in line.parts for line in draft.lines)


def judge_converted(case: Case, digits: int) -> None:
    """Each line is rounded by itself to the smallest unit of the store's currency, and the total is their sum."""

    def kept(amount: Decimal) -> Decimal:
        return (amount * RATE).quantize(unit, ROUND_HALF_UP)

    unit = Decimal(1).scaleb(-digits)
    draft, decision = case.draft, case.decision
    if cannot_be_made(draft):
        assert isinstance(decision, Hold)
        return
    expected = _by_product(
        (line.product.product_id, kept(line.goods)) for line in draft.lines if line.product and line.quantity
    )
    shipping = kept(draft.total - sum(goods(draft).values(), ZERO))
    if any(kept(line.goods) < unit * line.quantity for line in draft.lines if line.quantity):
        assert isinstance(decision, Hold) and decision.code == "zero_price"
        return
    assert isinstance(decision, Create), (decision, case.style)
    planned = decision.order
    assert _by_product((one.product_id, one.total) for one in planned.lines) == expected
    assert planned.shipping_cost == shipping
    assert planned.total == sum(expected.values(), shipping)


@pytest.mark.parametrize("count", [2_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_m2_m3_orders_of_every_style_meet_amazons_total_to_the_cent(count: int) -> None:
    seen, made = Counter[str](), 0
    for case in cases(1, count):
        judge(case)
        style = case.style
        seen.update((style.money.tax, f"{style.discount} discounts", style.discount_tax, style.currency, *style.extras))
        made += isinstance(case.decision, Create)
    assert min(seen.values()) > count / 100, seen
    assert made > 0.9 * count, "most of them are orders that can be made"


def test_m3_tax_that_amazon_pays_itself_can_be_left_out_of_every_style() -> None:
    for case in cases(5, 1_000, facilitator_tax="left_out"):
        draft, decision = case.draft, case.decision
        if case.style.facilitated and isinstance(decision, Create) and case.style.money.tax == TAX_ON_TOP:
            tax = sum((sum(line.tax.values(), -line.discount_tax) for line in draft.lines), ZERO)
            assert (decision.order.total, decision.order.tax) == (draft.total - tax, ZERO)
        elif not case.style.facilitated and draft.marketplace.country != "GB":
            judge(case)


@pytest.mark.parametrize(("store_currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_m3_orders_of_every_style_are_converted_line_by_line(store_currency: str, digits: int) -> None:
    for case in cases(2, 500, store_currency):
        if case.style.currency != store_currency:
            judge_converted(case, digits)
