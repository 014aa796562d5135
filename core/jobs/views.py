"""Jobs as people and scripts see them: frozen values, and the fixed JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, func, select

from core import clock
from core.actor import Actor
from core.database import Database
from core.documents import NOT_SHOWN, as_json
from core.identity import is_known_dead
from core.jobs.context import counts_of
from core.jobs.expected import Expected
from core.jobs.phases import Phase
from core.leases import is_lapsed
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobEvent, JobItem, JobState, Worker
from core.model.outbox import OPEN_STATES, OutboxIntent
from core.packing import unpacked
from core.people.rights import note_channel, require_job, visible_channels
from core.subjects import Subject

WORKER_SILENCE = 15.0
"""Real seconds without a heartbeat after which a worker counts as gone."""
_MOST_SKEW = timedelta(hours=1)
"""By which the clock of another host may be ahead."""


@dataclass(frozen=True)
class JobView:
    """One job; `done` and `total` count what `step` is about. Times are aware UTC."""

    id: int
    kind: str
    channel: str
    params: Mapping[str, Any] = field(metadata=NOT_SHOWN)
    """What it was asked to do; titles are made of it."""
    state: JobState
    step: str
    done: int
    total: int | None
    waiting_for: str
    waiting_until: datetime | None
    per_minute: float | None
    """Of what the step is about, while the job runs."""
    seconds_left: float | None
    """Until the step is done, at this rate."""
    counts: dict[str, int]
    new_problems: int
    """Items held or failed that the job before did not tell of; of a job that has ended."""
    calls: dict[str, int]
    refused_calls: int
    message: str
    exit_code: int
    requested_by: str
    retry_of: int | None
    cancel_requested: bool
    resumes: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expected: Mapping[str, Any] = field(default_factory=dict, metadata=NOT_SHOWN)
    """What it was planned to cost, as documents have it; empty for a job without such a plan."""


@dataclass(frozen=True)
class EventView:
    """One line of a job's log; `id` grows."""

    id: int
    at: datetime
    level: str
    text: str
    subject: str


@dataclass(frozen=True)
class ItemProblem:
    """A held or failed item of a job."""

    subject: str
    code: str
    message: str
    fix: str
    result: str


def get_job(database: Database, actor: Actor, job_id: int) -> JobView:
    """One job; raises UsageError when there is none that the operator may see."""
    require_job(database, actor, job_id)
    with database.read() as session:
        return job_view(session.get_one(Job, job_id))


def list_jobs(database: Database, actor: Actor, *, limit: int = 100, active_only: bool = False) -> list[JobView]:
    """The newest jobs first."""
    query = select(Job).outerjoin(Channel, col(Channel.id) == Job.channel_id).where(visible_channels(actor))
    query = query.order_by(col(Job.id).desc()).limit(limit)
    if active_only:
        query = query.where(col(Job.state).in_(ACTIVE))
    with database.read() as session:
        return [job_view(job) for job in session.exec(query).all()]


def events_after(
    database: Database, actor: Actor, job_id: int, last_id: int = 0, *, limit: int = 1_000
) -> list[EventView]:
    """Log lines of a job after the line `last_id`, oldest first."""
    require_job(database, actor, job_id)
    with database.read() as session:
        rows = session.exec(
            select(JobEvent)
            .where(col(JobEvent.job_id) == job_id, col(JobEvent.id) > last_id)
            .order_by(col(JobEvent.id))
            .limit(limit)
        ).all()
    return [EventView(row.id or 0, row.at, row.level, row.text, row.subject) for row in rows]


def item_problems(database: Database, actor: Actor, job_id: int) -> list[ItemProblem]:
    """Every held or failed item of a job, by subject."""
    require_job(database, actor, job_id)
    with database.read() as session:
        rows = session.exec(
            select(JobItem)
            .where(col(JobItem.job_id) == job_id, col(JobItem.result).in_(["held", "failed"]))
            .order_by(col(JobItem.subject))
        ).all()
    return [ItemProblem(row.subject, row.code, row.message, row.fix, row.result) for row in rows]


def item_details(database: Database, actor: Actor, job_id: int, limit: int | None = None) -> list[Any]:
    """What a job that only previews shows of its items, by subject; empty for others."""
    require_job(database, actor, job_id)
    with database.read() as session:
        query = select(JobItem.detail).where(col(JobItem.job_id) == job_id, col(JobItem.detail).is_not(None))
        rows = session.exec(query.order_by(col(JobItem.subject)).limit(limit))
        return [unpacked(detail) for detail in rows if detail]


