"""The mapping screen by keys: both trees, links, search, CSV, and the tables beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.events import Paste
from textual.widgets import Input

from core import clock
from core.actor import LOCAL_ADMIN, Actor
from core.categories.actions import list_categories
from core.categories.mapping import MappingView
from core.channels import registry
from core.mappings import choices as mappings
from core.model.job import JobState
from core.model.store import StoreLookup
from core.workspace import Workspace
from tests.tui.category_rows import CHAIRS, LAMPS, SEATS, add_categories, add_mapping, add_nodes, fill_categories
from tests.tui.driving import SMALL, WIDE, Driven, at, drawn, settle, text_of
from tests.tui.field_rows import add_type_names
from tests.tui.order_rows import add_order
from tests.tui.rows import add_channel, add_worker, change_job
from tui.forms.modal import FormScreen
from tui.screens.channels.steps import ChannelSteps
from tui.screens.mapping.screen import MappingScreen
from tui.screens.mapping.sheet import ChangesWindow
from tui.screens.mapping.tree_table import TreeTable
from tui.widgets.confirm import Confirm
from tui.widgets.fixed import FixedText
from tui.widgets.pick import Pick
from tui.widgets.table import Table
from tui.widgets.text_modal import TextModal
from tui.widgets.text_pane import TextPane

SIZES = pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "140x45"])


class Mapping(Driven):
    """The application on its mapping screen."""

    def tree(self, side: str) -> TreeTable:
        """The tree of a side: "store" or "amazon"."""
        return self.screen.query_one(f"#{side}-tree", TreeTable)

    def names(self, side: str) -> list[str]:
        """The names that a side lists, as far as its tree is open."""
        return [line.item.name for line in self.tree(side).lines]

    @property
    def on(self) -> str:
        """The name under the cursor of the tree with the focus."""
        focused = self.screen.focused
        assert isinstance(focused, TreeTable) and focused.line is not None
        return str(focused.line.item.name)

    @property
    def links(self) -> str:
        """What the pane between the trees says."""
        return self.screen.query_one("#links", TextPane).plain

    @property
    def scope(self) -> str:
        """The line above."""
        return text_of(self.screen.query_one("#scope", FixedText))

    @property
    def table(self) -> Table:
        """The list of the open tab."""
        assert isinstance(self.screen, MappingScreen)
        return self.screen.section.query(Table).first()

    @property
    def detail(self) -> str:
        """What the open tab says of a key."""
        assert isinstance(self.screen, MappingScreen)
        return self.screen.section.query_one(TextPane).plain

    @property
    def offered(self) -> list[str]:
        """What the picker on top offers."""
        assert isinstance(self.app.screen, Pick)
        return [choice.words for choice in self.app.screen._choices]

    @property
    def form(self) -> FormScreen[Any]:
        """The form on top."""
        assert isinstance(self.app.screen, FormScreen), self.app.screen
        return self.app.screen


def mapping_at(workspace: Workspace, **options: Any) -> Any:
    """The application on its mapping screen, at rest."""
    return at(workspace, "mapping", of=Mapping, **options)


def mapped(workspace: Workspace, channel: str = "de") -> list[MappingView]:
    """The links of a channel."""
    return list(list_categories(workspace, LOCAL_ADMIN, channel).mappings)


class TestLooking:
    @SIZES
    async def test_looks(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Both trees with their links; where there is room for one, tab shows the other."""
        channel = add_channel(workspace)
        fill_categories(workspace, channel)
        add_mapping(workspace, channel, 10, CHAIRS)
        add_mapping(workspace, channel, 2, "99", "LAMP")
        async with mapping_at(workspace, size=size) as it:
            await it.press("f", "tab", "end", "right", "down", "right", "tab", "up")
            assert (it.on, it.names("amazon")[-2:]) == ("Chairs", ["Dining Chairs", "Office Chairs"])
            assert it.links.count("Home > Furniture > Dining Chairs") >= 1
            assert it.picture == picture
            assert it.edge("#store-pane").count == "2/3 mapped"
            await it.press("w")
            assert it.on == "Dining Chairs"
            await it.press("w", "home")
            assert it.on == "Garden [/x]"
            assert "! node 99" in it.links and "not among Amazon's categories any more" in it.links

    async def test_begins_with_what_is_left(self, workspace: Workspace) -> None:
        """Unmapped categories that hold products come first, those with the most of them; f shows the tree."""
        channel = add_channel(workspace)
        fill_categories(workspace, channel)
        add_mapping(workspace, channel, 10, CHAIRS)
        async with mapping_at(workspace) as it:
            assert it.scope.endswith("[To map 4] All 5 ")
            assert [line.item.category_id for line in it.tree("store").lines] == [11, 2, 20, 1]
            await it.press("n")
            assert it.on == "Garden [/x]"
            await it.press("f")
            assert it.names("store") == ["Garden [/x]", "Plants", "Living", "Chairs", "Lights"]
            await it.press("home", "left", "n")
            assert (it.on, it.names("store")[:2]) == ("Lights", ["Garden [/x]", "Living"])

    async def test_clicks(self, workspace: Workspace) -> None:
        """The mark before a name opens and closes; a name takes the cursor; a tab opens."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace, size=WIDE) as it:
            for names in (["Garden", "Garden Lamps [/x]", "Home"], ["Garden", "Home"]):
                await it.pilot.click("#amazon-tree", offset=(5, 1))
                await settle(it.pilot)
                assert it.names("amazon") == names
            await it.pilot.click("#amazon-tree", offset=(8, 2))
            await settle(it.pilot)
            assert it.on == "Home"
            tabs = text_of(it.screen.query_one("#tab-line", FixedText))
            await it.pilot.click("#tab-line", offset=(tabs.index("Carriers") + 1, 0))
            await settle(it.pilot)
            assert it.screen.tab == "carriers"

    async def test_nothing_yet(self, workspace: Workspace) -> None:
        """Without a channel, then without categories: what helps is said, and every key stays harmless."""
        async with mapping_at(workspace) as it:
            assert "9 leads to the channels" in it.sentence
            add_channel(workspace)
            await it.refresh()
            assert it.rows == ["  filter  name, path or id"] or "r reads those of the store" in it.rows[0]
            await it.press("tab")
            assert "r reads them: it takes Amazon some minutes" in drawn(it.tree("amazon"))[1]
            await it.press("enter", *"nuwdf", "left", "right", "tab", "enter")
            assert it.app.screen is it.screen

    async def test_follows_a_refresh(self, workspace: Workspace) -> None:
        """r asks for it; its progress stands below, and a new tree takes the place of the old one."""
        channel = add_channel(workspace)
        add_categories(workspace, channel)
        add_worker(workspace)
        async with mapping_at(workspace) as it:
            await it.press("r")
            assert it.toasts == ["Reading the categories of both sides. Queued as job 1."]
            change_job(
                workspace,
                1,
                state=JobState.RUNNING,
                lease_until=clock.after(20),
                step="Reading Amazon's categories (kB)",
                done=3,
                total=9,
            )
            await it.refresh()
            line = it.screen.query_one("#started", FixedText)
            assert line.display and "Reading Amazon's categories (kB): 3/9" in text_of(line)
            add_nodes(workspace, channel)
            change_job(workspace, 1, state=JobState.SUCCEEDED, message="Done.")
            await it.refresh()
            assert it.names("amazon") == ["Garden", "Home"]
            assert "Finished" in text_of(line)


class TestSearching:
    async def test_amazon(self, workspace: Workspace) -> None:
        """By name, path, id and product type; the cursor stays on what was found when the search ends."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("tab", "slash")
            for words, found in {
                "chairs": ["Dining Chairs", "Office Chairs"],
                "home > furn": ["Furniture", "Dining Chairs", "Office Chairs"],
                "31": ["Garden Lamps [/x]"],
                "outdoor_l": ["Garden Lamps [/x]"],
                "zzz": [],
                "office": ["Office Chairs"],
            }.items():
                it.screen.query_one("#amazon-filter Input", Input).value = words
                await it.press("down")
                assert it.names("amazon") == found, words
                await it.press("slash")
            await it.press("escape", "escape")
            assert it.on == "Office Chairs"
            assert it.names("amazon") == ["Garden", "Home", "Furniture", "Dining Chairs", "Office Chairs"]

    async def test_an_old_answer_is_dropped(self, workspace: Workspace) -> None:
        """What arrives after something else was typed is not shown."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("tab", "slash")
            await it.type("office")
            await it.press("enter")
            section = it.screen.section
            section._show_found("dining", section._find("de", "dining"))
            assert it.names("amazon") == ["Office Chairs"]

    async def test_store(self, workspace: Workspace) -> None:
        """By name, path and id; escape shows where it stands."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("f", "slash")
            await it.type("liv")
            await it.press("enter")
            assert it.names("store") == ["Living", "Chairs", "Lights"]
            await it.press("down", "escape")
            assert (it.on, len(it.names("store"))) == ("Chairs", 5)


