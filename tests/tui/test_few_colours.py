"""Every place in each theme: other colours, the same words; in 16 colours no colour but those of the terminal."""

from __future__ import annotations

import pytest
from rich.color import ColorType

from core.workspace import Workspace
from tests.hostile import fill
from tests.tui.driving import LARGE, Driven, at
from tui.screen_list import SCREENS

SIXTEEN = (ColorType.DEFAULT, ColorType.STANDARD)
LIGHT, FEW = "crossdock-light", "ansi-dark"


def _words(it: Driven) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in it.app.screen._compositor.render_strips()]


def _other_colours(it: Driven) -> set[str]:
    """What is drawn in a colour that a terminal of 16 does not have."""
    found = set()
    for segment in (one for strip in it.app.screen._compositor.render_strips() for one in strip):
        for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
            if colour is not None and colour.type not in SIXTEEN:
                found.add(f"{segment.text!r} in {colour.name}")
    return found


FILLED = pytest.param(True, id="filled", marks=pytest.mark.long)


@pytest.mark.parametrize("is_filled", [FILLED, pytest.param(False, id="empty")])
async def test_every_place(workspace: Workspace, is_filled: bool) -> None:
    if is_filled:
        fill(workspace, "")
    async with at(workspace, "home", LARGE) as it:
        usual = it.app.theme
        for entry in SCREENS:
            it.app.theme = usual
            it.app.go(entry.name)  # type: ignore[attr-defined]
            await it.press()
            await it.refresh()
            words = _words(it)
            assert _other_colours(it)
            for theme in (LIGHT, FEW):
                it.app.theme = theme
                await it.press()
                assert _words(it) == words, (entry.name, theme)
            assert not _other_colours(it), entry.name
