"""Cancelling and retrying jobs from their screen."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion

from core.model.job import Job, JobState
from core.workspace import Workspace
from tests.tui.driving import SIZES, jobs_screen, press
from tests.tui.rows import (
    NOW,
    add_channel,
    add_job,
    add_problem,
    add_worker,
    change_job,
    fill,
)
from tui.widgets.confirm import Confirm


def _job(workspace: Workspace, job_id: int) -> Job:
    with workspace.database.read() as session:
        return session.get_one(Job, job_id)


class TestCancel:
    @SIZES
    async def test_asks_first(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """The harmless answer has the focus, and enter takes it."""
        jobs_by_state = fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await press(jobs.pilot, "j")
            await press(jobs.pilot, "c")
            assert isinstance(jobs.app.screen, Confirm)
            assert jobs.app.focused is not None
            assert jobs.app.focused.id == "no"
            assert jobs.app.export_screenshot() == picture
            await press(jobs.pilot, "enter")
            assert not _job(workspace, jobs_by_state["running"]).cancel_requested

    @pytest.mark.parametrize(
        ("keys", "cancelled"),
        [
            (["y"], True),
            (["right", "enter"], True),
            (["tab", "enter"], True),
            (["n"], False),
            (["escape"], False),
            (["right", "left", "enter"], False),
        ],
        ids=["y", "right", "tab", "n", "escape", "there and back"],
    )
    async def test_answers(self, workspace: Workspace, keys: list[str], cancelled: bool) -> None:
        """Each way to answer."""
        job_id = add_job(workspace, JobState.RUNNING)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c", *keys)
            assert jobs.app.screen is jobs.screen
            assert _job(workspace, job_id).cancel_requested is cancelled
            assert ("Cancelling" in jobs.rows[0]) is cancelled
            assert jobs.toasts == (["Job 1 is cancelled after the current item."] if cancelled else [])

    async def test_job_that_does_not_run(self, workspace: Workspace) -> None:
        """It ends at once, and the list shows it."""
        add_job(workspace, JobState.WAITING, waiting_for="Amazon's quota for searchOrders")
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c", "y")
            assert jobs.toasts == ["Job 1 is cancelled."]
            assert jobs.rows[0].endswith(" Cancelled")

    async def test_ended_job(self, workspace: Workspace) -> None:
        """What has ended cannot be cancelled, and that is said without a question."""
        add_job(workspace, JobState.SUCCEEDED)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c")
            assert jobs.app.screen is jobs.screen
            assert jobs.toasts == ["Job 1 has ended already: Finished. There is nothing to cancel."]

    async def test_job_that_ends_meanwhile(self, workspace: Workspace) -> None:
        """The refusal of core is shown as it is."""
        job_id = add_job(workspace, JobState.RUNNING)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c")
            change_job(workspace, job_id, state=JobState.FAILED, finished_at=NOW)
            await press(jobs.pilot, "y")
            assert jobs.toasts == ["job 1: It is failed already."]

    async def test_fault(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that refuses does not end the application."""

        def broken(*_: object) -> None:
            raise OperationalError("UPDATE secret", {}, Exception("database is locked"))

        add_job(workspace, JobState.RUNNING)
        monkeypatch.setattr("core.flows.again.cancel", broken)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c", "y")
            assert jobs.toasts == ["Another program keeps the database locked."]


class TestRetry:
    async def test_failed_items(self, workspace: Workspace) -> None:
        """A new job runs them again, and the cursor goes to it."""
        job_id = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, add_channel(workspace), counts={"failed": 1})
        add_problem(workspace, job_id, "order 113-1", "failed")
        add_worker(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "r")
            assert jobs.toasts == ["Queued as job 2."]
            assert jobs.table.key == 2
            assert jobs.title_of_details == "Job 2 Retry 1 order of de"
            assert _job(workspace, 2).retry_of == job_id

    async def test_from_a_list_that_does_not_hold_the_new_job(self, workspace: Workspace) -> None:
        """The details go on to follow the cursor."""
        channel = add_channel(workspace)
        for number in (1, 2):
            add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel, counts={"failed": 1}, new_problems=1)
            add_problem(workspace, number, f"order 113-{number}", "failed")
        add_worker(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "left", "r")
            assert jobs.toasts == ["Queued as job 3."]
            await press(jobs.pilot, "down")
            assert jobs.table.key == 1
            assert jobs.title_of_details.startswith("Job 1 ")

    @pytest.mark.parametrize(("key", "runs"), [("y", True), ("n", False)])
    async def test_without_a_worker(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, key: str, runs: bool
    ) -> None:
        """It is queued, and whether it runs here is asked."""
        ran: list[int] = []
        monkeypatch.setattr("core.flows.runner.run_here", lambda _, job_id, **__: ran.append(job_id))
        job_id = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, add_channel(workspace), counts={"failed": 1})
        add_problem(workspace, job_id, "order 113-1", "failed")
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "r")
            assert isinstance(jobs.app.screen, Confirm)
            await press(jobs.pilot, key)
            assert jobs.toasts == ["Running here as job 2." if runs else "Queued as job 2."]
            assert jobs.table.key == 2
            assert ran == [2] * runs

    async def test_nothing_failed(self, workspace: Workspace) -> None:
        """It says so."""
        add_job(workspace, JobState.SUCCEEDED, add_channel(workspace))
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "r")
            assert jobs.toasts == ["job 1: Nothing in it failed."]
            with workspace.database.read() as session:
                assert len(session.exec(select(Job)).all()) == 1

    async def test_running(self, workspace: Workspace) -> None:
        """A job that has not ended names the way."""
        add_job(workspace, JobState.RUNNING, add_channel(workspace))
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "r")
            assert jobs.toasts == ["job 1: It is running. Cancel it, or let it end."]
