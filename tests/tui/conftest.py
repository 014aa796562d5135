"""Fixtures for the terminal application: a clock that stands still, a terminal that is always the same."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from core import clock
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.tui.driving import SvgExtension
from tests.tui.rows import NOW
from tui.app import CrossdockApp
from tui.places import Place
from tui.screens.live import LiveScreen
from tui.widgets import title

PLANNED = tuple(
    Place(str(number), name.lower(), name, "")
    for number, name in enumerate(["Dashboard", "Channels", "Orders", "Problems", "Jobs", "Settings"], start=1)
)


@pytest.fixture(autouse=True)
def _fixed_surroundings(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    """Neither the developer's configuration, terminal and time zone nor the time of day reach a test."""
    for name in list(os.environ):
        if name.startswith("TEXTUAL") or name == "NO_COLOR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TZ", "<+01>-1")  # a zone that needs no time zone database: UTC+01:00 all year
    time.tzset()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    # Tests read by `refresh_now`; a timer in between would make them depend on the machine's speed.
    monkeypatch.setattr(LiveScreen, "POLL_EVERY", 3600.0)
    # The title line of the pictures names all places that are planned, so that a new one does not change them all.
    monkeypatch.setattr(title, "PLACES", PLANNED)
    # Homes of tests are new ones; only the tests of the first start want to be led.
    monkeypatch.setattr(CrossdockApp, "LEADS", False)
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def settings(home: Path) -> Settings:
    """The configuration of an empty home."""
    return Settings(home=home)


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """An empty home, opened."""
    with opened(settings) as workspace:
        yield workspace


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares what the screen looks like with the picture kept beside the tests."""
    return snapshot.use_extension(SvgExtension)
