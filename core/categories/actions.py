"""Use cases around categories: refresh, list, map, unmap and suggest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from core.actor import Actor
from core.categories.declaration import REFRESH
from core.categories.flow import place_of
from core.categories.mapping import (
    MappingView,
    Wanted,
    as_wanted,
    changing,
    checked_type,
    complete,
    stored,
    types_beyond,
    unmapped,
    viewed,
    write,
)
from core.categories.search import Found, below, find, matching, require_tree, rows_of
from core.categories.store import beneath, known_categories, store_categories
from core.categories.suggest import Suggestion, suggest
from core.categories.tree import current_tree
from core.errors import UsageError
from core.jobs.requests import Requested, request
from core.model.category import BrowseNode, BrowseTree, CategoryMapping
from core.model.channel import Channel
from core.people.audit import record
from core.people.rights import require_channel
from core.sync.channel_job import require_usable
from core.workspace import Workspace


@dataclass(frozen=True)
class CategoryView:
    """One of Amazon's categories under one of its paths."""

    node: str
    path: str
    product_types: Sequence[str]
    leaf: bool


@dataclass(frozen=True)
class CategoriesView:
    """Amazon's categories that were asked for, and the channel's mappings; `nodes` are all in the marketplace."""

    nodes: int
    refreshed: datetime | None
    categories: Sequence[CategoryView]
    mappings: Sequence[MappingView]


def refresh_categories(workspace: Workspace, actor: Actor, channel_name: str, *, direct: bool = False) -> Requested:
    """Ask for Amazon's categories of the channel's marketplace, and the store's, to be read."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    return request(workspace.database, actor, REFRESH, channel, {}, direct=direct)


def list_categories(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    *,
    search: str = "",
    under: str = "",
    only_unmapped: bool = False,
) -> CategoriesView:
    """Amazon's categories with `search` in their path, below the category `under`, and what is mapped.

    With `only_unmapped` those of Amazon to which nothing belongs, and the store's to which nothing does: the ones with
    the most products first.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        mapped = stored(session, channel)
        mappings = unmapped(session, channel) if only_unmapped else viewed(session, channel, mapped)
        tree = current_tree(session, place_of(session, channel))
        if tree is None:
            return CategoriesView(0, None, [], mappings)
        left_out = _covered(session, tree, mapped) if only_unmapped else set()
        found = [node for node in matching(session, tree, words=search, under=under) if node.node_id not in left_out]
        categories = [_view(node) for node in found]
    return CategoriesView(tree.nodes, tree.read_at, categories, mappings)


def map_category(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    category_id: int,
    amazon: str,
    product_type: str,
    *,
    subtree: bool = False,
    default: bool = False,
) -> list[MappingView]:
    """Let one of Amazon's categories, an id or a path, belong to one of the store's; returns what was mapped.

    The first of a category is its default for exports, and `default` makes this one it. With `subtree` it belongs to
    all categories below that have none of their own too, and listings in nodes below belong to the category.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    if not known_categories(workspace, channel, {category_id}):
        raise UsageError(
            "There is no such category that this channel may use.",
            subject=f"category {category_id}",
            next_step="See those of the store with: crossdock categories list --unmapped",
            fields={"cscart": "unknown category"},
        )
    beyond = types_beyond(workspace, channel, [product_type])
    with changing(workspace, channel) as session:
        tree = require_tree(session, place_of(session, channel), channel.name)
        node_id = find(session, tree, amazon)
        kind = checked_type(tree, beyond, product_type)
        categories, rows = store_categories(session, channel), stored(session, channel)
        taken = {row.category_id for row in rows}
        numbers = beneath(categories, category_id) if subtree else [category_id]
        wanted = []
        for number in numbers:
            is_top = number == category_id
            if is_top or number not in taken:
                wanted += _with(rows, Wanted(number, node_id, kind, default, subtree and is_top))
        write(session, actor, channel, {one.category_id for one in wanted}, wanted)
        detail = {"category": category_id, "node": node_id, "product_type": kind, "subtree": subtree}
        record(session, actor, "category.map", f"channel {channel.name}", **detail)
        made = {one.category_id for one in wanted}
        now = [row for row in stored(session, channel) if row.category_id in made and row.node_id == node_id]
        return viewed(session, channel, now)


def unmap_category(
    workspace: Workspace, actor: Actor, channel_name: str, category_id: int, amazon: str = "", *, subtree: bool = False
) -> list[MappingView]:
    """Let nothing belong to a category of the store any more, or one of Amazon's no longer; returns what it was.

    Where it was the default, the oldest that is left becomes it. With `subtree` the categories below too.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    with changing(workspace, channel) as session:
        rows = stored(session, channel)
        node_id = _node_id(session, channel, amazon, rows)
        numbers = set(beneath(store_categories(session, channel), category_id) if subtree else [category_id])
        gone = [row for row in rows if row.category_id in numbers and (not amazon or row.node_id == node_id)]
        if not gone:
            raise UsageError(
                "Nothing like that is mapped.",
                subject=f"category {category_id}",
                next_step=f"See: crossdock categories list --channel {channel_name}",
            )
        told = viewed(session, channel, gone)
        touched = {row.category_id for row in gone}
        left = [as_wanted(row) for row in rows if row.category_id in touched and row not in gone]
        write(session, actor, channel, touched, complete(left))
        detail = {"category": category_id, "nodes": [one.amazon for one in told], "subtree": subtree}
        record(session, actor, "category.unmap", f"channel {channel.name}", **detail)
        return told


def suggestions(
    workspace: Workspace, actor: Actor, channel_name: str, category_ids: Sequence[int], *, most: int = 3
) -> dict[int, list[Suggestion]]:
    """For categories of the store what of Amazon's may belong to them, by their names; nothing is changed."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        tree = require_tree(session, place_of(session, channel), channel_name)
        categories = store_categories(session, channel)
        wanted = {number: categories[number].title for number in category_ids if number in categories}
        found = suggest(session, tree, wanted.values(), most)
    return dict(zip(wanted, found, strict=True))


def _view(node: Found) -> CategoryView:
    return CategoryView(node.node_id, node.title, [kind for kind in node.product_types.split(",") if kind], node.leaf)


def _covered(session: Session, tree: BrowseTree, mapped: Sequence[CategoryMapping]) -> set[str]:
    """Ids of the nodes that belong to a category, by themselves or by one above."""
    whole = rows_of(session, tree, [row.node_id for row in mapped if row.subtree])
    ids = {row.node_id for row in mapped}
    if whole:
        query = select(BrowseNode.node_id).where(col(BrowseNode.tree_id) == tree.id, below(whole))
        ids.update(session.exec(query))
    return ids


def _with(rows: Sequence[CategoryMapping], new: Wanted) -> list[Wanted]:
    """All that is to belong to a category once `new` does."""
    present = [as_wanted(row) for row in rows if row.category_id == new.category_id]
    others = [one for one in present if one.node_id != new.node_id]
    if new.export_default:
        others = [replace(one, export_default=False) for one in others]
    was_default = any(one.export_default for one in present if one.node_id == new.node_id)
    return complete([*others, replace(new, export_default=new.export_default or was_default)])


def _node_id(session: Session, channel: Channel, amazon: str, rows: Sequence[CategoryMapping]) -> str:
    """The id of a node that is named by id or path; one that is mapped need not be in the tree any more."""
    told = amazon.strip()
    if not told or any(row.node_id == told for row in rows):
        return told
    return find(session, require_tree(session, place_of(session, channel), channel.name), told)
