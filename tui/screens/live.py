"""A screen that shows what the database holds, and follows it while it is looked at.

A subclass says what to read (`reader`) and how to show it (`show`); the rest is here: reading once a second in a
thread while the screen is on top and not at all beneath another, keeping the last data when reading fails and saying
since when they are old, and doing what core offers without blocking the keys.
"""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Footer, Static

from core import clock
from core.actor import Actor
from core.errors import CrossdockError
from core.workspace import Workspace
from tui.text import clean, foreign
from tui.widgets import moments
from tui.widgets.banner import Banner

log = logging.getLogger(__name__)

Data = TypeVar("Data")
Result = TypeVar("Result")

SLOW = 5.0
"""Real seconds after which an answer of the database is waited for no longer without saying so."""


class LiveScreen(Screen[None], Generic[Data]):
    """Title, banner, a body and the footer; the body is kept up to date."""

    POLL_EVERY: ClassVar[float] = 1.0
    """Real seconds between two readings: a change made by a worker shows within that time."""

    HEADING: ClassVar[str] = ""

    @dataclass
    class Fetched(Message):
        """A reading has ended well."""

        data: Any

    @dataclass
    class FetchFailed(Message):
        """A reading has failed; `reason` is for people."""

        reason: str

    @dataclass
    class Done(Message):
        """A use case has ended well; `then` shows its result."""

        then: Callable[[], None]

    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        super().__init__()
        self.workspace = workspace
        self.actor = actor
        self._timer: Timer | None = None
        self._asked_at: float | None = None
        self._ask_again = False
        self._fresh_at: datetime | None = None
        self._failure = ""

    # -- for subclasses -------------------------------------------------------------------------------------

    @abstractmethod
    def body(self) -> Iterable[Widget]:
        """The widgets between banner and footer."""

    @abstractmethod
    def reader(self) -> Callable[[], Data]:
        """What to read now. The function runs in a thread: it may block and must not touch a widget."""

    @abstractmethod
    def show(self, data: Data) -> None:
        """Show what was read."""

    def notices(self) -> Sequence[str]:
        """What the banner says beside stale data."""
        return ()

    # -- frame ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        parts = [part for part in (self.app.title, self.HEADING, self.actor.name) if part]
        yield Static(foreign(" · ".join(parts)), markup=False, id="title")
        yield Banner()
        yield from self.body()
        yield Footer(compact=True)

    def say(self) -> None:
        """Bring the banner up to date."""
        sentences = list(self.notices())
        if self._failure:
            since = f"since {moments.full(self._fresh_at)}" if self._fresh_at else "yet"
            sentences.insert(0, f"Nothing could be read {since}: {self._failure} It is tried again every second.")
        self.query_one(Banner).say(sentences)

    # -- following the database -----------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Prepare the timer; it runs while the screen is on top."""
        self._timer = self.set_interval(self.POLL_EVERY, self._tick, pause=True)

    def on_screen_resume(self) -> None:
        """On top (again): read at once, then every second."""
        if self._timer is not None:
            self._timer.resume()
        self.refresh_now()

    def on_screen_suspend(self) -> None:
        """Beneath another screen: any change would repaint the whole terminal, so there is none."""
        if self._timer is not None:
            self._timer.pause()

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

    def _tick(self) -> None:
        if self._asked_at is None:
            self.refresh_now()
        elif time.monotonic() - self._asked_at > SLOW:
            self._failure = "The database does not answer."
            self.say()

    @work(thread=True, group="fetch", exit_on_error=False)
    def _fetch(self, read: Callable[[], Data]) -> None:
        try:
            data = read()
        except Exception as error:  # whatever it is, the screen stays and says so
            if not self._failure:
                log.exception("reading for the screen failed")
            self.post_message(self.FetchFailed(reason_of(error)))
        else:
            self.post_message(self.Fetched(data))

    @on(Fetched)
    def _show_fetched(self, event: Fetched) -> None:
        event.stop()
        self._asked_at = None
        if not self.is_active:
            self._ask_again = False
            return
        self._fresh_at, self._failure = clock.now(), ""
        self.show(event.data)
        self.say()
        self._read_again()

    @on(FetchFailed)
    def _show_failure(self, event: FetchFailed) -> None:
        event.stop()
        self._asked_at = None
        self._failure = event.reason
        if self.is_active:
            self.say()
        self._read_again()

    def _read_again(self) -> None:
        if self._ask_again:
            self._ask_again = False
            self.refresh_now()

    # -- doing ----------------------------------------------------------------------------------------------

    def use(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        """Run a use case of core in a thread, then `then` with its result here; an error becomes a toast."""
        self._use(work, then)

    @work(thread=True, group="use", exit_on_error=False)
    def _use(self, work: Callable[[], Result], then: Callable[[Result], None]) -> None:
        try:
            result = work()
        except Exception as error:
            if not isinstance(error, CrossdockError):
                log.exception("a use case failed")
            self.tell(reason_of(error), severity="error")
        else:
            self.post_message(self.Done(lambda: then(result)))

    @on(Done)
    def _show_done(self, event: Done) -> None:
        event.stop()
        event.then()
        self.refresh_now()

    def tell(self, text: str, *, severity: Any = "information") -> None:
        """Show a toast; safe from any thread and for foreign text."""
        self.notify(clean(text), severity=severity, markup=False, timeout=10 if severity == "error" else 5)

    def tell_nothing_chosen(self) -> None:
        """The answer to a key that needs a row when there is none."""
        self.tell("There is nothing to do that with yet.")


def reason_of(error: Exception) -> str:
    """An error in a sentence: our own with its next step, another by its first line."""
    if isinstance(error, CrossdockError):
        return clean(error)
    # Errors of the database layer quote the statement; what the database said is beneath.
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    detail = f": {said[0].rstrip('.')}" if said else ""
    return clean(f"{type(error).__name__}{detail}.", limit=300)
