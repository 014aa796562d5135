"""What a channel does by itself: each stream is one kind of job with an interval among the channel's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from core import clock
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.schedule import Schedule

if TYPE_CHECKING:
    from core.jobs.requests import Requested


@dataclass(frozen=True)
class Stream:
    """A stream and the names of the channel's settings that steer it."""

    name: str
    """As the command line tells it: "orders"."""
    kind: str
    """The kind of job that a run starts."""
    interval: str
    """The setting with the time between two runs; 0 is off. Unset it is the `usual` one."""
    start: Callable[..., Requested]
    """The use case that asks for a run now; it takes workspace, actor, name of the channel, and `direct`."""
    switches: tuple[str, ...] = ()
    """The settings each of which turns it off altogether; the one that governs most comes first."""
    unit: int = 60
    """Seconds of one of what that setting counts."""
    beside: str = ""
    """The interval of another stream: unset, this one runs as long as that one does."""
    usual: int = 0
    """What an unset interval means; 0 is off."""
    asks_nobody: bool = False
    """It asks no remote: it runs also while the channel is disabled or waits for its seller, and is paused only when
    somebody names it."""

    def off_by(self, settings: Mapping[str, Any]) -> str:
        """The setting that turns it off; empty where none does."""
        return next((name for name in self.switches if not settings.get(name, True)), "")

    def seconds(self, settings: Mapping[str, Any]) -> int:
        """Seconds between two runs by these settings; 0 while it does not run by itself."""
        if self.off_by(settings):
            return 0
        every = settings.get(self.interval)
        if every is None and (not self.beside or settings.get(self.beside)):
            every = self.usual
        return self.unit * int(every or 0)


def schedule(session: Session, channel: Channel, streams: Iterable[Stream]) -> None:
    """Bring the schedules of a channel in line with its settings; a new interval counts from now."""
    rows = session.exec(select(Schedule).where(col(Schedule.channel_id) == channel.id)).all()
    present = {row.stream: row for row in rows}
    for stream in streams:
        seconds, row = stream.seconds(channel.settings), present.get(stream.name)
        if row is not None and not seconds:
            session.delete(row)
        elif seconds and (row is None or row.every_seconds != seconds):
            next_run = clock.now() + timedelta(seconds=seconds)
            row = row or Schedule(
                channel_id=stored_id(channel.id), stream=stream.name, every_seconds=0, next_run=next_run
            )
            row.every_seconds, row.next_run = seconds, next_run
            session.add(row)
