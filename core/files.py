"""Files that nobody but this account may read, and that are there whole or not at all."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
_CHUNK = 1 << 20
_DESCRIPTORS = Path("/proc/self/fd")


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


@contextmanager
def whole(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """A file to write (and read) that takes its name when the block ends well, with all that was written on the disk.

    Without `replace` it never takes the place of another file: FileExistsError. Until it has its name it has none, so a
    killed process leaves nothing; systems that know no such files get a name beside, which the next one removes.
    """
    folder = path.parent
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    if replace:
        _remove_left(path)
    descriptor, is_named = _open(temporary)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
            if not is_named:
                _name(descriptor, temporary if replace else path)
            elif not replace:
                _move(temporary, path)
        if replace:
            temporary.replace(path)
        _sync(folder)
    finally:
        temporary.unlink(missing_ok=True)


def keep_aside(path: Path, suffix: str) -> Path:
    """Give a file a second name beside the first, `suffix` (and a number) after it; nothing is written over."""
    number = 1
    while True:
        aside = path.with_name(f"{path.name}.{suffix}" + (f"-{number}" if number > 1 else ""))
        try:
            os.link(path, aside)
        except FileExistsError:
            number += 1
        except OSError:  # a disk without links
            if not aside.exists():
                with path.open("rb") as origin, whole(aside, replace=False) as copy:
                    while chunk := origin.read(_CHUNK):
                        copy.write(chunk)
                return aside
            number += 1
        else:
            return aside


def put_back(aside: Path, path: Path) -> None:
    """Undo `keep_aside`, whatever stands at `path` now."""
    if path.exists() and aside.samefile(path):
        aside.unlink()
    else:
        aside.replace(path)


def _open(temporary: Path) -> tuple[int, bool]:
    """A new file without a name where that can be, otherwise with this one; says whether it has it."""
    if hasattr(os, "O_TMPFILE") and _DESCRIPTORS.is_dir():
        with suppress(OSError):
            return os.open(temporary.parent, os.O_RDWR | os.O_TMPFILE, PRIVATE_FILE), False
    return os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), True


def _name(descriptor: int, path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:  # with a folder given, Python makes the call that follows the link to the file itself
        os.link(_DESCRIPTORS / str(descriptor), path.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _move(temporary: Path, path: Path) -> None:
    """Rename without replacing."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links, such as a memory stick
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
        temporary.replace(path)


def _remove_left(path: Path) -> None:
    """Remove what killed writers of this file left."""
    for left in path.parent.glob(f"{path.name}.*"):
        if re.fullmatch(r"[0-9a-f]{32}", left.name.removeprefix(f"{path.name}.")):
            left.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Let a change of names outlive a power loss, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
