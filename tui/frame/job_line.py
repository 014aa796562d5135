"""What a job does or how it ended, in a line or less: for every screen that names one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual.content import Content

from core import clock
from core.jobs.views import JobView
from core.model.job import JobState
from core.words import spaced
from tui.text import foreign
from tui.widgets import timestamps
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label

COUNTS = ("held", "failed", "created", "updated", "unchanged")
"""Results of items; what a person has to know comes first."""
WRITTEN = COUNTS[2:]
"""Those that the words for a state leave out."""


BETWEEN = " · "
_OPERATION = re.compile(r"\b[a-z]+(?:[A-Z][a-z]+)+\b")
"""A name of Amazon's such as searchOrders, in what core says."""


def remaining(job: JobView) -> str:
    """How long it still waits."""
    if job.waiting_until is None:
        return ""
    seconds = clock.seconds_until(job.waiting_until)
    return timestamps.duration(seconds) if seconds > 0 else "due now"


def waits_for(job: JobView) -> str:
    """ "Amazon's quota for "Search orders", 2 min 58 s"."""
    reason = _OPERATION.sub(lambda found: f'"{spaced(found[0])}"', job.waiting_for)
    return ", ".join(part for part in (reason, remaining(job)) if part)


def pace(job: JobView) -> str:
    """How fast a running job goes and how long it still takes: "600/min", "about 8 s left"."""
    left = "" if job.seconds_left is None else f"about {timestamps.short(job.seconds_left)} left"
    return joined(f"{round(job.per_minute):,}/min" if job.per_minute else "", left)


def counted_results(job: JobView, names: Sequence[str] = COUNTS) -> str:
    """ "40 held, 600 created"; empty while there are none."""
    return ", ".join(f"{job.counts[name]:,} {name}" for name in names if job.counts.get(name))


def situation(job: JobView, width: int) -> str:
    """One sentence about a job; for a running one its step and progress."""
    if job.cancel_requested and not job.state.is_final:
        return "Cancelling after the current item."
    if job.state is JobState.WAITING:
        return f"Waiting for {waits_for(job)}."
    if job.state is JobState.QUEUED:
        return "Waiting for a worker."
    if job.state is JobState.INTERRUPTED:
        return "Stopped: its worker died. The next one goes on from its checkpoint."
    if job.state is JobState.RUNNING:
        step = f"{job.step}: " if job.step else "Running. "
        speed = pace(job)
        room = width - len(step) - len(speed) - len(BETWEEN)
        return joined(step + progress_text(job.done, job.total, room), speed)
    return job.message or f"{counted_results(job) or 'Nothing to do'}."


def started_line(job: JobView, width: int, key: str) -> Content:
    """What became of a job, and the key that leads to it."""
    head = Content.assemble((f"Job {job.id}", "bold"), " ")
    if job.state.is_final:  # of any other the sentence says it
        head = Content.assemble(head, state_label(job), " ")
    end = Content(f" ({key})")
    room = max(width - head.cell_length - end.cell_length, 0)
    return head + foreign(_rest(job, room)).truncate(room, ellipsis=True) + end


def _rest(job: JobView, room: int) -> str:
    """What the words for its state leave out."""
    if job.message or not job.state.is_final:
        return situation(job, room)
    done = counted_results(job, WRITTEN)
    return f"{done}." if done else ""


def joined(*parts: str) -> str:
    """What there is of some parts, side by side."""
    return BETWEEN.join(part for part in parts if part)
