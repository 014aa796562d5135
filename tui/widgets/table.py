"""A table of any length: only the rows in view are asked for and drawn, and only lines that changed are sent.

`rows` may be a list, or any sequence that reads a page of the database when it is asked for a row.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from tui.widgets.quiet_focus import QuietFocus

Cell = Content | Callable[[int], Content]
"""What stands in a cell; a function is given the column's width, for what can be said longer or shorter."""


@dataclass(frozen=True)
class Column:
    """A column as wide as its widest content between `least` and `most` cells; `most=0` takes the room left over."""

    title: str
    least: int = 0
    most: int = 0
    right: bool = False


@dataclass(frozen=True)
class Row:
    """One row; `key` tells it from others when rows come and go."""

    key: int
    cells: tuple[Cell, ...]


class PlacedRows(Sequence[Row]):
    """Rows that know by themselves where each of them stands, without being asked for one after the other."""

    @abstractmethod
    def key_at(self, place: int) -> int:
        """The key of the row at a place; the row itself may not have been read."""

    @abstractmethod
    def place_of(self, key: int) -> int | None:
        """The place of the row with this key, if there is one."""


SEARCHED = 1_000
"""Rows above and below its old place in which a row is looked for again; the whole table may be too long."""

CURSOR, MARKED = ">", "*"
"""Stand before the row under the cursor and before marked ones, so that both are found without colours too."""


