"""Driving the application through its keys, without ever sleeping."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.workspace import Workspace
from tui.app import CrossdockApp
from tui.frame.live import LiveScreen
from tui.screens.jobs.detail import JobPane
from tui.screens.opening import OpeningScreen
from tui.widgets.banner import Banner
from tui.widgets.pane import Pane
from tui.widgets.sentence import Sentence
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane
from tui.widgets.title import Title

SMALL = (80, 24)
LARGE = (120, 40)
WIDE = (140, 45)
HUGE = (200, 60)
SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
"""For tests of every screen: the least that is complete, and a common size."""
ALL_SIZES = pytest.mark.parametrize("size", [SMALL, LARGE, WIDE, HUGE], ids=["80x24", "120x40", "140x45", "200x60"])
"""For pictures of a place whose layout changes with the room there is."""


class SvgExtension(SingleFileSnapshotExtension):
    """One picture per file, openable in a browser."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **kwargs: Any) -> str:
        """The picture without the number that Rich draws anew each time."""
        return re.sub(r"terminal-\d+-", "terminal-", str(data))


KEYS = {" ": "space", "-": "minus", ".": "full_stop", "/": "slash", ":": "colon", "_": "underscore", "@": "at"}
"""Characters whose key has a name of its own."""


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no thread works for the application and everything read is shown.

    It has to be so twice in a row: what a thread has posted at its very end may still be on its way.
    """
    at_rest = 0
    for _ in range(100):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        at_rest = at_rest + 1 if _rests(pilot) else 0
        if at_rest == 2:
            return
    raise AssertionError("The application does not come to rest.")


def _rests(pilot: Pilot[None]) -> bool:
    screen = pilot.app.screen
    opening = isinstance(screen, OpeningScreen)  # its thread begins after the first picture
    reading = isinstance(screen, LiveScreen) and not screen.is_settled
    busy = isinstance(pilot.app, CrossdockApp) and not (pilot.app._exit or pilot.app.keys_are_done)
    return not (list(pilot.app.workers) or opening or reading or busy or _has_messages(pilot.app))


def _has_messages(app: App[None]) -> bool:
    """Whether something was said to a part of the application that it has not heard, or has yet to be painted."""
    screen = app.screen
    parts = (app, screen, *screen.query("*"))
    said = any(part.message_queue_size or part._next_callbacks for part in parts)
    return said or bool(screen._callbacks or screen._layout_required or screen._dirty_widgets)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait for what they cause."""
    if isinstance(pilot.app, CrossdockApp):  # which keeps them in order itself
        await pilot.press(*keys)
    else:
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
    await settle(pilot)


class Driven:
    """The application at a place: what can be seen there, and its keys."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        assert isinstance(pilot.app, CrossdockApp)
        self.app = pilot.app

    async def press(self, *keys: str) -> None:
        """Press keys and wait for what they cause."""
        await press(self.pilot, *keys)

    async def type(self, text: str) -> None:
        """Type `text` and wait for what it causes."""
        await press(self.pilot, *[KEYS.get(character, character) for character in text])

    async def refresh(self) -> None:
        """Read again and wait for it."""
        self.screen.refresh_now()
        await settle(self.pilot)

    @property
    def screen_name(self) -> str:
        """The name of the screen."""
        return self.app.current_mode

    @property
    def screen(self) -> LiveScreen[Any]:
        """The screen of the place, which may lie beneath another."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, LiveScreen)
        return screen

    @property
    def title(self) -> str:
        """The title line."""
        return text_of(self.screen.query_one(Title))

    @property
    def banner(self) -> tuple[str, ...]:
        """The sentences of the banner."""
        return self.screen.query_one(Banner).sentences

    @property
    def sentence(self) -> str:
        """The sentence in place of the body; empty when the body is shown."""
        sentence = self.screen.query_one(Sentence)
        return sentence.text if sentence.display else ""

    @property
    def table(self) -> Table:
        """The (first) list."""
        return self.screen.query(Table).first()

    @property
    def rows(self) -> list[str]:
        """The list as it is drawn, without its heading and empty lines."""
        return drawn(self.table)[1:]

    @property
    def row(self) -> str:
        """The row with the cursor as it is drawn, however far the list is scrolled."""
        return self.rows[self.table.cursor - self.table.scroll_offset.y]

    def edge(self, name: str = "#list-pane") -> Pane:
        """The pane with the list, or another: what stands in its edge."""
        return self.screen.query_one(name, Pane)

    @property
    def toasts(self) -> list[str]:
        """Messages of the moment."""
        return [note.text for note in self.app.messages.history]

    @property
    def picture(self) -> str:
        """What the terminal shows, to compare with the picture kept beside the tests."""
        return self.app.export_screenshot()


class Jobs(Driven):
    """The application on its Jobs screen."""

    @property
    def head(self) -> str:
        """The head of the details."""
        return text_of(self.screen.query_one("#head", Static))

    @property
    def title_of_details(self) -> str:
        """The title of the pane with the details."""
        return self.screen.query_one(JobPane).title

    @property
    def tabs(self) -> str:
        """The line with the tabs."""
        return text_of(self.screen.query_one("#tabs", Static))

    @property
    def pane(self) -> TextPane:
        """The open tab."""
        return self.screen.query_one(JobPane).pane


def text_of(widget: Static) -> str:
    """What a Static says."""
    return str(widget.content)


def drawn(widget: Table | TextPane) -> list[str]:
    """The lines of a table or text as they are drawn, without empty ones."""
    lines = ["".join(segment.text for segment in widget.render_line(y)) for y in range(widget.size.height)]
    return [line.rstrip() for line in lines if line.strip()]


@asynccontextmanager
async def at(
    workspace: Workspace,
    place: str,
    size: tuple[int, int] = SMALL,
    actor: Actor = LOCAL_ADMIN,
    of: type[Driven] = Driven,
) -> AsyncIterator[Driven]:
    """The application at `place`, at rest."""
    app = CrossdockApp(workspace.settings, actor, workspace=workspace, first=place)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield of(pilot)


@asynccontextmanager
async def jobs_screen(
    workspace: Workspace, size: tuple[int, int] = SMALL, actor: Actor = LOCAL_ADMIN
) -> AsyncIterator[Jobs]:
    """The application on its Jobs screen, at rest."""
    async with at(workspace, "jobs", size, actor, Jobs) as jobs:
        assert isinstance(jobs, Jobs)
        yield jobs
