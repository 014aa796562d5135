"""The Orders screen: looking, choosing, doing, going, by keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.errors import Unreachable
from core.jobs.requests import Requested
from core.model.job import Job, JobState
from core.model.order import AmazonOrder
from core.orders import actions as orders
from core.orders.list import order_keys, order_rows
from core.orders.preview import OrderPreview, PreviewLine
from core.windows import Keys
from core.workspace import Workspace
from tests.tui.driving import ALL_SIZES, HUGE, LARGE, Driven, at, drawn, settle, text_of
from tests.tui.order_rows import add_order, add_second_channel, fill_orders, number
from tests.tui.rows import NOW, add_channel, add_job, add_problem, add_worker, change_job
from tests.tui.test_text import HOSTILE
from tui.app import CrossdockApp
from tui.forms.form import FieldRow
from tui.forms.modal import FormModal
from tui.frame import browse, window
from tui.screens.orders import screen as orders_screen
from tui.screens.orders.preview import preview_lines
from tui.widgets.confirm import Confirm
from tui.widgets.filter_line import FilterLine
from tui.widgets.fixed import FixedText
from tui.widgets.pane import Pane
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane


class Orders(Driven):
    """The application on its Orders screen."""

    @property
    def states(self) -> str:
        """The line with the states."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def count(self) -> str:
        """How many orders of how many."""
        return self.edge().count

    @property
    def details(self) -> str:
        """What is said of the order under the cursor."""
        return self.screen.query_one("#details", TextPane).plain

    @property
    def started(self) -> str:
        """The line about the job that was started here."""
        line = self.screen.query_one("#started", FixedText)
        return text_of(line) if line.display else ""

    @property
    def window(self) -> str:
        """The text of the window on top."""
        return self.app.screen.query_one(TextPane).plain

    @property
    def numbers(self) -> list[int]:
        """Which of the orders are listed, by the hours since they were placed."""
        return [int(row[6:13]) for row in self.rows]


