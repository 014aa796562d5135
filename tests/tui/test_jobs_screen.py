"""The Jobs screen: every action by its keys, on the smallest and on a wide terminal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion

from core import clock
from core.actor import Actor
from core.model.job import Job, JobState
from core.workspace import Workspace
from tests.tui.driving import LARGE, SMALL, jobs_screen, press, settle, text_of
from tests.tui.rows import (
    NOW,
    add_channel,
    add_events,
    add_job,
    add_problem,
    add_worker,
    change_job,
    fill,
    stop_writes,
)
from tests.tui.test_text import HOSTILE
from tui.screens import jobs as screen_texts
from tui.screens.job_detail import TABS
from tui.widgets.confirm import Confirm
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])


def _job(workspace: Workspace, job_id: int) -> Job:
    with workspace.database.read() as session:
        return session.get_one(Job, job_id)


class TestLooking:
    @SIZES
    async def test_list_and_details(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """Newest first, each state as its word, progress as numbers and a bar, and what a job waits for."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await press(jobs.pilot, "j", "j")
            assert [row.split()[0] for row in jobs.rows] == ["6", "5", ">", "3", "2", "1"]
            assert [state for state in JobState if any(f" {state} " in f"{row} " for row in jobs.rows)] == [
                "queued",
                "running",
                "waiting",
                "succeeded",
                "finished_with_problems",
                "failed",
            ]
            assert "7/28 ███" in jobs.rows[1]
            assert "2 min 58 s" in jobs.rows[2]
            assert jobs.head.endswith("Waiting for Amazon's quota for searchOrders, 2 min 58 s.")
            assert jobs.pane.plain.splitlines()[:2] == ["── 2026-11-23, UTC+01:00 ──", "15:16:01 Asked for by admin."]
            assert jobs.banner == ()
            assert jobs.app.export_screenshot() == picture

    @SIZES
    async def test_problems(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Every held or failed item with its reason and what to do."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await press(jobs.pilot, "end", "k", "p", "enter")
            assert jobs.head.endswith("42 seen, 38 created, 1 updated, 0 unchanged, 2 held, 1 failed.")
            assert "[p Problems 3]" in jobs.tabs
            shown = jobs.pane.plain
            assert shown.count("order 113-") == 3
            assert "failed: store_said_no" in shown
            assert "fix: Create the product, or link the SKU with: crossdock listings link" in shown
            assert jobs.app.focused is jobs.pane
            assert jobs.app.export_screenshot() == picture

    async def test_summary(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """Counts, calls by operation, refused calls, times with their zone."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, LARGE) as jobs:
            await press(jobs.pilot, "end", "k", "s")
            shown = jobs.pane.plain
            assert "seen 42, created 38, updated 1, unchanged 0, held 2, failed 1" in shown
            assert "createShipment 1, searchOrders 3" in shown
            assert "refused calls  2" in shown
            assert "started at     2026-11-23 15:16:01 UTC+01:00" in shown
            assert jobs.app.export_screenshot() == picture

    async def test_no_jobs(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An empty home says how to begin, and every key stays harmless."""
        async with jobs_screen(workspace) as jobs:
            sentence = text_of(jobs.screen.query_one("#sentence"))
            assert "crossdock orders import --channel NAME" in sentence
            assert jobs.banner == (screen_texts.NO_WORKER,)
            assert jobs.app.export_screenshot() == picture
            await press(jobs.pilot, *"crvlps", "enter", "escape", "j", "end", "pageup")
            assert jobs.app.screen is jobs.screen
            assert len(jobs.toasts) == 3

    async def test_first_job_appears(self, workspace: Workspace) -> None:
        """The empty screen becomes the list when there is something to list."""
        async with jobs_screen(workspace) as jobs:
            add_job(workspace, JobState.QUEUED)
            await jobs.refresh()
            assert jobs.rows[0].startswith(">  1 orders.import")
            assert jobs.app.focused is jobs.table

    async def test_another_companys_jobs_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the jobs of their own company."""
        channel = add_channel(workspace)
        add_job(workspace, JobState.RUNNING, channel)
        async with jobs_screen(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as jobs:
            assert jobs.screen.query_one("#sentence").display
            assert not jobs.screen.query_one("#body").display


class TestBanner:
    async def test_no_worker(self, workspace: Workspace) -> None:
        """It is there while no worker is alive, and gone as soon as one is."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            assert jobs.banner == ("No worker is running: queued jobs wait. Start one with: crossdock worker",)
            add_worker(workspace)
            await jobs.refresh()
            assert jobs.banner == ()

    async def test_writes_stopped(self, workspace: Workspace) -> None:
        """The emergency switch is seen by everybody."""
        fill(workspace)
        add_worker(workspace)
        stop_writes(workspace)
        async with jobs_screen(workspace) as jobs:
            assert jobs.banner[0].startswith("All writes are stopped.")

    async def test_stale(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, picture: SnapshotAssertion
    ) -> None:
        """A database that fails leaves the last data on the screen and says how old they are."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace) as jobs:

            def broken(workspace: Workspace) -> bool:
                raise OperationalError("SELECT secret", {}, Exception("disk I/O error [/foo]"))

            with monkeypatch.context() as patch:
                patch.setattr(Workspace, "writes_stopped", broken)
                patch.setattr(clock, "now", lambda: NOW + timedelta(minutes=3))
                await jobs.refresh()
                assert jobs.banner == (
                    "Nothing could be read since 2026-11-23 15:20:01 UTC+01:00: OperationalError: disk I/O error"
                    " [/foo]. It is tried again every second.",
                )
                assert len(jobs.rows) == 6
                assert jobs.app.export_screenshot() == picture
            await jobs.refresh()
            assert jobs.banner == ()

    async def test_never_read(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that fails from the start is said too."""

        def broken(workspace: Workspace) -> bool:
            raise OperationalError("SELECT", {}, Exception("database is locked"))

        monkeypatch.setattr(Workspace, "writes_stopped", broken)
        async with jobs_screen(workspace) as jobs:
            assert jobs.banner[0].startswith("Nothing could be read yet: OperationalError: database is locked.")


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


class TestCancel:
    @SIZES
    async def test_asks_first(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """The harmless answer has the focus, and enter takes it."""
        jobs_by_state = fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await press(jobs.pilot, "j", "c")
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
            assert ("cancel asked" in jobs.rows[0]) is cancelled
            assert jobs.toasts == (["Job 1 is being cancelled; it ends between two items."] if cancelled else [])

    async def test_ended_job(self, workspace: Workspace) -> None:
        """What has ended cannot be cancelled, and that is said without a question."""
        add_job(workspace, JobState.SUCCEEDED)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c")
            assert jobs.app.screen is jobs.screen
            assert jobs.toasts == ["Job 1 is succeeded already; there is nothing to cancel."]

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
        monkeypatch.setattr("core.jobs.requests.cancel", broken)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "c", "y")
            assert jobs.toasts == ["OperationalError: database is locked."]


class TestRetry:
    async def test_failed_items(self, workspace: Workspace) -> None:
        """A new job runs them again, and the cursor goes to it."""
        job_id = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, add_channel(workspace), counts={"failed": 1})
        add_problem(workspace, job_id, "order 113-1", "failed")
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "r")
            assert jobs.toasts == ["Job 2 retries job 1."]
            assert jobs.table.key == 2
            assert jobs.head.startswith("Job 2")
            assert _job(workspace, 2).retry_of == job_id

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


