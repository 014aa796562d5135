"""Every place over a home of hostile text: all that is drawn shows itself, and the keys go on working."""

from __future__ import annotations

import pytest

from core.workspace import Workspace
from tests.hostile import HOSTILE, fill
from tests.tui.driving import LARGE, Driven, at
from tui.screen_list import SCREENS
from tui.screens.settings.screen import SECTIONS

OPEN = {
    "home": ("v",),
    "channels": ("enter",),
    "orders": ("p", "s"),
    "jobs": ("v",),
    "settings": ("enter",),
    "shipments": ("e",),
    "products": ("i", "e", "n"),
    "listings": ("e",),
    "mapping": ("enter", "u", "e", "i"),
}
"""The keys that open windows over the place."""
ANSWERED = {"products": "axlf", "listings": "axlf", "links": "xu", "shipments": "rf", "problems": "rf"}
"""Keys that are answered by a window or by a message, depending on the row."""
TABS = {"settings": len(SECTIONS), "mapping": 6, "problems": 2}


def _drawn(it: Driven) -> str:
    """Every character on the terminal."""
    strips = it.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def _check(it: Driven) -> None:
    drawn = _drawn(it)
    wrong = [line for line in drawn.split("\n") if not line.isprintable()]
    assert not wrong, wrong[0]


PLACES = [pytest.param(one.name, marks=() if one.name == "orders" else pytest.mark.long) for one in SCREENS]


@pytest.mark.parametrize("place", PLACES)
async def test_place(workspace: Workspace, place: str) -> None:
    """Lists, details, tabs, banner, toasts and the windows that open."""
    fill(workspace, HOSTILE)
    async with at(workspace, place, LARGE) as it:
        for _ in range(TABS.get(place, 1)):
            _check(it)
            await it.press("down")
            _check(it)
            if place in TABS:
                await it.press("right_square_bracket")
        for key in OPEN.get(place, ()):
            await it.press(key)
            assert it.app.screen is not it.screen, key
            _check(it)
            await it.press("escape")
        for key in ANSWERED.get(place, ""):
            await it.press(key)
            _check(it)
            await it.press("escape")
        assert all(toast.isprintable() for toast in it.toasts)


@pytest.mark.parametrize("tab", range(6))
async def test_tab_of_the_mapping(workspace: Workspace, tab: int) -> None:
    """Details of each row, the window that enter opens, and a search."""
    fill(workspace, HOSTILE)
    async with at(workspace, "mapping", LARGE) as it:
        await it.press(*["right_square_bracket"] * tab)
        for _ in range(3):
            await it.press("down")
            _check(it)
        await it.press("enter")
        _check(it)
        await it.press("escape", "slash", "a")
        _check(it)
        assert all(toast.isprintable() for toast in it.toasts)
