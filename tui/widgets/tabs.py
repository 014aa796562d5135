"""The tabs of a place: one line, clickable, with a bar on both sides of the open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.message import Message

from tui.widgets.click_text import ClickText, clickable


@dataclass(frozen=True)
class Tab:
    """One tab: its name in the program, what it says, and how much is in it if that is known."""

    name: str
    title: str
    count: int | None = None


class TabLine(ClickText):
    """Says which tab is chosen by a click; it opens none itself. Takes no room while there are fewer than two.

    Textual's Tabs take two lines and an animated underline, which is hundreds of bytes for each change.
    """

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        line: TabLine
        name: str

    def __init__(self, *, id: str = "tab-line") -> None:
        super().__init__(id=id)
        self.display = False
        self.tabs: tuple[Tab, ...] = ()

    def show(self, tabs: Sequence[Tab], open_tab: str, keys: str) -> None:
        """Show these tabs, one of them open, and the keys that open another."""
        self.tabs = tuple(tabs)
        self.display = len(self.tabs) > 1
        self.set_text(tab_line(self.tabs, open_tab) + Content.styled(f"  {keys}", "$text-muted"))

    def action_choose(self, number: int) -> None:
        """A tab was clicked."""
        self.post_message(self.Chosen(self, self.tabs[number].name))


def tab_line(tabs: Sequence[Tab], open_tab: str) -> Content:
    """The line; nothing in it moves when another tab is opened."""
    parts: list[Content] = []
    for number, tab in enumerate(tabs):
        is_open = tab.name == open_tab
        text = tab.title if tab.count is None else f"{tab.title} {tab.count:,}"
        parts.append(Content.styled("▏" if is_open else " ", "$primary"))
        parts.append(clickable(Content.styled(text, "bold reverse" if is_open else ""), f"choose({number})"))
        parts.append(Content.styled("▕" if is_open else " ", "$primary"))
    return Content("").join(parts)


def tab_beside(tabs: Sequence[Tab], open_tab: str, by: int) -> str:
    """The name of the tab after or before the open one, in a circle."""
    names = [tab.name for tab in tabs]
    return names[(names.index(open_tab) + by) % len(names)]
