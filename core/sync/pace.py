"""How many writes a remote bears side by side: one more after each round that went well, half after trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core import clock

LOWEST = 2
"""One write that hangs must not hold up all others."""
HIGHEST = 16
MOST_ITEMS = HIGHEST + HIGHEST // 2
"""With one being read back, written down or prepared for two whose write is under way, no place stays empty."""


class Pace:
    """Additive increase, multiplicative decrease; safe to share between threads."""

    def __init__(self, start: int = 4, *, highest: int = HIGHEST) -> None:
        """`highest`: of a remote that gains nothing from more, because its quotas set the pace."""
        self._highest = highest
        self._limit = float(min(max(start, LOWEST), highest))
        self._lock = threading.Condition()
        self._under_way = 0
        self._halved_at = clock.now()

    @property
    def limit(self) -> int:
        """Writes that may be under way now."""
        return int(self._limit)

    @property
    def items(self) -> int:
        """Items that may be worked on now: as many as writes, so that trouble with one stops what would follow it.

        A few more once the remote has proved that it bears the most: then one is ready when a write ends.
        """
        return self.limit if self.limit < HIGHEST else MOST_ITEMS

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Make one write in this block, when fewer than `limit` are under way."""
        with self._lock:
            self._lock.wait_for(lambda: self._under_way < self.limit)
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._lock.notify_all()

    def went_well(self) -> None:
        """A write was answered in time."""
        with self._lock:
            self._limit = min(self._limit + 1 / self._limit, self._highest)

    def trouble(self) -> None:
        """A 429, 5xx or time-out; several at the same moment count once."""
        with self._lock:
            if (clock.now() - self._halved_at).total_seconds() < 1 and self._limit <= LOWEST * 2:
                return
            self._limit = max(self._limit / 2, LOWEST)
            self._halved_at = clock.now()
