"""`crossdock stop-writes`, `crossdock worker` and `crossdock doctor`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from core.actor import LOCAL_ADMIN, Actor
from core.checks import Check, checklist
from core.errors import ConfigurationError
from core.settings import Settings
from core.stop_writes import stop_writes
from tui.commands.common import Json, checklist_lines, command, loaded_settings, session, show


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    function, *examples = {
        "stop-writes": (stop_or_allow, "stop-writes", "stop-writes on", "stop-writes off"),
        "worker": (worker, "worker", "worker --workers 2"),
        "doctor": (doctor, "doctor", "doctor --online --json"),
    }[name]
    command(app, name, *examples)(function)


def stop_or_allow(
    state: Annotated[Switch | None, typer.Argument(help="Without it, whether they are stopped.")] = None,
    as_json: Json = False,
) -> None:
    """Stop all writes to all stores and to Amazon, allow them again, or tell which it is."""
    with session() as (workspace, actor):
        if state is not None:
            stop_writes(workspace, actor, state is Switch.ON)
        stopped = workspace.why_stopped()
    allowed = "Writes are allowed. To stop them all: crossdock stop-writes on"
    by_hand = "All writes are STOPPED; jobs wait. To allow them: crossdock stop-writes off"
    text = (f"{stopped.why} {stopped.fix}" if stopped.fix else by_hand) if stopped else allowed
    show({"stop_writes": stopped is not None}, [text], as_json=as_json)


def worker(
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Jobs side by side.")] = 4,
    as_json: Json = False,
) -> int:
    """Run the background worker until Ctrl-C or SIGTERM: it runs jobs and starts what is scheduled."""
    from huey_consumer import serve

    code = serve(workers)
    show({"stopped": True, "exit_code": code}, [], as_json=as_json)
    return code


def doctor(
    online: Annotated[bool, typer.Option("--online", help="Ask every store and Amazon whether they answer.")] = False,
    as_json: Json = False,
) -> int:
    """Examine this installation, without changing it and without showing secrets."""
    from core.doctor import examine
    from tasks import queue

    try:
        loaded = loaded_settings()
    except ConfigurationError as error:
        checks, code = [Check("settings", False, error.what, error.next_step)], error.exit_code
    else:
        checks, code = examine(loaded, _examiner(loaded), queue=queue.look, online=online), 1
    document = checklist(checks)
    show(document, checklist_lines(document), as_json=as_json)
    return 0 if document["ok"] else code


def _examiner(loaded: Settings) -> Actor:
    """Who acts; the local admin needs no database, so the doctor can be called where there is none to be had."""
    if loaded.token is None and loaded.operator in ("", LOCAL_ADMIN.name):
        return LOCAL_ADMIN
    with session() as (_, actor):
        return actor
