"""The two trees and what belongs together, as the screen shows them; it reads only what is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.categories.flow import place_of
from core.categories.mapping import MappingView, stored, viewed
from core.categories.search import by_ids, require_tree
from core.categories.store import products_of, store_categories
from core.categories.tree import TOP, current_tree
from core.model.base import stored_id
from core.model.category import BrowseNode, BrowseTree
from core.model.store import Store
from core.people.rights import require_channel
from core.windows import AT_ONCE
from core.workspace import Workspace

_COLUMNS: tuple[Any, ...] = (
    *(BrowseNode.id, BrowseNode.node_id, BrowseNode.path, BrowseNode.name),
    *(BrowseNode.title, BrowseNode.product_types, BrowseNode.leaf, BrowseNode.tree_id),
)


@dataclass(frozen=True)
class StoreCategoryView:
    """A category of the store; `links` are what belongs to it, its default for exports first."""

    category_id: int
    parent_id: int
    name: str
    path: str
    products: int
    links: Sequence[MappingView]

    @property
    def is_due(self) -> bool:
        """Whether it holds products and nothing belongs to it."""
        return self.products > 0 and not self.links


@dataclass(frozen=True)
class NodeView:
    """One of Amazon's categories under one of its paths; `key` tells it from others of the same tree."""

    key: int
    node: str
    path: str
    """Ids from the technical root to its own, joined by commas."""
    name: str
    title: str
    product_types: Sequence[str]
    leaf: bool


@dataclass(frozen=True)
class BothTrees:
    """The store's categories by path, and what is known of Amazon's; `tree_id` is None before these were read."""

    tree_id: int | None
    nodes: int
    refreshed: datetime | None
    product_types: Sequence[str]
    categories: Sequence[StoreCategoryView]
    gone: Sequence[MappingView]
    """Mappings of categories that the store has no more."""

    @property
    def holding(self) -> int:
        """Categories of the store with products."""
        return sum(category.products > 0 for category in self.categories)

    @property
    def due(self) -> int:
        """Those of them to which nothing belongs."""
        return sum(category.is_due for category in self.categories)


def both_trees(workspace: Workspace, actor: Actor, channel_name: str) -> BothTrees:
    """All that is known before one of Amazon's categories is opened."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        store, tree = session.get_one(Store, channel.store_id), current_tree(session, place_of(session, channel))
        known, links = store_categories(session, channel), dict[int, list[MappingView]]()
        for view in viewed(session, channel, stored(session, channel), known):
            links.setdefault(view.cscart, []).append(view)
        categories = [
            StoreCategoryView(
                number,
                row.parent_id,
                row.name,
                row.title,
                products_of(row, channel, store),
                sorted(links.pop(number, ()), key=lambda view: not view.export_default),
            )
            for number, row in known.items()
        ]
    gone = [view for views in links.values() for view in views]
    if tree is None:
        return BothTrees(None, 0, None, (), categories, gone)
    return BothTrees(stored_id(tree.id), tree.nodes, tree.read_at, tree.product_types, categories, gone)


def nodes_below(workspace: Workspace, actor: Actor, channel_name: str, *paths: str) -> dict[str, list[NodeView]]:
    """What stands directly below some of Amazon's categories, by name; below "" those at the top."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        tree = require_tree(session, place_of(session, channel), channel_name)
        return {path: _below(session, tree, path) for path in paths}


def nodes_of(workspace: Workspace, actor: Actor, channel_name: str, keys: Sequence[int]) -> list[NodeView]:
    """The nodes of some keys, in this order; those of a tree that is used no more are left out."""
    channel = require_channel(workspace.database, actor, channel_name)
    found: dict[int, NodeView] = {}
    with workspace.database.read() as session:
        tree = require_tree(session, place_of(session, channel), channel_name)
        for start in range(0, len(keys), AT_ONCE):
            # The tree is not asked for: SQLite would go through all of it for some hundred keys.
            for node in _views(session, tree, col(BrowseNode.id).in_(keys[start : start + AT_ONCE])):
                found[node.key] = node
    return [found[key] for key in keys if key in found]


def node_of(workspace: Workspace, actor: Actor, channel_name: str, node_id: str) -> NodeView | None:
    """A node under its shortest path; None where Amazon has it no more."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        tree = current_tree(session, place_of(session, channel))
        row = by_ids(session, tree, [node_id]).get(node_id)
        found = _views(session, tree, col(BrowseNode.id) == row.id) if tree and row else []
    return found[0] if found else None


def _below(session: Session, tree: BrowseTree, path: str) -> list[NodeView]:
    which = col(BrowseNode.parent) == path if path else col(BrowseNode.depth) == TOP
    return sorted(
        _views(session, tree, col(BrowseNode.tree_id) == tree.id, which),
        key=lambda node: (node.name.casefold(), node.key),
    )


def _views(session: Session, tree: BrowseTree, *which: Any) -> list[NodeView]:
    """Those of the nodes that are of the tree."""
    query: Any = select(*_COLUMNS).where(*which)
    return [
        NodeView(stored_id(key), node, path, name, title, [kind for kind in types.split(",") if kind], leaf)
        for key, node, path, name, title, types, leaf, tree_id in session.exec(query)
        if tree_id == tree.id
    ]
