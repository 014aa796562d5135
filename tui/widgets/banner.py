"""Lines above a screen that say what is wrong right now; gone when nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.text import foreign


class Banner(Static):
    """One sentence per line, each with its next step; takes no room while there is nothing to say."""

    @dataclass
    class Clicked(Message):
        """A sentence was clicked."""

        banner: Banner

    def __init__(self) -> None:
        super().__init__("", markup=False, id="banner")
        self.display = False
        self.sentences: tuple[str, ...] = ()

    def set_text(self, sentences: Sequence[str]) -> None:
        """Show these sentences; does nothing when they are shown already, because a change moves the whole screen."""
        if tuple(sentences) == self.sentences:
            return
        self.sentences = tuple(sentences)
        self.update(Content("\n").join([foreign(f"! {sentence}") for sentence in sentences]))
        self.display = bool(sentences)

    def on_click(self, event: events.Click) -> None:
        """Ask for more about what is wrong."""
        event.stop()
        self.post_message(self.Clicked(self))
