"""Claiming, leasing, waiting, finishing and recovering jobs.

    queued ──▶ running ──▶ succeeded | finished_with_problems | failed | cancelled
      ▲          │  ▲
      │          ▼  │ due
      └ released  waiting            running, owner dead ──▶ interrupted ──▶ running

Every change by a runner carries `AND owner = ?`: one that lost its lease stops writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, and_, col, select, update

from core import clock
from core.database import Database
from core.identity import is_known_dead
from core.jobs.standing import Standing
from core.leases import LENGTH, is_lapsed
from core.model.job import Job, JobEvent, JobState

REDISPATCH_AFTER = 15.0
"""Real seconds after which a job that nobody claimed is handed to the queue again."""
LONGEST_WAIT = timedelta(days=1)
"""A job that waits looks at least so often whether it still has to; a later time is one of a wrong clock."""


class LostLease(Exception):
    """Another worker has taken the job over; this one must stop without writing anything more."""


def lease_end() -> datetime:
    """When a lease taken now runs out."""
    return clock.now() + timedelta(seconds=clock.from_real(LENGTH))


def claim(database: Database, job_id: int, owner: str) -> Job | None:
    """Take a job for running; None when it is not to be run (now, or by us). Harmless to call twice."""
    with database.write() as session:
        claimed = session.exec(
            update(Job)
            .where(col(Job.id) == job_id, _claimable())
            .values(
                state=JobState.RUNNING,
                owner=owner,
                lease_until=lease_end(),
                not_before=None,
                waiting_for="",
            )
        )
        if not claimed.rowcount:
            return None
        job = session.get_one(Job, job_id, populate_existing=True)
        if job.started_at is None:
            job.started_at = clock.now()
            session.add(job)
        return job


def _claimable() -> Any:
    now, until = clock.now(), col(Job.not_before)
    return or_(
        col(Job.state).in_([JobState.QUEUED, JobState.INTERRUPTED]),
        and_(col(Job.state) == JobState.WAITING, or_(until <= now, until > now + LONGEST_WAIT)),
    )


def update_owned(session: Session, job_id: int, holder: str, **values: Any) -> None:
    """Change a job that `holder` runs and renew the lease; raises LostLease when it is not its own any more."""
    result = session.exec(
        update(Job)
        .where(col(Job.id) == job_id, col(Job.owner) == holder, col(Job.state) == JobState.RUNNING)
        .values(lease_until=lease_end(), **values)
    )
    if not result.rowcount:
        raise LostLease(f"job {job_id}")


def release(session: Session, job_id: int, owner: str) -> None:
    """Give a running job back to the queue with its checkpoint: the worker is stopping."""
    update_owned(session, job_id, owner, state=JobState.QUEUED, owner="", dispatched_at=None)


def pause(session: Session, job_id: int, owner: str, until: datetime, reason: str, **values: Any) -> None:
    """Let a running job wait until `until` (aware UTC), at most `LONGEST_WAIT`, holding no worker.

    A cancelled one is due at once.
    """
    job = session.exec(select(Job).where(col(Job.id) == job_id).with_for_update()).one()
    until = clock.now() if job.cancel_requested else min(until, clock.now() + LONGEST_WAIT)
    update_owned(
        session,
        job_id,
        owner,
        state=JobState.WAITING,
        owner="",
        not_before=until,
        waiting_for=reason,
        dispatched_at=None,
        **values,
    )


def wake(session: Session, job_ids: Sequence[int | None]) -> None:
    """What these jobs wait for is there: they are due at once."""
    if job_ids:
        waiting = update(Job).where(col(Job.id).in_(job_ids), col(Job.state) == JobState.WAITING)
        session.exec(waiting.values(not_before=clock.now(), dispatched_at=None))


def finish(session: Session, job_id: int, owner: str, state: JobState, **values: Any) -> None:
    """End a running job."""
    update_owned(
        session, job_id, owner, state=state, owner="", finished_at=clock.now(), waiting_for="", step="", **values
    )


def recover(database: Database) -> list[int]:
    """Mark running jobs without a living owner as interrupted; returns their ids.

    A lapsed lease suffices; on this host the death of the owner is known at once.
    """
    with database.read() as session:
        running = session.exec(select(Job).where(col(Job.state) == JobState.RUNNING)).all()
    orphaned = [job for job in running if is_lapsed(f"job {job.id}", job.owner, job.lease_until)]
    recovered: list[int] = []
    for job in orphaned:
        with database.write() as session:
            changed = session.exec(
                update(Job)
                .where(col(Job.id) == job.id, col(Job.state) == JobState.RUNNING, col(Job.owner) == job.owner)
                .values(state=JobState.INTERRUPTED, owner="", resumes=col(Job.resumes) + 1, dispatched_at=None)
            )
            if changed.rowcount and job.id is not None:
                session.add(
                    JobEvent(job_id=job.id, level="warning", text="Its worker died; it goes on from its checkpoint.")
                )
                recovered.append(job.id)
    return recovered


def due(database: Database) -> list[int]:
    """Jobs that should be running and were not handed to the queue lately; marks them as handed over."""
    lately = timedelta(seconds=clock.from_real(REDISPATCH_AFTER))
    handed, now = col(Job.dispatched_at), clock.now()
    with database.read() as session:
        rows = session.exec(
            select(Job.id, Job.runs_in)
            .where(_claimable(), or_(handed.is_(None), handed < now - lately, handed > now + lately))
            .order_by(col(Job.id))
        ).all()
    # A direct job is run by the process that asked for it, unless that has died.
    found = [job_id for job_id, runs_in in rows if job_id is not None and (not runs_in or is_known_dead(runs_in))]
    mark_dispatched(database, found)
    return found


def standing_before(session: Session, job_id: int) -> list[int]:
    """Jobs of the same kind and scope that were asked for earlier and have not ended, oldest first.

    One that works beside others, or waits for what is on its way in bulk, does not stand before them: it may take days.
    """
    job = session.get_one(Job, job_id)
    active = [JobState.QUEUED, JobState.RUNNING, JobState.WAITING, JobState.INTERRUPTED]
    found = session.exec(
        select(Job.id, Job.state, Job.checkpoint)
        .where(
            col(Job.scope) == job.scope,
            col(Job.kind) == job.kind,
            col(Job.state).in_(active),
            col(Job.id) < job_id,
        )
        .order_by(col(Job.id))
    ).all()
    return [
        earlier
        for earlier, state, checkpoint in found
        if earlier is not None and not _lets_pass(state, Standing.from_json(checkpoint))
    ]


def _lets_pass(state: str, standing: Standing) -> bool:
    return standing.beside or (state == JobState.WAITING and standing.lets_pass)


def mark_dispatched(database: Database, job_ids: Sequence[int]) -> None:
    """Note that the jobs were handed to the queue."""
    if not job_ids:
        return
    with database.write() as session:
        session.exec(update(Job).where(col(Job.id).in_(job_ids)).values(dispatched_at=clock.now()))
