"""Backups of broken databases, on full disks, from any file, and killed at any step: whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import archive, backup, clock, keys, vault
from core.actor import LOCAL_ADMIN
from core.errors import CrossdockError
from core.model.audit import AuditEntry
from core.model.operator import Operator
from core.model.setting import GlobalSetting
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit.builders import FakeClock, connect_channel

CLEAR = 17
"""What a child exits with after an error that people understand."""


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    connect_channel(workspace.database)
    (workspace.settings.home / "ui.toml").write_text('theme = "nord"\n')
    return workspace


@pytest.fixture
def saved(filled: Workspace, tmp_path: Path) -> Path:
    """A backup with the key."""
    backup.save(filled, LOCAL_ADMIN, tmp_path / "saved", with_key=True)
    return tmp_path / "saved"


@pytest.fixture
def elsewhere(tmp_path: Path, template: Path) -> Settings:
    """A home with one setting, and another key."""
    settings = Settings(home=tmp_path / "elsewhere")
    settings.home.mkdir()
    shutil.copy(template, settings.home / "crossdock.db")
    with opened(settings) as workspace, workspace.database.write() as session:
        session.add(GlobalSetting(key="mine", value=1))
    vault.close_vault()
    return settings


def restore(settings: Settings, source: Path) -> backup.Restored:
    vault.close_vault()
    return backup.restore(settings, LOCAL_ADMIN, source, force=True)


def in_child(work: Callable[[], object], prepare: Callable[[], object] = lambda: None) -> tuple[int, str]:
    """Do it in a process of its own; returns its status as `os.waitstatus_to_exitcode` tells it, and its last words."""
    words, end = os.pipe()  # unlike files, pipes have no limit
    child = os.fork()
    if child == 0:
        code, last = 1, ""
        try:
            prepare()
            work()
            code = 0
        except CrossdockError as error:
            code, last = CLEAR, str(error)
        except BaseException:
            last = traceback.format_exc()
        finally:
            os.write(end, last[-10_000:].encode())
            os._exit(code)
    os.close(end)
    with os.fdopen(words, "rb") as told:
        last = told.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), last


def limited(size: int) -> Callable[[], None]:
    """Let no file of the process grow beyond a size: like a full disk, without being root."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def kill_at(step: int, count: Callable[[int], object] = lambda done: None) -> Callable[[], None]:
    """Let the process die at its n-th call that opens, links, renames or removes something."""

    def install() -> None:
        done = 0

        def watch(event: str, args: Any) -> None:
            nonlocal done
            if event.startswith(("os.", "open", "sqlite3.connect", "fcntl.", "tempfile.")) and event != "os.listdir":
                done += 1
                count(done)
                if done == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)

    return install


def steps_of(work: Callable[[], object], tmp_path: Path) -> int:
    """How many such calls the work makes when nobody kills it."""
    told = tmp_path / "steps"
    descriptor = os.open(told, os.O_RDWR | os.O_CREAT)
    assert in_child(work, kill_at(0, lambda done: os.pwrite(descriptor, str(done).encode(), 0))) == (0, "")
    os.close(descriptor)
    found = int(told.read_text())
    told.unlink()
    return found


def is_whole(settings: Settings) -> str:
    """`old` or `new`; the database has to be whole, and the key at hand to open its secrets."""
    vault.close_vault()
    with opened(settings) as workspace, workspace.database.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert keys.to_enter_again(workspace.database) == []
        return "new" if session.get(GlobalSetting, "mine") is None else "old"


# -- saving ---------------------------------------------------------------------------------------------------------


