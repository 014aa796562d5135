"""A pane of styled lines: logs that grow at the end, lists of problems, summaries.

Lines are wrapped once per width and only those in view are drawn. While a log grows the pane stays at its end, until
the reader scrolls up; from then on nothing moves under their eyes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from tui.widgets.quiet_focus import QuietScroll


@dataclass(frozen=True)
class Line:
    """One line before wrapping; what does not fit goes on `indent` cells from the left."""

    content: Content
    indent: int = 0


class TextPane(QuietScroll, can_focus=True, inherit_bindings=False):
    """Scrolling text. With `follow` it keeps to its end and says by a message when it stops or starts to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="text.up", tooltip="One line up"),
        Binding("down,j", "scroll_down", "Down", show=False, id="text.down", tooltip="One line down"),
        Binding("pageup", "page_up", "Page up", show=False, id="text.page_up"),
        Binding("pagedown,space", "page_down", "Page down", show=False, id="text.page_down"),
        Binding("home,g", "scroll_home", "First line", show=False, id="text.home"),
        Binding("end,G", "scroll_end", "Last line", show=False, id="text.end", tooltip="To the end; a log is followed"),
    ]
    DEFAULT_CSS = """
    TextPane {
        height: 1fr;
        overflow-x: hidden;
        /* A scroll bar that comes and goes would wrap and cut everything anew. */
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """
    KEPT = 5_000
    """Lines that are kept; older ones fall off the top."""

    @dataclass
    class Followed(Message):
        """The pane has begun (`following`) or stopped to keep to its end."""

        pane: TextPane
        following: bool

    def __init__(self, *, follow: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._follow = follow
        self.following = follow
        self._lines: list[Line] = []
        self._rows: list[Content] = []
        self._wrapped_for = 0
        self._drawn: dict[int, Content] = {}

    @property
    def plain(self) -> str:
        """Everything in the pane as plain text."""
        return "\n".join(line.content.plain for line in self._lines)

    @property
    def lines(self) -> Sequence[Line]:
        """Everything in the pane, before wrapping."""
        return self._lines

    def replace(self, lines: Sequence[Line]) -> None:
        """Show these lines in place of the old; the view stays where it is. Nothing is drawn if nothing changed."""
        if _same(lines, self._lines):
            return
        self._lines = list(lines)
        self._wrap()

    def append(self, lines: Sequence[Line]) -> None:
        """Add lines at the end."""
        if not lines:
            return
        self._lines.extend(lines)
        if len(self._lines) > self.KEPT:
            del self._lines[: len(self._lines) - self.KEPT]
            self._wrap()
        elif self._wrapped_for:
            first = len(self._rows)
            self._rows.extend(row for line in lines for row in _wrap(line, self._wrapped_for))
            self._grown()
            self.refresh_lines(first, len(self._rows) - first)

    def clear(self) -> None:
        """Empty the pane and begin again: at the end when it follows, else at the top."""
        self._lines, self._rows = [], []
        self._set_following(self._follow)
        self._grown()
        self.scroll_to(y=0, animate=False)
        self._redraw()

    def render_line(self, y: int) -> Strip:
        """Draw the line `y` of the view."""
        row = self._drawn[y] = self._row_at(y)
        width = self.scrollable_content_region.width
        strips = Visual.to_strips(self, row, width, 1, self.visual_style, pad=True)
        return strips[0] if strips else Strip.blank(width)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap again when the width changed, and stay at the end if that is where the pane was."""
        if self.scrollable_content_region.width != self._wrapped_for:
            self._wrap()
            self.refresh()
        elif self.following:
            self._to_end()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The reader moved: at the end the pane follows, elsewhere it does not."""
        super().watch_scroll_y(old_value, new_value)
        self._set_following(new_value >= self.max_scroll_y)

    def action_scroll_end(self) -> None:
        """Go to the end and follow."""
        self._set_following(True)
        self._to_end()

    def _set_following(self, following: bool) -> None:
        if self._follow and following != self.following:
            self.following = following
            self.post_message(self.Followed(self, following))

    def _wrap(self) -> None:
        width = self.scrollable_content_region.width
        before = self._wrapped_for, len(self._rows)
        self._wrapped_for = width
        # A hidden pane has no width; it wraps when it is shown.
        self._rows = [row for line in self._lines for row in _wrap(line, width)] if width else []
        if before != (width, len(self._rows)):  # else the scroll bar would be sent for nothing
            self._grown()
        self._redraw()

    def _row_at(self, y: int) -> Content:
        """What stands in the line `y` of the view."""
        number = y + self.scroll_offset.y
        return self._rows[number] if 0 <= number < len(self._rows) else Content("")

    def _redraw(self) -> None:
        """Send the lines whose content changed."""
        for y in range(self.size.height):
            drawn, row = self._drawn.get(y), self._row_at(y)
            if drawn is None:
                self.refresh_line(y + self.scroll_offset.y)
            elif not drawn.is_same(row):
                self.refresh_change(y, drawn, row)

    def _grown(self) -> None:
        was_following = self.following
        size = Size(self._wrapped_for, len(self._rows))
        if size == self.virtual_size:  # else the scroll bar would be sent, the same as before
            return
        # The pane's place on the screen never depends on its text, so the layout that comes with setting the
        # reactive attribute is spared: it would repaint the whole screen with every line.
        self.set_reactive(ScrollView.virtual_size, size)
        if self.is_mounted and self._wrapped_for:
            self._scroll_update(size)
            if was_following:
                self._to_end()

    def _to_end(self) -> None:
        self.scroll_to(y=self.max_scroll_y, animate=False)


def _wrap(line: Line, width: int) -> list[Content]:
    """The rows of a line, the second and later ones indented."""
    if line.content.cell_length <= width and "\n" not in line.content.plain:
        return [line.content]
    indent = line.indent if line.indent < width // 2 else 0
    head, rest = line.content[:indent], line.content[indent:]
    rows = rest.wrap(max(width - indent, 1))
    return [head + row if number == 0 else Content(" " * indent) + row for number, row in enumerate(rows)]


def _same(new: Sequence[Line], old: Sequence[Line]) -> bool:
    return len(new) == len(old) and all(
        one.indent == other.indent and one.content.is_same(other.content) for one, other in zip(new, old, strict=True)
    )
