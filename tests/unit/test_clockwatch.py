"""Which steps of the clock are believed, and what makes one believed again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.clockwatch import MOST_STEP, PROBATION, ClockWatch
from core.database import Database
from core.model.order import AmazonOrder
from core.model.setting import GlobalSetting
from core.people.audit import record
from tests.unit.builders import DE, FakeClock, connect_channel

DAY = 86_400.0
YEARS = 4 * 365 * DAY


@pytest.fixture
def watch(database: Database, fake_clock: FakeClock) -> ClockWatch:
    made = ClockWatch(database)
    assert made.look() is None
    return made


def changed_by_amazon(database: Database, clock: FakeClock) -> None:
    connect_channel(database)
    with database.write() as session:
        session.add(
            AmazonOrder(
                account_id=1, order_id="1", marketplace_id=DE, status="SHIPPED", fulfilled_by="MERCHANT",
                created_at=clock.moment, updated_at=clock.moment, fingerprint="f",
            )
        )  # fmt: skip


@pytest.mark.parametrize("step", [0.0, 3600.0, MOST_STEP.total_seconds(), -3600.0, -MOST_STEP.total_seconds()])
def test_small_steps_are_believed(watch: ClockWatch, fake_clock: FakeClock, step: float) -> None:
    fake_clock.forward(step)
    assert watch.look() is None


@pytest.mark.parametrize("step", [YEARS, 3 * DAY, -3 * DAY, -YEARS])
def test_jumps_are_doubted_until_the_clock_has_run_steadily(
    watch: ClockWatch, fake_clock: FakeClock, step: float
) -> None:
    fake_clock.forward(step)
    doubt = watch.look()
    assert doubt is not None and abs(doubt.step - timedelta(seconds=step)) < timedelta(minutes=1)
    for _ in range(int(PROBATION / timedelta(hours=12)) - 1):
        fake_clock.forward(DAY / 2)
        assert watch.look() == doubt
    fake_clock.forward(DAY / 2)
    assert watch.look() is None


def test_a_jump_is_doubted_by_a_process_that_was_started_after_it(
    watch: ClockWatch, database: Database, fake_clock: FakeClock
) -> None:
    fake_clock.forward(YEARS)
    assert ClockWatch(database).look() is not None
    fake_clock.forward(-YEARS)
    assert ClockWatch(database).look() is not None


def test_the_first_look_goes_by_the_newest_entries(database: Database, fake_clock: FakeClock) -> None:
    with database.write() as session:
        record(session, SYSTEM, "something", "somewhere")
    fake_clock.forward(YEARS)
    assert ClockWatch(database).look() is not None


def test_an_order_of_these_days_proves_the_clock(watch: ClockWatch, database: Database, fake_clock: FakeClock) -> None:
    changed_by_amazon(database, fake_clock)
    fake_clock.forward(YEARS)
    assert watch.look() is not None
    fake_clock.forward(-YEARS)
    assert watch.look() is None


def test_a_clock_that_runs_fast_by_intention_is_believed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = FakeClock(speed=1e5)
    monkeypatch.setattr("core.clock._current", fast)
    real = 10.0
    monkeypatch.setattr("time.monotonic", lambda: real)
    watch = ClockWatch(database)
    watch.look()
    for _ in range(2):
        real += 60
        fast.forward(60 * 1e5)
        assert watch.look() is None


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], {}, {"seen": 5}, {"seen": "2026-01-01T00:00:00+00:00", "jumped_at": "x"}]
)
def test_a_note_that_is_none_is_written_anew(database: Database, fake_clock: FakeClock, value: object) -> None:
    with database.write() as session:
        session.add(GlobalSetting(key="clock", value=value))
    assert ClockWatch(database).look() is None
