"""What Amazon finds wrong with listings, and with what was submitted of them."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from core.model.base import key_field

OF_LISTING, OF_SUBMISSION = "listing", "submission"
"""Found on the listing that Amazon has; said against the last submission."""


class ListingIssue(SQLModel, table=True):
    """One issue of one SKU in one marketplace; whoever reads a listing or submits one replaces those of its source."""

    __tablename__ = "listing_issue"
    __table_args__ = (
        Index("ix_listing_issue_sku", "account_id", "marketplace_id", "sku"),
        Index("ix_listing_issue_code", "account_id", "marketplace_id", "code", "sku"),
    )

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    marketplace_id: str
    sku: str
    source: str
    code: str = ""
    severity: str = ""
    """`ERROR`, `WARNING` or `INFO`; Amazon may add others."""
    attribute: str = ""
    """Names of the attributes that it is about, divided by commas."""
    message: str = ""
    """In Amazon's words."""
    category: str = ""
    """Amazon's categories of it, divided by commas."""
    action: str = ""
    """What Amazon does because of it, such as `LISTING_SUPPRESSED`, divided by commas."""
    deadline: datetime | None = None
    """Until when the listing is spared that."""
