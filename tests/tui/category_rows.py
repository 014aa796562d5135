"""Categories of both sides put straight into the tables: what a refresh would have left there."""

from __future__ import annotations

from core.categories.report import Node
from core.categories.tree import NewTree, Place
from core.model.category import CategoryMapping, StoreCategory
from core.model.channel import Channel
from core.workspace import Workspace
from tests.tui.field_rows import add_definition
from tests.tui.rows import NOW
from tests.unit.ptd import LAMP

HOME, GARDEN, CHAIRS, SEATS, LAMPS = "2", "3", "21", "22", "31"
"""Nodes: two departments, two kinds of chairs below the first, lamps below the second."""
NODES = (
    (("1", HOME), "Home", (), False),
    (("1", HOME, "20"), "Furniture", ("FURNITURE",), False),
    (("1", HOME, "20", CHAIRS), "Dining Chairs", ("CHAIR", "FURNITURE"), True),
    (("1", HOME, "20", SEATS), "Office Chairs", ("CHAIR",), True),
    (("1", GARDEN), "Garden", (), False),
    (("1", GARDEN, LAMPS), "Garden Lamps [/x]", ("OUTDOOR_LAMP",), True),
)
CATEGORIES = (
    (1, 0, "Living", 0),
    (10, 1, "Chairs", 12),
    (11, 1, "Lights", 40),
    (2, 0, "Garden [/x]", 3),
    (20, 2, "Plants", 0),
)
"""Id, parent, name and products of the store's."""


def add_nodes(workspace: Workspace, channel: Channel) -> None:
    """Amazon's tree of the channel's marketplace."""
    tree = NewTree(workspace.database, Place("live", channel.marketplace_id), 1)
    tree.add(Node(path, name, "", types, leaf) for path, name, types, leaf in NODES)
    count = tree.complete()
    with workspace.database.write() as session:
        tree.use(session, count)


def add_categories(workspace: Workspace, channel: Channel) -> None:
    """The store's categories."""
    names = {number: name for number, _, name, _ in CATEGORIES}
    with workspace.database.write() as session:
        for number, parent, name, products in CATEGORIES:
            title = f"{names[parent]} > {name}" if parent else name
            told = {"category_id": number, "parent_id": parent, "products": products, "seen_at": NOW}
            session.add(StoreCategory(store_id=channel.store_id, name=name, title=title, **told))


def add_mapping(workspace: Workspace, channel: Channel, category_id: int, node: str, kind: str = "CHAIR") -> None:
    """A link; the first of a category."""
    told = {"product_type": kind, "export_default": True, "mapped_by": "ada", "mapped_at": NOW}
    with workspace.database.write() as session:
        session.add(CategoryMapping(channel_id=channel.id, category_id=category_id, node_id=node, **told))


def fill_categories(workspace: Workspace, channel: Channel) -> None:
    """Both trees, without links; what listings in Amazon's categories need was asked for."""
    add_nodes(workspace, channel)
    for kind in ("CHAIR", "FURNITURE", "OUTDOOR_LAMP"):
        add_definition(workspace, channel, kind, LAMP)
    add_categories(workspace, channel)
