"""Keys that arrive in one go, as over a slow line, do what they do one by one."""

from __future__ import annotations

import threading

import pytest
from sqlmodel import select
from textual import events
from textual.keys import _character_to_key
from textual.widgets import Input

from core.actor import LOCAL_ADMIN
from core.jobs.views import get_job
from core.model.job import JobState
from core.model.order import AmazonOrder
from core.workspace import Workspace
from tests.tui.driving import Driven, at, settle
from tests.tui.order_rows import add_order, fill_orders, number
from tests.tui.rows import add_job
from tui import key_order
from tui.forms.modal import FormModal
from tui.screens.orders import screen as orders_screen
from tui.widgets.text_modal import TextModal


async def burst(driven: Driven, *pressed: str) -> None:
    """Hand over everything before the first key is looked at; each is a key by its name, or text to type."""
    for key in pressed:
        for name, character in [(key, None)] if key in NAMED else [(_character_to_key(one), one) for one in key]:
            driven.app.post_message(events.Key(name, character))
    await settle(driven.pilot)


NAMED = ("enter", "escape", "tab", "down")


class TestBursts:
    async def test_digits_go_into_the_filter_line(self, workspace: Workspace) -> None:
        """From another place, in one go: the list, its filter, and the order that it finds is the one previewed."""
        fill_orders(workspace)
        async with at(workspace, "home") as it:
            await burst(it, "2/", number(4), "enter", "p")
            assert it.screen_name == "orders"
            assert isinstance(it.app.screen, TextModal)
            await burst(it, "escape")
            assert [row[2:21] for row in it.rows] == [number(4)]

    async def test_pasted_text_keeps_its_turn(self, workspace: Workspace) -> None:
        """What is pasted after a key goes to where the key led."""
        fill_orders(workspace)
        async with at(workspace, "orders") as it:
            it.app.post_message(events.Key("slash", "/"))
            it.app.post_message(events.Paste(number(5)))
            await burst(it, "enter")
            assert [row[2:21] for row in it.rows] == [number(5)]

    async def test_a_question_that_is_about_to_open_is_answered(self, workspace: Workspace) -> None:
        """Neither the place beneath nor a window before it gets the answer."""
        job = add_job(workspace, JobState.QUEUED)
        async with at(workspace, "jobs") as it:
            await burst(it, "cn")
            assert not get_job(workspace.database, LOCAL_ADMIN, job).state.is_final
            await burst(it, "cy")
            assert get_job(workspace.database, LOCAL_ADMIN, job).state is JobState.CANCELLED
            await burst(it, "!y")
            assert workspace.writes_stopped()

    async def test_typing_goes_into_a_form_that_is_about_to_open(self, workspace: Workspace) -> None:
        """The form needs a reading first; its lines have the focus in time."""
        fill_orders(workspace)
        async with at(workspace, "orders") as it:
            await burst(it, "i", "tab", "373", "down", "24")
            form = it.app.screen
            assert isinstance(form, FormModal)
            assert it.screen_name == "orders"
            assert [line.value for line in form.query(Input)][:2] == ["373", "24"]

    async def test_what_the_filter_finds_is_shown_before_it_is_held(self, workspace: Workspace) -> None:
        """The order under the cursor is one of the list that was asked for, not of the one before."""
        add_order(workspace, fill_orders(workspace), 20, dirty=True, raw={"orderId": number(20)})
        async with at(workspace, "orders") as it:
            await burst(it, "/", number(20), "enter", "h")
        with workspace.database.read() as session:
            held = session.exec(select(AmazonOrder.order_id).where(AmazonOrder.held_by != "")).all()
        assert set(held) == {number(8), number(20)}


class TestPatience:
    async def test_keys_do_not_wait_for_ever(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """What they wait for may take long; then they do what they can."""
        fill_orders(workspace)
        answer = threading.Event()
        monkeypatch.setattr(key_order, "PATIENCE", 0.01)
        async with at(workspace, "orders") as it:
            waiting = lambda *_: ["de"] if answer.wait(30) else []  # noqa: E731
            monkeypatch.setattr(orders_screen.OrdersScreen, "channel_names", waiting)
            try:
                await it.pilot.press("i")
                assert not it.app.keys_are_done
                await it.pilot.press("8")
                while it.screen_name != "jobs":
                    await it.pilot.pause()
            finally:
                answer.set()
