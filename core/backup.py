"""The whole state in one file, and back: database, preferences and, when asked for, the key.

The file is a zip with a manifest. The database in it is always an SQLite file, whatever it was taken from, so a backup
of one kind of database restores on the other, and an older one is brought up to date before it takes the place of
anything. Secrets and personal data stay encrypted; without `with_key` the file is worth nothing without the key.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import LargeBinary, MetaData, Table, insert, select, text
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from core import clock, keys, vault
from core.actor import Actor
from core.audit import record
from core.database import Database, sqlite_file
from core.errors import ConfigurationError, UsageError, VaultError
from core.files import PRIVATE_FILE, PRIVATE_FOLDER
from core.jobs.views import living_workers
from core.migrations.runner import HEAD, ensure_schema
from core.rights import require_admin
from core.settings import Settings, sqlite_url
from core.workspace import Workspace

FORMAT = 1
PREFERENCES = "ui.toml"
_MANIFEST = "manifest.json"
_DATABASE = "crossdock.db"
_KEY = "key"
_MEMBERS = {_DATABASE, _KEY, PREFERENCES}
_CHUNK = 1 << 20
_ROWS = 1_000
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, NotImplementedError, OSError)


@dataclass(frozen=True)
class Saved:
    """What was saved."""

    file: str
    created: str
    schema: str
    with_key: bool

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self)


@dataclass(frozen=True)
class Restored:
    """What was restored; `secrets` are `readable`, `unreadable` (the key is missing or another one) or `none`."""

    file: str
    created: str
    secrets: str
    key_file: str
    replaced: tuple[str, ...]
    """Where what was there before is kept."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self) | {"replaced": list(self.replaced)}


def save(workspace: Workspace, actor: Actor, target: Path, *, with_key: bool = False) -> Saved:
    """Write a backup; safe while everything runs. Raises UsageError when the file exists or cannot be written."""
    require_admin(workspace.database, actor, "make backups")
    if target.exists():
        raise UsageError("It exists already.", subject=str(target), next_step="Give another name.")
    created = clock.now().isoformat(timespec="seconds")
    try:
        with _scratch(target.absolute().parent) as folder:
            _snapshot(workspace.database, folder / _DATABASE)
            members = {_DATABASE: folder / _DATABASE}
            if (workspace.settings.home / PREFERENCES).is_file():
                members[PREFERENCES] = workspace.settings.home / PREFERENCES
            if with_key:
                vault.write_keys(folder / _KEY, vault.keys(), replace=True)
                members[_KEY] = folder / _KEY
            _pack(folder / "backup", members, {"format": FORMAT, "created": created, "schema": HEAD})
            os.link(folder / "backup", target)  # whole or not at all, and never over another file
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}.", subject=str(target), next_step="Give a place that can."
        ) from None
    with workspace.database.write() as session:
        record(session, actor, "backup", "database", with_key=with_key)
    return Saved(str(target), created, HEAD, with_key)


