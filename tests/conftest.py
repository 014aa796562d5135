"""Keeps every test away from the developer's own home, keys and clock."""

from __future__ import annotations

import gc
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core import clock, vault
from core.database import Database
from core.migrations import runner
from core.people import passwords
from core.settings import Settings

gc.disable()  # until everything is loaded, which leaves no garbage
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # processes of tests are many: none has to compile the program anew


def pytest_collection_finish() -> None:
    """What was loaded stays to the end: nothing of it is looked through for garbage.

    What an application leaves behind is: but seldom, as all that lives is looked through each time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 5)
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _laid_out_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New homes begin with a copy of a database that was laid out once; what lays it out has tests of its own."""
    file = tmp_path_factory.mktemp("layout") / "crossdock.db"
    template = Database(f"sqlite:///{file}")
    lay_out = runner.lay_out
    lay_out(template)
    template.close()

    def copy(database: Database) -> None:
        if not database.is_sqlite:
            lay_out(database)
            return
        target = database.engine.raw_connection()
        with closing(sqlite3.connect(file)) as source:
            source.backup(target.driver_connection)
        target.close()

    runner.lay_out = copy
    yield
    runner.lay_out = lay_out


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home folder for this test; nothing of the caller's configuration reaches it."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CROSSDOCK_{name.upper()}", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    folder = tmp_path / "home"
    monkeypatch.setenv("CROSSDOCK_HOME", str(folder))
    yield folder
    vault.close_vault()
    clock.install(None, folder)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """What a test that runs the program in this process asks of the logs ends with the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.setLevel(level)
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
        handler.close()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password hashes that cost nothing."""
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 64)
    monkeypatch.setattr(passwords, "_NOBODYS", passwords._NOBODYS.replace(f"m={64 * 1024}", "m=64"))
