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
    filled: bool = False
    """The address that Amazon has sent since was written."""
    unfilled: bool = False
    """It was not written: somebody has changed the store order, or the order cannot be planned any more."""
    part: int = 0
    """Which of its parts the intent is at; what stands above is of that one."""
    made: tuple[int, ...] = ()
    """The store's numbers of the parts before."""
    code: str = ""
    """The first problem of these, with what it says and how it is fixed."""
    said: str = ""
    fix: str = ""


def evidence(intent: OutboxIntent) -> Evidence:
    """What is known of an intent."""
    return Evidence.from_json(intent.evidence)
