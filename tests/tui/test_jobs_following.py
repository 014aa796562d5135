"""The Jobs screen follows what workers write, and its reader."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import jobs_screen, press
from tests.tui.rows import (
    NOW,
    add_events,
    add_job,
    change_job,
    fill,
)
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
            assert "5/10 ██████████" in jobs.rows[0]
            assert [line[9:] for line in jobs.pane.plain.splitlines()[1:]] == ["one", "two"]

    async def test_countdown(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The remaining time is counted by the program's clock, and ends in words."""
        until = NOW + timedelta(seconds=178)
        add_job(workspace, JobState.WAITING, waiting_for="Amazon's quota for searchOrders", not_before=until)
        async with jobs_screen(workspace) as jobs:
            assert jobs.rows[0].endswith("Amazon's quota for searchOrders, 2 min 58 s")
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=170))
            await jobs.refresh()
            assert jobs.rows[0].endswith("Amazon's quota for searchOrders, 8 s")
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=200))
            await jobs.refresh()
            assert jobs.rows[0].endswith("Amazon's quota for searchOrders, due now")

    async def test_log_stops_following_when_scrolled(self, workspace: Workspace) -> None:
        """Scrolling up stops the log and says so; End goes on."""
        job_id = add_job(workspace, JobState.RUNNING)
        add_events(workspace, job_id, [f"line {number}" for number in range(100)])
        async with jobs_screen(workspace) as jobs:
            assert jobs.tabs.endswith("following")
            await press(jobs.pilot, "enter", "pageup")
            assert jobs.tabs.endswith("not following: End goes to the newest")
            place = jobs.pane.scroll_offset.y
            add_events(workspace, job_id, ["newest"])
            await jobs.refresh()
            assert jobs.pane.scroll_offset.y == place
            await press(jobs.pilot, "end")
            assert jobs.tabs.endswith(" following")
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
            assert jobs.head.startswith("Job 4")

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
