"""Durable record of jobs: the queue carries only their ids, this is the truth."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.model.base import json_field, key_field, now_field, partial_index

_BRINGS_NEW = "new_problems > 0"


class JobState(StrEnum):
    """The exact words shown everywhere."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    SUCCEEDED = "succeeded"
    FINISHED_WITH_PROBLEMS = "finished_with_problems"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in FINAL


ACTIVE = (JobState.QUEUED, JobState.RUNNING, JobState.WAITING, JobState.INTERRUPTED)
FINAL = (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS, JobState.FAILED, JobState.CANCELLED)


class Job(SQLModel, table=True):
    """One request by a person or a schedule."""

    __table_args__ = (
        Index("ix_job_state", "state", "not_before"),
        Index("ix_job_scope", "scope", "kind"),
        # Few jobs bring something new, and they are looked for among all.
        partial_index("ix_job_new_problems", "id", where=_BRINGS_NEW),
    )

    id: int | None = key_field()
    kind: str
    scope: str = ""
    """What it works on: "channel 4", "seller 7", "store 3". Jobs of one kind and scope run one after the other."""
    channel_id: int | None = Field(default=None, foreign_key="channel.id", ondelete="CASCADE", index=True)
    channel_name: str = ""
    params: dict[str, Any] = json_field()
    state: str = JobState.QUEUED
    requested_by: str = ""
    retry_of: int | None = None
    runs_in: str = ""
    """The process that asked for a direct job and runs it; the queue leaves it alone while that process lives."""

    owner: str = ""
    lease_until: datetime | None = None
    not_before: datetime | None = None
    dispatched_at: datetime | None = None
    cancel_requested: bool = False
    resumes: int = 0

    checkpoint: dict[str, Any] = json_field()
    step: str = ""
    done: int = 0
    total: int | None = None
    phase: dict[str, Any] = json_field()
    """What `step`, `done` and `total` are part of; see `core.jobs.phases`."""
    waiting_for: str = ""
    counts: dict[str, int] = json_field()
    new_problems: int = 0
    """Items held or failed that the job before did not tell of alike; counted when the job ends."""
    calls: dict[str, int] = json_field()
    refused_calls: int = 0
    message: str = ""
    exit_code: int = 0
    """Of the error that made the job fail, in the sense of the command line."""
    setbacks: int = 0
    """Times in a row that a remote was not usable; bounds how long the job keeps trying."""

    created_at: datetime = now_field()
    started_at: datetime | None = None
    finished_at: datetime | None = None


class JobItem(SQLModel, table=True):
    """What became of one item of a job: created, updated, unchanged, held or failed."""

    __tablename__ = "job_item"
    __table_args__ = (UniqueConstraint("job_id", "subject"), Index("ix_job_item_subject", "subject", "job_id"))

    id: int | None = key_field()
    job_id: int = Field(foreign_key="job.id", ondelete="CASCADE")
    subject: str
    result: str
    code: str = ""
    message: str = ""
    fix: str = ""
    detail: bytes | None = Field(default=None, sa_type=LargeBinary)
    """What a preview shows of it, packed (`core.packing`)."""


class JobEvent(SQLModel, table=True):
    """One line of a job's log."""

    __tablename__ = "job_event"
    __table_args__ = (Index("ix_job_event_job_id_id", "job_id", "id"),)

    id: int | None = key_field()
    job_id: int = Field(foreign_key="job.id", ondelete="CASCADE")
    at: datetime = now_field()
    level: str = "info"
    text: str
    subject: str = ""


class Worker(SQLModel, table=True):
    """Heartbeat of a worker process."""

    owner: str = Field(primary_key=True)
    started_at: datetime = now_field()
    beat_at: datetime = now_field()
    threads: int = 1
