"""A line or block of text whose place never depends on what it says."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static


class FixedText(Static):
    """Sends a change of its text and nothing else: no new layout, and nothing at all when the text is the same."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", markup=False, id=id)
        self._said = Content("")

    def set_text(self, content: Content) -> None:
        """Show `content`."""
        if not content.is_same(self._said):
            self._said = content
            self.update(content, layout=False)


class FittedText(FixedText):
    """Text that is drawn to the width it has, and anew when that changes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._draw_to: Callable[[int], Content] | None = None

    def fit(self, draw: Callable[[int], Content]) -> None:
        """Show what `draw` makes of a width in cells, now and after every change of the width."""
        self._draw_to = draw
        self.on_resize()

    def on_resize(self) -> None:
        """Draw anew; a hidden text has no width and is drawn when it is shown."""
        width = self.content_size.width
        if width and self._draw_to is not None:
            self.set_text(self._draw_to(width))
