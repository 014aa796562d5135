"""Due schedules become jobs.

A schedule is claimed in one transaction, so two workers start it once; one that was missed while no worker ran is
caught up once. A next run beyond the interval was set by a clock that was ahead: it is due.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, MutableMapping
from datetime import datetime, timedelta

from sqlmodel import and_, col, or_, select, update

from core import clock
from core.actor import SYSTEM
from core.flows import FLOWS, STREAMS
from core.jobs.requests import request
from core.model.account import ACCOUNT_OK, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.schedule import Schedule
from core.workspace import Workspace
from tasks.queue import Dispatcher
from tasks.start import Run, start

log = logging.getLogger(__name__)

KINDS = {stream.name: kind for stream in STREAMS for flow in FLOWS for kind in flow.jobs if kind.name == stream.kind}
"""What a run of each stream starts."""
_UNCONDITIONAL = [stream.name for stream in STREAMS if stream.asks_nobody]
_ODDLY_LATE = timedelta(days=2)


def start_due(
    workspace: Workspace,
    dispatcher: Dispatcher,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    odd: MutableMapping[int, float] | None = None,
) -> list[Run]:
    """Start a job for every schedule that is due; returns the runs of channels that do not use the queue.

    `odd` remembers, by monotonic seconds, when this process last started a schedule at an odd time. It does so once
    per interval: two workers whose clocks are years apart would else take turns without end.

    Paused schedules rest, and so do those of disabled channels and of channels that wait for their seller's
    authorization, but for streams that ask nobody; what was due meanwhile runs once when that is over.
    """
    now = clock.now()
    runs = []
    with workspace.database.read() as session:
        found = session.exec(
            select(Schedule, Channel)
            .join(Channel, col(Channel.id) == Schedule.channel_id)
            .join(SellerAccount, col(SellerAccount.id) == Channel.account_id)
            .where(
                col(Schedule.paused).is_(False),
                or_(
                    and_(col(Channel.enabled), col(SellerAccount.state) == ACCOUNT_OK),
                    col(Schedule.stream).in_(_UNCONDITIONAL),
                ),
            )
        ).all()
    for schedule, channel in found:
        if not _is_due(schedule, now, odd if odd is not None else {}):
            continue
        with workspace.database.write() as session:
            claimed = session.exec(
                update(Schedule)
                .where(col(Schedule.id) == schedule.id, col(Schedule.next_run) == schedule.next_run)
                .values(next_run=now + timedelta(seconds=schedule.every_seconds))
            )
        if claimed.rowcount and schedule.stream in KINDS:
            asked = request(workspace.database, SYSTEM, KINDS[schedule.stream], channel, {})
            run = start(workspace, asked, dispatcher=dispatcher, should_stop=should_stop)
            runs += [run] if run else []
    return runs


def _is_due(schedule: Schedule, now: datetime, odd: MutableMapping[int, float]) -> bool:
    late = now - schedule.next_run
    if schedule.is_too_far(now):
        log.warning("a next run was set for %s, by a clock that was ahead; it is due now", schedule.next_run)
    elif late <= _ODDLY_LATE:
        return late >= timedelta()
    since = odd.get(stored_id(schedule.id))
    if since is not None and clock.from_real(time.monotonic() - since) < schedule.every_seconds:
        return False
    odd[stored_id(schedule.id)] = time.monotonic()
    return True
