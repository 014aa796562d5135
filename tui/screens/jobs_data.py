"""What the Jobs screen reads, in one go and in a thread: only what may have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.actor import Actor
from core.database import Database
from core.jobs.listing import TROUBLED, JobFilter, JobKeys, as_of, job_keys, jobs_page
from core.jobs.views import EventView, ItemProblem, JobView, events_after, item_problems, live_workers
from core.model.job import ACTIVE
from core.workspace import Workspace
from tui.widgets.paged import around

EVENTS = 5_000
"""Log lines of one job that are shown: its last."""

PROBLEMS = 500
"""Problems of one job that are shown; more are for a script, not for eyes."""

PAGE = 1_000


ALL = "all"
SELECTIONS = {
    ALL: JobFilter(),
    "active": JobFilter(frozenset(ACTIVE)),
    "with problems": JobFilter(TROUBLED),
}
"""What can be listed, by the word for it."""


@dataclass(frozen=True)
class Known:
    """What the screen shows of one job already, so that only the rest is read."""

    job_id: int | None = None
    last_event: int = 0
    problems_as_of: tuple[object, ...] | None = None


@dataclass(frozen=True)
class Wish:
    """What to read. `listed_as_of` is that of the last reading, empty to look up all that fits again."""

    selection: str
    listed_as_of: tuple[object, ...]
    in_view: range
    unread: list[int]
    """Rows in view that are not at hand or may have changed."""
    known: Known


@dataclass(frozen=True)
class JobsRead:
    """One reading. `events` are those after `last_event` of what was known; `problems` is None when unchanged."""

    selection: str
    listed_as_of: tuple[object, ...]
    keys: JobKeys | None
    """None while no job came, ended or changed its state."""
    asked: list[int]
    rows: dict[int, JobView]
    job: JobView | None
    events: list[EventView]
    problems: list[ItemProblem] | None
    workers: int


def read_jobs(workspace: Workspace, actor: Actor, wish: Wish) -> JobsRead:
    """The jobs that fit and those in view, and everything about the chosen one; the newest when none is chosen."""
    database = workspace.database
    now = as_of(database)
    keys = job_keys(database, actor, SELECTIONS[wish.selection]) if now != wish.listed_as_of else None
    chosen = wish.known.job_id
    asked = list(wish.unread)
    if keys is not None:
        asked = list(around(keys.keys, wish.in_view))
        if chosen not in keys.keys:
            chosen = keys.keys[0] if keys.keys else None
    if chosen is not None and chosen not in asked:
        asked.append(chosen)
    rows = {job.id: job for job in jobs_page(database, actor, asked)}
    job = rows.get(chosen) if chosen is not None else None
    events, problems = _details(database, actor, job, wish.known)
    return JobsRead(wish.selection, now, keys, asked, rows, job, events, problems, live_workers(database))


def problems_as_of(job: JobView) -> tuple[object, ...]:
    """Changes whenever the job's problems may have changed; results are written together with the counts."""
    return (job.id, job.state, job.done, tuple(sorted(job.counts.items())))


def _details(
    database: Database, actor: Actor, job: JobView | None, known: Known
) -> tuple[list[EventView], list[ItemProblem] | None]:
    if job is None:
        return [], None
    same = job.id == known.job_id
    events = _tail(
        lambda last: events_after(database, actor, job.id, last, limit=PAGE), known.last_event if same else 0
    )
    if same and known.problems_as_of == problems_as_of(job):
        return events, None
    return events, item_problems(database, actor, job.id) if _troubled(job) else []


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
