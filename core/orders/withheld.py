"""Orders that wait for their address: Amazon is asked again for them, because it tells of no new role as of a change.

When the buyer's address comes later the stream of orders shows the order anew. When the application gets the role for
addresses, nothing about the order changes, and no stream ever shows it again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import literal
from sqlmodel import Session, col, select, update

from core import clock
from core.amazon.operations import GET_ORDER
from core.amazon.transport import AmazonClient
from core.jobs.context import JobContext
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.orders import NAME
from core.orders.list import of_channel
from core.orders.plan.problems import ADDRESS_INCOMPLETE
from core.orders.pull import pull_single
from core.subjects import Owner

AGAIN = timedelta(hours=1)
"""After which Amazon is asked again."""
_AS_LONG = timedelta(days=30)
"""After which an order is given up: it has left, or was cancelled."""
_MOST = 20
"""Orders that one import asks for again, those first that were asked for longest ago; 1 getOrder each."""


def read_withheld(context: JobContext, client: AmazonClient, channel: Channel) -> None:
    """Read orders again that are held for want of an address."""
    with context.database.read() as session:
        order_ids = _due(session, channel)
    for order_id in order_ids:
        if client.level(GET_ORDER.name, GET_ORDER.plan).tokens < GET_ORDER.interactive_reserve + 1:
            return  # what is new is not to wait for them; the next import asks for the rest
        pull_single(context, client, channel.account_id, [order_id], channel.marketplace_id)
        mine = (col(AmazonOrder.account_id) == channel.account_id, col(AmazonOrder.order_id) == order_id)
        with context.database.write() as session:  # also where nothing is new
            session.exec(update(AmazonOrder).where(*mine).values(seen_at=clock.now()))


def _due(session: Session, channel: Channel) -> list[str]:
    query = (
        select(AmazonOrder.order_id)
        .join(Problem, col(Problem.subject) == literal("order ") + col(AmazonOrder.order_id))
        .where(
            of_channel(session, channel),
            col(AmazonOrder.seen_at) < clock.now() - AGAIN,
            col(AmazonOrder.created_at) > clock.now() - _AS_LONG,
            col(Problem.owner) == str(Owner.channel(channel.id or 0)),
            col(Problem.flow) == NAME,
            col(Problem.code) == ADDRESS_INCOMPLETE.name,
            col(Problem.resolved_at).is_(None),
        )
        .order_by(col(AmazonOrder.seen_at))
        .limit(_MOST)
    )
    return list(session.exec(query))
