"""Numbers, times and states in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from core.jobs.views import JobView
from core.model.job import JobState
from tests.tui.rows import NOW
from tui.screens.jobs.text import result_cell, summary
from tui.widgets import timestamps
from tui.widgets.bars import bar_chart, sparkline
from tui.widgets.progress import progress_text
from tui.widgets.state import state_label

JOB = JobView(
    id=1,
    kind="orders.import",
    channel="de",
    params={},
    state=JobState.RUNNING,
    step="",
    done=0,
    total=None,
    waiting_for="",
    waiting_until=None,
    per_minute=None,
    seconds_left=None,
    counts={},
    new_problems=0,
    calls={},
    refused_calls=0,
    message="",
    exit_code=0,
    requested_by="admin",
    retry_of=None,
    cancel_requested=False,
    resumes=0,
    created_at=NOW,
    started_at=NOW,
    finished_at=None,
)


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
    assert timestamps.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-5, "0 s"), (59, "59 s"), (179, "2 min"), (7_199, "1 h"), (200_000, "2 d")]
)
def test_rough(seconds: float, shown: str) -> None:
    """The largest unit, rounded down."""
    assert timestamps.rough(seconds) == shown


def test_times_are_local_and_say_so() -> None:
    """The zone stands beside the time, or in the heading above it."""
    timestamp = datetime(2026, 11, 23, 23, 30, 5, tzinfo=UTC)
    assert timestamps.full(timestamp) == "2026-11-24 00:30:05 UTC+01:00"
    assert timestamps.day(timestamp) == "2026-11-24, UTC+01:00"
    assert timestamps.of_day(timestamp) == "00:30:05"


@pytest.mark.parametrize(
    ("timestamp", "shown"),
    [
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "11-24 00:30"),
        (datetime(2025, 12, 31, 22, 30, tzinfo=UTC), "2025-12-31"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "01-01 00:30"),
    ],
)
def test_brief_times_tell_the_year_where_it_matters(timestamp: datetime, shown: str) -> None:
    """In the local zone."""
    assert timestamps.brief(timestamp) == shown


@pytest.mark.parametrize("state", JobState)
def test_states_are_words(state: JobState) -> None:
    """No state is only a colour, and none is a code."""
    words = {
        JobState.INTERRUPTED: "Stopped, waits for a worker",
        JobState.SUCCEEDED: "Finished",
        JobState.FINISHED_WITH_PROBLEMS: "Finished",
    }.get(state, state.value.capitalize())
    assert state_label(replace(JOB, state=state)).plain == words


def test_a_job_that_finished_with_problems_says_how_many() -> None:
    job = replace(JOB, state=JobState.FINISHED_WITH_PROBLEMS, counts={"held": 1_112, "failed": 2})
    assert state_label(replace(job, new_problems=1_114)).plain == "Finished, 1,112 held, 2 failed"
    assert state_label(replace(job, new_problems=3)).plain == "Finished, 1,112 held, 2 failed (3 new)"
    assert state_label(replace(job, state=JobState.CANCELLED)).plain == "Cancelled, 1,112 held, 2 failed (none new)"


def test_only_what_is_new_colours_a_job() -> None:
    job = replace(JOB, state=JobState.FINISHED_WITH_PROBLEMS, counts={"held": 1_112})
    tones = [state_label(replace(job, new_problems=new)).spans[0].style for new in (0, 1)]
    assert tones == ["$text-success", "$text-warning"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (80, "Running 6/10 ████████████░░░░░░░░ · 2 held · 120/min · about 8 s left"),
        (52, "Running 6/10 · 2 held · 120/min · about 8 s left"),
        (24, "Running 6/10 · 2 held"),
        (14, "Running 6/10"),
        (8, "Running"),
    ],
)
def test_progress_with_troubles_and_pace(width: int, shown: str) -> None:
    """The bar gives way to the numbers, and these to what needs a person."""
    job = replace(JOB, done=6, total=10, counts={"held": 2, "failed": 0}, per_minute=120.0, seconds_left=8.0)
    assert result_cell(job, width).plain == shown


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (70, 'Waiting 6/10 · Amazon\'s quota for "Search orders", 2 min 58 s'),
        (56, 'Waiting Amazon\'s quota for "Search orders", 2 min 58 s'),
        (26, "Waiting 6/10 · 2 min 58 s"),
        (18, "Waiting 2 min 58 s"),
    ],
)
def test_waiting(width: int, shown: str) -> None:
    """As much as there is room for; how long goes last."""
    job = replace(
        JOB,
        state=JobState.WAITING,
        done=6,
        total=10,
        waiting_for="Amazon's quota for searchOrders",
        waiting_until=NOW + timedelta(seconds=178),
    )
    assert result_cell(job, width).plain == shown


class TestBars:
    def test_looks(self) -> None:
        """The scale at the left, one bar per day, what is not nothing seen, and the last day always named."""
        days = [date(2026, 11, 20) + timedelta(days=count) for count in range(4)]
        chart = bar_chart(days, [0, 1, 500, 1000], 20, 2)
        assert [line.rstrip() for line in chart.plain.splitlines()] == [
            "1,000          ██",
            "    0    ▁▁ ██ ██",
            "      20 21 22 23",
        ]

    def test_sparkline(self) -> None:
        """What is nothing is seen as such, and what is not stands above it."""
        assert sparkline([0, 1, 50, 100]) == "▁▂▅█"
        assert (sparkline([0, 0]), sparkline([])) == ("▁▁", "")

    def test_narrow(self) -> None:
        """Where a day has one cell, bars touch and few days are named."""
        days = [date(2026, 11, 1) + timedelta(days=count) for count in range(4)]
        assert bar_chart(days, [8, 0, 4, 8], 6, 1).plain.splitlines() == ["0 █ ▄█", "    04"]

    def test_nothing(self) -> None:
        """Without a value there is a baseline and no scale."""
        chart = bar_chart([date(2026, 11, 1)], [0], 10, 2)
        assert [line.rstrip() for line in chart.plain.splitlines()] == ["", "0", "  01"]


def test_the_summary_of_a_job_has_its_plan() -> None:
    step = {"what": "Read open orders", "from": "a", "to": "b", "calls": {"searchOrders": 1}, "seconds": 0}
    plan = {"orders": 812, "counted": True, "seconds": 863, "calls": {"searchOrders": 1}, "steps": [step]}
    shown = [line.content.plain for line in summary(replace(JOB, expected=plan))]
    assert "Plan: 812 orders, expected to take 14 min 23 s" in shown
    assert "  Read open orders: 0 s (Search orders 1)" in shown
