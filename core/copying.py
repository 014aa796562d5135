"""Rows from one database to another, whatever kind each is of: what is encrypted stays as it stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import LargeBinary, MetaData, Table, insert, select
from sqlalchemy.engine import Connection

from core import keyring
from core.files import PRIVATE_FILE
from core.model.tables import every_table

_ROWS = 1_000


def raw_tables() -> list[Table]:
    """The tables with what is encrypted as it stands: copying needs no key."""
    raw = MetaData()
    for table in every_table():
        table.to_metadata(raw)
    for column in keyring.encrypted_columns():
        raw.tables[column.table.name].columns[column.name].type = LargeBinary()
    return raw.sorted_tables


def copy_rows(origin: Connection, target: Connection, tables: Sequence[Table] = ()) -> None:
    """Copy all rows of tables (without any: of those of the models), a thousand at a time."""
    for table in tables or raw_tables():
        found = origin.execution_options(yield_per=_ROWS).execute(select(table))
        for batch in found.partitions():
            target.execute(insert(table), [dict(row._mapping) for row in batch])


def make_single(file: Path) -> None:
    """Let an SQLite database be one file, without a journal beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    file.chmod(PRIVATE_FILE)
