"""A picker with a search line: type, move, take. For lists of any length, from the database or a remote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.text import foreign
from tui.using import reason_of
from tui.widgets.choice import Choice, Scalar, best_first
from tui.widgets.choice_table import ChoiceTable
from tui.widgets.fixed import FixedText
from tui.widgets.keys import Keys
from tui.widgets.line_input import LineInput
from tui.widgets.table import Column, Row, Table

log = logging.getLogger(__name__)

Source = Sequence[Choice] | Callable[[str], Sequence[Choice]]
"""A list at hand, searched at once; or a function that gives what fits a text, best first, and runs in a thread."""

NO_MATCH = "No match. Shorten the search."
SHOWN = 300
"""Choices that are shown; nobody reads more, and typing narrows them."""


class Pick(ModalScreen[Choice | None]):
    """Gives the choice that was taken, or None when it was left."""

    PAUSE: ClassVar[float] = 0.15
    """Real seconds without a key before the search begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f2", "take", "Select", id="pick.take", tooltip="Select the choice under the cursor"),
        Binding("up", "move(-1)", "Up", show=False, id="pick.up"),
        Binding("down", "move(1)", "Down", show=False, id="pick.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="pick.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="pick.page_down"),
        Binding("escape", "dismiss(None)", "Cancel", id="pick.leave", tooltip="Back without a choice"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self,
        title: str,
        source: Source,
        *,
        current: Scalar | None = None,
        empty: str = "There is nothing to choose from.",
        undecided: str = "",
    ) -> None:
        """`title` may hold foreign text. The cursor begins on the choice with the value `current`, else on the first.
        `empty` is said when there is nothing at all to choose from.

        With `undecided` nothing is chosen before the cursor was moved or something typed; it says so in words.
        """
        super().__init__()
        self._title = title
        self._source = source
        self._current = current
        self._empty = empty
        self._undecided = undecided
        self._choices: Sequence[Choice] = ()
        self._found_for: str | None = None
        self._take_when_found = False

    def compose(self) -> ComposeResult:
        """Title, search line, what was found."""
        with Vertical(classes="box"):
            yield Static(foreign(self._title), markup=False, classes="heading")
            yield LineInput(placeholder="type to search")
            yield ChoiceTable((Column("", most=48), Column("")))
            yield FixedText(id="found")
            yield Keys(show_command_palette=False)

    def on_mount(self) -> None:
        """The table is moved from the search line and never has the focus."""
        self.query_one(Table).can_focus = False
        self._search_for("", pause=0)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._take_when_found = False
        self._undecided = self._undecided if not event.value else ""
        self._search_for(event.value, pause=self.PAUSE)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        # The line itself takes enter, after every character that was typed before.
        event.stop()
        self.action_take()

    @on(ChoiceTable.Taken)
    def _clicked(self, event: ChoiceTable.Taken) -> None:
        event.stop()
        self.action_take()

    def _search_for(self, text: str, *, pause: float) -> None:
        if callable(self._source):
            self._ask(self._source, text, pause)
        else:
            self._show(text, best_first(self._source, text))

    @work(group="search", exclusive=True, exit_on_error=False)
    async def _ask(self, find: Callable[[str], Sequence[Choice]], text: str, pause: float) -> None:
        """Search once the typing pauses; what is typed meanwhile cancels this."""
        await asyncio.sleep(pause)
        self._set_text("Searching …")
        try:
            found = await asyncio.to_thread(find, text)
        except Exception as error:  # whatever it is, the picker stays and says so
            log.info("a search failed", exc_info=True)
            self._show(text, [])
            self._set_text(f"! {reason_of(error)}")
        else:
            self._show(text, found)

    def _show(self, text: str, found: Sequence[Choice]) -> None:
        self._found_for = text
        self._choices = found[:SHOWN]
        rows = [Row(number, (Content(c.words), foreign(c.note, "dim"))) for number, c in enumerate(self._choices)]
        self.query_one(Table).show(rows, key=0 if text else self._start())
        more = f"The first {SHOWN} of {len(found)}; type more." if len(found) > SHOWN else f"{len(found)} found."
        self._set_text((self._undecided or more) if found else NO_MATCH if text else self._empty)
        if self._take_when_found:
            self.action_take()

    def _start(self) -> int:
        """Where the cursor begins."""
        values = [choice.value for choice in self._choices]
        return values.index(self._current) if self._current in values else 0

    def _set_text(self, text: str) -> None:
        self.query_one("#found", FixedText).set_text(foreign(text))

    def action_take(self) -> None:
        """Close with the choice under the cursor; after quick typing, as soon as the list is that of the text."""
        if self._undecided and self._choices:
            self.app.bell()
            return
        key = self.query_one(Table).key
        self._take_when_found = self.query_one(Input).value != self._found_for
        if not self._take_when_found and key is not None and key < len(self._choices):
            self.dismiss(self._choices[key])

    def action_move(self, by: int) -> None:
        """Move the cursor; the first move of an undecided list takes the line that it stands on."""
        if self._undecided:
            self._undecided, by = "", 0
            self._set_text(f"{len(self._choices)} found.")
        self.query_one(Table).action_move(by)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a page."""
        self.query_one(Table).action_page(direction)
