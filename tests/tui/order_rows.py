"""Orders and their problems put straight into the tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.workspace import Workspace
from tests.tui.rows import NOW, add_channel
from tests.unit.builders import order_problem

MESSAGES = {
    "sku_unknown": (
        "No product of the store carries the SKU 'CAP-9'.",
        "Give the product this code in the store; the order is released by itself.",
    ),
    "pending": (
        "Amazon has not released it yet: payment is not authorized.",
        "Nothing to do: it is imported when Amazon releases it.",
    ),
    "payment_unmapped": (
        "It is cash on delivery, and no payment is mapped.",
        "Set payments.cod of the channel to an active payment of the store.",
    ),
    "zero_price": (
        "SKU 'CAP-7' is free of charge; the store drops such lines.",
        "Allow a zero price on the product in the store, or enter the order by hand.",
    ),
    "store_refused": ("The store refused it: The field phone is mandatory.", "Correct it in the store, then retry."),
    "held_by_operator": ("vera holds it back.", "Release it with: crossdock orders release --channel de NUMBER"),
}


def number(count: int) -> str:
    """The Amazon number of the order that was placed so many hours ago."""
    return f"302-{count:07d}-{count * 7:07d}"


def add_order(
    workspace: Workspace,
    channel: Channel,
    count: int,
    *,
    code: str = "",
    about: str = "",
    store_order: int | None = None,
    dirty: bool = False,
    sku: str = "CAP-9",
    **values: Any,
) -> str:
    """An order placed `count` hours ago: held or failed with a code, imported with a store order, waiting if dirty."""
    order_id = values.pop("order_id", number(count))
    message, fix = MESSAGES.get(code, (f"Something is wrong: {code}.", "Look at it."))
    fields = {
        "marketplace_id": channel.marketplace_id,
        "status": "UNSHIPPED",
        "fulfilled_by": "MERCHANT",
        "created_at": NOW - timedelta(hours=count),
        "updated_at": NOW - timedelta(hours=count),
        "total_minor": 1_999 + count * 101,
        "currency": "EUR",
        "item_count": 1,
        "fingerprint": "f",
        "dirty": dirty or (bool(code) and store_order is None),
    }
    with workspace.database.write() as session:
        session.add(AmazonOrder(**{"account_id": channel.account_id, "order_id": order_id, **fields, **values}))
        session.add(
            AmazonOrderItem(
                account_id=channel.account_id, order_id=order_id, item_id="1", sku=sku, asin="B000000009", quantity=2
            )
        )
        if code:
            subject = f"order {order_id}"
            session.add(
                order_problem(
                    channel_id=channel.id,
                    subject=subject,
                    code=code,
                    about=about,
                    message=message,
                    fix=fix,
                    first_seen=NOW - timedelta(hours=count),
                    last_seen=NOW,
                )
            )
        if store_order is not None:
            session.add(
                OrderLink(
                    channel_id=channel.id,
                    order_id=order_id,
                    store_id=channel.store_id,
                    store_order_id=store_order,
                    store_status="P",
                    amazon_status="UNSHIPPED",
                    total="19.99 EUR",
                )
            )
    return order_id


def add_second_channel(workspace: Workspace, first: Channel, name: str = "fr") -> Channel:
    """Another marketplace of the same seller."""
    channel = Channel(
        name=name,
        account_id=first.account_id,
        marketplace_id="A13V1IB3VIYZZH",
        store_id=first.store_id,
        app_mode="private",
        app_status="active",
    )
    with workspace.database.write() as session:
        session.add(channel)
    return channel


def fill_orders(workspace: Workspace) -> Channel:
    """An order in each state, and one of each kind of fix; newest first they are 0 to 9."""
    channel = add_channel(workspace)
    add_order(workspace, channel, 0, code="sku_unknown", about="CAP-9")
    add_order(workspace, channel, 1, store_order=1_001)
    add_order(workspace, channel, 2, code="payment_unmapped", about="payments.cod", sku="MUG-1")
    add_order(workspace, channel, 3, dirty=True, status="PARTIALLY_SHIPPED")
    add_order(workspace, channel, 4, code="store_refused", store_order=1_004)
    add_order(workspace, channel, 5, status="SHIPPED", fulfilled_by="AMAZON")
    add_order(workspace, channel, 6, code="pending", status="PENDING", total_minor=None, currency="")
    add_order(workspace, channel, 7, code="sku_unknown", about="CAP-9")
    add_order(workspace, channel, 8, code="held_by_operator", held_by="vera")
    add_order(workspace, channel, 9, code="zero_price", created_at=NOW - timedelta(days=400))
    return channel
