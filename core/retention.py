"""Deletes what may not or need not be kept.

Personal data of orders: 30 days after their last change, once nothing waits to be done with them (Amazon's Data
Protection Policy: at most 30 days after delivery). The figures of the orders stay. Logs of jobs: 90 days.
What Amazon and the stores changed at orders: a year.
Wrong passwords: a day. Rows of shipments and links of orders hold no names and stay: they are what keeps an order from
being created, and a parcel from being told, a second time.

A clock that jumped deletes nothing before it has proved itself, see `core.clockwatch`.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import or_
from sqlmodel import col, delete, select, update

from core import clock
from core.clockwatch import ClockWatch
from core.database import Database
from core.model.job import Job, JobEvent, JobItem
from core.model.notification import Notification
from core.model.operator import LoginFailure
from core.model.order import AmazonOrder, OrderEvent

PERSONAL_DATA = timedelta(days=30)
JOB_LOGS = timedelta(days=90)
NOTIFICATIONS = timedelta(days=30)
"""Beyond the fourteen days for which SQS keeps a message at most: none can come again."""
ORDER_EVENTS = timedelta(days=365)
"""What the timelines of orders are made of beside their rows; it holds nothing personal."""
FAILED_LOGINS = timedelta(days=1)
"""Longer than the longest lock."""
_OPEN = ("PENDING", "PENDING_AVAILABILITY", "UNSHIPPED", "PARTIALLY_SHIPPED")


def purge(database: Database, watch: ClockWatch) -> int | None:
    """Delete what is due; returns how many orders lost their personal data, None while the clock is in doubt."""
    if watch.look() is not None:
        return None
    now = clock.now()
    with database.write() as session:
        emptied = session.exec(
            update(AmazonOrder)
            .where(
                col(AmazonOrder.updated_at) < now - PERSONAL_DATA,
                col(AmazonOrder.raw).is_not(None),
                col(AmazonOrder.status).not_in(_OPEN),
                # An order that is still to be imported keeps its data, but never longer than this since it was read.
                or_(col(AmazonOrder.dirty).is_(False), col(AmazonOrder.seen_at) < now - PERSONAL_DATA),
            )
            .values(raw=None, dirty=False)
        )
    with database.write() as session:
        last_at = col(LoginFailure.last_at)
        session.exec(delete(LoginFailure).where(or_(last_at < now - FAILED_LOGINS, last_at > now + FAILED_LOGINS)))
    with database.write() as session:
        session.exec(delete(Notification).where(col(Notification.received_at) < now - NOTIFICATIONS))
        session.exec(delete(OrderEvent).where(col(OrderEvent.at) < now - ORDER_EVENTS))
    old = select(Job.id).where(col(Job.finished_at) < now - JOB_LOGS)
    with database.write() as session:
        session.exec(delete(JobEvent).where(col(JobEvent.job_id).in_(old)))
        session.exec(delete(JobItem).where(col(JobItem.job_id).in_(old)))
    return int(emptied.rowcount)
