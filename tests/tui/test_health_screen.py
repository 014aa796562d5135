"""Health: what is in order and what is not, Amazon's quotas, and where a line leads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from core.actor import Actor
from core.model.job import JobState
from core.workspace import Workspace
from tests.tui.driving import HUGE, LARGE, SMALL, Driven, at, drawn
from tests.tui.rows import NOW, add_calls, add_channel, add_job, add_orders, add_worker
from tui.widgets.fixed import FixedText
from tui.widgets.pane import Pane
from tui.widgets.table import Table


@pytest.fixture(autouse=True)
def _roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk of which no picture depends."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 40_000_000_000}))


def _week(workspace: Workspace) -> None:
    de = add_channel(workspace)
    add_channel(workspace, "fr", [("seller_id", "A2"), ("state", "needs_authorization"), ("state_reason", "withdrawn")])
    for age in range(7):
        day = NOW - timedelta(days=age)
        add_orders(workspace, de, age, day)
        add_calls(workspace, de, day.date(), 3 + age, refused=age % 3, tokens=-2 if age == 0 else 18.4)
    add_job(workspace, JobState.QUEUED, de)


def _rows(it: Driven, table: str) -> list[str]:
    return [" ".join(row.split()) for row in drawn(it.screen.query_one(f"#{table}", Table))[1:]]


@pytest.mark.parametrize("size", [SMALL, LARGE, HUGE], ids=["80x24", "120x40", "200x60"])
async def test_panes(workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    """What failed comes first; plots stand where there is room."""
    _week(workspace)
    async with at(workspace, "health", size) as it:
        checks, quotas = _rows(it, "checks"), _rows(it, "quotas")
        assert checks[0].startswith("> FAIL workers None is alive; jobs and")
        assert checks[1].startswith("FAIL channel fr It needs to be authorized again")
        assert size == SMALL or "ok disk 40.0 GB are free." in checks
        assert quotas[0].endswith("de")
        assert it.screen.query_one("#checks-pane", Pane).count == "2 failed"
        assert it.screen.query_one("#calls-chart", FixedText).region.height == (0 if size == SMALL else 5)
        assert it.picture == picture


async def test_follows(workspace: Workspace) -> None:
    """A worker that has come is seen with the next reading, and a schedule that nobody began."""
    _week(workspace)
    async with at(workspace, "health") as it:
        add_worker(workspace)
        await it.refresh()
        assert any("ok workers 1 alive" in row for row in _rows(it, "checks"))


async def test_leads(workspace: Workspace) -> None:
    """Tabs and enter lead to it and on."""
    _week(workspace)
    async with at(workspace, "home") as it:
        await it.press("]")
        assert it.screen_name == "health"
        await it.press("down", "enter")
        assert it.screen_name == "channels"
        assert it.rows[1].startswith("> fr")
        await it.press("1", "]", "up", "enter")
        assert it.screen_name == "jobs"
        await it.press("1")
        assert "No worker is running" in it.banner[0]
        await it.pilot.click("#banner", offset=(6, 0))
        await it.press()
        assert it.screen_name == "health"


async def test_of_a_company(workspace: Workspace) -> None:
    """A vendor sees what is theirs, and nothing of the machine or of other channels."""
    mine = add_channel(workspace, "mine", company_id=7)
    other = add_channel(workspace, "other", [("seller_id", "A2")], company_id=8)
    add_calls(workspace, other, NOW.date(), 3, tokens=1)
    async with at(workspace, "health", LARGE, actor=Actor("vendor", False, mine.store_id, 7)) as it:
        names = [row.removeprefix("> ").split()[1:3] for row in _rows(it, "checks")]
        assert [first for first, _ in names] == ["workers", "writes", "queue", "schedules", "channel"]
        assert names[-1] == ["channel", "mine"]
        assert _rows(it, "quotas") == []
        assert it.screen.query_one("#quotas-pane", Pane).count == "No call to Amazon yet"
