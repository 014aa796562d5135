"""Claiming, leasing, waiting, finishing and recovering jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.database import Database
from core.identity import new_owner
from core.jobs import lifecycle, views
from core.jobs.lifecycle import LostLease
from core.leases import LENGTH
from core.model.job import Job, JobEvent, JobState
from tests.unit.builders import DEAD_OWNER, ELSEWHERE, NOON, FakeClock, add_job, get_job, in_threads


@pytest.fixture(autouse=True)
def _clock(fake_clock: FakeClock) -> None:
    """Leases run on the test's clock."""


def claim(database: Database, job_id: int, owner: str = ELSEWHERE) -> Job:
    job = lifecycle.claim(database, job_id, owner)
    assert job is not None
    return job


def test_a_claimed_job_runs_under_its_owner_with_a_lease(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.started_at) == ("running", ELSEWHERE, NOON)
    assert job.lease_until == NOON + timedelta(seconds=LENGTH)


def test_a_job_is_claimed_by_one_of_many_threads(database: Database) -> None:
    job_id = add_job(database)
    won: list[str] = []

    def contender(owner: str) -> Callable[[], None]:
        def run() -> None:
            job = lifecycle.claim(database, job_id, owner)
            if job is not None:
                won.append(job.owner)

        return run

    with in_threads(*[contender(f"another-host/{number}/1/x") for number in range(8)]):
        pass
    assert len(won) == 1
    assert get_job(database, job_id).owner == won[0]


@pytest.mark.parametrize("state", ["running", "succeeded", "finished_with_problems", "failed", "cancelled"])
def test_running_and_ended_jobs_are_not_claimed(database: Database, state: str) -> None:
    job_id = add_job(database, state=state, owner="somebody")
    assert lifecycle.claim(database, job_id, ELSEWHERE) is None
    job = get_job(database, job_id)
    assert (job.state, job.owner) == (state, "somebody")


def test_a_job_that_does_not_exist_is_not_claimed(database: Database) -> None:
    assert lifecycle.claim(database, 4711, ELSEWHERE) is None


def test_a_waiting_job_is_claimed_when_its_time_has_come(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database, state="waiting", not_before=NOON + timedelta(seconds=10), waiting_for="quota")
    assert lifecycle.claim(database, job_id, ELSEWHERE) is None
    fake_clock.forward(10)
    claim(database, job_id)
    job = get_job(database, job_id)
    assert (job.state, job.not_before, job.waiting_for) == ("running", None, "")


