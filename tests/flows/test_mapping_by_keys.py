"""Categories by keys alone at 80×24: refreshed from the sandbox, mapped, and taken through a CSV file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.events import Paste

from core import clock
from core.actor import LOCAL_ADMIN
from core.categories.actions import list_categories
from core.categories.mapping import MappingView
from core.channels import registry
from core.model.job import JobState
from tests.flows.kit import Shop, shop
from tests.flows.test_categories import KITCHEN, OWN, Categories
from tests.tui.driving import settle, text_of
from tests.tui.test_mapping_screen import Mapping, mapping_at
from tui.app import CrossdockApp
from tui.frame.live import LiveScreen
from tui.widgets.fixed import FixedText

_EVERY = 0.02
"""Real seconds between two looks at a job that runs in another thread."""


@pytest.mark.parametrize("use_queue", [True, False], ids=["queued", "direct"])
async def test_refreshed_mapped_and_exchanged(home: Path, monkeypatch: pytest.MonkeyPatch, use_queue: bool) -> None:
    """r reads both sides; enter, a search and f2 link; e writes the file, and i brings back what was unlinked."""
    monkeypatch.setattr(LiveScreen, "POLL_EVERY", 3600.0)
    monkeypatch.setattr(CrossdockApp, "LEADS", False)
    with shop(home, orders=3, other_orders=0, products=30) as world:
        world.sandbox.set_pace({"queue": 0, "work": 0})
        registry.edit(world.workspace, LOCAL_ADMIN, {"name": world.channel, "settings": {"use_queue": use_queue}})
        async with mapping_at(world.workspace) as it:
            await _refresh(it, world, use_queue)
            assert it.edge("#store-pane").count == "0/8 mapped"
            await it.press("slash")
            await it.type("kitchen")
            await it.press("enter", "enter")
            await it.type("kitchen")
            await it.press("enter", "f2")
            (made,) = _mapped(world)
            assert (made.amazon, made.product_type, made.fault) == (KITCHEN, "KITCHEN", "")
            file = str(home / "links.csv")
            await _with_file(it, "e", file)
            assert it.toasts[-1] == f"12 lines were written to {file}."
            await it.press("escape", "w", "w", "u", "y")
            assert _mapped(world) == []
            await _with_file(it, "i", file)
            await it.press("f2")
            assert it.toasts[-1] == "Imported: 1 added."
            assert _mapped(world) == [made]


async def _refresh(it: Mapping, world: Shop, use_queue: bool) -> None:
    await it.press("r", *(["n"] if use_queue else []))
    number = it.screen.started
    assert number is not None
    if use_queue:
        await asyncio.to_thread(Categories(world.sandbox, world.workspace, world.channel).run, number)
    await _until(lambda: world.job(number).state.is_final)
    assert world.job(number).state is JobState.SUCCEEDED
    clock.install(None, world.workspace.settings.home)
    await it.refresh()
    await settle(it.pilot)
    assert f"Job {number} Finished" in text_of(it.screen.query_one("#started", FixedText))
    assert it.edge("#amazon-pane").count.startswith(str(OWN))


async def _until(done: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if done():
            return
        await asyncio.sleep(_EVERY)
    raise AssertionError("The job does not end.")


async def _with_file(it: Mapping, key: str, file: str) -> None:
    await it.press(key, "ctrl+u")
    it.app.post_message(Paste(file))
    await it.press("f2")


def _mapped(world: Shop) -> list[MappingView]:
    return list(list_categories(world.workspace, LOCAL_ADMIN, world.channel).mappings)
