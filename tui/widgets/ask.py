"""One line of text is asked for: a name, a password, a callback address."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.text import clean, foreign
from tui.widgets.keys import Keys
from tui.widgets.line_input import LineInput


class Ask(ModalScreen[str | None]):
    """Asks for a line; gives what was typed, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f2", "accept", "OK", id="ask.accept", tooltip="Accept what was typed"),
        Binding("escape", "dismiss(None)", "Cancel", id="ask.leave", tooltip="Back without an answer"),
    ]

    def __init__(
        self,
        question: str,
        *,
        value: str = "",
        secret: bool = False,
        hint: str = "",
        check: Callable[[str], str] | None = None,
        optional: bool = False,
    ) -> None:
        """`question` and `hint` may hold foreign text. `check` gives what is meant by what was typed, or raises
        ValueError with words such as "it is not an e-mail address". With `optional` an empty line is an answer too.
        """
        super().__init__()
        self._question = question
        self._value = value
        self._secret = secret
        self._hint = hint
        self._check = check
        self._optional = optional

    def compose(self) -> ComposeResult:
        """The question, the line, and what is wrong with it or a hint."""
        with Vertical(classes="box"):
            yield Static(foreign(self._question, lines=True), markup=False, id="question")
            yield LineInput(clean(self._value), password=self._secret)
            yield Static(foreign(self._hint), markup=False, id="answer-note")
            yield Keys(show_command_palette=False)

    def action_accept(self) -> None:
        """Close with what was typed, if it is right."""
        text = self.query_one(Input).value
        text = text if self._secret else text.strip()
        try:
            if not text and not self._optional:
                raise ValueError("it is empty")
            self.dismiss(self._check(text) if self._check and text else text)
        except ValueError as error:
            self._note(f"! {str(error).rstrip('.')}.", wrong=True)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        # The line itself takes enter, after every character that was typed before.
        event.stop()
        self.action_accept()

    @on(Input.Changed)
    def _forget_error(self, event: Input.Changed) -> None:
        event.stop()
        self._note(self._hint, wrong=False)

    def _note(self, text: str, *, wrong: bool) -> None:
        note = self.query_one("#answer-note", Static)
        note.set_class(wrong, "wrong")
        note.update(foreign(text))
