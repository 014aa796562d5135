"""Nothing is too small, too large or too empty to be shown: every stage of the first start, every place, any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from core.health import Day
from core.workspace import Workspace
from tests.tui.driving import Driven, at
from tests.tui.stages import STAGES
from tui.app import CrossdockApp
from tui.screen_list import SCREENS
from tui.screens.first_start.screen import FirstStartScreen
from tui.screens.home import text as home_text
from tui.screens.settings.screen import SECTIONS
from tui.widgets.bars import bar_chart
from tui.widgets.progress import progress_text

ANY_SIZE = ((1, 1), (10, 3), (40, 12), (200, 60))


async def _resized(it: Driven, sizes: Sequence[tuple[int, int]] = ANY_SIZE) -> None:
    """Show it at every size; what fails ends the application, and with it the test."""
    for width, height in sizes:
        await it.pilot.resize_terminal(width, height)
    await it.press()


@pytest.mark.long
@pytest.mark.parametrize("stage", STAGES)
async def test_first_start(workspace: Workspace, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stands any size, and escape leads to Home, which does too."""
    monkeypatch.setattr(CrossdockApp, "LEADS", True)
    STAGES[stage](workspace)
    async with at(workspace, "home") as it:
        await _resized(it, ((1, 1), (40, 12)))
        assert isinstance(it.app.screen, FirstStartScreen)
        await it.press("escape")
        assert it.app.screen is it.screen
        assert it.screen_name == "home"
        await _resized(it, ((10, 3), (80, 24)))
        assert it.sentence or it.rows


@pytest.mark.long
@pytest.mark.parametrize("place", [place.name for place in SCREENS])
@pytest.mark.parametrize("stage", ["empty home", "channel without import"])
async def test_place_without_anything_imported(workspace: Workspace, place: str, stage: str) -> None:
    """Every place, and every section of the settings, at any size."""
    STAGES[stage](workspace)
    async with at(workspace, place) as it:
        await _resized(it)
        if place == "settings":
            for size in ((1, 1), (40, 12)):
                await _resized(it, [size])
                await it.press(*["right"] * len(SECTIONS))
        await it.press("escape")
        assert it.screen_name == place
        assert it.sentence or it.screen.focused is not None


@pytest.mark.parametrize("number", [0, 1, 14])
@pytest.mark.parametrize("value", [0, 1, 10**12])
def test_charts(number: int, value: int) -> None:
    """A chart has no more cells than there are, whatever its days; without days there is none."""
    days = [Day(date(2026, 11, 1) + timedelta(days=count), value, value, value) for count in range(number)]
    for width in range(1, 70):
        chart = home_text.chart(days, [day.orders for day in days], 4, width)
        assert all(line.cell_length <= width for line in chart.split("\n", allow_blank=True))
        assert bool(chart.plain) == bool(days)
        bar_chart([], [], width, 4)


@pytest.mark.parametrize("width", [-3, 0, 1, 10])
def test_progress(width: int) -> None:
    """Numbers even where there is no room for a bar."""
    assert progress_text(0, 0, width) == "0/0"
    assert progress_text(3, 9, width).startswith("3/9")
