"""`crossdock schedule …`"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from core import orders, schedules
from core.schedules import LONGEST_MINUTES, ScheduleView
from tui.commands.common import ChannelOption, Json, command, group, session, show, table
from tui.commands.work import Direct, Wait, finish

app = group("schedule", "What runs by itself: list, set, run, pause, resume.")


class Stream(StrEnum):
    """What can run by itself."""

    ORDERS = schedules.ORDERS


StreamOption = Annotated[Stream, typer.Option("--stream", metavar="S", help="What runs: orders.")]
SomeChannel = Annotated[str | None, typer.Option("--channel", metavar="NAME", help="This channel; all without it.")]


@command(app, "list")
def list_all(channel: SomeChannel = None, as_json: Json = False) -> None:
    """The schedules of all channels, or of one."""
    with session() as (workspace, actor):
        views = schedules.list_schedules(workspace.database, actor)
    _show([view for view in views if channel in (None, view.channel)], as_json)


@command(app, "set")
def set_interval(
    channel: ChannelOption,
    every: Annotated[int, typer.Option(min=0, max=LONGEST_MINUTES, metavar="MINUTES", help="0 is off.")],
    stream: StreamOption = Stream.ORDERS,
    as_json: Json = False,
) -> None:
    """Let a channel import its orders every so many minutes."""
    with session() as (workspace, actor):
        schedules.set_interval(workspace, actor, channel, every)
        views = schedules.list_schedules(workspace.database, actor)
    _show([view for view in views if (view.channel, view.stream) == (channel, stream)], as_json)


@command(app, "run")
def run(
    channel: ChannelOption,
    stream: StreamOption = Stream.ORDERS,
    wait: Wait = False,
    direct: Direct = False,
    as_json: Json = False,
) -> int:
    """Run now what is scheduled."""
    with session() as (workspace, actor):
        asked = orders.import_orders(workspace, actor, channel, direct=direct)
        return finish(workspace, actor, asked, wait=wait, as_json=as_json)


@command(app, "pause")
def pause(channel: SomeChannel = None, as_json: Json = False) -> None:
    """Let the schedules of a channel, or of all, rest; they keep their intervals."""
    _set_paused(channel, True, as_json)


@command(app, "resume")
def resume(channel: SomeChannel = None, as_json: Json = False) -> None:
    """Let them go on; what was due meanwhile runs once."""
    _set_paused(channel, False, as_json)


def _set_paused(channel: str | None, paused: bool, as_json: bool) -> None:
    with session() as (workspace, actor):
        views = schedules.set_paused(workspace, actor, channel, paused)
    _show(views, as_json)


def _show(views: list[ScheduleView], as_json: bool) -> None:
    rows = [
        (view.channel, view.stream, f"{view.every_minutes} min" if view.every_minutes else "off", _standing(view))
        for view in views
    ]
    empty = ["Nothing runs by itself. Set an interval with: crossdock schedule set --channel NAME --every MINUTES"]
    lines = table(rows, ("channel", "stream", "every", "next")) if rows else empty
    show({"schedules": [view.document() for view in views]}, lines, as_json=as_json)


def _standing(view: ScheduleView) -> str:
    if view.next_run is None:
        return ""
    if view.paused:
        return "paused"
    return f"{view.next_run:%Y-%m-%d %H:%M} UTC" if view.enabled else "rests: the channel is disabled"
