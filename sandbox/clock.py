"""The clock of the sandbox: real time moved by an offset and run at a speed of its own."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Sandbox time = `anchor + offset + (real time - anchor) * speed`, all in seconds.

    The anchor is the real moment at which a clock with a speed other than 1 parts from real time. It is the
    moment of construction unless given: a program with a clock of the same speed must use the same anchor.
    """

    def __init__(self, offset: float = 0.0, speed: float = 1.0, *, anchor: float | None = None) -> None:
        if speed <= 0:
            raise ValueError("speed must be positive")
        self._moved = threading.Condition()
        self._anchor = time.time() if anchor is None else anchor
        self._offset = offset
        self._speed = speed

    @property
    def anchor(self) -> float:
        """Unix seconds of the real moment from which `speed` counts."""
        return self._anchor

    @property
    def offset(self) -> float:
        """Seconds between sandbox time and real time at the anchor."""
        return self._offset

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def timestamp(self) -> float:
        """The current sandbox moment in unix seconds."""
        return self._anchor + self._offset + (time.time() - self._anchor) * self._speed

    def now(self) -> datetime:
        """The current sandbox moment, aware UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds` of sandbox time; ends early when the clock is moved past the end."""
        with self._moved:
            end = self.timestamp() + seconds
            while (left := end - self.timestamp()) > 0:
                self._moved.wait(left / self._speed)

    def advance(self, seconds: float) -> None:
        """Jump `seconds` ahead (back, when negative)."""
        with self._moved:
            self._offset += seconds
            self._moved.notify_all()

    def set(self, *, offset: float | None = None, speed: float | None = None) -> None:
        """Replace offset, speed or both; a change of speed alone does not move the current moment."""
        if speed is not None and speed <= 0:
            raise ValueError("speed must be positive")
        with self._moved:
            if speed is not None and speed != self._speed:
                real = time.time()
                self._offset = self._offset + (real - self._anchor) * (self._speed - 1)
                self._anchor = real
                self._speed = speed
            if offset is not None:
                self._offset = offset
            self._moved.notify_all()

    def state(self) -> dict[str, float | str]:
        """What the control interface shows."""
        return {
            "anchor": self._anchor,
            "offset": self._offset,
            "speed": self._speed,
            "now": self.now().isoformat(timespec="milliseconds"),
        }
