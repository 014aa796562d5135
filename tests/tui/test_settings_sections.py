"""The smaller sections of the settings by keys: apps, global settings, schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from core import apps, global_settings, schedules, stores
from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from tests.tui.driving import at
from tests.tui.rows import NOW, add_channel
from tests.tui.shop import Setup, sandboxed

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
                assert set(it.errors) == {"redirect_url"}
                await it.fill({"redirect_url": document["redirect_url"]})
                await it.save()
                assert it.errors["app_id"].startswith("this is a client id")
                await it.fill({"app_id": document["app_id"]})
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
            kept = apps.show(workspace, LOCAL_ADMIN, "our app")
            assert (kept.redirect_url, kept.draft_app, kept.region) == ("", True, "na")


class TestGlobalSettings:
    async def test_payments_of_the_store(self, home: Path, world: Sandbox) -> None:
        """They are chosen by name, and what is set shows."""
        with sandboxed(home, world) as workspace:
            stores.add(workspace, LOCAL_ADMIN, world.credentials()["store"])
            async with _settings(workspace) as it:
                await it.press("left", "left", "enter")
                await it.choose("payments.prepaid", "credit")
                await it.to("app_mode")
                await it.press("right")
                await it.save()
                assert it.rows[0] == "> App mode                 public"
                assert it.rows[3].startswith("  Prepaid                  Credit card")
            assert global_settings.show(workspace, LOCAL_ADMIN).payment_prepaid == 2


class TestSchedules:
    async def test_interval(self, workspace: Workspace) -> None:
        """It is a number of minutes; 0 ends it; a disabled channel rests."""
        add_channel(workspace, "[de")
        async with _settings(workspace) as it:
            await it.press("left")
            assert it.rows == ["> [de          orders      off –"]
            await it.press("enter", "ctrl+u", *"-1", "enter")
            assert str(it.app.screen.query_one("#answer-note").content).startswith("! it is no number of minutes")
            await it.press("ctrl+u", *"30", "enter")
            assert "30 min 2026-11-23 15:50:01" in it.rows[0]
            [kept] = schedules.list_schedules(workspace.database, LOCAL_ADMIN)
            assert kept.next_run == NOW + timedelta(minutes=30)
            await it.press("p")
            assert it.rows[0].endswith("30 min paused")
            await it.press("p")
            registry.set_enabled(workspace, LOCAL_ADMIN, "[de", False)
            await it.refresh()
            assert "rests" in it.rows[0]
            assert schedules.list_schedules(workspace.database, Actor("vera", False, 1, 2)) == []
