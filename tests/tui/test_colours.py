"""Every section and state in dark, light and sixteen colours, as lines of text with the colours that they are drawn in.

These pictures are of the text, and so small: the layout in all sizes is in those of each place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from rich.color import ColorType
from rich.style import Style
from syrupy.assertion import SnapshotAssertion

from core import clock
from core.workspace import Workspace
from tests.tui.driving import Driven, at, settle
from tests.tui.order_rows import fill_orders
from tests.tui.rows import NOW, add_worker, stop_writes
from tui import themes
from tui.frame.live import READING, LiveScreen
from tui.screen_list import PLACES, SCREENS
from tui.screens.settings.screen import SECTIONS

THEMES = [themes.DARK.name, themes.LIGHT.name, themes.SIXTEEN]
WAYS = {
    screen.name: (place.key, *["right_square_bracket"] * number)
    for place in PLACES
    for number, screen in enumerate(place.screens)
}
"""The keys that lead to each screen from one of another place."""
OF_THE_MACHINE = {"health", "KeysSection"}
"""They tell its paths and the room on its disk; tests of their own look at them."""


@pytest.mark.parametrize("theme", THEMES)
async def test_sections_and_states(
    workspace: Workspace, theme: str, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places with orders alone are partly empty; then nothing fits, writes are stopped, and reading fails."""
    fill_orders(workspace)
    add_worker(workspace, "elsewhere:1/4711/1")  # what is shown of it is the same on every machine
    async with at(workspace, "home") as it:
        it.app.theme = theme
        await settle(it.pilot)
        looks = dict[str, str]()
        for place in SCREENS:
            await it.press(*WAYS[place.name])
            looks[place.name] = _look(it)
            for section in (*SECTIONS[1:], SECTIONS[0]) if place.name == "settings" else ():
                await it.press("right")
                looks[section.__name__] = _look(it)
        await it.press(*WAYS["orders"])
        await it.press("slash", *"zzz", "enter")
        looks["no match"] = _look(it)
        await it.press("escape")
        stop_writes(workspace)
        await it.refresh()
        looks["stopped"] = _look(it)
        monkeypatch.setattr(Workspace, "why_stopped", lambda _: 1 / 0)
        monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=3))
        await it.refresh()
        looks["stale"] = _look(it)
    async with at(workspace, "jobs") as it:
        it.app.theme = theme
        await settle(it.pilot)
        looks["failed"] = _look(it)
        monkeypatch.setattr(LiveScreen, "_fetch", lambda *_: None)  # the reading is held back
        for place in ("orders", "mapping", "settings"):
            it.app.go(place)  # type: ignore[attr-defined]
            await it.pilot.pause()
            assert it.sentence == READING
            looks[f"{place} loading"] = _look(it)
    for name in looks.keys() - OF_THE_MACHINE:
        assert looks[name] == snapshot(name=name)


def _look(it: Driven) -> str:
    """Each line, with a letter for the colours before what is drawn in them, and what the letters mean."""
    known: dict[str, str] = {}
    lines = [
        "".join(f"⟨{known.setdefault(look, _letter(len(known)))}⟩{text}" for look, text in _stretches(strip))
        for strip in it.app.screen._compositor.render_strips()
    ]
    return "\n".join([*lines, *[f"{letter}: {look}" for look, letter in known.items()]])


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else f"a{_letter(number - 26)}"


def _stretches(strip: object) -> Iterator[tuple[str, str]]:
    """Neighbours that look alike are one."""
    before, said = "", ""
    for text, style, _ in strip:  # type: ignore[attr-defined]
        look = _words(style or Style())
        if said and look != before:
            yield before, said
            said = ""
        before, said = look, said + text
    yield before, said.rstrip() if before.endswith("default") else said


def _words(style: Style) -> str:
    return str(style.without_color + Style(color=style.color, bgcolor=style.bgcolor, meta=None)).partition(" link")[0]


async def test_sixteen_colours_are_the_terminals_own(workspace: Workspace) -> None:
    """In none of the places a colour is mixed: a terminal of sixteen would show another."""
    fill_orders(workspace)
    async with at(workspace, "home") as it:
        it.app.theme = themes.SIXTEEN
        for place in SCREENS:
            await it.press(*WAYS[place.name])
            styles = [style for strip in it.screen._compositor.render_strips() for _, style, _ in strip if style]
            colours = {colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None}
            mixed = {colour.name for colour in colours if colour.type not in (ColorType.DEFAULT, ColorType.STANDARD)}
            assert not mixed, place.name
