"""The Listings screen: what Amazon makes of each SKU, with columns by width, states and issues."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from core.model.listing_export import ISSUES
from core.products.issues import IssueView
from core.products.rows import ProductRow
from core.workspace import Workspace
from tests.tui.driving import SMALL, Driven, at
from tests.tui.product_rows import fill_products
from tests.tui.test_text import HOSTILE
from tui.screens.listings.text import listing_cells, listing_lines
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
    for content in (*listing_cells(row), *[line.content for line in listing_lines(row, None, str)]):
        assert content.plain.isprintable()  # type: ignore[union-attr]
