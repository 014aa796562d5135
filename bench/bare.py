"""The smallest application that says something in Textual: the physical limit of a first picture."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Footer, Static

WORD = "ready"


class Bare(App[None]):
    """One word and a footer."""

    BINDINGS = [Binding("q", "quit", "Quit")]  # noqa: RUF012 - Textual has typed it

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static(WORD)
        yield Footer()


if __name__ == "__main__":
    Bare().run(mouse=False)