def test_a_resumed_job_keeps_the_moment_it_first_started(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    with database.write() as session:
        lifecycle.release(session, job_id, ELSEWHERE)
    fake_clock.forward(3600)
    claim(database, job_id)
    assert get_job(database, job_id).started_at == NOON


def test_every_write_of_the_owner_renews_the_lease(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    fake_clock.forward(20)
    with database.write() as session:
        lifecycle.update_owned(session, job_id, ELSEWHERE, step="reading")
    job = get_job(database, job_id)
    assert (job.step, job.lease_until) == ("reading", NOON + timedelta(seconds=20 + LENGTH))


def test_whoever_lost_the_lease_writes_nothing_more(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id, DEAD_OWNER)
    assert lifecycle.recover(database) == [job_id]
    claim(database, job_id, "another-host/2/1/x")
    works: list[Callable[[], None]] = [
        lambda: _write(database, lambda s: lifecycle.update_owned(s, job_id, DEAD_OWNER, step="late")),
        lambda: _write(database, lambda s: lifecycle.release(s, job_id, DEAD_OWNER)),
        lambda: _write(database, lambda s: lifecycle.pause(s, job_id, DEAD_OWNER, NOON, "late")),
        lambda: _write(database, lambda s: lifecycle.finish(s, job_id, DEAD_OWNER, JobState.SUCCEEDED)),
    ]
    for work in works:
        with pytest.raises(LostLease):
            work()
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.step, job.finished_at) == ("running", "another-host/2/1/x", "", None)


def test_an_interrupted_job_that_nobody_took_over_is_lost_to_its_owner_all_the_same(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id, DEAD_OWNER)
    lifecycle.recover(database)
    with pytest.raises(LostLease):
        _write(database, lambda s: lifecycle.finish(s, job_id, DEAD_OWNER, JobState.SUCCEEDED))
    assert get_job(database, job_id).state == "interrupted"


def _write(database: Database, work: Callable[..., None]) -> None:
    with database.write() as session:
        work(session)


def test_losing_the_lease_rolls_back_what_was_written_beside_it(database: Database) -> None:
    job_id = add_job(database)
    with pytest.raises(LostLease), database.write() as session:
        session.add(JobEvent(job_id=job_id, text="written beside"))
        lifecycle.update_owned(session, job_id, ELSEWHERE)
    with database.read() as session:
        assert session.exec(select(JobEvent)).all() == []


def test_a_released_job_is_queued_with_its_checkpoint(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    with database.write() as session:
        lifecycle.update_owned(session, job_id, ELSEWHERE, checkpoint={"page": 3})
        lifecycle.release(session, job_id, ELSEWHERE)
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.checkpoint) == ("queued", "", {"page": 3})
    assert lifecycle.due(database) == [job_id]


def test_a_pausing_job_holds_no_worker_and_says_what_it_waits_for(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    until = NOON + timedelta(minutes=3)
    with database.write() as session:
        lifecycle.pause(session, job_id, ELSEWHERE, until, "quota", setbacks=2)
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.not_before, job.waiting_for, job.setbacks) == ("waiting", "", until, "quota", 2)


def test_a_finished_job_has_an_end_and_no_step(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database)
    claim(database, job_id)
    fake_clock.forward(5)
    with database.write() as session:
        lifecycle.update_owned(session, job_id, ELSEWHERE, step="reading")
        lifecycle.finish(session, job_id, ELSEWHERE, JobState.FAILED, message="no", exit_code=4)
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.step, job.message, job.exit_code) == ("failed", "", "", "no", 4)
    assert job.finished_at == NOON + timedelta(seconds=5)


# -- recovery -------------------------------------------------------------------------------------------------------


def test_a_job_whose_worker_is_dead_is_recovered_at_once(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id, DEAD_OWNER)
    assert lifecycle.recover(database) == [job_id]
    job = get_job(database, job_id)
    assert (job.state, job.owner, job.resumes) == ("interrupted", "", 1)
    with database.read() as session:
        (event,) = session.exec(select(JobEvent).where(col(JobEvent.job_id) == job_id)).all()
    assert event.level == "warning"
    assert lifecycle.recover(database) == []


@pytest.mark.parametrize("here", [True, False])
def test_a_living_or_foreign_owner_keeps_its_job_until_the_lease_lapses(
    database: Database, fake_clock: FakeClock, here: bool
) -> None:
    job_id = add_job(database)
    claim(database, job_id, new_owner() if here else ELSEWHERE)
    fake_clock.forward(LENGTH - 0.001)
    assert lifecycle.recover(database) == []
    fake_clock.forward(0.001)
    assert lifecycle.recover(database) == [job_id]


def test_only_running_jobs_are_recovered(database: Database) -> None:
    for state in ("queued", "waiting", "interrupted", "succeeded", "failed", "cancelled"):
        add_job(database, state=state, owner=DEAD_OWNER)
    assert lifecycle.recover(database) == []


def test_a_recovered_job_can_be_claimed_and_goes_on_from_its_checkpoint(database: Database) -> None:
    job_id = add_job(database)
    claim(database, job_id, DEAD_OWNER)
    with database.write() as session:
        lifecycle.update_owned(session, job_id, DEAD_OWNER, checkpoint={"page": 3})
    lifecycle.recover(database)
    assert claim(database, job_id).checkpoint == {"page": 3}


def test_a_lease_counts_real_seconds_under_a_fast_clock(database: Database, fake_clock: FakeClock) -> None:
    fake_clock.speed = 100.0
    job_id = add_job(database)
    claim(database, job_id)
    assert get_job(database, job_id).lease_until == NOON + timedelta(seconds=100 * LENGTH)


# -- what is due ----------------------------------------------------------------------------------------------------


