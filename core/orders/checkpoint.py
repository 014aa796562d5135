"""How far a job of the orders' flow is."""

from __future__ import annotations

from dataclasses import dataclass

from core.orders.window import Window
from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted."""

    pulled: bool = False
    planned: bool = False
    looked_for_earlier: bool = False
    """The store was looked through for orders that an earlier life has made."""
    read: int = 0
    """Orders that were read for the job's own channel."""
    window: Window | None = None
    """Of a range that was asked for."""
    more_windows: bool = False
    """Marketplaces of the seller are still to be read in a window of their own."""
    fetched: tuple[str, ...] = ()
    """Orders that were asked for by number and have been read."""
    planned_to: int = 0
    """Key of the last order that was planned."""
