"""The whole home from one database to another: from SQLite to PostgreSQL when a shop grows, and back.

It is a backup that is restored into the other database, and every row is counted on both sides. Writes of the database
that was left stay stopped, so that nobody goes on with it by mistake.

The switch that stops writes holds the move while it lasts, and the copy says the same until it is whole. So one that
was killed is known on both sides: it is run again, over its own unfinished copy, or cancelled.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core import backup
from core.actor import Actor
from core.database import Database, sqlite_file
from core.errors import ConfigurationError, CrossdockError, UsageError
from core.jobs.views import living_workers
from core.model.setting import writes_are_stopped
from core.model.tables import every_table
from core.people.rights import require_admin
from core.scratch import scratch
from core.settings import Settings
from core.stop_writes import note_move
from core.stopped import Move, move_of, why_stopped
from core.workspace import Workspace, opened

_GROWS = ("audit",)
"""What the moving itself writes down."""


@dataclass(frozen=True)
class Moved:
    """What was moved, and where to: the kind of database, never its address, which may hold a password."""

    source: str
    target: str
    tables: int
    rows: int


def move(workspace: Workspace, actor: Actor, target_url: str) -> Moved:
    """Copy everything into another database, which is empty or holds what an interrupted move of this home has left.

    Raises UsageError for a wrong address, ConfigurationError while a worker or another move runs, where the other
    database holds data, cannot be used, or does not hold every row afterwards. What is here stays as it is, with its
    writes stopped.
    """
    require_admin(workspace.database, actor, "move the home")
    settings = workspace.settings
    target = settings.model_copy(update={"database_url": target_url})
    kinds = _kind(settings.database), _kind(target_url)
    if make_url(target_url) == make_url(settings.database):
        raise UsageError("That is the database in use.", next_step="Name another one.")
    with workspace.database.read() as session:
        if living_workers(session):
            raise ConfigurationError("A worker is running.", next_step="Stop all workers and screens, then move.")
        before, why = move_of(session), why_stopped(session)
        were_stopped = before.were_stopped if before else writes_are_stopped(session)
    if before and before.is_under_way and why:
        raise ConfigurationError(why.why, next_step=why.fix)
    going = Move(kinds[1], were_stopped)
    if before:
        going = replace(going, id=before.id)
    note_move(workspace, actor, going)
    try:
        rows = _carry(workspace, actor, target, going)
    except BaseException:
        note_move(workspace, actor, before or were_stopped)
        raise
    return Moved(*kinds, len(rows), sum(rows.values()))


def cancel(workspace: Workspace, actor: Actor) -> bool:
    """Stay with this database: writes are as they were before a move; gives whether they are stopped.

    Raises UsageError where no move has stopped them.
    """
    require_admin(workspace.database, actor, "move the home")
    with workspace.database.read() as session:
        begun = move_of(session)
    if begun is None:
        raise UsageError("No move has stopped the writes of this database.")
    note_move(workspace, actor, begun.were_stopped)
    return begun.were_stopped


def _carry(workspace: Workspace, actor: Actor, target: Settings, going: Move) -> dict[str, int]:
    """Copy, and compare; gives the rows of each table."""
    before = _counted(workspace.database)
    with scratch(target.home) as folder:
        file = folder / "backup" / "home.zip"  # in a folder of its own: a backup locks where it is made
        file.parent.mkdir()
        backup.save(workspace, actor, file)
        try:
            backup.restore(target, actor, file, force=_is_left_by(going, target))
        except CrossdockError as error:
            error.subject = "the other database"
            raise
    with opened(target) as there:
        after = _counted(there.database)
        now = _counted(workspace.database)
        if not all(_is_whole(name, before[name], now[name]) for name in before):
            raise ConfigurationError(
                "Somebody has written to the database meanwhile.",
                next_step="Stop all workers and screens, empty the other database, and move again.",
            )
        lost = [name for name in before if not _is_whole(name, before[name], after[name])]
        if lost:
            raise ConfigurationError(
                f"The other database does not hold the same rows ({', '.join(lost[:5])}).",
                next_step="Empty it and move again, with all screens closed.",
            )
        # In this order: killed in between, both stay stopped, and the move can be run again.
        note_move(workspace, actor, replace(going, is_done=True))
        note_move(there, actor, going.were_stopped)
    return after


def _is_left_by(going: Move, target: Settings) -> bool:
    """Whether the other database holds an unfinished copy that this very move has made before it was killed."""
    file = sqlite_file(target.database)
    if file is not None and not file.exists():
        return False
    with closing(Database(target.database)) as database:
        try:
            with database.read() as session:
                there = move_of(session)
        except SQLAlchemyError:  # it has no tables yet, or none of ours
            return False
    return there is not None and there.id == going.id


def _is_whole(table: str, before: int, after: int) -> bool:
    return after >= before if table in _GROWS else after == before


def _counted(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {
            table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in every_table()
        }


def _kind(url: str) -> str:
    try:
        address = make_url(url)
        found, driver = address.get_backend_name(), address.get_driver_name()
    except (ArgumentError, ValueError, ImportError):
        found = driver = ""
    if (found, driver) not in (("sqlite", "pysqlite"), ("postgresql", "psycopg")):
        raise UsageError(
            "That is no address of a database.", next_step="Give sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME."
        )
    return "SQLite" if found == "sqlite" else "PostgreSQL"
