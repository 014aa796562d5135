"""Keeps every test away from the developer's own home, keys and clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import clock, vault
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
