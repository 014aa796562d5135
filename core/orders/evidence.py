"""What is known of the store's side of an intended order."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.outbox import OutboxIntent
from core.state import State


@dataclass(frozen=True)
class Evidence(State):
    """What the deliveries of orders have found out about one of them in the store."""

    order_id: int | None = None
    """The store's number of the order."""
    adopted: bool = False
    """It was in the store already: it is taken over, and not made exact."""
    letter: str = ""
    """The status that an adopted order gets, or one whose status is changed."""
    doubles: tuple[int, ...] = ()
    """Other store orders that were made from the same Amazon order."""
    repeated: bool = False
    """It was created twice, because the first creation could not be found."""
    corrected: bool = False
    """It was changed after it had been found or made, so that it is exact."""


def evidence(intent: OutboxIntent) -> Evidence:
    """What is known of an intent."""
    return Evidence.from_json(intent.evidence)
