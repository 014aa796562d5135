"""What the Jobs screen knows of the job under the cursor beyond the list; each reading brings only the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.actor import Actor
from core.database import Database
from core.jobs.views import EventView, ItemProblem, JobView, events_after, item_problems

EVENTS = 5_000
"""Log lines of one job that are shown: its last."""

PROBLEMS = 500
"""Problems of one job that are shown; more are for a script, not for eyes."""

PAGE = 1_000


@dataclass(frozen=True)
class JobDetail:
    """The log of one job, and what is held or failed in it as of some counts."""

    events: Sequence[EventView]
    problems: Sequence[ItemProblem]
    problems_as_of: tuple[object, ...]


def read_detail(database: Database, actor: Actor, job: JobView, known: JobDetail | None) -> JobDetail:
    """The log goes on from what is known of the job; its problems are read when they may have changed."""
    events = known.events if known else []
    events = _tail(events, lambda last: events_after(database, actor, job.id, last, limit=PAGE))
    # Results are written together with the counts.
    as_of = (job.state, job.done, tuple(sorted(job.counts.items())))
    if known is not None and known.problems_as_of == as_of:
        return JobDetail(events, known.problems, as_of)
    is_troubled = job.counts.get("held") or job.counts.get("failed")
    return JobDetail(events, _failed_first(item_problems(database, actor, job.id)) if is_troubled else [], as_of)


def _failed_first(problems: Sequence[ItemProblem]) -> list[ItemProblem]:
    return sorted(problems, key=lambda problem: problem.result != "failed")


def _tail(events: Sequence[EventView], read: Callable[[int], list[EventView]]) -> Sequence[EventView]:
    while True:
        page = read(events[-1].id if events else 0)
        events = [*events, *page][-EVENTS:] if page else events
        if len(page) < PAGE:
            return events
