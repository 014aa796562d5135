"""Token buckets: one per application, seller account and operation, on the clock of the sandbox."""

from __future__ import annotations

import threading

from sandbox.amazon.operations import Operation
from sandbox.clock import Clock

UNLIMITED_RATE = 1000.0
"""What the header says when quotas are off, so that a client that believes it is not held back either."""


class Buckets:
    """Refill `rate` per second up to `burst`, both times `scale`; a scale of 0 switches quotas off."""

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._scale = scale

    @property
    def scale(self) -> float:
        """The factor on every published plan."""
        return self._scale

    @scale.setter
    def scale(self, scale: float) -> None:
        if scale < 0:
            raise ValueError("scale must not be negative")
        with self._lock:
            self._scale = scale
            self._levels.clear()

    def take(self, client_id: str, seller_id: str, operation: Operation) -> bool:
        """Take one token; False when there is none. A refused call costs nothing."""
        if self._scale == 0:
            return True
        key = (client_id, seller_id, operation.name)
        now = self._clock.timestamp()
        burst = max(operation.burst * self._scale, 1.0)
        with self._lock:
            level, since = self._levels.get(key, (burst, now))
            level = min(burst, level + max(now - since, 0.0) * operation.rate * self._scale)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, now)
        return allowed

    def limit_header(self, operation: Operation) -> str:
        """The value of x-amzn-RateLimit-Limit: the rate, never the burst."""
        return f"{operation.rate * self._scale if self._scale else UNLIMITED_RATE:g}"
