"""The tab Fields by keys: what fills each attribute of a product type, set, unset, searched and exchanged."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.events import Paste
from textual.widgets import Input

from core.actor import LOCAL_ADMIN
from core.fields import mapping
from core.fields.mapping import AttributeView
from core.fields.plan.problems import ATTRIBUTE_MISSING
from core.fields.plan.sources import constant, field
from core.fields.rows import Origin
from core.model.channel import Channel
from core.workspace import Workspace
from tests.tui.category_rows import CHAIRS, add_categories, add_mapping
from tests.tui.driving import WIDE, Driven, at, settle
from tests.tui.field_rows import add_definition, add_features
from tests.tui.order_rows import add_order
from tests.tui.rows import add_channel
from tests.tui.test_mapping_screen import SIZES, Mapping, mapping_at
from tests.unit.ptd import LAMP, one
from tui.frame import fixes
from tui.frame.fixes import FixRequest
from tui.frame.fixing import fix
from tui.screens.mapping.fields import FieldsSection
from tui.screens.mapping.sheet import ChangesWindow
from tui.widgets.confirm import Confirm
from tui.widgets.text_modal import TextModal

DECLARED = one("Declaration [/x]", enum=["none", "battery"], enumNames=["Nothing", "A battery"])
TYPE: dict[str, Any] = LAMP | {
    "required": [*LAMP["required"], "supplier_declared_dg_hz_regulation"],
    "properties": LAMP["properties"] | {"supplier_declared_dg_hz_regulation": DECLARED},
}
"""A product type one of whose attributes people have to fill."""


def lamps(workspace: Workspace) -> Channel:
    """A channel with a category of lamps, whose attributes are known."""
    channel = add_channel(workspace)
    add_categories(workspace, channel)
    add_mapping(workspace, channel, 11, CHAIRS, "LAMP")
    add_definition(workspace, channel, "LAMP", TYPE)
    add_features(workspace, channel, {"7": "Colour [/x]", "8": "Danger"})
    return channel


def attributes(workspace: Workspace) -> Dict[str, AttributeView]:
    """What counts, by attribute."""
    return {one.name: one for one in mapping.show(workspace, LOCAL_ADMIN, "de", "LAMP").attributes}


def listed(it: Driven) -> list[str]:
    """The attributes that are listed."""
    section = it.screen.section
    assert isinstance(section, FieldsSection)
    return [item.name for item in section.read()]


def on(it: Driven) -> str:
    """The attribute under the cursor."""
    return str(it.screen.section.chosen.name)


class TestLooking:
    @SIZES
    async def test_looks(self, workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
        """Required and missing ones first, with what fills them and who said so."""
        lamps(workspace)
        mapping.set_field(workspace, LOCAL_ADMIN, "brand", constant("Mine [/x]"), channel="de")
        async with mapping_at(workspace, size=size) as it:
            await it.press("right_square_bracket")
            assert it.screen.tab == "fields"
            assert it.scope.endswith(f"type LAMP  [All {len(listed(it))}] Required 6  Set 1 ")
            assert on(it) == "supplier_declared_dg_hz_regulation"
            assert "Takes          Nothing, A battery" in it.detail
            assert it.edge(".list").count == "1 missing"
            assert it.picture == picture
            await it.press("f")
            assert len(listed(it)) == 6
            await it.press("f")
            assert listed(it) == ["brand"]
            assert "constant Mine [/x], for all product types of the channel" in it.detail
            await it.press("f", "slash")
            await it.type("danger")
            await it.press("enter")
            assert listed(it) == []
            await it.press("slash")
            it.screen.query_one("#fields FilterLine Input", Input).value = "pack weight"
            await it.press("down")
            assert on(it) == "item_package_weight"
            await it.press("escape")
            assert on(it) == "item_package_weight" and len(listed(it)) > 20

    async def test_nothing_yet(self, workspace: Workspace) -> None:
        """Without a mapped category no product type is known: the key that helps is said, and others stay harmless."""
        add_channel(workspace)
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket")
            assert "t searches one at Amazon" in it.detail
            await it.press("enter", *"upfr", "escape")
            assert it.app.screen is it.screen

    async def test_what_cannot_be_read_is_said(self, workspace: Workspace) -> None:
        """The reason stands in the details with the key that asks again."""
        channel = add_channel(workspace, account=[("refresh_token", "")])
        add_categories(workspace, channel)
        add_mapping(workspace, channel, 11, CHAIRS, "LAMP")
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket")
            assert it.detail.endswith("r asks again.") and listed(it) == []
            add_definition(workspace, channel, "LAMP", TYPE)
            await it.press("r")
            assert len(listed(it)) > 20


class TestSetting:
    async def test_set_and_unset(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """A value of the schema's list, for all types of the channel; u takes one step back at a time."""
        lamps(workspace)
        name = "supplier_declared_dg_hz_regulation"
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket", "enter")
            assert it.form.form.now["kind"] == "constant"
            await it.press("tab", "enter")
            assert it.offered == ["Nothing", "A battery"]
            await it.press("down", "enter")
            assert it.picture == picture
            await it.press("f2")
            assert attributes(workspace)[name].source == {"kind": "constant", "value": "battery"}
            assert it.toasts[-1] == "Declaration [/x] is set."
            mapping.set_field(workspace, LOCAL_ADMIN, name, field("title"), store="main")
            await it.refresh()
            await it.press("slash")
            await it.type("declaration")
            await it.press("enter", "u")
            assert isinstance(it.app.screen, Confirm)
            await it.press("y")
            assert attributes(workspace)[name].origin is Origin.STORE
            await it.press("u", "y")
            assert attributes(workspace)[name].default
            await it.press("u")
            assert it.toasts[-1] == "Nobody set it: it is the default. ⏎ sets it."

    async def test_a_feature_is_chosen(self, workspace: Workspace) -> None:
        """By its name among those of the store; for all types of the channel; what cannot be is said at its field."""
        lamps(workspace)
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket", "slash")
            await it.type("colour")
            await it.press("enter", "enter")
            await it.press("tab", "enter")
            assert it.offered[:1] == ["Colour [/x]"]
            await it.press("enter", "tab", "right", "f2")
            found = attributes(workspace)["color"]
            assert (found.source, found.origin) == ({"kind": "feature", "feature": "7"}, Origin.CHANNEL)
            assert "feature Colour [/x], for all product types of the channel" in it.detail
            await it.press("enter", "right", "right", "tab")
            assert it.form.form.now["kind"] == "template"
            await it.type("no field")
            await it.press("f2")
            assert "names no field" in next(row.error for row in it.form.form.rows if row.field.name == "template")

    async def test_csv(self, workspace: Workspace, home: Path) -> None:
        """What is set is written and read back after a look at what would change."""
        lamps(workspace)
        mapping.set_field(workspace, LOCAL_ADMIN, "brand", constant("Mine"), channel="de", product_type="LAMP")
        file = home / "fields.csv"
        async with mapping_at(workspace) as it:
            await it.press("right_square_bracket")
            await self._ask(it, "e", str(file))
            assert it.toasts[-1] == f"1 lines were written to {file}."
            file.write_text(file.read_text().replace("Mine", "Yours") + "LAMP,color,export,feature,7,,\n")
            await self._ask(it, "i", str(file))
            assert isinstance(it.app.screen, ChangesWindow)
            await it.press("f2")
            assert it.toasts[-1] == "Imported: 1 added, 1 changed."
            assert listed(it) and attributes(workspace)["brand"].source["value"] == "Yours"
            file.write_text("product_type,attribute,source,value\nLAMP,colr,feature,7\n")
            await self._ask(it, "i", str(file))
            assert isinstance(it.app.screen, TextModal)

    @staticmethod
    async def _ask(it: Mapping, key: str, file: str) -> None:
        await it.press(key, "ctrl+u")
        it.app.post_message(Paste(file))
        await it.press("f2")


