"""What needs a person: raised by plans and deliveries, resolved when the cause is gone."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select, update

from core import clock
from core.actor import Actor
from core.database import Database, upsert
from core.documents import NOT_SHOWN
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.problem import Problem
from core.people.rights import note_channel, visible_channels
from core.subjects import Owner, Subject
from core.sync.decisions import Hold
from core.windows import AT_ONCE, in_order


@dataclass(frozen=True)
class ProblemView:
    """One open problem for people."""

    id: int = field(metadata=NOT_SHOWN)
    channel: str
    subject: Subject
    code: str
    about: str
    """What fixes it for all items alike: a SKU, or the key of a mapping such as `payments.cod`; may be empty."""
    message: str
    fix: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True)
class ProblemGroup:
    """Open problems that one deed fixes: `message` and `fix` are those of the one that has been there longest."""

    channel: str
    code: str
    about: str
    subject: Subject
    """Of the one that has been there longest."""
    count: int
    message: str
    fix: str
    oldest: datetime


def raise_problems(
    session: Session,
    owner: Owner,
    flow: str,
    held: Mapping[Subject, Sequence[Hold]],
    codes: Collection[str] = (),
) -> None:
    """Note why items are held: these are all the open problems that the flow has of them now, or all of some codes."""
    now = clock.now()
    resolve_problems(session, owner, flow, list(held), codes)
    rows = [
        {
            "owner": str(owner),
            "flow": flow,
            "channel_id": owner.id if owner.kind == "channel" else None,
            "subject": str(subject),
            "code": hold.code,
            "about": hold.about,
            "message": hold.message,
            "fix": hold.fix,
            "first_seen": now,
            "last_seen": now,
            "resolved_at": None,
            "told_at": None,
        }
        for subject, holds in held.items()
        for hold in holds
    ]
    upsert(
        session,
        Problem,
        rows,
        keys=["owner", "flow", "subject", "code"],
        update=["about", "message", "fix", "last_seen", "resolved_at"],
    )


def resolve_problems(
    session: Session, owner: Owner, flow: str, subjects: Sequence[Subject], codes: Collection[str] = ()
) -> None:
    """Note that a flow holds items no more, or no more for some codes."""
    texts = [str(subject) for subject in subjects]
    mine = [col(Problem.owner) == str(owner), col(Problem.flow) == flow, col(Problem.resolved_at).is_(None)]
    if codes:
        mine.append(col(Problem.code).in_(codes))
    for start in range(0, len(texts), 500):
        some = col(Problem.subject).in_(texts[start : start + 500])
        session.exec(update(Problem).where(*mine, some).values(resolved_at=clock.now()))


def open_codes(session: Session, owner: Owner, flow: str, subject: Subject) -> frozenset[str]:
    """The codes of the open problems that a flow has of one item."""
    query = select(Problem.code).where(
        col(Problem.owner) == str(owner),
        col(Problem.flow) == flow,
        col(Problem.subject) == str(subject),
        col(Problem.resolved_at).is_(None),
    )
    return frozenset(session.exec(query))


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


def problem_keys(database: Database, actor: Actor, channel: str, code: str, about: str) -> array[int]:
    """The keys of a group's problems, oldest first."""
    note_channel(database, actor, channel)
    query = _open(actor, channel).where(col(Problem.code) == code, col(Problem.about) == about)
    with database.read() as session:
        return array("q", session.exec(query.with_only_columns(col(Problem.id)).order_by(col(Problem.id))).scalars())


def problem_rows(database: Database, actor: Actor, keys: Sequence[int]) -> list[ProblemView]:
    """The problems of some keys, in that order; those that are resolved or not the operator's are left out."""

    def read(some: Sequence[int]) -> list[ProblemView]:
        return _views(database, _open(actor, "").where(col(Problem.id).in_(some)), None, 0)

    return in_order(keys, read, lambda problem: problem.id)


def problem_of(database: Database, actor: Actor, channel: str, subject: Subject) -> ProblemView | None:
    """The open problem of one item, if it has one."""
    note_channel(database, actor, channel)
    found = _views(database, _open(actor, channel).where(col(Problem.subject) == str(subject)), 1, 0)
    return found[0] if found else None


def holders_of(
    database: Database, actor: Actor, channel: str, code: str, subjects: Sequence[Subject]
) -> dict[str, list[str]]:
    """Ids of subjects by the flow that holds them for a code, else by all that hold them; "" for none."""
    note_channel(database, actor, channel)
    held: dict[str, dict[str, list[str]]] = {}
    for start in range(0, len(subjects), AT_ONCE):
        some = [str(subject) for subject in subjects[start : start + AT_ONCE]]
        names = (col(Problem.subject), col(Problem.code), col(Problem.flow))
        query = _open(actor, channel).where(col(Problem.subject).in_(some)).with_only_columns(*names)
        with database.read() as session:
            for subject, found, flow in session.exec(query):
                held.setdefault(subject, {}).setdefault(found, []).append(flow)
    flows: dict[str, list[str]] = {}
    for subject in subjects:
        codes = held.get(str(subject), {})
        for flow in codes.get(code) or sorted({flow for some in codes.values() for flow in some}) or [""]:
            flows.setdefault(flow, []).append(subject.id)
    return flows


def problem_groups(database: Database, actor: Actor, channel: str = "") -> list[ProblemGroup]:
    """Open problems by what fixes them, the most first."""
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
        ProblemGroup(
            name,
            problem.code,
            problem.about,
            Subject.parse(problem.subject),
            count,
            problem.message,
            problem.fix,
            problem.first_seen,
        )
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
            Subject.parse(problem.subject),
            problem.code,
            problem.about,
            problem.message,
            problem.fix,
            problem.first_seen,
            problem.last_seen,
        )
        for problem, name in rows
    ]
