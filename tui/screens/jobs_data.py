"""What the Jobs screen reads, in one go and in a thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.actor import Actor
from core.jobs.views import EventView, ItemProblem, JobView, events_after, item_problems, list_jobs, live_workers
from core.workspace import Workspace

JOBS = 100
"""Jobs that are listed."""

EVENTS = 5_000
"""Log lines of one job that are shown: its last."""

PROBLEMS = 500
"""Problems of one job that are shown; more are for a script, not for eyes."""

PAGE = 1_000


@dataclass(frozen=True)
class Known:
    """What the screen shows already, so that only the rest is read."""

    job_id: int | None = None
    last_event: int = 0
    problems_as_of: tuple[object, ...] | None = None


@dataclass(frozen=True)
class JobsRead:
    """One reading. `events` are those after `last_event` of what was known; `problems` is None when unchanged."""

    jobs: list[JobView]
    job: JobView | None
    events: list[EventView]
    problems: list[ItemProblem] | None
    workers: int


def read_jobs(workspace: Workspace, actor: Actor, known: Known) -> JobsRead:
    """The jobs, and everything about the chosen one; the newest when none is chosen or it is gone."""
    database = workspace.database
    jobs = list_jobs(database, actor, limit=JOBS)
    job = next((job for job in jobs if job.id == known.job_id), jobs[0] if jobs else None)
    events: list[EventView] = []
    problems: list[ItemProblem] | None = None
    if job is not None:
        same = job.id == known.job_id
        after = known.last_event if same else 0
        events = _tail(lambda last: events_after(database, job.id, last, limit=PAGE), after)
        if not same or known.problems_as_of != problems_as_of(job):
            problems = item_problems(database, job.id) if _troubled(job) else []
    return JobsRead(jobs, job, events, problems, live_workers(database))


def problems_as_of(job: JobView) -> tuple[object, ...]:
    """Changes whenever the job's problems may have changed; results are written together with the counts."""
    return (job.id, job.state, job.done, tuple(sorted(job.counts.items())))


def _troubled(job: JobView) -> bool:
    return bool(job.counts.get("held") or job.counts.get("failed"))


def _tail(read: Callable[[int], list[EventView]], last: int) -> list[EventView]:
    events: list[EventView] = []
    while True:
        page = read(last)
        events = [*events, *page][-EVENTS:]
        if len(page) < PAGE:
            return events
        last = page[-1].id
