"""`crossdock problems …`"""

from __future__ import annotations

from typing import Annotated

import typer

from core.channels import registry
from core.problems import open_problems
from tui.commands.common import Json, command, group, session, show

app = group("problems", "What needs a person.")


@command(app, "list")
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
