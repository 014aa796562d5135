"""A database as it was before it is migrated: the way back that nobody has to remember to make.

One of the version before is kept, older ones go.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

from sqlalchemy import DateTime, MetaData, Table, delete, inspect
from sqlalchemy.engine import Connection
from sqlmodel.sql.sqltypes import UTCDateTime

from core import archive, clock, copying, numbering
from core.database import Database
from core.files import PRIVATE_FOLDER, ensure_private, whole
from core.scratch import scratch
from core.settings import sqlite_url

_COPY = "before-upgrade-of-"
Migrate = Callable[[Database, str | None, str], None]


def keep_file(database: Database, found: str) -> None:
    """Keep an SQLite database of an older schema beside itself."""
    file = Path(str(database.url.database))
    copy = file.with_name(f"{file.name}.{_COPY}{found}")
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    ensure_private(unfinished)
    try:
        with database.engine.connect() as connection, closing(sqlite3.connect(unfinished)) as target:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.backup(target)
        unfinished.replace(copy)
    finally:
        unfinished.unlink(missing_ok=True)
    _remove_older(copy, f"{file.name}.{_COPY}*")


def keep_server(database: Database, found: str, home: Path, migrate: Migrate) -> None:
    """Keep a server's database of an older schema as a backup in the home folder, for `crossdock restore`.

    `migrate` brings an empty database to a schema.
    """
    home.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    backup = home / f"{_COPY}{found}"
    with scratch(home) as folder:
        file = folder / archive.DATABASE
        _copy(database, found, file, migrate)
        with whole(backup, replace=True) as target:
            archive.pack(target, file, {}, created=clock.now().isoformat(timespec="seconds"), schema=found)
    _remove_older(backup, f"{_COPY}*")


def _copy(database: Database, found: str, file: Path, migrate: Migrate) -> None:
    copy = Database(sqlite_url(file))
    try:
        migrate(copy, None, found)
        source = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with source.connect() as origin, copy.engine.execution_options(write=True).begin() as target:
            tables = _tables(origin, inspect(target).get_table_names())
            for table in reversed(tables):  # what migrations have put in
                target.execute(delete(table))
            copying.copy_rows(origin, target, tables)
            numbering.go_on_from(target, numbering.marks(origin))
    finally:
        copy.close()
    copying.make_single(file)


def _tables(origin: Connection, there: Collection[str]) -> list[Table]:
    """The tables that a server has, in types that any database knows; what is not `there` is somebody else's."""
    found = MetaData()
    found.reflect(origin)
    known = {(table.name, column.name): column.type for table in copying.raw_tables() for column in table.columns}
    tables = [table for table in found.sorted_tables if table.name in there and table.name != "alembic_version"]
    for table in tables:
        for column in table.columns:
            plain = UTCDateTime() if isinstance(column.type, DateTime) else column.type.as_generic(allow_nulltype=True)
            column.type = known.get((table.name, column.name), plain)
    return tables


def _remove_older(newest: Path, pattern: str) -> None:
    for older in newest.parent.glob(pattern):
        if older != newest:
            older.unlink()
