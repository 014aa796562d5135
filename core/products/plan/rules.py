"""By what rules a channel's listings become products."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from core.exchange import Rates
from core.fields.plan.back import ImportRules
from core.fields.plan.sources import Source

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
WEIGHT_UNITS = ("kg", "g", "lb", "oz")
LENGTH_UNITS = ("cm", "mm", "m", "in")


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
    targets: Mapping[str, Mapping[str, Source]] = field(default_factory=dict)
    """Where people chose that attributes go, by product type; empty is for all."""
    language: str = ""
    """The store's, in which texts are changed; empty is its default."""
    weight_unit: str = "kg"
    length_unit: str = "cm"
    only_new: bool = False
    """Products that are there already are left as they are."""

    def imports(self, product_type: str, theme: Collection[str] = ()) -> ImportRules:
        """Where what a listing of a product type says goes; its family differs in the attributes of `theme`."""
        chosen = self.targets.get(product_type) or self.targets.get("") or {}
        return ImportRules(chosen, theme, self.weight_unit, self.length_unit)

    def may_use(self, company_id: int | None) -> bool:
        """Whether a product of this company is one that the channel may write."""
        return not self.is_marketplace or not self.company_id or company_id in (None, 0, self.company_id)
