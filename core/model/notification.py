"""What came from the queues of notifications."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field, now_field
from core.vault import EncryptedText


class NotificationQueue(SQLModel, table=True):
    """A queue that is listened to, with what it brought so far."""

    __tablename__ = "notification_queue"

    id: int | None = key_field()
    address: str = Field(unique=True)
    """Its URL, or its ARN where no URL was given."""
    received: int = 0
    handled: int = 0
    ignored: int = 0
    """Told before, of another seller, or of nothing that is read."""
    unreadable: int = 0
    heard_at: datetime | None = None
    """When it was last asked with success."""
    fault: str = ""
    """Why it cannot be listened to; empty when it can."""
    fault_at: datetime | None = None


class Notification(SQLModel, table=True):
    """One message that was taken: what it was, and never what it said, but for those that could not be read."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("queue_id", "notification_id"),
        Index("ix_notification_received_at", "received_at"),
    )

    id: int | None = key_field()
    queue_id: int = Field(foreign_key="notification_queue.id", ondelete="CASCADE")
    notification_id: str
    """Amazon's; of an unreadable one that of the message."""
    kind: str
    state: str
    """`handled`, `ignored` or `unreadable`."""
    reason: str = ""
    published_at: datetime | None = None
    received_at: datetime = now_field()
    body: str | None = Field(default=None, sa_type=EncryptedText(row=("queue_id", "notification_id")))
    """Of an unreadable one, to be looked at."""
