"""Deletes what may not or need not be kept.

Personal data: each flow deletes its own, see `core.orders.purge`. Logs of jobs: 90 days. Wrong passwords: a day.
Former client secrets: once Amazon takes them no more. Rows of shipments and links of orders hold no names and stay:
they are what keeps an order from being created, and a parcel from being told, a second time.

A clock that jumped deletes nothing before it has proved itself, see `core.clockwatch`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import col, delete, select

from core import clock
from core.apps import forget_former_secrets
from core.clockwatch import ClockWatch
from core.database import Database
from core.flows import FLOWS
from core.model.job import Job, JobEvent, JobItem
from core.model.notification import Notification
from core.model.operator import LoginFailure
from core.model.order import OrderEvent

JOB_LOGS = timedelta(days=90)
NOTIFICATIONS = timedelta(days=30)
"""Beyond the fourteen days for which SQS keeps a message at most: none can come again."""
ORDER_EVENTS = timedelta(days=365)
"""What the timelines of orders are made of beside their rows; it holds nothing personal."""
FAILED_LOGINS = timedelta(days=1)
"""Longer than the longest lock."""


def purge(database: Database, watch: ClockWatch) -> int | None:
    """Delete what is due; returns how many orders lost their personal data, None while the clock is in doubt."""
    if watch.look() is not None:
        return None
    emptied = sum(flow.purge(database) for flow in FLOWS if flow.purge is not None)
    now = clock.now()
    with database.write() as session:
        last_at = col(LoginFailure.last_at)
        session.exec(delete(LoginFailure).where(or_(last_at < now - FAILED_LOGINS, last_at > now + FAILED_LOGINS)))
        forget_former_secrets(session)
    with database.write() as session:
        session.exec(delete(Notification).where(col(Notification.received_at) < now - NOTIFICATIONS))
        session.exec(delete(OrderEvent).where(col(OrderEvent.at) < now - ORDER_EVENTS))
    old = select(Job.id).where(col(Job.finished_at) < now - JOB_LOGS)
    with database.write() as session:
        session.exec(delete(JobEvent).where(col(JobEvent.job_id).in_(old)))
        session.exec(delete(JobItem).where(col(JobItem.job_id).in_(old)))
    database.let_go()
    return emptied
