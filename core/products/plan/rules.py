"""By what rules a channel's listings become products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from core.exchange import Rates

ALWAYS, FILL_EMPTY, NEVER = "always", "fill_empty", "never"
POLICIES = (ALWAYS, FILL_EMPTY, NEVER)
DEFAULT_POLICY: Mapping[str, str] = {
    "name": FILL_EMPTY,
    "description": FILL_EMPTY,
    "price": NEVER,
    "quantity": NEVER,
    "status": NEVER,
    "category": NEVER,
    "features": FILL_EMPTY,
    "images": FILL_EMPTY,
    "weight": FILL_EMPTY,
    "dimensions": FILL_EMPTY,
}
"""What an import writes of a product that is in the store already: the store's own prices and stock are left alone."""
GRAMS = {"kg": Decimal(1000), "g": Decimal(1), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125")}
MILLIMETRES = {"cm": Decimal(10), "mm": Decimal(1), "m": Decimal(1000), "in": Decimal("25.4")}


@dataclass(frozen=True)
class Mapped:
    """A category of the store to which a browse node belongs."""

    category_id: int
    product_type: str
    subtree: bool = False
    """Listings in the nodes below belong to it too."""


@dataclass(frozen=True)
class Rules:
    """Everything that decides of a listing besides itself."""

    channel: str
    currency: str
    """The store's."""
    company_id: int | None = None
    is_marketplace: bool = False
    """Vendors share the store: products of others are none of ours."""
    mapped: Mapping[str, Sequence[Mapped]] = field(default_factory=dict)
    """Browse node → categories, the one that exports to it first."""
    rates: Rates = field(default_factory=Rates)
    policy: Mapping[str, str] = field(default_factory=lambda: DEFAULT_POLICY)
    weight_unit: str = "kg"
    length_unit: str = "cm"
    only_new: bool = False
    """Products that are there already are left as they are."""

    def may_use(self, company_id: int | None) -> bool:
        """Whether a product of this company is one that the channel may write."""
        return not self.is_marketplace or not self.company_id or company_id in (None, 0, self.company_id)
