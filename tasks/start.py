"""Starts a requested job where it belongs: in a worker through the queue, or in this process.

Every face uses this one function, so that a channel's `use_queue` decides alike for the user interface, schedules and
the command line; `--direct` makes a job one of this process for once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.errors import CrossdockError
from core.jobs.requests import Requested
from core.model.job import Job
from core.workspace import Workspace

if TYPE_CHECKING:
    from tasks.queue import Dispatcher

log = logging.getLogger(__name__)


class Run:
    """A job that runs in a thread of this process. It dies with the process; a worker then takes the job over."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="direct job", daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the job has neither ended nor been stopped."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Give the job so many real seconds to end or to come to its next checkpoint."""
        self._thread.join(seconds)

    def wait(self) -> None:
        """Come back when the job has ended or was stopped; raises what kept it from running at all."""
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:
            log.warning("a direct job broke off (%s)", type(error).__name__)
            self._error = error


def start(
    workspace: Workspace,
    asked: Requested,
    *,
    dispatcher: Dispatcher | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_wait: Callable[[Job], None] = lambda job: None,
) -> Run | None:
    """Start the job; returns its run when it runs in this process, None when a worker does it.

    A queue that cannot be reached is no error: the job is recorded, and the worker's upkeep finds it by itself.
    """
    if asked.here:
        return Run(lambda: _run_here(workspace, asked.job_id, should_stop, on_wait))
    if not asked.joined:
        try:
            (dispatcher or _dispatcher(workspace)).enqueue([asked.job_id])
        except Exception as error:
            reason = error if isinstance(error, CrossdockError) else type(error).__name__
            log.warning("the queue cannot be used (%s); a worker finds the job by itself", reason)
    return None


# A face that starts nothing loads neither the flows nor the queue: they take longer to load than to draw a screen.


def _run_here(
    workspace: Workspace, job_id: int, should_stop: Callable[[], bool], on_wait: Callable[[Job], None]
) -> None:
    from core.flows import runner

    runner.run_here(workspace, job_id, should_stop=should_stop, on_wait=on_wait)


def _dispatcher(workspace: Workspace) -> Dispatcher:
    from tasks.queue import Dispatcher

    return Dispatcher(workspace.settings)
