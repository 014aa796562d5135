"""What is deleted, when, and what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from core.clockwatch import ClockWatch
from core.database import Database
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem
from core.model.operator import LoginFailure
from core.model.order import AmazonOrder, AmazonOrderItem, OrderEvent
from core.retention import FAILED_LOGINS, JOB_LOGS, ORDER_EVENTS, PERSONAL_DATA, purge
from tests.unit.builders import DE, NOON, FakeClock, add_job, connect_channel

DUE = NOON - PERSONAL_DATA - timedelta(microseconds=1)
NOT_DUE = NOON - PERSONAL_DATA


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def add_order(database: Database, **values: Any) -> None:
    row: dict[str, Any] = {
        "account_id": 1,
        "order_id": "1",
        "marketplace_id": DE,
        "status": "SHIPPED",
        "fulfilled_by": "MERCHANT",
        "created_at": DUE,
        "updated_at": DUE,
        "seen_at": DUE,
        "total_minor": 2000,
        "currency": "EUR",
        "item_count": 1,
        "raw": {"buyer": {"buyerName": "Ada"}},
        "fingerprint": "f",
        "dirty": False,
    }
    with database.write() as session:
        session.add(AmazonOrder(**(row | values)))


def only_order(database: Database) -> AmazonOrder:
    with database.read() as session:
        return session.exec(select(AmazonOrder)).one()


def test_personal_data_goes_after_its_time_and_the_figures_stay(database: Database, channel: Channel) -> None:
    add_order(database)
    with database.write() as session:
        session.add(AmazonOrderItem(account_id=1, order_id="1", item_id="1", sku="LAMP-1", quantity=1))
    assert purge(database, ClockWatch(database)) == 1
    order = only_order(database)
    assert order.raw is None
    assert (order.status, order.total_minor, order.currency, order.item_count) == ("SHIPPED", 2000, "EUR", 1)
    with database.read() as session:
        assert session.exec(select(AmazonOrderItem.sku)).all() == ["LAMP-1"]
    assert purge(database, ClockWatch(database)) == 0


def test_personal_data_stays_to_the_last_moment_of_its_time(database: Database, channel: Channel) -> None:
    add_order(database, updated_at=NOT_DUE)
    assert purge(database, ClockWatch(database)) == 0
    assert only_order(database).raw is not None


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY", "UNSHIPPED", "PARTIALLY_SHIPPED"])
def test_an_order_that_is_still_to_be_shipped_keeps_its_address(
    database: Database, channel: Channel, status: str
) -> None:
    add_order(database, status=status)
    assert purge(database, ClockWatch(database)) == 0


@pytest.mark.parametrize("status", ["SHIPPED", "CANCELLED", "UNFULFILLABLE", "TELEPORTED", ""])
def test_every_other_order_loses_its_personal_data(database: Database, channel: Channel, status: str) -> None:
    add_order(database, status=status)
    assert purge(database, ClockWatch(database)) == 1


def test_an_order_still_to_be_imported_keeps_its_data_until_it_was_here_as_long(
    database: Database, channel: Channel
) -> None:
    add_order(database, dirty=True, seen_at=NOT_DUE)
    assert purge(database, ClockWatch(database)) == 0
    with database.write() as session:
        session.exec(select(AmazonOrder)).one().seen_at = DUE
    assert purge(database, ClockWatch(database)) == 1
    assert not only_order(database).dirty


def test_the_logs_of_old_jobs_go_and_the_jobs_stay(database: Database, channel: Channel) -> None:
    ends = {
        "old": NOON - JOB_LOGS - timedelta(seconds=1),
        "young": NOON - JOB_LOGS,
        "running": None,
    }
    with database.write() as session:
        for kind, end in ends.items():
            job = Job(kind=kind, finished_at=end, created_at=NOON - JOB_LOGS * 2)
            session.add(job)
            session.flush()
            assert job.id is not None
            session.add(JobEvent(job_id=job.id, text=kind))
            session.add(JobItem(job_id=job.id, subject=kind, result="failed"))
    purge(database, ClockWatch(database))
    with database.read() as session:
        assert sorted(session.exec(select(JobEvent.text)).all()) == ["running", "young"]
        assert sorted(session.exec(select(JobItem.subject)).all()) == ["running", "young"]
        assert len(session.exec(select(Job)).all()) == 3


def test_an_empty_home_has_nothing_to_delete(database: Database, fake_clock: FakeClock) -> None:
    add_job(database)
    assert purge(database, ClockWatch(database)) == 0


def test_wrong_passwords_are_forgotten_after_a_day(database: Database, channel: Channel) -> None:
    with database.write() as session:
        for name, at in (("old", NOON - FAILED_LOGINS - timedelta(seconds=1)), ("new", NOON - FAILED_LOGINS)):
            session.add(LoginFailure(name_hash=name, failures=5, last_at=at))
    purge(database, ClockWatch(database))
    with database.read() as session:
        assert session.exec(select(LoginFailure.name_hash)).all() == ["new"]


def test_a_clock_that_jumped_deletes_nothing_before_it_has_proved_itself(
    database: Database, channel: Channel, fake_clock: FakeClock
) -> None:
    add_order(database, updated_at=NOON, seen_at=NOON, dirty=True)
    watch = ClockWatch(database)
    assert purge(database, watch) == 0
    fake_clock.forward(4 * 365 * 86_400)
    assert purge(database, watch) is None
    assert purge(database, ClockWatch(database)) is None
    assert only_order(database).raw is not None
    emptied: int | None = None
    for _ in range(3):
        fake_clock.forward(86_400)
        emptied = purge(database, watch)
    assert emptied == 1


def test_what_changed_at_orders_goes_after_a_year(database: Database, channel: Channel) -> None:
    for at in (NOON - ORDER_EVENTS, NOON - ORDER_EVENTS - timedelta(seconds=1)):
        with database.write() as session:
            session.add(OrderEvent(account_id=1, order_id="1", at=at, kind="changed"))
    purge(database, ClockWatch(database))
    with database.read() as session:
        assert session.exec(select(OrderEvent.at)).all() == [NOON - ORDER_EVENTS]
