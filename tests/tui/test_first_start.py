"""From an empty home to the first import, by keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from core import schedules
from core.actor import LOCAL_ADMIN, Actor
from core.first_start import progress
from core.jobs.views import list_jobs
from core.model.job import JobState
from core.people import operators
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tasks.service import worker_command
from tasks.start import start
from tests.tui.driving import at, drawn
from tests.tui.rows import NOW, add_channel, add_job, add_worker
from tests.tui.shop import Setup, sandboxed
from tests.tui.stages import STAGES
from tui.app import CrossdockApp
from tui.screens.channels.authorize import Authorize
from tui.screens.first_start.screen import FirstStartScreen
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

SETTINGS = ("0",)
"""The key of Settings."""
CREDENTIALS = ("name", "client_id", "client_secret", "refresh_token", "seller_id")


@pytest.fixture(autouse=True)
def _led(monkeypatch: pytest.MonkeyPatch, quick_hashes: None) -> None:
    """Here people want to be led. What runs in this program is waited for by the thread that started it."""

    def start_and_wait(*arguments: object) -> None:
        if (run := start(*arguments)) is not None:
            run.wait()

    monkeypatch.setattr(CrossdockApp, "LEADS", True)
    monkeypatch.setattr("tui.frame.starting.start", start_and_wait)


def _steps(it: Setup) -> list[str]:
    screen = it.app.screen
    assert isinstance(screen, FirstStartScreen), screen
    return drawn(screen.query_one(Table))[1:]


async def test_from_an_empty_home_to_orders_that_keep_arriving(home: Path, picture: SnapshotAssertion) -> None:
    """Each step leads to the next, by keys alone; leaving and coming back goes on where one was."""
    with Sandbox(orders=2, other_orders=0, products=4, anchor=NOW.timestamp()) as world:
        documents = world.credentials()
        private = documents["channel"]
        with sandboxed(home, world) as workspace:
            async with at(workspace, "jobs", of=Setup) as it:
                assert it.picture == picture
                await it.press("enter")
                await it.walk_and_fill({"name": "ada", "password": "correct horse", "again": "correct horse"})
                await it.press("f2", "enter")
                await it.walk_and_fill({key: documents["store"][key] for key in ("name", "url", "email", "api_key")})
                await it.walk_and_fill({"currency": "EUR"})
                await it.press("f2", "escape")
                assert _steps(it)[1] == "> 2 Store              demo lacks what imports need"
                for key in ("enter", "f2", "f2", "escape"):  # f2 means something once the store has answered
                    await it.press(key)
                assert _steps(it)[1:3] == ["  2 Store              done: demo", "> 3 Amazon app         next"]
                await it.press("escape", *SETTINGS, "w")
                assert _steps(it)[2].startswith(">")
                await it.press("enter", "f2")
                assert _steps(it)[2:4] == ["  3 Amazon app         done: private", "> 4 Channel            next"]
                await it.press("enter")
                await it.walk_and_fill({key: private[key] for key in CREDENTIALS})
                await it.choose("company_id", "1")
                await it.choose("country", "DE")
                await it.press("f2", "escape")
                assert _steps(it)[3:5] == ["  4 Channel            done: de", "> 5 First import       next"]
                await it.press("enter")
                assert str(it.app.screen.query_one("#question").content).startswith(
                    "Queued as job 1. No worker is running"
                )
                await it.press("y")
                [job] = list_jobs(workspace.database, LOCAL_ADMIN)
                assert job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)
                assert _steps(it)[4:6] == ["  5 First import       done", "> 6 Schedule           Schedule off for de"]
                await it.press("enter", "enter")
                assert _steps(it)[5:] == ["  6 Schedule           done: every 15 min", "> 7 Worker             next"]
                add_worker(workspace)
                it.app.screen.refresh_now()
                await it.press()
                assert all("done" in step for step in _steps(it))
                heading = str(it.app.screen.query_one("#start-heading").content)
                assert heading == "Everything is set up: new orders are imported every 15 minutes"
            assert operators.has_admin(workspace.database)


class TestPublicApp:
    """What a public app needs beside that; the consent itself is tested with the channels."""

    async def test_registering_it(self, workspace: Workspace) -> None:
        """The decision for one leads to its form."""
        STAGES["prepared store"](workspace)
        async with at(workspace, "jobs", of=Setup) as it:
            await it.press("enter", "right", "f2")
            assert [field.name for field in it.form.tabs[0].fields][:2] == ["name", "mode"]
            await it.press("escape")
            assert _steps(it)[2] == "> 3 Amazon app         the public app is missing"

    async def test_consent(self, workspace: Workspace) -> None:
        """A channel that is waiting for its seller is authorized in its step."""
        STAGES["channel without consent"](workspace)
        async with at(workspace, "jobs", of=Setup) as it:
            assert _steps(it)[3].endswith("waiting is waiting for its seller")
            await it.press("end", "up", "up", "up", "enter")
            assert isinstance(it.app.screen, Authorize)


class TestWorker:
    async def test_service(self, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The unit and the commands are shown; the file is written after a question and nothing is started."""
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        monkeypatch.setattr("tasks.service.shutil.which", lambda name: f"/usr/bin/{name}")
        async with at(workspace, "jobs", of=Setup) as it:
            await it.press("end", "enter")
            text = it.app.screen.query_one(TextPane).plain
            assert f"ExecStart={worker_command()}" in text
            await it.press("f4")
            assert it.app.clipboard.splitlines()[1] == "systemctl --user enable --now crossdock-worker"
            await it.press("f2", "enter")
            unit = tmp_path / "systemd" / "user" / "crossdock-worker.service"
            assert not unit.exists()
            await it.press("f2", "y")
            assert f"Environment=CROSSDOCK_HOME={workspace.settings.home}" in unit.read_text()
            assert it.app.screen.query_one(TextPane).plain.startswith("The unit file is")


