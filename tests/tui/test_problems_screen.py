"""The Problems screen: groups, their items, and each fix by its key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.content import Content
from textual.widgets import Static

from core import clock, flows, stores
from core.actor import LOCAL_ADMIN, Actor
from core.flows import code_of
from core.jobs.requests import Requested
from core.listings import links, products
from core.listings.products import ProductChoice
from core.mappings import choices as mappings
from core.mappings.choices import Choice
from core.model.job import Job, JobState
from core.model.problem import Problem
from core.orders.declaration import FLOW
from core.shipments.plan.problems import carrier_unmapped
from core.subjects import Owner, Subject
from core.sync.codes import FixKind
from core.sync.decisions import Hold
from core.sync.problems import ProblemGroup, ProblemView, raise_problems
from core.workspace import Workspace
from tests.sync.toy import TOYS, UNLUCKY
from tests.tui.driving import LARGE, SMALL, Driven, at, text_of
from tests.tui.order_rows import add_order, add_second_channel, fill_orders, number
from tests.tui.rows import NOW, add_channel, add_job, add_worker, change_job
from tests.tui.shipment_rows import add_missing, add_parcel
from tests.tui.test_text import HOSTILE
from tui.forms.modal import FormScreen
from tui.frame.problem_lines import node_cells
from tui.frame.problem_tree import Cause, Node
from tui.screens.problems.data import NodeDetail
from tui.screens.problems.text import node_lines
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick
from tui.widgets.table import Table
from tui.widgets.text_pane import TextPane

EVERY_SIZE = pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)], ids=["80x24", "120x40", "200x60"])

Call = tuple[object, ...]


CAPS = [
    ProductChoice(11, "CAP-BLUE", "Cap, blue [/x]", "A", Decimal("19.99"), 12),
    ProductChoice(12, "CAP-RED", "Cap, red", "A", Decimal("19.99"), 0),
]


class Problems(Driven):
    """The application on its Problems screen."""

    @property
    def scope(self) -> str:
        """The line above the tree, which names the channel."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def tabs(self) -> str:
        """The line with the tabs."""
        return text_of(self.screen.query_one("#tab-line", FixedText))

    @property
    def codes(self) -> list[str]:
        """The codes of the causes."""
        return [node.code.name for node in self.screen._tree.nodes.values() if node.depth == 0]

    @property
    def cause(self) -> str:
        """What is said of the line under the cursor."""
        return self.screen.query_one("#details", TextPane).plain

    @property
    def line(self) -> str:
        """The line under the cursor."""
        return self.rows[self.table.cursor - self.table.scroll_offset.y]

    @property
    def question(self) -> str:
        """The question on top."""
        return text_of(self.app.screen.query_one("#question", Static))

    @property
    def started(self) -> str:
        """The line about the job that was started here."""
        line = self.screen.query_one("#started", FixedText)
        return text_of(line) if line.display else ""

    async def to(self, code: str) -> None:
        """Put the cursor on the cause with a code; all are closed."""
        await self.press("home", *["down"] * self.codes.index(code))


