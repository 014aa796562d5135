"""Mirror of the stores' shipments."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field


class StoreShipment(SQLModel, table=True):
    """One parcel of a store, and what Amazon was told of it. Which orders are Amazon's is told by their links."""

    __tablename__ = "store_shipment"
    __table_args__ = (
        UniqueConstraint("store_id", "shipment_id"),
        Index("ix_store_shipment_order", "store_id", "store_order_id"),
        Index("ix_store_shipment_plan", "store_id", "dirty", "store_order_id"),
    )

    id: int | None = key_field()
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    shipment_id: int
    store_order_id: int
    carrier: str = ""
    """As the store spells it; a key of the channel's mapping."""
    method: str = ""
    """Name of its shipping method."""
    tracking: str = ""
    items: dict[str, int] = json_field()
    """Line of the store order → units."""
    shipped_at: datetime
    from_amazon: str = ""
    """The package at Amazon that it was entered from; such a one is never told back."""
    gone: bool = False
    """Deleted in the store."""
    lines: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """The lines of its order, once they were read."""
    told: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """What Amazon was seen to have of it: carrier and tracking as the store had them then, units by Amazon's item."""
    confirmed_at: datetime | None = None
    """When that was."""
    dirty: bool = True
    """To be planned (again): it changed, or its problem is still open."""
    seen_at: datetime = now_field()
