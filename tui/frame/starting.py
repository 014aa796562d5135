"""Starting jobs that were asked for; where no worker would run them, the person decides whether they run here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.jobs.requests import Requested
from core.jobs.views import get_job, live_workers
from core.model.job import JobState
from tasks.start import start
from tui.widgets.confirm import Confirm

if TYPE_CHECKING:
    from tui.frame.live import LiveScreen

QUESTION = "Queued as job {}. No worker is running, so it stays queued.\nRun it here? It ends when Crossdock is closed."
SEVERAL = (
    "Queued as jobs {}. No worker is running, so they stay queued.\nRun them here? They end when Crossdock is closed."
)


def begin(
    screen: LiveScreen[Any],
    request: Callable[[], Requested],
    then: Callable[[Requested], object],
    *,
    opens: bool = False,
) -> None:
    """Ask core for a job and start it, then do `then`; `opens` as in `use`."""

    def started() -> tuple[Requested, bool]:
        requested = request()
        start(screen.workspace, requested)
        return requested, _nobody_runs(screen, requested)

    def offered(answer: tuple[Requested, bool]) -> None:
        requested, is_left = answer
        if not is_left:
            then(requested)
            return
        screen.app.push_screen(_question([requested]), partial(_answered, screen, requested, then, opens))

    screen.use(started, offered, opens=opens)


def offer(screen: LiveScreen[Any], requested: Sequence[Requested]) -> None:
    """Of jobs that are started already: let the person decide whether those run here that wait for a worker."""

    def left() -> list[Requested]:
        return [job for job in requested if _nobody_runs(screen, job)]

    def ask(waiting: list[Requested]) -> None:
        if waiting:
            screen.app.push_screen(_question(waiting), partial(run, waiting))

    def run(waiting: list[Requested], here: bool | None) -> None:
        if here:
            screen.use(lambda: [start(screen.workspace, _here(job)) for job in waiting], lambda _: None)

    screen.use(left, ask, opens=True)


def words_for(requested: Requested) -> str:
    """What happens to a job that was asked for."""
    if requested.joined:
        return f"Job {requested.job_id} does this already."
    return f"{'Running here' if requested.here else 'Queued'} as job {requested.job_id}."


def _nobody_runs(screen: LiveScreen[Any], requested: Requested) -> bool:
    """Whether the job waits for a worker, and none is alive; runs in a thread."""
    database = screen.workspace.database
    if requested.here or live_workers(database):
        return False
    return get_job(database, screen.actor, requested.job_id).state is JobState.QUEUED


def _answered(
    screen: LiveScreen[Any], requested: Requested, then: Callable[[Requested], object], opens: bool, here: bool | None
) -> None:
    if here:
        requested = _here(requested)
        screen.use(partial(start, screen.workspace, requested), lambda _: then(requested), opens=opens)
    else:
        then(requested)


def _here(requested: Requested) -> Requested:
    return replace(requested, joined=False, here=True)


def _question(waiting: Sequence[Requested]) -> Confirm:
    if len(waiting) == 1:
        return Confirm(QUESTION.format(waiting[0].job_id), yes="Run it here", no="Leave it queued")
    numbers = ", ".join(str(job.job_id) for job in waiting)
    return Confirm(SEVERAL.format(numbers), yes="Run them here", no="Leave them queued")
