"""The Dashboard: how every channel stands, what is wrong, and what the last two weeks brought."""

from __future__ import annotations

from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from core import clock
from core.actor import Actor
from core.model.account import NOT_YET
from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import LARGE, SIZES, SMALL, Driven, at, drawn, text_of
from tests.tui.rows import (
    NOW,
    add_calls,
    add_channel,
    add_job,
    add_open_problem,
    add_orders,
    add_worker,
    change_job,
)
from tests.tui.test_text import HOSTILE
from tui.screens import dashboard_text
from tui.screens.dashboard import DashboardScreen
from tui.widgets.fixed import FixedText
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane


def _fortnight(workspace: Workspace) -> None:
    """Two weeks of a channel that works, one that imports, and two that need a person."""
    de = add_channel(workspace)
    fr = add_channel(workspace, "fr", [("seller_id", "A2")], marketplace_id="A13V1IB3VIYZZH")
    add_channel(workspace, "es", [("seller_id", "A3")], marketplace_id="A1RKKUPIHCS9HS", enabled=False)
    refused = [("seller_id", "A4"), ("state", "needs_authorization"), ("state_reason", "the seller withdrew it.")]
    add_channel(workspace, "uk", refused, marketplace_id="A1F83G8C2ARO7P", app_status="draft")
    for age in range(14):
        placed = NOW - timedelta(days=age, hours=2)
        add_orders(workspace, de, (age * 7) % 23, placed)
        add_calls(workspace, de, placed.date(), 3 + age % 4, refused=age % 5 == 4, tokens=18.4)
    add_calls(workspace, fr, NOW.date(), 20, tokens=-1)
    add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, de, finished_at=NOW - timedelta(minutes=12))
    add_job(workspace, JobState.RUNNING, fr, channel_name="fr", done=120, total=300)
    for number in range(3):
        add_open_problem(workspace, de, f"order 1-{number}", "sku_unknown")
    add_open_problem(workspace, de, "order 2-1", "payment_unmapped")


def _details(driven: Driven) -> str:
    return driven.screen.query_one("#channel", TextPane).plain


class TestLooking:
    @SIZES
    async def test_channels(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Each channel in a line: what cannot work first, numbers, quota, state in words; and the charts."""
        _fortnight(workspace)
        add_worker(workspace)
        async with at(workspace, "dashboard", size) as driven:
            assert [row.split()[0] for row in driven.rows] == [">", "de", "es", "fr"]
            assert driven.rows[0].endswith("unauthorized, draft")
            assert "12 min ago" in driven.rows[1]
            assert "18/20" in driven.rows[1]
            assert driven.rows[2].endswith("disabled")
            assert "0, in " in driven.rows[3]
            assert "running 120/300" in driven.rows[3]
            assert driven.banner == ("Channel uk needs to be authorized again: the seller withdrew it.",)
            workers = text_of(driven.screen.query_one("#workers", FixedText))
            assert workers == "1 worker with 4 threads, started 3 h ago · 1 job at work or waiting"
            await driven.press("j")
            assert "problems     sku_unknown 3, payment_unmapped 1" in _details(driven)
            assert "client secret ends in 150 d, on 2027-04-22" in _details(driven)
            orders = text_of(driven.screen.query_one("#orders-chart", FixedText)).splitlines()
            assert orders[0] == "Orders: 0 today, 154 in 14 days"
            assert orders[1].startswith("22 ")
            calls = text_of(driven.screen.query_one("#calls-chart", FixedText))
            assert calls.startswith("Calls: 23 today, 81 in 14 days, 2 refused"[: 38 if size == SMALL else 50])
            assert driven.picture == picture

    async def test_no_channels(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An empty home says how to begin, and every key stays harmless."""
        async with at(workspace, "dashboard") as driven:
            assert driven.sentence.startswith("No channel is connected yet.\n\n6 leads to Settings, where w leads")
            assert driven.banner == (dashboard_text.NO_WORKER,)
            assert driven.picture == picture
            await driven.press("enter", "o", "w", "v", "escape")
            assert driven.app.screen is driven.screen

    async def test_another_companys_channels_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the channels of their own company, and theirs alone are counted."""
        mine = add_channel(workspace, "mine", company_id=7)
        other = add_channel(workspace, "other", [("seller_id", "A2")], company_id=8)
        add_orders(workspace, other, 5, NOW - timedelta(days=1))
        async with at(workspace, "dashboard", actor=Actor("vendor", False, mine.store_id, 7)) as driven:
            assert [row.split()[1] for row in driven.rows] == ["mine"]
            assert text_of(driven.screen.query_one("#orders-chart", FixedText)).startswith("Orders: 0 today, 0 in")

    async def test_many_alerts(self, workspace: Workspace) -> None:
        """No more sentences than leave room for the rest."""
        for number in range(6):
            state = [("seller_id", f"A{number}"), ("state", "needs_authorization")]
            add_channel(workspace, f"c{number}", state)
        async with at(workspace, "dashboard") as driven:
            assert len(driven.banner) == 4
            assert driven.banner[0] == dashboard_text.NO_WORKER
            assert driven.banner[-1] == "4 more: the channels say which."


class TestFollowing:
    async def test_a_seller_who_never_gave_a_consent(self, workspace: Workspace) -> None:
        """Nobody is told to authorize again what was never authorized."""
        add_worker(workspace)
        waiting = [("seller_id", ""), ("state", "needs_authorization"), ("state_reason", NOT_YET)]
        add_channel(workspace, "uk", waiting, marketplace_id="A1F83G8C2ARO7P")
        async with at(workspace, "dashboard") as driven:
            assert driven.banner == ("Channel uk: the seller has still to authorize the app. See Channels.",)

    async def test_a_worker_changes_something(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Progress, orders and what is due show with the next reading; the cursor stays on its channel."""
        monkeypatch.setattr(DashboardScreen, "HISTORY_EVERY", 0.0)
        de = add_channel(workspace)
        job = add_job(workspace, JobState.RUNNING, de, done=1, total=10)
        async with at(workspace, "dashboard") as driven:
            assert driven.rows[0].endswith("running 1/10")
            add_channel(workspace, "at", [("seller_id", "A2")])
            change_job(workspace, job, done=5)
            add_orders(workspace, de, 4, NOW)
            await driven.refresh()
            assert driven.rows[1].startswith("> de")
            assert driven.rows[1].endswith("running 5/10")
            assert text_of(driven.screen.query_one("#orders-chart", FixedText)).startswith("Orders: 4 today, 4 in")
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=170))
            await driven.refresh()
            secret = "its client secret has ended. Rotate it in Amazon's developer console, then enter it here."
            assert driven.banner[1:] == (f"Channel at: {secret}", f"Channel de: {secret}")
            assert driven.rows[1].endswith("running 5/10")


