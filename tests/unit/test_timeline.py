"""One order in full: what happened to it on both sides, in order, and its money; nothing personal unless asked for."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from core.actor import LOCAL_ADMIN
from core.documents import as_json
from core.errors import UsageError
from core.model.audit import AuditEntry
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, OrderEvent
from core.model.outbox import REJECTED, SENT, VERIFIED, WAITING
from core.model.shipment import StoreShipment
from core.orders import CREATE_KIND, STATUS_KIND
from core.orders.detail import buyer, order_detail
from core.orders.evidence import Evidence
from core.orders.mirror import store_orders
from core.timeline import timeline
from core.workspace import Workspace
from tests.unit.builders import (
    NOON,
    ORDER_ID,
    FakeClock,
    breakdown,
    connect_channel,
    item_document,
    order_document,
    order_intent,
    order_problem,
)

PERSONAL = ("Ada", "Lovelace", "Lindenallee", "Köln", "50667", "221", "marketplace.amazon.de", "+49", "Joy")


def after(minutes: int) -> Any:
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def channel(workspace: Workspace, fake_clock: FakeClock) -> Channel:
    """One that has read one order, with a gift message."""
    channel = connect_channel(workspace.database)
    gift = {"packing": {"giftOption": {"giftMessage": "Joy!\nAda"}}}
    lines = (
        item_document(
            breakdown("ITEM", "30.00"),
            breakdown("SHIPPING", "4.90"),
            breakdown("TAX", "5.57", ITEM="4.79", SHIPPING="0.78"),
            breakdown("DISCOUNT", "3.00", ITEM="3.00"),
            quantity=3,
            fulfillment=gift,
        ),
        item_document(breakdown("ITEM", "10.00"), breakdown("GIFT_WRAP", "2.00"), number=2, sku="MUG-1"),
    )
    with workspace.database.write() as session:
        store_orders(session, channel.account_id, [order_document(*lines, total="43.90")])
    return channel


def put(workspace: Workspace, *rows: Any) -> None:
    with workspace.database.write() as session:
        session.add_all(rows)


def told(workspace: Workspace) -> list[str]:
    """The timeline, oldest first."""
    entries = timeline(workspace, LOCAL_ADMIN, "de", ORDER_ID)
    assert entries == sorted(entries, key=lambda entry: entry.at, reverse=True)
    return [f"{one.side}: {one.text}{f' ({one.job_id})' if one.job_id else ''}" for one in reversed(entries)]


def link(channel: Channel, **values: Any) -> OrderLink:
    fields = {
        "channel_id": channel.id,
        "order_id": ORDER_ID,
        "store_id": channel.store_id,
        "store_order_id": 101,
        "store_status": "P",
        "amazon_status": "UNSHIPPED",
        "total": "43.90",
        "linked_at": after(1),
    }
    return OrderLink(**(fields | values))


def intent(channel: Channel, kind: str = CREATE_KIND, known: Evidence | None = None, **values: Any) -> Any:
    fields = {
        "store_id": channel.store_id,
        "channel_id": channel.id,
        "subject": f"order {ORDER_ID}",
        "kind": kind,
        "state": VERIFIED,
        "created_at": NOON,
        "updated_at": after(3),
        "sent_at": after(2),
        "evidence": (known or Evidence()).to_json(),
    }
    return order_intent(**(fields | values))


def test_the_whole_way_of_an_order_reads_from_both_sides(workspace: Workspace, channel: Channel) -> None:
    put(
        workspace,
        link(channel),
        intent(channel, known=Evidence(order_id=101, corrected=True), job_id=7),
        OrderEvent(
            account_id=1, order_id=ORDER_ID, at=after(4), kind="status", detail={"from": "PENDING", "to": "UNSHIPPED"}
        ),
        OrderEvent(account_id=1, order_id=ORDER_ID, at=after(5), kind="store_status", detail={"from": "P", "to": "D"}),
        OrderEvent(account_id=1, order_id=ORDER_ID, at=after(6), kind="cancel_requested", detail={}),
        OrderEvent(
            account_id=1, order_id=ORDER_ID, at=after(7), kind="status", detail={"from": "UNSHIPPED", "to": "CANCELLED"}
        ),
        intent(
            channel,
            STATUS_KIND,
            Evidence(order_id=101, letter="I", corrected=True),
            sent_at=after(8),
            updated_at=after(9),
            job_id=8,
        ),
    )
    assert told(workspace) == [
        "amazon: Ordered on Amazon",
        "store: Created as store order 101",
        "store: Corrected: lines, amounts and status as planned (7)",
        "store: Seen in the store as it was sent (7)",
        "amazon: Released from pending",
        "store: Status changed in the store: P → D",
        "amazon: The buyer asked to cancel",
        "amazon: Cancelled on Amazon",
        "store: Status set to I (8)",
        "store: Seen in the store as it was sent (8)",
    ]


def test_an_adopted_order_a_refusal_and_a_plan_are_told_apart(workspace: Workspace, channel: Channel) -> None:
    put(
        workspace,
        link(channel),
        intent(channel, known=Evidence(order_id=101, adopted=True)),
        intent(channel, STATUS_KIND, state=REJECTED, updated_at=after(5)),
        intent(channel, STATUS_KIND, state=WAITING, created_at=after(6), sent_at=None),
    )
    assert told(workspace)[1:] == [
        "store: Store order 101 was there already and was adopted",
        "store: Seen in the store as it was sent",
        "store: The change could not be made in the store",
        "store: Planned to be changed in the store",
    ]


def test_shipments_problems_and_what_people_did_stand_in_it(workspace: Workspace, channel: Channel) -> None:
    parcel = {"store_id": 1, "store_order_id": 101, "carrier": "dhl", "tracking": "JJD1", "seen_at": after(60)}
    of_parcel = {"flow": "shipments", "remote": "seller 1", "kind": "shipment.confirm"}
    put(
        workspace,
        link(channel),
        StoreShipment(shipment_id=5, shipped_at=after(10), confirmed_at=after(12), **parcel),
        StoreShipment(shipment_id=6, shipped_at=after(20), gone=True, **parcel),
        intent(channel, subject="shipment 5", sent_at=after(11), state=SENT, **of_parcel),
        intent(channel, subject="shipment 6", sent_at=after(21), state=REJECTED, updated_at=after(22), **of_parcel),
        order_problem(
            channel_id=channel.id,
            subject=f"order {ORDER_ID}",
            code="sku_unknown",
            message="Nothing of Ada's.",
            fix="",
            first_seen=after(30),
            resolved_at=after(31),
        ),
        order_problem(
            channel_id=channel.id,
            flow="shipments",
            subject="shipment 6",
            code="carrier_unmapped",
            message="",
            fix="",
            first_seen=after(32),
        ),
        # Another store's shipment has the same number, another channel the same order.
        StoreShipment(shipment_id=7, shipped_at=NOON, **(parcel | {"store_order_id": 102})),
        AuditEntry(operator="eve", action="order.hold", subject=f"order {ORDER_ID}", detail={"channel": "fr"}, at=NOON),
        AuditEntry(
            operator="vera", action="order.hold", subject=f"order {ORDER_ID}", detail={"channel": "de"}, at=after(40)
        ),
        AuditEntry(
            operator="vera", action="order.hold", subject=f"order {ORDER_ID}", detail={"channel": "de"}, at=after(-1)
        ),
    )
    assert told(workspace)[2:] == [
        "shipment: Shipment 5 made in the store (dhl, JJD1)",
        "shipment: Shipment 5 told to Amazon",
        "shipment: Shipment 5 seen at Amazon",
        "shipment: Shipment 6 made in the store (dhl, JJD1)",
        "shipment: Shipment 6 told to Amazon",
        "shipment: Shipment 6 rejected by Amazon",
        "problem: Problem: Unknown SKU",
        "problem: Resolved: Unknown SKU",
        "problem: Problem: shipment 6, Carrier unmapped",
        "operator: Held back by vera",
        "shipment: Shipment 6 is not in the store any more",
    ]


def test_an_order_read_for_the_first_time_when_it_was_over_says_so(workspace: Workspace, channel: Channel) -> None:
    with workspace.database.write() as session:
        order = session.exec(select(AmazonOrder)).one()
        order.status, order.updated_at, order.ship_by = "SHIPPED", after(50), after(40)
    assert told(workspace) == [
        "amazon: Ordered on Amazon",
        "amazon: Latest time to ship",
        "amazon: Shipped on Amazon",
    ]


def test_lines_and_money_are_amazons_own(workspace: Workspace, channel: Channel) -> None:
    detail = order_detail(workspace, LOCAL_ADMIN, "de", ORDER_ID)
    assert [(line.sku, line.quantity, line.title, line.price, line.total) for line in detail.lines] == [
        ("LAMP-1", 3, "Lamp", Decimal("10.00"), Decimal("30.00")),
        ("MUG-1", 1, "Lamp", Decimal("10.00"), Decimal("10.00")),
    ]
    assert as_json(detail.money) == {
        "currency": "EUR",
        "subtotal": "40.00",
        "shipping": "4.90",
        "other": "2.00",
        "discounts": "-3.00",
        "tax": "5.57",
        "tax_included": True,
        "total": "43.90",
    }
    assert (detail.country, detail.gift_messages) == ("DE", 1)
    assert detail.amazon_url == f"https://sellercentral-europe.amazon.com/orders-v3/order/{ORDER_ID}"
    assert detail.store_url == ""


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"programs": ["PRIME", "INVOICE_BY_AMAZON"]}, "issued by Amazon"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "NOT_FOUND"}}}, "Amazon waits for it; upload it in Seller Central"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "PROCESSING"}}}, "uploaded, and not accepted yet"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "ERRORED"}}}, "not accepted by Amazon; see Seller Central"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "ACCEPTED"}}}, "accepted by Amazon"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "LOST_IN_SPACE"}}}, "lost in space"),
        ({"tax": {"taxInvoicing": {"invoiceStatus": "NOT_REQUIRED"}}}, ""),
        ({"tax": {"taxInvoicing": []}, "programs": None}, ""),
    ],
)
def test_C3_how_an_invoice_stands_is_shown_and_none_counts_as_done_that_amazon_has_not_accepted(
    workspace: Workspace, channel: Channel, told: dict[str, Any], shown: str
) -> None:
    with workspace.database.write() as session:
        order = session.exec(select(AmazonOrder)).one()
        order.raw = {**(order.raw or {}), **told}
    assert order_detail(workspace, LOCAL_ADMIN, "de", ORDER_ID).invoice == shown


@pytest.mark.parametrize(("total", "included"), [("49.47", False), ("43.90", True), ("1.00", None)])
def test_whether_tax_stands_in_the_prices_is_told_by_the_total(
    workspace: Workspace, channel: Channel, total: str, included: bool | None
) -> None:
    with workspace.database.write() as session:
        order = session.exec(select(AmazonOrder)).one()
        order.raw = {**(order.raw or {}), "proceeds": {"grandTotal": {"amount": total, "currencyCode": "EUR"}}}
    money = order_detail(workspace, LOCAL_ADMIN, "de", ORDER_ID).money
    assert money is not None
    assert money.tax_included is included


def test_the_buyer_is_shown_to_whoever_asks_and_the_audit_says_to_whom(workspace: Workspace, channel: Channel) -> None:
    detail = json.dumps(as_json(order_detail(workspace, LOCAL_ADMIN, "de", ORDER_ID)), ensure_ascii=False)
    whole = detail + json.dumps(as_json(timeline(workspace, LOCAL_ADMIN, "de", ORDER_ID)), ensure_ascii=False)
    assert not [word for word in PERSONAL if word in whole]
    found = buyer(workspace, LOCAL_ADMIN, "de", ORDER_ID)
    assert found.address == ("Ada King Lovelace", "Lindenallee 5", "2. Stock", "50667 Köln", "NRW, DE")
    assert (found.buyer, found.phone) == (("Ada Lovelace",), "+49 221 1234567")
    assert found.gift_messages == (("LAMP-1", "Joy!\nAda"),)
    with workspace.database.read() as session:
        entry = session.exec(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("order.buyer", f"order {ORDER_ID}")
    assert told(workspace)[-1] == f"operator: The buyer's name and address were shown to {LOCAL_ADMIN.name}"


def test_of_a_purged_order_the_figures_stay(workspace: Workspace, channel: Channel) -> None:
    with workspace.database.write() as session:
        session.exec(select(AmazonOrder)).one().raw = None
    detail = order_detail(workspace, LOCAL_ADMIN, "de", ORDER_ID)
    assert [(line.sku, line.title, line.total) for line in detail.lines] == [("LAMP-1", "", None), ("MUG-1", "", None)]
    assert (detail.money, detail.country) == (None, "")
    with pytest.raises(UsageError, match="Its personal data was deleted"):
        buyer(workspace, LOCAL_ADMIN, "de", ORDER_ID)
    with workspace.database.read() as session:
        assert session.exec(select(AuditEntry.id).where(col(AuditEntry.action) == "order.buyer")).all() == []


@pytest.mark.parametrize("read", [order_detail, buyer, timeline])
def test_an_order_that_was_not_read_is_said_to_be_so(workspace: Workspace, channel: Channel, read: Any) -> None:
    with pytest.raises(UsageError, match="It has not been read"):
        read(workspace, LOCAL_ADMIN, "de", "113-0000000-0000000")
