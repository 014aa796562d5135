"""What Amazon has refunded of orders that the merchant ships: its report of returns, noted and told.

No answer of the Orders API and no report of orders says so (Orders API 2026-01-01 and v0: quantities ordered, fulfilled
and cancelled; amounts as they were charged). The report of returns does, and the roles for orders and for addresses
open it. A refund without a return stands in Amazon's payments alone, which need the role Finance and Accounting.

A store order stays as it is: the store's API knows no refund, and an edit of its lines would give back and take anew
the stock of all of them, though nobody here knows what came back, and whole. So a refund is a problem until a person
has settled it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from core.jobs.context import JobContext
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder, OrderEvent
from core.money import parse_amount
from core.orders import RETURNS
from core.orders.document import LONGEST_SKU, LONGEST_WORD
from core.orders.events import REFUNDED, note_refunds
from core.orders.plan import problems
from core.orders.report_rows import ORDER_ID
from core.subjects import Owner, Subject
from core.sync.problems import raise_problems
from core.words import counted

if TYPE_CHECKING:
    from core.download import Document

BY_RETURN_DATE = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
"""At most 60 days; a row for each item of a return, also of one that nothing was refunded for."""
_NEEDED = ("order id", "merchant sku", "return quantity", "refunded amount")
_KNOWN = (*_NEEDED, "amazon rma id", "merchant rma id", "asin", "currency code")
_UNITS = re.compile(r"\d{1,7}")
_AT_ONCE = 500


@dataclass(frozen=True)
class Refund:
    """What was refunded for one item of a return; `amount` is plain, in the major unit of `currency`."""

    rma: str
    """Amazon's number of the return."""
    sku: str
    units: int
    amount: str
    currency: str

    @property
    def text(self) -> str:
        """In words: "12.50 EUR for 1 of SKU 'X'"."""
        return f"{self.amount} {self.currency} for {self.units} of SKU {self.sku!r}"


def read_refunds(document: Document) -> dict[str, list[Refund]]:
    """What a report tells, by Amazon's number of the order; nothing where it is of another form."""
    lines = (line.rstrip("\r\n").split("\t") for line in document.text())
    head = [cell.strip(" \0\ufeff").casefold() for cell in next(lines, [])]
    where = {name: head.index(name) for name in _KNOWN if name in head}
    found: dict[str, dict[tuple[str, str], Refund]] = {}
    if where.keys() >= set(_NEEDED):
        for order_id, refund in _rows(lines, where):
            of_order, key = found.setdefault(order_id, {}), (refund.rma, refund.sku)
            of_order[key] = _sum(of_order[key], refund) if key in of_order else refund
    return {order_id: list(refunds.values()) for order_id, refunds in found.items()}


def _rows(lines: Iterable[list[str]], where: Mapping[str, int]) -> Iterator[tuple[str, Refund]]:
    """Rows that something was refunded for; what cannot be read is none."""
    for cells in lines:
        row = {name: cells[at].strip(" \0") if at < len(cells) else "" for name, at in where.items()}
        sku, units = row["merchant sku"] or row.get("asin", ""), row["return quantity"]
        rma = row.get("amazon rma id") or row.get("merchant rma id", "")
        is_one = ORDER_ID.fullmatch(row["order id"]) and _UNITS.fullmatch(units)
        if not is_one or len(sku) > LONGEST_SKU or len(rma) > LONGEST_WORD:
            continue
        with suppress(ValueError):
            amount = parse_amount(row["refunded amount"] or "0")
            if amount > 0:
                yield row["order id"], Refund(rma, sku, int(units), f"{amount:f}", row.get("currency code", "")[:3])


def _sum(one: Refund, other: Refund) -> Refund:
    amount = Decimal(one.amount) + Decimal(other.amount)
    return replace(one, units=one.units + other.units, amount=f"{amount:f}")


def note(session: Session, context: JobContext, channel: Channel, told: Mapping[str, Sequence[Refund]]) -> None:
    """Note what is new for orders of the channel's marketplace, and raise the problems of those in the store."""
    order_ids = sorted(told)
    for start in range(0, len(order_ids), _AT_ONCE):
        some = order_ids[start : start + _AT_ONCE]
        own = _own(session, channel, some)
        known = _known(session, channel, own)
        fresh = [(one, refund) for one in own for refund in told[one] if refund not in known.get(one, ())]
        note_refunds(session, channel.account_id, [(one, asdict(refund)) for one, refund in fresh])
        for one, refund in fresh:
            known.setdefault(one, []).append(refund)
        changed = {one for one, _ in fresh}
        if changed:
            context.event(f"Amazon has refunded something of {counted(len(changed), 'order')}.")
        _tell(session, channel, {one: known[one] for one in changed})


def _tell(session: Session, channel: Channel, refunded: Mapping[str, Sequence[Refund]]) -> None:
    query = select(OrderLink.order_id, OrderLink.store_order_id).where(
        col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_(list(refunded))
    )
    numbers: dict[str, list[int]] = {}
    for order_id, number in session.exec(query.order_by(col(OrderLink.store_order_id))):
        numbers.setdefault(order_id, []).append(number)
    holds = {}
    for order_id, there in numbers.items():
        latest = {(refund.rma, refund.sku): refund.text for refund in refunded[order_id]}
        hold = problems.refunded(channel.name, order_id, list(latest.values()), there)
        holds[Subject("order", order_id)] = [hold]
    raise_problems(session, Owner.channel(stored_id(channel.id)), RETURNS, holds)


def _own(session: Session, channel: Channel, order_ids: Sequence[str]) -> list[str]:
    query = select(AmazonOrder.order_id).where(
        col(AmazonOrder.account_id) == channel.account_id,
        col(AmazonOrder.marketplace_id) == channel.marketplace_id,
        col(AmazonOrder.order_id).in_(order_ids),
    )
    return list(session.exec(query))


def _known(session: Session, channel: Channel, order_ids: Sequence[str]) -> dict[str, list[Refund]]:
    query = select(OrderEvent).where(
        col(OrderEvent.account_id) == channel.account_id,
        col(OrderEvent.order_id).in_(order_ids),
        col(OrderEvent.kind) == REFUNDED,
    )
    found: dict[str, list[Refund]] = {}
    for event in session.exec(query.order_by(col(OrderEvent.id))):
        detail: dict[str, Any] = event.detail
        found.setdefault(event.order_id, []).append(Refund(**detail))
    return found