class TestGoing:
    async def test_to_the_job(self, workspace: Workspace) -> None:
        """One key leads to what is at work for the channel, and says when nothing is."""
        de = add_channel(workspace)
        async with at(workspace, "dashboard") as driven:
            await driven.press("w")
            assert driven.toasts == ["Nothing runs or waits for channel de."]
            add_job(workspace, JobState.FAILED, de)
            job = add_job(workspace, JobState.QUEUED, de)
            await driven.refresh()
            await driven.press("w")
            assert driven.place == "jobs"
            assert driven.table.key == job

    async def test_imports(self, workspace: Workspace) -> None:
        """One key imports what is new; a second one joins, and what cannot be says why."""
        add_channel(workspace)
        add_channel(workspace, "off", [("seller_id", "A2")], enabled=False)
        async with at(workspace, "dashboard") as driven:
            await driven.press("i")
            await driven.press("i")
            assert driven.toasts == ["Job 1 imports what is new.", "Job 1 does that already."]
            assert driven.rows[0].endswith("queued")
            await driven.press("j", "i")
            assert "disabled" in driven.toasts[-1]

    async def test_numbers(self, workspace: Workspace) -> None:
        """The charts as numbers, the newest day first."""
        _fortnight(workspace)
        async with at(workspace, "dashboard", LARGE) as driven:
            await driven.press("v")
            assert isinstance(driven.app.screen, TextModal)
            shown = drawn(driven.app.screen.query_one(TextPane))
            assert "2026-11-23         0        23         0" in "\n".join(shown)
            await driven.press("escape")
            assert driven.app.screen is driven.screen


async def test_hostile_text(workspace: Workspace) -> None:
    """Names, reasons and codes from outside are shown and do nothing."""
    for number, text in enumerate(HOSTILE.values()):
        stored = text.encode("utf-8", "replace").decode().replace("\0", "")
        state = [("seller_id", f"A{number}"), ("state", "needs_authorization"), ("state_reason", stored)]
        channel = add_channel(workspace, f"{number}{stored}", state)
        add_open_problem(workspace, channel, "order 1", stored)
    async with at(workspace, "dashboard", LARGE) as driven:
        for _ in HOSTILE:
            assert "".join(driven.rows).isprintable()
            assert _details(driven).replace("\n", "").isprintable()
            await driven.press("down")
        assert "".join(driven.banner).isprintable()
        await driven.press("v", "escape")
        assert driven.app.screen is driven.screen
