"""Jobs that take turns at a lease: who waits is woken when it is free, and does not ask without end."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlmodel import delete

from core import clock
from core.database import Database
from core.errors import WaitUntil
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.jobs.turns import Turn, alone
from core.model.lease import Lease
from tests.unit.builders import FakeClock
from tests.unit.test_lifecycle import add_job

LANE, OTHER = "lane/store 1", "another job that writes to the store"


def step_aside(database: Database, job_id: int) -> timedelta:
    """Run a job that finds the lease taken; gives how long it waits."""
    job = lifecycle.claim(database, job_id, f"owner {job_id}")
    assert job is not None
    context = JobContext(database, job, f"owner {job_id}")
    try:
        alone(context, LANE, OTHER, lambda turn: None)
    except WaitUntil as wait:
        with database.write() as session:
            lifecycle.pause(session, job_id, context.owner, wait.until, wait.reason)
        return wait.until - clock.now()
    raise AssertionError("nobody held the lease")


def test_who_waits_in_front_is_woken_as_soon_as_the_lease_is_free(database: Database, fake_clock: FakeClock) -> None:
    """However the work ended; those behind are woken by the next one, and ask seldom meanwhile."""
    first, second, third = (add_job(database) for _ in range(3))
    job = lifecycle.claim(database, first, "owner")
    assert job is not None

    def work(turn: Turn) -> None:
        waits = [step_aside(database, one) for one in (third, second)]
        assert waits[0] < waits[1], "the one in front looks more often"
        assert lifecycle.due(database) == []
        raise RuntimeError

    with suppress(RuntimeError):
        alone(JobContext(database, job, "owner"), LANE, OTHER, work)
    assert lifecycle.due(database) == [third]
    # The place in front is empty when that job has gone: then it is the turn of the oldest.
    job = lifecycle.claim(database, third, "owner 3")
    assert job is not None
    with database.write() as session:
        session.exec(delete(Lease))
    alone(JobContext(database, job, "owner 3"), LANE, OTHER, lambda turn: None)
    assert lifecycle.due(database) == [second]
