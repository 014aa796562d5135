"""A bordered pane: a title and a count in its upper edge, which shows where the focus is, around any widgets.

Panes that stand together in `Panes` can be zoomed: one of them takes the room of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.text import foreign

_AROUND = 4
"""Cells of an edge about a label: corner, blanks, and one of the line."""


class Pane(Container):
    """Draws its edges itself, so that another title, count or focus sends the edges and nothing that lies within.

    Textual's own border would draw the whole pane anew for each of them, and has no place for a count beside the title.
    """

    DEFAULT_CSS = """
    Pane {
        height: 1fr;
        padding: 1;
        layout: vertical;
        & > .pane--edge { color: $foreground 35%; }
        & > .pane--edge-focused { color: $primary; }
        & > .pane--title { color: $text-muted; }
        & > .pane--title-focused { color: $text; text-style: bold; }
        &:ansi > .pane--edge { color: ansi_default; text-style: dim; }
        &:ansi > .pane--title { color: ansi_default; }
        &:ansi > .pane--title-focused { color: ansi_default; text-style: bold; }
        &:ansi > .pane--edge-focused { color: ansi_blue; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pane--edge",
        "pane--edge-focused",
        "pane--title",
        "pane--title-focused",
    }

    def __init__(
        self, *children: Widget, title: str | Content = "", id: str | None = None, classes: str | None = None
    ) -> None:
        """`title` may be foreign text: as a string it is shown as it is."""
        super().__init__(*children, id=id, classes=classes)
        self._title = _content(title)
        self._count = Content("")
        self._is_focused = False

    @property
    def title(self) -> str:
        """What stands at the left of the upper edge."""
        return self._title.plain

    @property
    def count(self) -> str:
        """What stands at its right."""
        return self._count.plain

    def set_title(self, title: str | Content) -> None:
        """Name what the pane shows."""
        old, self._title = self._title, _content(title)
        if not old.is_same(self._title):
            self._refresh_label(-1, max(old.cell_length, self._title.cell_length))

    def set_count(self, count: str | Content) -> None:
        """Say how much of it there is: "12 of 214", "live"."""
        old, self._count = self._count, _content(count)
        if not old.is_same(self._count):
            # A longer count leaves the title less room.
            self._refresh_label(-1, self.outer_size.width if old.cell_length != self._count.cell_length else 0)
            self._refresh_label(self.outer_size.width - self._count.cell_length - _AROUND - 1, self._count.cell_length)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The edges, and blanks beneath what lies within."""
        _, background = self.background_colors
        strips = [self._line(y) for y in crop.line_range]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return [strip.crop(crop.x, crop.right) for strip in strips]

    def on_descendant_focus(self) -> None:
        """The keys go to something within."""
        self._show_focus(True)

    def on_descendant_blur(self) -> None:
        """The keys go elsewhere."""
        self._show_focus(False)

    def on_click(self, event: events.Click) -> None:
        """A click on the edge leads into the pane."""
        inside = next((child for child in self.query("*") if child.focusable), None)
        if inside is not None and event.widget is self:
            self.screen.set_focus(inside)

    # -- inside ---------------------------------------------------------------------------------------------

    def _show_focus(self, is_focused: bool) -> None:
        if is_focused != self._is_focused:
            self._is_focused = is_focused
            self.refresh(*self._edges())

    def _refresh_label(self, left: int, cells: int) -> None:
        """Draw what the upper edge says from a column on, with the blanks and the line about it."""
        if self.is_attached and cells:
            self.refresh(Region(left, -1, min(cells + _AROUND, self.outer_size.width - left - 1), 1))

    def _edges(self) -> Sequence[Region]:
        """Where the edges lie, seen from what they enclose; the upper one first."""
        width, height = self.outer_size
        sides = [Region(x, 0, 1, max(height - 2, 0)) for x in (-1, width - 2)]
        return [Region(-1, -1, width, 1), Region(-1, height - 2, width, 1), *sides]

    def _line(self, y: int) -> Strip:
        width, height = self.outer_size
        edge = self.get_visual_style("pane--edge-focused" if self._is_focused else "pane--edge")
        if y == 0:
            content = self._top(width)
        elif y == height - 1:
            content = Content(f"╰{'─' * (width - 2)}╯")
        else:
            content = Content(f"│{' ' * (width - 2)}│")
        strips = Visual.to_strips(self, content, width, 1, edge, pad=True)
        return strips[0] if strips else Strip.blank(width)

    def _top(self, width: int) -> Content:
        """Title and count between the corners; without room for both the title is cut."""
        named = self.get_visual_style("pane--title-focused" if self._is_focused else "pane--title")
        room = max(width - 4, 0)
        count = _spaced(self._count.truncate(room, ellipsis=True))
        title = _spaced(self._title.truncate(max(room - count.cell_length - 2, 0), ellipsis=True))
        fill = "─" * (width - 2 - title.cell_length - count.cell_length)
        return Content.assemble("╭", title.stylize_before(named), fill, count.stylize_before(named), "╮")


class Panes(Container):
    """Panes of which one can be looked at alone; while the keys go to another, that is the one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "zoom", "Zoom", show=False, id="panes.zoom", tooltip="Give this pane all the room, or not"),
        Binding("escape", "unzoom", "Back", show=False, id="panes.back", tooltip="All panes again"),
    ]
    DEFAULT_CSS = """
    Panes { height: 1fr; layout: vertical; }
    """

    @property
    def is_zoomed(self) -> bool:
        """Whether one pane has all the room."""
        return self.has_class("-zoomed")

    def action_zoom(self) -> None:
        """Give the pane with the focus all the room, or all their own again."""
        if self.is_zoomed:
            self.action_unzoom()
        else:
            self.add_class("-zoomed")
            self._follow_focus()

    def action_unzoom(self) -> None:
        """Show all panes again."""
        self.remove_class("-zoomed")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a zoom, escape means what it means to the screen."""
        return self.is_zoomed if action == "unzoom" else super().check_action(action, parameters)

    def on_descendant_focus(self) -> None:
        """Another pane has the keys."""
        if self.is_zoomed:
            self._follow_focus()

    def _follow_focus(self) -> None:
        for pane in self.query(Pane):
            pane.set_class(self.screen.focused in pane.query("*"), "-zoomed")


def _content(text: str | Content) -> Content:
    return foreign(text) if isinstance(text, str) else text


def _spaced(content: Content) -> Content:
    return content.pad_left(1).pad_right(1) if content else content
