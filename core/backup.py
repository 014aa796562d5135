"""The whole state in one file, and back: database, preferences and, when asked for, the key.

The file is a zip with a manifest. The database in it is always an SQLite file, whatever it was taken from, so a backup
of one kind of database restores on the other, and an older one is brought up to date before it takes the place of
anything. Secrets and personal data stay encrypted; without `with_key` the file is worth nothing without the key.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select as rows

from core import archive, clock, copying, keyring, keys, numbering, vault
from core.actor import Actor
from core.archive import DATABASE, KEY, PREFERENCES, Manifest
from core.database import Database, sqlite_file
from core.errors import ConfigurationError, UsageError, VaultError
from core.files import PRIVATE_FOLDER, keep_aside, put_back, whole
from core.jobs.views import living_workers
from core.migrations.runner import HEAD, ensure_schema, revision
from core.model.operator import Operator
from core.model.tables import every_table
from core.people import sessions
from core.people.audit import record
from core.people.rights import require_admin
from core.redaction import redact
from core.scratch import scratch
from core.settings import Settings, sqlite_url
from core.workspace import Workspace

_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DISK = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
)
_RECOVER = "Restore the last good backup: crossdock restore FILE --force keeps the damaged database beside it."


@dataclass(frozen=True)
class Saved:
    """What was saved."""

    file: str
    created: str
    schema: str
    with_key: bool


@dataclass(frozen=True)
class Restored:
    """What was restored; `secrets` are `readable`, `unreadable` (the key is missing or another one) or `none`."""

    file: str
    created: str
    secrets: str
    key_file: str
    replaced: tuple[str, ...]
    """Where what was there before is kept."""


def save(workspace: Workspace, actor: Actor, target: Path, *, with_key: bool = False) -> Saved:
    """Write a backup, checked and read back; safe while everything runs.

    Raises UsageError when the file exists or cannot be written, ConfigurationError when the database is damaged. The
    key never stands in a file of its own on the way.
    """
    require_admin(workspace.database, actor, "make backups")
    created = clock.now().isoformat(timespec="seconds")
    preferences = workspace.settings.home / PREFERENCES
    try:
        if os.path.lexists(target):
            raise FileExistsError
        small = {PREFERENCES: preferences.read_bytes()} if preferences.is_file() else {}
        if with_key:
            small[KEY] = b"\n".join(vault.keys())
        with scratch(target.absolute().parent) as folder, whole(target, replace=False) as file:
            _snapshot(workspace.database, folder / DATABASE)
            _check(folder / DATABASE, "The database is damaged: {}; nothing was saved.", _RECOVER)
            archive.pack(file, folder / DATABASE, small, created=created, schema=HEAD)
            with workspace.database.write() as session:  # before the file has its name: no backup goes unnoted
                record(session, actor, "backup", "database", with_key=with_key)
    except FileExistsError:
        raise UsageError("It exists already.", subject=str(target), next_step="Give another name.") from None
    except (OSError, ValueError, sqlite3.Error, SQLAlchemyError) as error:
        raise UsageError(
            f"It cannot be written: {_reason(error)}.", subject=str(target), next_step="Give a place that can."
        ) from None
    return Saved(str(target), created, HEAD, with_key)


def restore(settings: Settings, actor: Actor, source: Path, *, force: bool = False) -> Restored:
    """Put a backup in the place of the database, checked as a whole before anything is touched.

    `force` replaces what is there and keeps it beside. Raises UsageError for a file that is no backup or damaged,
    ConfigurationError for one of a newer program, while a worker or anything else has the database open, for a home
    that is in use when `force` does not allow it, and for a disk or server that does not take it. What is there is old
    or new as a whole at any moment, with the keys to it.
    """
    try:
        manifest, replaced = _restore(settings, actor, source, force)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise ConfigurationError(
            f"It cannot be restored: {_reason(error)}; the database is as it was.",
            subject=str(source),
            next_step="See to the disk and its rights, or to the server, and restore again.",
        ) from None
    created = manifest.created.isoformat(timespec="seconds")
    return Restored(str(source), created, _secrets(settings), str(settings.key_path), tuple(map(str, replaced)))


def _restore(settings: Settings, actor: Actor, source: Path, force: bool) -> tuple[Manifest, list[Path]]:
    settings.home.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    file = sqlite_file(settings.database)
    file = file.resolve() if file else None  # a link stays a link
    place = file.parent if file else settings.home
    place.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    with scratch(place) as folder:
        brought = folder / DATABASE
        manifest, small = archive.unpack(source, brought)
        _bring_up_to_date(brought, actor)
        ring = _ring_to_write(settings, small.get(KEY, b""), force)
        with _Replacing() as replacing:
            if file:
                with _alone(file, force) as reached:
                    _number_on(brought, reached)
                    _put_small(settings, ring, small, replacing)
                    replacing.put(brought, file)
            else:
                with _server(settings, force) as database:
                    _put_small(settings, ring, small, replacing)
                    _fill(database, brought)
    if ring:
        with suppress(VaultError):  # the ring with the former keys serves as well
            vault.write_keys(settings.key_path, ring, replace=True)
    return manifest, replacing.replaced


class _Replacing:
    """Puts files in the place of others, which are kept beside; an error puts everything back."""

    def __init__(self) -> None:
        self._suffix = f"replaced-{clock.now():%Y%m%d%H%M%S}"
        self._pairs: list[tuple[Path, Path]] = []

    def __enter__(self) -> _Replacing:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            for aside, path in reversed(self._pairs):
                put_back(aside, path)

    @property
    def replaced(self) -> list[Path]:
        """Where what was there before is kept."""
        return [aside for aside, _ in self._pairs]

    def keep(self, path: Path) -> None:
        """Keep what is there; it stays in its place until something takes it."""
        if path.exists():
            self._pairs.append((keep_aside(path, self._suffix), path))

    def put(self, brought: Path, database: Path) -> None:
        """Let a database file take the place of another at one stroke."""
        self.keep(database)
        for journal in ("-wal", "-shm", "-journal"):  # of a broken one, which SQLite would apply to the new one
            beside = database.with_name(database.name + journal)
            if beside.exists():
                self.keep(beside)
                beside.unlink()
        brought.replace(database)


def _put_small(settings: Settings, ring: Sequence[bytes], small: Mapping[str, bytes], replacing: _Replacing) -> None:
    """Write key and preferences; the former keys stay after the new ones until the database has changed."""
    if ring:
        former: tuple[bytes, ...] = ()
        with suppress(VaultError):
            former = vault.parse_keys(_key_text(settings), "")
        replacing.keep(settings.key_path)
        vault.write_keys(settings.key_path, [*ring, *(key for key in former if key not in ring)], replace=True)
    if PREFERENCES in small:
        with whole(settings.home / PREFERENCES, replace=True) as file:
            file.write(small[PREFERENCES])


def _code(error: object) -> int:
    """SQLite's primary code of an error, 0 for others."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _reason(error: Exception) -> str:
    """In a few words, why the disk or a database did not do it."""
    cause = getattr(error, "orig", None) or error
    words = cause.strerror if isinstance(cause, OSError) else str(cause)
    return redact((words or type(cause).__name__).splitlines()[0].rstrip("."))


