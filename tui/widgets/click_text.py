"""Text whose parts can be clicked: each does what its key does."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.style import Style

from tui.widgets.fixed import FittedText

_CLICK = "@click"
HOVERED = "underline"
"""How the part under the mouse looks."""


def clickable(content: Content, action: str) -> Content:
    """`content` that runs an action of the widget, or of "screen." or "app.", when it is clicked.

    The action is written by the program and never made of foreign text.
    """
    return content.stylize(Style.from_meta({_CLICK: action}))


class ClickText(FittedText):
    """Shows which part the mouse is on; Textual's own links would all have one colour."""

    auto_links = False
    ALLOW_SELECT = False
    _under_mouse = ""
    _drawn = Content("")

    def set_text(self, content: Content) -> None:
        """Show `content`."""
        self._drawn = content
        for span in content.spans:
            if isinstance(span.style, Style) and self._under_mouse and self._action(span.style) == self._under_mouse:
                content = content.stylize(HOVERED, span.start, span.end)
        super().set_text(content)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what a click would do."""
        self._hover(str(event.style.meta.get(_CLICK, "")))

    def on_leave(self) -> None:
        """The mouse is elsewhere."""
        self._hover("")

    def _hover(self, action: str) -> None:
        if action != self._under_mouse:
            self._under_mouse = action
            self.set_text(self._drawn)

    @staticmethod
    def _action(style: Style) -> str:
        return str(style.meta.get(_CLICK, ""))
