"""Use cases around shipments: push, retry, enter and list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.errors import ItemsRefused, UsageError
from core.jobs.requests import Requested, request
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.shipment import StoreShipment
from core.model.store import Store
from core.orders.channel_rules import channel_rules
from core.people.audit import record
from core.people.rights import require_channel
from core.shipments.declaration import PUSH
from core.shipments.list import ShipmentFilter, ShipmentView, shipment_keys, shipment_rows
from core.shipments.mirror import mark
from core.shipments.missing import waits_for_shipment
from core.sync.channel_job import require_usable
from core.windows import AT_ONCE
from core.workspace import Workspace

_MOST_NAMED = 1_000
"""Orders that one request may name."""
_LONGEST_NUMBER = 10
"""Digits of a shipment's number at most."""


def push_shipments(
    workspace: Workspace, actor: Actor, channel_name: str, *, order_ids: Sequence[str] = (), direct: bool = False
) -> Requested:
    """Ask for the store's parcels to be told to Amazon; with `order_ids`, those of these Amazon orders, anew."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    params: dict[str, Any] = {}
    if order_ids:
        params["order_ids"] = sorted(dict.fromkeys(order_id.strip() for order_id in order_ids))
        if len(params["order_ids"]) > _MOST_NAMED:
            raise UsageError(f"Name {_MOST_NAMED} orders at the most.")
        _require_linked(workspace, channel, params["order_ids"])
    return request(workspace.database, actor, PUSH, channel, params, direct=direct)


def retry(
    workspace: Workspace, actor: Actor, channel_name: str, shipment_ids: Sequence[str], *, direct: bool = False
) -> Requested:
    """Plan parcels of the channel again, refused ones too; others that are due go out with them.

    Raises ItemsRefused for those that are none of the channel's.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    numbers = {int(number) for number in shipment_ids if number.isdecimal() and len(number) <= _LONGEST_NUMBER}
    with workspace.database.write() as session:
        own = _own(session, channel, sorted(numbers))
        if strange := [number for number in shipment_ids if not number.isdecimal() or int(number) not in own]:
            raise ItemsRefused({number: _strange(channel_name, number) for number in strange})
        mark(session, channel.store_id, sorted(numbers), dirty=True)
        record(session, actor, "shipment.retry", f"channel {channel.name}", shipments=len(numbers))
    return request(workspace.database, actor, PUSH, channel, {}, direct=direct)


def enter_shipment(
    workspace: Workspace,
    actor: Actor,
    channel_name: str,
    order_id: str,
    *,
    carrier: str,
    tracking: str = "",
    direct: bool = False,
) -> Requested:
    """Enter a parcel with all that is left of an order into the store, from where it is told to Amazon by the same job.

    `carrier` is the store's word for it, or Amazon's where the channel's mapping has it. Raises UsageError for an order
    that Amazon does not wait for, and for a carrier that is not mapped.
    """
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    key = _carrier(channel, carrier)
    with workspace.database.write() as session:
        store = session.get_one(Store, channel.store_id)
        number = waits_for_shipment(session, channel, order_id)
        if number is None:
            raise UsageError(
                "Amazon does not wait for its shipment, or it is not in the store.",
                subject=f"order {order_id}",
                next_step=f"See: crossdock orders show --channel {channel_name} {order_id}",
            )
        shipping_id = channel_rules(session, channel, store).shipping.get("default")
        if shipping_id is None:
            raise UsageError(
                "The store has no shipping method for it.",
                subject=f"channel {channel_name}",
                next_step=f"Run: crossdock store prepare {store.name} --apply",
            )
        record(session, actor, "shipment.enter", f"order {order_id}", channel=channel.name)
    told = {"order_id": order_id, "store_order_id": number, "shipping_id": shipping_id}
    params = {"order_ids": [order_id], "enter": {**told, "carrier": key, "tracking": tracking.strip()}}
    return request(workspace.database, actor, PUSH, channel, params, direct=direct)


def list_shipments(workspace: Workspace, actor: Actor, channel_name: str) -> list[ShipmentView]:
    """The parcels of the channel's orders as the store was last read, newest first."""
    channel = require_channel(workspace.database, actor, channel_name)
    keys = shipment_keys(workspace.database, actor, ShipmentFilter(channel=channel.name)).keys
    return shipment_rows(workspace.database, actor, keys)


def _strange(channel: str, number: str) -> UsageError:
    return UsageError(
        "It is not among the parcels of the channel.",
        subject=f"shipment {number}",
        next_step=f"See: crossdock shipments list --channel {channel}",
    )


def _own(session: Session, channel: Channel, numbers: Sequence[int]) -> set[int]:
    """Those of the numbers that are parcels of the channel's orders."""
    own: set[int] = set()
    for start in range(0, len(numbers), AT_ONCE):
        query = (
            select(StoreShipment.shipment_id)
            .join(
                OrderLink,
                (col(OrderLink.store_id) == StoreShipment.store_id)
                & (col(OrderLink.store_order_id) == StoreShipment.store_order_id),
            )
            .where(
                col(OrderLink.channel_id) == channel.id,
                col(StoreShipment.store_id) == channel.store_id,
                col(StoreShipment.gone).is_(False),
                col(StoreShipment.shipment_id).in_(numbers[start : start + AT_ONCE]),
            )
        )
        own.update(session.exec(query).all())
    return own


def _require_linked(workspace: Workspace, channel: Channel, order_ids: Sequence[str]) -> None:
    with workspace.database.read() as session:
        query = select(OrderLink.order_id).where(
            col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_(order_ids)
        )
        unknown = sorted(set(order_ids) - set(session.exec(query).all()))
    if unknown:
        raise UsageError(
            "It is not in the store.",
            subject=f"order {unknown[0]}",
            next_step=f"Run: crossdock orders import --channel {channel.name} --order-id {unknown[0]}",
        )


def _carrier(channel: Channel, text: str) -> str:
    """The store's word for a carrier."""
    carriers: dict[str, str] = channel.settings.get("carriers") or {}
    wanted = text.strip()
    key = wanted if wanted in carriers else next((key for key, code in carriers.items() if code == wanted), "")
    if not key:
        known = ", ".join(sorted(carriers)) or "none"
        raise UsageError(
            f"The carrier {wanted!r} is not mapped; mapped are: {known}.",
            subject=f"channel {channel.name}",
            next_step=f'Map it with: crossdock mapping set --channel {channel.name} carriers "{wanted}" CODE',
            fields={"carrier": "it is not mapped"},
        )
    return key
