"""`crossdock backup`, `crossdock restore` and `crossdock move`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from core import backup, clock, documents, moving
from core.errors import UsageError
from core.people.login import local_admin
from tui.commands.common import Json, command, loaded_settings, session, show, tell

File = Annotated[Path, typer.Argument(metavar="FILE")]


def register(app: typer.Typer, name: str) -> None:
    """Add the command `name`."""
    function, *examples = {
        "backup": (save, "backup /backups/crossdock-2026-11-26", "backup FILE --with-key"),
        "restore": (restore, "restore /backups/crossdock-2026-11-26", "restore FILE --force"),
        "move": (
            move,
            "move --to env:NEW_DATABASE",
            "move --to postgresql+psycopg://crossdock@db.example/crossdock",
            "move --cancel",
        ),
    }[name]
    command(app, name, *examples)(function)


def save(
    file: File,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Put the key in: whoever has the file then has every secret.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the whole state into one file, while everything runs; secrets stay encrypted."""
    with session() as (workspace, actor):
        done = backup.save(workspace, actor, file, with_key=with_key)
        key_file = workspace.settings.key_path
    if with_key:
        tell("Careful: the key is in it. Whoever has this file has every secret; keep it locked away.")
        line = f"Saved in {done.file}, with the key."
    else:
        line = f"Saved in {done.file}, without the key: keep a copy of {key_file} in another place."
    show(done, [line], as_json=as_json)


def restore(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there; it is kept beside.")] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the database; nothing else may have it open."""
    settings = loaded_settings()
    actor = local_admin(settings, "restore backups")
    clock.install(settings.test_clock or None, settings.home)
    done = backup.restore(settings, actor, file, force=force)
    lines = [f"The state of {done.created} is restored."]
    lines += [f"What was there is kept in {path}." for path in done.replaced]
    if done.secrets == "unreadable":
        lines.append(f"The key at hand does not open its secrets: put the key file of that time to {done.key_file}.")
    show(done, lines, as_json=as_json)


def move(
    to: Annotated[
        str, typer.Option("--to", metavar="URL", help="Of the other database; env:NAME reads it from the environment.")
    ] = "",
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Stay with this database after a move that was interrupted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Carry the home into another database, SQLite or PostgreSQL; nothing is lost, and the former one stays."""
    if bool(to) is cancel:
        raise UsageError("A move has either --to URL or --cancel.", next_step="Give one of both.")
    if cancel:
        with session() as (workspace, actor):
            stopped = moving.cancel(workspace, actor)
        writes = "Writes stay stopped, as they were before." if stopped else "Writes are allowed again."
        show({"stop_writes": stopped}, [f"The home stays in this database. {writes}"], as_json=as_json)
        return
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that nothing stays stopped that nobody had stopped
        signal.signal(number, _interrupted)
    with session() as (workspace, actor):
        done = moving.move(workspace, actor, documents.option("--to", to))
    lines = [
        f"{done.rows:,} rows in {done.tables} tables were carried from {done.source} to {done.target}, and counted.",
        "Set CROSSDOCK_DATABASE_URL to the new address, for screens and workers alike, and start them again.",
        "Writes of the former database stay stopped.",
    ]
    show(done, lines, as_json=as_json)


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt
