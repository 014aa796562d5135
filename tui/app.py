"""The terminal application: opens a home folder, holds its screens and the keys that work in all of them.

Logs go to a file only, because standard output and error belong to the screen.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen

from core import logs
from core.actor import Actor
from core.errors import ConfigurationError
from core.files import PRIVATE_FOLDER
from core.home import home_folder
from core.status import Status
from tui import keymap, preferences, stop_writes, themes
from tui.clipboard import through_tmux
from tui.ending import EndsWell, log_file
from tui.frame.live import LiveScreen
from tui.help import commands, help_lines
from tui.opening import OpensHome
from tui.preferences import Preferences
from tui.screen_list import PLACES, SCREENS, ScreenEntry, load_screens
from tui.screens.jump import JumpScreen
from tui.screens.login import LoginScreen
from tui.screens.opening import OpeningScreen, TroubleScreen
from tui.text import clean
from tui.widgets.palette import Command, Palette, of_commands, of_themes
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import Line

if TYPE_CHECKING:
    # What takes long to load waits until the terminal shows the first sentence.
    from core.settings import Settings
    from core.workspace import Workspace

JUMP = "A letter on everything that takes the focus"
PALETTE = "Search everything that can be done now"
MOUSE = "To select text, hold shift while dragging; mouse = false in ui.toml leaves the mouse to the terminal."
REDRAW = "Draw everything anew, after something else wrote to the terminal"
RENEW = "The client secret or authorization that expires first"
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
        app.home.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The folder {app.home} cannot be written: {error.strerror}.",
            next_step="Correct its rights, or set CROSSDOCK_HOME to another folder.",
        ) from None
    logs.configure(settings, file=log_file(app.home))
    app.run(mouse=app.wants_mouse)
    return app.return_code or 0


class CrossdockApp(OpensHome, EndsWell):
    """The application. A workspace that is handed in stays open at the end; one that it opened itself is closed."""

    CSS_PATH = [  # noqa: RUF012 - Textual has typed it
        "styles/frame.tcss",
        "styles/lists.tcss",
        "styles/windows.tcss",
        "styles/places.tcss",
        "styles/health.tcss",
        "styles/home.tcss",
        "styles/jobs.tcss",
        "styles/mapping.tcss",
        "styles/problems.tcss",
    ]
    TITLE = "Crossdock"
    # Cells from which a screen has the class. Textual gives it one of them; `-widest`, from 160 cells, stands beside
    # `-wide` and is given by LiveScreen, so that a rule for `-wide` holds for every terminal that is not narrow.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - Textual has typed it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 - Textual has typed it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="app.help", tooltip="What this screen is, and all its keys"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Leave; workers and their jobs go on"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit_anywhere", tooltip="From a form"),
        *[place.binding for place in PLACES],
        Binding("ctrl+o", "jump", "Jump", show=False, priority=True, id="app.jump", tooltip=JUMP),
        Binding("ctrl+p", "command_palette", "Search", show=False, priority=True, id="app.palette", tooltip=PALETTE),
        Binding("ctrl+b", "rail", "Rail", show=False, id="app.rail", tooltip="Hide or show the rail"),
        Binding("ctrl+l", "redraw", "Redraw", show=False, priority=True, id="app.redraw", tooltip=REDRAW),
        Binding("O", "open_job", "Open job", show=False, id="app.open_job", tooltip="The job of the last message"),
        Binding("M", "messages", "Messages", show=False, id="app.messages", tooltip="All that was said so far"),
        Binding("escape", "clear_message", "Clear", show=False, id="app.clear_message", tooltip="Clear the message"),
        Binding("R", "renew", "Renew", show=False, id="app.renew", tooltip=RENEW),
        Binding("exclamation_mark", "stop_writes", "Stop writes", show=False, id="app.stop_writes", tooltip=STOP),
    ]

    WORKER_GRACE: ClassVar[float] = 15.0
    """Real seconds without any worker until that is said: one may be starting, or be started anew."""

    NEED_HOME: ClassVar[frozenset[str]] = frozenset({"go", "stop_writes", "jump", "rail", "open_job", "messages"})
    """Actions that need an open home and somebody there."""

    def __init__(
        self,
        settings: Settings | None,
        actor: Actor | None,
        *,
        workspace: Workspace | None = None,
        title: str = "",
        first: str = SCREENS[0].name,
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
        self.status: Status | None = None
        self._worker_seen_at = time.monotonic()
        self._preferences = self._look(preferences.load(self.home))

    def _look(self, wanted: Preferences) -> Preferences:
        """Apply theme and spacing, as far as the terminal and the file allow."""
        for theme in themes.OURS:
            self.register_theme(theme)
        few = self.no_color or self.console.color_system == "standard"
        self.theme, complaint = themes.chosen(wanted.theme, self.available_themes, few_colours=few)
        self.set_class(wanted.spacing == "compact", "-compact")
        self.set_class(not wanted.rail, "-no-rail")
        return wanted.complaining(complaint) if complaint else wanted

    @property
    def wants_mouse(self) -> bool:
        """Whether the terminal is to report the mouse; it then selects text with shift held down."""
        return self._preferences.mouse

    def get_default_screen(self) -> Screen[None]:
        """What stands beneath everything: the sentence while opening."""
        return OpeningScreen(str(self.home))

    def on_mount(self) -> None:
        """Take care of the terminal, then open the home folder."""
        self.watch_signals()
        if self.workspace is not None and self.actor is not None:
            self._enter_and_ask(self.workspace, self.actor)
        else:
            self.call_after_refresh(self.open_workspace)  # loading takes the processor from painting

    def on_unmount(self) -> None:
        """Close what was opened here."""
        if self._owns_workspace and self.workspace is not None:
            self.workspace.close()

    # -- opening --------------------------------------------------------------------------------------------

    def load_first(self) -> None:
        """What the first picture needs; keys of one's own are checked against those of every screen."""
        next(entry for entry in SCREENS if entry.name == self._first).load()
        if self._preferences.keys:
            load_screens()

    @work(thread=True, group="load", exit_on_error=False)
    def _load_others(self) -> None:
        load_screens()
        if not self.is_headless:
            # What is loaded by now stays: to look through it for garbage holds up keys a tenth of a second, each time.
            gc.freeze()

    @on(OpensHome.Opened)
    def _show_screens(self, event: OpensHome.Opened) -> None:
        self.workspace, self.actor = event.workspace, event.actor
        if event.actor is None:
            self.push_screen(LoginScreen(event.workspace, self.title))
        else:
            self._enter(event.workspace, event.actor)
            self._lead_on(event.is_to_lead)

    @on(LoginScreen.LoggedIn)
    def _let_in(self, event: LoginScreen.LoggedIn) -> None:
        self.actor = event.actor
        if self.workspace is not None:
            self._enter_and_ask(self.workspace, event.actor)

    def _enter_and_ask(self, workspace: Workspace, actor: Actor) -> None:
        self._enter(workspace, actor)
        self.use(partial(self.is_to_lead, workspace, actor), self._lead_on, opens=True)

    def _enter(self, workspace: Workspace, actor: Actor) -> None:
        self.load_first()
        for entry in SCREENS:
            self.add_mode(entry.name, partial(self._screen_of, entry, workspace))
        keys, complaints = keymap.checked(self._preferences.keys)
        self.set_keymap(keys)
        self.complaints = self._preferences.complaining(*complaints).complaints
        from core.status_reads import status_reader

        self._read_status = status_reader(workspace.database, lambda: self.actor or actor)
        self._worker_seen_at = time.monotonic()
        self.switch_mode(self._first)

    def _lead_on(self, is_to_lead: bool) -> None:
        if is_to_lead:
            self.lead()

    def _screen_of(self, entry: ScreenEntry, workspace: Workspace) -> Screen[Any]:
        assert self.actor is not None
        screen: Callable[[Workspace, Actor], Screen[Any]] = entry.load()
        return screen(workspace, self.actor)

    def go_on_as(self, actor: Actor) -> None:
        """The same person in another session, everywhere: a change of the own password ends those before."""
        self.actor = actor
        for screen in (screen for stack in self._screen_stacks.values() for screen in stack):
            for node in (screen, *screen.query("*")):
                if isinstance(getattr(node, "actor", None), Actor):
                    node.actor = actor  # type: ignore[attr-defined]

    # -- screens --------------------------------------------------------------------------------------------

    def go(self, screen: str, /, **focus: Any) -> None:
        """Go to a screen by its name and, with `focus`, put the cursor on something there: see its `focus_on`."""
        self.switch_mode(screen)
        shown = self.screen_stack[0]
        if focus and isinstance(shown, LiveScreen):
            shown.call_later(partial(shown.focus_on, **focus))

    def has(self, screen: str) -> bool:
        """Whether there is such a screen."""
        return any(known.name == screen for known in SCREENS)

    def lead(self) -> None:
        """Open the first start, at the step that is next."""
        from tui.screens.first_start.screen import FirstStartScreen

        if self.workspace is not None and self.actor is not None:
            self.push_screen(FirstStartScreen(self.workspace, self.actor))

    def action_go(self, screen: str) -> None:
        """Go to a screen."""
        self.go(screen)

    # -- how things stand -----------------------------------------------------------------------------------

    @property
    def lacks_worker(self) -> bool:
        """Whether no worker has been seen for so long that somebody has to start one."""
        is_missing = self.status is not None and not self.status.workers
        return is_missing and time.monotonic() - self._worker_seen_at > self.WORKER_GRACE

    def read_status(self) -> Status:
        """How things stand; blocks."""
        return self._read_status()

    def note_status(self, status: Status) -> None:
        """Take what was read for what is known; once it is seen for the first time, there is time to load more."""
        if self.status is None:
            self.call_after_refresh(self._load_others)
        self.status = status
        if status.workers:
            self._worker_seen_at = time.monotonic()

    def action_open_job(self) -> None:
        """Go to the job that the last message is about."""
        note = next((note for note in reversed(self.messages.history) if note.job is not None), None)
        if note is None:
            self.notify("No job was started here yet.")
        else:
            self.go("jobs", job=note.job)

    def action_renew(self) -> None:
        """Begin to renew what expires first."""
        from tui.renewing import renew

        if self.status is not None and self.status.ending is not None and isinstance(self.screen, LiveScreen):
            renew(self.screen, self.status.ending)

    # -- keys that work everywhere --------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Screens and stopping writes need an open home and somebody there, stopping writes an administrator.

        To renew there has to be something that expires soon.
        """
        if action in self.NEED_HOME and (self.workspace is None or self.actor is None):
            return False
        is_admin = self.actor is not None and self.actor.is_admin
        if action == "renew":
            ending = self.status.ending if self.status is not None else None
            return ending is not None and (is_admin or ending.what == "authorization")
        return is_admin if action == "stop_writes" else True

    async def action_quit(self) -> None:
        """Leave; where nothing could be opened, with the exit code of the error."""
        trouble = self.screen
        self.exit(return_code=trouble.error.exit_code if isinstance(trouble, TroubleScreen) else 0)

    def action_help(self) -> None:
        """Show what this screen is and every key that works here."""
        if not isinstance(self.screen, TextModal):
            self.push_screen(TextModal("Help", [*help_lines(self), *self._about_mouse()]))

    def _about_mouse(self) -> list[Line]:
        return [Line(Content("")), Line(Content(MOUSE))] if self.wants_mouse else []

    def action_jump(self) -> None:
        """Put a letter on everything that takes the focus."""
        if not isinstance(self.screen, (JumpScreen, Palette)):
            self.push_screen(JumpScreen(self.screen), lambda target: target and target.focus())

    def action_command_palette(self) -> None:
        """Search everything that can be done now."""
        if not isinstance(self.screen, (JumpScreen, Palette)):
            self.push_screen(of_commands())

    def action_rail(self) -> None:
        """Hide the rail, or show it again; it stays so."""
        self._preferences = replace(self._preferences, rail=not self._preferences.rail)
        self.set_class(not self._preferences.rail, "-no-rail")
        if isinstance(self.screen, LiveScreen):
            self.call_after_refresh(self.screen.show_status, self.status, stopped=self.screen.stopped is not None)
        self.use(partial(preferences.save, self.home, rail=self._preferences.rail), lambda _: None)

    def action_stop_writes(self) -> None:
        """Ask, then stop all writes, or allow them again."""
        if self.workspace is not None and self.actor is not None:
            ask = partial(stop_writes.ask, self, self.workspace, self.actor)
            self.use(self.workspace.writes_stopped, ask, opens=True)

    def used(self) -> None:
        """A use case may have changed what the screen shows."""
        if isinstance(self.screen, LiveScreen):
            self.screen.refresh_now()

    def palette_commands(self, screen: Screen[object]) -> Iterable[Command]:
        """What the palette offers."""
        yield from commands(self, screen)
        yield Command("Everywhere", "Theme", "", "Choose other colours", lambda: self.push_screen(of_themes()))

    def palette_search(self, text: str) -> Sequence[Command]:
        """What the palette finds in the data; blocks."""
        from tui.finding import orders_like

        if self.workspace is None or self.actor is None:
            return ()
        return orders_like(self.workspace, self.actor, text, self.go)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy text to the clipboard of the terminal; those that do not allow it ignore the request."""
        super().copy_to_clipboard(text)
        if self._driver is not None and (wrapped := through_tmux(text, os.environ)):
            self._driver.write(wrapped)

    def choose_theme(self, name: str) -> None:
        """Take a theme, from now on."""
        self.theme = name
        self.use(partial(preferences.save, self.home, theme=name), lambda _: None)
