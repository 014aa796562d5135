"""Brings a database to the schema this program needs.

A new database is laid out from the models at once; one of an older version goes through the migrations between.
Alembic is imported only for these: a normal start compares two strings.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import SQLModel

from core.database import Database, sqlite_file
from core.errors import ConfigurationError
from core.files import ensure_private
from core.redaction import redact
from core.settings import Settings

HEAD = "0029"
"""The newest revision in `versions/`; a test holds the two together."""


def open_database(settings: Settings) -> Database:
    """Open the configured database and bring its schema up to date; raises ConfigurationError when it cannot."""
    try:
        file = sqlite_file(settings.database)
        if file is not None:
            ensure_private(file)
        database = Database(settings.database)
        ensure_schema(database, settings.home)
    except (SQLAlchemyError, sqlite3.Error, ImportError, ValueError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise ConfigurationError(
            f"The database cannot be used: {redact(str(reason).splitlines()[0])}.",
            next_step="Check CROSSDOCK_DATABASE_URL, the server, the rights on the file and its folder, and its room.",
        ) from None
    return database


def ensure_schema(database: Database, home: Path | None = None) -> None:
    """Lay out a new database and migrate an older one; raises ConfigurationError when it is newer than the program.

    An older one is kept as it was: one that is a file beside it, one of a server in `home`, where that is given.
    """
    if revision(database) == HEAD:
        return
    with _exclusive(database):
        found = revision(database)  # another process may have been faster
        if found is None:
            lay_out(database)
        elif found != HEAD:
            if found < HEAD:
                _keep(database, found, home)
            migrate(database, found)


def _keep(database: Database, found: str, home: Path | None) -> None:
    from core.migrations import kept

    if database.is_sqlite:
        kept.keep_file(database, found)
    elif home is not None:
        kept.keep_server(database, found, home, migrate)


def lay_out(database: Database) -> None:
    """Make the tables of the models in an empty database, as all migrations together would."""
    import core.model.tables  # noqa: F401 - registers them

    with database.write() as session:
        SQLModel.metadata.create_all(session.connection(), checkfirst=False)
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        session.execute(text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": HEAD})


def migrate(database: Database, found: str | None, to: str = "head") -> None:
    """Run the migrations that lie between the revision that was found and the newest one, or another."""
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    try:
        with database.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
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
            # In no transaction: a server may end one that stands idle for long, and the lock with it.
            engine = self._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._connection = engine.connect()
            self._connection.execute(text("SELECT pg_advisory_lock(7264819)"))

    def __exit__(self, *_: object) -> None:
        if self._database.is_sqlite:
            self._file.close()
        else:
            self._connection.execute(text("SELECT pg_advisory_unlock(7264819)"))
            self._connection.close()
