"""A screen that shows what the database holds, and follows it while it is looked at.

A subclass says what to read (`reader`), how to show it (`show`) and what to say when there is nothing (`nothing`);
the rest is here: reading once a second in a thread while the screen is on top and not at all beneath another, the
sentence in place of the body while there is nothing to show, keeping the last data when reading fails and saying since
when they are old, and doing what core offers without blocking the keys.
"""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from core import clock
from core.actor import Actor
from core.status import Ending, Status
from core.words import counted
from tui.keymap import spoken
from tui.messages import Note
from tui.program import command
from tui.screen_list import place_of
from tui.using import UsesCore, reason_of
from tui.widgets import timestamps
from tui.widgets.banner import Banner
from tui.widgets.keys import Keys
from tui.widgets.message_line import MessageLine
from tui.widgets.navigation import Rail
from tui.widgets.quiet_focus import QuietScreen
from tui.widgets.sentence import Sentence
from tui.widgets.tabs import Tab, TabLine, tab_beside
from tui.widgets.title import Title

if TYPE_CHECKING:
    from core.stopped import Stopped
    from core.workspace import Workspace
    from tui.frame.shell import Shell

log = logging.getLogger(__name__)

Data = TypeVar("Data")

READING = "Reading …"
UNREADABLE = "Nothing could be read yet.\n\nIt is tried again every second. {app.quit} leaves."
WRITES_STOPPED = "All writes to stores and Amazon are stopped. {app.stop_writes} allows them again."
WRITES_STOPPED_FOR_OTHERS = "All writes to stores and Amazon are stopped. An administrator can allow them again."


def no_worker() -> str:
    """What is wrong without a worker, and the command that starts one on this machine."""
    return f"No worker is running: queued jobs wait. Start one with: {command('worker')}"


def ends_soon(ending: Ending, actor: Actor) -> str:
    """What expires first of what a person has to renew, and how it is renewed."""
    secret = ending.what == "secret"
    what = f"The client secret of app {ending.name}" if secret else f"The authorization of channel {ending.name}"
    when = f"in {counted(ending.days, 'day')}" if ending.days else "within a day"
    words = f"{what} expires {when}." if ending.days >= 0 else f"{what} has expired."
    how = "{app.renew} renews it." if actor.is_admin or not secret else "An administrator can renew it."
    return f"{words} {how}" + (f" {ending.others} more: see Health." if ending.others else "")


