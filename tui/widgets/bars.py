"""A small chart of characters: one bar per day, its numbers beside it. It needs no colour and costs few bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from textual.content import Content

EIGHTHS = " ▁▂▃▄▅▆▇█"
WIDEST = 8
"""Cells of one day, the gap included."""


def sparkline(values: Sequence[int]) -> str:
    """One character for each value; what is nothing is a line at the bottom, and what is not is above it."""
    top = max(values, default=0)
    return "".join(EIGHTHS[1 + -(-7 * value // top)] if value > 0 else EIGHTHS[1] for value in values)


def bar_chart(days: Sequence[date], values: Sequence[int], width: int, rows: int) -> Content:
    """`rows` lines of bars with the scale on the left, and the days of the month beneath."""
    top = max(values, default=0)
    scale = max(len(number(top)), 1)
    cell = max(min((width - scale - 1) // max(len(days), 1), WIDEST), 1)
    lines: list[Content] = []
    for row in reversed(range(rows)):
        label = "0" if row == 0 else number(top) if row == rows - 1 and top else ""
        bars = "".join(_piece(value, top, row, rows) * max(cell - 1, 1) + " " * min(cell - 1, 1) for value in values)
        lines.append(Content.assemble((label.rjust(scale), "$text-muted"), " ", (bars.rstrip(), "$text-primary")))
    lines.append(Content.styled(" " * (scale + 1) + _days(days, cell), "$text-muted"))
    return Content("\n").join(line.truncate(width) for line in lines)


def number(value: int) -> str:
    """ "2,310"."""
    return f"{value:,}"


def _piece(value: int, top: int, row: int, rows: int) -> str:
    """The part of a bar in one row, counted from the bottom; what is not nothing is seen."""
    if value <= 0 or top <= 0:
        return " "
    eighths = max(round(value * rows * 8 / top), 1)
    return EIGHTHS[max(min(eighths - row * 8, 8), 0)]


def _days(days: Sequence[date], cell: int) -> str:
    """The days of the month under their bars; where two do not fit side by side, only some, and always the last."""
    every = 4 if cell == 1 else -(-3 // cell)  # two digits and a gap
    line = [" "] * (len(days) * cell + 1)
    for place, day in enumerate(days):
        if (len(days) - 1 - place) % every == 0:
            start = min(place * cell, max(len(days) * cell - 2, 0))
            line[start : start + 2] = f"{day.day:02}"
    return "".join(line).rstrip()
