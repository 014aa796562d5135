"""What the Orders screen knows of the order under the cursor beyond the list."""

from __future__ import annotations

from dataclasses import dataclass

from core.actor import Actor
from core.jobs import views
from core.orders import NAME
from core.orders import actions as orders
from core.orders.list import OrderView
from core.shipments.list import ShipmentView, parcels_of_order
from core.subjects import Subject
from core.sync.history import HistoryEntry, history_of
from core.sync.problems import problem_of
from core.workspace import Workspace


@dataclass(frozen=True)
class Line:
    """One line of an order."""

    sku: str
    asin: str
    quantity: int


@dataclass(frozen=True)
class OrderDetail:
    """What the list does not hold of one order."""

    lines: tuple[Line, ...]
    job: int | None
    """The last job that had to do with it."""
    about: str
    """What its problem is about, such as a SKU."""
    parcels: tuple[ShipmentView, ...]
    """Its shipments in the store, newest first."""
    history: tuple[HistoryEntry, ...] = ()
    """What happened to it, newest first."""


def read_detail(workspace: Workspace, actor: Actor, order: OrderView) -> OrderDetail:
    """Everything about one order that the list does not hold."""
    database, subject = workspace.database, Subject("order", order.order_id)
    shown = orders.show_order(workspace, actor, order.channel, order.order_id)
    lines = tuple(Line(line["sku"], line["asin"], line["quantity"]) for line in shown["lines"])
    problem = problem_of(database, actor, order.channel, subject) if order.code else None
    job = views.last_job_of(database, actor, order.channel, subject)
    parcels = tuple(parcels_of_order(database, actor, order.channel, order.order_id))
    history = tuple(history_of(database, actor, order.channel, subject, NAME))
    return OrderDetail(lines, job, problem.about if problem else "", parcels, history)
