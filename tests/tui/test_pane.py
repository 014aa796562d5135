"""The bordered pane on its own."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Region

from tests.tui.driving import settle
from tui.widgets.pane import Pane
from tui.widgets.text_pane import Line, TextPane


class PanesApp(App[None]):
    """Two panes beside each other."""

    def compose(self) -> ComposeResult:
        """The panes."""
        with Horizontal():
            yield Pane(TextPane(id="one"), title="Orders [/x]", id="left")
            yield Pane(TextPane(id="two"), id="right")

    def lines(self, name: str) -> list[str]:
        """A pane as it is drawn, without what lies within."""
        pane = self.screen.query_one(name, Pane)
        return ["".join(segment.text for segment in strip) for strip in pane.render_lines(pane.outer_size.region)]

    def edge_colour(self, name: str) -> str:
        """The colour of its corner."""
        pane = self.screen.query_one(name, Pane)
        (strip,) = pane.render_lines(Region(0, 0, 1, 1))
        style = next(iter(strip)).style
        return str(style.color) if style else ""


async def test_edges_hold_title_and_count() -> None:
    """The title at the left, the count at the right, the line between; foreign text is no markup."""
    app = PanesApp()
    async with app.run_test(size=(60, 6)) as pilot:
        left = app.screen.query_one("#left", Pane)
        left.set_count("12 of 214")
        assert app.lines("#left")[0] == "╭ Orders [/x] ──── 12 of 214 ╮"
        assert app.lines("#left")[-1] == f"╰{'─' * 28}╯"
        assert app.lines("#right")[0] == f"╭{'─' * 28}╮"
        app.screen.query_one("#one", TextPane).replace([Line(Content("within"))])
        await pilot.resize_terminal(30, 6)
        await settle(pilot)
        assert app.lines("#left")[0] == "╭── 12 of 214 ╮"
        for size in ((8, 2), (3, 1), (1, 1), (60, 6)):
            await pilot.resize_terminal(*size)
        assert (left.title, left.count) == ("Orders [/x]", "12 of 214")


async def test_edges_show_the_focus() -> None:
    """The pane whose keys work looks different; a click on an edge leads into the pane."""
    app = PanesApp()
    async with app.run_test(size=(60, 6)) as pilot:
        app.set_focus(app.screen.query_one("#one"))
        await pilot.pause()
        focused, other = app.edge_colour("#left"), app.edge_colour("#right")
        assert focused != other
        await pilot.click("#right", offset=(5, 0))
        await pilot.pause()
        assert app.focused is app.screen.query_one("#two")
        assert (app.edge_colour("#left"), app.edge_colour("#right")) == (other, focused)
