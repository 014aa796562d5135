"""The application around its screens: opening, trouble, keys, palette, help, and how it ends."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.text import Text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from syrupy.assertion import SnapshotAssertion

from core import logs
from core.actor import LOCAL_ADMIN
from core.errors import ConfigurationError
from core.settings import Settings
from core.workspace import Workspace
from tests.tui.driving import Jobs, jobs_screen, press, settle, text_of
from tests.tui.rows import fill
from tui.app import CrossdockApp, log_file, run_app
from tui.frame.live import LiveScreen
from tui.screens.home.screen import HomeScreen
from tui.screens.jobs.screen import JobsScreen
from tui.screens.jump import JumpScreen
from tui.screens.opening import OpeningScreen, TroubleScreen
from tui.using import LOCKED, STILL_WAITING
from tui.widgets.keys import Keys
from tui.widgets.palette import Palette
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane


class TestOpening:
    async def test_opens_a_home_and_closes_it(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a workspace the application opens its own, and closes that at the end."""
        closed: list[Workspace] = []
        monkeypatch.setattr(Workspace, "close", lambda workspace: closed.append(workspace))
        app = CrossdockApp(settings, LOCAL_ADMIN, title="demo")
        async with app.run_test() as pilot:
            assert app.workspace is None or isinstance(app.screen, (OpeningScreen, HomeScreen))
            await settle(pilot)
            assert isinstance(app.screen, HomeScreen)
            assert text_of(app.screen.query_one("#title")).startswith("▐1 Home▌")
        assert closed == [app.workspace]

    async def test_leaves_a_workspace_of_others_open(self, workspace: Workspace) -> None:
        """What was handed in is not closed."""
        async with jobs_screen(workspace):
            pass
        with workspace.database.read() as session:
            assert isinstance(session, Session)
        assert not workspace.writes_stopped()

    def test_says_what_it_opens(self, settings: Settings) -> None:
        """A sentence stands there while a large database is brought up to date."""
        screen = CrossdockApp(settings, LOCAL_ADMIN).get_default_screen()
        assert isinstance(screen, OpeningScreen)

    async def test_trouble(self, home: Path) -> None:
        """A home that cannot be opened is a message with its next step; the exit code is the error's."""
        home.mkdir()
        broken = Settings(home=home, database_url="sqlite:////dev/null/crossdock.db")
        app = CrossdockApp(broken, LOCAL_ADMIN)
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            assert isinstance(app.screen, TroubleScreen)
            assert text_of(app.screen.query_one("#what"))
            assert text_of(app.screen.query_one("#next_step")).startswith("What to do: ")
            await press(pilot, "q")
        assert app.return_code == 3

    async def test_opens_again(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, picture: SnapshotAssertion
    ) -> None:
        """After the cause was removed, one key goes on."""

        def refuse(self: Workspace, settings: Settings) -> None:
            raise ConfigurationError("The key [/foo] is gone.", subject="key", next_step="Put it back.")

        app = CrossdockApp(settings, LOCAL_ADMIN)
        with monkeypatch.context() as patch:
            patch.setattr(Workspace, "__init__", refuse)
            async with app.run_test(size=(80, 24)) as pilot:
                await settle(pilot)
                assert isinstance(app.screen, TroubleScreen)
                assert app.export_screenshot() == picture
                patch.undo()
                await press(pilot, "r")
                assert isinstance(app.screen, HomeScreen)


def test_home_that_cannot_be_written(home: Path) -> None:
    """The command line is told in its own terms."""
    home.parent.mkdir(exist_ok=True)
    home.write_text("not a folder")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        run_app(Settings(home=home), LOCAL_ADMIN)


