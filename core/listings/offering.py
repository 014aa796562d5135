"""What a new listing costs and how many of it there are, by the rules that later changes go by as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.cscart import shapes
from core.cscart.products import is_tracked
from core.fields.plan.store_item import StoreItem
from core.listings.plan.candidate import Offered
from core.money import Money
from core.offers.plan.price import price_of
from core.offers.plan.quantity import quantity_of
from core.offers.plan.rules import SOLD, Product, Rules
from core.sync.decisions import Hold


def offered(item: StoreItem, body: Mapping[str, Any], rules: Rules, waiting: Mapping[int, int]) -> Offered | Hold:
    """The offer of a product as the store has it, or why nobody can tell.

    `waiting`: pieces by product that orders have sold which the store does not have yet (`core.orders.reserved`).
    """
    own = Money(item.price, item.currency)
    price = price_of(own, rules)
    if isinstance(price, Hold):
        return price
    left = item.amount - waiting.get(item.product_id, 0)
    product = Product(own, left, shapes.text(body.get("status")) in SOLD, is_tracked(body))
    quantity = quantity_of(product, rules.quantity, rules.channel)
    if isinstance(quantity, Hold):
        return quantity
    return Offered(None if price == own else price.amount, quantity)
