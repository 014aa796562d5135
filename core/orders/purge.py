"""Deletes the personal data of orders whose time is over; their figures stay.

Personal data is in the mirror (`raw`) and in what still waits to be created in the store. An order of which nothing
was sent is taken out of the outbox; of one whose store order is known the intent goes on without the address, which it
needs no more. One whose creation was never answered is given up: should it be in the store, the next creation of this
order finds it there by its mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select, update

from core import clock
from core.database import Database
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import IS_OPEN, OutboxIntent
from core.orders import CREATE_KIND, NAME
from core.orders.evidence import evidence
from core.orders.kept import OPEN, READ_LATE, SHIPPED
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
    query: Any = (
        select(AmazonOrder)
        .where(
            col(AmazonOrder.raw).is_not(None),
            is_over(session),
            or_(col(AmazonOrder.dirty).is_(False), col(AmazonOrder.seen_at) < clock.now() - READ_LATE),
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
            lost = {one.order_id for one in some if one.waits and one.marketplace_id == channel.marketplace_id}
            lost |= _empty_outbox(session, channel, some)
            holds = {Subject("order", order_id): [problems.deleted(channel.name, order_id)] for order_id in lost}
            raise_problems(session, Owner.channel(stored_id(channel.id)), NAME, holds)
            if not channel.settings.get("anonymise_orders"):
                _forget_digests(session, channel, some)


def _empty_outbox(session: Session, channel: Channel, due: Sequence[_Due]) -> set[str]:
    """The same for what waits for the store; returns the orders that will not get there."""
    intents = session.exec(
        select(OutboxIntent).where(
            col(OutboxIntent.remote) == str(Owner.store(channel.store_id)),
            col(OutboxIntent.flow) == NAME,
            col(OutboxIntent.channel_id) == channel.id,
            col(OutboxIntent.subject).in_([str(Subject("order", one.order_id)) for one in due]),
            col(OutboxIntent.kind) == CREATE_KIND,
            IS_OPEN,
        )
    ).all()
    lost = set()
    for intent in intents:
        if evidence(intent).order_id is None:
            session.delete(intent)
            lost.add(Subject.parse(intent.subject).id)
        else:
            intent.content = {**(intent.content or {}), **WITHOUT_BUYER}
            session.add(intent)
    return lost


def _forget_digests(session: Session, channel: Channel, due: Sequence[_Due]) -> None:
    """Nobody will ask how these store orders were left."""
    session.exec(
        update(OrderLink)
        .where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id).in_([one.order_id for one in due]))
        .values(left_as="")
    )
