"""Takes back what a cancelled job had not sent yet."""

from __future__ import annotations

from sqlmodel import Session, col, delete, select, update

from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent


def withdraw_intents(session: Session, job_id: int) -> None:
    """Delete the job's waiting intents and plan their orders again next time.

    Intents whose call was made stay: what was begun is brought to its end by the next job of the channel.
    """
    unsent = (
        col(OutboxIntent.job_id) == job_id,
        col(OutboxIntent.state) == WAITING,
        # One that was sent and has to be sent again is not to be forgotten.
        col(OutboxIntent.attempts) == 0,
    )
    subjects = session.exec(select(OutboxIntent.subject).where(*unsent)).all()
    order_ids = [subject.removeprefix("order ") for subject in subjects]
    for start in range(0, len(order_ids), 500):
        session.exec(
            update(AmazonOrder).where(col(AmazonOrder.order_id).in_(order_ids[start : start + 500])).values(dirty=True)
        )
    session.exec(delete(OutboxIntent).where(*unsent))