def last_job_of(database: Database, actor: Actor, channel: str, subject: Subject) -> int | None:
    """The newest job of a channel that had to do with an item, or that it waits for."""
    # Written out into the statement, for SQLite uses a partial index only where it reads the index's own condition.
    open_states: BindParameter[str] = bindparam("open_states", OPEN_STATES, expanding=True, literal_execute=True)
    note_channel(database, actor, channel)
    with database.read() as session:
        owner = session.exec(select(Channel).where(col(Channel.name) == channel, visible_channels(actor))).first()
        if owner is None:
            return None
        done = session.exec(
            select(func.max(JobItem.job_id))
            .join(Job, col(Job.id) == JobItem.job_id)
            .where(col(JobItem.subject) == str(subject), col(Job.channel_id) == owner.id)
        ).one()
        ahead = session.exec(
            select(func.max(OutboxIntent.job_id)).where(
                col(OutboxIntent.store_id) == owner.store_id,
                col(OutboxIntent.subject) == str(subject),
                col(OutboxIntent.channel_id) == owner.id,
                col(OutboxIntent.state).in_(open_states),
            )
        ).one()
    return max((job_id for job_id in (done, ahead) if job_id is not None), default=None)


def job_document(database: Database, actor: Actor, job: JobView) -> dict[str, Any]:
    """The fixed JSON document of a job."""
    require_job(database, actor, job.id)
    with database.read() as session:
        counts = counts_of(session, job.id, session.get_one(Job, job.id).checkpoint)
    document: dict[str, Any] = {
        "job": job.id,
        "kind": job.kind,
        "channel": job.channel,
        "state": str(job.state),
        "started": as_json(job.started_at),
        "finished": as_json(job.finished_at),
        "counts": counts,
        "new_problems": job.new_problems,
        "calls": job.calls,
        "refused_calls": job.refused_calls,
        "problems": [
            {"subject": item.subject, "code": item.code, "message": item.message, "fix": item.fix}
            for item in item_problems(database, actor, job.id)
        ],
    }
    if job.expected:
        document["plan"] = job.expected
    if job.message:
        document["message"] = job.message
    if job.state is JobState.WAITING:
        document["waiting"] = {"for": job.waiting_for, "until": as_json(job.waiting_until)}
    return document


def living_workers(session: Session) -> list[Worker]:
    """The workers that are alive: their heartbeat is recent, and their process is not known to be gone."""
    silence, now = timedelta(seconds=clock.from_real(WORKER_SILENCE)), clock.now()
    beat_at = col(Worker.beat_at)
    # A beat that is far ahead is one of a clock that was wrong.
    workers = session.exec(select(Worker).where(beat_at > now - silence, beat_at < now + _MOST_SKEW)).all()
    return [worker for worker in workers if not is_known_dead(worker.owner)]


def live_workers(database: Database) -> int:
    """How many workers are alive."""
    with database.read() as session:
        return len(living_workers(session))


def exit_code(jobs: Sequence[JobView]) -> int:
    """What the command line returns for ended jobs."""
    codes = [_exit_code(job) for job in jobs]
    return max(codes, default=0)


def _exit_code(job: JobView) -> int:
    if job.state is JobState.SUCCEEDED:
        return 0
    return (job.exit_code or 1) if job.state is JobState.FAILED else 1


def job_view(job: Job) -> JobView:
    """A job as people see it."""
    assert job.id is not None
    state = _state(job)
    is_running = state is JobState.RUNNING
    pace = Phase.from_json(job.phase).per_second(job.done) if is_running else None
    return JobView(
        id=job.id,
        kind=job.kind,
        channel=job.channel_name,
        params=job.params,
        state=state,
        step=job.step,
        done=job.done,
        total=job.total,
        waiting_for=job.waiting_for,
        waiting_until=job.not_before if job.state == JobState.WAITING else None,
        per_minute=pace * 60 if pace else None,
        seconds_left=max(job.total - job.done, 0) / pace if pace and job.total is not None else None,
        expected=Expected.from_json(job.checkpoint).expected,
        counts=job.counts,
        new_problems=job.new_problems,
        calls=job.calls,
        refused_calls=job.refused_calls,
        message=job.message,
        exit_code=job.exit_code,
        requested_by=job.requested_by,
        retry_of=job.retry_of,
        cancel_requested=job.cancel_requested,
        resumes=job.resumes,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def _state(job: Job) -> JobState:
    """How it stands: what nobody renews is interrupted, before a worker has come and written that down."""
    state = JobState(job.state)
    if state is JobState.RUNNING and is_lapsed(f"job {job.id}", job.owner, job.lease_until):
        return JobState.INTERRUPTED
    return state
