"""The categories of both sides, and which of them belong together."""

from datetime import datetime

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field, partial_index

_CURRENT = "is_current"
_DEFAULT = "export_default"


class BrowseTree(SQLModel, table=True):
    """One reading of Amazon's tree of a marketplace, shared by all channels there.

    A new one is filled beside the one that is used, and takes its place at one stroke.
    """

    __tablename__ = "browse_tree"
    __table_args__ = (
        partial_index(
            "uq_browse_tree_current",
            "api_mode",
            "marketplace_id",
            unique=True,
            where=_CURRENT,
        ),
    )

    id: int | None = key_field()
    api_mode: str
    """What Amazon's sandbox hosts say is of no use to channels that are live."""
    marketplace_id: str
    job_id: int
    """The job that fills it, or has."""
    is_current: bool = False
    nodes: int = 0
    product_types: list[str] = Field(default_factory=list, sa_type=JSON)
    """All that occur in it."""
    read_at: datetime = now_field()


class BrowseNode(SQLModel, table=True):
    """A node under one of its paths: it may stand under several, so the path is its key."""

    __tablename__ = "browse_node"
    __table_args__ = (
        UniqueConstraint("tree_id", "path"),
        Index("ix_browse_node_parent", "tree_id", "parent"),
        Index("ix_browse_node_node", "tree_id", "node_id"),
    )

    id: int | None = key_field()
    tree_id: int = Field(foreign_key="browse_tree.id", ondelete="CASCADE")
    node_id: str
    path: str
    """Ids from the technical root to its own, joined by commas."""
    parent: str
    """The path without its end; such a node need not be there."""
    depth: int
    name: str
    title: str
    """Names from the top to its own, without the technical root, as people read and type them."""
    folded: str
    """The title for searching, whatever its case; empty until the names above it are known."""
    product_types: str
    """Amazon's suggestions, joined by commas."""
    leaf: bool


class StoreCategory(SQLModel, table=True):
    """Mirror of a store's category."""

    __tablename__ = "store_category"
    __table_args__ = (UniqueConstraint("store_id", "category_id"),)

    id: int | None = key_field()
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    category_id: int
    parent_id: int = 0
    """0 at the top."""
    name: str
    title: str
    """Names from the top to its own."""
    position: int = 0
    status: str = "A"
    company_id: int = 0
    """The storefront whose it is; 0: everybody's."""
    products: int = 0
    """All of them, whosever they are."""
    company_products: dict[str, int] = json_field()
    """Vendor → products, where vendors share the categories; only vendors that were counted."""
    seen_at: datetime = now_field()


class CategoryMapping(SQLModel, table=True):
    """A category of the store and a node at Amazon that belong together in a channel, as a person decided."""

    __tablename__ = "category_mapping"
    __table_args__ = (
        UniqueConstraint("channel_id", "category_id", "node_id"),
        partial_index(
            "uq_category_mapping_default",
            "channel_id",
            "category_id",
            unique=True,
            where=_DEFAULT,
        ),
    )

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE")
    category_id: int
    """The store's."""
    node_id: str
    product_type: str
    export_default: bool
    """Of the nodes of a category, the one to which its products are exported."""
    subtree: bool = False
    """Listings in nodes below this one belong to the category too."""
    mapped_by: str
    mapped_at: datetime = now_field()
