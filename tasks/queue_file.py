"""The queue as an SQLite file, which may be damaged, taken away or remade at any time: nothing is lost with it.

The job table is the truth. A file that is no queue any more is moved aside and made anew by whoever finds it, and a
process that has it open notices that it was replaced.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from huey.storage import SqliteStorage

from core.files import ensure_private

log = logging.getLogger(__name__)

LOCK_WAIT = 30.0
"""Real seconds to wait for another process that writes."""
_LOOK_WAIT = 2.0
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SIDES = ("", "-wal", "-shm")

Answer = TypeVar("Answer")


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file holds no database, or a broken one."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _DAMAGE


class QueueFile(SqliteStorage):  # type: ignore[misc]
    """Huey's storage in a file that is made anew when it is damaged and `may_move` allows it.

    synchronous=NORMAL is right for WAL, five times faster than Huey's default, and safe at power loss.
    """

    _conn: Any

    def __init__(self, name: str, *, filename: str, may_move: bool) -> None:
        self._file = Path(filename)
        self._may_move = may_move
        self._opened: tuple[int, int] | None = None
        super().__init__(name, filename=filename, timeout=LOCK_WAIT, create_tables=False)

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Add a message."""
        self._whole(lambda: super(QueueFile, self).enqueue(data, priority))

    def dequeue(self) -> Any:
        """Take the next message; None when there is none."""
        return self._whole(lambda: super(QueueFile, self).dequeue())

    def queue_size(self) -> int:
        """How many messages wait."""
        return int(self._whole(lambda: super(QueueFile, self).queue_size()))

    @property
    def conn(self) -> Any:
        """The connection to the file that bears the name now, not to one that was moved away."""
        if self._conn is not None and self._opened != _identity(self._file):
            self._conn.close()
            self._conn = None
        return super().conn

    def _create_connection(self) -> Any:
        ensure_private(self._file)
        self._opened = _identity(self._file)
        connection = super()._create_connection()
        try:
            connection.execute("pragma synchronous=normal")
            for statement in self.ddl:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _whole(self, act: Callable[[], Answer]) -> Answer:
        """What `act` gives, from a new file when the present one is damaged."""
        try:
            return act()
        except sqlite3.DatabaseError as error:
            if not (self._may_move and is_damage(error)):
                raise
        self.close()
        _move_aside(self._file)
        return act()


def waiting(file: Path, name: str) -> int:
    """How many messages wait in the file; changes nothing. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=_LOOK_WAIT)
    try:
        return int(connection.execute("select count(*) from task where queue = ?", (name,)).fetchone()[0])
    finally:
        connection.close()


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _move_aside(file: Path) -> None:
    """Rename a damaged file and what SQLite keeps beside it; does nothing when another process was quicker."""
    with _alone(file):
        if _is_sound(file):
            return
        aside = f"{file}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        for side in reversed(_SIDES):  # a journal that is left alone would be taken for the new file's
            with suppress(FileNotFoundError):
                Path(f"{file}{side}").rename(f"{aside}{side}")
    log.warning("the queue %s was damaged; it is moved to %s and made anew. No job is lost by that", file, aside)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    ensure_private(turn := Path(f"{file}.moving"))
    with turn.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_sound(file: Path) -> bool:
    try:
        connection = sqlite3.connect(file, timeout=LOCK_WAIT)
        try:
            return bool(connection.execute("pragma quick_check(1)").fetchone()[0] == "ok")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        return not is_damage(error)
