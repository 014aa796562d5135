"""Which store order an Amazon order became, and what was last seen of it there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select, update

from core import clock
from core.cscart.orders import StoreOrder
from core.database import upsert
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import WAITING, OutboxIntent
from core.orders.plan.store_order import PlannedOrder

_DAY = 86_400
_TOLD = ("store_order_id", "store_status", "amazon_status", "total", "parts", "lines", "lacking")
_TABLE: Any = OrderLink.__table__  # type: ignore[attr-defined]
# Made once, and past the ORM: every order that is written passes here.
_SEEN = update(_TABLE).where(_TABLE.c.store_id == bindparam("store"), _TABLE.c.store_order_id == bindparam("number"))


def write_link(
    session: Session, intent: OutboxIntent, order: PlannedOrder, order_id: int, status: str, **seen: Any
) -> None:
    """Link the Amazon order to the store order, which has this status now (empty: not told).

    A repeated link changes nothing but the number and what was seen; `seen` says more of it.
    """
    row = {
        "channel_id": intent.channel_id,
        "order_id": order.order_id,
        "company_id": order.link_company,
        "store_id": intent.store_id,
        "store_order_id": order_id,
        "store_status": status,
        "amazon_status": order.amazon_status,
        "total": str(order.total),
        "products": order.products,
        "parts": order.parts,
        "lines": [one.to_json() for one in order.sold],
        "lacking": order.lacking,
        "linked_at": clock.now(),
        **seen,
    }
    changed = [*_TOLD, *(name for name in seen if name not in _TOLD)]
    upsert(session, OrderLink, [row], keys=["channel_id", "order_id", "company_id"], update=changed)


def note_seen(session: Session, intent: OutboxIntent, order: StoreOrder, **values: Any) -> None:
    """Keep what was seen of a store order: its status, and `values`."""
    found = {"store": intent.store_id, "number": order.order_id, "store_status": order.status, **values}
    session.connection().execute(_SEEN, found)


def has_links(session: Session, channel_id: int) -> bool:
    """Whether any order of a channel was linked; a channel without one never imported."""
    return (
        session.exec(select(OrderLink.id).where(col(OrderLink.channel_id) == channel_id).limit(1)).first() is not None
    )


def unsent_days(session: Session, channels: Collection[int], kind: str) -> tuple[int, int] | None:
    """First and last date (unix seconds, a day to spare) of the orders that wait to be created; None without any."""
    first, last = session.exec(
        select(func.min(AmazonOrder.created_at), func.max(AmazonOrder.created_at))
        .join(Channel, col(Channel.account_id) == AmazonOrder.account_id)
        .join(OutboxIntent, col(OutboxIntent.channel_id) == Channel.id)
        .where(
            col(Channel.id).in_(channels),
            func.substr(OutboxIntent.subject, len("order ") + 1) == AmazonOrder.order_id,
            col(OutboxIntent.state) == WAITING,
            col(OutboxIntent.step) == "",
            col(OutboxIntent.kind) == kind,
        )
    ).one()
    if first is None or last is None:
        return None
    return int(first.timestamp()) - _DAY, int(last.timestamp()) + _DAY
