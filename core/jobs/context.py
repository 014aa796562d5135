"""What a running job is given: progress, log, results, calls, cancelling, and its checkpoint.

Log lines, results and counters are buffered and written together with the checkpoint or every half second, so that
a thousand items cost a few transactions. A separate thread renews the lease while a step takes long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from core import clock
from core.database import Database, upsert
from core.errors import WaitUntil
from core.jobs.lifecycle import LostLease, update_owned
from core.leases import LENGTH
from core.model.job import Job, JobEvent, JobItem
from core.redaction import redact

log = logging.getLogger(__name__)

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


class JobContext:
    """The hand that a flow is given on its job. Thread-safe."""

    def __init__(
        self,
        database: Database,
        job: Job,
        owner: str,
        *,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        assert job.id is not None
        self.database = database
        self.job_id = job.id
        self.owner = owner
        self.params = dict(job.params)
        self.checkpoint: dict[str, Any] = dict(job.checkpoint)
        self.background = job.requested_by == "system"
        self._should_stop = should_stop
        self._lock = threading.RLock()
        self._events: list[dict[str, Any]] = []
        self._items: dict[str, ItemResult] = {}
        self._calls: Counter[str] = Counter(job.calls)
        self._refused = job.refused_calls
        self._progress: dict[str, Any] = {}
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
        with self._lock:
            self._events.append(
                {"job_id": self.job_id, "at": clock.now(), "level": level, "text": redact(text), "subject": subject}
            )
        log.log(logging.getLevelNamesMapping()[level.upper()], "%s%s", f"{subject}: " if subject else "", text)

    def result(self, item: ItemResult) -> None:
        """Note what became of an item; a later result of the same item replaces the earlier one."""
        with self._lock:
            self._items[item.subject] = item

    def progress(self, *, step: str | None = None, done: int | None = None, total: int | None = None) -> None:
        """Say how far the job is; written at the next flush, so that it may be called inside a transaction."""
        with self._lock:
            values = {"step": step, "done": done, "total": total}
            self._progress.update({name: value for name, value in values.items() if value is not None})

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

    def save(self, session: Session, **checkpoint: Any) -> None:
        """Write the checkpoint and everything buffered in the caller's transaction; raises LostLease."""
        with self._lock:
            self.checkpoint = {**self.checkpoint, **checkpoint}
            self._write(session, checkpoint=self.checkpoint)

    def flush(self) -> None:
        """Write everything buffered now."""
        with self._lock, self.database.write() as session:
            self._write(session)

    def _write(self, session: Session, **values: Any) -> None:
        rows = [{"job_id": self.job_id, **vars(item)} for item in self._items.values()]
        upsert(session, JobItem, rows, keys=["job_id", "subject"], update=["result", "code", "message", "fix"])
        if self._events:
            session.connection().execute(JobEvent.__table__.insert(), self._events)  # type: ignore[attr-defined]
        update_owned(
            session,
            self.job_id,
            self.owner,
            calls=dict(self._calls),
            refused_calls=self._refused,
            counts=counts_of(session, self.job_id),
            **self._progress,
            **values,
        )
        # The buffers are emptied here although the caller commits later: if that fails, the job fails with it and
        # starts again from the checkpoint before.
        self._events, self._items, self._progress = [], {}, {}

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


def counts_of(session: Session, job_id: int) -> dict[str, int]:
    """How many items ended how; `seen` is all of them."""
    found = dict(
        session.exec(
            select(JobItem.result, func.count()).where(col(JobItem.job_id) == job_id).group_by(JobItem.result)
        ).all()
    )
    names = ("created", "updated", "unchanged", "held", "failed")
    return {"seen": sum(found.values()), **{name: found.get(name, 0) for name in names}}
