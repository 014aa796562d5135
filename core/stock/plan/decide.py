"""What is to be written of one listing; the same function plans, counts, and composes what is sent."""

from __future__ import annotations

from dataclasses import dataclass

from core.money import Money
from core.offers.plan.price import is_jump, price_of
from core.offers.plan.quantity import quantity_of
from core.offers.plan.rules import Listed, Product, Rules
from core.stock.plan import problems
from core.sync.decisions import Hold

AMAZON = "AMAZON"


@dataclass(frozen=True)
class Situation:
    """One listing with its product."""

    product: Product | None
    """None: it has left the store, and that counts."""
    listed: Listed
    writes_stock: bool = True
    """Whether this channel is the one that writes the SKU's stock."""
    released: Money | None = None
    """A price that a person let go out although it jumped."""


@dataclass(frozen=True)
class Decision:
    """What is to be written; None is left as it is."""

    price: Money | None = None
    quantity: int | None = None
    holds: tuple[Hold, ...] = ()
    """What keeps the price, or the stock, from being written; the other goes all the same."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return self.price is None and self.quantity is None


def decide(now: Situation, rules: Rules) -> Decision:
    """What differs at Amazon from what the store and the rules say."""
    price, price_hold = _price(now, rules)
    wanted, stock_hold = wanted_quantity(now, rules)
    quantity = wanted if wanted != now.listed.quantity else None
    return Decision(price, quantity, tuple(hold for hold in (price_hold, stock_hold) if hold is not None))


def wanted_quantity(now: Situation, rules: Rules) -> tuple[int | None, Hold | None]:
    """The quantity that the listing is to have, or why none can be said; neither where it is not ours to say."""
    if now.listed.fulfilment == AMAZON or not now.writes_stock:
        return None, None
    if not now.listed.fulfilment:
        return None, problems.who_ships_unknown()
    wanted = quantity_of(now.product, rules.quantity, rules.channel)
    return (None, wanted) if isinstance(wanted, Hold) else (wanted, None)


def _price(now: Situation, rules: Rules) -> tuple[Money | None, Hold | None]:
    if now.product is None:
        return None, None
    wanted = price_of(now.product.price, rules)
    if isinstance(wanted, Hold):
        return None, wanted
    if wanted == now.listed.price:
        return None, None
    if is_jump(now.listed.price, wanted) and wanted != now.released:
        assert now.listed.price is not None
        return None, problems.price_jump(now.listed.price, wanted)
    return wanted, None
