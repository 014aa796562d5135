"""`crossdock service …`: the worker as a service of systemd."""

from __future__ import annotations

from typing import Annotated

import typer

from core.checks import checklist
from core.errors import UsageError
from core.people.rights import require_admin
from tasks.service import WorkerService, look, service, write_unit
from tui.commands.common import Json, checklist_lines, command, group, session, show

app = group("service", "The worker as a service: install, check.")

OfUser = Annotated[bool, typer.Option("--user", help="Of this account; needs no root.")]
OfSystem = Annotated[
    bool, typer.Option("--system", help="Of the machine; runs as the owner of the home folder, and root sets it up.")
]


@command(app, "install", "service install --user", "service install --user --apply")
def install(
    user: OfUser = False,
    system: OfSystem = False,
    apply: Annotated[bool, typer.Option("--apply", help="Write the unit; without it nothing is changed.")] = False,
    as_json: Json = False,
) -> None:
    """Show the unit of the worker and the commands that start it, or write it."""
    with session() as (workspace, actor):
        require_admin(workspace.database, actor, "set up the service of the worker")
        is_system = _is_system(user, system)
        found = (
            write_unit(workspace, actor, system=is_system) if apply else service(workspace.settings, system=is_system)
        )
    document = {"path": str(found.path), "unit": found.unit, "commands": found.commands, "written": apply}
    show(document, _lines(found, apply), as_json=as_json)


@command(app, "check", "service check --user")
def check(user: OfUser = False, system: OfSystem = False, as_json: Json = False) -> int:
    """Whether the unit is there, is the one of this version and home, and is taken by systemd."""
    with session() as (workspace, actor):
        require_admin(workspace.database, actor, "examine the service of the worker")
        document = checklist(look(workspace.settings, system=_is_system(user, system)))
    show(document, checklist_lines(document), as_json=as_json)
    return 0 if document["ok"] else 3


def _is_system(user: bool, system: bool) -> bool:
    if user == system:
        raise UsageError("Say whose service it is.", next_step="Give --user or --system.")
    return system


def _lines(found: WorkerService, written: bool) -> list[str]:
    head = f"Written to {found.path}." if written else f"{found.path} would be:"
    unit = [] if written else ["", *found.unit.splitlines(), "", "Nothing was written; --apply writes it."]
    return [head, *unit, "Then start it:", *(f"  {one}" for one in found.commands)]
