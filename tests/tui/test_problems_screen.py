"""The Problems screen: groups, their items, and each fix by its key."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion

from core import clock, listings, mappings, orders, stores
from core.actor import LOCAL_ADMIN, Actor
from core.jobs.requests import Requested
from core.listings import ProductChoice
from core.mappings import Choice
from core.model.job import JobState
from core.model.problem import Problem
from core.workspace import Workspace
from tests.tui.driving import LARGE, SIZES, Driven, at, text_of
from tests.tui.order_rows import add_order, add_second_channel, fill_orders, number
from tests.tui.rows import add_channel, add_job, add_worker, change_job
from tests.tui.test_text import HOSTILE
from tui.screens import problems_data
from tui.screens.fixes import FIXES
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane

Call = tuple[object, ...]


class Problems(Driven):
    """The application on its Problems screen."""

    @property
    def scope(self) -> str:
        """The line above the groups."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def codes(self) -> list[str]:
        """The codes of the groups."""
        return [row[2:].split()[2] for row in self.rows]

    @property
    def cause(self) -> str:
        """What is said of the group under the cursor."""
        return self.screen.query_one("#cause", TextPane).plain

    @property
    def items(self) -> Table:
        """The items of the group."""
        return self.screen.query_one("#items", Table)

    @property
    def started(self) -> str:
        """The line about the job that was started here."""
        line = self.screen.query_one("#started", FixedText)
        return text_of(line) if line.display else ""

    async def to(self, code: str) -> None:
        """Put the cursor on the group of a code."""
        await self.press("home", *["down"] * self.codes.index(code))


