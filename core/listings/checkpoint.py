"""How far a job is that exports listings."""

from __future__ import annotations

from dataclasses import dataclass

from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """In the order of the steps."""

    listed: bool = False
    """What the seller lists was read."""
    parents: bool = False
    """All that stand for variations were planned, and have ended."""
    parents_planned: bool = False
    planned_to: int = 0
    """The number of the last product that was planned."""
    planned: bool = False
    followed_to: int = 0
    """Key of the last export that was looked at."""
    looked: bool = False
    """All that was due was looked at."""
