"""One line to filter a list while typing, with how many rows are left of how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from tui.widgets.fixed import FixedText
from tui.widgets.line_input import LineInput

PAUSE = 0.15
"""Real seconds without a key until the list is filtered: nobody waits, and no word is searched letter by letter."""


class FilterLine(Horizontal):
    """Says what to filter by. It does not filter: the screen reads what `Changed` asks for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down", "leave", "To the list", show=False, id="filter.leave", tooltip="Keep the filter"),
    ]
    DEFAULT_CSS = """
    FilterLine { height: 1; }
    FilterLine Input { width: 1fr; }
    FilterLine FixedText { width: 24; text-align: right; }
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
        self._told = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The line and the count."""
        field = LineInput(placeholder=self._hint)
        field.select_on_focus = False
        yield field
        yield FixedText(id="count")

    @property
    def text(self) -> str:
        """What is filtered by."""
        return self._told

    def type_here(self) -> None:
        """Focus the line, before the next key is looked at: over SSH keys come several at once."""
        self.screen.set_focus(self.query_one(Input))

    def clear(self) -> None:
        """Filter by nothing, at once."""
        self.set("")

    def set(self, text: str) -> None:
        """Filter by `text`, at once."""
        self.query_one(Input).value = text
        self._tell()

    def count(self, matches: int, total: int) -> None:
        """Say how many rows are left of how many."""
        said = f"{matches:,} of {total:,}" if matches != total else f"{total:,}"
        self.query_one("#count", FixedText).say(Content(said))

    def action_leave(self) -> None:
        """Go to the list; what was typed counts at once."""
        self._tell()
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
        self._timer = self.set_timer(PAUSE, self._tell)

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        text = self.query_one(Input).value.strip()
        if text != self._told:
            self._told = text
            self.post_message(self.Changed(self, text))
