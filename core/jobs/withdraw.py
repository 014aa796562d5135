"""Takes back what a cancelled job had not sent yet."""

from __future__ import annotations

from sqlmodel import col, delete, select, update

from core.jobs.context import JobContext
from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent


def withdraw_intents(context: JobContext) -> None:
    """Delete the job's waiting intents and plan their orders again next time.

    Intents whose call was made stay: what was begun is brought to its end by the next job of the store.
    """
    with context.database.write() as session:
        waiting = select(OutboxIntent).where(
            col(OutboxIntent.job_id) == context.job_id,
            col(OutboxIntent.state) == WAITING,
            # One that was sent and has to be sent again is not to be forgotten.
            col(OutboxIntent.attempts) == 0,
        )
        intents = session.exec(waiting).all()
        order_ids = [intent.subject.removeprefix("order ") for intent in intents]
        for start in range(0, len(order_ids), 500):
            session.exec(
                update(AmazonOrder)
                .where(col(AmazonOrder.order_id).in_(order_ids[start : start + 500]))
                .values(dirty=True)
            )
        session.exec(
            delete(OutboxIntent).where(
                col(OutboxIntent.job_id) == context.job_id,
                col(OutboxIntent.state) == WAITING,
                col(OutboxIntent.attempts) == 0,
            )
        )
