"""What runs by itself, and when."""

from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import key_field

_SKEW = timedelta(hours=1)
"""By which the clocks of two workers may differ without anybody noticing."""


class Schedule(SQLModel, table=True):
    """A stream of a channel that is due every `every_seconds`."""

    __table_args__ = (UniqueConstraint("channel_id", "stream"),)

    id: int | None = key_field()
    channel_id: int = Field(foreign_key="channel.id", ondelete="CASCADE")
    stream: str
    every_seconds: int
    next_run: datetime
    paused: bool = False
    """It keeps its interval and rests until it is resumed."""

    def is_too_far(self, now: datetime) -> bool:
        """Whether the next run is later than the interval allows: a clock that was ahead has set it."""
        return self.next_run > now + timedelta(seconds=self.every_seconds) + _SKEW
