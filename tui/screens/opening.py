"""Before there is anything to show: opening the home folder, and what is wrong when that fails."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from core.errors import CrossdockError
from tui.text import foreign
from tui.widgets.keys import Keys


class OpeningScreen(Screen[None]):
    """Says what is being opened; a migration of a large database may take a while."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Static(foreign(f"Opening {self._place} …"), markup=False, classes="sentence")


class TroubleScreen(Screen[None]):
    """An error that leaves nothing else to show: what happened, to what, and what to do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "app.open_again", "Try again", id="trouble.again", tooltip="After the cause was removed"),
    ]

    def __init__(self, error: CrossdockError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        """The error in its three parts."""
        with Vertical(classes="trouble"):
            yield Static("Crossdock cannot go on.", markup=False, classes="heading")
            if self.error.subject:
                yield Static(foreign(self.error.subject), markup=False, id="subject")
            yield Static(foreign(self.error.what, lines=True), markup=False, id="what")
            if self.error.next_step:
                yield Static(foreign(f"What to do: {self.error.next_step}", lines=True), markup=False, id="next_step")
        yield Keys(show_command_palette=False)
