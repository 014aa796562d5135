"""How far a job of the shipments' flow is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.state import State


@dataclass(frozen=True)
class Checkpoint(State):
    """What a job goes on from when it is interrupted; beside it stands how far the orders are that it reads."""

    entered: bool = False
    """What a person told is in the outbox."""
    shipments_read: bool = False
    marked: bool = False
    """The parcels of the orders that were named are to be planned again."""
    streamed: bool = False
    """The seller's stream of orders was read."""
    asked: tuple[str, ...] = ()
    """Orders that were looked at singly."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Those that Amazon did not give out, with the reason."""
    decided: bool = False
    """Everything due is planned."""


@dataclass(frozen=True)
class Evidence(State):
    """What is known of a parcel on its way to Amazon."""

    units: Mapping[str, int] = field(default_factory=dict)
    """Amazon's item → units that it promises."""
    refused: bool = False
    """Amazon said a clear no."""
