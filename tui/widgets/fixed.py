"""A line or block of text whose place never depends on what it says."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class FixedText(Static):
    """Sends a change of its text and nothing else: no new layout, and nothing at all when the text is the same."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", markup=False, id=id)
        self._said = Content("")

    def say(self, content: Content) -> None:
        """Show `content`."""
        if not content.is_same(self._said):
            self._said = content
            self.update(content, layout=False)
