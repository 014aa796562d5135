"""The smaller sections of the settings by keys: apps, global settings, schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from core import apps, global_settings, keys, schedules, stores
from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.jobs.views import list_jobs
from core.people import operators
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import HUGE, SIZES, SMALL, at, drawn
from tests.tui.rows import NOW, add_channel, add_worker
from tests.tui.shop import Setup, sandboxed
from tui.widgets.pane import Pane
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

APP = {"name": "our app", "mode": "public", "app_id": "amzn1.sp.solution.1", "client_secret": "amzn1.oa2-cs.v1.ab"} | {
    "client_id": "amzn1.application-oa2-client.1",
    "redirect_url": "https://crossdock.example/amazon",
}


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    """One sandbox for all tests here: they only ask it."""
    with Sandbox(orders=2, other_orders=0, products=4) as sandbox:
        yield sandbox


def _settings(workspace: Workspace, **options: Any) -> Any:
    return at(workspace, "settings", of=Setup, **options)


@SIZES
async def test_every_section(
    workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is blank; what stands in it depends on nothing of this machine."""
    add_channel(workspace)
    monkeypatch.setattr(keys, "is_own_file", lambda settings: False)
    async with _settings(workspace, size=size) as it:
        for section in it.screen._sections:
            it.screen.focus_on(section=section.NAME)
            await it.press()
            assert it.picture == picture(name=f"{section.NAME}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("size", [SMALL, HUGE], ids=["80x24", "200x60"])
async def test_one_pane_takes_all_the_room(workspace: Workspace, size: tuple[int, int]) -> None:
    """As in the lists of orders; what stands beside it comes back."""
    add_channel(workspace)
    async with _settings(workspace, size=size) as it:
        await it.press("]", "]", "]", "]")  # v verifies a store, in the section that is open first
        pane, about = (it.screen.section.query_one(name, Pane) for name in (".list", ".about"))
        before = pane.size
        await it.press("v")
        assert pane.size.width * pane.size.height > before.width * before.height
        assert not about.display
        await it.press("v", "tab", "v")
        assert (pane.display, about.outer_size) == (False, it.screen.section.size)
        await it.press("escape")
        assert (pane.size, about.display) == (before, True)


class TestApps:
    async def test_public_app(self, home: Path, world: Sandbox, picture: SnapshotAssertion) -> None:
        """Wrong values and a wrong secret are told at their fields; a private app has fewer of them."""
        document = world.credentials()["app"]
        with sandboxed(home, world) as workspace:
            async with _settings(workspace) as it:
                await it.press("right", "a", "tab", "left")
                assert not next(row for row in it.form.rows if row.field.name == "redirect_url").display
                await it.press("right")
                wrong = {"app_id": document["client_id"], "redirect_url": "http://shop.example", "client_secret": "x"}
                await it.fill({"name": "our app", "client_id": document["client_id"]} | wrong)
                await it.save()
                assert set(it.errors) == {"redirect_url", "app_id"}
                assert it.errors["app_id"].startswith("this is a client id")
                await it.fill({"redirect_url": document["redirect_url"], "app_id": document["app_id"]})
                await it.save()
                assert it.errors == {"client_secret": "Amazon does not take it with this client id"}
                assert it.picture == picture
                await it.fill({"client_secret": document["client_secret"]})
                await it.save()
                assert it.rows[0].split()[3:] == ["public", "live", "0", "in", "180", "days"]
                await it.press("y")
                assert it.app.clipboard == document["redirect_url"]
                assert document["client_secret"] not in it.detail

    async def test_somebody_else_was_faster(self, workspace: Workspace) -> None:
        """An app cannot be overwritten unseen, and an emptied field is emptied."""
        apps.add(workspace, LOCAL_ADMIN, APP | {"region": "eu"}, verify=False)
        async with _settings(workspace) as it:
            await it.press("right", "enter")
            await it.fill({"redirect_url": ""})
            apps.edit(workspace, Actor("ada"), {"name": "our app", "region": "na"}, verify=False)
            await it.save()
            assert it.said.startswith("! app our app: ada has changed region meanwhile.")
            await it.press("escape", "y", "enter")
            await it.fill({"redirect_url": ""})
            await it.to("draft_app")
            await it.press("space")
            await it.save()
            stored = apps.show(workspace, LOCAL_ADMIN, "our app")
            assert (stored.redirect_url, stored.draft_app, stored.region) == ("", True, "na")

    async def test_deleting_asks(self, workspace: Workspace) -> None:
        """An app that no channel uses goes with its secret, after a question."""
        apps.add(workspace, LOCAL_ADMIN, APP, verify=False)
        async with _settings(workspace) as it:
            await it.press("right", "d", "enter")
            assert apps.show(workspace, LOCAL_ADMIN, "our app")
            await it.press("d", "y")
            assert it.toasts[-1] == "App our app deleted."
            assert apps.list_apps(workspace, LOCAL_ADMIN) == []


class TestGlobalSettings:
    async def test_payments_of_the_store(self, home: Path, world: Sandbox) -> None:
        """They are chosen by name, and what is set shows."""
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, world.credentials()["store"])
            async with _settings(workspace) as it:
                await it.press("left", "left", "left", "enter")
                await it.choose("payments.prepaid", "credit")
                await it.to("app_mode")
                await it.press("right")
                await it.save()
                assert [row.split()[2:] for row in it.rows[:3]] == [
                    ["mode", "public", "private"],
                    ["not", "set", "the", "only", "public", "app"],
                    ["delivery", "not", "set", "none:", "held"],
                ]
                assert it.rows[3].startswith("  Prepaid            Credit card (2) as prepared in the store")
                assert [line[:7].strip() for line in it.detail.splitlines()] == [
                    "Effect",
                    "Value",
                    "Type",
                    "Default",
                    "Key",
                ]
            assert global_settings.show(workspace, LOCAL_ADMIN).payment_prepaid == 2


