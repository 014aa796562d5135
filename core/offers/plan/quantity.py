"""From the store's stock to the quantity at Amazon."""

from __future__ import annotations

from core.offers.plan import problems
from core.offers.plan.rules import MOST_UNITS, Product, QuantityRules
from core.sync.decisions import Hold


def quantity_of(product: Product | None, rules: QuantityRules, channel: str) -> int | Hold:
    """How many are offered at Amazon; none of a product that has left the store, or is not sold there."""
    if product is None or not product.is_sold:
        return 0
    if not product.is_tracked:
        return problems.stock_untracked(channel) if rules.cap is None else rules.cap
    left = product.amount - rules.buffer
    if left <= 0 or left < rules.minimum:
        return 0
    return min(left, MOST_UNITS if rules.cap is None else rules.cap)
