"""How far a job of price and stock is."""

from __future__ import annotations

from dataclasses import dataclass

from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted; content that goes out with it has names of its own."""

    seller_listed: bool = False
    """What the seller lists is known."""
    watched: bool = False
    """The mirror of the store is up to date."""
    matched: bool = False
    """Listings have the offers that they lack."""
    offers_planned_to: int = 0
    """Key of the last offer that was planned."""
    offers_planned: bool = False
    """Everything due is planned."""


@dataclass(frozen=True)
class Matching(State):
    """Up to where a channel's listings were given their products."""

    listing: int = 0
    """The highest key of those that were looked at."""
    rounds: int = -1
    """Complete readings of the store's products by then."""
