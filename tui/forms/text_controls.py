"""Controls that people type into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from tui.forms.fields import Field, Value, parse, shown
from tui.widgets.choice import Choice
from tui.widgets.line_input import LineInput
from tui.widgets.pick import Pick

UNREADABLE = "unreadable"
"""The value of a secret that was encrypted with a key that is lost; core calls it so."""


class TextControl(LineInput):
    """Text, numbers, timestamps and secrets."""

    def __init__(self, field: Field) -> None:
        super().__init__(password=field.kind == "secret", placeholder=field.blank if field.kind != "secret" else "")
        self._field = field

    @property
    def raw(self) -> object:
        """The text."""
        return self.value

    def put(self, value: Value) -> None:
        """Show a value; a secret shows only that it is set, or that no key opens it any more."""
        if self._field.kind == "secret":
            self.value = ""
            there = "unreadable; type it again" if value == UNREADABLE else "set; type to replace it"
            self.placeholder = there if value else self._field.blank
        else:
            self.value = shown(value)

    def read(self) -> Value:
        """What the text means."""
        return parse(self._field, self.value)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Nothing is chosen here."""


class LinesControl(TextArea):
    """Several lines of text; where there are choices, one of them can be inserted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "insert_choice", "Insert", id="form.insert", tooltip="Insert a word from the list"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(compact=True, soft_wrap=False, show_line_numbers=False)
        self.cursor_blink = False
        self._field = field
        self._choices: Sequence[Choice] = ()

    @property
    def raw(self) -> object:
        """The text."""
        return self.text

    def put(self, value: Value) -> None:
        """Show lines."""
        self.text = shown(value)
        self.move_cursor(self.document.end)

    def read(self) -> Value:
        """The lines that are not empty."""
        return parse(self._field, self.text)

    def offer(self, choices: Sequence[Choice]) -> None:
        """What can be inserted."""
        self._choices = choices

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The list only where there is one."""
        return bool(self._choices) if action == "insert_choice" else True

    def action_insert_choice(self) -> None:
        """Choose a word for where the cursor is."""

        def picked(choice: Choice | None) -> None:
            if choice is not None:
                self.insert(str(choice.value))

        self.app.push_screen(Pick(self._field.label, self._choices), picked)
