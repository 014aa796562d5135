"""Files that nobody but this account may read."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def ensure_private(path: Path) -> None:
    """Make the file, empty, for this account alone, and its folder if need be; one that exists stays as it is.

    SQLite would make its files as open as the umask allows; what it adds to a database takes the mode of the database.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))


def is_open_to_others(path: Path, bits: int = 0o077) -> bool:
    """Whether accounts other than the owner have one of the rights `bits`; systems without modes know no answer."""
    return os.name == "posix" and bool(path.stat().st_mode & bits)