class TestSchedules:
    async def test_interval(self, workspace: Workspace) -> None:
        """It is a number of minutes; 0 ends it; a disabled channel rests."""
        add_channel(workspace, "[de")
        async with _settings(workspace, size=HUGE) as it:
            await it.press("left", "left")
            streams = ("orders", "reconcile", "purge", "shipments", "products", "listings", "stock", "categories")
            assert [row.split()[-3:] for row in it.rows] == [[name, "off", "–"] for name in streams]
            await it.press("enter", "ctrl+u", *"-1", "enter")
            assert str(it.app.screen.query_one("#answer-note").content).startswith("! it is not a number of minutes")
            await it.press("ctrl+u", *"30", "enter")
            assert "30 min 2026-11-23 15:50:01" in it.rows[0]
            stored, *_ = schedules.list_schedules(workspace.database, LOCAL_ADMIN)
            assert stored.next_run == NOW + timedelta(minutes=30)
            await it.press("p")
            assert it.rows[0].endswith("30 min paused")
            await it.press("p")
            registry.set_enabled(workspace, LOCAL_ADMIN, "[de", False)
            await it.refresh()
            assert "paused: the channel is disabled" in it.rows[0]
            assert schedules.list_schedules(workspace.database, Actor("vera", False, 1, 2)) == []

    async def test_run_now(self, workspace: Workspace) -> None:
        """Whatever its schedule; one that asks no remote also while the channel is disabled."""
        add_channel(workspace, "de")
        add_worker(workspace)
        async with _settings(workspace, size=HUGE) as it:
            await it.press("left", "left", "down", "r")
            assert it.toasts[-1] == "Queued as job 1."
            registry.set_enabled(workspace, LOCAL_ADMIN, "de", False)
            await it.press("r")
            assert "It is disabled." in it.toasts[-1]
            await it.press("down", "r")
            assert it.toasts[-1] == "Queued as job 2."
        kinds = [job.kind for job in list_jobs(workspace.database, LOCAL_ADMIN)]
        assert kinds == ["orders.purge", "orders.reconcile"]


