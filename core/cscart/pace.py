"""How many writes a store bears side by side: one more after each round that went well, half after trouble."""

from __future__ import annotations

import threading

from core import clock

LOWEST = 2
"""One write that hangs must not hold up all others."""
HIGHEST = 16


class Pace:
    """Additive increase, multiplicative decrease; safe to share between threads."""

    def __init__(self, start: int = 4) -> None:
        self._limit = float(min(max(start, LOWEST), HIGHEST))
        self._lock = threading.Lock()
        self._halved_at = clock.now()

    @property
    def limit(self) -> int:
        """Writes that may be under way now."""
        return int(self._limit)

    def went_well(self) -> None:
        """A write was answered in time."""
        with self._lock:
            self._limit = min(self._limit + 1 / self._limit, HIGHEST)

    def trouble(self) -> None:
        """A 429, 5xx or time-out; several at the same moment count once."""
        with self._lock:
            if (clock.now() - self._halved_at).total_seconds() < 1 and self._limit <= LOWEST * 2:
                return
            self._limit = max(self._limit / 2, LOWEST)
            self._halved_at = clock.now()
