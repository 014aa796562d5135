"""Driving the application through its keys, without ever sleeping."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.workspace import Workspace
from tui.app import CrossdockApp
from tui.screens.job_detail import JobDetail
from tui.screens.jobs import JobsScreen
from tui.screens.live import LiveScreen
from tui.widgets.banner import Banner
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

SMALL = (80, 24)
LARGE = (120, 40)


class SvgExtension(SingleFileSnapshotExtension):
    """One picture per file, openable in a browser."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT

    def serialize(self, data: Any, **kwargs: Any) -> str:
        """The picture without the number that Rich draws anew each time."""
        return re.sub(r"terminal-\d+-", "terminal-", str(data))


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no thread works for the application and everything read is shown."""
    for _ in range(50):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        screen = pilot.app.screen
        if not list(pilot.app.workers) and (not isinstance(screen, LiveScreen) or screen.is_settled):
            return
    raise AssertionError("The application does not come to rest.")


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait for what they cause."""
    await pilot.press(*keys)
    await settle(pilot)


class Jobs:
    """What can be seen of the Jobs screen."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.app = pilot.app

    @property
    def screen(self) -> JobsScreen:
        """The screen, which may lie beneath another."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, JobsScreen))

    @property
    def table(self) -> Table:
        """The list."""
        return self.screen.query_one(Table)

    @property
    def rows(self) -> list[str]:
        """The list as it is drawn, without its heading and empty lines."""
        lines = ["".join(segment.text for segment in self.table.render_line(y)) for y in range(self.table.size.height)]
        return [line.rstrip() for line in lines[1:] if line.strip()]

    @property
    def banner(self) -> tuple[str, ...]:
        """The sentences of the banner."""
        return self.screen.query_one(Banner).sentences

    @property
    def head(self) -> str:
        """The head of the details."""
        return text_of(self.screen.query_one("#head", Static))

    @property
    def tabs(self) -> str:
        """The line with the tabs."""
        return text_of(self.screen.query_one("#tabs", Static))

    @property
    def pane(self) -> TextPane:
        """The open tab."""
        return self.screen.query_one(JobDetail).pane

    @property
    def toasts(self) -> list[str]:
        """Messages of the moment."""
        return [toast.message for toast in self.app._notifications]

    async def refresh(self) -> None:
        """Read again and wait for it."""
        self.screen.refresh_now()
        await settle(self.pilot)


def text_of(widget: Static) -> str:
    """What a Static says."""
    return str(widget.content)


@asynccontextmanager
async def jobs_screen(
    workspace: Workspace, size: tuple[int, int] = SMALL, actor: Actor = LOCAL_ADMIN
) -> AsyncIterator[Jobs]:
    """The application on its Jobs screen, at rest."""
    app = CrossdockApp(workspace.settings, actor, workspace=workspace)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield Jobs(pilot)
