"""`crossdock key …`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from core import keys
from core.errors import UsageError
from core.migrations.runner import open_database
from core.people.login import local_admin
from tui.commands.common import Json, command, group, loaded_settings, session, show

app = group("key", "The key of all secrets: rotate it, or go on with a new one after a loss.")


@command(app, "rotate")
def rotate(as_json: Json = False) -> None:
    """Encrypt everything with a new key and drop the old one; run again, it goes on where it was interrupted."""
    with session() as (workspace, actor):
        done = keys.rotate(workspace.settings, workspace.database, actor, _tell if sys.stderr.isatty() else _silent)
    lines = [f"{done.changed} values have the new key; {done.dropped} old keys were dropped."]
    lines.append("Keep a copy of the key file: backups made before today need the old one.")
    if done.unreadable:
        lines.append(f"{done.unreadable} values could not be read by any key and were left as they are.")
    show(done, lines, as_json=as_json)


@command(app, "new")
def new(
    lost: Annotated[
        bool, typer.Option("--i-lost-the-old-one", help="What it has encrypted is lost: secrets have to be entered.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Go on with a new key after the loss of the old one."""
    if not lost:
        raise UsageError(
            "What the old key has encrypted is lost for good with a new one.",
            next_step="To change a key that you have: crossdock key rotate. Otherwise add --i-lost-the-old-one.",
        )
    settings = loaded_settings()
    actor = local_admin(settings, "make a new key")
    database = open_database(settings)
    try:
        missing = keys.replace_lost(settings, database, actor)
    finally:
        database.close()
    lines = [f"There is a new key in {settings.key_path}. Keep a copy of it."]
    lines += ["Enter again:", *(f"  {line}" for line in missing)] if missing else []
    show({"key_file": str(settings.key_path), "enter_again": missing}, lines, as_json=as_json)


def _tell(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done} of {total} values" + ("\n" if done == total else ""))
    sys.stderr.flush()


def _silent(done: int, total: int) -> None:
    """Nothing is shown in a log."""