class TestMoving:
    async def test_focus_and_tabs(self, workspace: Workspace) -> None:
        """Enter goes into the details, escape back; l, p and s open tabs from either place."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            assert jobs.app.focused is jobs.table
            for key, tab in (("p", "problems"), ("s", "summary"), ("l", "log")):
                await press(jobs.pilot, key)
                assert (jobs.pane.id, jobs.app.focused) == (tab, jobs.table)
            await press(jobs.pilot, "enter", "s")
            assert jobs.app.focused is jobs.pane
            assert jobs.pane.id == "summary"
            await press(jobs.pilot, "escape")
            assert jobs.app.focused is jobs.table

    async def test_whole_screen(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """The open tab over the whole screen; it copies, and closes without touching what is beneath."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "end", "k", "p", "v")
            assert isinstance(jobs.app.screen, TextModal)
            assert jobs.app.export_screenshot() == picture
            await press(jobs.pilot, "c")
            assert jobs.app.clipboard == jobs.pane.plain
            await press(jobs.pilot, "q")
            assert jobs.app.screen is jobs.screen

    async def test_resizing(self, workspace: Workspace) -> None:
        """The layout follows the terminal, from tiny to wide."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            for width, height in ((20, 6), (120, 40), (200, 60), (80, 24)):
                await jobs.pilot.resize_terminal(width, height)
                await settle(jobs.pilot)
                beside = jobs.table.region.y == jobs.screen.query_one("#detail").region.y
                assert beside is (width >= 120)


async def test_hostile_text(workspace: Workspace) -> None:
    """Wherever text from outside is shown, it is shown and does nothing."""
    states = [JobState.FAILED, JobState.WAITING, JobState.RUNNING]
    for number, text in enumerate(HOSTILE.values()):
        stored = text.encode("utf-8", "replace").decode()
        hostile = {"channel_name": stored, "message": stored, "step": stored, "waiting_for": stored}
        job_id = add_job(workspace, states[number % 3], counts={"failed": 1}, total=3, requested_by=stored, **hostile)
        add_events(workspace, job_id, [stored], subject=stored, level="error")
        add_problem(workspace, job_id, stored, code=stored, message=stored, fix=stored)
    async with jobs_screen(workspace, LARGE) as jobs:
        assert len(jobs.rows) == len(HOSTILE)
        for number in range(len(HOSTILE)):
            await press(jobs.pilot, "lps"[number // 3 % 3])
            for tab in TABS:
                assert jobs.screen.query_one(f"#{tab}", TextPane).plain.replace("\n", "").isprintable()
            assert jobs.head.replace("\n", "").isprintable()
            await press(jobs.pilot, *(["v", "escape", "c", "escape"] if number < 3 else []), "down")
        assert "".join(jobs.rows).isprintable()


async def test_hostile_text_looks_plain(workspace: Workspace, picture: SnapshotAssertion) -> None:
    """Tags do not colour, brackets stay."""
    add_worker(workspace)
    job_id = add_job(
        workspace,
        JobState.FAILED,
        channel_name="[red]x[/red]",
        message="bad [/foo] end \x1b[31mred\x1b[0m gnp\u202egpj",
        counts={"failed": 1},
    )
    add_problem(
        workspace,
        job_id,
        "order [/foo]",
        "failed",
        message="商品 [b]bold[/b] 👩\u200d👧",
        fix="[@click=app.quit]quit[/]",
    )
    async with jobs_screen(workspace) as jobs:
        await press(jobs.pilot, "p")
        assert jobs.app.export_screenshot() == picture
