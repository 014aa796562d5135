"""The Links screen: links of SKUs, filters, and unlinking, by keys."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Static

from core.actor import LOCAL_ADMIN, Actor
from core.listings.list import BY_CODE, BY_HAND, LinkRow, LinkUse
from core.model.channel import Channel
from core.model.job import Job
from core.model.link import ListingLink
from core.model.store import StoreProduct
from core.workspace import Workspace
from tests.tui.driving import LARGE, SMALL, Driven, at, drawn, text_of
from tests.tui.order_rows import add_order, add_second_channel
from tests.tui.product_rows import add_listing
from tests.tui.rows import NOW, add_channel, add_worker
from tests.tui.test_text import HOSTILE
from tui.screens.listings.links_text import link_cells, link_copies, link_lines, unlink_question
from tui.widgets.text_pane import TextPane


class Links(Driven):
    """The application on its Links screen."""

    @property
    def skus(self) -> list[str]:
        """The SKUs that are listed."""
        return [row.lstrip("> *").split()[0] for row in self.rows]

    @property
    def details(self) -> str:
        """What is said of the link under the cursor."""
        return self.screen.query_one("#details", TextPane).plain

    @property
    def question(self) -> str:
        """The question on top."""
        return text_of(self.app.screen.query_one("#question", Static))


def links_at(workspace: Workspace, size: tuple[int, int] = SMALL, actor: Actor = LOCAL_ADMIN) -> Any:
    """The application on its Links screen, at rest."""
    return at(workspace, "links", size, actor, Links)


def fill_links(workspace: Workspace) -> Channel:
    """Two SKUs linked by hand, one with orders that wait for it, and one that is a product's code."""
    channel = add_channel(workspace)
    with workspace.database.write() as session:
        for number, (sku, name) in enumerate({"CAP-BLUE": "Cap, blue", "MUG-1": "Mug [b]white[/b]"}.items(), start=11):
            session.add(StoreProduct(store_id=channel.store_id, product_id=number, sku=sku, name=name))
        for sku, number in (("AZ-7", 11), ("AZ-8", 99)):
            at_noon = {"linked_by": "anna", "linked_at": NOW}
            session.add(
                ListingLink(channel_id=channel.id, sku=sku, store_id=channel.store_id, product_id=number, **at_noon)
            )
    add_order(workspace, channel, 1, sku="AZ-7", dirty=True)
    add_order(workspace, channel, 2, sku="AZ-7", store_order=1_002)
    add_order(workspace, channel, 3, sku="MUG-1", store_order=1_003)
    add_worker(workspace)
    return channel


@pytest.mark.parametrize("size", [SMALL, LARGE, (200, 60)], ids=["80x24", "120x40", "200x60"])
async def test_list_and_details(workspace: Workspace, size: tuple[int, int], picture: SnapshotAssertion) -> None:
    """Each SKU with its product, how it was linked and when; of the cursor's what depends on it."""
    fill_links(workspace)
    async with links_at(workspace, size) as it:
        assert it.skus == ["AZ-7", "AZ-8", "MUG-1"]
        assert it.rows[0].split()[2:] == ["11", "Cap,", "blue", "by", "anna", "11-23", "15:20"]
        assert it.rows[1].split()[1:5] == ["99", "not", "read", "yet"]
        assert "1 order in the store, 1 to be planned" in " ".join(it.details.split())
        assert it.picture == picture


async def test_unlinking_asks_and_has_the_orders_planned(workspace: Workspace) -> None:
    """It says what follows; one by its code has no link to take away; several are unlinked together."""
    fill_links(workspace)
    async with links_at(workspace) as it:
        await it.press("u")
        assert it.question == (
            "Unlink AZ-7 from Cap, blue?\n1 order with it will be held again, unless a product has this code."
            " What is in the store stays there."
        )
        await it.press("n", "end", "u")
        assert it.toasts[-1].startswith("It is found by its code.")
        await it.press("home", "space", "space", "u")
        assert it.question.startswith("Unlink 2 SKUs?")
        await it.press("y")
        assert it.skus == ["MUG-1"]
        assert it.toasts[-1] == "2 SKUs are unlinked. Job 1 started."
        with workspace.database.read() as session:
            assert session.exec(select(Job.kind)).all() == ["orders.import"]


async def test_closing_takes_listings_away_at_amazon(workspace: Workspace) -> None:
    """Only what Amazon lists, after a question; how far each is stands in its line."""
    channel = fill_links(workspace)
    add_listing(workspace, channel, "AZ-8")
    async with links_at(workspace, LARGE) as it:
        assert ["buyable" in row for row in it.rows] == [False, True, False]
        await it.press("x")
        assert it.toasts[-1] == "Amazon does not list it: there is nothing to close."
        await it.press("space", "space", "x")
        assert it.question.startswith("Close the listing AZ-8 at Amazon?")
        await it.press("y")
        assert it.toasts[-1] == "1 listing to be closed. Job 1 started."
        with workspace.database.read() as session:
            assert session.exec(select(Job.kind)).all() == ["listings.close"]


async def test_filter_states_and_channels(workspace: Workspace) -> None:
    """Words, how it was linked, the channel; nothing that fits is said with the key that helps."""
    channel = fill_links(workspace)
    add_second_channel(workspace, channel)
    async with links_at(workspace) as it:
        await it.press("right")
        assert it.skus == ["de", "de"]
        await it.press("right")
        assert "MUG-1" in it.rows[0]
        await it.press("slash")
        await it.type("cap")
        await it.press("enter")
        assert drawn(it.table)[1].strip() == "No link matches. esc clears the filter."
        await it.press("escape", "escape")
        await it.press("w")
        assert (it.screen_name, len(it.rows)) == ("orders", 2)


async def test_nothing(workspace: Workspace) -> None:
    """An empty list says how links come about; a vendor sees nothing of others; keys stay harmless."""
    channel = fill_links(workspace)
    async with links_at(workspace, actor=Actor("vendor", False, channel.store_id, 7)) as it:
        assert it.sentence.startswith("No SKU of Amazon is linked to a product of the store yet.")
        await it.press(*"uwx", "enter", "escape")
        assert it.app.screen is it.screen


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text(text: str) -> None:
    """SKUs and names are others' text."""
    for state in (BY_HAND, BY_CODE):
        link = LinkRow(1, text, text, 1, text, text, state, text, NOW)
        for content in (*link_cells(link), *[line.content for line in link_lines(link, LinkUse(1, 1), str)]):
            assert content.plain.isprintable()  # type: ignore[union-attr]
        assert all(copied.isprintable() for _, copied in link_copies(link))
        assert all(line.isprintable() for line in unlink_question(link, None, 1).split("\n"))
