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
from tui.widgets.choice import Choice, Scalar
from tui.widgets.fixed import FixedText
from tui.widgets.keys import Keys
from tui.widgets.line_input import LineInput
from tui.widgets.table import Column, Row, Table

log = logging.getLogger(__name__)

Source = Sequence[Choice] | Callable[[str], Sequence[Choice]]
"""A list at hand, searched at once; or a function that gives what fits a text, best first, and runs in a thread."""

SHOWN = 300
"""Choices that are shown; nobody reads more, and typing narrows them."""


class Pick(ModalScreen[Choice | None]):
    """Gives the choice that was taken, or None when it was left."""

    PAUSE: ClassVar[float] = 0.15
    """Real seconds without a key before the search begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,f2", "take", "Take", id="pick.take", tooltip="Take the choice under the cursor"),
        Binding("up", "move(-1)", "Up", show=False, id="pick.up"),
        Binding("down", "move(1)", "Down", show=False, id="pick.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="pick.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="pick.page_down"),
        Binding("escape", "dismiss(None)", "Leave", id="pick.leave", tooltip="Back without a choice"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self, title: str, source: Source, *, current: Scalar | None = None, empty: str = "Nothing fits. Type less."
    ) -> None:
        """`title` may hold foreign text; `empty` is said when nothing is found."""
        super().__init__()
        self._title = title
        self._source = source
        self._current = current
        self._empty = empty
        self._choices: Sequence[Choice] = ()
        self._found_for: str | None = None
        self._take_when_found = False

    def compose(self) -> ComposeResult:
        """Title, search line, what was found."""
        with Vertical(classes="box"):
            yield Static(foreign(self._title), markup=False, classes="heading")
            yield LineInput(placeholder="type to search")
            yield Table((Column("", most=48), Column("")))
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
        self._search_for(event.value, pause=self.PAUSE)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        # The line itself takes enter, after every character that was typed before.
        event.stop()
        self.action_take()

    def _search_for(self, text: str, *, pause: float) -> None:
        if callable(self._source):
            self._ask(self._source, text, pause)
        else:
            self._show(text, [choice for choice in self._source if choice.fits(text)])

    @work(group="search", exclusive=True, exit_on_error=False)
    async def _ask(self, find: Callable[[str], Sequence[Choice]], text: str, pause: float) -> None:
        """Search once the typing pauses; what is typed meanwhile cancels this."""
        await asyncio.sleep(pause)
        self._say("Searching …")
        try:
            found = await asyncio.to_thread(find, text)
        except Exception as error:  # whatever it is, the picker stays and says so
            log.info("a search failed", exc_info=True)
            self._show(text, [])
            self._say(f"! {reason_of(error)}")
        else:
            self._show(text, found)

    def _show(self, text: str, found: Sequence[Choice]) -> None:
        self._found_for = text
        self._choices = found[:SHOWN]
        values = [choice.value for choice in self._choices]
        at = values.index(self._current) if self._current in values else 0
        rows = [Row(number, (Content(c.words), foreign(c.note, "dim"))) for number, c in enumerate(self._choices)]
        self.query_one(Table).show(rows, key=at)
        more = f"The first {SHOWN} of {len(found)}; type more." if len(found) > SHOWN else f"{len(found)} found."
        self._say(more if found else self._empty)
        if self._take_when_found:
            self.action_take()

    def _say(self, text: str) -> None:
        self.query_one("#found", FixedText).say(foreign(text))

    def action_take(self) -> None:
        """Close with the choice under the cursor; after quick typing, as soon as the list is that of the text."""
        key = self.query_one(Table).key
        self._take_when_found = self.query_one(Input).value != self._found_for
        if not self._take_when_found and key is not None and key < len(self._choices):
            self.dismiss(self._choices[key])

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.query_one(Table).action_move(by)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a page."""
        self.query_one(Table).action_page(direction)
