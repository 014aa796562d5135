"""Which remote things are the same."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field, partial_index


class OrderLink(SQLModel, table=True):
    """An Amazon order and the store order made from it; one per channel and company, held by the database.

    In a Multi-Vendor store an Amazon order may become several store orders, one per vendor.
    """

    __tablename__ = "order_link"
    __table_args__ = (
        UniqueConstraint("channel_id", "order_id", "company_id"),
        UniqueConstraint("store_id", "store_order_id"),
        Index("ix_order_link_time", "channel_id", "linked_at"),
        partial_index("ix_order_link_left", "channel_id", "order_id", where="left_as <> ''"),
    )

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id")
    order_id: str
    company_id: int = 0
    """0 when the store has no companies: NULLs would not be unique."""
    store_id: int = Field(foreign_key="store.id")
    store_order_id: int
    store_status: str
    """The status code we wrote last."""
    amazon_status: str
    total: str
    """What the store order amounts to, with its currency, as verified."""
    linked_at: datetime = now_field()
    verified_at: datetime | None = None
    products: list[int] = Field(default_factory=list, sa_type=JSON)
    """Store products whose stock a change of status moves."""
    present_status: str = ""
    """The status code as the store was last seen to have it; empty while nobody looked."""
    parts: int = 1
    """Store orders that the Amazon order becomes, this one among them."""
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """Amazon's items in it, as the store order was last seen to have them: `core.orders.plan.changes.Sold`."""
    lacking: str = ""
    """What Amazon had not sent of the address when it was last written, in words; empty for a whole one."""
    left_as: str = ""
    """Digest of the buyer's data, lines and money as the program left them in the store: what is otherwise is never
    rewritten. Empty for an order that was taken over, and once its personal data is gone."""


class ListingLink(SQLModel, table=True):
    """A SKU on Amazon and the store product it means, as a person said; it wins over equal product codes."""

    __tablename__ = "listing_link"
    __table_args__ = (UniqueConstraint("channel_id", "sku"),)

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE")
    sku: str
    store_id: int = Field(foreign_key="store.id")
    product_id: int
    linked_by: str
    linked_at: datetime = now_field()
