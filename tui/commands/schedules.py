"""`crossdock schedule …`"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from core import schedules
from core.errors import UsageError
from core.flows import STREAMS
from core.orders import STREAM as ORDERS
from core.schedules import LONGEST_MINUTES, ScheduleView
from core.timestamps import timestamp
from tui.commands.common import ChannelOption, Json, SomeChannel, command, group, session, show
from tui.commands.schedule_text import interval, standing
from tui.commands.table import table
from tui.commands.work import Direct, Wait, finish

app = group("schedule", "Schedules: list, set, run, pause, resume, reset.")

Stream = StrEnum("Stream", [(stream.name, stream.name) for stream in STREAMS])
_ORDERS = Stream(ORDERS)
_HELP = f"{', '.join(stream.name for stream in STREAMS[:-1])} or {STREAMS[-1].name}."
StreamOption = Annotated[Stream, typer.Option("--stream", metavar="S", help=_HELP)]
SomeStream = Annotated[Stream | None, typer.Option("--stream", metavar="S", help=_HELP)]


@command(app, "list")
def list_all(channel: SomeChannel = None, stream: SomeStream = None, as_json: Json = False) -> None:
    """The schedules of all channels, or of one."""
    with session() as (workspace, actor):
        views = schedules.list_schedules(workspace.database, actor)
    _show([view for view in views if channel in (None, view.channel) and stream in (None, view.stream)], as_json)


@command(app, "set", "schedule set --channel de --every 15", "schedule set --channel de --stream shipments --every 0")
def set_interval(
    channel: ChannelOption,
    every: Annotated[int, typer.Option(min=0, max=LONGEST_MINUTES, metavar="MINUTES", help="0 is off.")],
    stream: StreamOption = _ORDERS,
    as_json: Json = False,
) -> None:
    """Let a stream of a channel run every so many minutes."""
    with session() as (workspace, actor):
        schedules.set_interval(workspace, actor, channel, every, stream)
        views = schedules.list_schedules(workspace.database, actor)
    _show([view for view in views if (view.channel, view.stream) == (channel, stream)], as_json)


@command(app, "run")
def run(
    channel: ChannelOption,
    stream: StreamOption = _ORDERS,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Run now what is scheduled."""
    with session() as (workspace, actor):
        asked = schedules.run(workspace, actor, channel, stream, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "pause", "schedule pause", "schedule pause --channel de --stream orders")
def pause(channel: SomeChannel = None, stream: SomeStream = None, as_json: Json = False) -> None:
    """Pause the schedules of a channel, or of all; they keep their intervals. Purge goes on unless it is named."""
    _set_paused(channel, stream, True, as_json)


@command(app, "resume")
def resume(channel: SomeChannel = None, stream: SomeStream = None, as_json: Json = False) -> None:
    """Resume them; what was due meanwhile runs once."""
    _set_paused(channel, stream, False, as_json)


@command(app, "reset", "schedule reset --channel de --to 2026-11-01Z")
def reset(
    channel: ChannelOption,
    stream: StreamOption = _ORDERS,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="From this time on, such as 2026-11-01Z; without it from where the channel began."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Let the next import of orders read again from an earlier time; what is known already stays as it is."""
    if stream != _ORDERS:
        raise UsageError(f"The stream {stream} has no position to reset.", next_step="Only orders have one.")
    with session() as (workspace, actor):
        start = schedules.reset(workspace, actor, channel, timestamp("--to", to))
    document = {"channel": channel, "stream": stream, "from": start.isoformat()}
    show(
        document, [f"The next import of channel {channel} reads what changed since {start:%F %R} UTC."], as_json=as_json
    )


def _set_paused(channel: str | None, stream: Stream | None, paused: bool, as_json: bool) -> None:
    with session() as (workspace, actor):
        views = schedules.set_paused(workspace, actor, channel, paused, stream)
    _show(views, as_json)


def _show(views: list[ScheduleView], as_json: bool) -> None:
    rows = [(view.channel, view.stream, interval(view), standing(view)) for view in views]
    empty = ["No schedule is set. Set an interval with: crossdock schedule set --channel NAME --every MINUTES"]
    lines = table(rows, ("channel", "stream", "every", "next")) if rows else empty
    show({"schedules": views}, lines, as_json=as_json)
