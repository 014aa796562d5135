"""Due schedules become jobs.

A schedule is claimed in one transaction, so two workers start it once; one that was missed while no worker ran is
caught up once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import col, select, update

from core import clock
from core.actor import SYSTEM
from core.flows import ORDERS_IMPORT
from core.jobs.requests import request
from core.model.account import ACCOUNT_OK, SellerAccount
from core.model.channel import Channel
from core.model.schedule import Schedule
from core.workspace import Workspace
from tasks.queue import Dispatcher
from tasks.start import Run, start

KIND_OF_STREAM = {"orders": ORDERS_IMPORT}


def start_due(
    workspace: Workspace, dispatcher: Dispatcher, *, should_stop: Callable[[], bool] = lambda: False
) -> list[Run]:
    """Start a job for every schedule that is due; returns the runs of channels that do not use the queue.

    Paused schedules rest, and so do those of disabled channels and of channels that wait for their seller's
    authorization; what was due meanwhile runs once when that is over.
    """
    now = clock.now()
    runs = []
    with workspace.database.read() as session:
        due = session.exec(
            select(Schedule, Channel)
            .join(Channel, col(Channel.id) == Schedule.channel_id)
            .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
            .where(
                col(Schedule.next_run) <= now,
                col(Schedule.paused).is_(False),
                col(Channel.enabled),
                col(SellerAccount.state) == ACCOUNT_OK,
            )
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
            run = start(workspace, asked, dispatcher=dispatcher, should_stop=should_stop)
            runs += [run] if run else []
    return runs
