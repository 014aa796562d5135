"""Every row of a database as it is stored: what somebody has touched is what differs afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.database import Database
from core.model.tables import every_table

Rows = dict[tuple[str, tuple[Any, ...]], tuple[Any, ...]]


def whole_rows(database: Database, *, but: Sequence[str] = ()) -> Rows:
    """(table, primary key) → all its columns, secrets as the ciphers they are; without the tables of `but`."""
    rows: Rows = {}
    with database.engine.connect() as connection:
        for table in every_table():
            if table.name in but:
                continue
            for row in connection.execute(text(f'SELECT * FROM "{table.name}"')).mappings():
                key = tuple(row[column.name] for column in table.primary_key)
                rows[table.name, key] = tuple(str(value) for value in row.values())
    return rows


def touched(before: Rows, after: Rows) -> set[tuple[str, tuple[Any, ...]]]:
    """The rows of `before` that have changed or gone; new ones are nobody's yet."""
    return {key for key, row in before.items() if after.get(key) != row}
