"""The mirror of what sellers list: rows of the report and whole listings as rows of the database."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, bindparam
from sqlmodel import Session, col, select, update

from core import clock
from core.database import upsert
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_issue import OF_LISTING, OF_SUBMISSION
from core.model.outbox import OutboxIntent
from core.money import Money, parse_amount, round_to_unit
from core.products.issues import write_issues
from core.products.plan.facts import Facts
from core.products.plan.issues import Issue
from core.products.plan.source import Source
from core.products.report import Row
from core.subjects import Subject
from core.sync.planning import guarded
from core.windows import AT_ONCE

_KEY = ("account_id", "marketplace_id", "sku")
_TABLE: Any = Listing.__table__  # type: ignore[attr-defined]
_SEEN = ("row_hash", "asin", "fulfilment", "status", "price_minor", "currency", "quantity", "closed_at", "dirty")
_MOST_UNITS = 2**31 - 1


@dataclass(frozen=True)
class Known:
    """What decides whether a row of the report changes anything."""

    id: int
    row_hash: str
    price_minor: int | None
    quantity: int | None
    fulfilment: str
    closed: bool
    read_at: datetime | None


@dataclass
class Changes:
    """What some rows of a report have changed; `ids` are those of the listings that are in it."""

    ids: list[int] = field(default_factory=list)
    new: int = 0
    changed: int = 0


def of_channel(channel: Channel) -> ColumnElement[bool]:
    """Says of a `Listing` in a query whether it is one of the channel's seller and marketplace."""
    return and_(col(Listing.account_id) == channel.account_id, col(Listing.marketplace_id) == channel.marketplace_id)


def store_rows(
    session: Session, channel: Channel, currency: str, rows: Sequence[Row], *, asked_at: datetime
) -> Changes:
    """Write what a part of the report tells: a listing that is new or another than before is to be read.

    A price or quantity that changed alone is taken as it is, and costs no call. One that was closed is open again.
    The report was asked for at `asked_at`: price and quantity of a listing that was read since are newer than it.
    """
    told = {row.sku: row for row in rows}
    known = _known(session, channel, list(told))
    changes = Changes(ids=[one.id for one in known.values()])
    fresh, moved = [], []
    for sku, row in told.items():
        price, quantity = _minor(row.price, currency), _units(row.quantity)
        one = known.get(sku)
        if one is not None and one.read_at is not None and one.read_at >= asked_at:
            price, quantity = one.price_minor, one.quantity
        if one is None:
            fresh.append(_new(channel, sku) | _row_values(row, price, quantity, currency))
        elif one.row_hash != row.digest or one.closed:
            again = {"dirty": True, "family_dirty": True} if one.closed else {}
            moved.append({"key": one.id, **_row_values(row, price, quantity, currency), **again})
        elif (price, quantity) != (one.price_minor, one.quantity) and (row.price or row.quantity):
            values = {"price_minor": price, "quantity": quantity, "currency": currency}
            moved.append({"key": one.id, **values, "dirty": True})
    upsert(session, Listing, fresh, keys=_KEY, update=_SEEN)
    for some in _alike(moved):
        statement = update(_TABLE).where(_TABLE.c.id == bindparam("key"))
        session.connection().execute(statement, some)
    if fresh:
        changes.ids += [one.id for one in _known(session, channel, [row["sku"] for row in fresh]).values()]
    changes.new, changes.changed = len(fresh), len(moved)
    return changes


def moved_in(session: Session, channel: Channel, currency: str, rows: Sequence[Row]) -> list[str]:
    """SKUs of open listings of which a part of the report tells price, quantity or shipper otherwise than is known."""
    known = _known(session, channel, [row.sku for row in rows])
    return [
        row.sku
        for row in rows
        if (one := known.get(row.sku)) is not None
        and not one.closed
        and any(
            told is not None and told != before
            for told, before in (
                (_minor(row.price, currency), one.price_minor),
                (_units(row.quantity), one.quantity),
                (row.fulfilment or None, one.fulfilment),
            )
        )
    ]


