"""From a held order to one in the store, by keys alone: the screens, a job, and the sandbox's store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Static

from core.actor import LOCAL_ADMIN
from core.flows import runner
from core.model.job import JobState
from core.sync.problems import open_problems
from tests.flows.kit import Shop, shop
from tests.tui.driving import at, text_of
from tests.tui.test_orders_screen import Orders
from tests.tui.test_problems_screen import Problems
from tui.frame.live import LiveScreen
from tui.widgets.filter_line import FilterLine


def _unknown(world: Shop) -> tuple[str, list[str]]:
    """A SKU that the store does not have, and the orders that wait for it."""
    problems = open_problems(world.workspace.database, LOCAL_ADMIN)
    unknown = [problem for problem in problems if problem.code == "sku_unknown" and problem.about]
    sku = unknown[0].about
    return sku, [problem.subject.id for problem in unknown if problem.about == sku]


async def test_a_held_order_is_linked_and_arrives(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Problems → f → search → enter; the job imports the orders, the problem goes, the order is seen as imported."""
    monkeypatch.setattr(LiveScreen, "POLL_EVERY", 3600.0)
    with shop(home) as world:
        job = world.import_orders()
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        sku, waiting = _unknown(world)
        async with at(world.workspace, "problems", of=Problems) as it:
            assert isinstance(it, Problems)
            await it.to("sku_unknown")
            await it.press("right")
            while sku not in it.line:
                await it.press("down")
            await it.press("f")
            title = text_of(it.app.screen.query_one(".heading", Static))
            assert title.startswith(f"Which product of the store is {sku} (")  # with Amazon's name for it
            await it.type("a")
            await it.press("enter", *(["y"] if len(waiting) > 1 else []))
            assert it.toasts[-1].startswith(f"{sku} → ")
            await it.press("n")  # it is not run here: a worker is to
            number = it.screen.started
            assert number is not None
            state = await asyncio.to_thread(runner.run, world.workspace, number)
            assert state is JobState.SUCCEEDED
            await it.refresh()
            assert it.started.startswith(f"Job {number} Finished {len(waiting)} created")
            assert not any(sku in row for row in it.rows)
            await it.press("O")
            assert (it.screen_name, it.table.key) == ("jobs", number)
        async with at(world.workspace, "orders", of=Orders) as it:
            assert isinstance(it, Orders)
            await it.press("slash")
            await it.type(waiting[0])
            await it.press("enter")
            assert it.screen.query_one(FilterLine).text == waiting[0]
            assert " imported " in it.rows[0]
            assert "It is in the store." in it.details
            await it.press("p")
            assert "It is store order" in it.window
