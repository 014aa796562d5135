"""`crossdock stop-writes` and `crossdock worker`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from core import switches
from tui.commands.common import Json, command, session, show


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    command(app, name)({"stop-writes": stop_writes, "worker": worker}[name])


def stop_writes(state: Switch, as_json: Json = False) -> None:
    """Stop all writes to all stores and to Amazon, or allow them again."""
    stop = state is Switch.ON
    with session() as (workspace, actor):
        switches.stop_writes(workspace, actor, stop)
    text = "All writes are stopped; jobs wait." if stop else "Writes are allowed."
    show({"stop_writes": stop}, [text], as_json=as_json)


def worker(
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Jobs side by side.")] = 4,
    as_json: Json = False,
) -> int:
    """Run the background worker until it is told to stop."""
    from huey_consumer import serve

    code = serve(workers)
    show({"stopped": True, "exit_code": code}, [], as_json=as_json)
    return code
