"""Amazon says that an order is new or has changed: it is read with one getOrder. Source: ORDER_CHANGE 1.0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from core.actor import SYSTEM
from core.jobs.requests import request
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.orders.declaration import ORDERS_IMPORT
from core.orders.report_rows import ORDER_ID
from core.orders.reported import only_reported
from core.sync.hearing import Heard, Notice
from core.timestamps import told
from core.workspace import Workspace


def changed(workspace: Workspace, channel: Channel, notices: Sequence[Notice]) -> Heard:
    """Have the orders read that were not read since they changed."""
    if not channel.settings.get("pull_orders", True):
        return Heard()
    wanted = {notice.id: order_id for notice in notices if ORDER_ID.fullmatch(order_id := _order_id(notice))}
    with workspace.database.read() as session:
        rows = session.exec(
            select(AmazonOrder.order_id, AmazonOrder.updated_at).where(
                col(AmazonOrder.account_id) == channel.account_id,
                col(AmazonOrder.order_id).in_(set(wanted.values())),
                ~only_reported(),
            )
        ).all()
    read = dict(rows)
    unread = {
        notice.id: wanted[notice.id]
        for notice in notices
        if notice.id in wanted and not _is_read(read.get(wanted[notice.id]), notice)
    }
    if not unread:
        return Heard()
    # Nobody has named them: they go by the channel's rules, as what the stream reads does.
    params = {"order_ids": sorted(set(unread.values())), "heard": True}
    asked = request(workspace.database, SYSTEM, ORDERS_IMPORT, channel, params)
    return Heard(frozenset(unread), asked)


def _order_id(notice: Notice) -> str:
    return str(notice.about.get("amazonorderid", ""))


def _is_read(updated_at: datetime | None, notice: Notice) -> bool:
    """Whether the order was read as it is since the change; a change without a time may be any."""
    trigger = notice.about.get("orderchangetrigger")
    at = told(trigger.get("timeoforderchange")) if isinstance(trigger, dict) else None
    return updated_at is not None and at is not None and at <= updated_at