def restored(session: Session, channel: Channel, rows: Sequence[Row]) -> list[Row]:
    """The rows with SKUs of which the report's charset has lost letters, each of which came as a question mark.

    Such a one is taken for the only known SKU that has letters beyond ASCII in these places.
    """
    lossy = [row.sku for row in rows if "?" in row.sku]
    whole: dict[str, str] = {}
    for sku in lossy:
        pattern = sku.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("?", "_")
        query = select(Listing.sku).where(of_channel(channel), col(Listing.sku).like(pattern, escape="\\"))
        found = [one for one in session.exec(query) if one == sku or one.encode("ascii", "replace").decode() == sku]
        if sku not in found and len(found) == 1:
            whole[sku] = found[0]
    return [row._replace(sku=whole.get(row.sku, row.sku)) for row in rows]


def close_absent(session: Session, channel: Channel, keys: Sequence[int]) -> None:
    """Note that listings are in the seller's report no more; their families are planned again."""
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        values = {"closed_at": clock.now(), "buyable": False, "dirty": True, "family_dirty": True}
        session.exec(update(Listing).where(col(Listing.id).in_(some)).values(**values))


def store_content(
    session: Session, channel: Channel, currency: str, read: Mapping[str, Source], *, to_plan: bool = True
) -> list[str]:
    """Write whole listings by SKU; those that are another than before become dirty, with `to_plan`.

    Returns those that are of no form that is known; they are left as they were.
    """
    known = {row.sku: row for row in rows_by_sku(session, channel, list(read))}
    odd: list[str] = []
    issues: dict[str, Sequence[Issue]] = {}
    for sku, source in read.items():
        row = known.get(sku) or Listing(**_new(channel, sku))
        before = unpacked(row.content)
        source = source.completed(before) if before else source
        facts = partial(Facts.of, source, channel.marketplace_id, currency)
        told = guarded(f"listing {sku}", facts, lambda why: None)
        if told is None:
            odd.append(sku)
            continue
        packed = _packed(source)
        digest = blake2b(packed.encode(), digest_size=12).hexdigest()
        if to_plan and (digest != row.content_hash or row.closed_at is not None):
            row.dirty = True
            if told.parent_sku != row.parent_sku:
                _family_dirty(session, channel, row.parent_sku)
            row.family_dirty = bool(told.parent_sku or told.is_parent)
        row.content, row.content_hash = zlib.compress(packed.encode(), 6), digest
        row.read_hash, row.read_at, row.closed_at = row.row_hash, clock.now(), None
        _take(row, told)
        issues[sku] = told.issues
        session.add(row)
    session.flush()
    write_issues(session, channel, OF_LISTING, issues)
    write_issues(session, channel, OF_SUBMISSION, dict.fromkeys(issues, ()))  # what Amazon shows counts from now on
    return odd


def rows_by_sku(session: Session, channel: Channel, skus: Sequence[str]) -> list[Listing]:
    """Whole rows of a channel by their SKUs."""
    found: list[Listing] = []
    for start in range(0, len(skus), AT_ONCE):
        query = select(Listing).where(of_channel(channel), col(Listing.sku).in_(skus[start : start + AT_ONCE]))
        found += session.exec(query).all()
    return found


def unpacked(content: bytes | None) -> Source | None:
    """What was read of a listing; None before anything was."""
    return Source.from_json(json.loads(zlib.decompress(content))) if content else None


def mark(session: Session, channel: Channel, skus: Sequence[str], *, by: str = "sku", **values: Any) -> None:
    """Change rows of a channel by their SKUs, or by their `parent_sku`."""
    for start in range(0, len(skus), AT_ONCE):
        chosen = (of_channel(channel), _TABLE.c[by].in_(skus[start : start + AT_ONCE]))
        session.exec(update(Listing).where(*chosen).values(**values))


def mark_clean(channel: Channel, session: Session, skus: Sequence[str], *, dirty: bool = False) -> None:
    """Note that listings need no planning any more; with `dirty` that they, and their families, are to be planned."""
    again: dict[str, Any] = {"family_dirty": True} if dirty else {}
    mark(session, channel, skus, dirty=dirty, **again)


