"""Cancelling jobs and running them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.actor import Actor
from core.database import Database
from core.errors import UsageError
from core.flows import FLOWS, kind_of
from core.identity import is_known_dead
from core.jobs.context import new_problems
from core.jobs.kinds import JobKind
from core.jobs.requests import Requested, request
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem, JobState
from core.people.audit import record
from core.people.rights import require_job
from core.subjects import ids_of
from core.sync.flow import Flow
from core.sync.outbox import withdraw_job


def cancel(database: Database, actor: Actor, job_id: int, *, flows: Sequence[Flow] = FLOWS) -> None:
    """Cancel between two items; a job that does not run ends at once. Raises UsageError when it has ended."""
    require_job(database, actor, job_id)
    with database.write() as session:
        job = session.get_one(Job, job_id, with_for_update=True)
        if JobState(job.state).is_final:
            raise UsageError(f"It is {job.state} already.", subject=f"job {job_id}")
        session.add(JobEvent(job_id=job_id, text=f"Cancelled by {actor.name}."))
        record(session, actor, "job.cancel", f"job {job_id}")
        job.cancel_requested = True
        if job.state != JobState.RUNNING or is_known_dead(job.owner):
            take_back(session, job, kind_of(job, flows))
            job.state, job.owner = JobState.CANCELLED, ""
            job.finished_at = clock.now()
            job.waiting_for, job.not_before = "", None
            job.message = "Cancelled by an operator."
            job.new_problems = new_problems(session, job_id)
        session.add(job)


def take_back(session: Session, job: Job, kind: JobKind | None) -> None:
    """Delete what a job wanted to write and has not begun, and let it be planned again next time.

    What a kind wants that this version does not know stays: nobody here could plan it again.
    """
    if kind is None:
        return
    subjects = withdraw_job(session, stored_id(job.id))
    kind.plan_again(session, job, [subject.id for subject in subjects if subject.kind == kind.subject])


def retry(
    database: Database, actor: Actor, job_id: int, *, direct: bool = False, flows: Sequence[Flow] = FLOWS
) -> Requested:
    """Run the failed items of an ended job again; held ones are planned again with every job of the kind anyway.

    Raises UsageError when the job has not ended, or nothing in it failed.
    """
    require_job(database, actor, job_id)
    with database.write() as session:
        job = session.get_one(Job, job_id, with_for_update=True)
        if not JobState(job.state).is_final:
            raise UsageError(f"It is {job.state}.", subject=f"job {job_id}", next_step="Cancel it, or let it end.")
        channel = session.get(Channel, job.channel_id) if job.channel_id else None
        kind = kind_of(job, flows)
        if channel is None or kind is None:
            raise UsageError("Its channel is gone.", subject=f"job {job_id}")
        failed = session.exec(
            select(JobItem.subject).where(col(JobItem.job_id) == job_id, col(JobItem.result).in_(["failed", "held"]))
        ).all()
        items = sorted(ids_of(failed, kind.subject))
        unfinished = job.state in (JobState.FAILED, JobState.CANCELLED)
        if not items and not unfinished:
            raise UsageError("Nothing in it failed.", subject=f"job {job_id}")
        kind.plan_again(session, job, items)
        record(session, actor, "job.retry", f"job {job_id}")
    params = dict(job.params) if unfinished else _kept(kind, job) | kind.retry_params(items)
    return request(database, actor, kind, channel, params, retry_of=job_id, direct=direct)


def _kept(kind: JobKind, job: Job) -> dict[str, Any]:
    """What a job that runs only some items again has from the one before."""
    return {name: job.params[name] for name in kind.kept if name in job.params}
