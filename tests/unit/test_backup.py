"""The whole state in one file, and back; everything that is wrong is found before anything is touched."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import stat
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlmodel import select

from core import backup, clock, copying, vault
from core.actor import LOCAL_ADMIN
from core.channels.views import list_channels
from core.database import Database
from core.errors import ConfigurationError, UsageError
from core.migrations.runner import HEAD
from core.model.account import App
from core.model.setting import GlobalSetting
from core.people.audit import list_entries
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit.builders import connect_channel
from tests.unit.test_migrations import ROOT, set_revision


@pytest.fixture
def saved(workspace: Workspace, tmp_path: Path) -> Path:
    """A backup of a home with a channel, without the key."""
    connect_channel(workspace.database)
    (workspace.settings.home / "ui.toml").write_text('theme = "nord"\n')
    backup.save(workspace, LOCAL_ADMIN, tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    """An empty home."""
    return Settings(home=tmp_path / "elsewhere")


def restore(settings: Settings, source: Path, *, force: bool = False) -> backup.Restored:
    vault.close_vault()
    return backup.restore(settings, LOCAL_ADMIN, source, force=force)


def rewritten(source: Path, **changes: Any) -> Path:
    """The same backup with other members; a manifest that is a dict is merged into the present one."""
    target = source.with_name("rewritten")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | changes.get("manifest", {})).encode()
            content = changes.get(name, content)
            if content is not None:
                new.writestr(name, content)
    return target


def test_a_backup_restores_everything_and_needs_the_key(saved: Path, elsewhere: Settings, home: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    done = restore(elsewhere, saved)
    assert done.secrets == "unreadable"
    assert (elsewhere.home / "ui.toml").read_text() == 'theme = "nord"\n'
    shutil.copy(home / "key", elsewhere.home / "key")
    with opened(elsewhere) as workspace:
        assert [channel.client_secret for channel in list_channels(workspace, LOCAL_ADMIN)] == ["set"]
        assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "restore"
        with workspace.database.read() as session:
            assert session.exec(select(App.client_secret)).one() == "secret"
    assert {path.name for path in elsewhere.home.iterdir()} == {"crossdock.db", "key", "ui.toml"}
    assert stat.S_IMODE((elsewhere.home / "crossdock.db").stat().st_mode) == 0o600


def test_with_the_key_it_is_whole(workspace: Workspace, tmp_path: Path, elsewhere: Settings) -> None:
    connect_channel(workspace.database)
    backup.save(workspace, LOCAL_ADMIN, tmp_path / "saved", with_key=True)
    assert restore(elsewhere, tmp_path / "saved").secrets == "readable"
    assert stat.S_IMODE((elsewhere.home / "key").stat().st_mode) == 0o600
    assert list_entries(workspace.database, LOCAL_ADMIN)[0].detail == {"with_key": True}


def test_the_manifest_says_what_it_is(saved: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert set(archive.namelist()) == {"manifest.json", "crossdock.db", "ui.toml"}
    assert (manifest["format"], manifest["schema"]) == (1, HEAD)
    assert set(manifest["members"]["crossdock.db"]) == {"size", "sha256"}


def test_a_backup_under_writes_is_of_one_moment(workspace: Workspace, tmp_path: Path, elsewhere: Settings) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with workspace.database.write() as session:
                for key in ("a", "b"):
                    session.merge(GlobalSetting(key=key, value=number))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            backup.save(workspace, LOCAL_ADMIN, tmp_path / f"saved{number}")
    finally:
        stop.set()
        thread.join()
    restore(elsewhere, tmp_path / "saved4")
    with sqlite3.connect(elsewhere.home / "crossdock.db") as connection:
        values = connection.execute("SELECT value FROM global_setting").fetchall()
    connection.close()
    assert len(set(values)) == 1


def test_a_file_that_exists_is_never_written_over(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "saved").write_text("mine")
    for target, reason in ((tmp_path / "saved", "exists already"), (tmp_path / "no" / "saved", "cannot be written")):
        with pytest.raises(UsageError, match=reason):
            backup.save(workspace, LOCAL_ADMIN, target)
    assert (tmp_path / "saved").read_text() == "mine"
    assert not list(tmp_path.glob(".crossdock-*"))


@pytest.mark.parametrize(
    "case", ["absent", "foreign", "truncated", "other zip", "changed", "bomb", "newer", "no database"]
)
def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(
    saved: Path, elsewhere: Settings, case: str
) -> None:
    whole = saved.read_bytes()
    source = saved.with_name("wrong")
    if case == "foreign":
        source.write_text("Dear diary")
    elif case == "truncated":
        source.write_bytes(whole[: len(whole) // 2])
    elif case == "other zip":
        with zipfile.ZipFile(source, "w") as archive:
            archive.writestr("photo.jpg", "x")
    elif case == "changed":
        source = rewritten(saved, **{"ui.toml": b'theme = "textual-dark"\n'})
    elif case == "bomb":
        source = rewritten(saved, **{"ui.toml": b"x" * 3_000_000})
    elif case == "newer":
        source = rewritten(saved, manifest={"format": 2})
    elif case == "no database":
        source = rewritten(saved, manifest={"members": {}})
    with pytest.raises((UsageError, ConfigurationError)) as caught:
        restore(elsewhere, source)
    assert str(source) in str(caught.value)
    assert list(elsewhere.home.iterdir()) == []


def test_a_home_with_data_is_replaced_by_force_alone_and_kept(saved: Path, elsewhere: Settings, home: Path) -> None:
    with opened(elsewhere) as workspace, workspace.database.write() as session:
        session.add(GlobalSetting(key="mine", value=1))
    with pytest.raises(ConfigurationError, match="data already"):
        restore(elsewhere, saved)
    done = restore(elsewhere, saved, force=True)
    (kept,) = done.replaced
    with sqlite3.connect(kept) as connection:
        assert connection.execute("SELECT key FROM global_setting").fetchall() == [("mine",)]
    connection.close()
    assert done.secrets == "unreadable"  # the present key is another one, and stays


def test_another_key_is_replaced_by_force_alone_and_kept(
    workspace: Workspace, tmp_path: Path, elsewhere: Settings
) -> None:
    backup.save(workspace, LOCAL_ADMIN, tmp_path / "saved", with_key=True)
    vault.write_keys(elsewhere.key_path, [vault.new_key()], replace=True)
    with pytest.raises(ConfigurationError, match="another key"):
        restore(elsewhere, tmp_path / "saved")
    assert len(restore(elsewhere, tmp_path / "saved", force=True).replaced) == 1
    assert elsewhere.key_path.read_text() == workspace.settings.key_path.read_text()


@pytest.mark.parametrize("force", [False, True])
def test_a_database_that_somebody_has_open_is_refused(saved: Path, elsewhere: Settings, force: bool) -> None:
    with opened(elsewhere) as workspace:
        list_channels(workspace, LOCAL_ADMIN)
        with pytest.raises(ConfigurationError, match="has the database open"):
            restore(elsewhere, saved, force=force)
        assert list_channels(workspace, LOCAL_ADMIN) == []


def test_a_broken_database_can_be_replaced(saved: Path, elsewhere: Settings) -> None:
    elsewhere.home.mkdir()
    (elsewhere.home / "crossdock.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(ConfigurationError, match="data already"):
        restore(elsewhere, saved)
    assert len(restore(elsewhere, saved, force=True).replaced) == 1


def test_an_older_backup_is_brought_up_to_date_and_a_newer_one_refused(
    saved: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core" / "migrations"))
    with old.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    old.close()
    for file, restores in ((tmp_path / "old.db", True), (tmp_path / "new.db", False)):
        if not restores:
            shutil.copy(elsewhere.home / "crossdock.db", file)
            newer = Database(f"sqlite:///{file}")
            set_revision(newer, "9999")
            newer.close()
            copying.make_single(file)
        content = file.read_bytes()
        members = {"crossdock.db": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}
        source = rewritten(saved, manifest={"members": members}, **{"crossdock.db": content, "ui.toml": None})
        if restores:
            restore(elsewhere, source)
            with opened(elsewhere) as workspace:
                assert list_entries(workspace.database, LOCAL_ADMIN)[0].action == "restore"
        else:
            with pytest.raises(ConfigurationError, match="9999"):
                restore(elsewhere, source, force=True)
    assert clock.is_real()
