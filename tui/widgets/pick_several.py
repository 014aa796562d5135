"""A list in which several things are marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.text import foreign
from tui.widgets.choice import Choice, Scalar
from tui.widgets.choice_table import ChoiceTable
from tui.widgets.keys import Keys
from tui.widgets.table import Column, Row, Table


class PickSeveral(ModalScreen[tuple[Scalar, ...] | None]):
    """Gives the values that are marked, in the order of the list, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "mark", "Mark", id="several.mark", tooltip="Mark or unmark the line under the cursor"),
        Binding("a", "mark_all", "All or none", id="several.all", tooltip="Mark all; when all are marked, none"),
        Binding("enter", "take", "Select", id="several.take", tooltip="Select what is marked"),
        Binding("escape", "dismiss(None)", "Cancel", id="several.leave", tooltip="Leave everything as it was"),
    ]
    AUTO_FOCUS = "ChoiceTable"

    def __init__(self, title: str, choices: Sequence[Choice], marked: Iterable[Scalar]) -> None:
        """`title` may hold foreign text."""
        super().__init__()
        self._title = title
        self._choices = choices
        self._marked = set(marked)

    def compose(self) -> ComposeResult:
        """Title, list and keys."""
        with Vertical(classes="box"):
            yield Static(foreign(self._title), markup=False, classes="heading")
            yield ChoiceTable((Column("", most=48), Column("")))
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in the list."""
        self._show()

    def action_mark(self) -> None:
        """Mark or unmark the line under the cursor."""
        key = self.query_one(Table).key
        if key is not None:
            self._marked ^= {self._choices[key].value}
            self._show()

    @on(ChoiceTable.Taken)
    def _clicked(self, event: ChoiceTable.Taken) -> None:
        event.stop()
        self.action_mark()

    def action_mark_all(self) -> None:
        """Mark everything, or nothing when everything is."""
        everything = {choice.value for choice in self._choices}
        self._marked = set() if self._marked == everything else everything
        self._show()

    def action_take(self) -> None:
        """Close with what is marked."""
        self.dismiss(tuple(choice.value for choice in self._choices if choice.value in self._marked))

    def _show(self) -> None:
        self.query_one(Table).show(
            [
                Row(number, (Content(f"{tick(c.value in self._marked)} {c.words}"), foreign(c.note, "dim")))
                for number, c in enumerate(self._choices)
            ]
        )


def tick(on: bool) -> str:
    """A mark that can be told without colours."""
    return "[x]" if on else "[ ]"