class TestLinking:
    async def test_from_the_store(self, workspace: Workspace) -> None:
        """What is alike stands first and is not applied; its product type is proposed; the next is under the cursor."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("n", "enter")
            assert sorted(it.offered) == ["Dining Chairs", "Office Chairs"]
            assert mapped(workspace) == []
            await it.type("office")
            await it.press("enter")
            assert it.form.form.now["product_type"] == "CHAIR"
            await it.press("f2")
            (made,) = mapped(workspace)
            assert (made.cscart, made.amazon, made.product_type, made.export_default) == (10, SEATS, "CHAIR", True)
            assert it.toasts[-1] == "Chairs → Office Chairs."
            assert it.on == "Garden [/x]"

    async def test_from_amazon(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """Enter links the category under the other cursor; several belong to one, and one is the default."""
        channel = add_channel(workspace)
        fill_categories(workspace, channel)
        add_mapping(workspace, channel, 10, CHAIRS)
        async with mapping_at(workspace) as it:
            await it.press("f", "slash")
            await it.type("10")
            await it.press("enter", "escape", "tab", "slash")
            await it.type("lamps")
            await it.press("enter", "enter")
            assert it.form.form.now["product_type"] == "OUTDOOR_LAMP"
            requires = text_of(it.app.screen.query_one("#requires", FixedText))
            assert requires.startswith("OUTDOOR_LAMP requires Item Name, Brand, ")
            await it.press("tab", "tab", "space")
            assert it.picture == picture
            await it.press("f2")
            assert [(one.amazon, one.export_default) for one in mapped(workspace)] == [(LAMPS, True), (CHAIRS, False)]
            await it.press("d", "down", "enter")
            assert [one.amazon for one in mapped(workspace) if one.export_default] == [CHAIRS]
            await it.press("u", "down", "enter")
            assert [one.amazon for one in mapped(workspace)] == [CHAIRS]
            await it.press("u", "y")
            assert mapped(workspace) == []
            assert it.toasts[-1] == "1 link removed."

    async def test_a_subtree(self, workspace: Workspace) -> None:
        """All below that has nothing of its own is linked too, and unlinked at once."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("f", "end", "left", "tab", "slash")
            await it.type("furniture")
            await it.press("enter", "enter", "tab", "space", "f2")
            assert [(one.cscart, one.subtree) for one in mapped(workspace)] == [(1, True), (10, False), (11, False)]
            assert it.toasts[-1] == "3 links to Furniture made."
            await it.press("tab", "u")
            assert it.offered == ["Furniture", "All of this and 2 links below"]
            await it.press("down", "enter")
            assert mapped(workspace) == []

    async def test_a_type_has_to_be_chosen(self, workspace: Workspace) -> None:
        """Where Amazon suggests none, nothing is taken by itself; typing finds one of the marketplace's."""
        fill_categories(workspace, add_channel(workspace))
        async with mapping_at(workspace) as it:
            await it.press("tab", "enter", "f2")
            assert next(row.error for row in it.form.form.rows if row.field.name == "product_type")
            await it.press("enter")
            await it.type("outd")
            await it.press("enter", "f2")
            assert [one.product_type for one in mapped(workspace)] == ["OUTDOOR_LAMP"]


