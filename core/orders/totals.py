"""What the orders with a problem amount to, in each currency: how much money waits for its fix."""

from __future__ import annotations

from sqlmodel import and_, col, func, select

from core.actor import Actor
from core.database import Database
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.money import Money
from core.people.rights import note_channel, visible_channels

_ORDER = "order "


def troubled_totals(
    database: Database, actor: Actor, code: str, *, channel: str = "", about: str | None = None, order_id: str = ""
) -> tuple[Money, ...]:
    """The totals of all orders with an open problem of a code, or those of one thing it is about, or of one order.

    By currency, the largest first; orders whose total Amazon has not told are left out.
    """
    note_channel(database, actor, channel)
    is_its = and_(
        col(AmazonOrder.account_id) == Channel.account_id,
        col(AmazonOrder.order_id) == func.substr(col(Problem.subject), len(_ORDER) + 1),
    )
    total = func.sum(AmazonOrder.total_minor)
    query = (
        select(AmazonOrder.currency, total)
        .select_from(Problem)
        .join(Channel, col(Channel.id) == Problem.channel_id)
        .join(AmazonOrder, is_its)
        .where(
            visible_channels(actor),
            col(Problem.code) == code,
            col(Problem.subject).startswith(_ORDER),
            col(Problem.resolved_at).is_(None),
            col(AmazonOrder.total_minor).is_not(None),
        )
        .group_by(col(AmazonOrder.currency))
        .order_by(total.desc())
    )
    if channel:
        query = query.where(col(Channel.name) == channel)
    if about is not None:
        query = query.where(col(Problem.about) == about)
    if order_id:
        query = query.where(col(Problem.subject) == f"{_ORDER}{order_id}")
    with database.read() as session:
        return tuple(Money.from_minor(int(minor or 0), currency) for currency, minor in session.exec(query))
