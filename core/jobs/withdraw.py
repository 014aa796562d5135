"""Takes back what nobody has begun to send."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select, update

from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, WAITING, OutboxIntent

# One that was sent and has to be sent again is not to be forgotten.
_NEVER_SENT = col(OutboxIntent.attempts) == 0


def withdraw_intents(session: Session, job_id: int) -> None:
    """Delete the job's waiting intents and plan their orders again next time.

    Intents whose call was made stay: what was begun is brought to its end by the next job of the channel.
    """
    unsent = (
        col(OutboxIntent.job_id) == job_id,
        col(OutboxIntent.state) == WAITING,
        _NEVER_SENT,
    )
    subjects = session.exec(select(OutboxIntent.subject).where(*unsent)).all()
    order_ids = [subject.removeprefix("order ") for subject in subjects]
    for start in range(0, len(order_ids), 500):
        session.exec(
            update(AmazonOrder).where(col(AmazonOrder.order_id).in_(order_ids[start : start + 500])).values(dirty=True)
        )
    session.exec(delete(OutboxIntent).where(*unsent))


def withdraw_unsent(session: Session, store_id: int, subjects: Sequence[str]) -> list[OutboxIntent]:
    """Delete the waiting intents about `subjects` whose call was never made; returns those that stay open.

    Whoever is just about to send one finds it gone, see `Outbox.begin`: the database lets only one of both happen.
    """
    left: list[OutboxIntent] = []
    for start in range(0, len(subjects), 500):
        about = (col(OutboxIntent.store_id) == store_id, col(OutboxIntent.subject).in_(subjects[start : start + 500]))
        session.exec(delete(OutboxIntent).where(*about, col(OutboxIntent.state) == WAITING, _NEVER_SENT))
        left += session.exec(select(OutboxIntent).where(*about, IS_OPEN)).all()
    return left
