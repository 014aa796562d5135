"""Doing what core offers: in a thread, with the result back on the event loop and errors in words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import work

from core.errors import CrossdockError
from tui.key_order import KeysInOrder
from tui.text import clean

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

log = logging.getLogger(__name__)

Result = TypeVar("Result")

STILL_WAITING = "It takes longer than usual: no answer yet. It is still waited for."
LOCKED = "Another program keeps the database locked."


class UsesCore:
    """What an application, a screen or a window needs to run use cases without blocking the keys."""

    SLOW: ClassVar[float] = 5.0
    """Real seconds after which an answer is waited for no longer without saying so."""

    if TYPE_CHECKING:
        app: App[None]
        call_later: Callable[..., bool]
        set_timer: Callable[..., Timer]

    def use(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], object],
        failed: Callable[[Exception], object] | None = None,
        *,
        opens: bool = False,
    ) -> None:
        """Run `work` in a thread, then `then` with its result here, or `failed` with its error (else a message).

        Where `then` opens or closes a window or goes to another screen (`opens`), keys wait for that: they mean it.
        """
        waiting = self.set_timer(self.SLOW, partial(self.notify, STILL_WAITING))
        if opens:
            self.hold_keys(waiting)
        self._use(work, partial(self._show_used, waiting, then), partial(self._show_failed, waiting, failed))

    def hold_keys(self, what: Hashable) -> None:
        """Let no key act before `let_keys_go`: see `KeysInOrder`."""
        if isinstance(self.app, KeysInOrder):
            self.app.keys_wait_for(what)

    def let_keys_go(self, what: Hashable) -> None:
        """What keys waited for has come."""
        if isinstance(self.app, KeysInOrder):
            self.app.keys_go_on(what)

    def used(self) -> None:
        """Called after `then`: the moment to read again."""

    def notify(self, message: str, *, severity: Any = "information", job: int | None = None, **_: Any) -> None:
        """Show a message, which may lead to a job; safe from any thread and for foreign text."""
        about = {} if job is None else {"job": job}
        self.app.notify(clean(message), severity=severity, markup=False, **about)

    # Without a description Textual writes out what is passed, however long that is.
    @work(thread=True, group="use", exit_on_error=False, description="use")
    def _use(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], object],
        failed: Callable[[Exception], object],
    ) -> None:
        try:
            result = work()
        except Exception as error:
            if not isinstance(error, CrossdockError):
                log.exception("a use case failed")
            self.call_later(failed, error)
        else:
            self.call_later(then, result)

    def _show_used(self, waiting: Timer, then: Callable[[Result], object], result: Result) -> None:
        waiting.stop()
        then(result)
        self.used()
        self.let_keys_go(waiting)

    def _show_failed(self, waiting: Timer, failed: Callable[[Exception], object] | None, error: Exception) -> None:
        waiting.stop()
        if failed is None:
            self.notify(reason_of(error), severity="error")
        else:
            failed(error)
        self.let_keys_go(waiting)


def reason_of(error: Exception) -> str:
    """An error in a sentence: our own with its next step, another by its first line."""
    if isinstance(error, CrossdockError):
        return clean(error)
    # Errors of the database layer quote the statement; what the database said is beneath.
    if "database is locked" in str(getattr(error, "orig", "")):
        return LOCKED
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    detail = f": {said[0].rstrip('.')}" if said else ""
    return clean(f"{type(error).__name__}{detail}.", limit=300)