def orders_at(workspace: Workspace, size: tuple[int, int] = (80, 24), actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Orders screen, at rest."""
    return at(workspace, "orders", size, actor, Orders)


def question_of(it: Orders) -> list[str]:
    """What is asked."""
    assert isinstance(it.app.screen, Confirm)
    return str(it.app.screen.query_one("#question", Static).content).splitlines()


class TestLooking:
    @ALL_SIZES
    async def test_list_and_details(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """Newest first; each with its state as a word, and its reason or store order; the cursor's in full."""
        fill_orders(workspace)
        add_worker(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS)
        with workspace.database.write() as session:
            session.get_one(Job, job).channel_id = 1
        add_problem(workspace, job, f"order {number(0)}")
        async with orders_at(workspace, size) as it:
            assert (it.numbers[:9], it.count) == (list(range(9)), "10")
            assert it.rows[0].startswith(f"> {number(0)} 11-23 15:20 ")
            assert it.rows[0].endswith(" 19.99 EUR held: unknown SKU")
            assert it.rows[1].endswith(" 21.00 EUR imported 1001")
            assert it.rows[4].endswith(" failed: store refused")
            assert it.states == "[all 10] held 6  failed 1  waiting 1  imported 1  skipped 1 "
            assert "f: Link the SKU to a product" in it.details
            assert "   2 × CAP-9  B000000009" in it.details
            assert "placed       2026-11-23 15:20:01 UTC+01:00" in it.details
            assert f"last job     {job}; o goes to it" in it.details
            assert it.banner == ()
            assert it.picture == picture
            await it.press("end")
            assert it.rows[-1].split()[2] == "2025-10-19"

    async def test_no_orders(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An empty home says how to begin, and every key stays harmless; the first order takes the place."""
        channel = add_channel(workspace)
        async with orders_at(workspace) as it:
            assert it.sentence == "No order has been read yet.\n\ni imports orders from Amazon."
            assert it.picture == picture
            await it.press(*"pfhurowy", "ctrl+a", "shift+down", "v", "right", "c", "space", "j", "end")
            assert it.app.screen is it.screen
            assert it.toasts
            add_order(workspace, channel, 1)
            await it.refresh()
            assert (it.sentence, it.numbers) == ("", [1])
            assert it.app.focused is it.table

    async def test_begins_with_the_newest(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A long list is there before all of it was read: its newest, then everything, and the numbers with it."""
        fill_orders(workspace)
        monkeypatch.setattr(browse, "NEWEST", 4)
        asked: list[threading.Event] = []
        may_go_on = threading.Event()

        def slow(*wanted: Any) -> Keys[str]:
            asked.append(threading.Event())
            may_go_on.wait(30)
            return order_keys(*wanted)

        monkeypatch.setattr(orders_screen, "order_keys", slow)
        app = CrossdockApp(workspace.settings, LOCAL_ADMIN, workspace=workspace, first="orders")
        async with app.run_test(size=LARGE) as pilot:
            it = Orders(pilot)
            while not (asked and it.states):
                await pilot.pause()
            assert it.numbers == [0, 1, 2, 3]
            assert "imported …" in it.states
            may_go_on.set()
            await settle(pilot)
            assert it.numbers == list(range(10))
            assert "imported 1" in it.states
            assert len(asked) == 1

    async def test_all_keys_wait_while_much_is_committed(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A worker that commits all the time has new and changed orders shown, without reading all keys each time."""
        channel = fill_orders(workspace)
        monkeypatch.setattr(window, "PAUSE", 3600.0)
        async with orders_at(workspace, LARGE) as it:
            add_order(workspace, channel, -1, dirty=True)
            with workspace.database.write() as session:
                order = session.exec(select(AmazonOrder).where(AmazonOrder.order_id == number(1))).one()
                order.total_minor = 5
            with monkeypatch.context() as patch:
                patch.setattr(orders_screen, "order_keys", None)
                await it.refresh()
            assert len(it.rows) == 11
            assert number(-1) in it.rows[0]
            assert " 0.05 EUR" in it.rows[2]
            assert "waiting 1" in it.states
            await it.press("right")
            assert "waiting 2" in it.states

    async def test_unreadable(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A database that fails leaves the list and says so."""
        channel = fill_orders(workspace)

        def broken(*_: object) -> Any:
            raise OperationalError("SELECT secret", {}, Exception("disk I/O error [/foo]"))

        async with orders_at(workspace) as it:
            with monkeypatch.context() as patch:
                patch.setattr("tui.screens.orders.screen.order_keys", broken)
                add_order(workspace, channel, 20)
                await it.refresh()
                assert "disk I/O error [/foo]" in it.banner[0]
                assert it.count == "10"
                assert it.rows
            await it.refresh()
            assert it.count == "11"
            assert "disk" not in "".join(it.banner)

    async def test_nothing_is_read_again_without_need(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither keys nor rows, as long as nobody committed anything."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:

            def never(*_: object) -> Any:
                raise AssertionError("read again")

            for name in ("screen.order_keys", "screen.order_rows", "data.order_detail"):
                monkeypatch.setattr(f"tui.screens.orders.{name}", never)
            monkeypatch.setattr(browse, "list_channels", never)
            await it.refresh()
            assert "read again" not in "".join(it.banner)

    async def test_another_companys_orders_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the orders of their own company."""
        channel = fill_orders(workspace)
        async with orders_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
            assert it.sentence.startswith("No order has been read yet.")


class TestFollowing:
    async def test_cursor_stays_on_its_order(self, workspace: Workspace) -> None:
        """New orders come in above it, and what changed is shown in place."""
        channel = fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("j", "j", "j")
            add_order(workspace, channel, 40, order_id="999-0000000-0000000", created_at=NOW)
            with workspace.database.write() as session:
                order = session.exec(select(AmazonOrder).where(AmazonOrder.order_id == number(5))).one()
                order.total_minor = 5
            await it.refresh()
            assert it.rows[0].startswith("  999-0000000-0000000")
            assert it.rows[4].startswith(f"> {number(3)}")
            assert " 0.05 EUR " in it.rows[6]
            assert it.edge("#details-pane").title == f"{number(3)}  de"

    async def test_long_list(self, workspace: Workspace) -> None:
        """Thousands of orders: the pages come as they are turned, to the last one."""
        channel = add_channel(workspace)
        with workspace.database.write() as session:
            session.add_all(_many(channel.account_id, channel.marketplace_id, 2_000))
        async with orders_at(workspace) as it:
            assert it.count == "2,000"
            start = time.perf_counter()
            await it.press("pagedown", "pagedown", "end")
            assert it.rows[-1].startswith(f"> {number(1_999)}")
            await it.press("home")
            assert it.rows[0].startswith(f"> {number(0)}")
            assert "…" not in "".join(row[2:5] for row in it.rows)
            assert time.perf_counter() - start < 10


class TestChoosing:
    async def test_states(self, workspace: Workspace) -> None:
        """Left and right go through the states and around."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            for listed in ([0, 2, 6, 7, 8, 9], [4], [3], [1], [5]):
                await it.press("right")
                assert it.numbers == listed
            assert "[skipped 1]" in it.states
            await it.press("right")
            assert it.count == "10"
            await it.press("left", "left")
            assert it.numbers == [1]
            await it.press("escape")
            assert it.states.startswith("[all 10]")

    async def test_filter_as_you_type(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """By number, SKU, reason or store order; it stays when left, and escape in the list takes it away."""
        fill_orders(workspace)
        add_worker(workspace)
        async with orders_at(workspace) as it:
            await it.press("slash")
            await it.type("mug")
            await it.press("enter")
            assert (it.numbers, it.count) == ([2], "1 of 10")
            assert it.states.startswith("[all 1] held 1 ")
            assert it.edge("#details-pane").title == f"{number(2)}  de"
            assert it.picture == picture
            await it.press("slash", "ctrl+u")
            await it.type("sku_unknown")
            await it.press("escape")
            assert it.numbers == [0, 7]
            await it.press("slash", "ctrl+u")
            await it.type("q?!3[/x]")
            await it.press("down")
            assert it.rows == ["  No order matches. esc clears the filter."]
            assert it.count == "0 of 10"
            await it.press("escape")
            assert (it.count, it.screen.query_one(FilterLine).text) == ("10", "")

    async def test_channels(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """With several channels the list says whose an order is, and c goes through them."""
        channel = fill_orders(workspace)
        other = add_second_channel(workspace, channel)
        add_worker(workspace)
        add_order(workspace, other, 11, order_id="404-0000000-0000000", code="sku_unknown")
        async with orders_at(workspace) as it:
            assert it.count == "11"
            assert it.rows[0].startswith("> de ")
            assert it.states.endswith("  channel all")
            assert it.picture == picture
            await it.press("c", "c")
            assert it.states.endswith("  channel fr")
            assert [row[2:15] for row in it.rows] == ["fr      404-0"]
            await it.press("c")
            assert it.count == "11"


class TestDoing:
    async def test_hold_release_retry(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The order under the cursor, or all that are marked, channel by channel; the job is followed."""
        add_worker(workspace)
        channel = fill_orders(workspace)
        other = add_second_channel(workspace, channel)
        foreign = add_order(workspace, other, 11)
        done: list[tuple[str, str, list[str]]] = []
        jobs = [add_job(workspace, JobState.QUEUED, channel) for _ in range(3)]

        def stand_in(verb: str, *answers: Requested | None) -> Any:
            left = list(answers)

            def use_case(workspace: Workspace, actor: Actor, name: str, ids: Sequence[str]) -> Requested | None:
                done.append((verb, name, list(ids)))
                return left.pop(0)

            return use_case

        monkeypatch.setattr(orders, "hold", stand_in("hold", None))
        monkeypatch.setattr(orders, "release", stand_in("release", Requested(jobs[0], joined=True)))
        two = (Requested(jobs[1], joined=False), Requested(jobs[2], joined=False))
        monkeypatch.setattr(orders, "retry", stand_in("retry", *two))
        async with orders_at(workspace) as it:
            await it.press("h", "j", "u")
            assert done == [("hold", "de", [number(0)]), ("release", "de", [number(1)])]
            assert it.toasts == [
                "The order is held back.",
                f"The order is released. Job {jobs[0]} does that already.",
            ]
            assert it.started.startswith(f"Job {jobs[0]} Waiting for a worker.")
            await it.press("space", "end", "k", "space", "r", "y")
            assert done[2:] == [("retry", "de", [number(1)]), ("retry", "fr", [foreign])]
            assert it.toasts[-1] == f"2 orders are planned again. Jobs {jobs[1]} and {jobs[2]} started."
            assert it.table.marked == frozenset()
            change_job(workspace, jobs[2], state=JobState.SUCCEEDED, message="All done.")
            await it.refresh()
            assert it.started == f"Job {jobs[2]} Finished All done. (O goes to it)"
            await it.press("O")
            assert (it.screen_name, it.table.key) == ("jobs", jobs[2])

    async def test_marks_are_taken_away(self, workspace: Workspace) -> None:
        """Escape takes marks away before it takes the filter away."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("right", "space", "space")
            assert [row[:2] for row in it.rows[:3]] == [" *", " *", "> "]
            await it.press("escape")
            assert it.table.marked == frozenset()
            assert "[held" in it.states
            await it.press("escape")
            assert "[all" in it.states

    async def test_marks_many(self, workspace: Workspace) -> None:
        """Row by row with shift, or all that are listed; how many there are is said, and escape takes them away."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("j", "shift+down", "J", "shift+down")
            assert [row[:2] for row in it.rows[:6]] == ["  ", " *", " *", " *", ">*", "  "]
            await it.press("shift+up", "K")
            assert it.count == "10 · 2 marked"
            await it.press("right", "ctrl+a")
            assert it.count == "6 of 10 · 7 marked"
            await it.press("ctrl+a")
            assert it.count == "6 of 10 · 1 marked"
            await it.press("escape")
            assert it.count == "6 of 10"

    async def test_all_of_a_long_list_are_marked(self, workspace: Workspace) -> None:
        """Those that were never in view too."""
        channel = add_channel(workspace)
        with workspace.database.write() as session:
            session.add_all(_many(channel.account_id, channel.marketplace_id, 500))
        async with orders_at(workspace) as it:
            await it.press("ctrl+a")
            assert it.count == "500 · 500 marked"

    async def test_what_is_refused_stays_marked(self, workspace: Workspace) -> None:
        """What can be held is; why the others cannot is listed."""
        fill_orders(workspace)
        with workspace.database.write() as session:
            for order in session.exec(select(AmazonOrder)).all():
                order.raw = {"read": True}
        async with orders_at(workspace) as it:
            await it.press("ctrl+a", "h")
            assert question_of(it) == [
                "Hold 10 orders?",
                "",
                "Kept out of the store until released: 8",
                "In the store already, to be changed there: 2",
            ]
            await it.press("y")
            assert isinstance(it.app.screen, TextModal)
            assert it.window.splitlines()[:3] == [
                "It is in the store already, as order 1001. Change it in the store.",
                f"  {number(1)}",
                "",
            ]
            await it.press("escape")
            assert it.toasts == ["8 orders are held back."]
            assert it.count == "10 · 2 marked"
            assert [row[1] for row in it.rows[:5]] == [" ", "*", " ", " ", "*"]
            await it.press("h", "n")
            assert it.count == "10 · 2 marked"
            await it.press("escape", "j", "h")
            assert it.toasts[-1].startswith(f"order {number(1)}: It is in the store already")


class TestSortingAndCopying:
    async def test_sorts(self, workspace: Workspace) -> None:
        """By a picker or by a click on a heading; the heading and the title say how, and the cursor goes to the top."""
        fill_orders(workspace)
        async with orders_at(workspace, LARGE) as it:
            heading = drawn(it.table)[0]
            assert "placed ↓" in heading
            await it.press("j", "s")
            await it.type("highest")
            await it.press("enter")
            assert it.edge().title == "Orders, highest total"
            assert it.numbers == [9, 8, 7, 5, 4, 3, 2, 1, 0, 6]
            assert it.table.key == 10
            await it.pilot.click(it.table, offset=(heading.index("total"), 0))
            await settle(it.pilot)
            assert it.numbers[:2] == [0, 1]
            await it.press("escape")
            assert it.edge().title == "Orders, lowest total"

    async def test_dates(self, workspace: Workspace) -> None:
        """Days are typed in the filter line, beside words; what is no day yet filters nothing and is named."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("slash")
            await it.type("from:2026-11 302")
            await it.press("enter")
            assert it.count == "10"
            assert it.states.endswith(" from:2026-11: type from:2026-11-01")
            await it.press("slash", "ctrl+u")
            await it.type("to:2025-12-31")
            await it.press("enter")
            assert (it.numbers, it.count) == ([9], "1 of 10")
            assert it.states.endswith(" to:2025-12-31")
            await it.press("escape")
            assert it.count == "10"

    async def test_copies(self, workspace: Workspace) -> None:
        """The number, then what else there is; of marked rows all numbers. What was copied is said."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("j", "y")
            assert it.app.clipboard == number(1)
            await it.press("y")
            assert it.app.clipboard == "1001"
            assert it.toasts == [f"Copied the order number: {number(1)}", "Copied the store order: 1001"]
            await it.press("j", "y")
            assert it.app.clipboard == number(2)
            await it.press("space", "space", "y")
            assert it.app.clipboard == f"{number(2)}\n{number(3)}"


class TestRoom:
    async def test_columns_come_with_the_room(self, workspace: Workspace) -> None:
        """The widest shows what happened as well; a small one keeps totals and results."""
        fill_orders(workspace)
        async with orders_at(workspace, (60, 15)) as it:
            assert it.rows[0] == f"> {number(0)}   19.99 EUR held: unknown SKU"
            assert not it.screen.query_one("#history").is_on_screen
        async with orders_at(workspace, HUGE) as it:
            words = ("order", "placed ↓", "ship by", "first SKU", "total", "result")
            assert all(word in drawn(it.table)[0] for word in words)
            assert "11-23 15:20  Problem: Unknown SKU" in it.screen.query_one("#history", TextPane).plain

    async def test_zoom(self, workspace: Workspace) -> None:
        """One pane takes all the room, and another one when the keys go there."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            height = it.table.size.height
            await it.press("v")
            assert it.table.size.height > height
            await it.press("enter")
            assert not it.edge().display
            assert it.edge("#details-pane").size.height > height
            await it.press("escape")
            assert it.edge().display
            assert isinstance(it.app.focused, TextPane)
            await it.press("escape", "v", "v")
            assert it.table.size.height == height
        async with orders_at(workspace, HUGE) as it:
            await it.press("v")
            assert [pane.display for pane in it.screen.query(Pane)] == [True, False, False]


class TestMouse:
    async def test_rows_and_states(self, workspace: Workspace) -> None:
        """A click moves the cursor, another one opens the row, one before it marks; states are chosen by a click."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            click = partial(it.pilot.click, it.table)
            await click(offset=(10, 3))
            await settle(it.pilot)
            assert it.table.key == 3
            await click(offset=(10, 3))
            await settle(it.pilot)
            assert isinstance(it.app.focused, TextPane)
            await click(offset=(1, 5))
            await settle(it.pilot)
            assert it.table.marked == {5}
            await it.pilot.click("#scope", offset=(it.states.index("failed") + 2, 0))
            await settle(it.pilot)
            assert it.numbers == [4]


class TestPreview:
    async def test_what_the_store_would_get(
        self, workspace: Workspace, picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The outcome, lines with their money, how it is paid and shipped, where it goes, and the notes."""
        fill_orders(workspace)
        add_worker(workspace)
        (order,) = order_rows(workspace.database, LOCAL_ADMIN, [1])
        found = OrderPreview(
            order,
            "create",
            message="It would be created in the store.",
            lines=(
                PreviewLine("CAP-9", 11, "Cap, blue [b]new[/b]", 2, Decimal("19.99"), Decimal("39.98")),
                PreviewLine(
                    "商品-1", 12, "A very long name of a product that goes on " * 3, 10, Decimal(7), Decimal(70)
                ),
            ),
            shipping_cost=Decimal("4.90"),
            tax=Decimal("18.34"),
            total=Decimal("114.88"),
            currency="EUR",
            payment="Prepaid by Amazon (2)",
            shipping="Standard (1)",
            status="Processed (P)",
            date=NOW,
            address=("Anna [/x] Muster", "Lindenallee 46\x1b[2J", "10115 Berlin", "DE"),
            notes=("amazon_order_id=302-1", "service level: STANDARD"),
        )
        monkeypatch.setattr(orders_screen, "preview", lambda *_: found)
        async with orders_at(workspace) as it:
            await it.press("p")
            assert it.window.splitlines()[0] == "It would be created in the store."
            assert "2 × 19.99   39.98  CAP-9  Cap, blue [b]new[/b]  #11" in it.window
            assert "    total  114.88 EUR" in it.window
            assert "deliver to   Anna [/x] Muster\n             Lindenallee 46\n" in it.window
            assert it.picture == picture

    @pytest.mark.parametrize("closed", [False, True])
    async def test_refused(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, closed: bool) -> None:
        """What went wrong stands in the window; one that was closed meanwhile stays closed."""
        fill_orders(workspace)

        def away(*_: object) -> Any:
            raise Unreachable("The store [/foo] is away.", subject="store main", next_step="Try again.")

        monkeypatch.setattr(orders_screen, "preview", away)
        async with orders_at(workspace) as it:
            await it.pilot.press("p", *(["escape"] if closed else []))
            await settle(it.pilot)
            if closed:
                assert it.app.screen is it.screen
            else:
                assert it.window == "store main: The store [/foo] is away. Try again."

    def test_held_order(self) -> None:
        """An order that cannot be planned shows what Amazon told of it, without amounts nobody knows."""
        line = PreviewLine("CAP-9", None, "Cap", 2, None, None)
        found = OrderPreview(
            None,  # type: ignore[arg-type]
            "hold",
            "sku_unknown",
            "No product.",
            "Link it.",
            lines=(line,),
            total=Decimal("19.99"),
            currency="EUR",
        )
        shown = [line.content.plain for line in preview_lines(found)]
        assert shown[:2] == ["Unknown SKU: No product.", "fix: Link it."]
        assert shown[3:5] == ["     2 ×         CAP-9  Cap", "   total  19.99 EUR"]


class TestImport:
    async def test_asks_and_starts(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """Channel, dates, statuses, single orders, plan only; what core refuses stands at its field."""
        fill_orders(workspace)
        add_worker(workspace)
        async with orders_at(workspace) as it:
            await it.press("i")
            assert isinstance(it.app.screen, FormModal)
            assert it.app.export_screenshot() == picture
            await it.press("down")
            await it.type("2030-01-01")
            await it.press("f2")
            assert [row.error for row in it.app.screen.query(FieldRow) if row.error] == ["it is in the future"]
            await it.press("ctrl+u")
            await it.type("2026-11-01")
            await it.press("f2")
            # What it takes is shown before it starts; "no" leads back to the form.
            assert isinstance(it.app.screen, Confirm)
            assert "expected to take" in str(it.app.screen.query_one("#question", Static).content)
            await it.press("n")
            assert isinstance(it.app.screen, FormModal)
            await it.press("f2", "y")
            assert it.app.screen is it.screen
            assert it.toasts == ["The import begins. Job 1 started."]
            with workspace.database.read() as session:
                job = session.get_one(Job, 1)
            assert job.params["from"] == "2026-11-01T00:00:00+01:00"
            assert it.started.startswith("Job 1 Waiting for a worker.")

    async def test_without_a_channel(self, workspace: Workspace) -> None:
        """There is nothing to import from, and how to change that is said."""
        async with orders_at(workspace) as it:
            await it.press("i")
            assert it.app.screen is it.screen
            assert it.toasts == ["No channel is connected yet. Connect one with: crossdock channel add"]


class TestReconciling:
    async def test_asks_and_starts(self, workspace: Workspace) -> None:
        """Channel and dates; without dates it is the last 60 days."""
        fill_orders(workspace)
        add_worker(workspace)
        async with orders_at(workspace) as it:
            await it.press("a", "down")
            await it.type("2030-01-01")
            await it.press("f2")
            assert [row.error for row in it.app.screen.query(FieldRow) if row.error] == ["it is in the future"]
            await it.press("ctrl+u", "f2")
            assert it.toasts == ["Amazon is asked for its report. Job 1 started."]
            with workspace.database.read() as session:
                job = session.get_one(Job, 1)
            assert (job.kind, job.params) == ("orders.reconcile", {})
            await it.press("8")
            assert "Reconcile orders of" in it.rows[0]


class TestGoing:
    async def test_to_job_problem_and_back(self, workspace: Workspace) -> None:
        """The last job of the order, the group of its problem, and from there the order again."""
        channel = fill_orders(workspace)
        job = add_job(workspace, JobState.FINISHED_WITH_PROBLEMS, channel)
        add_problem(workspace, job, f"order {number(0)}")
        add_job(workspace, JobState.SUCCEEDED, channel)
        async with orders_at(workspace) as it:
            await it.press("o")
            assert (it.screen_name, it.table.key) == ("jobs", job)
            await it.press("2", "j", "o", "w")
            assert it.screen_name == "orders"
            assert it.toasts == ["No job has had to do with it yet.", "It has no problem."]
            await it.press("k", "w")
            assert it.screen_name == "problems"
            assert "Unknown SKU" in it.rows[0] and it.rows[1].startswith(">")
            await it.press("enter")
            assert it.screen_name == "orders"
            assert it.numbers == [0]

    async def test_details(self, workspace: Workspace) -> None:
        """Enter leads into the details, escape back."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            await it.press("enter")
            assert isinstance(it.app.focused, TextPane)
            await it.press("escape")
            assert it.app.focused is it.table
            assert it.count == "10"


async def test_hostile_text(workspace: Workspace) -> None:
    """Whatever Amazon or the store wrote is shown and does nothing."""
    channel = add_channel(workspace)
    for count, text in enumerate(HOSTILE.values()):
        stored = text.encode("utf-8", "replace").decode().replace("\0", "")
        add_order(
            workspace,
            channel,
            count,
            order_id=f"{count} {stored}"[:200],
            code=stored[:50] or "x",
            about=stored,
            sku=stored,
            status=stored,
            currency="EUR",
        )
    async with orders_at(workspace, LARGE) as it:
        assert it.count == str(len(HOSTILE))
        for count in range(len(HOSTILE)):
            assert it.details.replace("\n", "").isprintable()
            assert it.edge("#details-pane").title.isprintable()
            await it.press(*(["p", "escape", "f", "escape"] if count < 3 else []), "down")
        assert "".join(it.rows).isprintable()
        assert all(len(line) <= 200 for line in drawn(it.table))


def _many(account: int, marketplace: str, count: int) -> list[AmazonOrder]:
    return [
        AmazonOrder(
            account_id=account,
            order_id=number(hours),
            marketplace_id=marketplace,
            status="SHIPPED",
            fulfilled_by="MERCHANT",
            created_at=NOW - timedelta(hours=hours),
            updated_at=NOW,
            fingerprint="f",
            dirty=False,
        )
        for hours in range(count)
    ]
