"""A log file that several processes append to, and that is rotated when it has grown: FILE, FILE.1, FILE.2 and so on.

The handlers of the standard library rotate under each other: two processes that find the file too large both rename
it, and what one of them goes on writing is lost. Here whoever rotates holds a lock on the file itself and looks again
first, and all others notice with their next record that the name means another file.
"""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

from core.files import PRIVATE_FILE, ensure_private, is_open_to_others


class RotatedFile(WatchedFileHandler):
    """Appends to a file that nobody else may read; of older ones `count` are kept. Raises OSError."""

    def __init__(self, file: Path, most: int, count: int) -> None:
        """`most` bytes, and the record that exceeds them, go to one file."""
        self._file, self._most, self._count = file, most, count
        super().__init__(file, encoding="utf-8")
        if is_open_to_others(file):
            file.chmod(PRIVATE_FILE)

    def _open(self) -> TextIOWrapper:
        ensure_private(self._file)
        return super()._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record, and rotate the file if it has become too large by that."""
        super().emit(record)
        with suppress(OSError, ValueError):  # the record is written; the next one tries it again
            if self.stream is not None and os.fstat(self.stream.fileno()).st_size > self._most:
                self._rotate(self.stream.fileno())

    def _rotate(self, mine: int) -> None:
        fcntl.flock(mine, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(mine), self._file.stat()):  # nobody else was faster
                for number in range(self._count, 0, -1):
                    older = self._numbered(number - 1) if number > 1 else self._file
                    with suppress(FileNotFoundError):
                        older.replace(self._numbered(number))
        finally:
            fcntl.flock(mine, fcntl.LOCK_UN)
        self.reopenIfNeeded()

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{self._file.name}.{number}")
