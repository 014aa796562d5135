"""From the store's price to the one at Amazon."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from core.money import Money, round_to_unit, smallest_unit
from core.offers.plan import problems
from core.offers.plan.rules import PriceRules, Rules
from core.products.plan.problems import price_currency
from core.sync.decisions import Hold

MOST_JUMP = Decimal("0.5")
"""Part of its present price by which a price may change without a person."""


def price_of(store: Money, rules: Rules) -> Money | Hold:
    """What it is to cost at Amazon: converted, with the markup, rounded, and not below the minimum."""
    if store.amount <= 0:
        return problems.price_zero()
    amount = _converted(store, rules)
    if amount is None:
        return price_currency(rules.currency, store.currency, rules.channel)
    told = rules.price
    amount = amount * (1 + told.percent / 100) + told.amount
    amount = round_to_unit(_ending(amount, told), rules.currency)
    if told.minimum is not None:
        amount = max(amount, round_to_unit(told.minimum, rules.currency))
    if amount < smallest_unit(rules.currency):
        return problems.price_below_zero(rules.channel)
    return Money(amount, rules.currency)


def is_jump(before: Money | None, wanted: Money) -> bool:
    """Whether a price changes by more than half of what it was; one that nobody knows cannot jump."""
    if before is None or before.currency != wanted.currency:
        return False
    return abs(wanted.amount - before.amount) > before.amount * MOST_JUMP


def _converted(store: Money, rules: Rules) -> Decimal | None:
    if store.currency == rules.currency:
        return store.amount
    rate = rules.rates.of(rules.currency)
    return None if rate is None else store.amount / rate


def _ending(amount: Decimal, rules: PriceRules) -> Decimal:
    """Up to the next amount with the wanted ending, which comes back with every power of ten above it."""
    if rules.ending is None:
        return amount
    period = Decimal(1)
    while period <= rules.ending:
        period *= 10
    steps = ((amount - rules.ending) / period).to_integral_value(ROUND_CEILING)
    return rules.ending + max(steps, Decimal(0)) * period
