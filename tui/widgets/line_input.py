"""The one line that people type into."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from tui.text import clean


class LineInput(Input):
    """One row high, with a cursor that does not blink (blinking costs 1.3 kB a second over SSH).

    Pasted text loses what is around it and what cannot be typed: line breaks, control characters, terminal sequences.
    """

    def __init__(
        self, value: str = "", *, placeholder: str = "", password: bool = False, id: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, password=password, compact=True, id=id, select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        # Terminals paste a copied line with its break; Textual's own would take the first line, which may be empty.
        event.stop()
        event.prevent_default()
        self.replace(clean(event.text.strip(), limit=10_000), *self.selection)
