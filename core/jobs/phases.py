"""The phases of a job: it reads, then plans, then sends. How fast it goes, and the line that each leaves in the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import clock
from core.state import State
from core.words import counted

READ, PLANNED, SENT = "Read", "Planned", "Sent"
_SETTLED = timedelta(seconds=2)
"""A pace is told only of what has gone on for so long."""


@dataclass(frozen=True)
class Phase(State):
    """One phase, as the row of the job keeps it."""

    verb: str = ""
    """What was done by its end: "Read"."""
    unit: str = "item"
    """What is counted: "order"."""
    since: datetime | None = None
    calls: int = 0
    """Calls to Amazon that the job had made before."""

    def is_same(self, verb: str, unit: str) -> bool:
        """Whether this is the phase that does that."""
        return (self.verb, self.unit) == (verb, unit)

    def summary(self, done: int, total: int | None, calls: int) -> str:
        """The line that it leaves in the log; empty when nothing was done, but for reading.

        `calls` are all that the job has made until now.
        """
        if not (done or self.verb == READ):
            return ""
        calls -= self.calls
        number = f"{done:,} of {counted(total, self.unit)}" if total and done < total else counted(done, self.unit)
        asked = f" in {counted(calls, 'call')} to Amazon" if calls else ""
        return f"{self.verb} {number}{asked}."

    def per_second(self, done: int) -> float | None:
        """How many are done in a second; None while that cannot be told."""
        age = clock.now() - self.since if self.since else timedelta(0)
        return done / age.total_seconds() if done and age >= _SETTLED else None