@pytest.mark.usefixtures("quick_hashes")
class TestOperators:
    async def test_from_account_to_token(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """A vendor is bound to a company; passwords are typed twice; tokens show once; the last admin stays."""
        add_channel(workspace)
        operators.add(workspace, LOCAL_ADMIN, "ada", role="admin", password="correct horse")
        async with _settings(workspace) as it:
            await it.press("right", "right")
            assert it.picture == picture
            await it.press("a")
            await it.fill({"name": "[vera]", "password": "short", "again": "shore"})
            await it.save()
            assert set(it.errors) == {"name", "store", "company_id", "password", "again"}
            assert it.errors["again"] == "it is not the same as above"
            assert it.errors["password"] == "A password has at least 10 characters."
            assert it.said == "! 5 fields to correct."
            await it.step("store", "main")
            await it.choose("company_id", "7")
            await it.fill({"name": "vera", "password": "battery staple", "again": "battery staple"})
            await it.save()
            assert it.rows[1].split() == ["vera", "vendor", "7", "of", "main", "may", "log", "in"]
            await it.press("down", "o", "y")
            token = it.app.screen.query_one(TextPane).plain.splitlines()[-1]
            assert token.startswith("cdk_")
            await it.press("escape", "t", "y")
            assert it.rows[1].endswith("disabled")
            assert token not in it.picture
            await it.press("t", "p")
            await it.fill({"password": "another one", "again": "another one"})
            await it.save()
            await it.press("d", "y")
            assert [row.split()[1] for row in it.rows] == ["ada"]
            await it.press("d", "y")
            assert it.toasts[-1] == "operator ada: This is the last enabled admin. Add another admin first."


class TestAudit:
    async def test_who_did_what(self, workspace: Workspace) -> None:
        """The newest first, with all that is known of it; a word narrows the list."""
        apps.add(workspace, LOCAL_ADMIN, APP, verify=False)
        apps.edit(workspace, Actor("ada[/b]"), {"name": "our app", "region": "na"}, verify=False)
        async with _settings(workspace) as it:
            await it.press("8", "]", "]")
            assert it.rows[0].split()[3:] == ["ada[/b]", "Edit", "app", "app", "our", "app"]
            assert 'changed        ["region"]' in it.detail
            assert "Code           app.edit" in it.detail
            await it.press("f", *"add", "enter")
            assert [row.split()[4:6] for row in it.rows] == [["Add", "app"]]
            await it.press("f", "ctrl+u", *"zebra", "enter")
            assert "f changes it" in it.detail


class TestKeys:
    async def test_page(self, workspace: Workspace) -> None:
        """It says where the key is and what it is for."""
        async with _settings(workspace) as it:
            await it.press("left")
            section = it.screen.section
            assert drawn(section.query_one(Table))[1].startswith("> Key")
            assert "Keep a copy of it" in " ".join(drawn(section.query_one(TextPane)))

    async def test_rotation_and_backup(self, workspace: Workspace, tmp_path: Path) -> None:
        """Everything gets the new key, and goes into one file that is not written twice."""
        apps.add(workspace, LOCAL_ADMIN, APP, verify=False)
        file = tmp_path / "all.zip"
        async with _settings(workspace) as it:
            await it.press("left", "r", "enter")
            assert it.toasts == []
            await it.press("r", "y")
            assert it.toasts[-1].startswith("1 values have the new key.")
            for _ in range(2):
                await it.press("b")
                await it.paste(str(file))
                await it.press("enter")
            assert it.toasts[-2].startswith(f"Everything is saved in {file}.")
            assert "It exists already." in it.toasts[-1]
            assert file.is_file()
