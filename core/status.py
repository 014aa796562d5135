"""What every screen says beside its own subject: who works, what needs a person, what runs, and Amazon's quota."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class QuotaLevel:
    """Calls to Amazon that are left of how many, for the list of orders: the fewest of all sellers."""

    left: int
    burst: int


@dataclass(frozen=True)
class Ending:
    """What a person has to renew first, while an alarm rings for it."""

    what: Literal["secret", "authorization"]
    name: str
    """Of the app whose client secret expires, or of a channel whose seller's authorization does."""
    days: int
    """Whole ones until then; negative once it is over."""
    others: int = 0
    """How many more end soon."""


@dataclass(frozen=True)
class Status:
    """How things stand for an operator."""

    workers: int = 0
    active_jobs: int = 0
    needs_person: int = 0
    """Open problems, without those that are released by themselves."""
    quota: QuotaLevel | None = None
    """None before the first call."""
    ending: Ending | None = None
    """None while nothing ends soon."""
