"""A clock that moves only when somebody sleeps on it, or when a test moves it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class ManualClock:
    """Stands in for `core.clock.Clock`; remembers every sleep in seconds."""

    speed = 1.0

    def __init__(self) -> None:
        self._now = START
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.move(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.sleep(seconds)
        return event.is_set()

    def move(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
