"""What needs a person."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field, partial_index

_OPEN = "resolved_at IS NULL"


class Problem(SQLModel, table=True):
    """Why an item is held or failed, and what to do; resolved by itself when the cause is gone.

    An item may have several, and those of one flow are none of another's business.
    """

    __table_args__ = (
        UniqueConstraint("owner", "flow", "subject", "code"),
        # Resolved problems are kept, so the open ones are few among many.
        partial_index(
            "ix_problem_open",
            "channel_id",
            "code",
            "subject",
            "about",
            where=_OPEN,
        ),
    )

    id: int | None = key_field()
    owner: str
    """Whose it is: "channel 4", "store 3", "seller 7", "app 1"."""
    flow: str
    channel_id: int | None = Field(default=None, foreign_key="channel.id", ondelete="CASCADE")
    """The channel, where one owns it: who may see it follows from that."""
    subject: str
    code: str
    about: str = ""
    """What fixes it for all items alike: a SKU, or the key of a mapping such as `payments.cod`."""
    message: str
    fix: str
    first_seen: datetime = now_field()
    last_seen: datetime = now_field()
    resolved_at: datetime | None = None
    told_at: datetime | None = None
    """When somebody elsewhere was told of it, see `core.alerts`."""
