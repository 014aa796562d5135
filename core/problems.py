"""What needs a person: raised by plans and deliveries, resolved when the cause is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from core import clock
from core.actor import Actor
from core.database import Database, upsert
from core.model.channel import Channel
from core.model.problem import Problem
from core.plan.problems import Hold


@dataclass(frozen=True)
class ProblemView:
    """One open problem for people."""

    channel: str
    subject: str
    code: str
    message: str
    fix: str
    first_seen: datetime
    last_seen: datetime

    def document(self) -> dict[str, str]:
        """As JSON."""
        return {
            "channel": self.channel,
            "subject": self.subject,
            "code": self.code,
            "message": self.message,
            "fix": self.fix,
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
        }


def raise_problems(session: Session, channel_id: int, held: Mapping[str, Hold]) -> None:
    """Note why items are held; an item has one open problem at a time."""
    now = clock.now()
    _close(session, channel_id, list(held))
    rows = [
        {
            "channel_id": channel_id,
            "subject": subject,
            "code": hold.code,
            "message": hold.message,
            "fix": hold.fix,
            "first_seen": now,
            "last_seen": now,
            "resolved_at": None,
        }
        for subject, hold in held.items()
    ]
    upsert(
        session,
        Problem,
        rows,
        keys=["channel_id", "subject", "code"],
        update=["message", "fix", "last_seen", "resolved_at"],
    )


def resolve_problems(session: Session, channel_id: int, subjects: Sequence[str]) -> None:
    """Note that items are held no more."""
    _close(session, channel_id, subjects)


def _close(session: Session, channel_id: int, subjects: Sequence[str]) -> None:
    for start in range(0, len(subjects), 500):
        session.exec(
            update(Problem)
            .where(
                col(Problem.channel_id) == channel_id,
                col(Problem.subject).in_(subjects[start : start + 500]),
                col(Problem.resolved_at).is_(None),
            )
            .values(resolved_at=clock.now())
        )


def open_problems(database: Database, actor: Actor, channel: str | None = None) -> list[ProblemView]:
    """All open problems that the operator may see, oldest first."""
    query = (
        select(Problem, Channel)
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .where(col(Problem.resolved_at).is_(None))
        .order_by(col(Problem.id))
    )
    if channel:
        query = query.where(col(Channel.name) == channel)
    with database.read() as session:
        rows = session.exec(query).all()
    return [
        ProblemView(
            owner.name,
            problem.subject,
            problem.code,
            problem.message,
            problem.fix,
            problem.first_seen,
            problem.last_seen,
        )
        for problem, owner in rows
        if actor.may_see(owner.store_id, owner.company_id)
    ]