class LiveScreen(UsesCore, QuietScreen[None], Generic[Data]):
    """Title, rail, tabs, banner, a body or a sentence in its place, message and keys; all of it is kept up to date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "tab(-1)", "Previous tab", show=False, id="tabs.previous"),
        Binding("right_square_bracket", "tab(1)", "Next tab", show=False, id="tabs.next"),
    ]

    POLL_EVERY: ClassVar[float] = 1.0
    """Real seconds between two readings: a change made by a worker shows within that time."""

    WIDEST: ClassVar[int] = 160
    """Cells from which the screen has the class `-widest` beside `-wide`."""

    NEEDS_WORKER: ClassVar[bool] = False
    """Whether the banner says that no worker is running."""

    HELP: ClassVar[str] = ""
    """A paragraph about this screen, shown above its keys in the help; `{binding.id}` names a key."""

    @dataclass
    class Fetched(Message):
        """A reading has ended well."""

        data: Any
        stopped: Stopped | None
        status: Status

    @dataclass
    class FetchFailed(Message):
        """A reading has failed; `reason` is for people."""

        reason: str

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__()
        self.workspace = workspace
        self.actor = actor
        self.read: Data | None = None
        """The last reading."""
        self.stopped: Stopped | None = None
        """Why all writes are stopped."""
        self._timer: Timer | None = None
        self._asked_at: float | None = None
        self._ask_again = False
        self._fresh_at: datetime | None = None
        self._failure = ""
        # It is styled as it is put together. Textual does not know, and would parse all style sheets again at each of
        # the first visits: a tenth of a second of the processor. A change of the theme is counted after this.
        self._css_update_count = self.app._css_update_count
        width, height = self.app.size
        # Given later, all that was put together would be styled once more.
        self.add_class(*self._get_breakpoint_classes(width, self.app.HORIZONTAL_BREAKPOINTS or []), update=False)
        self.add_class(*self._get_breakpoint_classes(height, self.app.VERTICAL_BREAKPOINTS or []), update=False)
        self.set_class(width >= self.WIDEST, "-widest", update=False)

    # -- for subclasses -------------------------------------------------------------------------------------

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """The widgets between banner and footer; they stand in a container with the id "body"."""

    @abstractmethod
    def reader(self) -> Callable[[], Data]:
        """What to read now. The function runs in a thread: it may block and must not touch a widget."""

    @abstractmethod
    def show(self, data: Data) -> None:
        """Show what was read; not called for a reading of nothing."""

    def nothing(self, data: Data) -> str:
        """The sentence in place of the body when `data` holds nothing to show, with the key that helps; else ""."""
        return ""

    def notices(self) -> Sequence[str]:
        """What the banner says beside stale data and stopped writes."""
        return ()

    def focus_on(self, **focus: Any) -> None:
        """Put the cursor on something; `Shell.go` passes on what it was given."""

    # -- frame ----------------------------------------------------------------------------------------------

    @property
    def shell(self) -> Shell:
        """The application."""
        return cast("Shell", self.app)

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Title(self.actor.name)
        with Horizontal(classes="frame"):
            yield Rail()
            with Vertical(classes="stage"):
                yield TabLine()
                yield Banner()
                yield Sentence(READING)
                with Container(id="body"):
                    yield from self.body()
        yield MessageLine()
        yield Keys()

    # -- tabs -----------------------------------------------------------------------------------------------

    def tabs(self) -> Sequence[Tab]:
        """The tabs above the body: here the screens of the place; a screen that lies over another has none."""
        place = place_of(self.app.current_mode)
        if place is None or self.app.screen_stack[0] is not self:
            return ()
        return [Tab(entry.name, entry.title) for entry in place.screens]

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.app.current_mode

    def open_tab(self, name: str) -> None:
        """Open a tab."""
        self.shell.go(name)

    def show_tabs(self) -> None:
        """Bring the line with the tabs up to date."""
        self.query_one(TabLine).show(self.tabs(), self.tab, spoken(self.app, "{tabs.previous} {tabs.next}"))

    def action_tab(self, by: int) -> None:
        """Open the next or the previous tab."""
        self.open_tab(tab_beside(self.tabs(), self.tab, by))

    @on(TabLine.Chosen)
    def _open_chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.open_tab(event.name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tabs can be changed where there are any."""
        return len(self.tabs()) > 1 if action == "tab" else super().check_action(action, parameters)

    # -- what stands around the body ------------------------------------------------------------------------

    def show_status(self, status: Status | None, *, stopped: bool) -> None:
        """Bring the title line and the rail up to date."""
        self.query_one(Rail).show(status)
        self.query_one(Title).show(status, stopped=stopped)

    def show_message(self, note: Note | None) -> None:
        """Show the last message, or none."""
        keys = {name: spoken(self.app, f"{{app.{name}}}") for name in ("open_job", "clear_message")}
        self.query_one(MessageLine).show(note, keys)

    def show_banner(self) -> None:
        """Bring the banner up to date."""
        no_worker_runs = [no_worker()] if self.NEEDS_WORKER and self.shell.lacks_worker else []
        status = self.shell.status
        ends = [ends_soon(status.ending, self.actor)] if status is not None and status.ending is not None else []
        sentences = [*self.shell.complaints, *no_worker_runs, *ends, *self.notices()]
        if self.stopped:
            sentences.insert(0, self._why_stopped(self.stopped))
        if self._failure:
            since = f"since {timestamps.full(self._fresh_at)}" if self._fresh_at else "yet"
            sentences.insert(0, f"Nothing could be read {since}: {self._failure} It is tried again every second.")
        self.query_one(Banner).set_text([spoken(self.app, sentence) for sentence in sentences])

    def _why_stopped(self, stopped: Stopped) -> str:
        if not self.actor.is_admin:
            return WRITES_STOPPED_FOR_OTHERS
        return f"{stopped.why} {stopped.fix}" if stopped.fix else WRITES_STOPPED

    @on(Banner.Clicked)
    def _show_health(self, event: Banner.Clicked) -> None:
        event.stop()
        self.shell.go("health")

    def _show_sentence(self, text: str) -> None:
        """Put a sentence in place of the body; without one the body is there, and something in it has the focus."""
        sentence = self.query_one(Sentence)
        sentence.display = bool(text)
        self.query_one("#body").display = not text
        if text:
            sentence.set_text(spoken(self.app, text))

    # -- following the database -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Prepare the timer; it runs while the screen is on top. Subclasses' `on_mount` is called beside this one."""
        self._timer = self.set_interval(self.POLL_EVERY, self._tick, pause=True)

    def on_resize(self, event: events.Resize) -> None:
        """Say in a class whether there is room for a third column."""
        self.set_class(event.size.width >= self.WIDEST, "-widest")

    def on_screen_resume(self) -> None:
        """On top (again): read at once, then every second."""
        if self._timer is not None:
            self._timer.resume()
        self.show_status(self.shell.status, stopped=self.stopped is not None)
        self.show_tabs()
        self.show_message(self.shell.messages.shown)
        if self.read is not None:
            self.refresh_now()
        elif self._asked_at is None:  # Textual says it twice at the first visit
            self.refresh_before_keys()

    def on_screen_suspend(self) -> None:
        """Beneath another screen: any change would repaint the whole terminal, so there is none."""
        if self._timer is not None:
            self._timer.pause()
        self.let_keys_go(self)

    @property
    def is_settled(self) -> bool:
        """Whether no reading is under way or wanted."""
        return self._asked_at is None and not self._ask_again

    def refresh_now(self) -> None:
        """Read now; when a reading is under way already, once more after it."""
        if not self.is_active:
            return
        if self._asked_at is not None:
            self._ask_again = True
            return
        self._asked_at = time.monotonic()
        self._fetch(self.reader())

    def refresh_before_keys(self) -> None:
        """Read now, and let no key act on what is shown before that: another list was asked for."""
        if self.is_active:
            self.hold_keys(self)
            self.refresh_now()

    def _tick(self) -> None:
        if self._asked_at is None:
            self.refresh_now()
        elif time.monotonic() - self._asked_at > self.SLOW:
            self._failure = "The database does not answer."
            self.show_banner()

    # Without a description Textual writes out what is passed, and that may be a hundred thousand keys.
    @work(thread=True, group="fetch", exit_on_error=False, description="read")
    def _fetch(self, read: Callable[[], Data]) -> None:
        try:
            data, stopped, status = read(), self.workspace.why_stopped(), self.shell.read_status()
        except Exception as error:  # whatever it is, the screen stays and says so
            if not self._failure:
                log.exception("reading for the screen failed")
            self.post_message(self.FetchFailed(reason_of(error)))
        else:
            self.post_message(self.Fetched(data, stopped, status))

    @on(Fetched)
    def _show_fetched(self, event: Fetched) -> None:
        event.stop()
        self._asked_at = None
        if not self.is_active:
            self._ask_again = False
            return
        self._fresh_at, self._failure = clock.now(), ""
        self.read, self.stopped = event.data, event.stopped
        self.shell.note_status(event.status)
        self.show_status(event.status, stopped=event.stopped is not None)
        nothing = self.nothing(event.data)
        self._show_sentence(nothing)
        if not nothing:
            self.show(event.data)
            if self.focused is None and self.focus_chain:
                self.set_focus(self.focus_chain[0])
        self.show_banner()
        self.shell.end_delay()
        self._read_again()

    @on(FetchFailed)
    def _show_failure(self, event: FetchFailed) -> None:
        event.stop()
        self._asked_at = None
        self._failure = event.reason
        if self.is_active:
            self.show_banner()
            if self._fresh_at is None:
                self._show_sentence(UNREADABLE)
            self.shell.end_delay()
        self._read_again()

    def _read_again(self) -> None:
        if self._ask_again:
            self._ask_again = False
            self.refresh_now()
        else:
            self.let_keys_go(self)

    # -- doing ----------------------------------------------------------------------------------------------

    def used(self) -> None:
        """A use case may have changed what is shown."""
        self.refresh_now()

    def notify_nothing_chosen(self) -> None:
        """The answer to a key that needs a row when there is none."""
        self.notify("There is nothing to do that with yet.")
