"""One order on the Orders screen: lines, money, timeline, buyer, and the links to both panels."""

from __future__ import annotations

import pytest
from rich.console import Console
from sqlmodel import select
from syrupy.assertion import SnapshotAssertion
from textual.content import Content

from core.model.order import AmazonOrder, OrderEvent
from core.workspace import Workspace
from tests.tui.driving import HUGE, LARGE, settle
from tests.tui.order_rows import add_order, fill_orders, number
from tests.tui.rows import NOW, add_channel, add_worker
from tests.tui.test_orders_screen import orders_at
from tests.unit.builders import breakdown, item_document, order_document
from tui.clipboard import through_tmux
from tui.links import linked
from tui.widgets.text_pane import TextPane


def written(pane: TextPane) -> str:
    """What a pane sends to the terminal, with its escape sequences."""
    console = Console(force_terminal=True, color_system="truecolor")
    return "".join(pane.render_line(y).render(console) for y in range(pane.size.height))


class TestInFull:
    async def test_lines_money_and_timeline(self, workspace: Workspace, picture: SnapshotAssertion) -> None:
        """An order that Amazon told all of: titles, prices, parts of the total, and what happened, newest first."""
        channel = fill_orders(workspace)
        add_worker(workspace)
        known = order_document(
            item_document(breakdown("ITEM", "39.98"), breakdown("TAX", "6.38"), sku="CAP-9", quantity=2),
            total="39.98",
        )
        with workspace.database.write() as session:
            for order in session.exec(select(AmazonOrder).where(AmazonOrder.order_id == number(1))).all():
                order.raw = known
            session.add(
                OrderEvent(
                    account_id=channel.account_id,
                    order_id=number(1),
                    at=NOW,
                    kind="status",
                    detail={"from": "PENDING", "to": "UNSHIPPED"},
                )
            )
        async with orders_at(workspace) as it:
            await it.press("j", "enter", "v")
            assert "   2 × CAP-9  B000000012  39.98 (19.99 each)  Lamp" in it.details
            assert "made of      items 39.98 · tax included 6.38" in it.details
            assert "buyer        DE, hidden; b shows name and address" in it.details
            timeline = it.details.partition("Timeline\n")[2].splitlines()
            assert [line[13:] for line in timeline] == [
                "Created as store order 1001",
                "Released from pending",
                "Ordered on Amazon",
            ]
            assert it.picture == picture
            assert "Ada" not in it.details

    async def test_the_buyer_is_shown_on_a_key(self, workspace: Workspace) -> None:
        """Not before, and the timeline says to whom."""
        fill_orders(workspace)
        with workspace.database.write() as session:
            session.exec(select(AmazonOrder).where(AmazonOrder.order_id == number(0))).one().raw = order_document()
        async with orders_at(workspace) as it:
            await it.press("b")
            assert "buyer        Ada Lovelace" in it.window
            assert "deliver to   Ada King Lovelace\n             Lindenallee 5" in it.window
            await it.press("escape")
            assert "The buyer's name and address were shown to admin" in it.details
            await it.press("j", "b")
            assert it.app.screen is it.screen
            assert "personal data was deleted" in it.toasts[-1]

    async def test_work_goes_on_from_the_details(self, workspace: Workspace) -> None:
        """Holding and releasing act on the order that is read, and stand in its timeline at once."""
        fill_orders(workspace)
        add_worker(workspace)
        with workspace.database.write() as session:
            session.exec(select(AmazonOrder).where(AmazonOrder.order_id == number(0))).one().raw = order_document()
        async with orders_at(workspace) as it:
            await it.press("enter", "h")
            assert it.toasts == ["The order is held back."]
            assert "held by      admin" in it.details
            assert "Held back by admin" in it.details
            await it.press("u")
            assert "Released by admin" in it.details

    async def test_the_timeline_goes_where_there_is_room(self, workspace: Workspace) -> None:
        """In a third pane from 160 cells on, else beneath the details, also after the terminal was resized."""
        fill_orders(workspace)
        async with orders_at(workspace) as it:
            assert "Timeline" in it.details
            await it.pilot.resize_terminal(*HUGE)
            await settle(it.pilot)
            assert "Timeline" not in it.details
            assert "Ordered on Amazon" in it.screen.query_one("#history", TextPane).plain


class TestLinks:
    async def test_numbers_lead_to_both_panels(self, workspace: Workspace) -> None:
        """OSC 8 around Amazon's number and that of the store order; their addresses are copied too."""
        fill_orders(workspace)
        amazon = f"https://sellercentral-europe.amazon.com/orders-v3/order/{number(1)}"
        store = "http://127.0.0.1:1/admin.php?dispatch=orders.details&order_id=1001"
        async with orders_at(workspace, LARGE) as it:
            await it.press("j")
            sent = written(it.screen.query_one("#details", TextPane))
            assert f";{store}\x1b\\" in sent
            assert f";{amazon}\x1b\\" in sent
            await it.press("l")
            assert it.app.clipboard == amazon
            await it.press("l")
            assert it.app.clipboard == store
            assert it.toasts[-1] == f"Copied the link to the store: {store}"
            await it.press("j", "l", "y", "l")
            assert it.app.clipboard.startswith("https://sellercentral-europe")

    async def test_other_numbers_lead_nowhere(self, workspace: Workspace) -> None:
        """What is no number of Amazon's is shown without a link, and nothing of it stands in a sequence."""
        channel = add_channel(workspace)
        add_order(workspace, channel, 1, order_id=f"{number(1)}\x1b]8;;http://evil.example\x1b\\")
        async with orders_at(workspace, LARGE) as it:
            sent = written(it.screen.query_one("#details", TextPane))
            assert "\x1b]8" not in sent
            await it.press("l")
            assert it.toasts == ["No page is known that shows this order."]

    @pytest.mark.parametrize(
        "url", ["javascript:alert(1)", "https://a b", "https://a\x1b\\b", "https://a;b", "https://ü", "", "https://"]
    )
    def test_only_plain_addresses_become_links(self, url: str) -> None:
        """The last gate before the terminal."""
        assert linked(Content("x"), url) == Content("x")
        assert linked(Content("x"), "https://shop.example/?a=1&b=2").spans

    def test_tmux_hands_the_clipboard_on(self) -> None:
        """Wrapped for tmux, here or at the other end of SSH; nothing of the kind elsewhere."""
        wrapped = "\x1bPtmux;\x1b\x1b]52;c;w7w=\a\x1b\\"
        assert through_tmux("ü", {"TMUX": "/tmp/tmux-0/default,1,0", "TERM": "screen-256color"}) == wrapped
        assert through_tmux("ü", {"TERM": "tmux-256color"}) == wrapped
        assert through_tmux("ü", {"TERM": "xterm-256color"}) == ""