class TestChannels:
    async def test_an_administrator_goes_through_them(self, workspace: Workspace) -> None:
        """c chooses by name, country or company; every channel has links of its own."""
        channel = add_channel(workspace)
        add_channel(workspace, "fr", marketplace_id="A13V1IB3VIYZZH", company_id=7)
        fill_categories(workspace, channel)
        add_mapping(workspace, channel, 10, CHAIRS)
        async with mapping_at(workspace) as it:
            assert it.scope.startswith(" channel de DE c for others")
            await it.press("c")
            await it.type("company 7")
            await it.press("enter")
            assert it.scope.startswith(" channel fr FR")
            assert it.edge("#store-pane").count == "0/3 mapped"
            assert it.names("amazon") == []

    async def test_vendors_see_their_own(self, workspace: Workspace) -> None:
        """Another company's channel is not there."""
        channel = add_channel(workspace)
        fill_categories(workspace, channel)
        async with mapping_at(workspace, actor=Actor("vera", False, channel.store_id, 7)) as it:
            assert it.sentence.startswith("There is no channel yet")


class TestSheets:
    async def test_out_and_in(self, workspace: Workspace, tmp_path: Path, picture: SnapshotAssertion) -> None:
        """A file is written, and read back with a look at what would change; one with faults changes nothing."""
        channel = add_channel(workspace)
        fill_categories(workspace, channel)
        add_mapping(workspace, channel, 10, CHAIRS)
        file = tmp_path / "links.csv"
        async with mapping_at(workspace) as it:
            await self._ask(it, "e", str(file))
            assert it.toasts[-1] == f"5 lines were written to {file}."
            await self._ask(it, "e", str(file))
            assert "cannot be written" in next(iter(it.form.form.rows)).error
            await it.press("escape", "y")
            await self._ask(it, "i", str(file))
            assert it.toasts[-1] == "The file changes nothing: all 1 links are as it says."
            lines = f"cscart;amazon;product_type\n10;;\n11;Garden > Garden Lamps [/x];outdoor_lamp\n2;{SEATS};CHAIR\n"
            file.write_text(lines)
            await self._ask(it, "i", str(file))
            assert isinstance(it.app.screen, ChangesWindow)
            assert it.picture == picture
            await it.press("escape")
            assert [one.cscart for one in mapped(workspace)] == [10]
            await self._ask(it, "i", str(file))
            await it.press("f2")
            assert it.toasts[-1] == "Imported: 2 added, 1 removed."
            assert sorted(one.cscart for one in mapped(workspace)) == [2, 11]
            add_type_names(workspace, channel)
            file.write_text(f"{lines}20;{SEATS};NOPE\n1;x;CHAIR\n")
            await self._ask(it, "i", str(file))
            assert isinstance(it.app.screen, TextModal)
            assert it.app.screen.query_one(TextPane).plain.startswith("line 5: Amazon has no product type 'NOPE'")

    @staticmethod
    async def _ask(it: Mapping, key: str, file: str) -> None:
        await it.press(key, "ctrl+u")
        it.app.post_message(Paste(file))
        await it.press("f2")


