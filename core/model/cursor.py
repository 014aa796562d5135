"""How far each stream has been read."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field


class Cursor(SQLModel, table=True):
    """Position of a stream of a seller account; moves in the transaction that stores the rows it covers.

    `scope` is a marketplace id for a watermark, or empty for the window that is being read: its bounds, page token,
    the time of the token, and the fingerprint of the query.
    """

    __table_args__ = (UniqueConstraint("account_id", "stream", "scope"),)

    id: int | None = key_field()
    account_id: int = Field(foreign_key="seller_account.id", ondelete="CASCADE")
    stream: str
    scope: str = ""
    position: datetime | None = None
    window: dict[str, Any] = json_field()
