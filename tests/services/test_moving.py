"""A home that moves from SQLite to PostgreSQL and back, with everything in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import moving, stop_writes
from core.actor import LOCAL_ADMIN
from core.errors import ConfigurationError, UsageError
from core.model.job import Worker
from core.model.setting import writes_are_stopped
from core.settings import Settings, sqlite_url
from core.workspace import opened
from tests.flows.kit import connected, sandbox_of
from tests.services.conftest import Postgres
from tests.unit.test_moving import kill_a_move
from tests.whole_rows import whole_rows

OWN = ("audit", "global_setting")
"""What moving itself writes."""


def test_a_home_moves_to_postgresql_and_back_without_loss(postgres: Postgres, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with sandbox_of(orders=12, other_orders=2) as sandbox, connected(home, sandbox) as shop:
        shop.import_orders()
        before = whole_rows(shop.workspace.database, but=OWN)
        done = moving.move(shop.workspace, LOCAL_ADMIN, postgres.database)
        assert (done.source, done.target) == ("SQLite", "PostgreSQL")
        with shop.workspace.database.read() as session:
            assert writes_are_stopped(session)
        server = shop.workspace.settings.model_copy(update={"database_url": postgres.database})
        with opened(server) as there:
            assert len(whole_rows(there.database, but=OWN)) == len(before)
            assert not there.writes_stopped()
            back = moving.move(there, LOCAL_ADMIN, sqlite_url(tmp_path / "back.db"))
        assert (back.source, back.target) == ("PostgreSQL", "SQLite")
        again = shop.workspace.settings.model_copy(update={"database_url": sqlite_url(tmp_path / "back.db")})
        with opened(again) as returned:
            assert whole_rows(returned.database, but=OWN) == before
        # What was imported is known there: another import makes nothing twice.
        with connected(home, sandbox, again=True, database_url=server.database_url) as moved:
            stop_writes.stop_writes(moved.workspace, LOCAL_ADMIN, False)
            assert moved.import_orders().counts["created"] == 0
            assert moved.audit().ok


def test_what_cannot_be_a_target_is_refused_before_anything_stops(postgres: Postgres, home: Path) -> None:
    with opened(Settings(home=home)) as workspace:
        for url in ("nonsense", "mysql://x/y", workspace.settings.database):
            with pytest.raises(UsageError):
                moving.move(workspace, LOCAL_ADMIN, url)
        with workspace.database.write() as session:
            session.add(Worker(owner="elsewhere:1:a"))
        with pytest.raises(ConfigurationError, match="A worker is running"):
            moving.move(workspace, LOCAL_ADMIN, postgres.database)
        assert not workspace.writes_stopped()


def test_a_target_that_holds_data_is_left_alone(postgres: Postgres, tmp_path: Path) -> None:
    with opened(Settings(home=tmp_path / "other", database_url=postgres.database)) as used:
        stop_writes.stop_writes(used, LOCAL_ADMIN, True)
        rows = whole_rows(used.database)
        with opened(Settings(home=tmp_path / "home")) as workspace:
            with pytest.raises(ConfigurationError, match="There is data already"):
                moving.move(workspace, LOCAL_ADMIN, postgres.database)
            assert not workspace.writes_stopped()
        assert whole_rows(used.database) == rows


def test_a_move_that_was_killed_is_run_again_over_its_own_copy(postgres: Postgres, home: Path) -> None:
    with opened(Settings(home=home)) as workspace:
        kill_a_move(home, postgres.database, whole=True)
        moving.move(workspace, LOCAL_ADMIN, postgres.database)
        assert workspace.writes_stopped()
    with opened(Settings(home=home, database_url=postgres.database)) as there:
        assert not there.writes_stopped()
