"""How far a job of the orders' flow is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from core.orders.plan.backfill import BackfillPlan
from core.orders.window import Window
from core.state import State


@dataclass(frozen=True)
class Backfill(State):
    """How far the import of a range is; what it has read it finds in the mirror."""

    plan: BackfillPlan | None = None
    """None until it is decided."""
    until: datetime | None = None
    """The end of the range, once it is fixed."""
    open_read: bool = False
    """What is to be acted on has been searched for."""
    open_sent: bool = False
    writing: float = 0.0
    """Seconds that an order took in the store then; 0.0 where there were too few to tell."""
    tried: bool = False
    """The pages that were saved up have been read, of a seller of whom nothing was known."""
    looked: bool = False
    """Reports of other programs have been looked for."""
    reports_read: int = 0
    """Windows whose reports, or pages in place of them, are in the mirror: so many bits as windows."""
    by_pages: int = 0
    """Those of which Amazon could not make a report."""
    searched_to: datetime | None = None
    """Before this, what is to be read whole was searched for."""
    refused: tuple[str, ...] = ()
    """Orders that Amazon does not give out."""


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted."""

    pulled: bool = False
    planned: bool = False
    looked_for_earlier: bool = False
    """The store was looked through for orders that an earlier life has made."""
    looked_to: dict[int, int] = field(default_factory=dict)
    """The same for orders that other jobs wait to send: their last intents, by job."""
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
