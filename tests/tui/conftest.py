"""Fixtures for the terminal application: a clock that stands still, a terminal that is always the same."""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual import _wait
from textual.css.model import RuleSet
from textual.css.stylesheet import CSSLocation, Stylesheet

from core import clock
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.tui.driving import SvgExtension
from tests.tui.rows import NOW
from tui import key_order, program
from tui.app import CrossdockApp
from tui.frame.live import LiveScreen


@pytest.fixture(scope="session", autouse=True)
def _styles_read_once() -> Iterator[None]:
    """Applications of one process share the rules that were read from one style sheet with one set of colours."""
    known: dict[Hashable, list[RuleSet]] = {}
    read = Stylesheet._parse_rules

    def read_once(self: Stylesheet, css: str, read_from: CSSLocation, *how: Any, **more: Any) -> list[RuleSet]:
        key = (tuple(self._variables.items()), css, read_from, how, tuple(more.items()))
        if key not in known:
            known[key] = read(self, css, read_from, *how, **more)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", read_once)
        yield


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
    # Textual takes an application for idle that did nothing for this long; `settle` looks closer.
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 0.002)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 0.0002)
    # Tests read by `refresh_now`; a timer in between would make them depend on the machine's speed.
    monkeypatch.setattr(LiveScreen, "POLL_EVERY", 3600.0)
    # So would a key that is looked at before what it waits for is there.
    monkeypatch.setattr(key_order, "PATIENCE", 3600.0)
    # Whether the program is on the search path is the machine's business.
    monkeypatch.setattr(program, "call", lambda: "crossdock")
    # A worker that is missing is said at once.
    monkeypatch.setattr(CrossdockApp, "WORKER_GRACE", -1.0)
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