def plan_again(session: Session, intent: OutboxIntent) -> None:
    """Let the next import plan what an intent was to write: its listing, and the family that it belongs to or leads."""
    sku = Subject.parse(intent.subject).id
    channel = session.get_one(Channel, intent.channel_id)
    mark_clean(channel, session, [sku], dirty=True)
    mark(session, channel, [sku], by="parent_sku", family_dirty=True)


def _take(row: Listing, told: Facts) -> None:
    """Let a row say what its listing says; what that leaves open stays as the report has it."""
    row.asin = told.asin or row.asin
    row.title, row.product_type, row.buyable = told.title[:500], told.product_type, told.buyable
    row.is_parent, row.parent_sku, row.theme = told.is_parent, told.parent_sku, list(told.theme)
    row.issue_count, row.error_count = len(told.issues), sum(issue.is_error for issue in told.issues)
    row.fulfilment = told.fulfilment or row.fulfilment
    row.status = row.status or ("active" if told.buyable else "inactive")
    if told.price is not None:
        row.price_minor, row.currency = told.price.to_minor(), told.price.currency
    if told.quantity is not None or told.fulfilment:
        row.quantity = told.quantity


def _family_dirty(session: Session, channel: Channel, parent_sku: str) -> None:
    """Plan the family anew that a listing has left."""
    if parent_sku:
        left = (of_channel(channel), col(Listing.parent_sku) == parent_sku)
        session.exec(update(Listing).where(*left).values(family_dirty=True))
        mark(session, channel, [parent_sku], family_dirty=True)


def _known(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    names = ("sku", "id", "row_hash", "price_minor", "quantity", "fulfilment", "closed_at", "read_at")
    columns = [_TABLE.c[name] for name in names]
    for start in range(0, len(skus), AT_ONCE):
        chosen = (of_channel(channel), _TABLE.c.sku.in_(skus[start : start + AT_ONCE]))
        rows = session.connection().execute(sqlalchemy.select(*columns).where(*chosen))
        for sku, key, row_hash, price, quantity, fulfilment, closed_at, read_at in rows:
            found[sku] = Known(key, row_hash, price, quantity, fulfilment, closed_at is not None, read_at)
    return found


def _new(channel: Channel, sku: str) -> dict[str, Any]:
    """A row of which nothing is known but its SKU."""
    return {
        "account_id": channel.account_id,
        "marketplace_id": channel.marketplace_id,
        "sku": sku,
        "asin": "",
        "title": "",
        "fulfilment": "",
        "status": "",
        "buyable": False,
        "closed_at": None,
        "price_minor": None,
        "currency": "",
        "quantity": None,
        "product_type": "",
        "is_parent": False,
        "parent_sku": "",
        "theme": [],
        "issue_count": 0,
        "error_count": 0,
        "content": None,
        "row_hash": "",
        "read_hash": "",
        "content_hash": "",
        "dirty": False,
        "family_dirty": False,
        "seen_at": clock.now(),
        "read_at": None,
    }


def _row_values(row: Row, price: int | None, quantity: int | None, currency: str) -> dict[str, Any]:
    return {
        "row_hash": row.digest,
        "asin": row.asin,
        "fulfilment": row.fulfilment,
        "status": row.status,
        "price_minor": price,
        "currency": currency if price is not None else "",
        "quantity": quantity,
        "closed_at": None,
        "seen_at": clock.now(),
    }


def _alike(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by the columns that they change: a statement has the same for all."""
    groups: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(frozenset(row), []).append(row)
    return list(groups.values())


@lru_cache(maxsize=8_192)
def _minor(text: str, currency: str) -> int | None:
    """A price of the report; None for none, and for one that cannot be read."""
    try:
        amount = round_to_unit(parse_amount(text), currency)
    except (ValueError, ArithmeticError):
        return None
    return Money(amount, currency).to_minor() if amount > 0 else None


def _units(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and int(text[:12]) <= _MOST_UNITS else None


def _packed(source: Source) -> str:
    return json.dumps(source.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
