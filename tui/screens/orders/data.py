"""What the Orders screen knows of the order under the cursor beyond the list."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.jobs import views
from core.orders.detail import OrderDetail, order_detail
from core.orders.list import OrderView
from core.shipments.list import ShipmentView, parcels_of_order
from core.subjects import Subject
from core.sync.problems import problem_of
from core.timeline import TimelineEntry, timeline
from core.workspace import Workspace


@dataclass(frozen=True)
class Known:
    """What the list does not hold of one order."""

    order: OrderDetail
    job: int | None
    """The last job that had to do with it."""
    about: str
    """What its problem is about, such as a SKU."""
    parcels: tuple[ShipmentView, ...]
    """Its shipments in the store, newest first."""
    timeline: tuple[TimelineEntry, ...]
    """What happened to it, newest first."""


def read_detail(workspace: Workspace, actor: Actor, order: OrderView) -> Known:
    """Everything about one order that the list does not hold."""
    database, subject = workspace.database, Subject("order", order.order_id)
    problem = problem_of(database, actor, order.channel, subject) if order.code else None
    return Known(
        order_detail(workspace, actor, order.channel, order.order_id),
        views.last_job_of(database, actor, order.channel, subject),
        problem.about if problem else "",
        tuple(parcels_of_order(database, actor, order.channel, order.order_id)),
        tuple(timeline(workspace, actor, order.channel, order.order_id)),
    )
