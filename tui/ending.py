"""How the application ends when it did not mean to: the terminal stays usable, and no secret is printed."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.text import Text
from textual.app import App
from textual.worker import WorkerFailed

log = logging.getLogger(__name__)


def log_file(home: Path) -> Path:
    """Where the application logs to."""
    return home / "logs" / "tui.log"


class EndsWell(App[None]):
    """An application that survives signals and faults decently."""

    home: Path

    def watch_signals(self) -> None:
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
