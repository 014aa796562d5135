"""Lists of jobs, in windows: first the keys of everything that matches, then the rows that are looked at.

Schedules make tens of thousands of jobs a year. What matches is found without their contents, and has to be looked up
anew only when `as_of` has changed: in between, jobs go on but none comes, ends or changes its state.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, func, select

from core.actor import Actor
from core.database import Database
from core.jobs.views import JobView, job_view
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobState
from core.rights import note_channel, visible_channels

TROUBLED = frozenset({JobState.FAILED, JobState.FINISHED_WITH_PROBLEMS})
"""Ended, and not as they should."""

_AT_ONCE = 500


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; empty fields filter nothing."""

    states: frozenset[JobState] = frozenset()
    channel: str = ""
    kind: str = ""


@dataclass(frozen=True)
class JobKeys:
    """The ids that match, newest first; `counts` by state, and `total`, leave the wanted states aside."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    counts: dict[JobState, int] = field(default_factory=dict)
    total: int = 0


def job_keys(database: Database, actor: Actor, wanted: JobFilter) -> JobKeys:
    """Everything that matches; a vendor sees the jobs of the own company's channels."""
    query = select(Job.id, Job.state).order_by(col(Job.id).desc())
    if not actor.is_admin:
        query = query.join(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
    if wanted.channel:
        note_channel(database, actor, wanted.channel)
        query = query.where(col(Job.channel_name) == wanted.channel)
    if wanted.kind:
        query = query.where(col(Job.kind) == wanted.kind)
    with database.read() as session:
        # Straight from the driver: making a `Row` of each would take longer than finding them.
        rows: Sequence[Any] = session.connection().execute(query).cursor.fetchall()
    counted = Counter(state for _, state in rows)
    keys = array("q", [key for key, state in rows if not wanted.states or state in wanted.states])
    return JobKeys(keys, {state: counted[state] for state in JobState}, len(rows))


def jobs_page(database: Database, actor: Actor, keys: Sequence[int]) -> list[JobView]:
    """The jobs of some keys, in that order; those that are gone or not the operator's are left out."""
    query = select(Job).outerjoin(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
    found: dict[int, JobView] = {}
    with database.read() as session:
        for start in range(0, len(keys), _AT_ONCE):
            jobs = session.exec(query.where(col(Job.id).in_(keys[start : start + _AT_ONCE]))).all()
            found.update((job.id, job_view(job)) for job in jobs if job.id is not None)
    return [found[key] for key in keys if key in found]


def as_of(database: Database) -> tuple[object, ...]:
    """Another value as soon as a job came, ended or changed its state; costs next to nothing."""
    with database.read() as session:
        newest = session.exec(select(func.max(Job.id))).one()
        active = session.exec(select(Job.id, Job.state).where(col(Job.state).in_(ACTIVE)).order_by(col(Job.id))).all()
    return (newest, *((key, state) for key, state in active))
