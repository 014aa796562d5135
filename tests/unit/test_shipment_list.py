"""Lists of parcels: what became of each, filters, counts, and rights."""

from __future__ import annotations

from typing import Any

import pytest

from core.actor import LOCAL_ADMIN, Actor
from core.database import Database
from core.documents import as_json
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.shipment import StoreShipment
from core.shipments.list import (
    STATES,
    ShipmentFilter,
    ShipmentView,
    parcels_of_order,
    shipment_keys,
    shipment_rows,
)
from tests.unit.builders import FR, NOON, FakeClock, connect_channel

VERA = Actor("vera", is_admin=False, store_id=1, company_id=2)


@pytest.fixture
def de(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database, carriers={"dhl": "DHL", "own": "Other:Own Van"})


@pytest.fixture
def fr(database: Database, de: Channel) -> Channel:
    return connect_channel(database, name="fr", marketplace_id=FR, company_id=2)


def add(database: Database, channel: Channel, number: int, **how: Any) -> None:
    """A parcel of an order of its own; `how` says what it has: columns, problem (code), intents (states)."""
    columns = {"carrier": "dhl", "dirty": False, "shipped_at": NOON, **how.get("columns", {})}
    subject, channel_id = f"shipment {number}", stored_id(channel.id)
    of_channel = {"channel_id": channel_id, "flow": "shipments", "subject": subject}
    with database.write() as session:
        order = {"order_id": f"302-{number}", "store_id": 1, "store_order_id": 1_000 + number}
        session.add(
            OrderLink(channel_id=channel_id, store_status="P", amazon_status="UNSHIPPED", total="1.00 EUR", **order)
        )
        session.add(StoreShipment(store_id=1, shipment_id=number, store_order_id=1_000 + number, **columns))
        for state in how.get("intents", ()):
            session.add(OutboxIntent(remote="seller 1", store_id=1, kind="shipment.confirm", state=state, **of_channel))
        if how.get("problem"):
            words = {"code": how["problem"], "message": "It is so.", "fix": "Do it."}
            resolved_at = NOON if how.get("resolved") else None
            session.add(Problem(owner=f"channel {channel_id}", resolved_at=resolved_at, **words, **of_channel))


def listed(database: Database, actor: Actor = LOCAL_ADMIN, **wanted: Any) -> list[ShipmentView]:
    return shipment_rows(database, actor, shipment_keys(database, actor, ShipmentFilter(**wanted)).keys)


def numbers(views: list[ShipmentView]) -> list[int]:
    return [view.shipment_id for view in views]


DIRTY = {"dirty": True}


@pytest.mark.parametrize(
    ("state", "how"),
    [
        ("waiting", {"columns": DIRTY}),
        ("waiting", {"intents": ["waiting"]}),
        ("waiting", {"intents": ["rejected", "waiting"], "problem": "amazon_refused"}),
        ("sent", {"intents": ["sending"]}),
        ("sent", {"intents": ["sent"]}),
        ("sent", {"intents": ["verified", "unknown"], "problem": "not_shown"}),
        ("verified", {}),
        ("verified", {"intents": ["verified"]}),
        ("verified", {"intents": ["rejected"], "problem": "amazon_refused", "resolved": True}),
        ("rejected", {"intents": ["rejected"], "problem": "amazon_refused"}),
        ("held", {"intents": ["rejected"], "problem": "carrier_unmapped", "columns": DIRTY}),
        ("held", {"problem": "carrier_unmapped", "columns": DIRTY}),
        ("held", {"problem": "not_shown"}),
    ],
)
def test_what_became_of_a_parcel(database: Database, de: Channel, state: str, how: dict[str, Any]) -> None:
    add(database, de, 7, **how)
    add(database, de, 70)
    assert listed(database, text="302-7")[-1].state == state
    assert numbers(listed(database, states=frozenset({state})))[-1] == 7
    counts = shipment_keys(database, LOCAL_ADMIN, ShipmentFilter(text="302-7")).counts
    assert {**counts, "verified": counts["verified"] - 1} == {one: int(one == state) for one in STATES}


def test_a_parcel_is_shown_with_both_sides_and_its_problem(database: Database, de: Channel) -> None:
    told = {"reference": "7", "carrier": "dhl", "tracking": "OLD", "units": {"1": 2}}
    columns = {"tracking": "NEW", "method": "Parcel", "told": told, "confirmed_at": NOON, "carrier": "own"}
    add(database, de, 7, columns=columns, problem="amazon_refused")
    [view] = listed(database)
    assert (view.channel, view.method, view.shipped_at, view.confirmed_at) == ("de", "Parcel", NOON, NOON)
    assert view.told is not None
    assert (view.told.reference, view.told.tracking) == ("7", "OLD")
    assert as_json(view) == {
        "shipment_id": 7,
        "order_id": 1007,
        "amazon_order_id": "302-7",
        "carrier": "own",
        "amazon_carrier": "Own Van",
        "tracking": "NEW",
        "state": "held",
        "problem": "amazon_refused",
        "message": "It is so.",
        "fix": "Do it.",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [13, 12, 11]),
        ("12", [12]),
        ("1011", [11]),
        ("302-13", [13]),
        ("jjd", [11]),
        ("UPS", [12]),
        ("carrier_unm", [12]),
        ("Carrier unmapped", [12]),
        ("302 dhl", [13, 11]),
        ("%", []),
        ("9" * 30, []),
    ],
)
def test_a_filter_searches_numbers_carriers_and_reasons(
    database: Database, de: Channel, text: str, found: list[int]
) -> None:
    add(database, de, 11, columns={"tracking": "JJD0001"})
    add(database, de, 12, columns={"carrier": "ups"}, problem="carrier_unmapped")
    add(database, de, 13)
    assert numbers(listed(database, text=text)) == found


def test_a_code_leaves_the_counts_of_all_states(database: Database, de: Channel) -> None:
    add(database, de, 11, problem="carrier_unmapped")
    add(database, de, 12, problem="not_shown")
    keys = shipment_keys(database, LOCAL_ADMIN, ShipmentFilter(code="not_shown"))
    assert (len(keys.keys), keys.total, keys.counts["held"]) == (1, 2, 2)


def test_what_is_gone_or_of_nobodys_order_is_not_listed(database: Database, de: Channel) -> None:
    add(database, de, 11, columns={"gone": True})
    with database.write() as session:
        session.add(StoreShipment(store_id=1, shipment_id=12, store_order_id=5, shipped_at=NOON))
    assert listed(database) == []


def test_intents_and_problems_of_another_channel_count_nothing(database: Database, de: Channel, fr: Channel) -> None:
    add(database, de, 11)
    with database.write() as session:
        words = {"code": "not_shown", "message": "It is so.", "fix": ""}
        session.add(Problem(owner="channel 2", channel_id=2, flow="shipments", subject="shipment 11", **words))
    assert [view.state for view in listed(database)] == ["verified"]


def test_a_vendor_sees_the_own_companys_parcels(database: Database, de: Channel, fr: Channel) -> None:
    add(database, de, 11)
    add(database, fr, 12, problem="not_shown")
    assert numbers(listed(database)) == [12, 11]
    assert numbers(listed(database, channel="de")) == [11]
    assert numbers(listed(database, VERA)) == [12]
    assert listed(database, VERA, channel="de") == []
    every = shipment_keys(database, LOCAL_ADMIN, ShipmentFilter()).keys
    assert numbers(shipment_rows(database, VERA, every)) == [12]
    assert parcels_of_order(database, VERA, "de", "302-11") == []
    assert numbers(parcels_of_order(database, LOCAL_ADMIN, "de", "302-11")) == [11]
