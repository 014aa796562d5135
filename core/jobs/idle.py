"""Runs of schedules that found nothing to do: there may be thousands of them a day, and none but the last is kept."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, delete, select

from core.jobs.context import JobContext
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem, JobState


def forget_idle(context: JobContext, channel: Channel) -> None:
    """Forget earlier such runs of the kind and channel of a job."""
    with context.database.write() as session:
        idle = list(session.exec(_idle(context, channel)))
        for model in (JobEvent, JobItem):
            session.exec(delete(model).where(col(model.job_id).in_(idle)))
        session.exec(delete(Job).where(col(Job.id).in_(idle)))


def _idle(context: JobContext, channel: Channel) -> Any:
    did_something = select(JobItem.id).where(col(JobItem.job_id) == Job.id).exists()
    kind = select(Job.kind).where(col(Job.id) == context.job_id).scalar_subquery()
    return (
        select(Job.id)
        .where(
            col(Job.kind) == kind,
            col(Job.channel_id) == channel.id,
            col(Job.state) == JobState.SUCCEEDED,
            col(Job.requested_by) == "system",
            col(Job.id) < context.job_id,
            ~did_something,
        )
        .limit(100)
    )
