"""What people chose for the attributes of listings."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field, partial_index

_OF_CHANNEL, _OF_STORE = "channel_id IS NOT NULL", "channel_id IS NULL"


class FieldMapping(SQLModel, table=True):
    """Where an attribute comes from, or goes to: in a channel, or in all channels of a store that say nothing else."""

    __tablename__ = "field_mapping"
    __table_args__ = (
        partial_index(
            "uq_field_mapping_channel",
            "channel_id",
            "product_type",
            "attribute",
            "direction",
            unique=True,
            where=_OF_CHANNEL,
        ),
        partial_index(
            "uq_field_mapping_store",
            "store_id",
            "product_type",
            "attribute",
            "direction",
            unique=True,
            where=_OF_STORE,
        ),
    )

    id: int | None = key_field()
    store_id: int = Field(foreign_key="store.id", ondelete="CASCADE")
    channel_id: int | None = Field(default=None, foreign_key="channel.id", ondelete="CASCADE")
    """None: of the whole store."""
    product_type: str = ""
    """Empty: of all."""
    attribute: str
    """The path of the value, see `core.fields.plan.schema`."""
    direction: str = "export"
    """`export` to Amazon, or `import` from it."""
    source: dict[str, Any] = json_field()
    mapped_by: str
    mapped_at: datetime = now_field()
