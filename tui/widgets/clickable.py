"""Text of our own that a click acts on."""

from __future__ import annotations

from textual.content import Content
from textual.style import Style

from tui.widgets.fixed import FixedText


def clickable(words: Content, action: str) -> Content:
    """Words that carry out an action when they are clicked: "screen.save". Never for text from outside."""
    return words.stylize(Style.from_meta({"@click": action}))


class ClickableText(FixedText):
    """A line of such words, in colours of its own: Textual would underline them and send them anew under the mouse."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.auto_links = False
