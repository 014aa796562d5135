"""How often an intent was looked for in vain, and sent again."""

from __future__ import annotations

from dataclasses import dataclass

from core.model.outbox import OutboxIntent
from core.state import State


@dataclass(frozen=True)
class Tries(State):
    """Kept beside what the flow knows of the intent."""

    quiet_looks: int = 0
    """Looks after the settling time that found nothing of an unanswered call."""
    repeats: int = 0
    """Times that it was sent again because the remote had it otherwise."""


def tries(intent: OutboxIntent) -> Tries:
    """Those of an intent."""
    return Tries.from_json(intent.evidence)
