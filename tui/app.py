"""The terminal application: opens a home folder, holds its places and the keys that work in all of them.

Logs go to a file only, because standard output and error belong to the screen.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import WorkerFailed

from core import logs
from core.actor import Actor
from core.errors import ConfigurationError, CrossdockError
from core.home import home_folder
from tui import emergency, keymap, preferences, themes
from tui.help import commands, help_lines
from tui.key_order import KeysInOrder
from tui.places import PLACES, load_places
from tui.preferences import Preferences
from tui.screens.jump import JumpScreen
from tui.screens.live import LiveScreen
from tui.screens.login import LoginScreen
from tui.screens.opening import OpeningScreen, TroubleScreen
from tui.text import clean
from tui.using import UsesCore, reason_of
from tui.widgets.palette import Palette, of_themes
from tui.widgets.text_modal import TextModal

if TYPE_CHECKING:
    # What takes long to load waits until the terminal shows the first sentence.
    from core.settings import Settings
    from core.workspace import Workspace

log = logging.getLogger(__name__)

JUMP = "A letter on everything that takes the focus"
PALETTE = "Search everything that can be done now"
STOP = "Stop all writes to stores and Amazon at once, or allow them again"


def run_app(
    settings: Settings | None = None, actor: Actor | None = None, title: str = "", *, login: bool = False
) -> int:
    """Run the application until it ends; returns the exit code. Raises ConfigurationError without a writable home.

    Without `settings` and `actor` those of the environment hold; they are looked up while something is shown already.
    With `login` nobody is trusted before name and password.
    """
    app = CrossdockApp(settings, actor, title=title, login=login)
    try:
        logs.configure(settings, file=log_file(app.home))
    except OSError as error:
        raise ConfigurationError(
            f"The folder {app.home} cannot be written: {error.strerror}.",
            next_step="Correct its rights, or set CROSSDOCK_HOME to another folder.",
        ) from None
    app.run(mouse=False)  # without it the terminal keeps its own selection and scrolling
    return app.return_code or 0


def log_file(home: Path) -> Path:
    """Where the application logs to."""
    return home / "logs" / "tui.log"


class CrossdockApp(UsesCore, KeysInOrder):
    """The application. A workspace that is handed in stays open at the end; one that it opened itself is closed."""

    CSS_PATH = "theme.tcss"
    TITLE = "Crossdock"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 - Textual has typed it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="What this screen is, and all its keys"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; workers and their jobs go on"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit_anywhere", tooltip="From a form"),
        *[place.binding for place in PLACES],
        Binding("ctrl+o", "jump", "Jump", show=False, priority=True, id="app.jump", tooltip=JUMP),
        Binding("ctrl+p", "command_palette", "Commands", show=False, priority=True, id="app.palette", tooltip=PALETTE),
        Binding("exclamation_mark", "stop_writes", "Stop writes", show=False, id="app.stop_writes", tooltip=STOP),
    ]

    @dataclass
    class Opened(Message):
        """The home folder is open."""

        workspace: Workspace
        actor: Actor | None
        """None: somebody has to log in."""

    @dataclass
    class OpeningFailed(Message):
        """The home folder cannot be used."""

        error: CrossdockError

    LEADS: ClassVar[bool] = True
    """Whether an installation that has not been set up yet opens with its first start."""

    def __init__(
        self,
        settings: Settings | None,
        actor: Actor | None,
        *,
        workspace: Workspace | None = None,
        title: str = "",
        first: str = PLACES[0].name,
        login: bool = False,
    ) -> None:
        """`title` says what this installation is, `first` where it begins; with `login` it asks who is there."""
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.home = settings.home if settings else home_folder()
        self._settings = settings
        self.actor = None if login else actor
        self._login = login
        self.workspace = workspace
        self._owns_workspace = workspace is None
        self._first = first
        self.title = f"Crossdock · {clean(title)}" if title else "Crossdock"
        if "TEXTUAL_ANIMATIONS" not in os.environ:
            self.animation_level = "none"
        self.complaints: tuple[str, ...] = ()
        self._preferences = self._look(preferences.load(self.home))

    def _look(self, wanted: Preferences) -> Preferences:
        """Apply theme and spacing, as far as the terminal and the file allow."""
        for theme in themes.OURS:
            self.register_theme(theme)
        few = self.no_color or self.console.color_system == "standard"
        self.theme, complaint = themes.chosen(wanted.theme, self.available_themes, few_colours=few)
        self.set_class(wanted.spacing == "compact", "-compact")
        return wanted.complaining(complaint) if complaint else wanted

    def get_default_screen(self) -> Screen[None]:
        """What stands beneath everything: the sentence while opening."""
        return OpeningScreen(str(self.home))

    def on_mount(self) -> None:
        """Take care of the terminal, then open the home folder."""
        self._watch_signals()
        if self.workspace is not None and self.actor is not None:
            self._enter(self.workspace, self.actor)
        else:
            self.call_after_refresh(self.open_workspace)  # loading takes the processor from painting

    def on_unmount(self) -> None:
        """Close what was opened here."""
        if self._owns_workspace and self.workspace is not None:
            self.workspace.close()

    # -- opening --------------------------------------------------------------------------------------------

    @work(thread=True, group="open", exclusive=True, exit_on_error=False)
    def open_workspace(self) -> None:
        """Open the home folder in a thread: it may wait for a lock or bring the schema up to date."""
        try:
            workspace = self._open()
            actor = self._acting(workspace)
            load_places()
        except CrossdockError as error:
            self.post_message(self.OpeningFailed(error))
        except Exception as error:
            log.exception("the home folder cannot be opened")
            what = f"The home folder {self.home} cannot be opened: {reason_of(error)}"
            self.post_message(self.OpeningFailed(ConfigurationError(what, next_step=f"See {log_file(self.home)}.")))
        else:
            self.post_message(self.Opened(workspace, actor))

    def _open(self) -> Workspace:
        from core.settings import load
        from core.workspace import Workspace

        settings = self._settings or load()
        if self._settings is None:
            logs.configure(settings, file=log_file(self.home))
        return Workspace(settings)

    def _acting(self, workspace: Workspace) -> Actor | None:
        if self._login:
            return None
        from core.login import acting

        try:
            return self.actor or acting(workspace)
        except CrossdockError:
            workspace.close()
            raise

    @on(Opened)
    def _show_screens(self, event: Opened) -> None:
        self.workspace, self.actor = event.workspace, event.actor
        if event.actor is None:
            self.push_screen(LoginScreen(event.workspace, self.title))
        else:
            self._enter(event.workspace, event.actor)

    @on(LoginScreen.LoggedIn)
    def _let_in(self, event: LoginScreen.LoggedIn) -> None:
        self.actor = event.actor
        if self.workspace is not None:
            self._enter(self.workspace, event.actor)

    @on(OpeningFailed)
    def _show_trouble(self, event: OpeningFailed) -> None:
        self.push_screen(TroubleScreen(event.error))

    def action_open_again(self) -> None:
        """Try to open the home folder once more."""
        self.pop_screen()
        self.open_workspace()

    def _enter(self, workspace: Workspace, actor: Actor) -> None:
        for name, screen in load_places().items():
            self.add_mode(name, partial(screen, workspace, actor))
        keys, complaints = keymap.checked(self._preferences.keys)
        self.set_keymap(keys)
        self.complaints = self._preferences.complaining(*complaints).complaints
        if not self.is_headless:
            # What is loaded by now stays: to look through it for garbage holds up keys a tenth of a second, each time.
            gc.freeze()
        self.switch_mode(self._first)
        if self.LEADS and actor.is_admin:
            from tui.screens.first_start import lead

            lead(self, workspace, actor)

    # -- places ---------------------------------------------------------------------------------------------

    def go(self, place: str, **focus: Any) -> None:
        """Go to a place and, with `focus`, put the cursor on something there: see its `focus_on`."""
        self.switch_mode(place)
        screen = self.screen_stack[0]
        if focus and isinstance(screen, LiveScreen):
            screen.call_later(partial(screen.focus_on, **focus))

    def has(self, place: str) -> bool:
        """Whether there is such a place."""
        return any(known.name == place for known in PLACES)

    def action_go(self, place: str) -> None:
        """Go to a place."""
        self.go(place)

    # -- keys that work everywhere --------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Places and the emergency switch need an open home and somebody there, and the switch an administrator."""
        if action in ("go", "stop_writes", "jump") and (self.workspace is None or self.actor is None):
            return False
        return self.actor is not None and self.actor.is_admin if action == "stop_writes" else True

    async def action_quit(self) -> None:
        """Leave; where nothing could be opened, with the exit code of the error."""
        trouble = self.screen
        self.exit(return_code=trouble.error.exit_code if isinstance(trouble, TroubleScreen) else 0)

    def action_help(self) -> None:
        """Show what this screen is and every key that works here."""
        if not isinstance(self.screen, TextModal):
            self.push_screen(TextModal("Help", help_lines(self)))

    def action_jump(self) -> None:
        """Put a letter on everything that takes the focus."""
        if not isinstance(self.screen, (JumpScreen, Palette)):
            self.push_screen(JumpScreen(self.screen), lambda target: target and target.focus())

    def action_command_palette(self) -> None:
        """Search everything that can be done now."""
        if not isinstance(self.screen, (JumpScreen, Palette)):
            self.push_screen(Palette())

    def action_stop_writes(self) -> None:
        """Ask, then stop all writes, or allow them again."""
        if self.workspace is not None:
            self.use(self.workspace.writes_stopped, partial(emergency.ask, self, self.workspace), opens=True)

    def used(self) -> None:
        """A use case may have changed what the place shows."""
        if isinstance(self.screen, LiveScreen):
            self.screen.refresh_now()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        yield from commands(self, screen)
        yield SystemCommand("Theme", "Choose other colours for this session", lambda: self.push_screen(of_themes()))

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
            line = f"Crossdock ended by a fault of the program ({type(cause).__name__}). See {log_file(self.home)}."
            self._exit_renderables.append(Text(line, no_wrap=True, overflow="ignore"))
        self._close_messages_no_wait()
