"""What of Amazon's may belong to a category of the store, by its name. Nobody applies it but a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils
from sqlmodel import Session, col, select

from core.model.category import BrowseNode, BrowseTree

_LIKE_ENOUGH = 60.0
"""Of a hundred."""
_BY_NAME = 50
"""Nodes with the likest names, of which the likest paths are taken."""


@dataclass(frozen=True)
class Suggestion:
    """A node of Amazon's tree that has a product type, and how alike it is, up to 100."""

    node: str
    path: str
    product_type: str
    score: int


def suggest(session: Session, tree: BrowseTree, titles: Iterable[str], most: int) -> list[list[Suggestion]]:
    """For each path of a category in the store the likest nodes, the best first."""
    query = select(BrowseNode.node_id, BrowseNode.name, BrowseNode.title, BrowseNode.product_types).where(
        col(BrowseNode.tree_id) == tree.id, col(BrowseNode.product_types) != ""
    )
    rows = session.exec(query.order_by(col(BrowseNode.depth), col(BrowseNode.id))).all()
    nodes = list({row[0]: row for row in reversed(rows)}.values())
    names = [utils.default_process(row[1]) for row in nodes]
    return [_likest(title, names, nodes, most) for title in titles]


def _likest(
    title: str, names: Sequence[str], nodes: Sequence[tuple[str, str, str, str]], most: int
) -> list[Suggestion]:
    """By the name first; among those that are alike, what stands above counts too."""
    name = utils.default_process(title.rpartition(" > ")[2])
    near = process.extract(name, names, scorer=fuzz.token_sort_ratio, limit=_BY_NAME, score_cutoff=_LIKE_ENOUGH)
    scored = [
        (0.8 * score + 0.2 * fuzz.token_set_ratio(title, nodes[index][2], processor=utils.default_process), index)
        for _, score, index in near
    ]
    best = sorted(scored, key=lambda one: (-one[0], one[1]))[:most]
    return [
        Suggestion(nodes[index][0], nodes[index][2], nodes[index][3].partition(",")[0], round(score))
        for score, index in best
    ]
