"""One line to filter a list while typing. It is always there: a line that came and went would move all beneath it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.widgets.line_input import LineInput

PAUSE = 0.02
"""Real seconds without a key until the list is filtered: keys that a slow line delivers together ask once. What is
asked for while the list is still being read is read once as well, so nothing piles up behind a fast hand."""


class FilterLine(Horizontal):
    """Says what to filter by. It does not filter: the screen reads what `Changed` asks for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down", "leave", "To the list", show=False, id="filter.leave", tooltip="Keep the filter"),
    ]
    DEFAULT_CSS = """
    FilterLine { height: 1; }
    FilterLine Static { width: 9; }
    FilterLine Input { width: 1fr; }
    """

    @dataclass
    class Changed(Message):
        """Another text is to be filtered by."""

        line: FilterLine
        text: str

    @dataclass
    class Left(Message):
        """Whoever typed is done and wants to the list."""

        line: FilterLine

    def __init__(self, hint: str, *, id: str | None = None) -> None:
        """`hint` stands in the empty line and names what is searched."""
        super().__init__(id=id)
        self._hint = hint
        self._posted = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """A word, and the line."""
        yield Static("filter")
        field = LineInput(placeholder=self._hint)
        field.select_on_focus = False
        yield field

    @property
    def text(self) -> str:
        """What is filtered by."""
        return self._posted

    def type_here(self) -> None:
        """Focus the line, before the next key is looked at: over SSH keys come several at once."""
        self.screen.set_focus(self.query_one(Input))

    def clear(self) -> None:
        """Filter by nothing, at once."""
        self.set("")

    def set(self, text: str) -> None:
        """Filter by `text`, at once."""
        self.query_one(Input).value = text
        self._post_changed()

    def action_leave(self) -> None:
        """Go to the list; what was typed counts at once."""
        self._post_changed()
        self.post_message(self.Left(self))

    @on(Input.Submitted)
    def _leave(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_leave()

    @on(Input.Changed)
    def _wait_for_more(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._post_changed)

    def _post_changed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.query_one(Input).value.strip()
        if text != self._posted:
            self._posted = text
            self.post_message(self.Changed(self, text))
