"""Deletes the personal data of orders whose time is over; their figures stay.

Personal data is in the mirror (`raw`) and in what still waits to be written to the store. An order of which something
is still to be made is taken out of the outbox; where all its store orders are known the intent goes on without the
address, which it needs no more. One whose creation was never answered is given up: should it be in the store, the next
creation of this order finds it there by its mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, literal, not_, or_, select, update

from core import clock
from core.database import Database
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, OutboxIntent
from core.orders import CREATE_KIND, NAME, STATUS_KIND
from core.orders.evidence import evidence
from core.orders.kept import OPEN, READ_LATE, SHIPPED
from core.orders.parts import in_parts, number, parts
from core.orders.plan import problems
from core.orders.plan.anonymous import WITHOUT_BUYER
from core.subjects import Owner, Subject
from core.sync.problems import raise_problems

_AT_ONCE = 500


class _Due(NamedTuple):
    """An order whose personal data is deleted now."""

    key: int
    account_id: int
    order_id: str
    marketplace_id: str
    waits: bool
    """It is still to be planned."""

    @property
    def subject(self) -> Subject:
        """As intents and problems name it."""
        return Subject("order", self.order_id)


def purge(database: Database) -> int:
    """Delete what is due; returns how many orders have lost their personal data."""
    emptied = 0
    while True:
        with database.write() as session:
            due = _due(session)
            _empty(session, due)
        emptied += len(due)
        if len(due) < _AT_ONCE:
            return emptied


def is_over(session: Session) -> ColumnElement[bool]:
    """Says of which orders personal data may not be kept any longer."""
    now, ended_at = clock.now(), col(AmazonOrder.ended_at)
    goes_on = and_(ended_at.is_(None), col(AmazonOrder.updated_at) < now - OPEN.stored(session))
    return or_(ended_at < now - SHIPPED.stored(session), goes_on)


def _due(session: Session) -> list[_Due]:
    to_be_written = select(OutboxIntent.subject).where(col(OutboxIntent.flow) == NAME, IS_OPEN)
    waits = or_(col(AmazonOrder.dirty), (literal("order ") + col(AmazonOrder.order_id)).in_(to_be_written))
    query: Any = (
        select(AmazonOrder)
        .where(
            col(AmazonOrder.raw).is_not(None),
            is_over(session),
            or_(not_(waits), col(AmazonOrder.seen_at) < clock.now() - READ_LATE),
        )
        .limit(_AT_ONCE)
    )
    columns = (getattr(AmazonOrder, name) for name in ("id", "account_id", "order_id", "marketplace_id", "dirty"))
    return [_Due(*row) for row in session.connection().execute(query.with_only_columns(*columns))]


def _empty(session: Session, due: Sequence[_Due]) -> None:
    of_account: dict[int, list[_Due]] = defaultdict(list)
    for one in due:
        of_account[one.account_id].append(one)
    session.exec(
        update(AmazonOrder).where(col(AmazonOrder.id).in_([one.key for one in due])).values(raw=None, dirty=False)
    )
    for account_id, some in of_account.items():
        for channel in session.exec(select(Channel).where(col(Channel.account_id) == account_id)).all():
            lost = {one.subject for one in some if one.waits and one.marketplace_id == channel.marketplace_id}
            lost |= _empty_outbox(session, channel, some)
            holds = {subject: [problems.deleted(channel.name, subject.id)] for subject in lost}
            raise_problems(session, Owner.channel(stored_id(channel.id)), NAME, holds)
            _forget_digests(session, channel, some)


def _empty_outbox(session: Session, channel: Channel, due: Sequence[_Due]) -> set[Subject]:
    """The same for what waits for the store; returns the orders that will not get there, or not whole."""
    intents = session.exec(
        select(OutboxIntent).where(
            col(OutboxIntent.remote) == str(Owner.store(channel.store_id)),
            col(OutboxIntent.flow) == NAME,
            col(OutboxIntent.channel_id) == channel.id,
            col(OutboxIntent.subject).in_([str(one.subject) for one in due]),
            col(OutboxIntent.kind).in_([CREATE_KIND, STATUS_KIND]),
            IS_OPEN,
        )
    ).all()
    lost = set()
    for intent in intents:
        if intent.kind == STATUS_KIND:
            intent.content = in_parts([{**one, "filled": None} for one in parts(intent)])
        elif _is_made(intent):
            intent.content = in_parts([{**one, **WITHOUT_BUYER} for one in parts(intent)])
        else:
            session.delete(intent)
            lost.add(Subject.parse(intent.subject))
            continue
        session.add(intent)
    return lost


def _is_made(intent: OutboxIntent) -> bool:
    """Whether all store orders are there that it is still to bring about."""
    try:
        at = evidence(intent).part
        return number(intent) is not None and all(one.get("store_order_id") for one in parts(intent)[at + 1 :])
    except (LookupError, ValueError):  # of a later version
        return False


def _forget_digests(session: Session, channel: Channel, due: Sequence[_Due]) -> None:
    """Nothing is written to these store orders any more, but by whoever makes them anonymous: that asks how they were
    left. Digests of names and addresses can be guessed."""
    if channel.settings.get("anonymise_orders"):
        return
    session.exec(
        update(OrderLink)
        .where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_([one.order_id for one in due]))
        .values(left_as="")
    )
