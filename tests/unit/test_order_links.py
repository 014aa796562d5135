"""One Amazon order, one store order of each company: the database itself holds it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from core.database import Database
from core.model.base import stored_id
from core.model.link import OrderLink
from core.model.outbox import OutboxIntent
from core.orders import CREATE_KIND, NAME
from tests.unit.builders import ORDER_ID, connect_channel


def link(channel_id: int, number: int, **more: Any) -> OrderLink:
    fields = {"store_id": 1, "store_status": "P", "amazon_status": "UNSHIPPED", "total": "1.00", **more}
    return OrderLink(channel_id=channel_id, order_id=ORDER_ID, store_order_id=number, **fields)


def intent(channel_id: int, state: str = "waiting") -> OutboxIntent:
    where = {"remote": "store 1", "flow": NAME, "store_id": 1, "channel_id": channel_id}
    return OutboxIntent(**where, subject=f"order {ORDER_ID}", kind=CREATE_KIND, state=state)


def refused(database: Database, row: SQLModel) -> bool:
    try:
        with database.write() as session:
            session.add(row)
    except IntegrityError:
        return True
    return False


def test_D2_an_order_has_one_store_order_of_each_vendor_and_a_store_order_is_of_one(database: Database) -> None:
    channel = stored_id(connect_channel(database).id)
    assert not refused(database, link(channel, 1, company_id=1, parts=2))
    assert not refused(database, link(channel, 2, company_id=2, parts=2))
    assert refused(database, link(channel, 3, company_id=2))
    other = stored_id(connect_channel(database, name="fr", marketplace_id="A13V1IB3VIYZZH").id)
    assert refused(database, link(other, 1))


@pytest.mark.parametrize("state", ["waiting", "sending", "sent", "unknown"])
def test_D1_D2_while_a_write_of_an_order_is_open_there_is_no_second(database: Database, state: str) -> None:
    channel = stored_id(connect_channel(database).id)
    assert not refused(database, intent(channel, state))
    assert refused(database, intent(channel))
    with database.write() as session:
        session.get_one(OutboxIntent, 1).state = "verified"
    assert not refused(database, intent(channel))
