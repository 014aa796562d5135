"""What the Orders screen reads, in one go and in a thread; nothing at all while nothing was committed.

The keys of a hundred thousand orders take a tenth of a second of the processor. So a list begins with its newest, and
while a worker commits all the time, only these and the rows in view are read every second: see `PAUSE`.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from core import orders
from core.actor import Actor
from core.channels import registry
from core.database import Database
from core.jobs import views
from core.jobs.views import JobView
from core.order_list import OrderFilter, OrderKeys, OrderView, newest_order_keys, order_keys, order_rows
from core.problems import problem_of
from core.workspace import Workspace
from tui.widgets.paged import around

NEWEST = 200
"""Orders that a list begins with, while the keys of all others are still being read."""

PAUSE = 12e-6
"""Real seconds, for each order there is, until all keys are read again: ten times what reading them costs."""


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
    known: array[int] | None
    """The keys that are listed for this filter; None for none yet."""
    keys_due: bool
    """Whether all keys may be read again already."""
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
    is_new: bool
    """Whether anything was committed since all keys were read."""
    keys: OrderKeys | None
    is_whole: bool
    """Whether `keys` are all that fit, and counted; else the newest, before those that are known."""
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
    newest = _newest(database, actor, wish) if changed else None
    is_whole = changed and newest is None and (wish.keys_due or wish.known is None)
    keys = order_keys(database, actor, wish.filter) if is_whole else newest
    asked, cursor = list(wish.unread), wish.cursor
    listed = keys.keys if keys is not None else wish.known
    if changed and listed is not None:
        asked = list(around(listed, wish.in_view))
        if cursor is None or cursor not in listed:
            cursor = listed[0] if listed else None
        elif cursor not in asked:
            asked.append(cursor)
    rows = {row.key: row for row in order_rows(database, actor, asked)} if asked else {}
    detail = wish.detail
    if changed or detail is None or detail.key != cursor:
        detail = _detail(workspace, actor, cursor, rows)
    return OrdersRead(
        filter=wish.filter,
        state=state,
        is_new=changed,
        keys=keys,
        is_whole=is_whole,
        total=_total(database, actor, wish.filter, keys) if is_whole and keys is not None else None,
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


def _newest(database: Database, actor: Actor, wish: Wish) -> OrderKeys | None:
    """The newest before those that are known; None where all have to be read, or none of them."""
    only = wish.filter
    if only.text or only.states or only.code or (wish.known is not None and wish.keys_due):
        return None
    found = newest_order_keys(database, actor, only.channel, NEWEST)
    if wish.known is None:
        is_enough = len(found) == NEWEST and (wish.cursor is None or wish.cursor in found)
        return OrderKeys(found) if is_enough else None
    again = set(found)
    return OrderKeys(found + array("q", [key for key in wish.known if key not in again]))


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
