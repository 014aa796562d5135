"""Whether work goes on, as Health and doctor say it: each thing that can go wrong is made to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import integrity
from core.actor import LOCAL_ADMIN
from core.checks import Check
from core.database import Database
from core.doctor import examine
from core.doctor.condition import condition
from core.model.account import ACCOUNT_NEEDS_AUTHORIZATION, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import JobState, Worker
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.quota import Quota, QuotaUsage
from core.model.schedule import Schedule
from core.model.setting import GlobalSetting
from core.settings import load
from core.workspace import Workspace
from tests.unit.builders import DE, NOON, FakeClock, add_job, connect_channel, order_intent

HOUR = timedelta(hours=1)
KEY = "live/client/A1/searchOrders"


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Channel:
    monkeypatch.setattr("core.clock.install", lambda *_: None)  # the clock of the test stays
    channel = connect_channel(database)
    with database.write() as session:
        session.add(Worker(owner="elsewhere:1/77/100/x", started_at=NOON, beat_at=NOON))
        about = {"channel_id": stored_id(channel.id), "every_seconds": 900, "next_run": NOON + HOUR / 4}
        session.add(Schedule(**about, stream="orders"))
    return channel


def shown(workspace: Workspace) -> dict[str, Check]:
    """What Health says; the doctor says the same, and then its exit code is not 0."""
    found = {check.name: check for check in condition(workspace, LOCAL_ADMIN)}
    doctor = {check.name: check for check in examine(load(), LOCAL_ADMIN, queue=lambda _: Check("queue", True, ""))}
    for name in found.keys() - {"queue", "clock", "integrity", "disk"}:
        assert doctor[name] == found[name]
    assert doctor["disk"].ok == found["disk"].ok  # others write to it meanwhile
    return found


def write(database: Database, *rows: Any) -> None:
    with database.write() as session:
        session.add_all(rows)


def intent(channel: Channel, subject: str, **values: Any) -> OutboxIntent:
    about = {"store_id": 1, "channel_id": channel.id, "subject": subject, "kind": "order.create"}
    return order_intent(**about, **values)


def test_a_sound_installation_is_in_order(workspace: Workspace, channel: Channel) -> None:
    write(
        workspace.database,
        intent(channel, "order 1", created_at=NOON - HOUR),
        intent(channel, "order 2", created_at=NOON - 5 * HOUR, not_before=NOON + HOUR),
        Quota(key=KEY, tokens=0.5, updated_at=NOON, rate=0.0167, burst=20),
        QuotaUsage(key=KEY, day=NOON.date(), calls=100, refused=5),
        Cursor(owner="seller 1", stream="orders", scope=DE, position=NOON - 2 * HOUR),
    )
    checks = shown(workspace)
    assert [name for name, check in checks.items() if not check.ok] == []
    assert checks["backlog"].message == "Waiting: 2 writes, the oldest since 2026-11-23 07:00 UTC."
    assert checks["schedules"].message == "1 on time."


def old_write(database: Database, channel: Channel) -> None:
    """One that may go and does not."""
    write(database, intent(channel, "order 1", created_at=NOON - 6 * HOUR - timedelta(minutes=1)))


def old_job(database: Database, channel: Channel) -> None:
    add_job(database, channel, created_at=NOON - timedelta(minutes=6))


def silent_job(database: Database, channel: Channel) -> None:
    add_job(database, channel, state=JobState.RUNNING, lease_until=NOON - timedelta(minutes=6))


def silent_worker(database: Database, channel: Channel) -> None:
    with database.write() as session:
        session.get_one(Worker, "elsewhere:1/77/100/x").beat_at = NOON - HOUR


def late_schedule(database: Database, channel: Channel) -> None:
    with database.write() as session:
        session.get_one(Schedule, 1).next_run = NOON - timedelta(minutes=6)


def long_queue(database: Database, channel: Channel) -> None:
    """Reserved by others: a minute each."""
    write(database, Quota(key=KEY, tokens=-20, updated_at=NOON, rate=0.0167, burst=20))


def refusals(database: Database, channel: Channel) -> None:
    write(database, QuotaUsage(key=KEY, day=NOON.date(), calls=100, refused=6))


def refused_token(database: Database, channel: Channel) -> None:
    with database.write() as session:
        account = session.get_one(SellerAccount, 1)
        account.state, account.state_reason = ACCOUNT_NEEDS_AUTHORIZATION, "Amazon refused the token."


def stalled(database: Database, channel: Channel) -> None:
    """Imports begin in time, and what was read does not get younger."""
    write(
        database, Cursor(owner="seller 1", stream="orders", scope=DE, position=NOON - 2 * HOUR - timedelta(seconds=1))
    )


def kept_too_long(database: Database, channel: Channel) -> None:
    ended = NOON - timedelta(days=31, seconds=1)
    about = {"account_id": 1, "order_id": "1", "marketplace_id": DE, "status": "SHIPPED", "fulfilled_by": "MERCHANT"}
    times = {"created_at": ended, "updated_at": ended, "ended_at": ended, "seen_at": ended}
    write(database, AmazonOrder(**about, **times, fingerprint="f", raw={"buyer": {}}, dirty=False))


def damaged(database: Database, channel: Channel) -> None:
    """As a worker has seen it."""
    write(database, GlobalSetting(key="integrity", value={"at": NOON.isoformat(), "said": "row 7 missing"}))


def jumped(database: Database, channel: Channel) -> None:
    doubt = {"seen": NOON.isoformat(), "jumped_at": NOON.isoformat(), "step": 1e7}
    write(database, GlobalSetting(key="clock", value=doubt))


@pytest.mark.parametrize(
    ("spoil", "name", "words"),
    [
        (silent_worker, "workers", "None is alive; jobs and schedules wait for one."),
        (old_job, "jobs", "Nothing happens with 1 (orders.import, de, queued)."),
        (silent_job, "jobs", "Nothing happens with 1 (orders.import, de, running)."),
        (old_write, "backlog", "Waiting: 1 write, the oldest since 2026-11-23 05:59 UTC."),
        (late_schedule, "schedules", "Overdue: de orders."),
        (long_queue, "quotas", "The next call of searchOrders is free at 2026-11-23 12:2"),
        (refusals, "quotas", "Amazon refused 6 of 100 calls of searchOrders today."),
        (refused_token, "channel de", "Amazon refused the token."),
        (stalled, "channel de", "Amazon's orders are read up to 2026-11-23 09:59 UTC only, though it imports every"),
        (kept_too_long, "personal data", "It should have been deleted: 1 order of de."),
        (damaged, "integrity", "2026-11-23 12:00 UTC: row 7 missing"),
        (jumped, "clock history", "The clock jumped 115.7 days ahead"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    workspace: Workspace, channel: Channel, spoil: Callable[[Database, Channel], None], name: str, words: str
) -> None:
    assert shown(workspace)[name].ok
    spoil(workspace.database, channel)
    check = shown(workspace)[name]
    assert not check.ok and words in check.message and check.fix


def test_a_full_disk_is_told(workspace: Workspace, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 999_999_999}))
    assert not shown(workspace)["disk"].ok


def test_a_damaged_file_is_seen_by_a_worker_and_by_the_doctor(
    workspace: Workspace, channel: Channel, fake_clock: FakeClock
) -> None:
    """As after a write to the wrong place of the disk."""
    integrity.look_daily(workspace.database)
    assert shown(workspace)["integrity"].message == "The database was whole at 2026-11-23 12:00 UTC."
    damage(Path(workspace.settings.home) / "crossdock.db")
    integrity.look_daily(workspace.database)

    def seen() -> bool:
        return {one.name: one for one in condition(workspace, LOCAL_ADMIN)}["integrity"].ok

    assert seen(), "it was looked at today"
    fake_clock.forward(86_400)
    integrity.look_daily(workspace.database)
    assert not seen()
    doctor = {one.name: one for one in examine(load(), LOCAL_ADMIN, queue=lambda _: Check("queue", True, ""))}
    assert not doctor["integrity"].ok and "restore your backup" in doctor["integrity"].fix


def damage(file: Path) -> None:
    """Write over a page that nothing else of the test reads."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_browse_node_node'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)