def test_a_damaged_database_is_not_saved(filled: Workspace, tmp_path: Path) -> None:
    with filled.database.write() as session:
        session.add_all([AuditEntry(operator="x" * 50, action="x", subject=f"order {n}") for n in range(2_000)])
    filled.database.close()
    file = filled.settings.home / "crossdock.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_job_state'").fetchone()[0]
    connection.close()
    with file.open("r+b") as raw:
        raw.seek((page - 1) * 4096)
        raw.write(b"\xaa" * 4096)
    with pytest.raises(CrossdockError, match="database is damaged") as caught:
        backup.save(filled, LOCAL_ADMIN, tmp_path / "saved", with_key=True)
    assert "last good backup" in caught.value.next_step
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_what_reads_back_differently_is_not_saved(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = zipfile.ZipFile.writestr

    def spoil(self: zipfile.ZipFile, name: str, content: Any) -> None:
        write(self, name, content if name == "manifest.json" else b"spoilt")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", spoil)
    with pytest.raises(CrossdockError, match="reads back differently"):
        backup.save(filled, LOCAL_ADMIN, tmp_path / "saved")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


@pytest.mark.parametrize("bytes_left", [0, 100, 5_000, 100_000, 200_000])
def test_on_a_full_disk_nothing_is_saved_and_nothing_left(filled: Workspace, tmp_path: Path, bytes_left: int) -> None:
    filled.database.close()
    settings = filled.settings

    def work() -> None:
        with opened(settings) as workspace:
            limited(bytes_left)()
            backup.save(workspace, LOCAL_ADMIN, tmp_path / "saved", with_key=True)

    code, told = in_child(work)
    assert (code, "cannot be written" in told) == (CLEAR, True), told
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_a_save_that_is_killed_at_any_step_leaves_no_key_and_no_half_file(filled: Workspace, tmp_path: Path) -> None:
    filled.database.close()
    place = tmp_path / "place"
    place.mkdir()
    settings = filled.settings
    secrets = vault.keys()

    def work() -> None:
        with opened(settings) as workspace:
            backup.save(workspace, LOCAL_ADMIN, place / "saved", with_key=True)

    steps = steps_of(work, tmp_path)
    (place / "saved").unlink()
    for step in range(max(1, steps - 40), steps + 1, 3):
        assert in_child(work, kill_at(step)) == (-signal.SIGKILL, "")
        if (place / "saved").exists():
            archive.unpack(place / "saved", tmp_path / "laid out")
            (tmp_path / "laid out").unlink()
            (place / "saved").unlink()
        left = {path.name for path in place.rglob("*") if path.is_file()}
        assert left <= {"crossdock.db", "crossdock.db-journal"}
        assert not any(secret in path.read_bytes() for path in place.rglob("*") if path.is_file() for secret in secrets)
    work()
    assert [path.name for path in place.iterdir()] == ["saved"]  # and the next one clears away


# -- restoring ------------------------------------------------------------------------------------------------------


def test_two_restorations_in_one_second_keep_both(saved: Path, elsewhere: Settings, fake_clock: FakeClock) -> None:
    first, second = restore(elsewhere, saved), restore(elsewhere, saved)
    kept = [Path(path) for path in first.replaced + second.replaced]
    assert len(set(kept)) == 3  # the first one's key was another, too
    assert all(path.exists() for path in kept)
    assert is_whole(elsewhere) == "new"


@pytest.mark.parametrize("bytes_left", [0, 100, 5_000, 100_000])
def test_on_a_full_disk_the_database_stays_as_it_is(saved: Path, elsewhere: Settings, bytes_left: int) -> None:
    before = {path.name: path.read_bytes() for path in elsewhere.home.iterdir()}
    code, told = in_child(lambda: restore(elsewhere, saved), limited(bytes_left))
    assert (code, "as it was" in told) == (CLEAR, True), told
    assert {path.name: path.read_bytes() for path in elsewhere.home.iterdir()} == before


def test_a_restoration_that_is_killed_at_any_step_leaves_old_or_new(
    saved: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    original = tmp_path / "original"
    shutil.copytree(elsewhere.home, original)

    def work() -> None:
        restore(elsewhere, saved)

    def again() -> None:
        shutil.rmtree(elsewhere.home)
        shutil.copytree(original, elsewhere.home)

    again()
    steps = steps_of(work, tmp_path)
    seen = []
    for step in range(steps - 60, steps + 1, 4):
        again()
        assert in_child(work, kill_at(step)) == (-signal.SIGKILL, "")
        seen.append(is_whole(elsewhere))
        ring = (elsewhere.home / "key").read_bytes()
        strays = [path for path in elsewhere.home.rglob("*") if path.is_file() and path.name.startswith("key.")]
        assert all(".replaced-" in path.name or path.read_bytes() == ring for path in strays)
    assert set(seen) == {"old", "new"}
    work()
    assert not list(elsewhere.home.glob(".crossdock-*"))


def test_journals_of_a_broken_database_are_not_applied_to_the_new_one(saved: Path, elsewhere: Settings) -> None:
    for name in ("crossdock.db", "crossdock.db-wal", "crossdock.db-journal"):
        (elsewhere.home / name).write_bytes(b"not a database, but long enough to be looked at" * 200)
    done = restore(elsewhere, saved)
    kept = {Path(path).name.split(".replaced")[0] for path in done.replaced}
    assert {"crossdock.db", "crossdock.db-wal", "key"} <= kept
    assert is_whole(elsewhere) == "new"


def test_sessions_of_then_are_over_and_keys_are_not_given_again(filled: Workspace, tmp_path: Path) -> None:
    with filled.database.write() as session:
        session.add(Operator(name="alice", role="admin", epoch="then"))
    backup.save(filled, LOCAL_ADMIN, tmp_path / "saved")
    with filled.database.write() as session:
        bob = Operator(name="bob", role="admin")
        session.add(bob)
    filled.database.close()
    restore(filled.settings, tmp_path / "saved")
    with opened(filled.settings) as workspace, workspace.database.write() as session:
        carl = Operator(name="carl", role="admin")
        session.add(carl)
        session.flush()
        assert (bob.id, carl.id) == (2, 3)
        assert session.get_one(Operator, 1).epoch != "then"


# -- any file -------------------------------------------------------------------------------------------------------


def made(source: Path, manifest: object = None, members: dict[str, bytes | None] | None = None) -> bytes:
    """The content of a backup with other members; with a dict the manifest is changed, with bytes it is these."""
    with zipfile.ZipFile(source) as old:
        content: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
    content |= members or {}
    told = json.loads(content.pop("manifest.json") or b"")
    told["members"] = {
        name: {"size": len(text), "sha256": hashlib.sha256(text).hexdigest()} for name, text in content.items() if text
    }
    text = manifest if isinstance(manifest, bytes) else json.dumps(told | dict(manifest or {})).encode()  # type: ignore[call-overload]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name, body in content.items():
            if body is not None:
                new.writestr(name, body)
        new.writestr("manifest.json", text)
    return file.getvalue()


def database_of(*statements: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    return connection.serialize()


def with_statement(source: Path, statement: str) -> bytes:
    with zipfile.ZipFile(source) as old:
        content = old.read("crossdock.db")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(content)
    connection.execute(statement)
    connection.commit()
    return connection.serialize()


SIZE = {"size": 10**15, "sha256": "0" * 64}

MANIFESTS: dict[str, object] = {
    "empty": b"",
    "no json": b"Dear diary",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "deep inside": b'{"format": 1, "created": ' + b'{"a":' * 50_000,
    "a long number": b'{"format": ' + b"9" * 50_000 + b"}",
    "huge": b'{"format": 1, "created": "' + b"x" * 50_000_000 + b'"}',
    "not a number": {"format": "1"},
    "older than any": {"format": 0},
    "newer": {"format": 2, "members": []},
    "members a list": {"members": ["crossdock.db"]},
    "a member a list": {"members": {"crossdock.db": []}},
    "a size in words": {"members": {"crossdock.db": SIZE | {"size": "1"}}},
    "a size below zero": {"members": {"crossdock.db": SIZE | {"size": -1}}},
    "a size that is not a number": b'{"format":1,"created":"2026-01-01T00:00:00Z","schema":"x","members":'
    b'{"crossdock.db":{"size":NaN,"sha256":"' + b"0" * 64 + b'"}}}',
    "more than the disk has": {"members": {"crossdock.db": SIZE}},
    "a path": {"members": {"../../etc/passwd": SIZE}},
    "control codes for a date": {"created": "\u001b[2J"},
    "no date": {"created": None},
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_no_manifest_gets_further_than_clear_words(saved: Path, elsewhere: Settings, case: str) -> None:
    content = made(saved, MANIFESTS[case], {"ui.toml": None})
    refused(saved, elsewhere, content)


def refused(saved: Path, elsewhere: Settings, content: bytes) -> str:
    """Try to restore it; returns what is told."""
    before = {path.name: path.read_bytes() for path in elsewhere.home.iterdir()}
    saved.with_name("wrong").write_bytes(content)
    with pytest.raises(CrossdockError) as caught:
        restore(elsewhere, saved.with_name("wrong"))
    assert {path.name: path.read_bytes() for path in elsewhere.home.iterdir()} == before
    assert "\x1b" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("key", [b"junk", b"\xff" * 44, b"A" * 44, b"x" * 2_000_000])
def test_a_key_that_is_none_is_refused(saved: Path, elsewhere: Settings, key: bytes) -> None:
    told = refused(saved, elsewhere, made(saved, members={"key": key}))
    assert key.decode("ascii", "replace") not in told


DATABASES: dict[str, Callable[[Path], bytes]] = {
    "not a database": lambda saved: b"x" * 8192,
    "of another program": lambda saved: database_of("CREATE TABLE photo (id INTEGER)"),
    "a name only": lambda saved: database_of(
        "CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('0002')"
    ),
    "a trigger": lambda saved: with_statement(
        saved, "CREATE TRIGGER t AFTER INSERT ON audit BEGIN DELETE FROM operator; END"
    ),
    "a view": lambda saved: with_statement(saved, "CREATE VIEW v AS SELECT 1"),
    "a column less": lambda saved: with_statement(saved, "ALTER TABLE app DROP COLUMN revision"),
    "rows without parents": lambda saved: with_statement(saved, "DELETE FROM seller_account"),
}


@pytest.mark.parametrize("case", DATABASES)
def test_a_database_that_is_not_ours_is_refused(saved: Path, elsewhere: Settings, case: str) -> None:
    refused(saved, elsewhere, made(saved, members={"crossdock.db": DATABASES[case](saved)}))


def twice(saved: Path) -> bytes:
    file = io.BytesIO(saved.read_bytes())
    with zipfile.ZipFile(file, "a") as more, pytest.warns(UserWarning, match="Duplicate"):
        more.writestr("crossdock.db", b"another")
    return file.getvalue()


def more(saved: Path) -> bytes:
    file = io.BytesIO(saved.read_bytes())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../outside", b"x")
    return file.getvalue()


@pytest.mark.parametrize("change", [twice, more])
def test_members_that_are_not_told_are_refused(
    saved: Path, elsewhere: Settings, change: Callable[[Path], bytes]
) -> None:
    refused(saved, elsewhere, change(saved))


def test_no_bytes_of_a_file_make_a_fault_or_a_change(saved: Path, elsewhere: Settings, tmp_path: Path) -> None:
    whole, chance = saved.read_bytes(), random.Random(8)
    wrong = tmp_path / "wrong"
    for number in range(300):
        content = bytearray(whole[: chance.randrange(len(whole))] if number % 3 == 0 else whole)
        ends = len(content) - chance.randrange(1, 1_000) if number % 2 else chance.randrange(len(content))
        for _ in range(chance.choice((1, 1, 4, 16))):
            content[(ends + chance.randrange(200)) % len(content)] ^= 1 << chance.randrange(8)
        wrong.write_bytes(content)
        try:  # the archive is checked as a whole; a bit may be one that means nothing
            manifest, _ = archive.unpack(wrong, tmp_path / f"laid out {number}")
        except CrossdockError:
            continue
        laid_out = (tmp_path / f"laid out {number}").read_bytes()
        assert hashlib.sha256(laid_out).hexdigest() == manifest.members["crossdock.db"].sha256


def test_what_is_not_a_file_is_refused_at_once(elsewhere: Settings, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in (Path("/dev/zero"), Path("/dev/null"), tmp_path / "pipe", tmp_path, Path("/proc/self/mem")):
        with pytest.raises(CrossdockError):
            restore(elsewhere, source)


def test_odd_places_are_told_in_words(saved: Path, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "odd")
    (settings.home / "crossdock.db").mkdir(parents=True)
    with pytest.raises(CrossdockError):
        restore(settings, saved)
    (settings.home / "crossdock.db").rmdir()
    (settings.home / "key").mkdir()
    with pytest.raises(CrossdockError, match="not a file"):
        restore(settings, saved)
    assert clock.is_real()


# -- keys -----------------------------------------------------------------------------------------------------------


def test_a_rotation_on_a_full_disk_leaves_the_key_alone(filled: Workspace) -> None:
    filled.database.close()
    settings, before = filled.settings, (filled.settings.home / "key").read_bytes()

    def work() -> None:
        vault.write_keys(settings.key_path, [vault.new_key(), *vault.keys()], replace=True)

    code, told = in_child(work, limited(50))
    assert (code, "cannot be written" in told) == (CLEAR, True), told
    assert [path.name for path in settings.home.glob("key*")] == ["key"]
    assert (settings.home / "key").read_bytes() == before


def test_a_key_file_that_is_killed_at_any_step_is_old_or_new_and_the_next_clears_away(
    filled: Workspace, tmp_path: Path
) -> None:
    path, old = filled.settings.key_path, vault.keys()
    ring = [vault.new_key(), *old]
    work = lambda: vault.write_keys(path, ring, replace=True)  # noqa: E731
    for step in range(1, steps_of(work, tmp_path) + 1):
        vault.write_keys(path, old, replace=True)
        assert in_child(work, kill_at(step)) == (-signal.SIGKILL, "")
        assert tuple(path.read_bytes().split()) in (tuple(old), tuple(ring))
    work()
    assert [left.name for left in path.parent.glob("key*")] == ["key"]
