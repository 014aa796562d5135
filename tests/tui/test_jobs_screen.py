"""The Jobs screen: every action by its keys, on the smallest and on a wide terminal."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from syrupy.assertion import SnapshotAssertion

from core import clock
from core.actor import Actor
from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import LARGE, SIZES, jobs_screen, press, settle
from tests.tui.rows import (
    NOW,
    add_channel,
    add_events,
    add_job,
    add_problem,
    add_worker,
    fill,
    stop_writes,
)
from tests.tui.test_text import HOSTILE
from tui.frame.live import no_worker
from tui.screens.jobs.data import JobDetail, read_detail
from tui.screens.jobs.detail import TABS
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane


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
            results = ["Queued", "Running", "Waiting", "Failed", "Finished, 2 held, 1 failed (1 new)", "Finished"]
            assert all(result in row for result, row in zip(results, jobs.rows, strict=True))
            assert not any("…" in row for row in jobs.rows)
            assert "Running 7/28 ███" in jobs.rows[1]
            assert "2 min 58 s" in jobs.rows[2]
            assert jobs.head == 'Waiting for Amazon\'s quota for "Search orders", 2 min 58 s.'
            assert jobs.pane.plain.splitlines()[:2] == ["── 2026-11-23, UTC+01:00 ──", "15:16:01 Started by admin."]
            assert jobs.banner == ()
            assert jobs.app.export_screenshot() == picture

    @SIZES
    async def test_problems(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Every held or failed item with its reason and what to do."""
        fill(workspace)
        add_worker(workspace)
        async with jobs_screen(workspace, size) as jobs:
            await press(jobs.pilot, "end", "k", "p", "enter")
            assert jobs.head == "2 held, 1 failed, 38 created, 1 updated."
            assert "▏p Problems 3▕" in jobs.tabs
            shown = jobs.pane.plain
            assert shown.count("order 113-") == 3
            assert shown.splitlines()[0].endswith("failed: store_said_no")
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
            assert "Results        2 held, 1 failed, 38 created, 1 updated" in shown
            assert "Calls          Create shipment 1, Search orders 3" in shown
            assert "Refused calls  2" in shown
            assert "Started at     2026-11-23 15:16:01 UTC+01:00" in shown
            assert "Codes          orders.import, finished_with_problems" in shown
            assert jobs.app.export_screenshot() == picture

    async def test_no_jobs(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An empty home says how to begin, and every key stays harmless."""
        async with jobs_screen(workspace) as jobs:
            assert "crossdock orders import --channel NAME" in jobs.sentence
            assert jobs.banner == (no_worker(),)
            assert jobs.app.export_screenshot() == picture
            await press(jobs.pilot, *"crvlps", "enter", "escape", "j", "end", "pageup")
            assert jobs.app.screen is jobs.screen
            assert len(jobs.toasts) == 3

    async def test_first_job_appears(self, workspace: Workspace) -> None:
        """The empty screen becomes the list when there is something to list."""
        async with jobs_screen(workspace) as jobs:
            add_job(workspace, JobState.QUEUED)
            await jobs.refresh()
            assert jobs.rows[0].startswith(">  1 Import orders")
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
        """Everybody sees that all writes are stopped."""
        fill(workspace)
        add_worker(workspace)
        stop_writes(workspace)
        async with jobs_screen(workspace) as jobs:
            assert jobs.banner[0].startswith("All writes to stores and Amazon are stopped.")

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
                patch.setattr(Workspace, "why_stopped", broken)
                patch.setattr(clock, "now", lambda: NOW + timedelta(minutes=3))
                await jobs.refresh()
                assert jobs.banner == (
                    "Nothing could be read since 2026-11-23 15:20:01 UTC+01:00: OperationalError: disk I/O error"
                    " [/foo]. It is tried again every second.",
                )
                assert len(jobs.rows) >= 5
                assert jobs.app.export_screenshot() == picture
            await jobs.refresh()
            assert jobs.banner == ()

    async def test_never_read(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that fails from the start is said too."""

        def broken(workspace: Workspace) -> bool:
            raise OperationalError("SELECT", {}, Exception("database is locked"))

        monkeypatch.setattr(Workspace, "why_stopped", broken)
        async with jobs_screen(workspace) as jobs:
            assert jobs.banner[0].startswith("Nothing could be read yet: Another program keeps the database locked.")


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

    async def test_whole_screen_of_a_job_that_is_still_being_read(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is shown over the whole screen is of the job in its title, however slowly that is read."""
        fill(workspace)
        go_on = threading.Event()

        def read_slowly(*asked: Any) -> JobDetail:
            assert go_on.wait(30)
            return read_detail(*asked)

        async with jobs_screen(workspace) as jobs:
            await press(jobs.pilot, "end", "p")
            monkeypatch.setattr("tui.screens.jobs.screen.read_detail", read_slowly)
            await jobs.pilot.press("k", "v")
            await jobs.pilot.pause()
            assert jobs.app.screen is jobs.screen
            go_on.set()
            await settle(jobs.pilot)
            assert isinstance(jobs.app.screen, TextModal)
            assert "order 113-3333333-3333333" in jobs.app.screen.query_one(TextPane).plain

    async def test_resizing(self, workspace: Workspace) -> None:
        """The layout follows the terminal, from tiny to wide."""
        fill(workspace)
        async with jobs_screen(workspace) as jobs:
            for width, height in ((20, 6), (120, 40), (200, 60), (80, 24)):
                await jobs.pilot.resize_terminal(width, height)
                await settle(jobs.pilot)
                beside = jobs.screen.query_one("#list").region.y == jobs.screen.query_one("#detail").region.y
                assert beside is (width >= 160)


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
        assert len(jobs.screen.window.rows) == len(HOSTILE)
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
