"""The one question before something is done that cannot be taken back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui.text import foreign


class Confirm(ModalScreen[bool]):
    """Asks a question; True when it was answered with yes. The harmless answer has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes", tooltip="Go ahead"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Leave everything as it is"),
        Binding("left,up,h,k", "app.focus_previous", "Previous", show=False, id="confirm.previous"),
        Binding("right,down,l,j", "app.focus_next", "Next", show=False, id="confirm.next"),
    ]
    AUTO_FOCUS = "#no"

    def __init__(self, question: str, *, yes: str, no: str) -> None:
        """`question` may hold foreign text; `yes` and `no` name what happens ("Cancel the job", "Keep running")."""
        super().__init__()
        self._question = question
        self._yes = yes
        self._no = no

    def compose(self) -> ComposeResult:
        """The question over its two answers."""
        with Vertical(classes="box"):
            yield Static(foreign(self._question, lines=True), markup=False, id="question")
            with Horizontal(id="answers"):
                yield Button(Content(f"{self._no} (n)"), id="no", compact=True)
                yield Button(Content(f"{self._yes} (y)"), id="yes", compact=True, variant="error")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The focused answer was given with enter."""
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Close with `answer`."""
        self.dismiss(answer)
