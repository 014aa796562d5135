"""What the unit tests share: a migrated database file per test, and a clock that stands still."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from core import clock, vault
from core.database import Database
from core.migrations.runner import ensure_schema
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.unit.builders import FakeClock

settings.register_profile("crossdock", deadline=None, database=None, derandomize=True)
settings.load_profile("crossdock")


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The program's time, moved by the test alone."""
    fake = FakeClock()
    monkeypatch.setattr(clock, "_current", fake)
    return fake


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database; migrating once for all tests saves most of their time."""
    file = tmp_path_factory.mktemp("template") / "crossdock.db"
    fresh = Database(f"sqlite:///{file}")
    ensure_schema(fresh)
    fresh.close()
    return file


@pytest.fixture
def database(template: Path, home: Path) -> Iterator[Database]:
    """A database of its own in the test's home, with an open vault."""
    home.mkdir(mode=0o700)
    shutil.copy(template, home / "crossdock.db")
    vault.open_vault(Settings(home=home))
    opened = Database(f"sqlite:///{home / 'crossdock.db'}")
    yield opened
    opened.close()


@pytest.fixture
def workspace(database: Database, home: Path) -> Iterator[Workspace]:
    """The home of `database`, opened whole."""
    with opened(Settings(home=home)) as workspace:
        yield workspace