async def test_a_problem_leads_to_its_attribute(workspace: Workspace) -> None:
    """From Problems to the attribute that is missing, with the product type that it is missing in."""
    channel = lamps(workspace)
    add_definition(workspace, channel, "CHAIR", LAMP)
    add_order(workspace, channel, 1, code="attribute_missing", about="field.CHAIR.color")
    async with at(workspace, "problems", size=WIDE, of=Mapping) as it:
        await it.press("right", "m")
        assert it.screen_name == "mapping" and it.screen.tab == "fields"
        assert "type CHAIR" in it.scope and on(it) == "color"
        await it.press("7")
        request = FixRequest("de", ATTRIBUTE_MISSING, "field.LAMP.item_package_weight", "", 1, "product", list)
        fix(it.screen, request)
        await settle(it.pilot)
        assert "type LAMP" in it.scope and on(it) == "item_package_weight"


def test_what_a_problem_is_about_reads_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixes, "code_of", lambda name: ATTRIBUTE_MISSING)
    titles = {"field.LAMP.battery.weight": "battery.weight of LAMP", "category.11": "category 11 of the store"}
    for about, title in titles.items():
        assert fixes.about_title("attribute_missing", about) == title


@pytest.mark.parametrize("about", ["node.5", "category.11"])
def test_other_problems_lead_to_categories(about: str) -> None:
    assert fixes.mapping_focus(about) == {"section": "categories", "name": about}