def restore(settings: Settings, actor: Actor, source: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the database, checked as a whole before anything is touched.

    `force` replaces what is there and keeps it beside. Raises UsageError for a file that is no backup or damaged,
    ConfigurationError for one of a newer program, while a worker or anything else has the database open, and for a
    home that is in use when `force` does not allow it.
    """
    settings.home.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    file = sqlite_file(settings.database)
    place = file.absolute().parent if file else settings.home
    place.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with _scratch(place) as folder:
        manifest = _unpack(source, folder)
        _bring_up_to_date(folder / _DATABASE, actor)
        key = _key_to_write(settings, folder / _KEY, force)
        replaced: list[str] = []
        if file:
            with _alone(file, force):
                _put_key(settings, key, replaced)
                _aside(file, replaced)
                (folder / _DATABASE).replace(file)
        else:
            with _server(settings, force) as database:
                _put_key(settings, key, replaced)
                _fill(database, folder / _DATABASE)
        if (folder / PREFERENCES).is_file():
            (folder / PREFERENCES).replace(settings.home / PREFERENCES)
    secrets = _secrets(settings)
    return Restored(str(source), manifest["created"], secrets, str(settings.key_path), tuple(replaced))


@contextmanager
def _scratch(place: Path) -> Iterator[Path]:
    """A folder of our own on the same disk, so that finished files only change their name."""
    folder = Path(tempfile.mkdtemp(prefix=".crossdock-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# -- the file -------------------------------------------------------------------------------------------------------


def _pack(target: Path, members: dict[str, Path], manifest: dict[str, Any]) -> None:
    """Write the members and, with their sizes and checksums, the manifest."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            listed = {}
            for name, path in members.items():
                with path.open("rb") as origin, archive.open(name, "w", force_zip64=True) as copy:
                    listed[name] = _copy(origin, copy)
            archive.writestr(_MANIFEST, json.dumps({**manifest, "members": listed}, indent=2))
        file.flush()
        os.fsync(file.fileno())


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Check a backup and lay its members out; returns the manifest."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] != FORMAT:
                raise ConfigurationError(
                    "It was written by a newer Crossdock.", subject=str(source), next_step="Install that version."
                )
            if _DATABASE not in manifest["members"] or not manifest["members"].keys() <= _MEMBERS:
                raise KeyError(_DATABASE)
            for name, wanted in manifest["members"].items():
                descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
                with archive.open(name) as origin, os.fdopen(descriptor, "wb") as copy:
                    if _copy(origin, copy, wanted["size"]) != wanted:
                        raise ValueError(name)
            found: dict[str, Any] = {**manifest, "created": str(manifest["created"])}
            return found
    except FileNotFoundError:
        raise UsageError("There is no such file.", subject=str(source)) from None
    except _DAMAGED:
        raise UsageError(
            "It is no backup of Crossdock, or it is damaged; nothing was changed.",
            subject=str(source),
            next_step="Take another copy of it.",
        ) from None


def _copy(origin: IO[bytes], copy: IO[bytes], most: int | None = None) -> dict[str, Any]:
    """Copy and say what was copied; raises ValueError beyond `most` bytes."""
    digest, size = hashlib.sha256(), 0
    while chunk := origin.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if most is not None and size > most:
            raise ValueError("longer than told")
        copy.write(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


# -- the database ---------------------------------------------------------------------------------------------------


def _snapshot(database: Database, target: Path) -> None:
    """The database as it is at one moment, as an SQLite file."""
    if database.is_sqlite:
        with database.engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.backup(copy)
        _make_single(target)
        return
    copy_of = Database(sqlite_url(target))
    try:
        ensure_schema(copy_of)
        source = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with source.connect() as origin, copy_of.engine.execution_options(write=True).begin() as copying:
            _copy_rows(origin, copying)
    finally:
        copy_of.close()
    _make_single(target)


def _make_single(file: Path) -> None:
    """Let an SQLite database be one file, without a journal beside it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    file.chmod(PRIVATE_FILE)


def _bring_up_to_date(file: Path, actor: Actor) -> None:
    """Migrate the database of a backup forward and note the restoring in its audit."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            whole = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.DatabaseError:
            whole = False
    if not whole:
        raise UsageError("The database in it is damaged; nothing was changed.", next_step="Take an older backup.")
    database = Database(sqlite_url(file))
    try:
        ensure_schema(database)
        with database.write() as session:
            record(session, actor, "restore", "database")
    finally:
        database.close()
    _make_single(file)


def _raw_tables() -> list[Table]:
    """The tables with what is encrypted as it stands: copying needs no key."""
    raw = MetaData()
    for table in SQLModel.metadata.sorted_tables:
        table.to_metadata(raw)
    for column in keys.encrypted_columns():
        raw.tables[column.table.name].columns[column.name].type = LargeBinary()
    return raw.sorted_tables


def _copy_rows(origin: Connection, target: Connection) -> None:
    for table in _raw_tables():
        found = origin.execution_options(yield_per=_ROWS).execute(select(table))
        for rows in found.partitions():
            target.execute(insert(table), [dict(row._mapping) for row in rows])


@contextmanager
def _alone(file: Path, force: bool) -> Iterator[None]:
    """Hold the present database, which nobody else may have open; raises ConfigurationError."""
    if not file.exists():
        yield
        return
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            connection.execute("BEGIN EXCLUSIVE")
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            used = any(_has_rows(lambda q: connection.execute(q).fetchone(), name) for name in tables)
        except sqlite3.OperationalError:
            mode, used = "", False
        except sqlite3.DatabaseError:  # broken, which may be the reason to restore
            mode, used = "delete", True
        if mode != "delete":
            raise ConfigurationError(
                "A worker, a screen or a command has the database open.",
                subject=str(file),
                next_step="End it, then restore.",
            )
        _refuse_used(used, force)
        yield


@contextmanager
def _server(settings: Settings, force: bool) -> Iterator[Database]:
    """The database of a server, which no worker may be using; raises ConfigurationError."""
    database = Database(settings.database)
    try:
        ensure_schema(database)
        with database.read() as session:
            if living_workers(session):
                raise ConfigurationError("A worker is running.", next_step="Stop it, then restore.")
            connection = session.connection()
            tables = [table.name for table in SQLModel.metadata.sorted_tables]
            used = any(_has_rows(lambda q: connection.execute(text(q)).first(), name) for name in tables)
        _refuse_used(used, force)
        yield database
    finally:
        database.close()


def _has_rows(first: Callable[[str], object], table: str) -> bool:
    return table != "alembic_version" and first(f'SELECT 1 FROM "{table}" LIMIT 1') is not None


def _refuse_used(used: bool, force: bool) -> None:
    if used and not force:
        raise ConfigurationError(
            "There is data already.", next_step="Restore into another CROSSDOCK_HOME, or replace it with --force."
        )


def _fill(database: Database, file: Path) -> None:
    """Replace everything in a server's database, in one transaction."""
    source = Database(sqlite_url(file))
    try:
        with source.engine.connect() as origin, database.engine.begin() as target:
            tables = _raw_tables()
            for table in reversed(tables):
                target.execute(table.delete())
            _copy_rows(origin, target)
            for table in tables:
                if "id" in table.columns:
                    target.execute(_numbering(table))
    finally:
        source.close()


def _numbering(table: Table) -> Any:
    """Let new rows be numbered after those that were copied."""
    sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
    return text(f'SELECT setval({sequence}, COALESCE(MAX(id), 1), MAX(id) IS NOT NULL) FROM "{table.name}"')


def _aside(file: Path, replaced: list[str]) -> None:
    """Keep what was there under another name."""
    if file.exists():
        kept = file.with_name(f"{file.name}.replaced-{clock.now():%Y%m%d%H%M%S}")
        file.replace(kept)
        replaced.append(str(kept))


# -- the key --------------------------------------------------------------------------------------------------------


def _key_to_write(settings: Settings, brought: Path, force: bool) -> list[bytes]:
    """The key ring that comes with the backup, if it is to be written; raises ConfigurationError over another one."""
    if not brought.exists() or not keys.is_own_file(settings):
        return []
    ring = brought.read_bytes().split()
    if not settings.key_path.exists():
        return ring
    if settings.key_path.read_bytes().split() == ring:
        return []
    if not force:
        raise ConfigurationError(
            f"{settings.key_path} holds another key than the backup.", next_step="Move it away, or use --force."
        )
    return ring


def _put_key(settings: Settings, ring: list[bytes], replaced: list[str]) -> None:
    if ring:
        _aside(settings.key_path, replaced)
        vault.write_keys(settings.key_path, ring, replace=True)


def _secrets(settings: Settings) -> str:
    """Whether what was restored can be read with the key at hand."""
    database = Database(settings.database)
    try:
        if not keys.holds_secrets(database):
            return "none"
        try:
            vault.open_vault(settings, create=False)
        except VaultError:
            return "unreadable"
        return "unreadable" if keys.to_enter_again(database) else "readable"
    finally:
        database.close()
