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
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from tui.widgets.quiet_focus import QuietScroll

Cell = Content | Callable[[int], Content]
"""What stands in a cell; a function is given the column's width, for what can be said longer or shorter."""


@dataclass(frozen=True)
class Column:
    """A column as wide as its widest content between `least` and `most` cells; `most=0` takes the room left over.

    The width is that of the first page and stays: a table whose columns move while it scrolls cannot be read.
    """

    title: str
    least: int = 0
    most: int = 0
    right: bool = False
    wide: int = 0
    """Cells that the whole table has to have before this column is shown."""
    sorts: tuple[tuple[str, str], ...] = ()
    """The orders that a click on its heading goes through, each with its arrow."""


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

    @abstractmethod
    def is_read(self, place: int) -> bool:
        """Whether the row at a place has been read; else it is a placeholder."""


SEARCHED = 1_000
"""Rows above and below its old place in which a row is looked for again; the whole table may be too long."""

FITTED = 200
"""Rows that are looked at for the width of the columns."""

CURSOR, MARKED = ">", "*"
"""Stand before the row under the cursor and before marked ones, so that both are found without colours too."""


class Table(QuietScroll, can_focus=True, inherit_bindings=False):
    """Rows under a heading line, with a cursor that stays on its row when others come and go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="table.up", tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", show=False, id="table.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="table.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="table.page_down"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("space", "mark", "Mark", show=False, id="table.mark", tooltip="Choose the row beside others, or not"),
        Binding("shift+up,K", "extend(-1)", "Mark up", show=False, id="table.mark_up", tooltip="Mark row by row"),
        Binding("shift+down,J", "extend(1)", "Mark down", show=False, id="table.mark_down", tooltip="Mark row by row"),
        Binding("ctrl+a", "mark_all", "Mark all", show=False, id="table.mark_all", tooltip="Mark all that is listed"),
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

    @dataclass
    class SortAsked(Message):
        """A heading was clicked that stands for this order."""

        table: Table
        sort: str

    def __init__(self, columns: Sequence[Column], *, marks: bool = False, id: str | None = None) -> None:
        """With `marks`, rows can be chosen for an action on several."""
        super().__init__(id=id)
        self._marks = marks
        self.marked: frozenset[int] = frozenset()
        self._rows: Sequence[Row] = ()
        self._drawn: dict[int, Content] = {}
        self._posted: int | None = None
        self._sort = ""
        self._anchor: tuple[int, frozenset[int]] | None = None
        """Where rows began to be marked one after the other, and what was marked before."""
        self._is_just_focused = False
        self._nothing = ""
        self.arrange(columns)

    @property
    def key(self) -> int | None:
        """The key of the row under the cursor."""
        return self._key_at(self.cursor) if self.cursor < len(self._rows) else None

    @property
    def in_view(self) -> range:
        """The places of the rows in view."""
        top = self.scroll_offset.y
        return range(min(top, len(self._rows)), min(top + self._page, len(self._rows)))

    def arrange(self, columns: Sequence[Column]) -> None:
        """Have other columns, for the rows that are shown next."""
        self._columns = columns
        self._widths = [max(column.least, len(column.title)) for column in columns]
        self._is_fitted = False
        self._rows = ()

    @property
    def shown(self) -> list[int]:
        """The numbers of the columns that there is room for."""
        width = self.scrollable_content_region.width
        return [number for number, column in enumerate(self._columns) if width >= column.wide]

    def show_sort(self, sort: str) -> None:
        """Say by an arrow in its heading which order the rows are in."""
        self._sort = sort
        self._redraw()

    def say_when_empty(self, sentence: str) -> None:
        """What stands in place of rows while there are none."""
        self._nothing = sentence
        self._redraw()

    def mark(self, keys: Set[int]) -> None:
        """Mark these rows and no others."""
        self._anchor = None
        if keys != self.marked:
            self.marked = frozenset(keys)
            self._redraw()
            self.post_message(self.MarksChanged(self))

    def show(self, rows: Sequence[Row], *, key: int | None = None) -> None:
        """Show these rows with the cursor on `key`, else on the row it was on, else as near as may be."""
        wanted = self._posted if key is None else key
        # Whoever scrolled away from the cursor reads on there.
        follows = key is not None or not self._rows or self.cursor in self.in_view
        self._rows = rows
        place = self._place_of(wanted)
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        self.set_reactive(Table.cursor, place)
        if follows:
            self._into_view()
        self._widen()
        self._redraw()
        self._post_highlighted()

    def render_line(self, y: int) -> Strip:
        """Draw the line `y` of the view; the first is the heading and does not scroll."""
        width = self.scrollable_content_region.width
        content = self._line(y)
        self._drawn[y] = content
        strips = Visual.to_strips(self, content, width, 1, self._style_of(y), pad=True)
        return strips[0] if strips else Strip.blank(width)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two rows anew, bring the new one into view and tell the screen."""
        self._anchor = None
        self._into_view()
        self._redraw(force={self._y_of(old), self._y_of(new)})
        self._post_highlighted()

    def on_focus(self) -> None:
        """The heading and the cursor look different with the focus."""
        self._is_just_focused = True
        self._redraw(force={0, self._y_of(self.cursor)})

    def on_blur(self) -> None:
        """The heading and the cursor look different without the focus."""
        self._redraw(force={0, self._y_of(self.cursor)})

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view, and fit the columns if there was no room before."""
        self._into_view()
        self._widen()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """To the row that was clicked; clicked again it opens as by enter. Before the row it is marked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        event.stop()
        was_elsewhere, self._is_just_focused = self._is_just_focused, False
        place = offset.y - 1 + self.scroll_offset.y
        if offset.y == 0:
            self._click_heading(offset.x)
        elif place < len(self._rows):
            is_again = place == self.cursor and not was_elsewhere
            self.cursor = place
            if self._marks and (event.ctrl or offset.x < len(CURSOR + MARKED)) and self.key is not None:
                self.mark(self.marked ^ {self.key})
            elif is_again or event.chain > 1:
                self.app.simulate_key("enter")

    def action_extend(self, by: int) -> None:
        """Go on by so many rows, and mark what lies between here and where that began."""
        if self.key is None:
            return
        start, before = self._anchor or (self.key, self.marked)
        self.action_move(by)
        first = self._found(start)
        ends = sorted((self.cursor if first is None else first, self.cursor))
        self.mark(before | {self._key_at(place) for place in range(ends[0], ends[1] + 1)})
        self._anchor = start, before

    def action_mark_all(self) -> None:
        """Mark all that is listed, read or not; all of it marked already, take the marks away."""
        every = frozenset(map(self._key_at, range(len(self._rows))))
        self.mark(self.marked - every if every <= self.marked else self.marked | every)

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
        if action in ("mark", "mark_all", "extend"):
            return self._marks
        return super().check_action(action, parameters)

    # -- inside ---------------------------------------------------------------------------------------------

    @property
    def _page(self) -> int:
        """Rows in view; the heading takes one line."""
        return max(self.scrollable_content_region.height - 1, 1)

    def _key_at(self, place: int) -> int:
        return self._rows.key_at(place) if isinstance(self._rows, PlacedRows) else self._rows[place].key

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

    def _post_highlighted(self) -> None:
        if self.key is not None and self.key != self._posted:
            self._posted = self.key
            self.post_message(self.Highlighted(self, self.key))

    def _redraw(self, force: Set[int] = frozenset()) -> None:
        """Send the lines whose content changed, and those in `force`."""
        for y in range(self.size.height):
            drawn, line = self._drawn.get(y), self._line(y)
            if y in force or drawn is None:
                self.refresh_line(y + self.scroll_offset.y)
            elif not drawn.is_same(line):
                self.refresh_change(y, drawn, line)

    def _line(self, y: int) -> Content:
        if y == 0:
            return self._join("  ", [self._title(column) for column in self._columns])
        place = y - 1 + self.scroll_offset.y
        if not self._rows and place == 1:
            return Content(f"  {self._nothing}")
        if place >= len(self._rows):
            return Content("")
        row = self._rows[place]
        here = CURSOR if place == self.cursor else " "
        line = self._join(here + (MARKED if row.key in self.marked else " "), row.cells)
        # Tones are chosen for the background of the list; on that of the cursor they would be hard to read.
        return Content(line.plain) if place == self.cursor and self.has_focus else line

    def _title(self, column: Column) -> Content:
        arrow = dict(column.sorts).get(self._sort, "")
        return Content(f"{column.title} {arrow}" if arrow else column.title)

    def _click_heading(self, x: int) -> None:
        """Ask for the order that the heading at `x` stands for, or the next of them."""
        left = len(CURSOR + MARKED)
        for number, room in self._rooms():
            if left <= x <= left + room and self._columns[number].sorts:
                sorts = [sort for sort, _ in self._columns[number].sorts]
                at = sorts.index(self._sort) + 1 if self._sort in sorts else 0
                self.post_message(self.SortAsked(self, sorts[at % len(sorts)]))
            left += room + 1

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
        parts: list[Content] = []
        for number, room in self._rooms():
            cell = cells[number]
            content = cell(room) if callable(cell) else cell
            content = content.truncate(room, ellipsis=True)
            gap = room - content.cell_length
            parts.append(content.pad_left(gap) if self._columns[number].right else content.pad_right(gap))
        return Content(mark) + Content(" ").join(parts)

    def _rooms(self) -> list[tuple[int, int]]:
        """The numbers of the columns that are shown, and the cells that each of them has.

        What is left over is the first column's where the one that takes it is not shown.
        """
        shown = self.shown
        widths = {number: self._widths[number] if self._columns[number].most else 0 for number in shown}
        rest = self.scrollable_content_region.width - len(CURSOR + MARKED) - len(shown) + 1 - sum(widths.values())
        taker = next((number for number in shown if not self._columns[number].most), shown[0] if shown else 0)
        return [(number, width + max(rest, 0) if number == taker else width) for number, width in widths.items()]

    def _widen(self) -> None:
        """Give each column the room of its widest cell."""
        for row in self._sample():
            for number, (column, cell) in enumerate(zip(self._columns, row.cells, strict=True)):
                if column.most and isinstance(cell, Content):
                    self._widths[number] = max(self._widths[number], min(cell.cell_length, column.most))

    def _sample(self) -> Sequence[Row]:
        """What decides about the widths: the beginning of a short list; of a long one the first page that was read."""
        if not isinstance(self._rows, PlacedRows):
            return self._rows[:FITTED]
        view = self.in_view
        if self._is_fitted or not self.size or not view or not all(map(self._rows.is_read, view)):
            return ()
        self._is_fitted = True
        return self._rows[view.start : view.stop]
