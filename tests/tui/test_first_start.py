"""From an empty home to the first import, by keys alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from core import operators
from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.first_start import progress
from core.jobs.views import list_jobs
from core.model.account import ACCOUNT_OK
from core.model.job import JobState
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tasks.start import start
from tests.tui.driving import at, drawn
from tests.tui.rows import NOW, add_channel, add_job
from tests.tui.shop import Setup, sandboxed
from tui.app import CrossdockApp
from tui.screens.first_start import FirstStartScreen
from tui.widgets.table import Table

CREDENTIALS = ("name", "client_id", "client_secret", "refresh_token", "seller_id")


@pytest.fixture(autouse=True)
def _led(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here people want to be led. What runs in this program is waited for by the thread that started it."""

    def start_and_wait(*arguments: object) -> None:
        run = start(*arguments)
        assert run is not None
        run.wait()

    monkeypatch.setattr(CrossdockApp, "LEADS", True)
    monkeypatch.setattr("tui.screens.channel_steps.start", start_and_wait)


def _steps(it: Setup) -> list[str]:
    screen = it.app.screen
    assert isinstance(screen, FirstStartScreen), screen
    return drawn(screen.query_one(Table))[1:]


async def test_private_and_public_channel(home: Path, picture: SnapshotAssertion) -> None:
    """Each step leads to the next; leaving and coming back goes on where one was."""
    with Sandbox(orders=6, other_orders=0, products=8, anchor=NOW.timestamp()) as world:
        documents = world.credentials()
        private, app = documents["channel"], documents["app"]
        with sandboxed(home, world) as workspace:
            async with at(workspace, "jobs", of=Setup) as it:
                assert it.picture == picture
                await it.press("enter")
                await it.walk_and_fill({"name": "ada", "password": "correct horse", "again": "correct horse"})
                await it.press("f2")
                await it.press("enter")
                await it.walk_and_fill({key: documents["store"][key] for key in ("name", "url", "email", "api_key")})
                await it.walk_and_fill({"currency": "EUR"})
                await it.press("f2")
                await it.press("escape")
                assert _steps(it)[1] == "> 2 Store              demo lacks what imports need"
                await it.press("enter")
                await it.press("f2")
                await it.press("f2")
                await it.press("escape")
                assert _steps(it)[1:3] == ["  2 Store              done: demo", "> 3 Amazon app         next"]
                await it.press("escape", "6", "w")
                assert _steps(it)[2].startswith(">")
            async with at(workspace, "jobs", of=Setup) as it:
                await it.press("enter")
                await it.press("f2")
                assert _steps(it)[2:4] == ["  3 Amazon app         done: private", "> 4 Channel            next"]
                await it.press("enter")
                await it.walk_and_fill({key: private[key] for key in CREDENTIALS} | {"company_id": "1"})
                await it.choose("region", "Europe")
                await it.choose("country", "DE")
                await it.press("f2")
                await it.press("escape")
                assert _steps(it)[3:] == ["  4 Channel            done: de", "> 5 First import       next"]
                await it.press("enter")
                await it.press("y")
                assert it.place == "jobs"
                [job] = list_jobs(workspace.database, LOCAL_ADMIN)
                assert job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)
                await it.press("6", "w")
                assert all("done" in step for step in _steps(it))
                await it.press("up", "up", "enter")
                await it.press("right", "f2")
                await it.walk_and_fill({"name": "public", "app_id": app["app_id"], "client_id": app["client_id"]})
                await it.walk_and_fill({"client_secret": app["client_secret"], "redirect_url": app["redirect_url"]})
                await it.press("f2")
                await it.press("2", "a")
                await it.walk_and_fill({"name": "fr", "company_id": "1"})
                await it.choose("region", "Europe")
                await it.choose("country", "FR")
                await it.press("f2")
                await it.paste(it.consent(world))
                await it.press("enter", "escape")
            connected = registry.list_channels(workspace, LOCAL_ADMIN)
            assert [(one.name, one.app_mode, one.state) for one in connected] == [
                ("de", "private", ACCOUNT_OK),
                ("fr", "public", ACCOUNT_OK),
            ]
            assert operators.has_admin(workspace.database)


class TestOrder:
    async def test_steps_that_need_another(self, workspace: Workspace) -> None:
        """They say which."""
        async with at(workspace, "jobs", of=Setup) as it:
            await it.press("end", "enter", "up", "enter")
            assert it.toasts == [
                "An import needs a connected channel: take step 4 first.",
                "A channel needs a store: take step 2 first.",
            ]

    async def test_account_left_for_later(self, workspace: Workspace) -> None:
        """Who begins with the store goes on from there; the account is asked for at the end."""
        channel = add_channel(workspace)
        add_job(workspace, JobState.FAILED, channel)
        now = progress(workspace, LOCAL_ADMIN)
        assert (now.steps, now.next_step) == ((False, False, True, True, False), 4)
        add_job(workspace, JobState.SUCCEEDED, channel)
        assert progress(workspace, LOCAL_ADMIN).next_step == 0


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
            await it.press("6", "w")
            assert it.app.screen is it.screen