def problems_at(workspace: Workspace, size: tuple[int, int] = (80, 24), actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Problems screen, at rest."""
    return at(workspace, "problems", size, actor, Problems)


def mend(workspace: Workspace, *counts: int) -> None:
    """What a job does once the cause is gone."""
    with workspace.database.write() as session:
        for problem in session.exec(select(Problem)).all():
            if problem.subject in [f"order {number(count)}" for count in counts]:
                problem.resolved_at = clock.now()


class Core:
    """Stands in for the use cases that mend; notes what was asked for. Each starts the same queued job."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        self.job = add_job(workspace, JobState.QUEUED)
        for module, name in ((orders, "release"), (orders, "retry"), (listings, "link"), (mappings, "set_mapping")):
            monkeypatch.setattr(module, name, self._noting(name))
        monkeypatch.setattr(listings, "title_of", lambda *_: "Cap [b]blue[/b]")
        monkeypatch.setattr(mappings, "choices", self._choices)
        monkeypatch.setattr(listings, "search_products", self._search)

    def _noting(self, name: str) -> Any:
        def use_case(workspace: Workspace, actor: Actor, *asked: object) -> Requested:
            self.calls.append((name, *asked))
            return Requested(self.job, joined=False)

        return use_case

    def _choices(self, workspace: Workspace, actor: Actor, channel: str, kind: str) -> list[Choice]:
        assert channel == "de"
        return [
            Choice("6", "Cash on delivery", True),
            Choice("7", "Gone", False),
            Choice("8", "[b]Nachnahme[/b]", True, gives_stock_back=True),
        ]

    def _search(self, workspace: Workspace, actor: Actor, channel: str, text: str) -> list[ProductChoice]:
        caps = [
            ProductChoice(11, "CAP-BLUE", "Cap, blue [/x]", "A", Decimal("19.99"), 12),
            ProductChoice(12, "CAP-RED", "Cap, red", "A", Decimal("19.99"), 0),
        ]
        return [cap for cap in caps if text and text.casefold() in cap.name.casefold()]


class TestLooking:
    @SIZES
    async def test_groups_and_items(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """What one deed mends stands together; what mends itself stands last; the cursor's group with its items."""
        fill_orders(workspace)
        add_worker(workspace)
        async with problems_at(workspace, size) as it:
            assert it.scope == "7 items need a look, in 6 groups"
            assert it.codes[0] == "sku_unknown"
            assert it.codes[-1] == "pending"
            assert it.rows[0].split()[:5] == [">", "2", "de", "sku_unknown", "11-23"]
            assert "f: Link the SKU to a product of the store" in it.cause
            assert [item.subject for item in it.screen._items.values()] == [f"order {number(7)}", f"order {number(0)}"][
                ::-1
            ]
            assert it.picture == picture
            await it.to("pending")
            assert it.cause.endswith("\nNothing to do: it is imported when Amazon releases it.")

    async def test_nothing(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """All is well, in words, and every key stays harmless; a problem that comes up takes the place."""
        channel = add_channel(workspace)
        async with problems_at(workspace) as it:
            assert it.sentence.startswith("Nothing needs a person.")
            assert it.picture == picture
            await it.press(*"frowcO", "enter", "escape", "j")
            assert it.app.screen is it.screen
            add_order(workspace, channel, 1, code="store_refused", store_order=5)
            await it.press("c")
            await it.refresh()
            assert it.codes == ["store_refused"]

    async def test_items_of_a_large_group(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest are listed, and how many there are is said."""
        monkeypatch.setattr(problems_data, "ITEMS", 2)
        monkeypatch.setattr("tui.screens.problems_text.ITEMS", 2)
        channel = add_channel(workspace)
        for count in range(5):
            add_order(workspace, channel, count, code="sku_unknown", about="CAP-9")
        async with problems_at(workspace) as it:
            assert "The oldest 2 of 5 items are listed." in it.cause
            assert len(it.screen._items) == 2

    async def test_channels(self, workspace: Workspace) -> None:
        """c goes through the channels; one without problems says so."""
        channel = fill_orders(workspace)
        add_second_channel(workspace, channel)
        async with problems_at(workspace) as it:
            assert it.scope.endswith("channel all")
            await it.press("c")
            assert it.scope.endswith("channel de")
            await it.press("c")
            assert it.sentence == "Nothing needs a person in this channel.\n\nc shows the next channel."
            await it.press("c")
            assert len(it.codes) == 6

    async def test_another_companys_problems_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the problems of their own company."""
        channel = fill_orders(workspace)
        async with problems_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
            assert it.sentence.startswith("Nothing needs a person.")


class TestMending:
    @SIZES
    async def test_links_a_sku(
        self,
        workspace: Workspace,
        size: tuple[int, int],
        picture: SnapshotAssertion,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Search, take, and the job that comes of it is followed until the problem is gone."""
        fill_orders(workspace)
        add_worker(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace, size) as it:
            await it.press("f")
            assert isinstance(it.app.screen, Pick)
            await it.type("cap")
            assert it.picture == picture
            await it.press("enter")
            assert core.calls == [("link", "de", "CAP-9", 11)]
            assert it.toasts == [f"CAP-9 is Cap, blue [/x] from now on. Job {core.job} does it."]
            assert it.started.startswith(f"Job {core.job} queued")
            mend(workspace, 0, 7)
            change_job(workspace, core.job, state=JobState.SUCCEEDED, message="2 created.")
            await it.refresh()
            assert "sku_unknown" not in it.codes
            assert it.started == f"Job {core.job} succeeded 2 created. (O goes to it)"
            await it.press("O")
            assert (it.place, it.table.key) == ("jobs", core.job)

    async def test_every_other_way(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Mapping, releasing, retrying, nothing to do, and what is done elsewhere."""
        fill_orders(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.to("payment_unmapped")
            await it.press("f", "down", "enter")
            assert core.calls.pop() == ("set_mapping", "de", "payments", "cod", "8")
            assert "payments.cod is [b]Nachnahme[/b] from now on." in it.toasts[-1]
            await it.press("f", "escape")
            await it.to("held_by_operator")
            await it.press("f")
            assert core.calls.pop() == ("release", "de", [number(8)])
            await it.to("store_refused")
            await it.press("f")
            assert core.calls.pop() == ("retry", "de", [number(4)])
            await it.to("pending")
            await it.press("f")
            assert it.toasts[-1] == "Nothing to do: Amazon releases it."
            await it.to("zero_price")
            await it.press("f")
            assert isinstance(it.app.screen, TextModal)
            assert "Allow a zero price on the product" in it.app.screen.query_one(TextPane).plain
            await it.press("escape", "r")
            assert core.calls == [("retry", "de", [number(9)])]

    async def test_single_items(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """With the cursor on the group all its orders are tried again, among the items the one under the cursor."""
        fill_orders(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.press("r")
            assert core.calls.pop() == ("retry", "de", [number(0), number(7)])
            await it.press("enter", "j", "r")
            assert core.calls == [("retry", "de", [number(7)])]
            await it.press("escape")
            assert it.app.focused is it.table

    async def test_prepares_the_store(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """What `store prepare` makes can be chosen, by an administrator."""
        channel = add_channel(workspace)
        add_order(workspace, channel, 1, code="no_stock_unmapped", about="statuses.NO_STOCK")
        core = Core(workspace, monkeypatch)
        monkeypatch.setattr(mappings, "mapping", lambda *_: [])
        monkeypatch.setattr(stores, "prepare_store", lambda *asked, apply: core.calls.append(("prepare", asked[2])))
        async with problems_at(workspace) as it:
            await it.press("f")
            assert [row.split()[0] for row in shown(it)] == [">", "A"]
            await it.press("down", "enter")
            assert core.calls == [("prepare", "main"), ("retry", "de", [number(1)])]

    def test_every_code_has_a_way(self) -> None:
        """What mends itself says so, and the words are sentences to go on with."""
        assert all(fix.words[0].isupper() and not fix.words.endswith(".") for fix in FIXES.values())


class TestGoing:
    async def test_to_orders_and_jobs(self, workspace: Workspace) -> None:
        """To the list of the group's orders, to a single order, to its job."""
        fill_orders(workspace)
        async with problems_at(workspace) as it:
            await it.press("o")
            assert it.toasts == ["The job that found it is no longer kept."]
            await it.press("w")
            assert it.place == "orders"
            assert [row[2:21] for row in it.rows] == [number(0), number(7)]
            await it.press("4", "enter", "enter")
            assert [row[2:21] for row in it.rows] == [number(0)]


async def test_hostile_text(workspace: Workspace) -> None:
    """Whatever stands in a problem is shown and does nothing."""
    channel = add_channel(workspace)
    for count, text in enumerate(HOSTILE.values()):
        stored = text.encode("utf-8", "replace").decode().replace("\0", "")
        code = "sku_unknown" if count % 2 else stored[:60]
        add_order(workspace, channel, count, code=code, about=stored)
        with workspace.database.write() as session:
            problem = session.exec(select(Problem).where(Problem.subject == f"order {number(count)}")).one()
            problem.message = problem.fix = stored
    async with problems_at(workspace, LARGE) as it:
        for count in range(len(HOSTILE)):
            assert it.cause.replace("\n", "").isprintable()
            await it.press(*(["f", "escape", "enter", "escape"] if count < 4 else []), "down")
        assert "".join(it.rows).isprintable()


def shown(it: Problems) -> Sequence[str]:
    """The choices of the picker on top."""
    table = it.app.screen.query_one(Table)
    lines = ["".join(segment.text for segment in table.render_line(y)) for y in range(1, table.size.height)]
    return [line for line in lines if line.strip()]
