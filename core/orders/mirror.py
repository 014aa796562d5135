"""Pages of raw orders → rows of the mirror, with the fewest statements."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, select, update

from core import clock
from core.database import upsert
from core.model.order import AmazonOrder, AmazonOrderItem
from core.money import Money, round_to_unit
from core.orders.document import MalformedOrder, Order, known_by, read
from core.orders.events import note_changes
from core.orders.plan.rules import NO_WISH, Wish

log = logging.getLogger(__name__)

REPORTED = "report "
"""How the fingerprint of an order begins of which a report alone has told: figures, and nothing to plan by."""


@dataclass(frozen=True)
class Stored:
    """One order of a page as it stands in the mirror now."""

    order_id: str
    marketplace_id: str
    unchanged: bool
    """Known in this very form, and nothing waits to be planned for it."""
    fault: str


class _Known(NamedTuple):
    """What the mirror has of an order."""

    fingerprint: str
    dirty: bool
    updated_at: datetime
    partial: bool
    status: str
    fault: str
    total_minor: int | None
    currency: str
    item_count: int
    ship_by: datetime | None
    ended_at: datetime | None
    backfill: str
    purged: bool
    """There is no document of it: its personal data was deleted, or a report alone has told of it."""


def is_reported(fingerprint: str) -> bool:
    """Whether a report alone has told what the mirror has of an order now."""
    return fingerprint.startswith(REPORTED)


def store_orders(
    session: Session,
    account_id: int,
    documents: Sequence[Any],
    *,
    partial: bool = False,
    wish: Wish = NO_WISH,
) -> list[Stored]:
    """Write a page into the mirror; unreadable orders are stored as they came, with the reason.

    `wish` is of whoever has asked for these orders, by a range or by their numbers; known ones are planned again if it
    is another one than before. Unless somebody has asked for it, what had to be deleted of an order is not kept again
    for being the same.
    """
    rows = [_row(account_id, document, partial) for document in documents]
    # Should a page name an order twice, the later update wins; one statement may not touch a row twice.
    newest = {row["order_id"]: row for row in sorted(rows, key=lambda row: row["updated_at"])}
    known = _known(session, account_id, list(newest))
    changed: list[dict[str, Any]] = []
    wishes: dict[str, list[str]] = {}
    stored: list[Stored] = []
    for order_id, row in newest.items():
        old = known.get(order_id)
        # Whoever asks for one of which only figures are left wants all of it again.
        same = old is not None and _is_no_news(old, row) and not (wish.history and old.purged)
        wanted = wish.of(row["status"]) or (old.backfill if old else "")
        is_new_wish = old is not None and wanted != old.backfill
        if not same:
            if row["ended_at"] and old is not None and old.ended_at:
                row["ended_at"] = min(old.ended_at, row["ended_at"])
            changed.append(row | {"backfill": wanted})
        elif is_new_wish:
            wishes.setdefault(wanted, []).append(order_id)
        quiet = same and old is not None and not old.dirty and not is_new_wish
        stored.append(Stored(order_id, row["marketplace_id"], quiet, row["fault"]))
    for backfill, order_ids in wishes.items():
        ask_for(session, account_id, order_ids, backfill)
    items = [item for row in changed for item in row.pop("items")]
    cancelling = [row["order_id"] for row in changed if row.pop("cancel_requested")]
    told = [(known.get(row["order_id"]), row) for row in changed]
    whole = [(None if old is None or is_reported(old.fingerprint) else old, row) for old, row in told]
    note_changes(session, account_id, whole, cancelling)
    _forget_items(session, account_id, [row["order_id"] for row in changed])
    kept = {"account_id", "order_id"} if wish.history else {"account_id", "order_id", "backfill"}
    upsert(
        session,
        AmazonOrder,
        changed,
        keys=["account_id", "order_id"],
        update=[name for name in (changed[0] if changed else {}) if name not in kept],
    )
    upsert(
        session,
        AmazonOrderItem,
        items,
        keys=["account_id", "order_id", "item_id"],
        update=["sku", "asin", "quantity"],
    )
    return stored


def ask_for(session: Session, account_id: int, order_ids: Sequence[str], backfill: str) -> None:
    """Let orders that are known be planned as an import of a range wants it."""
    if order_ids:
        session.exec(
            update(AmazonOrder)
            .where(col(AmazonOrder.account_id) == account_id, col(AmazonOrder.order_id).in_(order_ids))
            .values(backfill=backfill, dirty=col(AmazonOrder.raw).is_not(None))
        )


def _is_no_news(old: _Known, row: dict[str, Any]) -> bool:
    """The same, older than what we have, or the same update with fewer data sets than we have.

    A report is no better than any document, whatever time it tells.
    """
    if is_reported(old.fingerprint):
        return False
    if old.fingerprint == row["fingerprint"] or old.updated_at > row["updated_at"]:
        return True
    return bool(row["partial"] and not old.partial and old.updated_at == row["updated_at"])


def _forget_items(session: Session, account_id: int, order_ids: Sequence[str]) -> None:
    """Items that have left an order are not lines of it any more."""
    session.exec(
        delete(AmazonOrderItem).where(
            col(AmazonOrderItem.account_id) == account_id, col(AmazonOrderItem.order_id).in_(order_ids)
        )
    )


def _known(session: Session, account_id: int, order_ids: Sequence[str]) -> dict[str, _Known]:
    query = select(AmazonOrder).where(
        col(AmazonOrder.account_id) == account_id, col(AmazonOrder.order_id).in_(order_ids)
    )
    names = ("order_id", *_Known._fields[:-1])
    columns = (*(getattr(AmazonOrder, name) for name in names), col(AmazonOrder.raw).is_(None))
    rows = session.connection().execute(query.with_only_columns(*columns)).all()
    return {row[0]: _Known(*row[1:]) for row in rows}


def _row(account_id: int, document: Any, partial: bool) -> dict[str, Any]:
    raw = document if isinstance(document, dict) else {"unreadable": document}
    try:
        fingerprint = _fingerprint(document)
    except RecursionError:
        raw = document = {"unreadable": "it is nested too deeply"}
        fingerprint = _fingerprint(document)
    common = {
        "account_id": account_id,
        "raw": raw,
        "fingerprint": fingerprint,
        "partial": partial,
        "dirty": True,
        "seen_at": clock.now(),
    }
    try:
        return common | _readable(account_id, read(document))
    except MalformedOrder as error:
        return common | _unreadable(document, fingerprint, str(error))
    except Exception as error:  # whatever one order makes the program stumble over, the others of its page go on
        log.error("an order cannot be read: %s", type(error).__name__)
        return common | _unreadable(document, fingerprint, "a part of it has an unexpected form")


def _fingerprint(document: Any) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _readable(account_id: int, order: Order) -> dict[str, Any]:
    total = None
    if order.grand_total is not None:
        total = Money(round_to_unit(order.grand_total, order.currency), order.currency).to_minor()
    return {
        "order_id": order.order_id,
        "marketplace_id": order.marketplace_id,
        "status": order.status,
        "fulfilled_by": order.fulfilled_by,
        "created_at": order.created_at,
        # A time to come would keep every later update out.
        "updated_at": min(order.updated_at, clock.now()),
        "total_minor": total,
        "currency": order.currency,
        "item_count": len(order.items),
        "ship_by": order.ship_by,
        "cancel_requested": order.cancel_requested,
        "ended_at": min(order.shipped_at or order.updated_at, clock.now()) if order.has_ended else None,
        "fault": "",
        "items": [
            {
                "account_id": account_id,
                "order_id": order.order_id,
                "item_id": item.item_id,
                "sku": item.sku,
                "asin": item.asin,
                "quantity": item.quantity,
            }
            for item in {item.item_id: item for item in order.items}.values()
        ],
    }


def _unreadable(document: Any, fingerprint: str, fault: str) -> dict[str, Any]:
    order_id, marketplace_id = known_by(document)
    return {
        "order_id": order_id or f"unreadable-{fingerprint[:12]}",
        "marketplace_id": marketplace_id,
        "status": "",
        "fulfilled_by": "",
        "created_at": clock.now(),
        # The oldest time there is, so that a readable copy is always newer.
        "updated_at": datetime(1970, 1, 1, tzinfo=UTC),
        "total_minor": None,
        "currency": "",
        "item_count": 0,
        "ship_by": None,
        "cancel_requested": False,
        "ended_at": clock.now(),
        "fault": fault,
        "items": [],
    }
