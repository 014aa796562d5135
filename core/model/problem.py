"""What needs a person."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field

_OPEN = "resolved_at IS NULL"


class Problem(SQLModel, table=True):
    """Why an item is held or failed, and what to do; resolved by itself when the cause is gone."""

    __table_args__ = (
        UniqueConstraint("channel_id", "subject", "code"),
        # Resolved problems are kept, so the open ones are few among many.
        Index(
            "ix_problem_open",
            "channel_id",
            "code",
            "subject",
            "about",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
    )

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE")
    subject: str
    code: str
    about: str = ""
    """What mends it for all items alike: a SKU, or the key of a mapping such as `payments.cod`."""
    message: str
    fix: str
    first_seen: datetime = now_field()
    last_seen: datetime = now_field()
    resolved_at: datetime | None = None