class TestKeys:
    async def test_footer_is_short(self, workspace: Workspace) -> None:
        """At most six entries, all of them in view at 80 columns."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            line = text_of(jobs.screen.query_one(Keys))
            assert len(re.split(" {2,}", line)) <= 7
            assert "? Help" in line

    async def test_help(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """One key shows all others, with what they do."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "?")
            assert isinstance(jobs.app.screen, TextModal)
            shown = jobs.app.screen.query_one(TextPane).plain
            for word in ("Cancel. End the job after the current item", "Problems", "↓, j", "Quit"):
                assert word in shown
            assert jobs.app.export_screenshot() == picture
            await press(jobs.pilot, "?", "escape")
            assert jobs.app.screen is jobs.screen

    async def test_palette(self, workspace: Workspace) -> None:
        """It offers what has a key here, and does it."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            names = [command.name for command in jobs.app.palette_commands(jobs.screen)]
            assert {"Cancel", "Retry", "Log", "Problems", "Summary", "View", "Help", "Quit", "Theme"} <= set(names)
            assert not {"Up", "First row"} & set(names)
            await press(jobs.pilot, "ctrl+p", *"summary", "enter")
            assert jobs.pane.id == "summary"

    async def test_palette_in_haste(self, workspace: Workspace) -> None:
        """It may be asked for while the one before is being removed; nothing lies over it, and it over no letters."""
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "ctrl+p")
            jobs.app.pop_screen()
            await press(jobs.pilot, "ctrl+p", "ctrl+o", "ctrl+p")
            assert [type(screen) for screen in jobs.app.screen_stack[1:]] == [Palette]
            await jobs.pilot.resize_terminal(40, 2)
            await press(jobs.pilot, *"jobs", "down", "pagedown", "pageup")
            await press(jobs.pilot, "escape", "ctrl+o", "ctrl+p")
            assert [type(screen) for screen in jobs.app.screen_stack[1:]] == [JumpScreen]


class TestFollowing:
    async def test_only_the_visible_screen_reads(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The timer runs with the screen on top, and rests beneath another."""
        monkeypatch.setattr(LiveScreen, "POLL_EVERY", 1.0)
        async with jobs_screen(workspace) as jobs:
            timer = jobs.screen._timer
            assert timer is not None
            assert timer._active.is_set()
            await press(jobs.pilot, "?")
            assert not timer._active.is_set()
            await press(jobs.pilot, "escape")
            assert timer._active.is_set()

    async def test_asks_once_more(self, workspace: Workspace) -> None:
        """Requests while a reading is under way become one more reading."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            for _ in range(10):
                jobs.screen.refresh_now()
            assert len(list(jobs.app.workers)) == 1
            await settle(jobs.pilot)

    async def test_slow_database(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """An answer that does not come is said, while the data stay."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            monkeypatch.setattr(JobsScreen, "SLOW", -1.0)
            jobs.screen.refresh_now()
            jobs.screen._tick()
            assert "The database does not answer." in jobs.banner[0]
            await settle(jobs.pilot)
            assert len(jobs.banner) == 1
            assert jobs.banner[0].startswith("No worker")

    async def test_slow_use_case(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that another program keeps locked is said, at first that it takes long, then why it failed."""
        monkeypatch.setattr(JobsScreen, "SLOW", 0.01)
        locked = OperationalError("INSERT", {"key": "hunter2!"}, sqlite3.OperationalError("database is locked"))
        async with jobs_screen(workspace) as jobs:
            told = threading.Event()

            def refuse() -> None:
                assert told.wait(10)
                raise locked

            jobs.screen.use(refuse, lambda _: None)
            while not jobs.toasts:
                await jobs.pilot.pause()
            told.set()
            await settle(jobs.pilot)
            assert jobs.toasts == [STILL_WAITING, LOCKED]


class TestEnd:
    @pytest.fixture
    def _logging(self, settings: Settings) -> Iterator[None]:
        logs.configure(settings, file=log_file(settings.home))
        yield
        logs.configure(settings)

    @pytest.mark.usefixtures("_logging")
    async def test_fault(
        self,
        settings: Settings,
        workspace: Workspace,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A fault ends with one line on the terminal; the trace, without local values, is in the log."""

        def fault(self: JobsScreen) -> None:
            secret = "hunter2" + "!"
            raise KeyError(f"[/foo] of {len(secret)}")

        monkeypatch.setattr(JobsScreen, "action_retry", fault)
        app = CrossdockApp(settings, LOCAL_ADMIN, workspace=workspace, first="jobs")
        with pytest.raises(KeyError):
            async with app.run_test() as pilot:
                await settle(pilot)
                await pilot.press("r")
        printed = capsys.readouterr()
        assert "hunter2!" not in printed.err + printed.out
        assert app.return_code == 1
        logged = log_file(settings.home).read_text()
        assert "Traceback" in logged
        assert "KeyError" in logged
        assert "hunter2!" not in logged

    def test_one_line(self, settings: Settings) -> None:
        """What the terminal is left with."""
        app = CrossdockApp(settings, LOCAL_ADMIN)
        app._close_messages_no_wait = lambda: None  # type: ignore[method-assign]
        app._handle_exception(ValueError("secret"))
        app._handle_exception(ValueError("its consequence"))
        (line,) = app._exit_renderables
        assert isinstance(line, Text)
        assert line.plain == f"Crossdock ended by a fault of the program (ValueError). See {log_file(settings.home)}."

    async def test_quits(self, workspace: Workspace) -> None:
        """With exit code 0, and with the key that everybody tries first."""
        async with jobs_screen(workspace) as jobs:
            await jobs.pilot.press("q")
        assert jobs.app.return_code == 0


class TestColours:
    def test_sixteen(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        """A terminal with few colours gets the theme made of its own sixteen."""
        monkeypatch.delenv("COLORTERM")
        monkeypatch.setenv("TERM", "xterm-16color")
        assert CrossdockApp(settings, LOCAL_ADMIN).theme == "ansi-dark"

    async def test_none(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, picture: SnapshotAssertion
    ) -> None:
        """Without colours the cursor, the tab and the states are still to be seen."""
        monkeypatch.setenv("NO_COLOR", "1")
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            assert isinstance(jobs, Jobs)
            await press(jobs.pilot, "j")
            assert jobs.app.export_screenshot() == picture
