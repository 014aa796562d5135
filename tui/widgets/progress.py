"""Progress as a number and a bar of characters: it costs a few bytes per step and needs no colour."""

from __future__ import annotations

LONGEST_BAR = 20
SHORTEST_BAR = 4


def progress_text(done: int, total: int | None, width: int) -> str:
    """ "120/300 ████░░░░" within `width` cells; the bar goes before the numbers do. Empty when nothing is known."""
    if total is None:
        return str(done) if done else ""
    numbers = f"{done}/{total}"
    room = min(width - len(numbers) - 1, LONGEST_BAR)
    if room < SHORTEST_BAR or total <= 0:
        return numbers
    filled = room * min(max(done, 0), total) // total
    return f"{numbers} {'█' * filled}{'░' * (room - filled)}"
