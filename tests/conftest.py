"""Keeps every test away from the developer's own home, keys and clock."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import clock, vault
from core.people import passwords
from core.settings import Settings


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
