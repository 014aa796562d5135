"""Deletes what need not be kept, so that no table grows without an end; `core.orders.purge` does so with personal data.

Each table that grows has a rule here, or a reason to stay (docs/operating.md has both). A clock that jumped deletes
nothing before it has proved itself, see `core.clockwatch`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, SQLModel, and_, col, delete, select, tuple_

from core import clock
from core.apps import forget_former_secrets
from core.clockwatch import ClockWatch
from core.database import Database
from core.days import Days
from core.listings import NAME as LISTINGS
from core.model.audit import AuditEntry
from core.model.job import Job, JobEvent, JobItem
from core.model.lease import Lease
from core.model.notification import Notification
from core.model.operator import LoginFailure
from core.model.order import AmazonOrder, AmazonOrderItem, OrderEvent
from core.model.outbox import REJECTED, VERIFIED, OutboxIntent
from core.model.problem import Problem
from core.model.quota import QuotaUsage
from core.orders import NAME as ORDERS
from core.shipments import NAME as SHIPMENTS
from core.stock import NAME as STOCK

LOGS = Days("retention.log_days", 90, 7, 3_660)
"""Logs and results of jobs, and writes of price, stock and content that have ended."""
HISTORY = Days("retention.history_days", 365, 30, 3_660)
"""Jobs themselves, and what the timelines of orders are made of beside their rows; it holds nothing personal."""
AUDIT = Days("retention.audit_days", 730, 365, 3_660)
"""Amazon's Data Protection Policy asks for logs of a year."""
ORDERS_KEPT = Days("retention.order_days", 1_095, 730, 36_600)
"""Figures of orders. Longer than the 720 days of which Amazon gives out orders: none is read a second time."""
SETTINGS = (LOGS, HISTORY, AUDIT, ORDERS_KEPT)
NOTIFICATIONS = timedelta(days=30)
"""Beyond the fourteen days for which SQS keeps a message at most: none can come again."""
USAGE = timedelta(days=366)
"""Longer than any chart shows."""
A_DAY = timedelta(days=1)
"""Longer than a lock after wrong passwords, and than anything lives that has to be renewed."""

_AT_ONCE = 1_000
"""Rows of a table that one look deletes: whoever else writes waits meanwhile, and so does the worker's heartbeat."""


@dataclass(frozen=True)
class Rule:
    """Which rows of a table are not needed any more."""

    model: type[SQLModel]
    over: Callable[[Session, datetime], ColumnElement[bool]]
    """Given what time it is."""


def _before(column: Any, kept: Days | timedelta) -> Callable[[Session, datetime], ColumnElement[bool]]:
    """What a column says of the time when a row ended is longer ago."""
    return lambda session, now: col(column) < now - (kept.stored(session) if isinstance(kept, Days) else kept)


def _far(column: Any, kept: timedelta) -> Callable[[Session, datetime], ColumnElement[bool]]:
    """The same, or as far ahead: a clock that was wrong has written it."""
    return lambda session, now: or_(col(column) < now - kept, col(column) > now + kept)


def _of_job(column: Any) -> Callable[[Session, datetime], ColumnElement[bool]]:
    return lambda session, now: col(column).in_(select(Job.id).where(_before(Job.finished_at, LOGS)(session, now)))


def _written(session: Session, now: datetime) -> ColumnElement[bool]:
    """Writes that have ended, and that nothing goes by any more.

    Those of products stay: they tell what somebody has changed since. So do parcels that Amazon refused.
    """
    flow, state, at = col(OutboxIntent.flow), col(OutboxIntent.state), col(OutboxIntent.updated_at)
    logs, history = now - LOGS.stored(session), now - HISTORY.stored(session)
    return or_(
        and_(flow.in_([STOCK, LISTINGS]), state.in_([VERIFIED, REJECTED]), at < logs),
        and_(flow == ORDERS, state.in_([VERIFIED, REJECTED]), at < history),
        and_(flow == SHIPMENTS, state == VERIFIED, at < history),
    )


def _settled(session: Session, now: datetime) -> ColumnElement[bool]:
    """Orders of which nothing changes any more; their links to store orders stay, so that none is made again."""
    since = now - ORDERS_KEPT.stored(session)
    order = AmazonOrder
    return and_(
        col(order.created_at) < since, col(order.updated_at) < since, col(order.raw).is_(None), ~col(order.dirty)
    )


def _lines(session: Session, now: datetime) -> ColumnElement[bool]:
    settled = select(AmazonOrder.account_id, AmazonOrder.order_id).where(_settled(session, now))
    return tuple_(col(AmazonOrderItem.account_id), col(AmazonOrderItem.order_id)).in_(settled)


def _orders(session: Session, now: datetime) -> ColumnElement[bool]:
    """Once none of their lines is left."""
    order, line = AmazonOrder, AmazonOrderItem
    lines = select(line.id).where(col(line.account_id) == order.account_id, col(line.order_id) == order.order_id)
    return and_(_settled(session, now), ~lines.exists())


RULES = (
    Rule(LoginFailure, _far(LoginFailure.last_at, A_DAY)),
    Rule(Lease, _far(Lease.until, A_DAY)),
    Rule(QuotaUsage, lambda session, now: col(QuotaUsage.day) < (now - USAGE).date()),
    Rule(Notification, _before(Notification.received_at, NOTIFICATIONS)),
    Rule(JobEvent, _of_job(JobEvent.job_id)),
    Rule(JobItem, _of_job(JobItem.job_id)),
    Rule(Job, _before(Job.finished_at, HISTORY)),
    Rule(OutboxIntent, _written),
    Rule(OrderEvent, _before(OrderEvent.at, HISTORY)),
    Rule(Problem, _before(Problem.resolved_at, HISTORY)),
    Rule(AuditEntry, _before(AuditEntry.at, AUDIT)),
    Rule(AmazonOrderItem, _lines),
    Rule(AmazonOrder, _orders),
)


def purge(database: Database, watch: ClockWatch) -> bool | None:
    """Delete a part of what is due; returns whether more may be left, None while the clock is in doubt."""
    if watch.look() is not None:
        return None
    now, most = clock.now(), 0
    for rule in RULES:
        with database.write() as session:
            most = max(most, _delete(session, rule, now))
    with database.write() as session:
        forget_former_secrets(session)
    database.let_go()
    return most >= _AT_ONCE


def _delete(session: Session, rule: Rule, now: datetime) -> int:
    table: Any = rule.model.__table__  # type: ignore[attr-defined]
    keys = table.primary_key.columns
    some = select(*keys).where(rule.over(session, now)).limit(_AT_ONCE)
    return int(session.exec(delete(rule.model).where(tuple_(*keys).in_(some))).rowcount)
