"""Asking for jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from core.actor import SYSTEM, Actor, person
from core.database import Database
from core.identity import new_owner
from core.jobs.kinds import JobKind
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import ACTIVE, Job, JobEvent
from core.people.rights import require_company
from core.subjects import Owner


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
    kind: JobKind,
    channel: Channel,
    params: dict[str, Any],
    *,
    retry_of: int | None = None,
    direct: bool = False,
    by_worker: bool = False,
) -> Requested:
    """Record a job, or join an active one of the same kind and channel whose parameters contain these.

    A direct job, and every one of a channel that does not use the queue, runs in the process that asks. Such a job
    never joins, unless a schedule asks. With `by_worker` it is left to the workers: a job asks, and goes on itself.
    """
    require_company(database, actor, channel.store_id, channel.company_id, f"start work on channel {channel.name}")
    here = not by_worker and (direct or not channel.settings.get("use_queue", True))
    with database.write() as session:
        if not here or actor == SYSTEM:
            for job in _active(session, kind, channel):
                if kind.covers(job, params) and not job.cancel_requested:
                    assert job.id is not None
                    return Requested(job.id, joined=True)
        job = Job(
            kind=kind.name,
            scope=str(Owner.channel(stored_id(channel.id))),
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
        session.add(JobEvent(job_id=job.id, text=f"Started by {person(actor.name)}."))
        return Requested(job.id, joined=False, here=here)


def _active(session: Session, kind: JobKind, channel: Channel) -> list[Job]:
    return list(
        session.exec(
            select(Job).where(col(Job.kind) == kind.name, col(Job.channel_id) == channel.id, col(Job.state).in_(ACTIVE))
        ).all()
    )
