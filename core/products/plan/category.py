"""Which of the store's categories a listing belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from core.fields.plan.gate import AmazonSide, MappedTo, fitting, importable
from core.products.plan.rules import Rules
from core.sync.decisions import Hold


def category_of(sku: str, paths: Sequence[Sequence[str]], product_type: str, rules: Rules) -> int | Hold:
    """The category, or why there is none; `paths` are its browse nodes, each with those above it up to the top.

    The node's own mapping counts, else that of the nearest node above it which is mapped with all below. It has to be
    one for the listing's product type; where Amazon does not tell that, any is.
    """
    others: list[MappedTo] = []
    for path in paths:
        for depth, node in enumerate(path):
            found = [
                MappedTo(node, "", one.product_type, one.category_id)
                for one in rules.mapped.get(node, ())
                if not depth or one.subtree
            ]
            for one in fitting(product_type, found):
                if one.category_id is not None:
                    return one.category_id
            others += found
            if found:
                break
    node = next((path[0] for path in paths if path), "")
    return importable(AmazonSide(rules.channel, sku, product_type, node), others)[0]
