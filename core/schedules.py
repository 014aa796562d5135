"""What runs by itself: the streams of every channel with their intervals, which are settings of the channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select, update

from core import clock
from core.actor import Actor
from core.amazon.orders import HISTORY
from core.database import Database
from core.errors import ConfigurationError, UsageError
from core.flows import STREAMS
from core.identity import new_owner
from core.jobs.requests import Requested
from core.leases import release, take
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.schedule import Schedule
from core.people.audit import record
from core.people.rights import require_channel, visible_channels
from core.sync.streams import Stream
from core.workspace import Workspace

LONGEST_MINUTES = 10_080
"""A week; also the limit of the channel's settings."""


@dataclass(frozen=True)
class ScheduleView:
    """A stream of a channel; `every_minutes` is 0 and `next_run` None while it does not run by itself."""

    channel: str
    stream: str
    every_minutes: float
    next_run: datetime | None
    enabled: bool
    """Schedules of a disabled channel rest, but for those that ask no remote."""
    paused: bool = False
    """It keeps its interval and rests until it is resumed."""
    off_by: str = ""
    """The channel's setting that turns it off, whatever its interval; setting an interval turns it on."""


def list_schedules(database: Database, actor: Actor) -> list[ScheduleView]:
    """Every stream of every channel that the operator may see, by channel."""
    with database.read() as session:
        channels = session.exec(select(Channel).where(visible_channels(actor)).order_by(Channel.name)).all()
        rows = session.exec(select(Schedule).where(col(Schedule.channel_id).in_([one.id for one in channels]))).all()
    found = {(row.channel_id, row.stream): row for row in rows}
    return [
        _view(channel, stream, found.get((stored_id(channel.id), stream.name)))
        for channel in channels
        for stream in STREAMS
    ]


def _view(channel: Channel, stream: Stream, row: Schedule | None) -> ScheduleView:
    return ScheduleView(
        channel.name,
        stream.name,
        _minutes(row.every_seconds) if row else 0,
        row.next_run if row else None,
        channel.enabled or stream.asks_nobody,
        row.paused if row else False,
        stream.off_by(channel.settings),
    )


def _minutes(seconds: int) -> float:
    return seconds / 60 if seconds % 60 else seconds // 60


def stream_named(name: str) -> Stream:
    """The stream of a name; raises UsageError when there is none."""
    found = next((stream for stream in STREAMS if stream.name == name), None)
    if found is None:
        known = ", ".join(stream.name for stream in STREAMS)
        raise UsageError(f"There is no stream {name!r}.", next_step=f"Known are: {known}.")
    return found


def set_interval(workspace: Workspace, actor: Actor, channel: str, minutes: int, stream: str = "orders") -> None:
    """Let a stream of a channel run every so many minutes; 0 is off, and more turns on what governs it.

    Raises UsageError beyond a week.
    """
    from core.channels import registry  # it loads what only changes need

    wanted = stream_named(stream)
    every = 60 * minutes // wanted.unit
    settings = {wanted.interval: every, **(dict.fromkeys(wanted.switches, True) if minutes else {})}
    registry.edit(workspace, actor, {"name": channel, "settings": settings})


def set_paused(
    workspace: Workspace, actor: Actor, channel: str | None, paused: bool, stream: str | None = None
) -> list[ScheduleView]:
    """Let the schedules of a channel, or of all channels that the operator may see, rest or go on; returns them.

    With `stream`, none but those of that name; without it, what asks no remote is not paused.

    Raises UsageError for a channel of which nothing runs by itself anyway.
    """
    if channel is not None:
        require_channel(workspace.database, actor, channel)
    found = [
        view
        for view in list_schedules(workspace.database, actor)
        if view.every_minutes and channel in (None, view.channel) and _is_meant(view.stream, stream, paused)
    ]
    if channel is not None and not found:
        raise UsageError(
            "Nothing of it runs by itself.",
            subject=f"channel {channel}",
            next_step="Set an interval with: crossdock schedule set --every MINUTES",
        )
    names = [view.channel for view in found]
    with workspace.database.write() as session:
        ids = session.exec(select(Channel.id).where(col(Channel.name).in_(names))).all()
        streams = {view.stream for view in found}
        chosen = update(Schedule).where(col(Schedule.channel_id).in_(ids), col(Schedule.stream).in_(streams))
        session.exec(chosen.values(paused=paused))
        for name in dict.fromkeys(names):
            record(session, actor, "schedule.pause" if paused else "schedule.resume", f"channel {name}")
    changed = {(view.channel, view.stream) for view in found}
    return [view for view in list_schedules(workspace.database, actor) if (view.channel, view.stream) in changed]


def _is_meant(stream: str, named: str | None, paused: bool) -> bool:
    return stream == named if named is not None else not (paused and stream_named(stream).asks_nobody)


def run(workspace: Workspace, actor: Actor, channel: str, stream: str, *, direct: bool = False) -> Requested:
    """Ask for a run of a stream now, whatever its schedule; raises what the use case of that stream does."""
    return stream_named(stream).start(workspace, actor, channel, direct=direct)


def reset(workspace: Workspace, actor: Actor, channel: str, to: datetime | None = None) -> datetime:
    """Let the next import of a channel read again from `to`, or from where the channel began; returns that time.

    Orders that are known already stay as they are. Raises UsageError for a time to come, or one that Amazon has
    forgotten, ConfigurationError while an import reads the stream.
    """
    from core.orders.pull import reset_position, stream_lease  # with the client, which no list needs

    stored = require_channel(workspace.database, actor, channel)
    if to is not None and not clock.now() - HISTORY <= to <= clock.now():
        raise UsageError(
            f"{to.isoformat()} is not within the last {HISTORY.days} days.",
            subject=f"channel {channel}",
            next_step="Name a time that has passed, and that Amazon still gives out orders of.",
        )
    owner = new_owner()
    lease = stream_lease(stored.account_id)
    if not take(workspace.database, lease, owner):
        raise ConfigurationError(
            "An import reads this seller's orders now.",
            subject=f"channel {channel}",
            next_step="Let it end, or cancel it with: crossdock jobs cancel ID; then reset again.",
        )
    try:
        with workspace.database.write() as session:
            start = reset_position(session, stored, to)
            record(session, actor, "schedule.reset", f"channel {channel}", start=start.isoformat())
    finally:
        release(workspace.database, lease, owner)
    return start
