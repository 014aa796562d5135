"""`crossdock problems …`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated

import typer

from core.channels import registry
from core.flows import code_of
from core.sync.codes import FixKind
from core.sync.problems import ProblemView, open_problems
from core.words import counted
from tui.commands.common import Json, Limit, SomeChannel, command, group, session, show
from tui.commands.job_text import cause_lines, each_line

app = group("problems", "What needs you, by cause.")


@command(app, "list", "problems list", "problems list --channel de --code sku_unknown --all --limit 20")
def list_problems(
    channel: SomeChannel = None,
    code: Annotated[str | None, typer.Option("--code", metavar="CODE", help="Only this kind.")] = None,
    each: Annotated[bool, typer.Option("--all", help="Every problem in place of their causes.")] = False,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Open problems by cause, with what to do about them; the JSON document names every one."""
    with session() as (workspace, actor):
        if channel:
            registry.get(workspace, actor, channel)
        found = open_problems(workspace.database, actor, channel)
    found = [problem for problem in found if code in (None, problem.code)][:limit]
    show({"problems": found}, _lines(found, each=each) if found else ["No problems."], as_json=as_json)


def _lines(found: Sequence[ProblemView], *, each: bool) -> Iterator[str]:
    for channel, some in groupby(sorted(found, key=_channel), _channel):
        problems = list(some)
        waiting = sum(code_of(problem.code).kind is FixKind.WAIT for problem in problems)
        idle = f", {waiting:,} of them need nothing" if waiting else ""
        yield f"Channel {channel}: {counted(len(problems), 'problem')}{idle}"
        all_of_them = f"crossdock problems list --channel {channel} --all"
        yield from each_line(problems) if each else cause_lines(problems, all_of_them)


def _channel(problem: ProblemView) -> str:
    return problem.channel
