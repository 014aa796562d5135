"""Jump mode: a letter on everything that takes the focus; pressing it goes there."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""In the order in which fingers find them."""


class JumpScreen(ModalScreen[Widget | None]):
    """Lies over another screen; its result is what was chosen there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="jump.stay", tooltip="Leave the focus where it is"),
    ]

    def __init__(self, beneath: Screen[object]) -> None:
        super().__init__()
        seen = [widget for widget in beneath.focus_chain if widget.region.overlaps(beneath.region)]
        self.targets = dict(zip(LETTERS, seen, strict=False))

    def compose(self) -> ComposeResult:
        """The letters, each where its target begins."""
        for letter, target in self.targets.items():
            label = Static(Content(f" {letter} "), markup=False, classes="jump")
            label.styles.offset = target.region.offset
            yield label

    def on_key(self, event: events.Key) -> None:
        """A letter goes to its target; no other key does anything."""
        if event.key in self.targets:
            event.stop()
            self.dismiss(self.targets[event.key])
