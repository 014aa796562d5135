"""The terminal application: opens a home folder and holds screens, global keys and the command palette.

Logs go to a file only, because standard output and error belong to the screen.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkerFailed

from core import logs
from core.actor import Actor
from core.errors import ConfigurationError, CrossdockError
from core.settings import Settings
from core.workspace import Workspace
from tui.screens.jobs import JobsScreen
from tui.screens.live import reason_of
from tui.screens.opening import OpeningScreen, TroubleScreen
from tui.text import clean
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

log = logging.getLogger(__name__)

SCREENS = {"jobs": JobsScreen}
"""The places one can be, by name; each is made with the workspace and the acting operator."""

FIRST = "jobs"


def run_app(settings: Settings, actor: Actor, title: str = "") -> int:
    """Run the application until it ends; returns the exit code. Raises ConfigurationError without a writable home."""
    try:
        logs.configure(settings, file=log_file(settings))
    except OSError as error:
        raise ConfigurationError(
            f"The folder {settings.home} cannot be written: {error.strerror}.",
            next_step="Correct its rights, or set CROSSDOCK_HOME to another folder.",
        ) from None
    app = CrossdockApp(settings, actor, title=title)
    app.run(mouse=False)  # without it the terminal keeps its own selection and scrolling
    return app.return_code or 0


def log_file(settings: Settings) -> Path:
    """Where the application logs to."""
    return settings.home / "logs" / "tui.log"


class CrossdockApp(App[None]):
    """The application. A workspace that is handed in stays open at the end; one that it opened itself is closed."""

    CSS_PATH = "theme.tcss"
    TITLE = "Crossdock"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual has typed it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", key_display="?", id="app.help", tooltip="All keys of this screen"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; workers and their jobs go on"),
    ]

    @dataclass
    class Opened(Message):
        """The home folder is open."""

        workspace: Workspace

    @dataclass
    class OpeningFailed(Message):
        """The home folder cannot be used."""

        error: CrossdockError

    def __init__(
        self, settings: Settings, actor: Actor, *, workspace: Workspace | None = None, title: str = ""
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.settings = settings
        self.actor = actor
        self.workspace = workspace
        self._owns_workspace = workspace is None
        self.title = f"Crossdock · {clean(title)}" if title else "Crossdock"
        if "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"
        if self.no_color or self.console.color_system == "standard":
            # Mixed colours come out wrong there; this theme uses the sixteen of the terminal and no others.
            self.theme = "ansi-dark"

    def get_default_screen(self) -> Screen[None]:
        """What stands beneath everything: the sentence while opening."""
        return OpeningScreen(str(self.settings.home))

    def on_mount(self) -> None:
        """Take care of the terminal, then open the home folder."""
        self._watch_signals()
        if self.workspace is not None:
            self._enter(self.workspace)
        else:
            self.open_workspace()

    def on_unmount(self) -> None:
        """Close what was opened here."""
        if self._owns_workspace and self.workspace is not None:
            self.workspace.close()

    # -- opening --------------------------------------------------------------------------------------------

    @work(thread=True, group="open", exclusive=True, exit_on_error=False)
    def open_workspace(self) -> None:
        """Open the home folder in a thread: it may wait for a lock or bring the schema up to date."""
        try:
            workspace = Workspace(self.settings)
        except CrossdockError as error:
            self.post_message(self.OpeningFailed(error))
        except Exception as error:
            log.exception("the home folder cannot be opened")
            what = f"The home folder {self.settings.home} cannot be opened: {reason_of(error)}"
            self.post_message(self.OpeningFailed(ConfigurationError(what, next_step=f"See {log_file(self.settings)}.")))
        else:
            self.post_message(self.Opened(workspace))

    @on(Opened)
    def _show_screens(self, event: Opened) -> None:
        self.workspace = event.workspace
        self._enter(event.workspace)

    @on(OpeningFailed)
    def _show_trouble(self, event: OpeningFailed) -> None:
        self.push_screen(TroubleScreen(event.error))

    def action_open_again(self) -> None:
        """Try to open the home folder once more."""
        self.pop_screen()
        self.open_workspace()

    def _enter(self, workspace: Workspace) -> None:
        for name, screen in SCREENS.items():
            self.add_mode(name, partial(screen, workspace, self.actor))
        self.switch_mode(FIRST)

    # -- keys and palette -----------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Leave; where nothing could be opened, with the exit code of the error."""
        trouble = self.screen
        self.exit(return_code=trouble.error.exit_code if isinstance(trouble, TroubleScreen) else 0)

    def action_help(self) -> None:
        """Show every key that works here."""
        if not isinstance(self.screen, TextModal):
            self.push_screen(TextModal("Keys on this screen", list(self._help())))

    def _help(self) -> Iterable[Line]:
        keys: dict[str, list[str]] = {}
        texts: dict[str, str] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.description and not binding.system:
                keys.setdefault(binding.action, []).append(self.get_key_display(binding))
                texts[binding.action] = ". ".join(part for part in (binding.description, binding.tooltip) if part)
        column = max(len(", ".join(names)) for names in keys.values()) + 2
        for action, names in keys.items():
            listed = ", ".join(names).ljust(column)
            yield Line(Content.assemble((listed, "bold"), texts[action]), indent=column)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what has a key on this screen, without the moves within a table or a text, and the theme."""
        seen = {"command_palette"}
        for node, binding, enabled, _ in screen.active_bindings.values():
            ours = isinstance(node, (Screen, App)) and binding.id and binding.description
            if ours and enabled and binding.action not in seen:
                seen.add(binding.action)
                run = partial(self.run_action, binding.action, default_namespace=node)
                yield SystemCommand(binding.description, binding.tooltip, run)
        yield SystemCommand("Theme", "Choose other colours for this session", self.action_change_theme)

    # -- the end --------------------------------------------------------------------------------------------

    def _watch_signals(self) -> None:
        """Without this, the end of an SSH session or of a service leaves the terminal unusable."""
        if self.is_headless or threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            with suppress(NotImplementedError):  # Windows has no such handlers
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def _handle_exception(self, error: Exception) -> None:
        """A fault of the program: the log gets the trace, the terminal one line. Local values appear in neither.

        Replaces Textual's own, which prints every local variable, secrets among them.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        log.critical("the application ends by a fault", exc_info=(type(cause), cause, cause.__traceback__))
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        if not self._exit_renderables:
            line = f"Crossdock ended by a fault of the program ({type(cause).__name__}). See {log_file(self.settings)}."
            self._exit_renderables.append(Text(line, no_wrap=True, overflow="ignore"))
        self._close_messages_no_wait()
