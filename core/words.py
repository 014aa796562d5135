"""Numbers and names as people read them."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def counted(count: int, noun: str) -> str:
    """ "1 order", "2,310 orders"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def lasting(seconds: float) -> str:
    """ "48 s", "3 min 5 s", "2 h 10 min"."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    if not minutes:
        return f"{rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def every(minutes: float) -> str:
    """An interval: "15 min", "30 s"."""
    return f"{minutes:g} min" if minutes >= 1 else f"{60 * minutes:g} s"


def spaced(name: str) -> str:
    """A name of a program as words: "searchOrders" is "Search orders", "orders.import" is "Orders import"."""
    words = _HUMP.sub(" ", name).replace(".", " ").replace("_", " ").lower()
    return words[:1].upper() + words[1:]
