"""Mirror of what sellers list at Amazon."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field

_LISTED = ("sku", "is_parent", "closed_at", "buyable", "issue_count", "error_count", "asin", "title")


class Listing(SQLModel, table=True):
    """One SKU of a seller in one marketplace, as the report and the listing itself told it last."""

    __table_args__ = (
        UniqueConstraint("account_id", "marketplace_id", "sku"),
        Index("ix_listing_parent", "account_id", "marketplace_id", "parent_sku"),
        Index("ix_listing_plan", "account_id", "marketplace_id", "dirty"),
        # Lists are read from it alone: rows hold contents, which are large.
        Index("ix_listing_list", "account_id", "marketplace_id", *_LISTED),
    )

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    marketplace_id: str
    sku: str
    asin: str = ""
    title: str = ""
    """As the listing has it; never the report's, which may have lost letters."""
    fulfilment: str = ""
    """`MERCHANT` or `AMAZON`; empty while it is not known."""
    status: str = ""
    """`active`, `inactive`, `incomplete`, or the report's own word; empty while it is not known."""
    buyable: bool = False
    closed_at: datetime | None = None
    """When the seller's report no longer had it; it stays in the store."""
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = ""
    quantity: int | None = None
    """None where Amazon keeps the stock, or does not say."""
    product_type: str = ""
    is_parent: bool = False
    """It stands for its variations, and nobody can buy it."""
    parent_sku: str = ""
    theme: list[str] = Field(default_factory=list, sa_type=JSON)
    """The attributes in which its family differs."""
    issue_count: int = 0
    """How many of them `core.model.listing_issue` has of the listing."""
    error_count: int = 0
    """How many of those keep it from being sold."""
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Listing and catalogue as they were read, see `core.products.listings`; None before that."""
    row_hash: str = ""
    """Of what the report tells of it, but for price and quantity."""
    read_hash: str = ""
    """The row hash when its content was read: it is read again when the two differ."""
    content_hash: str = ""
    exported_by: int | None = None
    """The channel whose export made it; None for one that was there before."""
    dirty: bool = False
    """To be planned (again): it changed, or its problem is still open."""
    family_dirty: bool = False
    """The family that it belongs to is to be planned (again)."""
    seen_at: datetime = now_field()
    read_at: datetime | None = None
