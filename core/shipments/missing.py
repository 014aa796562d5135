"""Orders that people completed in the store without a shipment: Amazon waits, and nobody would tell it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, exists, select

from core.cscart.transport import StoreClient
from core.errors import Rejected
from core.jobs.context import ItemResult, JobContext
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.model.shipment import StoreShipment
from core.model.store import Store
from core.orders import MERCHANT
from core.orders.channel_rules import channel_rules
from core.orders.document import SHIPPED
from core.shipments import NAME
from core.shipments.plan import problems
from core.shipments.pull import pull_order
from core.subjects import Owner, Subject
from core.sync.problems import raise_problems, resolve_problems

_WAITING = ("UNSHIPPED", "PARTIALLY_SHIPPED")


def tell_missing(context: JobContext, client: StoreClient, channel: Channel, store: Store) -> None:
    """Raise and resolve the problem for all orders of the channel.

    The store is asked once for the shipments of an order before the problem is raised: one that is older than what
    the mirror knows is a parcel like any other. One call for each new problem, none for those that are open.
    """
    with context.database.read() as session:
        found = _missing(session, channel, store)
        told = _told(session, channel)
    for order_id, number in list(found.items()):
        if order_id not in told:
            context.check()
            try:
                there = pull_order(context, client, store, number)
            except Rejected as error:
                context.event(f"Its shipments cannot be read: {error}", level="warning", subject=f"order {order_id}")
                there = 1
            if there:
                del found[order_id]
    owner = Owner.channel(stored_id(channel.id))
    holds = {
        Subject("order", order_id): problems.shipment_missing(number, order_id, channel.name)
        for order_id, number in found.items()
    }
    for subject, hold in holds.items():
        context.result(ItemResult(str(subject), "held", hold.code, hold.message, hold.fix))
    with context.database.write() as session:
        raise_problems(session, owner, NAME, {subject: [hold] for subject, hold in holds.items()})
        resolve_problems(session, owner, NAME, [Subject("order", one) for one in told - found.keys()])
        context.save(session)


def waits_for_shipment(session: Session, channel: Channel, order_id: str) -> int | None:
    """The store order of an Amazon order of the channel that a merchant has to ship; None where there is none.

    Of several the first that has no shipment.
    """
    query = _waiting(channel).where(col(OrderLink.order_id) == order_id).order_by(_shipped(), OrderLink.store_order_id)
    found = session.exec(query).first()
    return found[1] if found else None


def _missing(session: Session, channel: Channel, store: Store) -> dict[str, int]:
    """Completed orders without a shipment that Amazon waits for, with their numbers in the store."""
    statuses = channel_rules(session, channel, store).statuses
    status_code = statuses.get(SHIPPED, "")
    if status_code in [statuses.get(waiting) for waiting in _WAITING]:
        return {}  # the status does not tell whether an order is complete
    query = _waiting(channel).where(col(OrderLink.present_status) == status_code, ~_shipped())
    return dict(session.exec(query).all())


def _shipped() -> Any:
    """Whether a linked store order has a shipment."""
    return exists().where(
        col(StoreShipment.store_id) == OrderLink.store_id,
        col(StoreShipment.store_order_id) == OrderLink.store_order_id,
        col(StoreShipment.gone).is_(False),
    )


def _waiting(channel: Channel) -> Any:
    return (
        select(OrderLink.order_id, OrderLink.store_order_id)
        .join(AmazonOrder, col(AmazonOrder.order_id) == OrderLink.order_id)
        .where(
            col(OrderLink.channel_id) == channel.id,
            col(OrderLink.store_id) == channel.store_id,
            col(AmazonOrder.account_id) == channel.account_id,
            col(AmazonOrder.fulfilled_by) == MERCHANT,
            col(AmazonOrder.status).in_(_WAITING),
        )
    )


def _told(session: Session, channel: Channel) -> set[str]:
    """Orders whose problem is open."""
    query = select(Problem.subject).where(
        col(Problem.owner) == str(Owner.channel(stored_id(channel.id))),
        col(Problem.flow) == NAME,
        col(Problem.code) == problems.SHIPMENT_MISSING.name,
        col(Problem.resolved_at).is_(None),
    )
    subjects: Sequence[str] = session.exec(query).all()
    return {Subject.parse(subject).id for subject in subjects}
