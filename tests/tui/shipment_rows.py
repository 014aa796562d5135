"""Parcels and their problems put straight into the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.model.channel import Channel
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.model.shipment import StoreShipment
from core.shipments.plan import problems
from core.sync.decisions import Hold
from core.workspace import Workspace
from tests.tui.order_rows import add_order
from tests.tui.rows import NOW, add_channel

CARRIERS = {"dhl": "DHL", "van": "Other:Own Van"}


def add_parcel(
    workspace: Workspace, channel: Channel, number: int, *, hold: Hold | None = None, intent: str = "", **values: Any
) -> str:
    """A parcel of an order of its own; it is not told for a reason, or an intent in a state is there for it."""
    order_id = add_order(workspace, channel, number, store_order=1_000 + number)
    columns = {"carrier": "dhl", "tracking": f"JJD{number:09}", "dirty": hold is not None}
    columns |= {"shipped_at": NOW - timedelta(hours=number), "store_order_id": 1_000 + number, **values}
    known = {"channel_id": channel.id, "flow": "shipments", "subject": f"shipment {number}"}
    with workspace.database.write() as session:
        session.add(StoreShipment(store_id=channel.store_id, shipment_id=number, **columns))
        if intent:
            remote = {"remote": f"seller {channel.account_id}", "store_id": channel.store_id}
            session.add(OutboxIntent(kind="shipment.confirm", state=intent, **remote, **known))
        if hold is not None:
            add_hold(session, channel, f"shipment {number}", hold)
    return order_id


def add_missing(workspace: Workspace, channel: Channel, number: int) -> str:
    """An order that was completed in the store without a shipment."""
    order_id = add_order(workspace, channel, number, store_order=1_000 + number)
    with workspace.database.write() as session:
        missing = problems.shipment_missing(1_000 + number, order_id, channel.name)
        add_hold(session, channel, f"order {order_id}", missing)
    return order_id


def add_hold(session: Any, channel: Channel, subject: str, hold: Hold) -> None:
    """The open problem that holds an item."""
    words = {"code": hold.code, "about": hold.about, "message": hold.message, "fix": hold.fix}
    owner = {"owner": f"channel {channel.id}", "channel_id": channel.id, "flow": "shipments"}
    session.add(Problem(subject=subject, first_seen=NOW, last_seen=NOW, **owner, **words))


def fill_shipments(workspace: Workspace) -> Channel:
    """A parcel in each state; the newest has the highest number, and the carrier of 19 and 18 is not mapped."""
    channel = add_channel(workspace, settings={"carriers": CARRIERS, "push_shipments": True})
    told = {"reference": "14", "carrier": "dhl", "tracking": "JJD000000014", "units": {"1": 2}}
    unmapped = problems.carrier_unmapped("DHL Paket", ["DHL"], channel.name)
    add_parcel(workspace, channel, 19, hold=unmapped, carrier="DHL Paket")
    add_parcel(workspace, channel, 18, hold=unmapped, carrier="DHL Paket")
    add_parcel(workspace, channel, 17, hold=problems.amazon_refused("no"), intent="rejected", dirty=False)
    add_parcel(workspace, channel, 16, dirty=True, carrier="", method="van", tracking="")
    add_parcel(workspace, channel, 15, intent="sent")
    add_parcel(workspace, channel, 14, told=told, confirmed_at=NOW)
    return channel
