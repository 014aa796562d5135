"""What Amazon or the store changed at an order is noted once, with what changed, and without a word of the buyer."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import col, select

from core.database import Database
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import OrderEvent
from core.orders.events import CANCEL_REQUESTED, CHANGED, STATUS, STORE_STATUS
from core.orders.mirror import store_orders
from core.shipments.mirror import store_statuses
from tests.unit.builders import ORDER_ID, FakeClock, connect_channel, fulfillment, money, order_document


def read(database: Database, channel: Channel, updated: str = "2026-11-20T09:00:00Z", **more: Any) -> None:
    """Amazon gives the order out once more."""
    document = order_document(lastUpdatedTime=updated, **more)
    with database.write() as session:
        store_orders(session, channel.account_id, [document])


def events(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    with database.read() as session:
        rows = session.exec(select(OrderEvent).order_by(col(OrderEvent.id))).all()
    assert {row.order_id for row in rows} <= {ORDER_ID}
    return [(f"{row.at:%d %H:%M}", row.kind, row.detail) for row in rows]


def test_a_first_reading_and_the_same_again_are_no_change(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database)
    for _ in range(2):
        read(database, channel)
    assert events(database) == []


def test_statuses_are_noted_with_amazons_own_time(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database)
    read(database, channel, fulfillment=fulfillment("PENDING"))
    read(database, channel, "2026-11-20T10:00:00Z")
    read(database, channel, "2026-11-21T08:00:00Z", fulfillment=fulfillment("SHIPPED"))
    assert events(database) == [
        ("20 10:00", STATUS, {"from": "PENDING", "to": "UNSHIPPED"}),
        ("21 08:00", STATUS, {"from": "UNSHIPPED", "to": "SHIPPED"}),
    ]


def test_other_changes_name_what_changed_and_nothing_personal(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database)
    read(database, channel)
    read(database, channel, "2026-11-20T10:00:00Z", proceeds={"grandTotal": money("25.00")})
    read(
        database,
        channel,
        "2026-11-20T11:00:00Z",
        buyer={"buyerName": "Grace Hopper"},
        proceeds={"grandTotal": money("25.00")},
    )
    read(database, channel, "2026-11-20T10:30:00Z")  # older than what is known
    assert events(database) == [
        ("20 10:00", CHANGED, {"what": ["total"]}),
        ("20 11:00", CHANGED, {"what": []}),
    ]
    assert "Grace" not in json.dumps(events(database))


def test_a_wish_to_cancel_is_noted_once(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database)
    asked = order_document()["orderItems"]
    asked[0]["cancellation"] = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "moved to Paris"}}
    read(database, channel)
    for hour in (10, 11):
        read(database, channel, f"2026-11-20T{hour}:00:00Z", orderItems=asked)
    noted = events(database)
    assert [kind for _, kind, _ in noted] == [CHANGED, CANCEL_REQUESTED, CHANGED]
    assert "Paris" not in json.dumps(noted)


def test_a_status_that_the_store_was_given_by_others_is_noted(database: Database, fake_clock: FakeClock) -> None:
    channel = connect_channel(database)
    with database.write() as session:
        session.add(
            OrderLink(
                channel_id=channel.id,
                order_id=ORDER_ID,
                store_id=channel.store_id,
                store_order_id=101,
                store_status="P",
                amazon_status="UNSHIPPED",
                total="20.00",
            )
        )
    for status in ("P", "D", "D", "P", "C"):  # as written; changed; the same; back to what was written; changed again
        with database.write() as session:
            store_statuses(session, channel.store_id, {101: status})
    assert [(kind, detail) for _, kind, detail in events(database)] == [
        (STORE_STATUS, {"from": "P", "to": "D"}),
        (STORE_STATUS, {"from": "P", "to": "C"}),
    ]
