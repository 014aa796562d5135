"""The first line of every screen: where one can go or what installation this is, and how things stand.

The corner at its right says who one is, who works, what is left of Amazon's quota, and whether all writes are stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content

from core import clock
from core.status import QuotaLevel, Status
from tui.screen_list import Place
from tui.text import clean
from tui.widgets import navigation, timestamps
from tui.widgets.click_text import ClickText

STOPPED = "STOPPED"

_LEAST_NAME = 6
"""Cells of the operator's name that are worth showing."""
_BAR = 6
"""Cells of the bar that shows the quota."""


@dataclass(frozen=True)
class Standing:
    """What the corner says; `status` is None until it was read."""

    operator: str
    status: Status | None = None
    stopped: bool = False


class Title(ClickText):
    """The title line; it reads screen and title from the application and is told how things stand."""

    def __init__(self, operator: str) -> None:
        super().__init__(id="title")
        self._operator = operator

    def on_mount(self) -> None:
        """Fill in the line."""
        self.show(None, stopped=False)

    def show(self, status: Status | None, *, stopped: bool) -> None:
        """Say how things stand."""
        standing = Standing(self._operator, status, stopped)
        self.fit(lambda width: self._line(standing, width))

    def _line(self, standing: Standing, width: int) -> Content:
        if any(rail.display for rail in self.screen.query(navigation.Rail)):
            return head_line(self.app.title, standing, width)
        return strip_line(navigation.PLACES, self.app.current_mode, standing, width)


def strip_line(places: Sequence[Place], here: str, standing: Standing, width: int) -> Content:
    """The strip with the places, and as much of the corner as is left for it; STOPPED is never left out."""
    stopped = _stopped(standing)
    status = standing.status or Status()
    name = Content(clean(standing.operator).strip())
    sign = _worker_sign(standing)
    room = width - stopped.cell_length
    least = min(_LEAST_NAME, name.cell_length)
    line = navigation.strip(places, here, status, room - sign.cell_length, beside=least)
    left = room - line.cell_length - sign.cell_length
    name = name.truncate(left, ellipsis=True) if left >= least else Content("")
    gap = max(left - name.cell_length, 0)
    return line.truncate(max(room - sign.cell_length, 0)) + " " * gap + sign + name + stopped


def head_line(title: str, standing: Standing, width: int) -> Content:
    """What installation this is, and the corner; what matters least in it goes first when room is short."""
    head = Content.styled(f" {clean(title)} ", "bold")
    stopped = _stopped(standing)
    room = width - stopped.cell_length
    parts = [content for _, content in sorted(_corner(standing), key=lambda part: part[0])]
    while parts and sum(part.cell_length + 2 for part in parts) > room - min(head.cell_length, 12):
        parts.pop()
    order = [content for _, content in _corner(standing)]
    corner = Content("  ").join([part for part in order if part in parts])
    head = head.truncate(max(room - corner.cell_length - 1, 0), ellipsis=True)
    return head + " " * max(room - head.cell_length - corner.cell_length, 0) + corner + stopped


def _corner(standing: Standing) -> Iterator[tuple[int, Content]]:
    """The parts from left to right, each with how soon it goes when room is short: the highest first."""
    status = standing.status
    if status is not None:
        who = f"{status.workers} worker{'' if status.workers == 1 else 's'}" if status.workers else "no worker"
        yield 1, _worker_sign(standing) + Content.styled(who, "" if status.workers else "$text-warning")
        if status.quota is not None:
            yield 2, Content(f"Amazon {quota_bar(status.quota)} {status.quota.left}/{status.quota.burst}")
        if not standing.stopped:
            yield 4, Content("writes allowed")
    now = clock.now()
    yield 3, Content(f"{now.astimezone():%H:%M} {timestamps.zone(now)}")
    yield 0, Content(clean(standing.operator).strip()).truncate(24, ellipsis=True)


def quota_bar(quota: QuotaLevel) -> str:
    """How much of the quota is left, as a bar."""
    eighths = round(_BAR * 8 * quota.left / quota.burst) if quota.burst else 0
    full, part = divmod(eighths, 8)
    return ("▇" * full + (" ▁▂▃▄▅▆▇"[part] if part else "")).ljust(_BAR, "▁")[:_BAR]


def _worker_sign(standing: Standing) -> Content:
    if standing.status is None:
        return Content("")
    return Content.styled("● ", "$text-success") if standing.status.workers else Content.styled("○ ", "$text-warning")


def _stopped(standing: Standing) -> Content:
    return Content.styled(f" {STOPPED}", "$text-error bold reverse") if standing.stopped else Content("")
