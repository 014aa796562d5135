"""Which of the store's categories a listing belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from core.products.plan import problems
from core.products.plan.rules import Mapped, Rules
from core.sync.decisions import Hold


def category_of(paths: Sequence[Sequence[str]], product_type: str, rules: Rules) -> int | Hold:
    """The category, or why there is none; `paths` are its browse nodes, each with those above it up to the top.

    The node's own mapping counts, else that of the nearest node above it which is mapped with all below. It has to be
    one for the listing's product type; where Amazon does not tell that, any is.
    """
    others: dict[str, str] = {}
    for path in paths:
        for depth, node in enumerate(path):
            found = [one for one in rules.mapped.get(node, ()) if not depth or one.subtree]
            if fitting := _fitting(found, product_type):
                return fitting.category_id
            others |= {one.product_type: node for one in found}
            if found:
                break
    if others:
        node = next(iter(others.values()))
        return problems.product_type_mismatch(product_type, list(others), node, rules.channel)
    return problems.category_unmapped([path[0] for path in paths if path], product_type, rules.channel)


def _fitting(found: Sequence[Mapped], product_type: str) -> Mapped | None:
    return next((one for one in found if not product_type or one.product_type == product_type), None)
