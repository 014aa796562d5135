"""A tree in a table: only lines in view are drawn, as in every list; the mark before a name opens by a click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from textual import events
from textual.message import Message

from tui.screens.mapping.trees import TreeLine
from tui.widgets.table import Column, PlacedRows, Row, Table

OPEN, CLOSED = "▾", "▸"
_BEFORE = 4
"""Cells before the name of a line at the top: those of the table, and the state of the line."""
_STEP = 2


def indent(line: TreeLine[Any]) -> str:
    """What stands before a name: the depth, and whether the line is open."""
    return " " * (_STEP * line.depth) + {True: f"{OPEN} ", False: f"{CLOSED} ", None: "  "}[line.is_open]


class TreeRows(PlacedRows):
    """The lines of a tree as rows, each made when it comes into view."""

    def __init__(self, lines: Sequence[TreeLine[Any]], cells: Callable[[Any], tuple[Any, ...]]) -> None:
        self.lines = lines
        self._cells = cells
        self._places = {line.key: place for place, line in enumerate(lines)}

    def key_at(self, place: int) -> int:
        """The key of the line at a place."""
        return self.lines[place].key

    def place_of(self, key: int) -> int | None:
        """Where a line stands."""
        return self._places.get(key)

    def is_read(self, place: int) -> bool:
        """All are."""
        return True

    def __len__(self) -> int:
        return len(self.lines)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self.lines)))]
        line = self.lines[place]
        return Row(line.key, self._cells(line))


class TreeTable(Table):
    """Shows the lines of one side."""

    @dataclass
    class Turned(Message):
        """The mark that opens and closes the line under the cursor was clicked."""

        tree: TreeTable

    def __init__(self, columns: Sequence[Column], cells: Callable[[Any], tuple[Any, ...]], *, id: str) -> None:
        super().__init__(columns, id=id)
        self._cells = cells
        self.lines: Sequence[TreeLine[Any]] = ()

    def show_lines(self, lines: Sequence[TreeLine[Any]], key: int | None = None) -> None:
        """Show these lines; the cursor stays on its own, or goes to `key`."""
        self.lines = lines
        self.show(TreeRows(lines, self._cells), key=key)

    @property
    def line(self) -> TreeLine[Any] | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def on_click(self, event: events.Click) -> None:
        """A click on the mark opens or closes; elsewhere it does what it does in every list."""
        offset = event.get_content_offset(self)
        place = offset.y - 1 + self.scroll_offset.y if offset is not None and offset.y else len(self.lines)
        if offset is None or place >= len(self.lines):
            return
        line = self.lines[place]
        start = _BEFORE + _STEP * line.depth
        if line.is_open is not None and start <= offset.x < start + _STEP:
            event.stop()
            event.prevent_default()
            self.cursor = place
            self.post_message(self.Turned(self))
