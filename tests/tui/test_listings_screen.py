"""The Listings screen: what Amazon makes of each SKU, with columns by width, states and issues."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from core.model.listing_export import ISSUES
from core.products.issues import IssueGroup, IssueView
from core.products.rows import ProductRow
from core.products.stages import NONE
from core.workspace import Workspace
from tests.stages import STAGES, fill_stages
from tests.tui.driving import SMALL, Driven, at, text_of
from tests.tui.product_rows import fill_products
from tests.tui.rows import add_channel
from tests.tui.test_text import HOSTILE
from tui.screens.listings.issues_text import issue_cells, issue_lines
from tui.screens.listings.text import listing_cells, listing_lines
from tui.widgets.fixed import FixedText
from tui.widgets.text_pane import TextPane

SIZES = [SMALL, (140, 45), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "140x45", "200x60"])
async def test_list_and_details(workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    """Wider terminals show more of each; of the cursor's the details say what is wrong."""
    fill_products(workspace)
    async with at(workspace, "listings", size) as it:
        await it.press("down")
        assert len(it.rows) == 6
        assert "The main image is missing." in " ".join(it.screen.query_one("#details", TextPane).plain.split())
        assert it.picture == picture


async def test_states_and_words(workspace: Workspace) -> None:
    """States are those of Amazon; words are looked for in what it finds wrong as well."""
    fill_products(workspace)

    def skus(it: Driven) -> list[str]:
        return [row.lstrip("> *").split()[0] for row in it.rows]

    async with at(workspace, "listings") as it:
        shown = []
        for _ in range(6):
            await it.press("right")
            shown.append(skus(it))
        assert (shown[0], shown[5]) == (["B-NEW"], ["F-OLD"])
        assert shown[4] == ["A-HELD", "C-CODE", "D-HAND", "G-FAMILY"]
        await it.press("escape", "slash")
        await it.type("18027 amazon")
        await it.press("enter")
        assert skus(it) == ["B-NEW"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text(text: str) -> None:
    """SKUs, titles and what Amazon says are others' text."""
    issue = IssueView(text, text, text, text, text)
    row = ProductRow(1, text, text, "linked", text, text, ISSUES, fulfilment=text, currency=text, issues=(issue,))
    group = IssueGroup(1, text, text, text, 1, text, text, text, text, text, None)
    told = [*issue_cells(group), *[line.content for line in issue_lines(group, str)]]
    for content in (*told, *listing_cells(row), *[line.content for line in listing_lines(row, None, str)]):
        assert content.plain.isprintable()  # type: ignore[union-attr]


async def test_V1_what_is_on_its_way_stands_beside_what_amazon_has(workspace: Workspace) -> None:
    """The states are those of the command."""
    with workspace.database.write() as session:
        fill_stages(session, add_channel(workspace))
    async with at(workspace, "listings", (140, 45)) as it:
        shown = {row.lstrip("> *").split()[0]: row for row in it.rows}
        assert {sku: state for sku, state in STAGES.items() if state != NONE and state not in shown[sku]} == {}
        await it.press("right", "right")
        assert [row.lstrip("> *").split()[0] for row in it.rows] == ["PLANNED"]
        details = it.screen.query_one("#details", TextPane).plain
        assert "It waits to be sent to Amazon." in details and "A lamp" in details


@pytest.mark.parametrize("size", [SMALL, (140, 45)], ids=["80x24", "140x45"])
async def test_V3_issues_are_grouped_with_cause_fix_and_deadline(
    workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion
) -> None:
    """From a group one comes to its listings, and back to all with the key that takes a filter away."""
    with workspace.database.write() as session:
        fill_stages(session, add_channel(workspace))
    async with at(workspace, "issues", size) as it:
        assert [row.lstrip("> *").split()[0] for row in it.rows] == ["18027", "90220", "NEW-1"]
        details = " ".join(it.screen.query_one("#details", TextPane).plain.split())
        assert "The main picture has text" in details and "fix: Replace the main picture" in details
        assert "2026" in details and "Amazon does not sell the listing" in details
        assert it.picture == picture
        await it.press("right")
        assert len(it.rows) == 2
        await it.press("escape", "slash")
        await it.type("something")
        await it.press("enter", "w")
        assert it.screen_name == "listings"
        assert [row.lstrip("> *").split()[0] for row in it.rows] == ["BUYABLE", "ISSUES"]
        await it.press("escape")
        assert "only issue" not in text_of(it.screen.query_one("#scope", FixedText))
