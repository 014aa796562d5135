"""What is on its way in bulk: sent together with others, by something that outlives its worker.

A carried intent is `sending` with a time in `not_before`, until which what carries it is waited for; its step names
that. No lane touches it or waits for its locks: whoever sends in bulk gives it back. What is urgent overtakes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, and_, col, select

from core import clock
from core.model.outbox import SENDING, WAITING, OutboxIntent
from core.state import State
from core.subjects import Owner

URGENT = "urgent"
"""The step of an intent that goes before all others."""
IS_CARRIED = and_(col(OutboxIntent.state) == SENDING, col(OutboxIntent.not_before).is_not(None))


@dataclass(frozen=True)
class Overtaking(State):
    """Kept with an intent that went singly although something carries it."""

    carrier: str = ""


def overtake(session: Session, intents: Sequence[OutboxIntent], job_id: int) -> None:
    """Let carried intents go singly, at once, in the name of a job; what carries them comes to its end besides."""
    for intent in intents:
        if intent.state == SENDING and intent.not_before is not None:
            intent.evidence = Overtaking(carrier=intent.step).into(intent.evidence)
            intent.state, intent.step, intent.not_before = WAITING, URGENT, None
            intent.job_id, intent.updated_at = job_id, clock.now()
            session.add(intent)


def overtaken(intent: OutboxIntent) -> str:
    """What carries an intent that went singly besides; empty where nothing does."""
    return Overtaking.from_json(intent.evidence).carrier


def is_carrying(session: Session, remote: Owner, carrier: str) -> bool:
    """Whether a carrier is under way: whatever went into it may be written yet."""
    query = select(OutboxIntent.id).where(
        col(OutboxIntent.remote) == str(remote), IS_CARRIED, col(OutboxIntent.step) == carrier
    )
    return session.exec(query.limit(1)).first() is not None
