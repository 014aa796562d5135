"""What happened to one item: the jobs that had to do with it, and its problems, open and resolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from core.actor import Actor
from core.database import Database
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job, JobItem
from core.model.problem import Problem
from core.people.rights import note_channel, visible_channels
from core.subjects import Owner, Subject

MOST = 50
"""Jobs of an item that are looked up."""


@dataclass(frozen=True)
class HistoryEntry:
    """One thing that happened; `result` is that of a job, "problem" or "resolved"."""

    at: datetime
    result: str
    job_id: int | None
    code: str
    message: str


def history_of(database: Database, actor: Actor, channel: str, subject: Subject, *flows: str) -> list[HistoryEntry]:
    """What happened to an item of a channel in some flows, newest first; a job counts when it ended."""
    note_channel(database, actor, channel)
    with database.read() as session:
        owner = session.exec(select(Channel).where(col(Channel.name) == channel, visible_channels(actor))).first()
        if owner is None:
            return []
        entries = [*_jobs(session, owner, subject), *_problems(session, owner, flows, subject)]
    return sorted(entries, key=lambda entry: (entry.at, entry.job_id or 0), reverse=True)


def _jobs(session: Session, channel: Channel, subject: Subject) -> list[HistoryEntry]:
    rows = session.exec(
        select(Job, JobItem)
        .join(JobItem, col(JobItem.job_id) == Job.id)
        .where(col(JobItem.subject) == str(subject), col(Job.channel_id) == channel.id)
        .order_by(col(JobItem.job_id).desc())
        .limit(MOST)
    ).all()
    return [
        HistoryEntry(job.finished_at or job.started_at or job.created_at, item.result, job.id, item.code, item.message)
        for job, item in rows
    ]


def _problems(session: Session, channel: Channel, flows: Sequence[str], subject: Subject) -> list[HistoryEntry]:
    owner = str(Owner.channel(stored_id(channel.id)))
    problems = session.exec(
        select(Problem).where(
            col(Problem.owner) == owner, col(Problem.flow).in_(flows), col(Problem.subject) == str(subject)
        )
    ).all()
    begun = [HistoryEntry(one.first_seen, "problem", None, one.code, one.message) for one in problems]
    ended = [HistoryEntry(one.resolved_at, "resolved", None, one.code, "") for one in problems if one.resolved_at]
    return begun + ended
