"""What needs a person."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field


class Problem(SQLModel, table=True):
    """Why an item is held or failed, and what to do; resolved by itself when the cause is gone."""

    __table_args__ = (UniqueConstraint("channel_id", "subject", "code"),)

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE", index=True)
    subject: str
    code: str
    message: str
    fix: str
    first_seen: datetime = now_field()
    last_seen: datetime = now_field()
    resolved_at: datetime | None = None
