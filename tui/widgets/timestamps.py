"""Times and durations as people read them. The database keeps UTC; people see their own zone, and which it is."""

from __future__ import annotations

from datetime import datetime

from core import clock


def zone(timestamp: datetime) -> str:
    """The local zone's distance from UTC at `timestamp`: "UTC+02:00", or "UTC"."""
    offset = timestamp.astimezone().strftime("%z")
    if offset == "+0000":
        return "UTC"
    return f"UTC{offset[:3]}:{offset[3:5]}"


def full(timestamp: datetime) -> str:
    """Day, time and zone: "2026-11-23 16:20:01 UTC+02:00"."""
    return f"{timestamp.astimezone():%Y-%m-%d %H:%M:%S} {zone(timestamp)}"


def brief(timestamp: datetime) -> str:
    """In eleven cells, for a column: "11-23 16:20", or "2025-11-23" when it was not this year."""
    local = timestamp.astimezone()
    return f"{local:%m-%d %H:%M}" if local.year == clock.now().astimezone().year else f"{local:%Y-%m-%d}"


def day(timestamp: datetime) -> str:
    """Day and zone, for a heading over times: "2026-11-23, UTC+02:00"."""
    return f"{timestamp.astimezone():%Y-%m-%d}, {zone(timestamp)}"


def date(timestamp: datetime) -> str:
    """The day alone: "2026-11-23"."""
    return f"{timestamp.astimezone():%Y-%m-%d}"


def of_day(timestamp: datetime) -> str:
    """Time of day: "16:20:01"; only beneath a heading that names day and zone."""
    return f"{timestamp.astimezone():%H:%M:%S}"


def duration(seconds: float) -> str:
    """The two largest units: "2 min 58 s", "3 h 5 min", "1 d 2 h"."""
    left = max(round(seconds), 0)
    minutes, left = divmod(left, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"


def short(seconds: float) -> str:
    """The two largest units while it is minutes, else the largest: "8 s", "2 min", "1 h 5 min"."""
    return rough(seconds) if seconds < 3_600 else duration(seconds)


def clock_time(timestamp: datetime) -> str:
    """As short as it is clear, for a column: "16:20" today, else as `brief`."""
    local = timestamp.astimezone()
    return f"{local:%H:%M}" if local.date() == clock.now().astimezone().date() else brief(timestamp)


def rough(seconds: float) -> str:
    """The largest unit, rounded down: "2 min", "3 h", "12 d"; seconds only below a minute."""
    left = max(round(seconds), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if left >= size:
            return f"{left // size} {unit}"
    return f"{left} s"


def ago(seconds: float) -> str:
    """How long it is past, without counting seconds: "just now", "2 min ago"."""
    return f"{rough(seconds)} ago" if seconds >= 60 else "just now"
