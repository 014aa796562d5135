"""Brings a database to the schema this program needs.

Alembic is imported only when something has to be done: a normal start compares two strings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from core.database import Database

HEAD = "0002"
"""The newest revision in `versions/`; a test holds the two together."""


def ensure_schema(database: Database) -> None:
    """Migrate when the database is older than the program; raises ConfigurationError when it is newer."""
    found = revision(database)
    if found == HEAD:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            with _exclusive(database):
                if revision(database) != HEAD:  # another process may have been faster
                    command.upgrade(config, "head")
    except CommandError:
        raise ConfigurationError(
            f"The database has schema {found}, which this version does not know.",
            next_step="Install the newer Crossdock that wrote it, or restore the backup made before the upgrade.",
        ) from None


def revision(database: Database) -> str | None:
    """The revision that a database says it has; None for one that is empty."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        try:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        except SQLAlchemyError:
            return None


class _exclusive:
    """Lets one process migrate at a time: a file lock beside SQLite, an advisory lock on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        if self._database.is_sqlite:
            import fcntl

            self._file = Path(f"{self._database.url.database}.migrating").open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX)
        else:
            self._connection = self._database.engine.connect()
            self._connection.execute(text("SELECT pg_advisory_lock(7264819)"))

    def __exit__(self, *_: object) -> None:
        if self._database.is_sqlite:
            self._file.close()
        else:
            self._connection.execute(text("SELECT pg_advisory_unlock(7264819)"))
            self._connection.close()
