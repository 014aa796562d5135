"""Transitions of intents, each in its own short transaction.

A change is made only while this job holds the store's lane, so a worker that lost it cannot begin another write.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, or_, select, update

from core import clock
from core.database import Database, upsert
from core.jobs.context import ItemResult
from core.jobs.lifecycle import LostLease
from core.leases import still_held
from core.model.job import Job, JobItem
from core.model.outbox import OPEN_STATES, REJECTED, SENDING, SENT, UNKNOWN, VERIFIED, WAITING, OutboxIntent
from core.plan.problems import Hold
from core.problems import raise_problems, resolve_problems


@dataclass(frozen=True)
class Pending:
    """What the lane needs to know to choose: no content, so that it is cheap to read often."""

    id: int
    kind: str
    state: str
    step: str
    products: frozenset[int]
    not_before: datetime | None


@dataclass(frozen=True)
class Tally:
    """Intents of a job: those not ended, those of them that only wait to be read back, and all."""

    open: int
    sent: int
    total: int


class Withdrawn(Exception):
    """Nobody wants the intent to be sent any more; raised before its call is made."""


class Outbox:
    """The open intents of one store, as seen by the holder of its lane."""

    def __init__(self, database: Database, store_id: int, lane: str, owner: str) -> None:
        self.database = database
        self.store_id = store_id
        self._lane = lane
        self._owner = owner

    def adopt(self, job_id: int, channel_id: int) -> None:
        """Take over the channel's intents whose job has ended, and settle those whose sender died.

        The lane is ours, so whatever is still marked as being sent has lost its sender.
        """
        ended = select(Job.id).where(col(Job.state).in_(["succeeded", "finished_with_problems", "failed", "cancelled"]))
        with self.database.write() as session:
            self._guard(session)
            session.exec(
                update(OutboxIntent)
                .where(
                    col(OutboxIntent.store_id) == self.store_id,
                    col(OutboxIntent.channel_id) == channel_id,
                    col(OutboxIntent.state).in_(OPEN_STATES),
                    or_(col(OutboxIntent.job_id).is_(None), col(OutboxIntent.job_id).in_(ended)),
                )
                .values(job_id=job_id)
            )
            session.exec(
                update(OutboxIntent)
                .where(col(OutboxIntent.store_id) == self.store_id, col(OutboxIntent.state) == SENDING)
                .values(state=UNKNOWN, not_before=None)
            )

    def pending(self, limit: int = 1_000) -> list[Pending]:
        """Open intents, oldest first."""
        with self.database.read() as session:
            query = (
                select(OutboxIntent)
                .where(col(OutboxIntent.store_id) == self.store_id, col(OutboxIntent.state).in_(OPEN_STATES))
                .order_by(col(OutboxIntent.id))
                .limit(limit)
            )
            columns = ("id", "kind", "state", "step", "products", "not_before")
            rows = session.connection().execute(
                query.with_only_columns(*(getattr(OutboxIntent, name) for name in columns))
            )
            found = rows.all()
        return [Pending(row[0], row[1], row[2], row[3], frozenset(row[4]), row[5]) for row in found]

    def tally(self, job_id: int) -> Tally:
        """How far a job's intents are."""
        with self.database.read() as session:
            rows = session.exec(
                select(OutboxIntent.state, func.count())
                .where(col(OutboxIntent.job_id) == job_id)
                .group_by(OutboxIntent.state)
            ).all()
        counts = dict(rows)
        return Tally(
            open=sum(counts.get(state, 0) for state in OPEN_STATES),
            sent=counts.get(SENT, 0),
            total=sum(counts.values()),
        )

    def load(self, intent_id: int) -> OutboxIntent:
        """The whole intent; raises Withdrawn when it is gone."""
        with self.database.read() as session:
            intent = session.get(OutboxIntent, intent_id)
        if intent is None:
            raise Withdrawn
        return intent

    def begin(self, intent: OutboxIntent, step: str) -> None:
        """Record that a call is about to be made; raises Withdrawn when it must not be."""
        now = clock.now()
        self._change(intent, state=SENDING, step=step, attempts=intent.attempts + 1, sent_at=now, not_before=None)

    def put_back(self, intent: OutboxIntent, *, step: str, seconds: float, message: str) -> None:
        """Nothing happened at the remote: try the step again in `seconds`."""
        self._change(intent, state=WAITING, step=step, not_before=clock.after(seconds), message=message)

    def unknown(self, intent: OutboxIntent, *, seconds: float, message: str = "", **evidence: Any) -> None:
        """What happened is not known: look at the remote in `seconds`."""
        self._change(
            intent,
            state=UNKNOWN,
            not_before=clock.after(seconds),
            message=message or intent.message,
            evidence={**intent.evidence, **evidence},
        )

    def note(self, intent: OutboxIntent, session: Session | None = None, **values: Any) -> None:
        """Change an intent, in the caller's transaction if there is one."""
        if session is None:
            self._change(intent, **values)
        else:
            self._apply(session, intent, values)

    def sent(self, intent: OutboxIntent, *, seconds: float = 0.0, **evidence: Any) -> None:
        """The remote has taken it; it is read back together with others."""
        due = clock.after(seconds) if seconds else None
        self._change(intent, state=SENT, not_before=due, evidence={**intent.evidence, **evidence})

    def mark_unknown(self, subjects: Iterable[str]) -> int:
        """Let waiting intents be looked up before they are sent: the remote seems to have them already."""
        found = list(subjects)
        changed = 0
        with self.database.write() as session:
            self._guard(session)
            for start in range(0, len(found), 500):
                result = session.exec(
                    update(OutboxIntent)
                    .where(
                        col(OutboxIntent.store_id) == self.store_id,
                        col(OutboxIntent.state) == WAITING,
                        col(OutboxIntent.step) == "",
                        col(OutboxIntent.subject).in_(found[start : start + 500]),
                    )
                    .values(state=UNKNOWN, step="create", sent_at=clock.now())
                )
                changed += int(result.rowcount)
        return changed

    def close(self, ends: Sequence[tuple[OutboxIntent, ItemResult]]) -> None:
        """End intents in one transaction: verified, or rejected when the result is a failure."""
        with self.database.write() as session:
            self._guard(session)
            self.close_in(session, ends)

    def close_in(self, session: Session, ends: Sequence[tuple[OutboxIntent, ItemResult]]) -> None:
        """The same in the caller's transaction."""
        for intent, item in ends:
            failed = item.result == "failed"
            self._apply(
                session,
                intent,
                {
                    "state": REJECTED if failed else VERIFIED,
                    "content": None,
                    "not_before": None,
                    "message": item.message,
                },
            )
            if failed:
                hold = Hold(item.code, item.message, item.fix)
                raise_problems(session, intent.channel_id, {intent.subject: hold})
            else:
                resolve_problems(session, intent.channel_id, [intent.subject])
        rows = [{"job_id": intent.job_id, **vars(item)} for intent, item in ends if intent.job_id is not None]
        upsert(session, JobItem, rows, keys=["job_id", "subject"], update=["result", "code", "message", "fix"])

    def _change(self, intent: OutboxIntent, **values: Any) -> None:
        with self.database.write() as session:
            self._guard(session)
            self._apply(session, intent, values)

    def _apply(self, session: Session, intent: OutboxIntent, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(intent, name, value)
        changed = session.exec(
            update(OutboxIntent).where(col(OutboxIntent.id) == intent.id).values(**values, updated_at=clock.now())
        )
        if not changed.rowcount:
            raise Withdrawn

    def _guard(self, session: Session) -> None:
        if not still_held(session, self._lane, self._owner):
            raise LostLease(self._lane)