def problems_at(workspace: Workspace, size: tuple[int, int] = (80, 24), actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Problems screen, at rest."""
    return at(workspace, "problems", size, actor, Problems)


def solve(workspace: Workspace, *counts: int) -> None:
    """What a job does once the cause is gone."""
    with workspace.database.write() as session:
        for problem in session.exec(select(Problem)).all():
            if problem.subject in [f"order {number(count)}" for count in counts]:
                problem.resolved_at = clock.now()


class Core:
    """Stands in for the use cases that fix; notes what was asked for. Each starts the same queued job."""

    def __init__(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[Call] = []
        self.job = add_job(workspace, JobState.QUEUED)
        for module, name in (
            (links, "link"),
            (links, "unlink"),
            (mappings, "set_mapping"),
            (mappings, "unset_mapping"),
        ):
            monkeypatch.setattr(module, name, self._noting(name))
        fixes = {FixKind.RELEASE: self._noting("release"), FixKind.RETRY: self._noting("retry")}
        monkeypatch.setattr(flows, "FLOWS", (replace(FLOW, fixes=fixes), *flows.FLOWS[1:]))
        monkeypatch.setattr(products, "title_of", lambda *_: "Cap [b]blue[/b]")
        monkeypatch.setattr(mappings, "choices", self._choices)
        monkeypatch.setattr(products, "search_products", self._search)
        monkeypatch.setattr(products, "suggested_products", lambda *_: CAPS[1:])

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
        return [cap for cap in CAPS if text and text.casefold() in cap.name.casefold()]


class TestLooking:
    @EVERY_SIZE
    async def test_tree_and_details(
        self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
    ) -> None:
        """Causes with their counts, what is fixed here first; an open one with what it is about; money and fix."""
        channel = fill_orders(workspace)
        add_order(workspace, channel, 10, code="sku_unknown", about="MUG-7")
        add_worker(workspace)
        async with problems_at(workspace, size) as it:
            assert it.tabs == "▏Needs you 7▕ Waiting for Amazon 1   [ ]"
            assert it.codes == ["sku_unknown", "held_by_operator", "store_refused", "payment_unmapped", "zero_price"]
            await it.press("enter", "down", "right")
            assert [row.split()[:3] for row in it.rows[:4]] == [
                ["▾", "Unknown", "SKU"],
                [">", "▾", "CAP-9"],
                ["order", number(0), "11-23"],
                ["order", number(7), "11-23"],
            ]
            assert "f: Link the SKU to a product" in it.cause
            assert it.cause.startswith("CAP-9, 2 orders, 47.05 EUR")
            assert f"orders   {number(0)}, {number(7)}" in it.cause
            assert it.picture == picture

    async def test_open_and_close(self, workspace: Workspace) -> None:
        """A cause that is about one thing holds its items; left and right go in and out."""
        fill_orders(workspace)
        async with problems_at(workspace) as it:
            assert it.line.startswith("> ▸ Unknown SKU: CAP-9")
            await it.press("right", "right", "down")
            assert it.line.startswith(f">   order {number(7)}")
            assert it.cause.startswith(
                f"order {number(7)}, 27.06 EUR\nNo product of the store carries the SKU 'CAP-9'."
            )
            await it.press("left")
            assert it.line.startswith("> ▾ Unknown SKU")
            await it.press("left")
            assert len(it.rows) == len(it.codes) == 5
            await it.press("enter", "escape")
            assert len(it.rows) == 5

    async def test_what_waits(self, workspace: Workspace) -> None:
        """It is in a tab of its own, in which nothing is to be fixed; the other tab says when it is empty."""
        add_order(workspace, add_channel(workspace), 6, code="pending", status="PENDING", total_minor=None, currency="")
        async with problems_at(workspace) as it:
            assert it.sentence == "Nothing needs you.\n\n] shows what waits for Amazon."
            assert it.tabs == "▏Needs you 0▕ Waiting for Amazon 1   [ ]"
            await it.press("right_square_bracket")
            assert it.tabs == " Needs you 0 ▏Waiting for Amazon 1▕  [ ]"
            assert "Nothing to do: it is imported when Amazon releases it." in it.cause
            await it.press("f")
            assert it.app.screen is it.screen
            await it.press("left_square_bracket")
            assert it.sentence.startswith("Nothing needs you.")

    async def test_nothing(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """All is well, in words, and every key stays harmless; a problem that comes up takes the place."""
        channel = add_channel(workspace)
        async with problems_at(workspace) as it:
            assert it.sentence.startswith("Nothing needs a person.")
            assert it.picture == picture
            await it.press(*"frowcuO", "enter", "left", "right", "escape", "j")
            assert it.app.screen is it.screen
            add_order(workspace, channel, 1, code="store_refused", store_order=5)
            await it.press("c")
            await it.refresh()
            assert it.codes == ["store_refused"]

    async def test_channels(self, workspace: Workspace) -> None:
        """c goes through the channels; one without problems says so; lines of several say which is theirs."""
        channel = fill_orders(workspace)
        other = add_second_channel(workspace, channel)
        async with problems_at(workspace) as it:
            assert it.scope.endswith("channel all")
            await it.press("c")
            assert it.scope.endswith("channel de")
            await it.press("c")
            assert it.sentence.endswith("\nc shows the next channel.")
            add_order(workspace, other, 11, code="sku_unknown", about="CAP-9", marketplace_id=other.marketplace_id)
            await it.press("c", "home", "enter")
            assert [" ".join(row.split()[1:4]) for row in it.rows[1:3]] == ["CAP-9 · de", "CAP-9 · fr"]

    async def test_another_companys_problems_stay_hidden(self, workspace: Workspace) -> None:
        """A vendor sees the problems of their own company."""
        channel = fill_orders(workspace)
        async with problems_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
            assert it.sentence.startswith("Nothing needs a person.")


class TestMarks:
    async def test_copy(self, workspace: Workspace) -> None:
        """What a line is about, then what is wrong; of marked lines what each is about."""
        fill_orders(workspace)
        async with problems_at(workspace) as it:
            await it.press("y")
            assert (it.toasts[-1], it.app.clipboard) == ("Copied the SKU: CAP-9", "CAP-9")
            await it.press("y")
            assert it.toasts[-1].startswith("Copied the message: ")
            await it.press("right", "down", "space", "space", "y")
            assert it.toasts[-1] == "Copied 2 orders."

    async def test_retry(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """All items of the marked lines, each of them once, after one question."""
        fill_orders(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.press("right", "space", "space", "r")
            assert it.question == "Try 2 orders again?"
            await it.press("y")
            [(name, channel, items)] = core.calls
            assert (name, channel, len(items)) == ("retry", "de", 2)


class TestFixing:
    async def test_links_a_sku(
        self, workspace: Workspace, picture: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Search, take, say how many, follow the job until the problem is gone; take it back."""
        fill_orders(workspace)
        add_worker(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.press("f")
            assert isinstance(it.app.screen, Pick)
            assert [row.split()[1] for row in shown(it)] == ["Cap,"], "the best match stands first"
            await it.type("cap")
            assert it.picture == picture
            await it.press("enter")
            assert it.question == 'Link CAP-9 to "Cap, blue [/x]" and plan 2 orders again?'
            await it.press("n")
            assert core.calls == []
            await it.press("f", "enter", "y")
            assert core.calls.pop() == ("link", "de", "CAP-9", 12)
            assert it.toasts[-1] == f'CAP-9 → "Cap, red", for 2 orders. Job {core.job} started.'
            assert it.started.startswith(f"Job {core.job} Waiting for a worker.")
            solve(workspace, 0, 7)
            change_job(workspace, core.job, state=JobState.SUCCEEDED, message="2 created.")
            await it.refresh()
            assert "sku_unknown" not in it.codes
            assert it.started == f"Job {core.job} Finished 2 created. (O goes to it)"
            await it.press("u")
            assert it.question.startswith("Unlink CAP-9? Orders that are in the store stay there")
            await it.press("y")
            assert core.calls == [("unlink", "de", "CAP-9")]

    async def test_maps_a_value(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """The one whose name says it stands under the cursor; more than one order asks; the choice is taken back."""
        add_worker(workspace)
        channel = fill_orders(workspace)
        add_order(workspace, channel, 12, code="payment_unmapped", about="payments.cod")
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.to("payment_unmapped")
            await it.press("f", "enter")
            assert it.question == 'Create 2 orders with payment "Cash on delivery"?'
            await it.press("y")
            assert core.calls.pop() == ("set_mapping", "de", "payments", "cod", "6")
            assert 'Payment: cash on delivery → "Cash on delivery", for 2 orders.' in it.toasts[-1]
            await it.press("u", "y")
            assert core.calls == [("unset_mapping", "de", "payments", "cod")]

    async def test_never_takes_the_first_that_stands_there(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where no name says what is meant, enter chooses nothing until a person has moved or typed."""
        fill_orders(workspace)
        core = Core(workspace, monkeypatch)
        names = [Choice("1", "Amazon", True), Choice("2", "Voucher", True)]
        monkeypatch.setattr(mappings, "choices", lambda *_: names)
        async with problems_at(workspace) as it:
            await it.to("payment_unmapped")
            await it.press("f", "enter")
            assert isinstance(it.app.screen, Pick)
            assert text_of(it.app.screen.query_one("#found", FixedText)) == "None matches by its name: choose one."
            await it.press("down", "down", "enter")
            assert core.calls == [("set_mapping", "de", "payments", "cod", "2")]

    async def test_a_typed_carrier_is_asked_about(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A slip of the finger becomes no carrier without a question, even for one shipment."""
        hold = carrier_unmapped("van", [], "de")
        add_parcel(workspace, add_channel(workspace), 1, carrier="van", hold=hold)
        core = Core(workspace, monkeypatch)
        monkeypatch.setattr(mappings, "choices", lambda *_: [Choice("DHL", "DHL", True)])
        async with problems_at(workspace) as it:
            await it.press("f")
            await it.type("dhll")
            assert [row.split()[1:] for row in shown(it)] == [["dhll", "(as", "free", "text)", "Other:dhll"]]
            await it.press("enter")
            assert it.question == (
                'Amazon does not list a carrier "dhll". Did you mean DHL? Use it as free text for 1 shipment?'
            )
            await it.press("escape")
            assert core.calls == []
            await it.press("f")
            await it.type("own van")
            await it.press("enter", "y")
            assert core.calls[0] == ("set_mapping", "de", "carriers", "van", "Other:own van")

    async def test_releases_and_retries(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """One at once, several after a question; what is not done here has no key, but can be tried again."""
        add_worker(workspace)
        fill_orders(workspace)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.to("held_by_operator")
            await it.press("f")
            assert core.calls.pop() == ("release", "de", [number(8)])
            await it.to("store_refused")
            await it.press("f")
            assert core.calls.pop() == ("retry", "de", [number(4)])
            await it.to("zero_price")
            await it.press("f")
            assert it.app.screen is it.screen
            assert "fix: Allow a zero price on the product" in it.cause
            await it.press("r")
            assert core.calls.pop() == ("retry", "de", [number(9)])
            await it.press("home", "r")
            assert it.question == "Try 2 orders again?"
            await it.press("y", "right", "down", "r")
            assert core.calls == [("retry", "de", [number(0), number(7)]), ("retry", "de", [number(0)])]

    @pytest.mark.parametrize(
        ("code", "about", "typed"),
        [("currency_mismatch", "exchange_rate", "1.1"), ("placeholder_unusable", "placeholder_product", "12")],
    )
    async def test_opens_the_setting(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, code: str, about: str, typed: str
    ) -> None:
        """A foreign currency opens the form of the channel at its exchange rate; then the order is tried again."""
        add_order(workspace, add_channel(workspace), 1, code=code, about=about)
        core = Core(workspace, monkeypatch)
        async with problems_at(workspace) as it:
            await it.press("f")
            form = it.app.screen
            assert isinstance(form, FormScreen)
            row = next(row for row in form.form.rows if row.has_focus_within)
            assert row.field.name == f"settings.{about}"
            await it.type(typed)
            await it.press("f2")
            assert core.calls == [("retry", "de", [number(1)])]

    async def test_enters_a_shipment(self, workspace: Workspace) -> None:
        """An order without its shipment opens the form that enters it, with this order."""
        channel = add_channel(workspace)
        for count in (20, 21):
            add_missing(workspace, channel, count)
        async with problems_at(workspace) as it:
            await it.press("right", "down", "down", "f")
            form = it.app.screen
            assert isinstance(form, FormScreen)
            assert (form.form.now["channel"], form.form.now["order_id"]) == ("de", number(21))

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

    async def test_of_another_flow(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """A flow that declares its codes and fixes is shown with both, and fixed, with nothing changed here."""
        add_worker(workspace)
        monkeypatch.setattr(flows, "FLOWS", (*flows.FLOWS, TOYS))
        channel = add_channel(workspace)
        holds = {Subject("thing", "unlucky one"): [Hold(UNLUCKY, "It brings bad luck.", "Call it otherwise.")]}
        with workspace.database.write() as session:
            raise_problems(session, Owner.channel(channel.id or 0), TOYS.name, holds)
        async with problems_at(workspace) as it:
            assert it.line.startswith("> ▸ Unlucky thing")
            assert it.cause.startswith("1 thing\nIt brings bad luck.\nf: Call it otherwise and try again")
            await it.press("f")
            assert it.toasts == ["Tried again. Job 1 started."]
            with workspace.database.read() as session:
                job = session.get_one(Job, 1)
            assert (job.kind, job.params) == ("things.make", {"names": ["unlucky one"]})
            await it.press("w")
            assert it.toasts[-1] == "There is no list of things."
            await it.press("8")
            assert " Make things " in it.rows[0]

    async def test_what_a_flow_does_not_offer(self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
        """Items that cannot be tried again stay as they are, in words."""
        monkeypatch.setattr(flows, "FLOWS", (replace(FLOW, fixes={}),))
        add_order(workspace, add_channel(workspace), 1, code="zero_price")
        async with problems_at(workspace) as it:
            await it.press("r")
            assert "Nothing is done here about orders like this." in it.toasts[-1]


class TestGoing:
    async def test_to_orders_and_back(self, workspace: Workspace) -> None:
        """To the list of a cause, from an order to its problem, from there to the order."""
        fill_orders(workspace)
        async with problems_at(workspace) as it:
            await it.press("o")
            assert it.toasts == ["The job that found it is no longer stored."]
            await it.press("w")
            assert it.screen_name == "orders"
            assert [number(0) in it.rows[0], number(7) in it.rows[1], len(it.rows)] == [True, True, 2]
            await it.press("down", "w")
            assert it.screen_name == "problems"
            assert it.line.startswith(f">   order {number(7)}")
            await it.press("w")
            assert (it.screen_name, len(it.rows), number(7) in it.rows[0]) == ("orders", 1, True)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text(text: str) -> None:
    """Whatever stands in a problem is shown and does nothing."""
    for code in ("sku_unknown", "payment_unmapped", text):
        group = ProblemGroup(text, code, text, Subject(text, text), 2, text, text, NOW)
        item = ProblemView(1, text, Subject(text, text), code, text, text, text, NOW, NOW)
        detail = NodeDetail((), (item,), text, (ProductChoice(1, text, text, "A", Decimal(1), 0),))
        other = replace(group, about="other")
        for of in (Cause(code_of(code), (group,)), Cause(code_of(code), (group, other)), group, item):
            node = Node(1, 0, of, None, several=True)
            for cell in (*node_cells(node), *[line.content for line in node_lines(node, detail, str)]):
                assert isinstance(cell, Content)
                assert cell.plain.isprintable()


async def test_markup_is_shown_as_it_came(workspace: Workspace) -> None:
    """The screen and the windows over it take foreign text as text."""
    add_order(workspace, add_channel(workspace), 1, code="sku_unknown", about="[/x] [red]SKU")
    async with problems_at(workspace) as it:
        assert "[/x] [red]SKU" in it.line
        assert it.cause.startswith("[/x] [red]SKU, 1 order")
        await it.press("f")
        assert "[/x] [red]SKU" in text_of(it.app.screen.query_one(".heading", Static))


def shown(it: Problems) -> Sequence[str]:
    """The choices of the picker on top."""
    table = it.app.screen.query_one(Table)
    lines = ["".join(segment.text for segment in table.render_line(y)) for y in range(1, table.size.height)]
    return [line for line in lines if line.strip()]
