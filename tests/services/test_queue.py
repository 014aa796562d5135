"""Who may write to a shared queue runs nothing by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings
from tasks.queue import Dispatcher
from tests.services.conftest import Postgres
from tests.unit.queue_kit import check_bombs_do_nothing


def test_a_pickle_on_redis_is_not_run_and_stops_nothing(
    home: Path, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = Dispatcher(Settings(home=home, queue_url=redis_url))
    dispatcher.huey.storage.conn.zadd(dispatcher.huey.storage.queue_key, {b"short": 0})
    check_bombs_do_nothing(dispatcher, tmp_path / "exploded", monkeypatch, caplog)


def test_a_pickle_on_postgresql_is_not_run_and_stops_nothing(
    home: Path, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dispatcher = Dispatcher(Settings(home=home, queue_url=postgres.queue))
    try:
        check_bombs_do_nothing(dispatcher, tmp_path / "exploded", monkeypatch, caplog)
    finally:
        dispatcher.huey.storage.close()
