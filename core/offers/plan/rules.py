"""By what rules a product's price and stock become those of a listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.exchange import Rates, parse_rates
from core.money import Money, parse_amount

LEAST_PERCENT, MOST_PERCENT = -99, 1000
SOLD = frozenset(("A", "H"))
"""Statuses of products that the store sells."""
MOST_UNITS = 2**31 - 1
"""Of a quantity."""


@dataclass(frozen=True)
class PriceRules:
    """What a price at Amazon is beside the store's; amounts are in the marketplace's currency."""

    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    ending: Decimal | None = None
    """Up to the next price that ends so: 0.99 makes 19.20 into 19.99, 9.99 makes it 19.99 as well, 0 makes it 20."""
    minimum: Decimal | None = None


@dataclass(frozen=True)
class QuantityRules:
    """What a quantity at Amazon is beside the store's stock."""

    buffer: int = 0
    """Pieces that are kept back."""
    minimum: int = 0
    """Fewer than these are shown as none."""
    cap: int | None = None
    """More than these are never shown; of products without tracked stock these are."""


@dataclass(frozen=True)
class Rules:
    """Everything that decides of a listing's price and stock besides the product and the listing."""

    channel: str
    marketplace_id: str
    currency: str
    """The marketplace's."""
    rates: Rates = field(default_factory=Rates)
    price: PriceRules = field(default_factory=PriceRules)
    quantity: QuantityRules = field(default_factory=QuantityRules)


def rules_of(channel: str, marketplace_id: str, currency: str, settings: Mapping[str, Any]) -> Rules:
    """The rules that the settings of a channel say."""
    prices: Mapping[str, Any] = settings.get("price_rules") or {}
    told = {name: parse_amount(value) for name, value in prices.items() if value is not None}
    return Rules(
        channel,
        marketplace_id,
        currency,
        rates=parse_rates(settings.get("exchange_rate")),
        price=PriceRules(**told),
        quantity=QuantityRules(
            settings.get("buffer") or 0, settings.get("quantity_minimum") or 0, settings.get("quantity_cap")
        ),
    )


def check_price_rule(name: str, value: object) -> str:
    """A price rule as it is kept, one of the fields of `PriceRules`; raises ValueError that says what is wrong."""
    number = parse_amount(value)
    if name == "percent" and not LEAST_PERCENT <= number <= MOST_PERCENT:
        raise ValueError(f"it is {LEAST_PERCENT} to {MOST_PERCENT}")
    if name in ("ending", "minimum") and number < 0:
        raise ValueError("it is not below 0")
    return str(number)


@dataclass(frozen=True)
class Product:
    """A product of the store, as far as price and stock are concerned."""

    price: Money
    amount: int
    """Pieces that may be sold; fewer than none where the store sells what it does not have."""
    is_sold: bool = True
    """Whether the store sells it: it is not disabled, and not waiting for approval."""
    is_tracked: bool = True
    """Whether orders take from its stock."""


@dataclass(frozen=True)
class Listed:
    """What Amazon has of a listing; None where that is not known."""

    price: Money | None
    quantity: int | None
    fulfilment: str
    """`MERCHANT`, `AMAZON`, or empty while it is not known."""
