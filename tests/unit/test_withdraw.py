"""What nobody has begun to send can be taken back, and whoever is about to send it finds it gone."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from core.database import Database
from core.leases import take
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import SENDING, UNKNOWN, VERIFIED, WAITING, OutboxIntent
from core.subjects import Owner, Subject
from core.sync.outbox import Outbox, Withdrawn, withdraw
from tests.unit.builders import FakeClock, connect_channel

OWNER = "another-host/1/1/a"
STORE = Owner.store(1)
CHANNEL = Channel(
    id=1, name="de", account_id=1, marketplace_id="M", store_id=1, app_mode="private", app_status="active"
)


@pytest.fixture
def outbox(database: Database, fake_clock: FakeClock) -> Outbox:
    connect_channel(database)
    assert take(database, "lane/1", OWNER)
    return Outbox(database, STORE, 1, lane="lane/1", owner=OWNER, kinds={"order.create"})


def intend(database: Database, subject: str, state: str = WAITING, attempts: int = 0) -> int:
    with database.write() as session:
        intent = OutboxIntent(
            remote="store 1",
            flow="orders",
            store_id=1,
            channel_id=1,
            subject=subject,
            kind="order.create",
            state=state,
            attempts=attempts,
        )
        session.add(intent)
        session.flush()
        return stored_id(intent.id)


def test_only_what_was_never_sent_is_taken_back_and_the_rest_is_told(database: Database, outbox: Outbox) -> None:
    intend(database, "order 1")
    intend(database, "order 2", SENDING, 1)
    intend(database, "order 3", UNKNOWN, 1)
    intend(database, "order 4", WAITING, 2)
    intend(database, "order 5", VERIFIED, 1)
    intend(database, "order 6")
    with database.write() as session:
        left = withdraw(session, CHANNEL, STORE, "orders", [Subject("order", str(number)) for number in range(1, 6)])
        assert sorted(intent.subject for intent in left) == ["order 2", "order 3", "order 4"]
    with database.read() as session:
        stored = session.exec(select(OutboxIntent.subject).order_by(col(OutboxIntent.subject))).all()
    assert stored == ["order 2", "order 3", "order 4", "order 5", "order 6"]


def test_an_intent_that_was_taken_back_is_not_begun(database: Database, outbox: Outbox) -> None:
    number = intend(database, "order 1")
    (loaded,) = outbox.load([number])
    with database.write() as session:
        assert withdraw(session, CHANNEL, STORE, "orders", [Subject("order", "1")]) == []
    with pytest.raises(Withdrawn):
        outbox.begin(loaded, "create")
    assert outbox.load([number]) == []