# -- the database ---------------------------------------------------------------------------------------------------


def _snapshot(database: Database, target: Path) -> None:
    """The database as it is at one time, as an SQLite file."""
    if database.is_sqlite:
        with database.engine.connect() as connection, closing(sqlite3.connect(target)) as copy:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.backup(copy)
        copying.make_single(target)
        return
    copy_of = Database(sqlite_url(target))
    try:
        ensure_schema(copy_of)
        source = database.engine.execution_options(isolation_level="REPEATABLE READ")
        with source.connect() as origin, copy_of.engine.execution_options(write=True).begin() as copy:
            copying.copy_rows(origin, copy)
            numbering.go_on_from(copy, numbering.marks(origin))
    finally:
        copy_of.close()
    copying.make_single(target)


def _check(file: Path, words: str, next_step: str) -> None:
    """Raise ConfigurationError with the words unless an SQLite file is whole."""
    with closing(sqlite3.connect(file)) as connection:
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found == "ok" and connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                found = "rows without their parents"
        except sqlite3.DatabaseError as error:
            if _code(error) in _DISK:
                raise
            found = str(error)
    if found != "ok":
        raise ConfigurationError(words.format(found.splitlines()[-1]), next_step=next_step)


def _bring_up_to_date(file: Path, actor: Actor) -> None:
    """Check the database of a backup, migrate it forward, end the sessions of then, and note the restoring."""
    _check(file, "The database in it is damaged: {}; nothing was changed.", "Take an older backup.")
    with closing(sqlite3.connect(file)) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT type FROM sqlite_master")}
    database = Database(sqlite_url(file))
    try:
        if not kinds <= {"table", "index"} or revision(database) is None:  # nothing of it is to run by itself
            raise _not_ours()
        ensure_schema(database)
        with database.engine.connect() as connection:
            found = inspect(connection)
            tables = {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
        if any(tables.get(table.name) != set(table.columns.keys()) for table in every_table()):
            raise _not_ours()
        with database.write() as session:
            for account in session.exec(rows(Operator)):
                sessions.end_all(account)
            record(session, actor, "restore", "database")
    except (SQLAlchemyError, ValueError, TypeError) as error:
        if _code(getattr(error, "orig", None)) in _DISK:
            raise
        raise _not_ours() from None
    finally:
        database.close()
    copying.make_single(file)


def _not_ours() -> UsageError:
    return UsageError(
        "The database in it is not one of Crossdock; nothing was changed.", next_step="Take another backup."
    )


def _number_on(file: Path, reached: dict[str, int]) -> None:
    """Let no key be given again that the database in place has given since the backup."""
    database = Database(sqlite_url(file))
    try:
        with database.write() as session:
            numbering.go_on_from(session.connection(), reached)
    finally:
        database.close()
    copying.make_single(file)


@contextmanager
def _alone(file: Path, force: bool) -> Iterator[dict[str, int]]:
    """Hold the present database, which nobody else may have open; tells how far its tables were numbered.

    Raises ConfigurationError.
    """
    if not file.exists():
        yield {}
        return
    reached: dict[str, int] = {}
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            connection.execute("BEGIN EXCLUSIVE")
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            used = any(_has_rows(lambda q: connection.execute(q).fetchone(), name) for name in tables)
            if "sqlite_sequence" in tables:
                reached = numbering.plausible(connection.execute("SELECT name, seq FROM sqlite_sequence"))
        except sqlite3.DatabaseError as error:
            if _code(error) in _DISK:
                raise
            mode = "" if _code(error) in _IN_USE else "delete"  # broken, which may be the reason to restore
            used = True
        if mode != "delete":
            raise ConfigurationError(
                "A worker, a screen or a command has the database open.",
                subject=str(file),
                next_step="End it, then restore.",
            )
        _refuse_used(used, force)
        yield reached


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
            tables = [table.name for table in every_table()]
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
            tables = copying.raw_tables()
            for table in reversed(tables):
                target.execute(table.delete())
            copying.copy_rows(origin, target)
            numbering.go_on_from(target, numbering.marks(origin))
    finally:
        source.close()


# -- the key --------------------------------------------------------------------------------------------------------


def _ring_to_write(settings: Settings, brought: bytes, force: bool) -> tuple[bytes, ...]:
    """The key ring that comes with a backup, if it is to be written; raises ConfigurationError over another one."""
    if not brought or not keys.is_own_file(settings):
        return ()
    ring = vault.parse_keys(brought.decode("ascii", "replace"), "The key in the backup")
    if not settings.key_path.exists():
        return ring
    if not settings.key_path.is_file():
        raise ConfigurationError(f"{settings.key_path} is not a file.", next_step="Move it away.")
    if tuple(_key_text(settings).encode().split()) == ring:
        return ()
    if not force:
        raise ConfigurationError(
            f"{settings.key_path} holds another key than the backup.", next_step="Move it away, or use --force."
        )
    return ring


def _key_text(settings: Settings) -> str:
    try:
        return settings.key_path.read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return ""


def _secrets(settings: Settings) -> str:
    """Whether what was restored can be read with the key at hand."""
    database = Database(settings.database)
    try:
        if not keyring.holds_secrets(database):
            return "none"
        try:
            vault.open_vault(settings, create=False)
        except VaultError:
            return "unreadable"
        return "unreadable" if keys.to_enter_again(database) else "readable"
    finally:
        database.close()
