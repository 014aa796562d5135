"""What every screen says at its edge: right, the operator's own, and read again only when it may have changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from core import status_reads
from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.identity import new_owner
from core.model.account import App, SellerAccount
from core.model.channel import Channel
from core.model.job import JobState, Worker
from core.model.quota import Quota
from core.status import Ending, QuotaLevel, Status
from core.status_reads import status_reader
from tests.unit.builders import NOON, FakeClock, add_job, connect_channel, order_problem


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def add(database: Database, *rows: Any) -> None:
    with database.write() as session:
        session.add_all(rows)


def fill(database: Database, channel: Channel) -> None:
    codes = ("unknown_sku", "unknown_sku", "order_pending")
    said = {"channel_id": channel.id, "message": "", "fix": ""}
    problems = [order_problem(subject=f"order {number}", code=code, **said) for number, code in enumerate(codes)]
    solved = order_problem(subject="order 9", code="unknown_sku", resolved_at=NOON, **said)
    bucket = {"updated_at": NOON, "rate": 0.0001, "burst": 20}
    full, scarce = (Quota(key=f"live/{n}/searchOrders", tokens=n, **bucket) for n in (20, 3))
    other = Quota(key="live/1/getOrder", tokens=0, **bucket)
    add(database, *problems, solved, full, scarce, other, Worker(owner=new_owner(), started_at=NOON, beat_at=NOON))
    add_job(database, state=JobState.RUNNING, channel_id=channel.id)
    add_job(database, state=JobState.SUCCEEDED, channel_id=channel.id)


def test_counts_what_waits_for_somebody(database: Database, channel: Channel) -> None:
    """Not what is released by itself, nor what is solved or has ended; of all sellers the scarcest quota."""
    fill(database, channel)
    assert status_reader(database, lambda: LOCAL_ADMIN)() == Status(1, 1, 2, QuotaLevel(3, 20))


def test_a_vendor_sees_his_own(database: Database, channel: Channel) -> None:
    """Numbers of other companies are not counted, and quotas are nobody's business but the administrator's."""
    fill(database, channel)
    assert status_reader(database, lambda: Actor("vendor", False, channel.store_id, 7))() == Status(workers=1)


def test_is_read_again_after_a_commit(database: Database, channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """And for another operator, and once it is old; otherwise not."""
    times: list[int] = []
    read_anew = status_reads._status
    monkeypatch.setattr(status_reads, "_status", lambda *a: times.append(1) or read_anew(*a))
    who = [LOCAL_ADMIN]
    read = status_reader(database, lambda: who[0])
    assert read() is read()
    fill(database, channel)
    assert read().active_jobs == 1
    before = len(times)
    read()
    assert len(times) == before
    who[0] = Actor("other")
    read()
    assert len(times) == before + 1
    monkeypatch.setattr(status_reads, "MAX_AGE", -1.0)
    read()
    assert len(times) == before + 2


def test_what_ends_first_costs_one_query_and_is_nobody_elses(database: Database, channel: Channel) -> None:
    """Secrets as told or 180 days old, authorizations of public apps; of other companies nothing."""
    mine, other = Actor("vera", False, channel.store_id, 1), Actor("otto", False, channel.store_id, 8)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    def ending(actor: Actor = LOCAL_ADMIN, **app: Any) -> Ending | None:
        with database.write() as session:
            stored = session.get_one(App, 1)
            for name, value in app.items():
                setattr(stored, name, value)
            session.add(stored)
        return status_reader(database, lambda: actor)().ending

    add(database, App(name="unused", mode="public", client_id="other", client_secret="s", secret_set_at=NOON))
    before = ending(secret_set_at=NOON)
    assert before is None and sum("LEFT OUTER JOIN seller_account" in one for one in statements) == 1
    days = timedelta(days=1)
    assert ending(secret_set_at=NOON - 150 * days) is None
    assert ending(secret_set_at=NOON - 151 * days) == Ending("secret", "app", 29)
    assert ending(secret_expires_at=NOON + 40 * days) is None
    assert ending(secret_expires_at=NOON - days) == Ending("secret", "app", -1)
    with database.write() as session:
        account = session.get_one(SellerAccount, 1)
        account.authorized_at = NOON - 360 * days
        session.add(account)
    assert ending(secret_expires_at=NOON + 9 * days) == Ending("secret", "app", 9), "a private app is not asked again"
    assert ending(mode="public") == Ending("authorization", "de", 5, others=1) == ending(mine)
    assert ending(other) is None
