"""One field of a form on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.forms.controls import make
from tui.forms.fields import Field, Value
from tui.text import foreign
from tui.widgets.choice import Choice


class FieldRow(Vertical):
    """A field: its label and control on one line, and beneath what is wrong with it."""

    def __init__(self, field: Field, value: Value) -> None:
        super().__init__(classes="field")
        self.field = field
        self.error = ""
        self._value = value
        self._control = make(field)
        self._began: object = None

    def compose(self) -> ComposeResult:
        """Label, control, error."""
        mark = " *" if self.field.required else ""
        with Horizontal(classes="line"):
            yield Static(Content(f"{self.field.label}{mark}"), markup=False, classes="label")
            yield self._control
        error = Static("", markup=False, classes="error wrong")
        error.display = False
        yield error

    def on_mount(self) -> None:
        """Show what the form begins with."""
        self._control.put(self._value)
        self._began = self._control.raw

    @property
    def is_changed(self) -> bool:
        """Whether it is no longer what the form began with."""
        return self._control.raw != self._began

    @property
    def value(self) -> Value:
        """What it holds; raises ValueError with words. Unchanged, exactly what it began with."""
        value = self._control.read() if self.is_changed else self._value
        if self.field.kind == "secret" and not self.is_changed:
            if self.field.required and not self._value:
                raise ValueError("it is missing")
            return None
        if self.field.required and value in (None, "", ()):
            raise ValueError("it is missing")
        return value

    def peek(self) -> Value:
        """What it holds, None when that is wrong."""
        try:
            return self.value
        except ValueError:
            return None

    def offer(self, choices: Sequence[Choice]) -> None:
        """What can be chosen."""
        self._control.offer(choices)

    def refuse(self, words: str) -> None:
        """Say what is wrong; nothing with no words."""
        if words == self.error:
            return
        self.error = words
        line = self.query_one(".error", Static)
        line.display = bool(words)
        line.update(foreign(f"! {words.rstrip('.')}." if words else "", limit=300))

    def enter(self) -> None:
        """Give it the focus."""
        self._control.focus()

    # Not `:focus-within` in the stylesheet: with it every move of the focus styles and sends the whole form anew.
    def on_descendant_focus(self) -> None:
        """Mark the label."""
        self.query_one(".label").set_class(True, "here")

    def on_descendant_blur(self) -> None:
        """Unmark the label."""
        self.query_one(".label").set_class(False, "here")
