"""Engines and sessions for SQLite (one machine) and PostgreSQL (several hosts).

SQLite: WAL, foreign keys on, and every write session begins with BEGIN IMMEDIATE, because the driver's default lets
two processes read, modify and write over each other. A transaction never spans a network call.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import PoolProxiedConnection
from sqlmodel import Session, SQLModel

BUSY_TIMEOUT_MS = 30_000
_SILENCE, _ASK_AGAIN, _ASK_TIMES = 5, 5, 3
"""Seconds of silence after which the other end of a connection is asked for, again after so many, and how often."""
_PATIENCE_MS = 500
"""For readers of the log while it is emptied: nobody else can write meanwhile."""
CHUNK = 1_000
"""Rows per statement and per transaction of a bulk write; more would starve other writers of SQLite."""


class Database:
    """One database: `read()` and `write()` give sessions whose objects stay readable after the end."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(self.url.database or "", url)
        else:
            told = server_patience(url, both=True)
            self.engine = create_engine(self.url, connect_args=told, pool_pre_ping=True, pool_size=10, max_overflow=20)
        self._writer = self.engine.execution_options(write=True)
        self._watch: PoolProxiedConnection | None = None
        self._watching = Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; anything written in it is rolled back."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end, or rolls back when an exception leaves it."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    def state(self) -> str:
        """A word that is another one once anything was committed, by whomever; costs next to nothing.

        While it is the same nothing has to be read again. Two words say nothing about what changed.
        """
        if not self.is_sqlite:
            with self.engine.connect() as connection:
                return str(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())
        with self._watching:
            if self._watch is None:
                # SQLite counts the commits of others, per connection: one that never writes sees them all.
                self._watch = self.engine.raw_connection()
            cursor = self._watch.cursor()
            cursor.execute("PRAGMA data_version")
            return str(cursor.fetchone())

    def let_go(self) -> None:
        """Let what was deleted leave the files of SQLite: the log holds older pages until it is emptied.

        A log that somebody reads stays for the next time. On a server its own upkeep does as much.
        """
        if not self.is_sqlite:
            return
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        finally:
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self.engine.dispose()


def server_patience(url: str, *, both: bool = False) -> dict[str, Any]:
    """Options of a connection to PostgreSQL by which a lost network is noticed, here and with `both` there.

    Else a host that is cut off keeps its locks for the two hours after which the server asks for it, and waits as long
    for answers. What the URL itself says stays.
    """
    wanted: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives_idle": _SILENCE,
        "keepalives_interval": _ASK_AGAIN,
        "keepalives_count": _ASK_TIMES,
        "tcp_user_timeout": 1000 * (_SILENCE + _ASK_AGAIN * _ASK_TIMES),
    }
    if both:
        wanted["options"] = " ".join(
            f"-c {name}={value}"
            for name, value in {
                "tcp_keepalives_idle": _SILENCE,
                "tcp_keepalives_interval": _ASK_AGAIN,
                "tcp_keepalives_count": _ASK_TIMES,
                "tcp_user_timeout": wanted["tcp_user_timeout"],
            }.items()
        )
    said = make_url(url).query
    return {name: value for name, value in wanted.items() if name not in said}


def plain_rows(session: Session, query: Any) -> Sequence[Any]:
    """All rows of a query, as tuples straight from the driver: making a `Row` of each takes longer than finding them.

    Values are the driver's own: SQLite gives numbers for booleans and texts for moments, and nothing is decrypted.
    """
    rows: Sequence[Any] = session.connection().execute(query).cursor.fetchall()
    return rows


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite address; None for servers, for memory, and for what is no address."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return None
    name = parsed.database or ""
    is_file = parsed.get_backend_name() == "sqlite" and name not in ("", ":memory:") and not name.startswith("file:")
    return Path(name) if is_file else None


def _sqlite_engine(file: str, url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what was deleted is overwritten; the default of many systems
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def upsert(
    session: Session,
    model: type[SQLModel],
    rows: Sequence[dict[str, Any]],
    *,
    keys: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert `rows`, or update the columns `update` of those whose `keys` exist; nothing else is touched."""
    if not rows:
        return
    statement = _upsert(model, session.get_bind().dialect.name, tuple(keys), tuple(update))
    connection = session.connection()
    for start in range(0, len(rows), CHUNK):
        connection.execute(statement, list(rows[start : start + CHUNK]))


@cache
def _upsert(model: type[SQLModel], dialect: str, keys: tuple[str, ...], update: tuple[str, ...]) -> Any:
    """The statement, made once: its columns cost more than a row does."""
    dialects = importlib.import_module(f"sqlalchemy.dialects.{dialect}")  # the other one takes long to load
    statement = dialects.insert(model.__table__)  # type: ignore[attr-defined]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in update}
    )
