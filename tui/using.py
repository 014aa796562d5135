"""Doing what core offers: in a thread, with the result back on the event loop and errors in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from textual import work

from core.errors import CrossdockError
from tui.text import clean

if TYPE_CHECKING:
    from textual.app import App

log = logging.getLogger(__name__)

Result = TypeVar("Result")


class UsesCore:
    """What an application, a screen or a window needs to run use cases without blocking the keys."""

    if TYPE_CHECKING:
        app: App[None]
        call_later: Callable[..., bool]

    def use(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Run `work` in a thread, then `then` with its result here, or `failed` with its error (else a toast)."""
        self._use(work, then, failed or self._tell_error)

    def used(self) -> None:
        """Called after `then`: the moment to read again."""

    def tell(self, text: str, *, severity: Any = "information") -> None:
        """Show a toast; safe from any thread and for foreign text."""
        timeout = 10 if severity == "error" else 5
        self.app.notify(clean(text), severity=severity, markup=False, timeout=timeout)

    @work(thread=True, group="use", exit_on_error=False)
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
            self.call_later(self._show_used, then, result)

    def _show_used(self, then: Callable[[Result], object], result: Result) -> None:
        then(result)
        self.used()

    def _tell_error(self, error: Exception) -> None:
        self.tell(reason_of(error), severity="error")


def reason_of(error: Exception) -> str:
    """An error in a sentence: our own with its next step, another by its first line."""
    if isinstance(error, CrossdockError):
        return clean(error)
    # Errors of the database layer quote the statement; what the database said is beneath.
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    detail = f": {said[0].rstrip('.')}" if said else ""
    return clean(f"{type(error).__name__}{detail}.", limit=300)