class Table(QuietFocus, ScrollView, can_focus=True, inherit_bindings=False):
    """Rows under a heading line, with a cursor that stays on its row when others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("space", "mark", "Mark", show=False, id="table.mark", tooltip="Choose the row beside others, or not"),
    ]
    DEFAULT_CSS = """
    Table {
        height: 1fr;
        overflow-x: hidden;
        /* A scroll bar that comes and goes would wrap and cut everything anew. */
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--heading",
        "table--heading-focused",
        "table--cursor",
        "table--cursor-away",
    }

    cursor = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message):
        """The cursor stands on another row."""

        table: Table
        key: int

        @property
        def control(self) -> Table:
            """As Textual's own messages name it."""
            return self.table

    @dataclass
    class MarksChanged(Message):
        """Other rows are marked."""

        table: Table

    def __init__(self, columns: Sequence[Column], *, marks: bool = False, id: str | None = None) -> None:
        """With `marks`, rows can be chosen for an action on several."""
        super().__init__(id=id)
        self._marks = marks
        self.marked: frozenset[int] = frozenset()
        self._columns = columns
        self._widths = [max(column.least, len(column.title)) for column in columns]
        self._rows: Sequence[Row] = ()
        self._drawn: dict[int, Content] = {}
        self._told: int | None = None

    @property
    def key(self) -> int | None:
        """The key of the row under the cursor."""
        if self.cursor >= len(self._rows):
            return None
        return self._rows.key_at(self.cursor) if isinstance(self._rows, PlacedRows) else self._rows[self.cursor].key

    @property
    def in_view(self) -> range:
        """The places of the rows in view."""
        top = self.scroll_offset.y
        return range(min(top, len(self._rows)), min(top + self._page, len(self._rows)))

    def arrange(self, columns: Sequence[Column]) -> None:
        """Have other columns, for the rows that are shown next."""
        self._columns = columns
        self._widths = [max(column.least, len(column.title)) for column in columns]
        self._rows = ()

    def mark(self, keys: Set[int]) -> None:
        """Mark these rows and no others."""
        if keys != self.marked:
            self.marked = frozenset(keys)
            self._redraw()
            self.post_message(self.MarksChanged(self))

    def show(self, rows: Sequence[Row], *, key: int | None = None) -> None:
        """Show these rows with the cursor on `key`, else on the row it was on, else as near as may be."""
        wanted = self._told if key is None else key
        self._rows = rows
        place = self._place_of(wanted)
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        self.set_reactive(Table.cursor, place)
        self._into_view()
        self._widen()
        self._redraw()
        self._tell()

    def render_line(self, y: int) -> Strip:
        """Draw the line `y` of the view; the first is the heading and does not scroll."""
        width = self.scrollable_content_region.width
        content = self._line(y)
        self._drawn[y] = content
        strips = Visual.to_strips(self, content, width, 1, self._style_of(y), pad=True)
        return strips[0] if strips else Strip.blank(width)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two rows anew, bring the new one into view and tell the screen."""
        self._into_view()
        self._redraw(force={self._y_of(old), self._y_of(new)})
        self._tell()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Make room for the rows that came into view."""
        super().watch_scroll_y(old_value, new_value)
        self._widen()

    def on_focus(self) -> None:
        """The heading and the cursor look different with the focus."""
        self._redraw(force={0, self._y_of(self.cursor)})

    def on_blur(self) -> None:
        """The heading and the cursor look different without the focus."""
        self._redraw(force={0, self._y_of(self.cursor)})

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view, and make room for the rows that came into view."""
        self._into_view()
        self._widen()
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.cursor = max(min(self.cursor + by, len(self._rows) - 1), 0)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a page."""
        self.action_move(direction * max(self._page - 1, 1))

    def action_first(self) -> None:
        """To the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """To the last row."""
        self.action_move(len(self._rows))

    def action_mark(self) -> None:
        """Mark the row or take its mark away, and go on to the next."""
        if self.key is not None:
            self.mark(self.marked ^ {self.key})
            self.action_move(1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only some tables have marks."""
        return self._marks if action == "mark" else super().check_action(action, parameters)

    # -- inside ---------------------------------------------------------------------------------------------

    @property
    def _page(self) -> int:
        """Rows in view; the heading takes one line."""
        return max(self.scrollable_content_region.height - 1, 1)

    def _y_of(self, place: int) -> int:
        return place + 1 - self.scroll_offset.y

    def _place_of(self, key: int | None) -> int:
        place = self._found(key)
        return min(self.cursor, max(len(self._rows) - 1, 0)) if place is None else place

    def _found(self, key: int | None) -> int | None:
        if isinstance(self._rows, PlacedRows):
            return None if key is None else self._rows.place_of(key)
        nearby = range(max(self.cursor - SEARCHED, 0), min(self.cursor + SEARCHED, len(self._rows)))
        return next((place for place in nearby if self._rows[place].key == key), None)

    def _into_view(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + self._page:
            self.scroll_to(y=self.cursor - self._page + 1, animate=False)

    def _tell(self) -> None:
        if self.key is not None and self.key != self._told:
            self._told = self.key
            self.post_message(self.Highlighted(self, self.key))

    def _redraw(self, force: Set[int] = frozenset()) -> None:
        """Send the lines whose content changed, and those in `force`."""
        for y in range(self.size.height):
            drawn = self._drawn.get(y)
            if y in force or drawn is None or not drawn.is_same(self._line(y)):
                self.refresh_line(y + self.scroll_offset.y)

    def _line(self, y: int) -> Content:
        if y == 0:
            titles = [Content(column.title) for column in self._columns]
            return self._join("  ", titles)
        place = y - 1 + self.scroll_offset.y
        if place >= len(self._rows):
            return Content("")
        row = self._rows[place]
        here = CURSOR if place == self.cursor else " "
        return self._join(here + (MARKED if row.key in self.marked else " "), row.cells)

    def _style_of(self, y: int) -> Style:
        name = self._part_at(y)
        if not name:
            return self.visual_style
        style = self.get_visual_style(name)
        # Textual leaves this one out for parts of a widget; without colours it is what shows the cursor.
        return style + Style(reverse=True) if self.get_component_styles(name).text_style.reverse else style

    def _part_at(self, y: int) -> str:
        if y == 0:
            return "table--heading-focused" if self.has_focus else "table--heading"
        if self._rows and y == self._y_of(self.cursor):
            return "table--cursor" if self.has_focus else "table--cursor-away"
        return ""

    def _join(self, mark: str, cells: Sequence[Cell]) -> Content:
        rest = self.scrollable_content_region.width - len(mark) - len(cells) + 1 - sum(self._fixed())
        parts: list[Content] = []
        for column, width, cell in zip(self._columns, self._widths, cells, strict=True):
            room = width if column.most else max(rest, 0)
            content = cell(room) if callable(cell) else cell
            content = content.truncate(room, ellipsis=True)
            gap = room - content.cell_length
            parts.append(content.pad_left(gap) if column.right else content.pad_right(gap))
        return Content(mark) + Content(" ").join(parts)

    def _fixed(self) -> list[int]:
        return [width for column, width in zip(self._columns, self._widths, strict=True) if column.most]

    def _widen(self) -> None:
        """Columns grow with what has been in view and never shrink: a table that breathes cannot be read."""
        top = self.scroll_offset.y
        for row in self._rows[top : top + self._page + 1]:
            for number, (column, cell) in enumerate(zip(self._columns, row.cells, strict=True)):
                if column.most and isinstance(cell, Content):
                    self._widths[number] = max(self._widths[number], min(cell.cell_length, column.most))
