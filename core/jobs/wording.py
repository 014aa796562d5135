"""What people read of a job: its state, with what is new in it, and who asked for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.actor import SYSTEM
from core.jobs.context import TROUBLES
from core.jobs.views import JobView
from core.model.job import JobState
from core.words import counted, lasting, spaced

_WORDS = {
    JobState.INTERRUPTED: "Stopped, waits for a worker",
    JobState.SUCCEEDED: "Finished",
    JobState.FINISHED_WITH_PROBLEMS: "Finished",
}


def state_words(job: JobView) -> str:
    """ "Finished, 112 held (3 new)", "Cancelled, 170 held", "Cancelling"."""
    if job.cancel_requested and not job.state.is_final:
        return "Cancelling"
    words = _WORDS.get(job.state, job.state.capitalize())
    return ", ".join(filter(None, (words, troubles(job) if job.state.is_final else "")))


def troubles(job: JobView) -> str:
    """How many items are held and failed, and how many of them are new; empty without any."""
    counts = {result: job.counts[result] for result in TROUBLES if job.counts.get(result)}
    words = ", ".join(f"{count:,} {result}" for result, count in counts.items())
    if not words or not job.state.is_final or job.new_problems >= sum(counts.values()):
        return words
    return f"{words} ({f'{job.new_problems:,}' if job.new_problems else 'none'} new)"


def brings_new(job: JobView) -> bool:
    """Whether it ended with something that a person has not been told before."""
    return job.state is JobState.FAILED or job.new_problems > 0


def starter(job: JobView) -> str:
    """Who asked for it: "admin", "Schedule"."""
    return "Schedule" if job.requested_by == SYSTEM.name else job.requested_by


def plan_lines(expected: Mapping[str, Any]) -> Iterator[str]:
    """What a job is expected to cost, step by step: the plan of its document."""
    about = "" if expected["counted"] else "about "
    yield f"Plan: {about}{counted(expected['orders'], 'order')}, expected to take {lasting(expected['seconds'])}"
    for step in expected["steps"]:
        calls = ", ".join(f"{spaced(name)} {number:,}" for name, number in step["calls"].items())
        yield f"  {step['what']}: {lasting(step['seconds'])}{f' ({calls})' if calls else ''}"
