"""What needs a person: raised by plans and deliveries, resolved when the cause is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select, update

from core import clock
from core.actor import Actor
from core.database import Database, upsert
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.problem import Problem
from core.plan.problems import Hold
from core.rights import note_channel, visible_channels


@dataclass(frozen=True)
class ProblemView:
    """One open problem for people."""

    id: int
    channel: str
    subject: str
    code: str
    about: str
    """What mends it for all items alike: a SKU, or the key of a mapping such as `payments.cod`; may be empty."""
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
            "about": self.about,
            "message": self.message,
            "fix": self.fix,
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
        }


@dataclass(frozen=True)
class ProblemGroup:
    """Open problems that one deed mends: `message` and `fix` are those of the one that has been there longest."""

    channel: str
    code: str
    about: str
    count: int
    message: str
    fix: str
    oldest: datetime


def raise_problems(session: Session, channel_id: int, held: Mapping[str, Hold]) -> None:
    """Note why items are held; an item has one open problem at a time."""
    now = clock.now()
    _close(session, channel_id, list(held))
    rows = [
        {
            "channel_id": channel_id,
            "subject": subject,
            "code": hold.code,
            "about": hold.about,
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
        update=["about", "message", "fix", "last_seen", "resolved_at"],
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


def open_problems(
    database: Database, actor: Actor, channel: str | None = None, *, limit: int | None = None, offset: int = 0
) -> list[ProblemView]:
    """Open problems that the operator may see, oldest first."""
    note_channel(database, actor, channel)
    return _views(database, _open(actor, channel or ""), limit, offset)


def problems_in(
    database: Database, actor: Actor, channel: str, code: str, about: str, limit: int = 100, offset: int = 0
) -> list[ProblemView]:
    """The problems of one group, oldest first."""
    note_channel(database, actor, channel)
    query = _open(actor, channel).where(col(Problem.code) == code, col(Problem.about) == about)
    return _views(database, query, limit, offset)


def problem_of(database: Database, actor: Actor, channel: str, subject: str) -> ProblemView | None:
    """The open problem of one item, if it has one."""
    note_channel(database, actor, channel)
    found = _views(database, _open(actor, channel).where(col(Problem.subject) == subject), 1, 0)
    return found[0] if found else None


def problem_groups(database: Database, actor: Actor, channel: str = "") -> list[ProblemGroup]:
    """Open problems by what mends them, the most first."""
    note_channel(database, actor, channel)
    groups = (
        _open(actor, channel)
        .with_only_columns(func.min(Problem.id).label("first"), func.count().label("count"))
        .group_by(col(Problem.channel_id), col(Problem.code), col(Problem.about))
        .subquery()
    )
    query = (
        select(Problem, Channel.name, groups.c.count)
        .join(groups, groups.c.first == Problem.id)
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .order_by(groups.c.count.desc(), col(Problem.id))
    )
    with database.read() as session:
        rows = session.exec(query).all()
    return [
        ProblemGroup(name, problem.code, problem.about, count, problem.message, problem.fix, problem.first_seen)
        for problem, name, count in rows
    ]


def _open(actor: Actor, channel: str) -> Any:
    query = (
        select(Problem, Channel.name)
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .where(col(Problem.resolved_at).is_(None), visible_channels(actor))
    )
    return query.where(col(Channel.name) == channel) if channel else query


def _views(database: Database, query: Any, limit: int | None, offset: int) -> list[ProblemView]:
    with database.read() as session:
        rows = session.exec(query.order_by(col(Problem.id)).limit(limit).offset(offset)).all()
    return [
        ProblemView(
            stored_id(problem.id),
            name,
            problem.subject,
            problem.code,
            problem.about,
            problem.message,
            problem.fix,
            problem.first_seen,
            problem.last_seen,
        )
        for problem, name in rows
    ]
