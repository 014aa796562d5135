"""Home: how every channel stands, what is wrong, and what the last two weeks brought."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from core import clock, health
from core.actor import LOCAL_ADMIN, Actor
from core.jobs.requests import Requested
from core.mappings import choices as mappings
from core.model.account import NOT_YET
from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import HUGE, LARGE, SMALL, Driven, at, drawn, press, settle, text_of
from tests.tui.rows import (
    NOW,
    add_calls,
    add_channel,
    add_job,
    add_link,
    add_open_problem,
    add_orders,
    add_worker,
    change_job,
)
from tests.tui.test_text import HOSTILE
from tui.app import CrossdockApp
from tui.frame.live import no_worker
from tui.screens.home.screen import HomeScreen
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText
from tui.widgets.pane import Pane
from tui.widgets.pick import Pick
from tui.widgets.table import Table
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
        add_open_problem(workspace, de, f"order 1-{number}", "sku_unknown", about=f"CAP-{number // 2}")
    add_open_problem(workspace, de, "order 2-1", "payment_unmapped", about="payments.cod")


def _details(driven: Driven) -> str:
    return driven.screen.query_one("#about", TextPane).plain


def _rows(driven: Driven, table: str) -> list[str]:
    return drawn(driven.screen.query_one(f"#{table}", Table))[1:]


def _count(driven: Driven, pane: str) -> str:
    return driven.screen.query_one(f"#{pane}", Pane).count


def _chart(driven: Driven, name: str) -> list[str]:
    return text_of(driven.screen.query_one(f"#{name}-chart", FixedText)).splitlines()


class TestLooking:
    @pytest.mark.parametrize("size", [SMALL, LARGE, HUGE], ids=["80x24", "120x40", "200x60"])
    async def test_panes(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """What cannot work first; numbers, schedules and states in words; causes with their fixes; what runs."""
        _fortnight(workspace)
        add_worker(workspace)
        async with at(workspace, "home", size) as driven:
            channels, causes, activity = (_rows(driven, name) for name in ("channels", "causes", "activity"))
            assert channels[0].endswith("unauthorized, draft")
            assert re.search(r"de .*12 min ago +0 +4 .*Schedule off: e sets it$", channels[1])
            assert channels[2].endswith("disabled")
            assert channels[3].endswith("running 120/300")
            assert [re.sub(" +", " ", row)[:17] for row in causes] == ["> ▸ Unknown SKU 3", " Payment unmapped"]
            assert ["Running" in activity[0], "Finished" in activity[1]] == [True, True]
            assert driven.banner == ("Channel uk needs to be authorized again: the seller withdrew it.",)
            assert _count(driven, "orders-pane") == "0 today, 154 in all"
            assert _count(driven, "calls-pane") == "23 today, 2 of 81 refused"
            assert _chart(driven, "orders")[0].startswith("22 ")
            assert driven.picture == picture

    async def test_details_are_those_of_the_list_that_has_the_focus(self, workspace: Workspace) -> None:
        _fortnight(workspace)
        async with at(workspace, "home", LARGE) as driven:
            await driven.press("j")
            assert "problems       unknown SKU 3, payment unmapped 1" in _details(driven)
            assert "client secret ends in 150 d, on 2027-04-22" in _details(driven)
            assert "Search orders  18/20 calls left" in _details(driven)
            await driven.press("tab")
            assert _details(driven).startswith("Unknown SKU sku_unknown\n")
            await driven.press("tab", "tab")
            assert _details(driven).startswith("Job 2 Import orders of fr\n")

    async def test_what_was_imported(self, workspace: Workspace) -> None:
        """By channel, in all and on each day, and today in all."""
        de = add_channel(workspace)
        for number, age in enumerate([0, 0, 1, 13, 20], start=1):
            add_link(workspace, de, f"order {number}", number, NOW - timedelta(days=age))
        async with at(workspace, "home", HUGE) as driven:
            assert re.search(r"de .* 5 +0 ▅▁▁▁▁▁▁▁▁▁▁▁▅█", _rows(driven, "channels")[0])
            today = text_of(driven.screen.query_one("#today", FixedText))
            assert re.sub(" +", " ", today) == "2 imported 0 failed\n0 need you 0 to ship today"

    async def test_no_channels(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An empty home says how to begin, and every key stays harmless."""
        async with at(workspace, "home") as driven:
            assert driven.sentence.startswith("No channel is connected yet.\n\n0 leads to Settings, where w leads")
            assert driven.banner == (no_worker(),)
            assert driven.picture == picture
            await driven.press("enter", "f", "e", "o", "w", "v", "escape")
            assert driven.app.screen is driven.screen

    async def test_another_companys_channels_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the channels of their own company, and theirs alone are counted."""
        mine = add_channel(workspace, "mine", company_id=7)
        other = add_channel(workspace, "other", [("seller_id", "A2")], company_id=8)
        add_orders(workspace, other, 5, NOW - timedelta(days=1))
        async with at(workspace, "home", actor=Actor("vendor", False, mine.store_id, 7)) as driven:
            assert [row.split()[1] for row in driven.rows] == ["mine"]
            assert _count(driven, "orders-pane") == "0 today, 0 in all"

    async def test_many_alerts(self, workspace: Workspace) -> None:
        """No more sentences than leave room for the rest."""
        for number in range(6):
            state = [("seller_id", f"A{number}"), ("state", "needs_authorization")]
            add_channel(workspace, f"c{number}", state)
        async with at(workspace, "home") as driven:
            assert len(driven.banner) == 4
            assert driven.banner[0] == no_worker()
            assert driven.banner[-1] == "4 more: the channels say which."


class TestFollowing:
    async def test_a_seller_who_never_gave_a_consent(self, workspace: Workspace) -> None:
        """Nobody is told to authorize again what was never authorized."""
        add_worker(workspace)
        waiting = [("seller_id", ""), ("state", "needs_authorization"), ("state_reason", NOT_YET)]
        add_channel(workspace, "uk", waiting, marketplace_id="A1F83G8C2ARO7P")
        async with at(workspace, "home") as driven:
            assert driven.banner == ("Channel uk: the seller has still to authorize the app. See Channels.",)

    async def test_a_worker_changes_something(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Progress, orders and what is due show with the next reading; the cursor stays on its channel."""
        monkeypatch.setattr(HomeScreen, "HISTORY_EVERY", 0.0)
        de = add_channel(workspace)
        job = add_job(workspace, JobState.RUNNING, de, done=1, total=10)
        async with at(workspace, "home") as driven:
            assert driven.rows[0].endswith("running 1/10")
            add_channel(workspace, "at", [("seller_id", "A2")])
            change_job(workspace, job, done=5)
            add_orders(workspace, de, 4, NOW)
            await driven.refresh()
            assert driven.rows[1].startswith("> de")
            assert driven.rows[1].endswith("running 5/10")
            assert _count(driven, "orders-pane") == "4 today, 4 in all"
            monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=170))
            await driven.refresh()
            secret = "its client secret has ended. Rotate it in Amazon's developer console, then enter it here."
            assert driven.banner[1:] == (f"Channel at: {secret}", f"Channel de: {secret}")
            assert driven.rows[1].endswith("stopped, waits for a worker 5/10"), "nobody has renewed its lease"

    async def test_a_reading_that_came_too_late(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """What arrives while something lies above is dropped; the next reading brings the days all the same."""
        add_channel(workspace)
        reading, going_on = Event(), Event()
        read = health.history

        def slow(*arguments: Any) -> health.History:
            reading.set()
            going_on.wait(10)
            return read(*arguments)

        monkeypatch.setattr(health, "history", slow)
        app = CrossdockApp(workspace.settings, LOCAL_ADMIN, workspace=workspace)
        async with app.run_test() as pilot:
            await asyncio.to_thread(reading.wait, 10)
            await pilot.press("question_mark")
            going_on.set()
            await settle(pilot)
            assert isinstance(app.screen, TextModal)
            await press(pilot, "escape")
            driven = Driven(pilot)
            assert _count(driven, "orders-pane") == "0 today, 0 in all"


class TestGoing:
    async def test_to_the_job(self, workspace: Workspace) -> None:
        """One key leads to what is at work for the channel, and says when nothing is."""
        de = add_channel(workspace)
        async with at(workspace, "home") as driven:
            await driven.press("w")
            assert driven.toasts == ["No jobs for channel de."]
            add_job(workspace, JobState.FAILED, de)
            job = add_job(workspace, JobState.QUEUED, de)
            await driven.refresh()
            await driven.press("w")
            assert driven.screen_name == "jobs"
            assert driven.table.key == job

    @pytest.mark.parametrize("keys", [["j", "f"], ["tab", "j", "enter"]], ids=["channel", "cause"])
    async def test_to_the_problems(self, workspace: Workspace, keys: list[str]) -> None:
        """One key leads to the problems of the channel, or of the cause under the cursor."""
        _fortnight(workspace)
        async with at(workspace, "home") as driven:
            await driven.press(*keys)
            assert driven.screen_name == "problems"

    async def test_to_one_thing(self, workspace: Workspace) -> None:
        """A cause opens into what it is about; enter leads to that in Problems, beneath its cause."""
        _fortnight(workspace)
        async with at(workspace, "home") as driven:
            await driven.press("tab", "f")
            assert [row.strip("> ").split()[0] for row in _rows(driven, "causes")] == ["▾", "CAP-0", "CAP-1"]
            await driven.press("right", "down", "left", "right", "down", "enter")
            assert driven.screen_name == "problems"
            assert [row.split()[2] for row in driven.rows if row.startswith(">")] == ["CAP-0"]

    async def test_fixes_in_place(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The key opens what it opens in Problems, and what was done here is taken back here."""
        _fortnight(workspace)
        add_worker(workspace)
        calls: list[tuple[object, ...]] = []
        job = add_job(workspace, JobState.QUEUED)
        for name in ("set_mapping", "unset_mapping"):

            def noted(_workspace: object, _actor: object, *asked: object, name: str = name) -> Requested:
                calls.append((name, *asked))
                return Requested(job, joined=False)

            monkeypatch.setattr(mappings, name, noted)
        monkeypatch.setattr(mappings, "choices", lambda *_: [mappings.Choice("6", "Cash on delivery", True)])
        async with at(workspace, "home") as driven:
            await driven.press("tab", "j", "f")
            assert isinstance(driven.app.screen, Pick)
            await driven.press("enter")
            assert calls.pop() == ("set_mapping", "de", "payments", "cod", "6")
            assert driven.toasts[-1].endswith(f"Job {job} started.")
            await driven.press("u", "y")
            assert calls == [("unset_mapping", "de", "payments", "cod")]
            assert driven.screen_name == "home"

    async def test_imports(self, workspace: Workspace) -> None:
        """One key imports what is new; a second one joins, and what cannot be says why."""
        add_channel(workspace)
        add_channel(workspace, "off", [("seller_id", "A2")], enabled=False)
        add_worker(workspace)
        async with at(workspace, "home") as driven:
            await driven.press("i")
            await driven.press("i")
            assert driven.toasts == ["Queued as job 1.", "Job 1 does this already."]
            assert driven.rows[0].endswith("queued")
            await driven.press("j", "i")
            assert "disabled" in driven.toasts[-1]

    async def test_imports_without_a_worker(self, workspace: Workspace) -> None:
        """The job is queued, and whether it runs here is asked; the harmless answer has the focus."""
        add_channel(workspace)
        async with at(workspace, "home") as driven:
            await driven.press("i")
            assert isinstance(driven.app.screen, Confirm)
            await driven.press("enter")
            assert driven.toasts == ["Queued as job 1."]

    async def test_sets_the_schedule(self, workspace: Workspace) -> None:
        """One key sets how often a channel imports; its next run is shown then."""
        add_channel(workspace)
        async with at(workspace, "home") as driven:
            assert driven.rows[0].endswith("Schedule off: e sets it")
            await driven.press("e", "enter")
            assert driven.rows[0].endswith("in 15 min")

    async def test_numbers(self, workspace: Workspace) -> None:
        """The charts as numbers, the newest day first."""
        _fortnight(workspace)
        async with at(workspace, "home", LARGE) as driven:
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
    async with at(workspace, "home", LARGE) as driven:
        for _ in HOSTILE:
            assert "".join(driven.rows).isprintable()
            assert _details(driven).replace("\n", "").isprintable()
            await driven.press("down")
        assert "".join(driven.banner).isprintable()
        await driven.press("v", "escape")
        assert driven.app.screen is driven.screen
