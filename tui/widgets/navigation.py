"""Where one can go: as a rail beside the screen, or as a strip of short names above it where that takes too much room.

Both say by a number what waits in a place, and both can be clicked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from textual.content import Content

from core.status import Status
from tui.screen_list import PLACES, Place
from tui.widgets.click_text import ClickText, clickable

BADGES: Mapping[str, Callable[[Status], int]] = {
    "problems": lambda status: status.needs_person,
    "jobs": lambda status: status.active_jobs,
}
"""What the number beside a place counts, by the name of its first screen."""


RAIL_WIDTH = 16
"""Cells within the border of the rail, as in the style sheet: it is drawn before it is laid out."""


class Rail(ClickText):
    """The places under each other, in groups."""

    def __init__(self) -> None:
        super().__init__(id="rail")
        self.border_title = "Go to"

    def show(self, status: Status | None) -> None:
        """Bring the numbers up to date."""
        self.set_text(rail(PLACES, self.app.current_mode, status or Status(), RAIL_WIDTH))


def rail(places: Sequence[Place], here: str, status: Status, width: int) -> Content:
    """The rail in `width` cells: a bar marks the place one is at."""
    lines: list[Content] = []
    group = ""
    for place in places:
        if place.group != group:
            group = place.group
            lines.append(Content.styled(f"  {group.upper()}", "$text-muted"))
        lines.append(_rail_line(place, place.has(here), status, width))
    return Content("\n").join(lines)


def strip(places: Sequence[Place], here: str, status: Status, width: int, *, beside: int = 0) -> Content:
    """The strip in at most `width` cells, if that can be: with titles, short names, or digits alone.

    For whole titles `beside` cells have to be left over; short names take these as well.
    """
    full, short, digits = (_strip(places, here, status, name) for name in (_full, _short, _digit))
    if full.cell_length + beside <= width:
        return full
    return short if short.cell_length <= width else digits


def _rail_line(place: Place, is_here: bool, status: Status, width: int) -> Content:
    count = _count(place, status)
    number = f"{count:,}" if count else ""
    name = f"{place.key} {place.title}".ljust(width - 2 - len(number))
    text = Content.assemble(
        ("▌" if is_here else " ", "$primary"), " ", (name, "bold" if is_here else ""), (number, "$text-warning")
    )
    return clickable(text, place_action(place))


def _strip(places: Sequence[Place], here: str, status: Status, name: Callable[[Place], str]) -> Content:
    """One cell between two places, which the bars beside the current one take, so that nothing else moves."""
    parts: list[Content] = []
    is_after = False
    for place in places:
        is_here = place.has(here)
        parts.append(Content.styled("▐" if is_here else "▌" if is_after else " ", "$primary"))
        count = _count(place, status)
        text = Content.styled(_full(place), "bold") if is_here else Content(name(place))
        badge = Content.styled(f"·{count}", "$text-warning") if count else Content("")
        parts.append(clickable(text + badge, place_action(place)))
        is_after = is_here
    parts.append(Content.styled("▌" if is_after else " ", "$primary"))
    return Content("").join(parts)


def place_action(place: Place) -> str:
    """What a click on a place does."""
    return f"app.go('{place.name}')"


def _count(place: Place, status: Status) -> int:
    return BADGES[place.name](status) if place.name in BADGES else 0


def _full(place: Place) -> str:
    return f"{place.key} {place.title}"


def _short(place: Place) -> str:
    return f"{place.key}{place.short}"


def _digit(place: Place) -> str:
    return place.key
