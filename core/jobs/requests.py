"""Asking for jobs, cancelling and retrying them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select, update

from core import clock
from core.actor import SYSTEM, Actor
from core.audit import record
from core.database import Database
from core.errors import UsageError
from core.identity import is_known_dead, new_owner
from core.jobs.withdraw import withdraw_intents
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobEvent, JobItem, JobState
from core.model.order import AmazonOrder
from core.rights import require_company, require_job


@dataclass(frozen=True)
class Requested:
    """The job that will do the work; `joined` when it was there already.

    `here`: this process runs it, as `--direct` or the channel's `use_queue` wants; see `tasks.start`.
    """

    job_id: int
    joined: bool
    here: bool = False


def request(
    database: Database,
    actor: Actor,
    kind: str,
    channel: Channel,
    params: dict[str, Any],
    *,
    retry_of: int | None = None,
    direct: bool = False,
) -> Requested:
    """Record a job, or join an active one of the same kind and channel whose parameters contain these.

    A direct job, and every one of a channel that does not use the queue, runs in the process that asks. Such a job
    never joins, unless a schedule asks.
    """
    require_company(database, actor, channel.store_id, channel.company_id, f"start work on channel {channel.name}")
    here = direct or not channel.settings.get("use_queue", True)
    with database.write() as session:
        if not here or actor == SYSTEM:
            for job in _active(session, kind, channel):
                # One that plans already may have passed by what has changed since.
                too_late = "replan" in params and job.started_at is not None
                if _contains(job.params, params) and not job.cancel_requested and not too_late:
                    assert job.id is not None
                    return Requested(job.id, joined=True)
        job = Job(
            kind=kind,
            channel_id=channel.id,
            channel_name=channel.name,
            params=params,
            requested_by=actor.name,
            retry_of=retry_of,
            runs_in=new_owner() if here else "",
        )
        session.add(job)
        session.flush()
        assert job.id is not None
        session.add(JobEvent(job_id=job.id, text=f"Asked for by {actor.name}."))
        return Requested(job.id, joined=False, here=here)


def _active(session: Session, kind: str, channel: Channel) -> list[Job]:
    return list(
        session.exec(
            select(Job).where(col(Job.kind) == kind, col(Job.channel_id) == channel.id, col(Job.state).in_(ACTIVE))
        ).all()
    )


def _contains(running: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a job with the parameters `running` does all that `asked` wants."""
    if running == asked:
        return True
    both = {name for name in running.keys() | asked.keys() if running.get(name) != asked.get(name)}
    name = next(iter(both)) if len(both) == 1 else ""
    wider = name in ("order_ids", "replan") and running.get(name) and asked.get(name)
    return bool(wider) and set(asked[name]) <= set(running[name])


def cancel(database: Database, actor: Actor, job_id: int) -> None:
    """Cancel between two items; a job that does not run ends at once. Raises UsageError when it has ended."""
    require_job(database, actor, job_id)
    with database.write() as session:
        job = session.get_one(Job, job_id, with_for_update=True)
        if JobState(job.state).is_final:
            raise UsageError(f"It is {job.state} already.", subject=f"job {job_id}")
        session.add(JobEvent(job_id=job_id, text=f"{actor.name} cancels it."))
        record(session, actor, "job.cancel", f"job {job_id}")
        job.cancel_requested = True
        if job.state != JobState.RUNNING or is_known_dead(job.owner):
            withdraw_intents(session, job_id)
            job.state, job.owner = JobState.CANCELLED, ""
            job.finished_at = clock.now()
            job.waiting_for, job.not_before = "", None
            job.message = "Cancelled by an operator."
        session.add(job)


def retry(database: Database, actor: Actor, job_id: int, *, direct: bool = False) -> Requested:
    """Run the failed items of an ended job again; held ones are planned again with every import anyway.

    Raises UsageError when the job has not ended, or nothing in it failed.
    """
    require_job(database, actor, job_id)
    with database.write() as session:
        job = session.get_one(Job, job_id, with_for_update=True)
        if not JobState(job.state).is_final:
            raise UsageError(f"It is {job.state}.", subject=f"job {job_id}", next_step="Cancel it, or let it end.")
        failed = session.exec(
            select(JobItem.subject).where(col(JobItem.job_id) == job_id, col(JobItem.result).in_(["failed", "held"]))
        ).all()
        channel = session.get(Channel, job.channel_id) if job.channel_id else None
        if channel is None:
            raise UsageError("Its channel is gone.", subject=f"job {job_id}")
        order_ids = sorted(subject.removeprefix("order ") for subject in failed)
        unfinished = job.state in (JobState.FAILED, JobState.CANCELLED)
        if not order_ids and not unfinished:
            raise UsageError("Nothing in it failed.", subject=f"job {job_id}")
        session.exec(
            update(AmazonOrder)
            .where(col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id).in_(order_ids))
            .values(dirty=True)
        )
        record(session, actor, "job.retry", f"job {job_id}")
        kind = job.kind
    params = dict(job.params) if unfinished else {"replan": order_ids}
    return request(database, actor, kind, channel, params, retry_of=job_id, direct=direct)
