"""`crossdock audit …`"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from core.people.audit import EntryView, list_entries
from core.timestamps import timestamp
from tui.commands.common import Json, command, group, session, show

app = group("audit", "Who changed what, and what was refused.")


@command(app, "list", "audit list --operator vera", "audit list --since 2026-11-01Z --limit 20")
def list_all(
    operator: Annotated[str | None, typer.Option(metavar="NAME", help="Only what this operator did.")] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="SUBJECT", help='Only what happened to this, such as "channel de".')
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only from this time on.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest so many.")] = 100,
    as_json: Json = False,
) -> None:
    """The newest entries first."""
    earliest = timestamp("--since", since)
    with session() as (workspace, actor):
        entries = list_entries(
            workspace.database, actor, operator=operator, subject=subject, since=earliest, limit=limit
        )
    lines = [_line(entry) for entry in entries] or ["No entries yet."]
    show({"entries": entries}, lines, as_json=as_json)


def _line(entry: EntryView) -> str:
    detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
    head = f"{entry.at.isoformat(timespec='seconds')}  {entry.operator}  {entry.action}  {entry.subject}"
    return f"{head}  {detail}".rstrip()
