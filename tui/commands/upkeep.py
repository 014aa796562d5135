"""`crossdock problems`, `stop-writes` and `worker`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from core import switches
from core.channels import registry
from core.problems import open_problems
from tui.commands.common import Json, command, group, session, show

problems = group("problems", "What needs a person.")


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


@command(problems, "list")
def list_problems(
    channel: Annotated[str | None, typer.Option(metavar="NAME", help="Only this channel.")] = None,
    as_json: Json = False,
) -> None:
    """Every open problem with what to do about it."""
    with session() as (workspace, actor):
        if channel:
            registry.get(workspace, actor, channel)
        found = open_problems(workspace.database, actor, channel)
    lines = [f"{p.channel}  {p.subject}  {p.code}: {p.message}\n      → {p.fix}" for p in found]
    show({"problems": [p.document() for p in found]}, lines or ["No problems."], as_json=as_json)


def register(app: typer.Typer) -> None:
    """Add the commands that stand alone."""

    @command(app, "stop-writes")
    def stop_writes(state: Switch, as_json: Json = False) -> None:
        """Stop all writes to all stores and to Amazon, or allow them again."""
        stop = state is Switch.ON
        with session() as (workspace, actor):
            switches.stop_writes(workspace, actor, stop)
        text = "All writes are stopped; jobs wait." if stop else "Writes are allowed."
        show({"stop_writes": stop}, [text], as_json=as_json)

    @command(app, "worker")
    def worker(
        workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Jobs side by side.")] = 4,
        as_json: Json = False,
    ) -> int:
        """Run the background worker until it is told to stop."""
        from huey_consumer import serve

        code = serve(workers)
        show({"stopped": True, "exit_code": code}, [], as_json=as_json)
        return code
