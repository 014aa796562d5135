"""What is deleted of tables that grow, when, and what stays; personal data has tests of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, select

from core import retention
from core.clockwatch import ClockWatch
from core.database import Database
from core.model.audit import AuditEntry
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobItem
from core.model.lease import Lease
from core.model.notification import Notification, NotificationQueue
from core.model.operator import LoginFailure
from core.model.order import AmazonOrder, AmazonOrderItem, OrderEvent
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.quota import QuotaUsage
from core.model.setting import GlobalSetting
from core.model.tables import every_table
from core.retention import AUDIT, HISTORY, LOGS, ORDERS_KEPT, RULES, purge
from tests.unit.builders import DE, NOON, FakeClock, add_job, connect_channel

MOMENT = timedelta(seconds=1)
DAYS = {LOGS.key: 30, HISTORY.key: 100, AUDIT.key: 400, ORDERS_KEPT.key: 800}
"""All as somebody has set them, so that no default is met by chance."""
GUIDE = Path(__file__).parents[2] / "docs" / "operating.md"


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def kept(key: str) -> datetime:
    """The last moment that is kept."""
    return NOON - timedelta(days=DAYS[key])


def simple_rows(name: str, later: timedelta) -> Iterator[SQLModel]:
    """A row of each table that goes by its own time, `later` than the last moment that is kept."""
    day, month = NOON - timedelta(days=1) + later, NOON - timedelta(days=30) + later
    yield LoginFailure(name_hash=name, failures=5, last_at=day)
    yield Lease(name=name, owner=name, until=day)
    yield Notification(queue_id=1, notification_id=name, kind="ORDER_CHANGE", state="handled", received_at=month)
    yield QuotaUsage(key=name, day=(NOON - timedelta(days=366)).date() + timedelta(days=0 if name == "young" else -1))
    yield OrderEvent(account_id=1, order_id=name, at=kept(HISTORY.key) + later, kind="changed")
    resolved = {"resolved_at": kept(HISTORY.key) + later, "message": "", "fix": ""}
    yield Problem(owner="channel 1", flow="orders", subject=name, code="sku_unknown", **resolved)
    yield AuditEntry(at=kept(AUDIT.key) + later, operator=name, action="edit", subject="channel de")


def add_all(session: Session, channel: Channel) -> None:
    session.add_all([GlobalSetting(key=key, value=days) for key, days in DAYS.items()])
    session.add(NotificationQueue(address="queue"))
    session.flush()
    session.add_all([*simple_rows("old", -MOMENT), *simple_rows("young", timedelta())])
    session.add(Problem(owner="channel 1", flow="orders", subject="open", code="sku_unknown", message="", fix=""))
    jobs = {"old": kept(HISTORY.key) - MOMENT, "quiet": kept(LOGS.key) - MOMENT, "young": kept(LOGS.key), "runs": None}
    for name, end in jobs.items():
        job = Job(kind=name, finished_at=end, created_at=NOON - timedelta(days=5_000))
        session.add(job)
        session.flush()
        session.add(JobEvent(job_id=job.id, text=name))
        session.add(JobItem(job_id=job.id, subject=name, result="failed"))
    written = [
        ("stock", "verified", LOGS, "old"),
        ("listings", "rejected", LOGS, "old"),
        ("stock", "waiting", LOGS, "open"),
        ("orders", "verified", HISTORY, "old"),
        ("orders", "sent", HISTORY, "open"),
        ("shipments", "verified", HISTORY, "old"),
        ("shipments", "rejected", HISTORY, "refused"),
        ("products", "verified", HISTORY, "trace"),
    ]
    where: dict[str, Any] = {"remote": "store 1", "store_id": 1, "channel_id": channel.id, "kind": "some"}
    for flow, state, days, name in written:
        about = {**where, "flow": flow, "state": state}
        session.add(OutboxIntent(**about, subject=name, updated_at=kept(days.key) - MOMENT))
        session.add(OutboxIntent(**about, subject=f"young {name}", updated_at=kept(days.key)))
    over, since = {"updated_at": kept(ORDERS_KEPT.key) - MOMENT, "raw": None, "dirty": False}, kept(ORDERS_KEPT.key)
    orders: dict[str, dict[str, Any]] = {
        "old": over,
        "changed": over | {"updated_at": since},
        "personal": over | {"raw": {"buyer": {}}},
        "planned": over | {"dirty": True},
    }
    for name, values in orders.items():
        about = {"account_id": 1, "order_id": name}
        told = {"marketplace_id": DE, "status": "SHIPPED", "fulfilled_by": "MERCHANT", "fingerprint": "f"}
        session.add(AmazonOrder(**about, **told, created_at=since - MOMENT, **values))
        session.add_all([AmazonOrderItem(**about, item_id=str(one), sku="LAMP", quantity=1) for one in range(3)])


def left(database: Database) -> dict[str, set[str]]:
    """Names of what is left, by table."""
    names = {
        LoginFailure: "name_hash", Lease: "name", Notification: "notification_id", QuotaUsage: "key",
        OrderEvent: "order_id", Problem: "subject", AuditEntry: "operator", Job: "kind", JobEvent: "text",
        JobItem: "subject", OutboxIntent: "subject", AmazonOrder: "order_id", AmazonOrderItem: "order_id",
    }  # fmt: skip
    assert names.keys() == {rule.model for rule in RULES}
    with database.read() as session:
        return {
            str(model.__tablename__): set(session.exec(select(col(getattr(model, name)))))
            for model, name in names.items()
        }


def test_what_is_not_needed_goes_and_all_else_stays(database: Database, channel: Channel) -> None:
    with database.write() as session:
        add_all(session, channel)
        session.exec(select(AuditEntry).where(col(AuditEntry.operator).not_in(["old", "young"]))).all()
    before = left(database)
    assert all("old" in found for found in before.values())
    assert purge(database, ClockWatch(database)) is False
    gone = {table: before[table] - found for table, found in left(database).items()}
    assert gone == {table: {"old"} for table in gone} | {"job_event": {"old", "quiet"}, "job_item": {"old", "quiet"}}


def test_much_is_deleted_bit_by_bit(database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's heartbeat, and whoever else writes, waits for no more than one bit."""
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    with database.write() as session:
        add_all(session, channel)
    looks = 1
    while purge(database, ClockWatch(database)):
        looks += 1
    assert looks > 1
    assert {table for table, found in left(database).items() if "old" in found} == set()


def test_a_clock_that_jumped_deletes_nothing_before_it_has_proved_itself(
    database: Database, fake_clock: FakeClock
) -> None:
    add_job(database, finished_at=NOON)
    watch = ClockWatch(database)
    assert purge(database, watch) is False
    fake_clock.forward(4 * 365 * 86_400)
    assert purge(database, watch) is None
    assert purge(database, ClockWatch(database)) is None
    for _ in range(3):
        assert len(left(database)["job"]) == 1
        fake_clock.forward(86_400)
        purge(database, watch)
    assert left(database)["job"] == set()


def test_the_guide_says_of_every_table_how_long_it_is_kept() -> None:
    section = GUIDE.read_text().partition("## What is kept, and how long")[2].partition("\n## ")[0]
    told = {
        name: line
        for line in section.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1:2][0] if "|" in line else "")
    }
    assert told.keys() == {table.name for table in every_table()}
    for rule in RULES:
        assert "stays" not in told[str(rule.model.__tablename__)].split("|")[2]
    for days in retention.SETTINGS:
        assert f"`{days.key}` ({days.default})" in section
