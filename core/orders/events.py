"""What Amazon or the store changed at orders, noted for their timelines in the transaction that learns of it.

Only what no other row keeps: an order that is read for the first time writes nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlmodel import Session, col, select

from core import clock
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import OrderEvent

STATUS, CHANGED, CANCEL_REQUESTED, STORE_STATUS = "status", "changed", "cancel_requested", "store_status"
REFUNDED = "refunded"
_FIGURES = {"total_minor": "total", "currency": "currency", "item_count": "lines", "ship_by": "ship-by date"}
"""What a change is called, by the column that tells of it."""
_TABLE: Any = OrderEvent.__table__  # type: ignore[attr-defined]


class Before(Protocol):
    """What the mirror had of an order."""

    @property
    def status(self) -> str:
        """Amazon's code."""
        ...

    @property
    def updated_at(self) -> datetime:
        """When Amazon changed it."""
        ...

    @property
    def fault(self) -> str:
        """Why it could not be read."""
        ...


def note_changes(
    session: Session, account_id: int, changed: Sequence[tuple[Before | None, Mapping[str, Any]]], asked: Sequence[str]
) -> None:
    """Note how rows of the mirror differ from what is written now; of `asked` the buyers want to cancel."""
    rows = [
        _event(account_id, row["order_id"], row["updated_at"], kind, detail)
        for old, row in changed
        for kind, detail in _differences(old, row)
    ]
    updated = {row["order_id"]: row["updated_at"] for _, row in changed}
    rows += [
        _event(account_id, order_id, updated[order_id], CANCEL_REQUESTED, {})
        for order_id in _first_asked(session, account_id, asked)
    ]
    _write(session, rows)


def note_refunds(session: Session, account_id: int, refunds: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Note what Amazon has refunded, by its number of the order; see `returns.Refund`. When, it does not tell."""
    at = clock.now()
    _write(session, [_event(account_id, order_id, at, REFUNDED, detail) for order_id, detail in refunds])


def note_store_status(session: Session, link: OrderLink, status: str) -> None:
    """Note that the store shows another status of a linked order than was last written or seen there."""
    before = link.present_status or link.store_status
    if status not in (before, link.store_status):
        account_id = session.get_one(Channel, link.channel_id).account_id
        detail = {"from": before, "to": status}
        _write(session, [_event(account_id, link.order_id, clock.now(), STORE_STATUS, detail)])


def _differences(old: Before | None, row: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if old is None or old.fault or row["fault"]:
        return
    if old.status != row["status"]:
        yield STATUS, {"from": old.status, "to": row["status"]}
    elif old.updated_at < row["updated_at"]:
        yield CHANGED, {"what": [name for column, name in _FIGURES.items() if getattr(old, column) != row[column]]}


def _first_asked(session: Session, account_id: int, asked: Sequence[str]) -> list[str]:
    """Those of the orders of which it was not known that the buyer wants to cancel."""
    if not asked:
        return []
    query = select(OrderEvent.order_id).where(
        col(OrderEvent.account_id) == account_id,
        col(OrderEvent.order_id).in_(asked),
        col(OrderEvent.kind) == CANCEL_REQUESTED,
    )
    known = set(session.exec(query))
    return [order_id for order_id in asked if order_id not in known]


def _event(account_id: int, order_id: str, at: datetime, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"account_id": account_id, "order_id": order_id, "at": at, "kind": kind, "detail": detail}


def _write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(_TABLE.insert(), rows)
