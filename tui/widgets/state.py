"""States as words; the colour only repeats the word."""

from __future__ import annotations

from textual.content import Content

from core.jobs.views import JobView
from core.jobs.wording import brings_new, state_words
from core.model.job import JobState

TONES = {
    JobState.RUNNING: "$text-primary",
    JobState.WAITING: "$text-warning",
    JobState.INTERRUPTED: "$text-warning",
    JobState.SUCCEEDED: "$text-success",
    JobState.FINISHED_WITH_PROBLEMS: "$text-success",
    JobState.FAILED: "$text-error",
}


def state_label(job: JobView) -> Content:
    """The words for a job's state; problems that the job before had too do not colour it."""
    is_warning = brings_new(job) and job.state is not JobState.FAILED
    return Content.styled(state_words(job), "$text-warning" if is_warning else TONES.get(job.state, ""))
