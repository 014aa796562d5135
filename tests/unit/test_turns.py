"""Jobs take turns at a lease: a long one steps aside for one that waits, and comes after it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.database import Database
from core.errors import WaitUntil
from core.jobs import turns
from core.jobs.context import JobContext
from core.jobs.turns import Turn, alone
from core.leases import LENGTH
from tests.unit.builders import FakeClock, add_job, running

LANE = "lane/store 1"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn is over at once when another job waits."""
    monkeypatch.setattr(turns, "_TURN", 0.0)
    monkeypatch.setattr(turns, "_ASIDE", 0.0)


@pytest.fixture
def long(database: Database, fake_clock: FakeClock) -> JobContext:
    """The job that has the lane first."""
    return running(database, add_job(database), "host/1/1/long")


@pytest.fixture
def short(database: Database, fake_clock: FakeClock) -> JobContext:
    """The job that comes later."""
    return running(database, add_job(database), "host/1/2/short")


def has(job: JobContext, work: Callable[[Turn], None] = lambda turn: None) -> bool:
    """Whether the job gets the lane now."""
    try:
        alone(job, LANE, "another job", work)
    except WaitUntil:
        return False
    return True


def refusing(other: JobContext) -> Callable[[Turn], None]:
    """Work during which another job asks for the lane."""

    def work(turn: Turn) -> None:
        assert not has(other)

    return work


def test_a_turn_is_over_only_while_another_job_waits(long: JobContext, short: JobContext) -> None:
    def work(turn: Turn) -> None:
        assert not turn.is_over(), "nobody waits"
        assert not has(short)
        assert turn.is_over()

    assert has(long, work)


def test_whoever_waited_comes_first_in_whichever_process(long: JobContext, short: JobContext) -> None:
    assert has(long, refusing(short))
    assert not has(long), "the place is taken"
    short.owner = "host/1/3/elsewhere"
    assert has(short)
    assert has(long)


def test_a_waiting_job_that_is_gone_holds_nobody_up_for_long(
    long: JobContext, short: JobContext, fake_clock: FakeClock
) -> None:
    assert has(long, refusing(short))
    fake_clock.forward(LENGTH + 1)
    assert has(long)


def test_a_turn_lasts_its_time(long: JobContext, short: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_TURN", 1e9)

    def work(turn: Turn) -> None:
        assert not has(short)
        assert not turn.is_over()

    assert has(long, work)
