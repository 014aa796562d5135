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

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from core import clock
from core.actor import Actor
from tui.keymap import spoken
from tui.using import UsesCore, reason_of
from tui.widgets import moments
from tui.widgets.banner import Banner
from tui.widgets.keys import Keys
from tui.widgets.quiet_focus import QuietScreen
from tui.widgets.sentence import Sentence
from tui.widgets.title import Title

if TYPE_CHECKING:
    from core.workspace import Workspace
    from tui.app import CrossdockApp

log = logging.getLogger(__name__)

Data = TypeVar("Data")

READING = "Reading …"
UNREADABLE = "Nothing could be read yet.\n\nIt is tried again every second. {app.quit} leaves."
WRITES_STOPPED = "All writes to stores and Amazon are stopped. {app.stop_writes} allows them again."
WRITES_STOPPED_FOR_OTHERS = "All writes to stores and Amazon are stopped. An administrator can allow them again."


class LiveScreen(UsesCore, QuietScreen[None], Generic[Data]):
    """Title, banner, a body or a sentence in its place, and the footer; all of it is kept up to date."""

    POLL_EVERY: ClassVar[float] = 1.0
    """Real seconds between two readings: a change made by a worker shows within that time."""

    HELP: ClassVar[str] = ""
    """A paragraph about this screen, shown above its keys in the help; `{binding.id}` names a key."""

    @dataclass
    class Fetched(Message):
        """A reading has ended well."""

        data: Any
        writes_stopped: bool

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
        self.writes_stopped = False
        self._timer: Timer | None = None
        self._asked_at: float | None = None
        self._ask_again = False
        self._fresh_at: datetime | None = None
        self._failure = ""
        # It is styled as it is put together. Textual does not know, and would parse all style sheets again at each of
        # the first visits: a tenth of a second of the processor. A change of the theme is counted after this.
        self._css_update_count = self.app._css_update_count

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
        """Put the cursor on something; `CrossdockApp.go` passes on what it was given."""

    # -- frame ----------------------------------------------------------------------------------------------

    @property
    def frame(self) -> CrossdockApp:
        """The application."""
        return cast("CrossdockApp", self.app)

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield Title(self.actor.name)
        yield Banner()
        yield Sentence(READING)
        with Container(id="body"):
            yield from self.body()
        yield Keys()

    def say(self) -> None:
        """Bring the banner up to date."""
        sentences = [*self.frame.complaints, *self.notices()]
        if self.writes_stopped:
            sentences.insert(0, WRITES_STOPPED if self.actor.is_admin else WRITES_STOPPED_FOR_OTHERS)
        if self._failure:
            since = f"since {moments.full(self._fresh_at)}" if self._fresh_at else "yet"
            sentences.insert(0, f"Nothing could be read {since}: {self._failure} It is tried again every second.")
        self.query_one(Banner).say([spoken(self.app, sentence) for sentence in sentences])

    def _show_sentence(self, text: str) -> None:
        """Put a sentence in place of the body; without one the body is there, and something in it has the focus."""
        sentence = self.query_one(Sentence)
        sentence.display = bool(text)
        self.query_one("#body").display = not text
        if text:
            sentence.say(spoken(self.app, text))

    # -- following the database -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Prepare the timer; it runs while the screen is on top. Subclasses' `on_mount` is called beside this one."""
        self._timer = self.set_interval(self.POLL_EVERY, self._tick, pause=True)

    def on_screen_resume(self) -> None:
        """On top (again): read at once, then every second."""
        if self._timer is not None:
            self._timer.resume()
        if self.read is None:
            self.refresh_before_keys()
        else:
            self.refresh_now()

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
            self.say()

    @work(thread=True, group="fetch", exit_on_error=False)
    def _fetch(self, read: Callable[[], Data]) -> None:
        try:
            data, stopped = read(), self.workspace.writes_stopped()
        except Exception as error:  # whatever it is, the screen stays and says so
            if not self._failure:
                log.exception("reading for the screen failed")
            self.post_message(self.FetchFailed(reason_of(error)))
        else:
            self.post_message(self.Fetched(data, stopped))

    @on(Fetched)
    def _show_fetched(self, event: Fetched) -> None:
        event.stop()
        self._asked_at = None
        if not self.is_active:
            self._ask_again = False
            return
        self._fresh_at, self._failure = clock.now(), ""
        self.read, self.writes_stopped = event.data, event.writes_stopped
        self.query_one(Title).show(stopped=event.writes_stopped)
        nothing = self.nothing(event.data)
        self._show_sentence(nothing)
        if not nothing:
            self.show(event.data)
            if self.focused is None and self.focus_chain:
                self.set_focus(self.focus_chain[0])
        self.say()
        self._read_again()

    @on(FetchFailed)
    def _show_failure(self, event: FetchFailed) -> None:
        event.stop()
        self._asked_at = None
        self._failure = event.reason
        if self.is_active:
            self.say()
            if self._fresh_at is None:
                self._show_sentence(UNREADABLE)
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

    def tell_nothing_chosen(self) -> None:
        """The answer to a key that needs a row when there is none."""
        self.tell("There is nothing to do that with yet.")
