"""Finding nodes of Amazon's tree: by their id, by their path as people read it, by words, by what they stand below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from core.categories.tree import STEP, Place, current_tree
from core.errors import UsageError
from core.model.category import BrowseNode, BrowseTree
from core.windows import AT_ONCE

_MOST_NAMED = 5
"""Nodes that an error names."""


def require_tree(session: Session, place: Place, channel_name: str) -> BrowseTree:
    """The tree that is used; raises UsageError before the first was read."""
    tree = current_tree(session, place)
    if tree is None:
        raise UsageError(
            "Amazon's categories were not read yet.",
            subject=f"channel {channel_name}",
            next_step=f"Run: crossdock categories refresh --channel {channel_name}",
        )
    return tree


class Found(NamedTuple):
    """What is shown of a node; of a whole tree only this is read."""

    node_id: str
    title: str
    product_types: str
    leaf: bool


def matching(session: Session, tree: BrowseTree, *, words: str = "", under: str = "") -> list[Found]:
    """Nodes whose path has `words` in it, below the node `under`; by path."""
    columns = (BrowseNode.node_id, BrowseNode.title, BrowseNode.product_types, BrowseNode.leaf)
    query = select(*columns).where(col(BrowseNode.tree_id) == tree.id)
    if words.strip():
        query = query.where(col(BrowseNode.folded).contains(_folded(words), autoescape=True))
    if under.strip():
        query = query.where(below(rows_of(session, tree, [find(session, tree, under)])))
    return [Found(*row) for row in session.exec(query.order_by(col(BrowseNode.folded), col(BrowseNode.id)))]


def below(nodes: Iterable[BrowseNode]) -> ColumnElement[bool]:
    """Says of a `BrowseNode` in a query whether it stands below one of these."""
    return or_(*(col(BrowseNode.path).startswith(f"{node.path},", autoescape=True) for node in nodes))


def find(session: Session, tree: BrowseTree, node_or_path: str) -> str:
    """The id of the node with an id or path.

    Raises UsageError when there is none, or when several nodes have the path.
    """
    told = node_or_path.strip()
    return only(find_all(session, tree, [told]), told)


def only(found: Mapping[str, set[str]], told: str) -> str:
    """The one node that `find_all` has found for an id or path; raises UsageError when that is none or several."""
    ids = sorted(found.get(told, ()))
    if not ids:
        raise UsageError(
            f"Amazon has no category {told[:200]!r} in this marketplace.",
            next_step="Find it with: crossdock categories list --search TEXT",
            fields={"amazon": "unknown category"},
        )
    if len(ids) > 1:
        raise UsageError(
            f"Several categories of Amazon have the path {told[:200]!r}.",
            next_step=f"Name one by its id: {', '.join(ids[:_MOST_NAMED])}.",
            fields={"amazon": "several categories have this path"},
        )
    return ids[0]


def rows_of(session: Session, tree: BrowseTree, node_ids: Iterable[str]) -> Sequence[BrowseNode]:
    """Nodes under all their paths."""
    here = col(BrowseNode.tree_id) == tree.id
    return session.exec(select(BrowseNode).where(here, col(BrowseNode.node_id).in_(list(node_ids)))).all()


def by_ids(session: Session, tree: BrowseTree | None, node_ids: Iterable[str]) -> dict[str, BrowseNode]:
    """Nodes by their ids, as far as they are in the tree, each under its shortest path."""
    wanted, found = sorted(set(node_ids)), dict[str, BrowseNode]()
    for start in range(0, len(wanted) if tree else 0, AT_ONCE):
        query = select(BrowseNode).where(
            col(BrowseNode.tree_id) == (tree and tree.id), col(BrowseNode.node_id).in_(wanted[start : start + AT_ONCE])
        )
        for node in session.exec(query.order_by(*_shortest())):
            found.setdefault(node.node_id, node)
    return found


def find_all(session: Session, tree: BrowseTree, told: Iterable[str]) -> dict[str, set[str]]:
    """The ids of the nodes with these ids or paths; several where a path is that of several."""
    wanted = {one for one in told if one}
    found = {node_id: {node_id} for node_id in by_ids(session, tree, wanted)}
    paths: dict[str, list[str]] = {}
    for one in sorted(wanted - found.keys()):
        paths.setdefault(_folded(one), []).append(one)
    folded = list(paths)
    for start in range(0, len(folded), AT_ONCE):
        query = select(BrowseNode.folded, BrowseNode.node_id).where(
            col(BrowseNode.tree_id) == tree.id, col(BrowseNode.folded).in_(folded[start : start + AT_ONCE])
        )
        for path, node_id in session.exec(query):
            for one in paths[path]:
                found.setdefault(one, set()).add(node_id)
    return found


def _shortest() -> tuple[Any, ...]:
    return col(BrowseNode.depth), col(BrowseNode.id)


def _folded(text: str) -> str:
    """As titles are kept for searching, however the steps of a path are spaced."""
    return re.sub(r"\s*>\s*", STEP, text.strip()).casefold()
