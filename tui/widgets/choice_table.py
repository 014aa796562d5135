"""The list of a picker: a click puts the cursor on a row, a second one takes it."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message

from tui.widgets.table import Table


class ChoiceTable(Table):
    """A table of choices."""

    @dataclass
    class Taken(Message):
        """A row was clicked twice."""

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row under the mouse; the heading has none."""
        event.stop()
        event.prevent_default()
        place = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and place < len(self._rows):
            self.action_move(place - self.cursor)
            if event.chain == 2:
                self.post_message(self.Taken())
