"""The Jobs screen follows what workers write, and its reader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.model.job import Job, JobState
from core.workspace import Workspace
from tests.tui.driving import Jobs, jobs_screen, press, settle, text_of
from tests.tui.rows import (
    NOW,
    add_channel,
    add_events,
    add_job,
    change_job,
    fill,
)
from tui.screens.jobs.detail import NOT_FOLLOWING
from tui.widgets.fixed import FixedText
from tui.widgets.text_pane import TextPane


class TestFollowing:
    async def test_progress_and_log_grow(self, workspace: Workspace) -> None:
        """What the worker writes shows at the next reading; only new lines are added."""
        job_id = add_job(workspace, JobState.RUNNING, step="Orders", done=1, total=10)
        add_events(workspace, job_id, ["one"])
        async with jobs_screen(workspace) as jobs:
            change_job(workspace, job_id, done=5)
            add_events(workspace, job_id, ["two"])
            await jobs.refresh()
            assert "Running 5/10 ██████████" in jobs.rows[0]
            assert [line[9:] for line in jobs.pane.plain.splitlines()[1:]] == ["one", "two"]

    async def test_countdown(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The remaining time is counted by the program's clock, and ends in words."""
        until = NOW + timedelta(seconds=178)
        add_job(workspace, JobState.WAITING, waiting_for="Amazon's quota for searchOrders", not_before=until)
        async with jobs_screen(workspace) as jobs:
            assert jobs.rows[0].endswith("Waiting 2 min 58 s")
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=170))
            await jobs.refresh()
            assert jobs.rows[0].endswith("Waiting 8 s")
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=200))
            await jobs.refresh()
            assert jobs.rows[0].endswith("Waiting due now")

    async def test_log_stops_following_when_scrolled(self, workspace: Workspace) -> None:
        """Scrolling up stops the log and says so; End goes on."""
        job_id = add_job(workspace, JobState.RUNNING)
        add_events(workspace, job_id, [f"line {number}" for number in range(100)])
        async with jobs_screen(workspace) as jobs:
            assert NOT_FOLLOWING not in jobs.tabs
            await press(jobs.pilot, "enter", "pageup")
            assert NOT_FOLLOWING in jobs.tabs
            place = jobs.pane.scroll_offset.y
            add_events(workspace, job_id, ["newest"])
            await jobs.refresh()
            assert jobs.pane.scroll_offset.y == place
            await press(jobs.pilot, "end")
            assert NOT_FOLLOWING not in jobs.tabs
            assert jobs.pane.scroll_offset.y > place

    async def test_log_of_many_pages(self, workspace: Workspace) -> None:
        """A long log is read to its end, and its last lines are kept."""
        job_id = add_job(workspace, JobState.RUNNING)
        add_events(workspace, job_id, [f"line {number}" for number in range(6_100)])
        async with jobs_screen(workspace) as jobs:
            lines = jobs.pane.plain.splitlines()
            assert lines[-1].endswith("line 6099")
            assert len(lines) == TextPane.KEPT

    async def test_cursor_stays_on_its_job(self, workspace: Workspace) -> None:
        """A new job does not push the details to another."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "down", "down")
            add_job(workspace, JobState.QUEUED)
            await jobs.refresh()
            assert jobs.table.key == 4
            assert jobs.title_of_details.startswith("Job 4 ")

    async def test_nothing_is_read_beneath_a_modal(self, workspace: Workspace) -> None:
        """A screen that is not seen neither reads nor draws, and catches up when it is seen again."""
        job_id = add_job(workspace, JobState.RUNNING, step="Orders", done=1, total=10)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c")
            change_job(workspace, job_id, done=9)
            jobs.screen.refresh_now()
            assert jobs.screen.is_settled
            assert "1/10" in jobs.rows[0]
            await press(jobs.pilot, "n")
            assert "9/10" in jobs.rows[0]


class TestHistory:
    async def test_reaches_back_to_the_first_job(self, workspace: Workspace) -> None:
        """Only what is looked at is read; the details follow the cursor to the oldest."""
        channel = add_channel(workspace)
        states = [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED]
        with workspace.database.write() as session:
            session.add_all(
                Job(
                    kind="orders.import",
                    channel_id=channel.id,
                    channel_name="de",
                    state=states[number % 3],
                    counts={"created": number},
                    finished_at=NOW,
                )
                for number in range(1, 1_001)
            )
        async with jobs_screen(workspace) as jobs:
            assert selections(jobs) == "[All 1,000]  Active 0   With problems 334 "
            assert jobs.rows[0].split()[1] == "1000"
            await press(jobs.pilot, "end")
            assert jobs.rows[-1].split()[1] == "1"
            assert jobs.head == "1 created."
            await press(jobs.pilot, "pageup")
            assert "…" not in "".join(jobs.rows)

    async def test_can_be_narrowed_to_jobs_at_work_and_to_those_with_problems(self, workspace: Workspace) -> None:
        """The cursor stays on its job where it can; a job that ends leaves those at work."""
        made = fill(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "down", "right")
            assert selections(jobs) == " All 6  [Active 3]  With problems 2 "
            assert jobs.table.key == made["running"]
            assert [row.strip(" >").split()[0] for row in jobs.rows] == ["6", "5", "4"]
            change_job(workspace, made["running"], state=JobState.SUCCEEDED, finished_at=NOW)
            await jobs.refresh()
            assert len(jobs.rows) == 2
            await press(jobs.pilot, "right")
            assert jobs.table.key == made["failed"]
            assert jobs.title_of_details == f"Job {made['failed']} Export new products of de"
            await press(jobs.pilot, "right", "left", "left")
            assert selections(jobs) == " All 6  [Active 2]  With problems 2 "

    async def test_a_selection_that_nothing_fits_says_the_way_out(self, workspace: Workspace) -> None:
        add_job(workspace, JobState.SUCCEEDED)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "right")
            assert jobs.sentence == "No job is active.\n\n→ shows others."
            await press(jobs.pilot, "left")
            assert jobs.sentence == ""
            assert len(jobs.rows) == 1

    async def test_going_to_a_job_shows_it_whatever_was_selected(self, workspace: Workspace) -> None:
        made = fill(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "right")
            jobs.app.go("jobs", job=made["succeeded"])
            await settle(jobs.pilot)
            assert jobs.table.key == made["succeeded"]
            assert selections(jobs).startswith("[All 6]")


def selections(jobs: Jobs) -> str:
    """The line that says what is listed."""
    return text_of(jobs.screen.query_one("#scope", FixedText))
