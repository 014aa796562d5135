"""The first line of every place: where one can go, where one is, who one is, and whether all writes are stopped."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from tui.places import PLACES, Place
from tui.text import clean
from tui.widgets.fixed import FittedText

STOPPED = "STOPPED"

_LEAST_NAME = 6
"""Cells of the operator's name that are worth showing."""


class Title(FittedText):
    """The title line; it reads place and title from the application and is told about stopped writes."""

    def __init__(self, operator: str) -> None:
        super().__init__(id="title")
        self._operator = operator

    def on_mount(self) -> None:
        """Fill in the line."""
        self.show(stopped=False)

    def show(self, *, stopped: bool) -> None:
        """Say whether all writes are stopped."""
        here, title = self.app.current_mode, self.app.title
        self.fit(lambda width: title_line(PLACES, here, title, self._operator, stopped, width))


def title_line(places: Sequence[Place], here: str, title: str, operator: str, stopped: bool, width: int) -> Content:
    """The line in `width` cells; what does not fit goes: the title first, then the operator, then titles of places.

    Brackets and another style mark the place one is at; STOPPED is never left out.
    """
    state = Content.styled(f" {STOPPED}", "$text-error bold reverse") if stopped else Content("")
    room = width - state.cell_length
    line = _places(places, here, short=False)
    if line.cell_length > room:
        line = _places(places, here, short=True)
    name = Content(clean(operator).strip())
    head = Content.styled(f" {clean(title)} ", "bold")
    if head.cell_length + line.cell_length + 1 + name.cell_length <= room:
        line = head + line
    left = room - line.cell_length - 1
    name = name.truncate(left, ellipsis=True) if left >= _LEAST_NAME else Content("")
    return line.pad_right(max(room - line.cell_length - name.cell_length, 0)) + name + state


def _places(places: Sequence[Place], here: str, *, short: bool) -> Content:
    """One cell between two places, which the brackets of the current one take, so that nothing moves."""
    parts = [Content("[" if places[0].name == here else " ")]
    for place, following in zip(places, [*places[1:], None], strict=True):
        current = place.name == here
        label = f"{place.key} {place.title}" if current or not short else place.key
        between = "]" if current else "[" if following and following.name == here else " "
        parts.append(Content.styled(label, "bold") if current else Content(label))
        parts.append(Content(between))
    return Content("").join(parts)
