"""Numbers, times and states in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.model.job import JobState
from tui.widgets import moments
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label


@pytest.mark.parametrize(
    ("done", "total", "width", "shown"),
    [
        (0, None, 30, ""),
        (7, None, 30, "7"),
        (0, 0, 30, "0/0"),
        (3, 10, 9, "3/10 █░░░"),
        (3, 10, 8, "3/10"),
        (12, 10, 12, "12/10 ██████"),
        (5, 10, 100, "5/10 ██████████░░░░░░░░░░"),
    ],
)
def test_progress(done: int, total: int | None, width: int, shown: str) -> None:
    """Numbers first; the bar takes what is left, within limits."""
    assert progress_text(done, total, width) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0 s"), (0.4, "0 s"), (58, "58 s"), (178, "2 min 58 s"), (11_100, "3 h 5 min"), (94_000, "1 d 2 h")],
)
def test_duration(seconds: float, shown: str) -> None:
    """The two largest units."""
    assert moments.duration(seconds) == shown


def test_times_are_local_and_say_so() -> None:
    """The zone stands beside the time, or in the heading above it."""
    moment = datetime(2026, 11, 23, 23, 30, 5, tzinfo=UTC)
    assert moments.full(moment) == "2026-11-24 00:30:05 UTC+01:00"
    assert moments.day(moment) == "2026-11-24, UTC+01:00"
    assert moments.of_day(moment) == "00:30:05"


@pytest.mark.parametrize("state", JobState)
def test_states_are_their_exact_words(state: JobState) -> None:
    """No state is only a colour."""
    assert state_label(state).plain == state.value
