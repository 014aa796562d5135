"""Every place over a home of hostile text: all that is drawn shows itself, and the keys go on working."""

from __future__ import annotations

import pytest

from core.workspace import Workspace
from tests.hostile import HOSTILE, fill
from tests.tui.driving import LARGE, Driven, at
from tui.screen_list import SCREENS
from tui.screens.settings.screen import SECTIONS

OPEN = {
    "home": "v",
    "channels": "enter",
    "orders": "p",
    "jobs": "v",
    "settings": "enter",
    "shipments": "e",
    "products": "i",
}
"""The key that opens a window over the place."""


def _drawn(it: Driven) -> str:
    """Every character on the terminal."""
    strips = it.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def _check(it: Driven) -> None:
    drawn = _drawn(it)
    wrong = [line for line in drawn.split("\n") if not line.isprintable()]
    assert not wrong, wrong[0]


@pytest.mark.parametrize("place", [place.name for place in SCREENS])
async def test_place(workspace: Workspace, place: str) -> None:
    """Lists, details, banner, toasts and the window that opens."""
    fill(workspace, HOSTILE)
    async with at(workspace, place, LARGE) as it:
        for _ in SECTIONS if place == "settings" else ("once",):
            _check(it)
            await it.press("down")
            _check(it)
            if place == "settings":
                await it.press("right")
        if place in OPEN:
            await it.press(OPEN[place])
            assert it.app.screen is not it.screen
            _check(it)
            await it.press("escape")
        assert all(toast.isprintable() for toast in it.toasts)
