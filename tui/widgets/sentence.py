"""What stands in a screen that has nothing to show: a sentence, and the key that helps."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Sentence(Static):
    """A paragraph in our own words; a blank line parts what is from what to do."""

    def __init__(self, text: str) -> None:
        super().__init__(Content(text), markup=False, id="sentence", classes="sentence")

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.content)

    def set_text(self, text: str) -> None:
        """Say `text`."""
        if text != self.text:
            self.update(Content(text))
