"""How far a job of the categories' flow is."""

from __future__ import annotations

from dataclasses import dataclass

from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted; beside it stands which report it has asked for."""

    tree_read: bool = False
    """Amazon's tree is in use."""