def test_queued_interrupted_and_awaited_jobs_are_due_in_their_order(database: Database) -> None:
    expected = [
        add_job(database),
        add_job(database, state="interrupted"),
        add_job(database, state="waiting", not_before=NOON),
    ]
    add_job(database, state="waiting", not_before=NOON + timedelta(seconds=1))
    for state in ("running", "succeeded", "failed", "cancelled", "finished_with_problems"):
        add_job(database, state=state)
    assert lifecycle.due(database) == expected


def test_a_job_is_handed_over_once_and_again_when_the_queue_lost_it(database: Database, fake_clock: FakeClock) -> None:
    job_id = add_job(database)
    assert lifecycle.due(database) == [job_id]
    fake_clock.forward(lifecycle.REDISPATCH_AFTER)
    assert lifecycle.due(database) == []
    fake_clock.forward(0.001)
    assert lifecycle.due(database) == [job_id]


def test_a_job_handed_over_by_hand_is_not_due(database: Database) -> None:
    job_id = add_job(database)
    lifecycle.mark_dispatched(database, [job_id])
    assert lifecycle.due(database) == []
    lifecycle.mark_dispatched(database, [])


def test_a_direct_job_is_due_only_when_the_process_that_runs_it_is_dead(database: Database) -> None:
    add_job(database, runs_in=new_owner())
    add_job(database, runs_in=ELSEWHERE)
    orphan = add_job(database, runs_in=DEAD_OWNER)
    assert lifecycle.due(database) == [orphan]


def test_a_paused_job_is_due_when_its_wait_is_over_though_it_was_handed_over_before(
    database: Database, fake_clock: FakeClock
) -> None:
    job_id = add_job(database)
    lifecycle.due(database)
    claim(database, job_id)
    with database.write() as session:
        lifecycle.pause(session, job_id, ELSEWHERE, clock.after(5), "quota")
    assert lifecycle.due(database) == []
    fake_clock.forward(5)
    assert lifecycle.due(database) == [job_id]


class TestLeftByAClockThatWasAhead:
    def test_a_waiting_job_is_due(self, database: Database) -> None:
        far = add_job(database, state="waiting", not_before=NOON + timedelta(days=1000))
        add_job(database, state="waiting", not_before=NOON + lifecycle.LONGEST_WAIT)
        assert lifecycle.due(database) == [far]
        claim(database, far)

    def test_a_job_that_was_handed_over_is_handed_over_again(self, database: Database) -> None:
        job_id = add_job(database, dispatched_at=NOON + timedelta(days=1000))
        assert lifecycle.due(database) == [job_id]
        assert lifecycle.due(database) == []

    def test_a_running_job_goes_on_once_nobody_renews_its_lease(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        job_id = add_job(database, state="running", owner=ELSEWHERE, lease_until=NOON + timedelta(days=1000))
        assert lifecycle.recover(database) == []
        monkeypatch.setattr("core.leases.LENGTH", -1.0)
        assert lifecycle.recover(database) == [job_id]

    def test_no_job_waits_longer_than_it_may(self, database: Database) -> None:
        job_id = add_job(database)
        claim(database, job_id)
        with database.write() as session:
            lifecycle.pause(session, job_id, ELSEWHERE, NOON + timedelta(days=1000), "something")
        assert get_job(database, job_id).not_before == NOON + lifecycle.LONGEST_WAIT
        assert lifecycle.due(database) == []


def test_a_job_whose_worker_died_is_shown_as_stopped_before_another_worker_comes(
    database: Database, fake_clock: FakeClock
) -> None:
    alive, dead = add_job(database), add_job(database)
    claim(database, alive)
    claim(database, dead, DEAD_OWNER)

    def shown(job_id: int) -> tuple[JobState, str]:
        job = views.get_job(database, LOCAL_ADMIN, job_id)
        return job.state, views.job_document(database, LOCAL_ADMIN, job)["state"]

    assert shown(alive) == (JobState.RUNNING, "running")
    assert shown(dead) == (JobState.INTERRUPTED, "interrupted"), "this host knows that the process is gone"
    fake_clock.forward(LENGTH + 1)
    assert shown(alive) == (JobState.INTERRUPTED, "interrupted"), "of another host only the lease tells"
    assert get_job(database, alive).state == JobState.RUNNING, "only a worker writes it down"
