"""What this program sent of listings, and what became of it."""

from datetime import datetime

from sqlalchemy import JSON, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel, and_, col, or_

from core.model.base import key_field, now_field

PLANNED, SUBMITTED, ACCEPTED, BUYABLE, ISSUES, CLOSED = (
    "planned", "submitted", "accepted", "buyable", "issues", "closed",
)  # fmt: skip
"""Stages of an export: to be sent, sent, seen at Amazon, for sale, refused or suppressed there, taken away."""
WATCHED = "watched"
"""Of a listing that was there before: nothing of its content was sent yet, what changes in the store will be."""


class ListingExport(SQLModel, table=True):
    """One SKU of a seller in one marketplace, as this program sent it last."""

    __tablename__ = "listing_export"
    __table_args__ = (
        UniqueConstraint("account_id", "marketplace_id", "sku"),
        Index("ix_listing_export_follow", "account_id", "marketplace_id", "next_look"),
        Index("ix_listing_export_plan", "account_id", "marketplace_id", "dirty"),
        Index("ix_listing_export_taken", "account_id", "marketplace_id", "taken"),
    )

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    marketplace_id: str
    sku: str
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE")
    product_id: int
    """Of the store; of a parent of variations the product whose texts it has."""
    is_parent: bool = False
    """It stands for the variations of a group, and nobody can buy it."""
    parent_sku: str = ""
    """Of a variation."""
    product_type: str = ""
    requirements: str = ""
    """Which set of attributes, see `core.amazon.product_types.REQUIREMENTS`."""
    asin: str = ""
    """The catalogue item that is offered; empty for a listing of its own."""
    attributes: bytes | None = Field(default=None, sa_type=LargeBinary)
    """What Amazon was sent, packed, but for price and quantity; None before anything was. Of a listing that was there
    before no more than the attributes that the store has changed."""
    channel_code: str = ""
    """Who ships it as this program said last (`fulfillment_channel_code`); empty while it never did."""
    content_hash: str = ""
    submission_id: str = ""
    route: str = ""
    """`put`, `patch` or `feed`."""
    state: str = PLANNED
    state_at: datetime = now_field()
    product: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Of a listing that was there before its product, packed, as the store had it when it was seen first: what it says
    otherwise since is sent. It is kept while all of the content is planned, in case that is taken back. None: the whole
    content is the store's, or it was not seen yet."""
    repaired: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """Attributes that Amazon had otherwise and that were sent again, with what was sent: that is done once."""
    looks: int = 0
    """Times that it was followed since it was sent."""
    next_look: datetime | None = None
    """When it is followed next; None: it is settled."""
    follow_until: datetime | None = None
    dirty: bool = False
    """To be planned (again): the product, a mapping or a setting changed."""
    taken: bool = False
    """A job reads the product to plan it, or died of that: what changes meanwhile makes it dirty, and stays so."""


IS_TO_PLAN = or_(col(ListingExport.dirty), col(ListingExport.taken))
IS_PARTIAL = or_(
    col(ListingExport.state) == WATCHED,
    and_(col(ListingExport.product).is_not(None), col(ListingExport.state) != PLANNED),
)
"""Of a listing that was there before, and nobody asked for all of its content to be sent."""
