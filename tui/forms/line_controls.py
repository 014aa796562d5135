"""Controls of one line that are changed by keys: a switch, one choice, several choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.forms.fields import Field, Value
from tui.text import clean
from tui.widgets.choice import Choice, Scalar, best_first
from tui.widgets.pick import Pick
from tui.widgets.pick_several import PickSeveral, tick


class LineControl(Static, can_focus=True):
    """One line that shows a value; keys change it."""

    @dataclass
    class Changed(Message):
        """The value is another."""

        line: LineControl

        @property
        def control(self) -> LineControl:
            """As Textual's own messages name it."""
            return self.line

    def __init__(self, field: Field) -> None:
        super().__init__("", markup=False)
        self._field = field

    def on_click(self, event: events.Click) -> None:
        """Do with the mouse what a key does."""
        event.stop()
        self.focus()
        self.clicked(event.x)

    def clicked(self, x: int) -> None:
        """What a click at a column does; subclasses say."""
        raise NotImplementedError

    def change(self) -> None:
        """Show the new value and tell the form."""
        self.draw()
        self.post_message(self.Changed(self))

    def draw(self) -> None:
        """Show the value."""
        self.update(self.words(), layout=False)

    def words(self) -> Content:
        """The value in words; subclasses say how."""
        raise NotImplementedError


class SwitchControl(LineControl):
    """Yes or no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "switch", "Switch", show=False, id="form.switch", tooltip="On or off"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._on = False

    @property
    def raw(self) -> object:
        """Whether it is on."""
        return self._on

    def put(self, value: Value) -> None:
        """Show a value."""
        self._on = bool(value)
        self.draw()

    def read(self) -> Value:
        """Whether it is on."""
        return self._on

    def offer(self, choices: Sequence[Choice]) -> None:
        """Nothing is chosen here."""

    def words(self) -> Content:
        """A tick."""
        return Content(tick(self._on))

    def clicked(self, x: int) -> None:
        """Turn it over."""
        self.action_switch()

    def action_switch(self) -> None:
        """Turn it over."""
        self._on = not self._on
        self.change()


class ChoiceControl(LineControl):
    """One of several; the arrows step through them, enter opens the picker."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "Choose", show=False, id="form.pick", tooltip="Choose from the list"),
        Binding("left", "step(-1)", "Previous", show=False, id="form.previous_choice"),
        Binding("right", "step(1)", "Next", show=False, id="form.next_choice"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._value: Scalar | None = None
        self._choices: Sequence[Choice] = ()

    @property
    def raw(self) -> object:
        """The value."""
        return self._value

    def put(self, value: Value) -> None:
        """Show a value."""
        self._value = value if isinstance(value, (str, int)) else None
        self.draw()

    def read(self) -> Value:
        """The value."""
        return self._value

    def offer(self, choices: Sequence[Choice]) -> None:
        """What can be chosen from now on."""
        self._choices = choices
        self.draw()

    def words(self) -> Content:
        """The choice between arrows; a value that is none of the choices says so."""
        if self._value in (None, ""):
            return Content.assemble("‹ ", _blank(self._field), " ›")
        chosen = next((choice for choice in self._choices if choice.value == self._value), None)
        words = chosen.words if chosen else f"{clean(self._value)} (not in the list)"
        return Content(f"‹ {words} ›")

    def clicked(self, x: int) -> None:
        """The arrows step, what stands between them opens the picker."""
        if x == 0:
            self.action_step(-1)
        elif x == self.words().cell_length - 1:
            self.action_step(1)
        else:
            self.action_pick()

    def action_step(self, by: int) -> None:
        """To the next choice or the one before."""
        values = [choice.value for choice in self._all()]
        if values:
            now = "" if self._value is None else self._value
            self._take(values[(values.index(now) + by) % len(values)] if now in values else values[0])

    def action_pick(self) -> None:
        """Open the picker."""
        choices = self._all() if self._field.typed is None else self._or_typed
        self.app.push_screen(Pick(self._field.label, choices, current=self._value), self._picked)

    def _or_typed(self, text: str) -> Sequence[Choice]:
        found = best_first(self._all(), text)
        typed = self._field.typed(text) if self._field.typed and text else None
        return found if found or typed is None else [typed]

    def _picked(self, choice: Choice | None) -> None:
        if choice is not None:
            self._take(choice.value)

    def _take(self, value: Scalar) -> None:
        taken = None if value == "" else value
        if taken != self._value:
            self._value = taken
            self.change()

    def _all(self) -> list[Choice]:
        """The choices, with the empty one first where the field may stay empty."""
        return [*(() if self._field.required else (Choice("", f"({self._field.blank})"),)), *self._choices]


class MultiControl(LineControl):
    """Several of a list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "pick", "Choose", show=False, id="form.pick_several", tooltip="Choose from the list"),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._values: tuple[Scalar, ...] = ()
        self._choices: Sequence[Choice] = ()

    @property
    def raw(self) -> object:
        """The values."""
        return self._values

    def put(self, value: Value) -> None:
        """Show values."""
        self._values = value if isinstance(value, tuple) else ()
        self.draw()

    def read(self) -> Value:
        """The values."""
        return self._values

    def offer(self, choices: Sequence[Choice]) -> None:
        """What can be chosen from now on."""
        self._choices = choices
        self.draw()

    def words(self) -> Content:
        """What is chosen, by name."""
        labels = {choice.value: choice.words for choice in self._choices}
        names = ", ".join(labels.get(value, clean(value)) for value in self._values)
        return Content(names) if names else _blank(self._field)

    def clicked(self, x: int) -> None:
        """Open the list."""
        self.action_pick()

    def action_pick(self) -> None:
        """Open the list."""
        known = {choice.value for choice in self._choices}
        unknown = [Choice(value, note="not in the list") for value in self._values if value not in known]
        choices = [*self._choices, *unknown]
        self.app.push_screen(PickSeveral(self._field.label, choices, self._values), self._picked)

    def _picked(self, values: tuple[Scalar, ...] | None) -> None:
        if values is not None and values != self._values:
            self._values = values
            self.change()


def _blank(field: Field) -> Content:
    """What an empty field means."""
    return Content.styled(field.blank, "$text-warning" if field.warns else "$text-muted")
