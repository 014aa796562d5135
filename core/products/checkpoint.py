"""How far a job of the products' flow is."""

from __future__ import annotations

from dataclasses import dataclass

from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted; beside it stands which report it has asked for."""

    listed: bool = False
    """The report is in the mirror, or the listings that were named are."""
    named: int = 0
    """How many of the listings that were named have been read."""
    read: bool = False
    """Everything new and changed was read."""
    planned_to: int = 0
    """Key of the last listing that was planned."""
    planned: bool = False
    """Products are planned; families may still have to be."""
    decided: bool = False
    """Everything due is planned."""
