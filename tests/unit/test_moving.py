"""Moving a home that does not come to its end: writes go on as before, and nothing is left lying about."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from core import backup, moving
from core.actor import LOCAL_ADMIN
from core.errors import ConfigurationError, UsageError
from core.model.setting import GlobalSetting
from core.settings import sqlite_url
from core.workspace import Workspace
from tests.unit.builders import connect_channel
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

    def slowly(*args: Any) -> Any:
        with used.database.write() as session:
            session.add(GlobalSetting(key="meanwhile", value=1))
        return restore(*args)

    monkeypatch.setattr(backup, "restore", slowly)
    with pytest.raises(ConfigurationError, match="meanwhile"):
        moving.move(used, LOCAL_ADMIN, sqlite_url(tmp_path / "there.db"))
    assert not used.writes_stopped()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_move_that_is_interrupted_lets_writes_go_on(
    used: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def killed(*_: object) -> NoReturn:
        os.kill(os.getpid(), number)
        raise AssertionError("the signal did nothing")

    monkeypatch.setattr(backup, "restore", killed)
    monkeypatch.setenv("CROSSDOCK_HOME", str(home))
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)}
    words = ["move", "--to", sqlite_url(home / "there.db")]
    try:
        assert CliRunner().invoke(build(words), words).exit_code == 130
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert not used.writes_stopped() and left(home) == []
