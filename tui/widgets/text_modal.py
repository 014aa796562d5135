"""The one window for reading a longer text: it scrolls, copies and closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.keys import Keys
from tui.widgets.text_pane import Line, TextPane


class TextModal(ModalScreen[None]):
    """Shows lines over nearly the whole screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "Copy", id="text.copy", tooltip="Copy all of it to the clipboard of the terminal"),
        Binding("escape,q,enter", "dismiss", "Close", id="text.close", tooltip="Back to the screen"),
    ]

    def __init__(self, heading: str, lines: Sequence[Line]) -> None:
        """`heading` is our own text; the lines hold content that has passed the gate for foreign text."""
        super().__init__()
        self._heading = heading
        self._lines = lines

    def compose(self) -> ComposeResult:
        """A heading, the text and the keys."""
        with Vertical(classes="box"):
            yield Static(Content(self._heading), markup=False, classes="heading")
            yield TextPane(id="text")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in the text."""
        self.query_one("#text", TextPane).replace(self._lines)

    def set_text(self, lines: Sequence[Line]) -> None:
        """Show other lines: those that were still being read when it opened."""
        self._lines = lines
        if self.is_attached:
            self.query_one("#text", TextPane).replace(lines)

    def action_copy(self) -> None:
        """Copy the text; terminals that do not allow it ignore the request, so the words say only what was sent."""
        self.app.copy_to_clipboard(self.query_one("#text", TextPane).plain)
        self.notify("Sent to the terminal's clipboard.", markup=False)
