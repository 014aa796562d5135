"""One control per kind of field, each a row high but for `lines`, and the factory that makes them.

Textual's Select and Checkbox are not among them: a Checkbox shows its state by colour alone, and the list of a Select
has no room at the bottom of a form and no search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from textual.widget import Widget

from tui.forms.fields import Field, Value
from tui.forms.line_controls import ChoiceControl, MultiControl, SwitchControl
from tui.forms.text_controls import LinesControl, TextControl
from tui.widgets.choice import Choice


class Control(Protocol):
    """What a form wants of a widget."""

    @property
    def raw(self) -> object:
        """What is entered, right or wrong; compared to tell whether it changed."""

    def put(self, value: Value) -> None:
        """Show a value. Of a secret only whether there is one."""

    def read(self) -> Value:
        """The value entered; raises ValueError with words that say what is wrong with it."""

    def offer(self, choices: Sequence[Choice]) -> None:
        """What can be chosen from now on; it may come after the value."""


def make(field: Field) -> Widget:
    """The control of a field; it is a Control too."""
    if field.kind == "switch":
        return SwitchControl(field)
    if field.kind == "choice":
        return ChoiceControl(field)
    if field.kind == "multi":
        return MultiControl(field)
    return LinesControl(field) if field.kind == "lines" else TextControl(field)
