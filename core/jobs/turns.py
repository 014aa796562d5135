"""Jobs that must not run side by side: one after the other, or taking turns at a lease."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from sqlmodel import col, select

from core import clock
from core.database import Database
from core.jobs.context import JobContext
from core.jobs.lifecycle import standing_before, wake
from core.jobs.standing import Standing
from core.leases import held_by_another, holding, release, take
from core.model.job import Job, JobState
from core.model.lease import Lease

_ASIDE = 1.0
"""Real seconds to step aside for another job, in front of all that wait."""
_BEHIND = 5.0
"""The same behind that one: a hundred jobs that look every second would keep a database busy with nothing else."""
_TURN = 20.0
"""Real seconds that a job may go on at a lease while another one waits for it."""


class Turn:
    """A job's time at a lease."""

    def __init__(self, context: JobContext, lease: str) -> None:
        self._database = context.database
        self._next, self._job = _next(lease), _waiter(context)
        self._asked_at = time.monotonic() + _TURN - _ASIDE

    def is_over(self) -> bool:
        """Whether another job waits, and this one has gone on for long enough; asks once a second. Thread-safe."""
        if time.monotonic() - self._asked_at < _ASIDE:
            return False
        self._asked_at = time.monotonic()
        return held_by_another(self._database, self._next, self._job)


def queue_behind(context: JobContext) -> None:
    """Let jobs of the same kind and scope that were asked for earlier come to their end first."""
    with context.database.read() as session:
        earlier = standing_before(session, context.job_id)
    if earlier:
        context.wait(clock.from_real(2 * _ASIDE), f"job {earlier[0]} of the same channel")


def alone(context: JobContext, lease: str, other: str, work: Callable[[Turn], None]) -> None:
    """Do `work` while holding a lease, or step aside for whoever holds it, which `other` names.

    Whoever waits holds a second lease, the place in front of the queue: it is asked for first, so that a job that
    ended its turn does not take the next one as well. `work` ends early, by a wait, when its turn is over. Then whoever
    waits in front is woken, so the lease is never idle while jobs wait for it.
    """
    database, place, waiter = context.database, _next(lease), _waiter(context)
    is_in_front = take(database, place, waiter)
    if not is_in_front or not take(database, lease, context.owner):
        context.keep(replace(context.state(Standing), stepped_aside=True))
        context.wait(clock.from_real(_ASIDE if is_in_front else _BEHIND), other)
    release(database, place, waiter)
    try:
        with holding(database, lease, context.owner):
            work(Turn(context, lease))
    finally:
        _wake_next(database, place, other)


def pass_by(context: JobContext, lease: str, other: str) -> None:
    """Leave the line for a lease that is not wanted any more: who comes next is woken."""
    if context.state(Standing).stepped_aside:
        place = _next(lease)
        release(context.database, place, _waiter(context))
        _wake_next(context.database, place, other)


def _wake_next(database: Database, place: str, other: str) -> None:
    """Let the job in front look at once; where none has taken the place, the one that was asked for first."""
    with database.write() as session:
        front = session.get(Lease, place)
        waiting = session.exec(
            select(Job.id)
            .where(col(Job.state) == JobState.WAITING, col(Job.waiting_for) == other)
            .order_by(col(Job.id))
        ).all()
        in_front = next((job for job in waiting if front and front.owner == f"job {job}"), None)
        wake(session, [in_front] if in_front else waiting[:1])


def _next(lease: str) -> str:
    return f"{lease}/next"


def _waiter(context: JobContext) -> str:
    """Who waits: the job, in whichever process it comes back."""
    return f"job {context.job_id}"
