"""Moving a home that does not come to its end: writes go on as before, and nothing is left lying about."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from core import backup, moving
from core.actor import LOCAL_ADMIN
from core.doctor.condition import condition
from core.errors import ConfigurationError, UsageError
from core.model.channel import Channel
from core.model.setting import GlobalSetting
from core.settings import sqlite_url
from core.stop_writes import note_move, stop_writes
from core.stopped import Move
from core.workspace import Workspace, opened
from tests.unit.builders import DEAD_OWNER, connect_channel
from tui.cli import build


def left(home: Path) -> list[Path]:
    return [*home.glob(".crossdock-*"), *home.glob(".moving-*")]


@pytest.fixture
def used(workspace: Workspace) -> Workspace:
    connect_channel(workspace.database)
    return workspace


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://shop@db.example/shop",
        "postgresql+asyncpg://shop@db.example/shop",
        "postgresql+psycopg://shop@db.example:port/shop",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_anything_stops(used: Workspace, url: str) -> None:
    with pytest.raises(UsageError, match="no address"):
        moving.move(used, LOCAL_ADMIN, url)
    assert not used.writes_stopped()


def test_the_database_in_use_by_another_spelling_is_refused_and_unharmed(used: Workspace, home: Path) -> None:
    link = home / "link.db"
    link.symlink_to(home / "crossdock.db")
    for url in (sqlite_url(link), f"sqlite:///{home}/../{home.name}/crossdock.db"):
        with pytest.raises(ConfigurationError):
            moving.move(used, LOCAL_ADMIN, url)
        assert not used.writes_stopped()
    assert (home / "crossdock.db").stat().st_size > 0 and left(home) == []


def test_a_server_that_is_not_there_lets_writes_go_on(used: Workspace, home: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        moving.move(used, LOCAL_ADMIN, "postgresql+psycopg://shop:planted@127.0.0.1:9/shop")
    assert "planted" not in str(caught.value) and str(caught.value).startswith("the other database:")
    assert not used.writes_stopped() and left(home) == []


def test_what_was_written_meanwhile_is_noticed(
    used: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = backup.restore

    def slowly(*args: Any, **options: Any) -> Any:
        with used.database.write() as session:
            session.add(GlobalSetting(key="meanwhile", value=1))
        return restore(*args, **options)

    monkeypatch.setattr(backup, "restore", slowly)
    with pytest.raises(ConfigurationError, match="meanwhile"):
        moving.move(used, LOCAL_ADMIN, sqlite_url(tmp_path / "there.db"))
    assert not used.writes_stopped()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_move_that_is_interrupted_lets_writes_go_on(
    used: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def killed(*_: object, **__: object) -> NoReturn:
        signal.raise_signal(number)  # to this thread, and at once
        raise AssertionError("the signal did nothing")

    monkeypatch.setattr(backup, "restore", killed)
    monkeypatch.setenv("CROSSDOCK_HOME", str(home))
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
    words = ["move", "--to", sqlite_url(home / "there.db")]
    try:
        assert CliRunner().invoke(build(words), words).exit_code == 130
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert not used.writes_stopped() and left(home) == []


_KILLED = """
import os, signal
from core import backup
restore = backup.restore
def killed(*args, **options):
    if {whole}:
        restore(*args, **options)
    os.kill(os.getpid(), signal.SIGKILL)
backup.restore = killed
from tui.cli import main
main()
"""


def kill_a_move(home: Path, target: str, whole: bool) -> None:
    """Move, and be killed before the other database has anything, or when it has everything."""
    command = [sys.executable, "-c", _KILLED.format(whole=whole), "move", "--to", target]
    done = subprocess.run(command, env=os.environ | {"CROSSDOCK_HOME": str(home)}, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def said_of_writes(workspace: Workspace) -> str:
    """By the doctor."""
    (check,) = [check for check in condition(workspace, LOCAL_ADMIN) if check.name == "writes"]
    return f"{check.message} {check.fix}"


@pytest.mark.parametrize("whole", [False, True], ids=["nothing", "everything"])
def test_a_move_that_was_killed_says_so_and_is_run_again(used: Workspace, tmp_path: Path, whole: bool) -> None:
    there = sqlite_url(tmp_path / "there.db")
    kill_a_move(used.settings.home, there, whole)
    assert used.writes_stopped()
    assert "A move of this home to SQLite was interrupted" in said_of_writes(used)
    assert "crossdock move --cancel" in said_of_writes(used)
    if whole:
        with opened(used.settings.model_copy(update={"database_url": there})) as copy:
            assert copy.writes_stopped(), "nobody goes on with it by mistake"
    stop_writes(used, LOCAL_ADMIN, True)  # by hand, which does not hide what is to be done
    moving.move(used, LOCAL_ADMIN, there)
    assert "has moved to SQLite" in said_of_writes(used)
    with opened(used.settings.model_copy(update={"database_url": there})) as moved:
        assert not moved.writes_stopped(), "they were allowed before"
        with moved.database.read() as session:
            assert session.exec(select(Channel)).one()
    with pytest.raises(ConfigurationError, match="There is data already"):
        moving.move(used, LOCAL_ADMIN, there)
    assert "has moved to SQLite" in said_of_writes(used), "what is in use is neither replaced nor forgotten"


def test_a_move_that_was_killed_is_cancelled(used: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No move"):
        moving.cancel(used, LOCAL_ADMIN)
    for stopped in (False, True):
        stop_writes(used, LOCAL_ADMIN, stopped)
        kill_a_move(used.settings.home, sqlite_url(tmp_path / "there.db"), whole=False)
        assert moving.cancel(used, LOCAL_ADMIN) is stopped
        assert used.writes_stopped() is stopped


def test_the_command_takes_an_address_or_cancels(used: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSDOCK_HOME", str(used.settings.home))
    note_move(used, LOCAL_ADMIN, Move("PostgreSQL", were_stopped=False, by=DEAD_OWNER))
    for words in (["move"], ["move", "--cancel", "--to", "sqlite:///there.db"]):
        assert CliRunner().invoke(build(words), words).exit_code == 2
        assert used.writes_stopped()
    words = ["move", "--cancel", "--json"]
    assert json.loads(CliRunner().invoke(build(words), words).stdout) == {"stop_writes": False}
    assert not used.writes_stopped()


def test_two_moves_at_once_are_refused(used: Workspace, tmp_path: Path) -> None:
    note_move(used, LOCAL_ADMIN, Move("PostgreSQL", were_stopped=False))
    with pytest.raises(ConfigurationError, match="is being moved to PostgreSQL, by process"):
        moving.move(used, LOCAL_ADMIN, sqlite_url(tmp_path / "there.db"))
    assert "is being moved" in said_of_writes(used)
