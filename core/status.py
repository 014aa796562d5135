"""What every screen says beside its own subject: who works, what needs a person, what runs, and Amazon's quota."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuotaLevel:
    """Calls to Amazon that are left of how many, for the list of orders: the fewest of all sellers."""

    left: int
    burst: int


@dataclass(frozen=True)
class Status:
    """How things stand for an operator."""

    workers: int = 0
    active_jobs: int = 0
    needs_person: int = 0
    """Open problems, without those that are released by themselves."""
    quota: QuotaLevel | None = None
    """None before the first call."""
