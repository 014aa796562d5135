"""Mirror of Amazon's orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field, partial_index
from core.vault import EncryptedJson


class AmazonOrder(SQLModel, table=True):
    """One order as Amazon last told it; personal data only inside `raw`."""

    __tablename__ = "amazon_order"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id"),
        # With all that counting and listing need: `raw` makes the rows themselves slow to walk over.
        Index("ix_amazon_order_plan", "account_id", "marketplace_id", "dirty", "order_id"),
        Index(
            "ix_amazon_order_list",
            *("account_id", "marketplace_id", "created_at", "order_id", "dirty", "total_minor", "ship_by"),
        ),
        partial_index("ix_amazon_order_personal", "ended_at", "updated_at", where="raw IS NOT NULL"),
    )

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    order_id: str
    marketplace_id: str
    status: str
    fulfilled_by: str
    created_at: datetime
    updated_at: datetime
    total_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str = ""
    item_count: int = 0
    ship_by: datetime | None = None
    """When it is to leave at the latest; None too for what was read before this was looked for."""
    ended_at: datetime | None = None
    """When it was shipped, or else ended, as first told; from then on its personal data may be kept for a time."""
    raw: dict[str, Any] | None = Field(default=None, sa_type=EncryptedJson(row=("account_id", "order_id")))
    """Everything Amazon said; emptied when personal data is purged."""
    fingerprint: str
    """Hash of `raw`; the same order read again changes nothing."""
    partial: bool = False
    """Read with fewer data sets than needed, because Amazon refused some."""
    fault: str = ""
    """Why the order cannot be read; such an order is stored as it came and shown as a problem."""
    backfill: str = ""
    """How the last import of a range that it was in treats history: one of `core.orders.plan.rules.HISTORIES`; empty
    when there was none."""
    held_by: str = ""
    """The operator who holds the order back by hand; empty when nobody does."""
    dirty: bool = True
    """To be planned (again): it, a mapping, or a setting changed."""
    seen_at: datetime = now_field()


class OrderEvent(SQLModel, table=True):
    """Something that happened to an order and that its rows do not keep, for its timeline; no personal data.

    `kind` is `status` (Amazon's, `from` and `to`), `changed` (`what`), `cancel_requested`, `refunded` (what for, as
    `core.orders.returns.Refund`), or `store_status` (`from` and `to`, not by this program).
    """

    __tablename__ = "order_event"
    __table_args__ = (Index("ix_order_event_order", "account_id", "order_id"),)

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    order_id: str
    at: datetime
    kind: str
    detail: dict[str, Any] = json_field()


class AmazonOrderItem(SQLModel, table=True):
    """One line of an order; lets an unknown SKU find its orders."""

    __tablename__ = "amazon_order_item"
    __table_args__ = (
        UniqueConstraint("account_id", "order_id", "item_id"),
        Index("ix_amazon_order_item_sku", "account_id", "sku", "order_id"),
    )

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    order_id: str
    item_id: str
    sku: str
    asin: str = ""
    quantity: int
