"""What a running job is given: progress, log, results, calls, cancelling, and its checkpoint.

Log lines, results and counters are buffered and written together with the checkpoint or every half second, so that
a thousand items cost a few transactions. A separate thread renews the lease while a step takes long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from core import clock
from core.database import Database, upsert
from core.errors import WaitUntil
from core.jobs.lifecycle import LostLease, update_owned
from core.jobs.phases import Phase
from core.jobs.standing import Standing
from core.leases import LENGTH
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem
from core.packing import packed
from core.redaction import redact
from core.state import S, State

log = logging.getLogger(__name__)

TROUBLES = ("held", "failed")
"""Results that a person has to know."""
RESULTS = ("created", "updated", "unchanged", *TROUBLES)

FLUSH_EVERY = 0.5
"""Real seconds between two writes of buffered progress."""


class Cancelled(Exception):
    """A person cancelled the job; raised between two items."""


class Stopping(Exception):
    """The worker is stopping; the job goes back to the queue with its checkpoint."""


@dataclass(frozen=True)
class ItemResult:
    """What became of one item: created, updated, unchanged, held or failed."""

    subject: str
    result: str
    code: str = ""
    message: str = ""
    fix: str = ""
    detail: Any = None
    """What a preview shows of it, as JSON; None for nothing."""

    def row(self) -> dict[str, Any]:
        """Its columns in the table of items."""
        return {**vars(self), "detail": None if self.detail is None else packed(self.detail)}


RemoteKind = Literal["store", "seller"]
Deliver = Callable[["JobContext", Channel, RemoteKind], None]


def _cannot_deliver(context: JobContext, channel: Channel, remote: RemoteKind) -> None:
    raise RuntimeError("this context was made without a lane")


class JobContext:
    """The hand that a flow is given on its job. Thread-safe."""

    def __init__(
        self,
        database: Database,
        job: Job,
        owner: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        deliver: Deliver = _cannot_deliver,
    ) -> None:
        """`deliver` runs the lane of a remote: whoever runs jobs knows all flows, a flow knows only itself."""
        assert job.id is not None
        self.database = database
        self.job_id = job.id
        self.owner = owner
        self.params = dict(job.params)
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.requested_by = job.requested_by
        self.background = job.requested_by == "system"
        self._should_stop = should_stop
        self._deliver = deliver
        self._lock = threading.RLock()
        self._events: list[dict[str, Any]] = []
        self._items: dict[str, ItemResult] = {}
        self._calls: Counter[str] = Counter(job.calls)
        self._refused = job.refused_calls
        self._progress: dict[str, Any] = {}
        self._phase = Phase.from_json(job.phase)
        self._so_far, self._of = job.done, job.total
        self._is_part = False
        self._checked_at = 0.0
        self._lost = threading.Event()
        self._done = threading.Event()

    # -- what flows tell ------------------------------------------------------------------------------------

    def called(self, operation: str) -> None:
        """Count a call to Amazon."""
        with self._lock:
            self._calls[operation] += 1

    def refused(self, operation: str) -> None:
        """Count a call that Amazon refused by quota."""
        with self._lock:
            self._refused += 1

    def event(self, text: str, *, level: str = "info", subject: str = "") -> None:
        """Add a line to the job's log."""
        self._add_event(self.job_id, text, level, subject)
        log.log(logging.getLevelNamesMapping()[level.upper()], "%s%s", f"{subject}: " if subject else "", text)

    def event_of(self, job_id: int | None, text: str, *, level: str = "info", subject: str = "") -> None:
        """Add a line to the log of the job whose work it is about, which may be another one (None: it is gone).

        Whoever may read a job's log need not know of another job's work; so nothing of it goes to this process's log
        either.
        """
        if job_id == self.job_id:
            self.event(text, level=level, subject=subject)
        elif job_id is not None:
            self._add_event(job_id, text, level, subject)

    def _add_event(self, job_id: int, text: str, level: str, subject: str) -> None:
        with self._lock:
            self._events.append(
                {"job_id": job_id, "at": clock.now(), "level": level, "text": redact(text), "subject": subject}
            )

    def result(self, item: ItemResult) -> None:
        """Note what became of an item; a later result of the same item replaces the earlier one."""
        with self._lock:
            self._items[item.subject] = item

    def seen(self, count: int) -> None:
        """Say how many items there were in all of which none gets a result; written by the next `save`."""
        self.keep(replace(self.state(Standing), counted=count))

    def phase(self, verb: str, unit: str) -> None:
        """Begin a phase, unless it has begun: `verb` says what is done to how many `unit` by its end ("Read", "order").

        The one before leaves a line in the log; its numbers are cleared. As `progress` does, it writes nothing now.
        """
        with self._lock:
            if self._is_part or self._phase.is_same(verb, unit):
                return
            self.end_phase()
            self._phase = Phase(verb, unit, clock.now(), self._calls.total())
            self._so_far, self._of = 0, None
            self._progress.update(phase=self._phase.to_json(), done=0, total=None)

    @contextmanager
    def within_phase(self) -> Iterator[None]:
        """What is done inside is a part of the present phase: it tells of no phase and no progress of its own."""
        self._is_part = True
        try:
            yield
        finally:
            self._is_part = False

    def end_phase(self) -> None:
        """Let the log say what the present phase has done."""
        with self._lock:
            if text := self._phase.summary(self._so_far, self._of, self._calls.total()):
                self.event(text)
            self._phase = Phase()

    def progress(self, *, step: str | None = None, done: int | None = None, total: int | None = None) -> None:
        """Say how far the phase is; written at the next flush, so that it may be called inside a transaction."""
        with self._lock:
            if self._is_part:
                return
            self._so_far = self._so_far if done is None else done
            self._of = self._of if total is None else total
            values = {"step": step, "done": done, "total": total}
            self._progress.update({name: value for name, value in values.items() if value is not None})

    def deliver(self, channel: Channel, remote: RemoteKind) -> None:
        """Write a channel's open intents to its store or its seller account until those of this job have ended."""
        self._deliver(self, channel, remote)

    # -- what flows ask -------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raise Cancelled, Stopping or LostLease when the job must not go on, and write what is buffered.

        Cheap; call it between items, outside of any transaction.
        """
        if self._lost.is_set():
            raise LostLease(f"job {self.job_id}")
        if self._should_stop():
            raise Stopping
        if time.monotonic() - self._checked_at < FLUSH_EVERY:
            return
        self._checked_at = time.monotonic()
        with self.database.read() as session:
            state = session.exec(select(Job.cancel_requested, Job.owner).where(col(Job.id) == self.job_id)).first()
        if state is None or state[1] != self.owner:
            raise LostLease(f"job {self.job_id}")
        if state[0]:
            raise Cancelled
        self.flush()

    def stopping(self) -> bool:
        """Whether the job should come to an end soon; for loops that cannot raise."""
        return self._should_stop() or self._lost.is_set()

    def wait(self, seconds: float, reason: str) -> None:
        """Leave the worker and come back in `seconds` of the program's time."""
        self.wait_until(clock.after(seconds), reason)

    def wait_until(self, until: datetime, reason: str) -> None:
        """Leave the worker and come back at `until`."""
        raise WaitUntil(until, reason)

    # -- writing --------------------------------------------------------------------------------------------

    def state(self, kind: type[S]) -> S:
        """What the checkpoint says of a kind of state."""
        return kind.from_json(self.checkpoint)

    def keep(self, state: State) -> None:
        """Let the checkpoint say this; it is written by the next `save`."""
        with self._lock:
            self.checkpoint = state.into(self.checkpoint)

    def save(self, session: Session, *states: State) -> None:
        """Write the checkpoint, with these states in it, and everything buffered in the caller's transaction.

        Raises LostLease.
        """
        with self._lock:
            for state in states:
                self.keep(state)
            self._write(session, checkpoint=self.checkpoint)

    def flush(self) -> None:
        """Write everything buffered now."""
        with self._lock, self.database.write() as session:
            self._write(session)

    def _write(self, session: Session, **values: Any) -> None:
        rows = [{"job_id": self.job_id, **item.row()} for item in self._items.values()]
        changed = ["result", "code", "message", "fix", "detail"]
        upsert(session, JobItem, rows, keys=["job_id", "subject"], update=changed)
        if events := self._tellable(session):
            session.connection().execute(JobEvent.__table__.insert(), events)  # type: ignore[attr-defined]
        update_owned(
            session,
            self.job_id,
            self.owner,
            calls=dict(self._calls),
            refused_calls=self._refused,
            counts=counts_of(session, self.job_id, self.checkpoint),
            **self._progress,
            **values,
        )
        # The buffers are emptied here although the caller commits later: if that fails, the job fails with it and
        # starts again from the checkpoint before.
        self._events, self._items, self._progress = [], {}, {}

    def _tellable(self, session: Session) -> list[dict[str, Any]]:
        """The buffered events without those of jobs that have been deleted meanwhile."""
        others = {event["job_id"] for event in self._events} - {self.job_id}
        there: set[int | None] = {self.job_id}
        if others:
            there.update(session.exec(select(col(Job.id)).where(col(Job.id).in_(others)).with_for_update()))
        return [event for event in self._events if event["job_id"] in there]

    # -- lease ----------------------------------------------------------------------------------------------

    @contextmanager
    def keeping_lease(self) -> Iterator[None]:
        """Renew the lease from a thread while the job runs."""
        thread = threading.Thread(target=self._renew, name=f"lease-{self.job_id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()

    def _renew(self) -> None:
        while not self._done.wait(LENGTH / 4):
            try:
                with self.database.write() as session:
                    update_owned(session, self.job_id, self.owner)
            except LostLease:
                if not self._done.is_set():
                    self._lost.set()
                return
            except Exception:
                log.exception("the lease of job %s could not be renewed", self.job_id)


def counts_of(session: Session, job_id: int, checkpoint: Mapping[str, Any]) -> dict[str, int]:
    """How many items ended how; `seen` is all of them, and those that were only counted."""
    found = dict(
        session.exec(
            select(JobItem.result, func.count()).where(col(JobItem.job_id) == job_id).group_by(JobItem.result)
        ).all()
    )
    seen = sum(found.values()) + Standing.from_json(checkpoint).counted
    return {"seen": seen, **{name: found.get(name, 0) for name in RESULTS}}


def new_problems(session: Session, job_id: int) -> int:
    """How many items are held or failed that the channel's job before did not tell of alike.

    What a job left unchanged it did not judge, so that the one before counts.
    """
    earlier, item = aliased(Job), aliased(JobItem)
    channel = select(Job.channel_id).where(col(Job.id) == job_id).scalar_subquery()
    last = (
        select(func.max(item.job_id))
        .join(earlier, col(earlier.id) == item.job_id)
        .where(
            col(item.subject) == JobItem.subject,
            col(item.job_id) < job_id,
            col(item.result) != "unchanged",
            col(earlier.channel_id) == channel,
        )
        .correlate(JobItem)
        .scalar_subquery()
    )
    told = aliased(JobItem)
    is_known = exists().where(
        col(told.job_id) == last,
        col(told.subject) == JobItem.subject,
        col(told.result) == JobItem.result,
        col(told.code) == JobItem.code,
    )
    query = select(func.count()).where(col(JobItem.job_id) == job_id, col(JobItem.result).in_(TROUBLES), ~is_known)
    return session.exec(query).one()
