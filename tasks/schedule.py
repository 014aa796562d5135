"""Due schedules become jobs.

A schedule is claimed in one transaction, so two workers start it once; one that was missed while no worker ran is
caught up once.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import col, select, update

from core import clock
from core.actor import SYSTEM
from core.flows import ORDERS_IMPORT
from core.jobs.requests import request
from core.model.channel import Channel
from core.model.schedule import Schedule
from core.workspace import Workspace
from tasks.queue import Dispatcher

KIND_OF_STREAM = {"orders": ORDERS_IMPORT}


def start_due(workspace: Workspace, dispatcher: Dispatcher) -> None:
    """Start a job for every schedule that is due."""
    now = clock.now()
    with workspace.database.read() as session:
        due = session.exec(
            select(Schedule, Channel)
            .join(Channel, col(Channel.id) == Schedule.channel_id)
            .where(col(Schedule.next_run) <= now, col(Channel.enabled))
        ).all()
    for schedule, channel in due:
        with workspace.database.write() as session:
            claimed = session.exec(
                update(Schedule)
                .where(col(Schedule.id) == schedule.id, col(Schedule.next_run) == schedule.next_run)
                .values(next_run=now + timedelta(minutes=schedule.every_minutes))
            )
        if claimed.rowcount:
            asked = request(workspace.database, SYSTEM, KIND_OF_STREAM[schedule.stream], channel, {})
            dispatcher.enqueue([asked.job_id])
