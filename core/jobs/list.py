"""Lists of jobs, in windows: first the keys of everything that matches, then the rows that are looked at.

Schedules make tens of thousands of jobs a year. What matches is found without their contents, and has to be looked up
anew only when `as_of` has changed: in between, jobs go on but none comes, ends or changes its state.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import col, func, select

from core.actor import Actor
from core.database import Database, plain_rows
from core.jobs.views import JobView, job_view
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobState
from core.people.rights import note_channel, visible_channels
from core.people.sessions import goes_on
from core.windows import Keys, in_order


class JobGroup(StrEnum):
    """How a job stands, in words for people; problems that the job before had too are no reason to look at it."""

    ACTIVE = "active"
    PROBLEMS = "with problems"
    FINISHED = "finished"


_ACTIVE = frozenset(ACTIVE)


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; empty fields filter nothing."""

    states: frozenset[JobGroup] = frozenset()
    channel: str = ""
    kind: str = ""


def job_keys(database: Database, actor: Actor, wanted: JobFilter) -> Keys[JobGroup]:
    """Everything that matches, newest first; a vendor sees the jobs of the own company's channels."""
    query = select(Job.id, Job.state).order_by(col(Job.id).desc())
    if actor.is_admin:
        query = query.where(goes_on(actor))
    else:
        query = query.join(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
    if wanted.channel:
        note_channel(database, actor, wanted.channel)
        query = query.where(col(Job.channel_name) == wanted.channel)
    if wanted.kind:
        query = query.where(col(Job.kind) == wanted.kind)
    with database.read() as session:
        rows = plain_rows(session, query)
        troubled = set(session.exec(select(Job.id).where(col(Job.new_problems) > 0)))

    def group_of(key: int, state: str) -> JobGroup:
        if state in _ACTIVE:
            return JobGroup.ACTIVE
        return JobGroup.PROBLEMS if state == JobState.FAILED or key in troubled else JobGroup.FINISHED

    stands = [(key, group_of(key, state)) for key, state in rows]
    counted = Counter(group for _, group in stands)
    keys = array("q", [key for key, group in stands if not wanted.states or group in wanted.states])
    return Keys(keys, {group: counted[group] for group in JobGroup}, len(rows))


def jobs_page(database: Database, actor: Actor, keys: Sequence[int]) -> list[JobView]:
    """The jobs of some keys, in that order; those that are gone or not the operator's are left out."""
    query = select(Job).outerjoin(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
    with database.read() as session:

        def read(some: Sequence[int]) -> Iterator[JobView]:
            return map(job_view, session.exec(query.where(col(Job.id).in_(some))))

        return in_order(keys, read, lambda job: job.id)


def as_of(database: Database) -> tuple[object, ...]:
    """Another value as soon as a job came, ended or changed its state; costs next to nothing."""
    with database.read() as session:
        newest = session.exec(select(func.max(Job.id))).one()
        active = session.exec(select(Job.id, Job.state).where(col(Job.state).in_(ACTIVE)).order_by(col(Job.id))).all()
    return (newest, *((key, state) for key, state in active))