class TestTables:
    async def test_looks(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """What every key means, who says so, what is wrong and what is held for it."""
        async with mapping_at(workspace) as it:
            channel = add_channel(workspace, settings={"payments": {"prepaid": 2}})
            self._store(workspace, channel.store_id)
            add_order(workspace, channel, 1, code="payment_unmapped", about="payments.cod")
            await it.refresh()
            await it.press("right_square_bracket", "right_square_bracket")
            assert it.screen.tab == "payments"
            assert it.picture == picture

    async def test_chooses_and_unsets(self, workspace: Workspace) -> None:
        """The best match is under the cursor; orders that were held for it are planned again; u takes it back."""
        channel = add_channel(workspace)
        add_worker(workspace)
        self._store(workspace, channel.store_id)
        add_order(workspace, channel, 1, code="payment_unmapped", about="payments.cod")
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket", "right_square_bracket")
            assert "Held for it    1 order" in it.detail
            await it.press("u")
            assert it.toasts[-1].startswith("This channel does not set it.")
            await it.press("enter")
            assert it.offered == ["Cash on delivery", "Credit card"]
            await it.press("enter")
            assert it.toasts[-1] == 'Cash on delivery → "Cash on delivery".'
            assert text_of(it.screen.query_one("#started", FixedText)).startswith("Job 1")
            assert registry.show(workspace, LOCAL_ADMIN, "de").settings["payments"] == {"cod": 6, "prepaid": None}
            await it.press("u")
            assert isinstance(it.app.screen, Confirm)
            await it.press("y")
            (row, _) = mappings.mapping(workspace, LOCAL_ADMIN, "de", "payments")
            assert row.value == ""

    async def test_carriers_are_added(self, workspace: Workspace) -> None:
        """By the store's name; what Amazon does not list is asked about first."""
        add_channel(workspace)
        async with mapping_at(workspace) as it:
            await it.press("left_square_bracket")
            assert "No carrier is mapped yet: a adds one" in it.detail
            await it.press("a")
            await it.type("ups")
            await it.press("enter")
            assert it.offered[0] == "UPS" or "UPS" in it.offered
            await it.press("enter")
            await it.press("a")
            await it.type("van")
            await it.press("enter")
            await it.type("own van")
            await it.press("enter")
            assert isinstance(it.app.screen, Confirm)
            await it.press("y")
            found = {row.key: row.value for row in mappings.mapping(workspace, LOCAL_ADMIN, "de", "carriers")}
            assert found == {"ups": "UPS", "van": "Other:own van"}
            assert [row.split()[:3] for row in it.rows] == [[">", "ups", "UPS"], ["van", "own", "van"]]

    async def test_the_first_look_at_a_channel_asks_the_same_way(self, workspace: Workspace) -> None:
        """The payment for cash on delivery is under the cursor by its name; verifying goes on after it was taken."""
        channel = add_channel(workspace)
        self._store(workspace, channel.store_id)
        async with at(workspace, "channels", of=Mapping) as it:
            ChannelSteps(it.screen)._choose_cod("de")
            await settle(it.pilot)
            assert it.offered == ["Cash on delivery", "Credit card"]
            assert isinstance(it.app.screen, Pick) and it.app.screen.query_one(Table).key == 0
            await it.press("enter")
            assert registry.show(workspace, LOCAL_ADMIN, "de").settings["payments"]["cod"] == 6

    @staticmethod
    def _store(workspace: Workspace, store_id: int) -> None:
        with workspace.database.write() as session:
            for key, name in (("2", "Credit card"), ("6", "Cash on delivery")):
                session.add(StoreLookup(store_id=store_id, kind="payment", key=key, name=name))


async def test_other_screens_lead_here(workspace: Workspace) -> None:
    """To a key of a table, or to a category."""
    channel = add_channel(workspace)
    fill_categories(workspace, channel)
    async with at(workspace, "home", of=Mapping) as it:
        it.app.go("mapping", section="statuses", channel="de", name="SHIPPED")
        await settle(it.pilot)
        assert it.row.split()[1] == "Shipped"
        it.app.go("mapping", section="categories", channel="de", name="category.11")
        await settle(it.pilot)
        assert it.on == "Lights"


async def test_problems_lead_here(workspace: Workspace) -> None:
    """m goes from a key that is not mapped to this key; from anything else nowhere."""
    channel = add_channel(workspace)
    add_order(workspace, channel, 1, code="payment_unmapped", about="payments.prepaid")
    async with at(workspace, "problems", of=Mapping) as it:
        await it.press("m")
        assert (it.screen_name, it.screen.tab) == ("mapping", "payments")
        assert it.row.split()[1] == "Prepaid"


@pytest.mark.parametrize("key", ["m", "f"])
@pytest.mark.parametrize(("about", "name"), [("category.11", "Lights"), (f"node.{CHAIRS}", "Dining Chairs")])
async def test_problems_of_products_lead_to_the_category(workspace: Workspace, key: str, about: str, name: str) -> None:
    """Both the key that leads there and the one that fixes go to the category of either side."""
    channel = add_channel(workspace)
    fill_categories(workspace, channel)
    add_order(workspace, channel, 1, code="category_unmapped", about=about)
    async with at(workspace, "problems", of=Mapping) as it:
        await it.press(key)
        await settle(it.pilot)
        assert (it.screen_name, it.screen.tab) == ("mapping", "categories")
        assert it.on == name
