"""The home folder: whose it is, who else may read its files, disk space, logs and the key."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from core import vault
from core.checks import Check
from core.database import sqlite_file
from core.doctor import times
from core.doctor.careful import looked
from core.errors import VaultError
from core.files import is_open_to_others
from core.settings import Settings

LEAST_FREE = 1_000_000_000
"""Bytes of disk below which an import of many orders may fill it."""
MOST_LOGS = 1_000_000_000
_WRITABLE = 0o022


def checks(settings: Settings) -> Iterator[Check]:
    """Folder, files, disk and logs."""
    folder = settings.home
    if not folder.is_dir():
        if folder.exists():
            yield Check("home", False, f"{folder} is not a folder.", "Move it away, or set CROSSDOCK_HOME.")
        else:
            yield Check("home", True, f"{folder} does not exist yet; it is made at the first start.")
        return
    yield from looked("home", lambda: _folder(folder))
    yield from looked("files", lambda: _files(settings))
    yield from looked("file times", lambda: times.of_files(folder))
    yield from looked("disk", lambda: disk(folder))
    yield from looked("logs", lambda: _logs(folder / "logs"))


def key(settings: Settings) -> Check:
    """Whether the key that encrypts the credentials can be read."""
    where = "CROSSDOCK_KEY" if settings.key else f"The file {settings.key_path}"
    if not settings.key and not settings.key_path.exists() and not _is_file(sqlite_file(settings.database)):
        return Check("key", True, "There is none yet; it is made at the first start.")
    try:
        vault.open_vault(settings, create=False)
    except VaultError as error:
        return Check("key", False, error.what, error.next_step)
    return Check("key", True, f"{where} holds a key.")


def _is_file(path: Path | None) -> bool:
    return path is not None and path.is_file()


def _folder(folder: Path) -> Check:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("home", False, f"This account may not write to {folder}.", f"Run: chown -R $USER {folder}")
    if is_open_to_others(folder, _WRITABLE):
        return Check("home", False, f"Other accounts may write to {folder}.", f"Run: chmod 700 {folder}")
    return Check("home", True, f"{folder}, for this account to write to alone.")


def _files(settings: Settings) -> Check:
    """Database, queue, key, configuration and logs hold what others must not read."""
    folder = settings.home
    named = [sqlite_file(settings.database), sqlite_file(settings.queue), folder / "config.toml"]
    files = [path for path in named if path is not None]
    files += [path.with_name(path.name + suffix) for path in files for suffix in ("-wal", "-shm")]
    files += [settings.key_path, *sorted((folder / "logs").glob("*"))]
    present = [path for path in files if path.is_file()]
    open_ones = [str(path) for path in present if is_open_to_others(path)]
    if open_ones:
        return Check(
            "files", False, f"Other accounts may read {', '.join(open_ones)}.", f"Run: chmod 600 {' '.join(open_ones)}"
        )
    return Check("files", True, f"{len(present)} files, for this account alone.")


def disk(folder: Path) -> Check:
    """Whether there is room for an import of many orders."""
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB are free."
    return Check(
        "disk", free >= LEAST_FREE, message, "" if free >= LEAST_FREE else "Make room, or move the home folder."
    )


def _logs(folder: Path) -> Check:
    sizes = [path.stat().st_size for path in folder.glob("*") if path.is_file()]
    message = f"{len(sizes)} files in {folder}, {sum(sizes) / 1e6:.1f} MB."
    small = sum(sizes) <= MOST_LOGS
    return Check("logs", small, message, "" if small else "Delete or rotate them; nothing reads them again.")