class TestOrder:
    async def test_steps_that_need_another(self, workspace: Workspace) -> None:
        """They say which."""
        async with at(workspace, "jobs", of=Setup) as it:
            await it.press("end", "up", "enter", "up", "enter", "up", "enter")
            assert it.toasts == [
                "A schedule needs a connected channel: take step 4 first.",
                "An import needs a connected channel: take step 4 first.",
                "A channel needs a store: take step 2 first.",
            ]

    async def test_account_left_for_later(self, workspace: Workspace) -> None:
        """Who begins with the store goes on from there; the account is asked for at the end."""
        channel = add_channel(workspace)
        add_job(workspace, JobState.FAILED, channel)
        now = progress(workspace, LOCAL_ADMIN)
        assert (now.steps, now.next_step) == ((False, False, True, True, False, False, False), 4)
        add_job(workspace, JobState.SUCCEEDED, channel)
        assert progress(workspace, LOCAL_ADMIN).next_step == 5
        schedules.set_interval(workspace, LOCAL_ADMIN, "de", 30)
        add_worker(workspace)
        now = progress(workspace, LOCAL_ADMIN)
        assert (now.steps[4:], now.every_minutes, now.next_step) == ((True, True, True), 30, 0)

    async def test_import_that_runs(self, workspace: Workspace) -> None:
        """One need not wait for it: the schedule is next."""
        job = add_job(workspace, JobState.RUNNING, add_channel(workspace))
        now = progress(workspace, LOCAL_ADMIN)
        assert (now.importing, now.has_imported, now.next_step) == (job, False, 5)


class TestWho:
    async def test_set_up_already(self, workspace: Workspace) -> None:
        """Who has connected a channel and asked for an import is led no more."""
        add_job(workspace, JobState.FAILED, add_channel(workspace))
        async with at(workspace, "jobs") as it:
            assert it.app.screen is it.screen

    async def test_vendor(self, workspace: Workspace) -> None:
        """Setting up is the administrator's."""
        add_channel(workspace)
        async with at(workspace, "jobs", actor=Actor("vera", is_admin=False, store_id=1, company_id=2)) as it:
            assert it.app.screen is it.screen
            await it.press(*SETTINGS, "w")
            assert it.app.screen is it.screen
