"""Orders of Amazon's reports in the mirror: their figures, and nothing that an order could be planned by.

A report has no address, no number of an item and no breakdown of amounts, so what it tells is kept as rows without
what Amazon said (`raw`). Whatever the Orders API says of an order takes their place. Of an order that is known whole
only news counts: then it is to be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, delete, func, or_, select, update

from core import clock
from core.database import upsert
from core.model.link import OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.orders.document import HISTORY
from core.orders.mirror import REPORTED, ask_for
from core.orders.plan.rules import Wish
from core.orders.report_rows import BadRow, ReportOrder

_ELSEWHERE = f"{REPORTED}elsewhere "
"""How the fingerprint of one begins that was placed in another shop: nobody imports it."""
_SECOND = timedelta(seconds=1)
"""A report tells times to the second, the Orders API to the millisecond."""
_KEYS = ("account_id", "order_id")


class _Known(NamedTuple):
    fingerprint: str
    updated_at: datetime
    status: str
    backfill: str


def store_reported(session: Session, account_id: int, orders: Sequence[ReportOrder], wish: Wish) -> int:
    """Write orders of a report into the mirror; returns how many of them are new there."""
    known = _known(session, account_id, [order.order_id for order in orders])
    rows: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    asked: dict[str, list[str]] = {}
    for order in orders:
        old = known.get(order.order_id)
        if order.again:
            continue
        if old is None or old.fingerprint.startswith(REPORTED) or _is_news(old, order):
            rows.append(_row(account_id, order, wish.of(order.status) or (old.backfill if old else "")))
            items += _items(account_id, order)
        elif (wanted := wish.of(old.status)) not in ("", old.backfill):
            asked.setdefault(wanted, []).append(order.order_id)
    for backfill, order_ids in asked.items():
        ask_for(session, account_id, order_ids, backfill)
    _replace(session, account_id, rows, items)
    for order in orders:
        if order.again:
            _add_items(session, account_id, order)
    return sum(row["order_id"] not in known for row in rows)


def store_unreadable(
    session: Session, account_id: int, marketplace_id: str, placed: datetime, rows: Iterable[BadRow], wish: Wish
) -> None:
    """Note orders whose rows cannot be read, so that they are read singly; `placed` is when at the earliest."""
    wanted = dict.fromkeys(row.order_id for row in rows if row.order_id)
    known = _known(session, account_id, list(wanted))
    unknown = [
        {
            **_common(account_id, order_id, wish.of("")),
            "marketplace_id": marketplace_id,
            "status": "",
            "fulfilled_by": "",
            "created_at": placed,
            "updated_at": placed,
            "total_minor": None,
            "currency": "",
            "item_count": 0,
            "fingerprint": f"{REPORTED}unreadable",
        }
        for order_id in wanted
        if order_id not in known
    ]
    _replace(session, account_id, unknown, [])


def in_range(account_id: int, marketplace_id: str, start: datetime, end: datetime) -> ColumnElement[bool]:
    """The orders of a marketplace that were placed then."""
    return and_(
        col(AmazonOrder.account_id) == account_id,
        col(AmazonOrder.marketplace_id) == marketplace_id,
        col(AmazonOrder.created_at) >= start,
        col(AmazonOrder.created_at) <= end,
    )


def only_reported() -> ColumnElement[bool]:
    """What is known of them is what a report tells."""
    return col(AmazonOrder.fingerprint).startswith(REPORTED)


def to_read_whole(channel_id: int, statuses: Iterable[str], fulfilled_by: str = "") -> ColumnElement[bool]:
    """Those of which a report is not enough: open ones, known ones with news, and history of these statuses.

    So is history of which personal data was deleted before the channel's store got it. `fulfilled_by` leaves out
    history that others fulfil.
    """
    wanted: ColumnElement[bool] = col(AmazonOrder.status).in_(sorted(HISTORY.intersection(statuses)))
    if fulfilled_by:
        wanted = and_(wanted, col(AmazonOrder.fulfilled_by).in_([fulfilled_by, ""]))
    is_open = col(AmazonOrder.status).not_in(sorted(HISTORY))
    has_document = col(AmazonOrder.raw).is_not(None)
    linked = select(OrderLink.id).where(
        col(OrderLink.channel_id) == channel_id, col(OrderLink.order_id) == col(AmazonOrder.order_id)
    )
    purged = and_(~has_document, ~only_reported(), wanted, ~linked.exists())
    ours = and_(only_reported(), ~col(AmazonOrder.fingerprint).startswith(_ELSEWHERE))
    return or_(and_(ours, or_(is_open, has_document, wanted)), purged)


def count(session: Session, *conditions: ColumnElement[bool]) -> int:
    """How many orders there are."""
    return session.exec(select(func.count()).select_from(AmazonOrder).where(*conditions)).one()


def _known(session: Session, account_id: int, order_ids: Sequence[str]) -> dict[str, _Known]:
    columns = (AmazonOrder.order_id, *(getattr(AmazonOrder, name) for name in _Known._fields))
    query = select(AmazonOrder).where(
        col(AmazonOrder.account_id) == account_id, col(AmazonOrder.order_id).in_(order_ids)
    )
    rows = session.connection().execute(query.with_only_columns(*columns)).all()
    return {row[0]: _Known(*row[1:]) for row in rows}


def _is_news(old: _Known, order: ReportOrder) -> bool:
    """Whether a report is ahead of what was read of an order; a lost one (no fingerprint) is read again anyway."""
    return bool(old.fingerprint) and order.updated_at > old.updated_at + _SECOND and old.status not in order.may_be


def _common(account_id: int, order_id: str, backfill: str) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "order_id": order_id,
        "partial": True,
        "dirty": False,
        "fault": "",
        "ship_by": None,
        "backfill": backfill,
        "seen_at": clock.now(),
    }


def _row(account_id: int, order: ReportOrder, backfill: str) -> dict[str, Any]:
    return {
        **_common(account_id, order.order_id, backfill),
        "marketplace_id": order.listed_in,
        "status": order.status,
        "fulfilled_by": order.fulfilled_by,
        "created_at": order.created_at,
        # A time to come would keep every later update out.
        "updated_at": min(order.updated_at, clock.now()),
        # Fees and tips have no column, so what is told makes no total.
        "total_minor": None,
        "currency": order.currency,
        "item_count": len(order.rows),
        "fingerprint": (_ELSEWHERE if order.is_elsewhere else REPORTED) + order.digest,
    }


def _items(account_id: int, order: ReportOrder, first: int = 0) -> list[dict[str, Any]]:
    """Items by their place, as a report has no numbers of them."""
    return [
        {
            "account_id": account_id,
            "order_id": order.order_id,
            "item_id": f"{REPORTED}{first + number}",
            "sku": row.sku,
            "asin": row.asin,
            "quantity": row.quantity,
        }
        for number, row in enumerate(order.rows)
    ]


def _add_items(session: Session, account_id: int, order: ReportOrder) -> None:
    """Add further items to an order whose rows do not stand together."""
    its = (col(AmazonOrder.account_id) == account_id, col(AmazonOrder.order_id) == order.order_id, only_reported())
    counted = {"item_count": AmazonOrder.item_count + len(order.rows)}
    if session.exec(update(AmazonOrder).where(*its).values(**counted)).rowcount:
        items = _items(account_id, order, first=order.rows[0].line)
        upsert(session, AmazonOrderItem, items, keys=(*_KEYS, "item_id"), update=[])


def _replace(
    session: Session, account_id: int, rows: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]]
) -> None:
    ids = [row["order_id"] for row in rows]
    session.exec(
        delete(AmazonOrderItem).where(
            col(AmazonOrderItem.account_id) == account_id, col(AmazonOrderItem.order_id).in_(ids)
        )
    )
    update_columns = [name for name in (rows[0] if rows else {}) if name not in _KEYS]
    upsert(session, AmazonOrder, rows, keys=_KEYS, update=update_columns)
    upsert(session, AmazonOrderItem, items, keys=(*_KEYS, "item_id"), update=["sku", "asin", "quantity"])
