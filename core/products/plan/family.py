"""Which products are variations of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.fields.plan.back import ImportedFeature
from core.products.plan import problems
from core.products.plan.decide import Settled
from core.products.wanted import WantedFamily
from core.sync.decisions import Hold

_PAIR = 2


@dataclass(frozen=True)
class Member:
    """A variation: `in_store` when its product is there, or on its way."""

    sku: str
    in_store: bool
    theme: Sequence[str] = ()
    values: Mapping[str, ImportedFeature] = field(default_factory=dict)
    """What it has of these, by attribute."""


def plan_family(parent: str, members: Sequence[Member], was_one: bool) -> WantedFamily | Settled | Hold:
    """The family of a parent; `was_one` when it was written before, so that what it lost has to be taken out.

    A single variation is a product by itself, until there is a second.
    """
    there = sorted((one for one in members if one.in_store), key=lambda one: one.sku)
    if len(there) < _PAIR and not (was_one and there):
        waiting = len(there) < len(members)
        return Settled("its variations are not in the store yet" if waiting else "no variations", stays_dirty=waiting)
    theme = list(dict.fromkeys(name for one in there for name in one.theme))
    for name in theme:
        if lacking := [one.sku for one in there if name not in one.values]:
            return problems.variation_incomplete(name, lacking)
    if not theme:
        return problems.variation_incomplete("attribute", [one.sku for one in there])
    features = dict.fromkeys(there[0].values[name].name for name in theme)
    return WantedFamily(code=parent, skus=tuple(one.sku for one in there), features=tuple(features))
