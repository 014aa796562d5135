"""States as words; the colour only repeats the word."""

from __future__ import annotations

from textual.content import Content

from core.model.job import JobState

TONES = {
    JobState.RUNNING: "$text-primary",
    JobState.WAITING: "$text-warning",
    JobState.INTERRUPTED: "$text-warning",
    JobState.SUCCEEDED: "$text-success",
    JobState.FINISHED_WITH_PROBLEMS: "$text-warning",
    JobState.FAILED: "$text-error",
}


def state_label(state: JobState) -> Content:
    """The exact word of a job's state."""
    return Content.styled(str(state), TONES.get(state, ""))
