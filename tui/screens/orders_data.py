"""What the Orders screen reads, in one go and in a thread; nothing at all while nothing was committed."""

from __future__ import annotations

from dataclasses import dataclass

from core import orders
from core.actor import Actor
from core.channels import registry
from core.database import Database
from core.jobs import views
from core.jobs.views import JobView
from core.order_list import OrderFilter, OrderKeys, OrderView, order_keys, order_rows
from core.problems import problem_of
from core.workspace import Workspace
from tui.widgets.paged import around


@dataclass(frozen=True)
class Line:
    """One line of an order."""

    sku: str
    asin: str
    quantity: int


@dataclass(frozen=True)
class OrderDetail:
    """What the list does not hold of one order."""

    key: int
    lines: tuple[Line, ...]
    job: int | None
    """The last job that had to do with it."""
    about: str
    """What its problem is about, such as a SKU."""


@dataclass(frozen=True)
class Wish:
    """What to read. `state` is the database's as of the last reading, empty to read everything again."""

    filter: OrderFilter
    state: str
    in_view: range
    unread: list[int]
    """Rows in view that are not at hand."""
    cursor: int | None
    detail: OrderDetail | None
    """What is known of the order under the cursor."""
    started: int | None
    """The job that was started here last."""


@dataclass(frozen=True)
class OrdersRead:
    """One reading. `keys`, `total` and `channels` are None while nothing was committed since the last one."""

    filter: OrderFilter
    state: str
    keys: OrderKeys | None
    total: int | None
    """All orders there are, whatever is filtered by; None also where it was not counted."""
    channels: list[str] | None
    asked: list[int]
    rows: dict[int, OrderView]
    detail: OrderDetail | None
    started: JobView | None
    workers: int


def read_orders(workspace: Workspace, actor: Actor, wish: Wish) -> OrdersRead:
    """The orders that fit, the rows in view, and everything about the one under the cursor."""
    database = workspace.database
    state = database.state()
    changed = state != wish.state
    keys = order_keys(database, actor, wish.filter) if changed else None
    asked, cursor = list(wish.unread), wish.cursor
    if keys is not None:
        asked = list(around(keys.keys, wish.in_view))
        if cursor is None or cursor not in keys.keys:
            cursor = keys.keys[0] if keys.keys else None
        elif cursor not in asked:
            asked.append(cursor)
    rows = {row.key: row for row in order_rows(database, actor, asked)} if asked else {}
    detail = wish.detail
    if changed or detail is None or detail.key != cursor:
        detail = _detail(workspace, actor, cursor, rows)
    return OrdersRead(
        filter=wish.filter,
        state=state,
        keys=keys,
        total=_total(database, actor, wish.filter, keys) if keys is not None else None,
        channels=channel_names(workspace, actor) if changed else None,
        asked=asked,
        rows=rows,
        detail=detail,
        started=views.get_job(database, actor, wish.started) if wish.started is not None else None,
        workers=views.live_workers(database),
    )


def channel_names(workspace: Workspace, actor: Actor) -> list[str]:
    """The channels that the operator may see."""
    return [channel.name for channel in registry.list_channels(workspace, actor)]


def _total(database: Database, actor: Actor, wanted: OrderFilter, keys: OrderKeys) -> int | None:
    if not wanted.text and not wanted.channel:
        return keys.total
    return None if keys.total else order_keys(database, actor, OrderFilter()).total


def _detail(workspace: Workspace, actor: Actor, key: int | None, rows: dict[int, OrderView]) -> OrderDetail | None:
    if key is None:
        return None
    database = workspace.database
    order = rows.get(key) or next(iter(order_rows(database, actor, [key])), None)
    if order is None:
        return None
    shown = orders.show_order(workspace, actor, order.channel, order.order_id)
    lines = tuple(Line(line["sku"], line["asin"], line["quantity"]) for line in shown["lines"])
    subject = f"order {order.order_id}"
    problem = problem_of(database, actor, order.channel, subject) if order.code else None
    job = views.last_job_of(database, actor, order.channel, subject)
    return OrderDetail(key, lines, job, problem.about if problem else "")
