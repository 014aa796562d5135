"""Keys of rows that were given once are never given again, whatever became of the rows.

SQLite would reuse the highest key when its row is deleted; AUTOINCREMENT (set for every numbered table in `core.model`)
remembers how far each table was numbered, as PostgreSQL's sequences do. Where rows move, in a migration, a backup or a
restoration, these marks have to move with them: sessions, jobs in a queue and the audit outlive the rows they name.
"""

from __future__ import annotations

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from core.model.tables import every_table

_MOST = 1 << 53
"""No table gets there; a mark beyond it was not made by numbering."""


def marks(connection: Connection) -> dict[str, int]:
    """The highest key that was ever given, by table; tables that were never written to are left out."""
    if connection.dialect.name == "sqlite":
        if not _keeps_marks(connection):
            return {}
        found = connection.execute(text("SELECT name, seq FROM sqlite_sequence")).all()
    else:
        names = _numbered(connection)
        found = [(name, connection.execute(text(f"SELECT {_last(name)}")).scalar()) for name in names]  # type: ignore[misc]
    return plausible(found)


def plausible(found: object) -> dict[str, int]:
    """Pairs of table and mark as they were read, without what cannot be one."""
    pairs = [tuple(pair) for pair in found]  # type: ignore[attr-defined]
    return {name: mark for name, mark in pairs if isinstance(mark, int) and 0 < mark < _MOST}


def go_on_from(connection: Connection, reached: dict[str, int]) -> None:
    """Number new rows after the marks that were reached, and after the rows that are there."""
    for name in _numbered(connection) if _keeps_marks(connection) else ():
        highest = connection.execute(text(f'SELECT MAX(id) FROM "{name}"')).scalar() or 0
        mark = max(reached.get(name, 0), highest)
        if not mark:
            continue
        if connection.dialect.name != "sqlite":
            connection.execute(text(f"SELECT setval({_sequence(name)}, GREATEST(COALESCE({_last(name)}, 1), {mark}))"))
            continue
        known = connection.execute(
            text("UPDATE sqlite_sequence SET seq = MAX(seq, :mark) WHERE name = :name"), {"mark": mark, "name": name}
        )
        if not known.rowcount:
            connection.execute(
                text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :mark)"), {"mark": mark, "name": name}
            )


def _keeps_marks(connection: Connection) -> bool:
    """Whether its schema has them: those of SQLite came with a migration."""
    return connection.dialect.name != "sqlite" or inspect(connection).has_table("sqlite_sequence")


def _numbered(connection: Connection) -> list[str]:
    """Those of the tables that there are: an older schema lacks some."""
    there = inspect(connection).get_table_names()
    return [table.name for table in every_table() if "id" in table.columns and table.name in there]


def _sequence(table: str) -> str:
    return f"pg_get_serial_sequence('\"{table}\"', 'id')"


def _last(table: str) -> str:
    return f"pg_sequence_last_value({_sequence(table)}::regclass)"
