"""What the Dashboard shows: workers, how each channel stands, and what happened in the last days.

One look costs a fixed number of queries, however many channels there are. None of them decrypts anything: the
Dashboard works without the key, and never reads the documents of orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from core import clock, countdowns
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.operations import GET_ORDER, SEARCH_ORDERS, Operation
from core.amazon.transport import bucket_prefix
from core.database import Database
from core.health import reads
from core.health.reads import ChannelRow
from core.health.views import ChannelHealth, Day, OrderCounts, Overview, QuotaHealth, WorkerHealth
from core.identity import host_and_process
from core.jobs.views import JobView, list_jobs, living_workers
from core.model.job import JobState
from core.model.quota import Quota
from core.model.setting import GlobalSetting
from core.quota import level, untouched
from core.workspace import STOP_WRITES

__all__ = ["ChannelHealth", "Day", "OrderCounts", "Overview", "QuotaHealth", "WorkerHealth", "history", "overview"]

SCARCE = (SEARCH_ORDERS, GET_ORDER)
"""The operations whose quota people wait for."""
HISTORY_DAYS = 14
_MOST_JOBS = 1_000


def overview(database: Database, actor: Actor) -> Overview:
    """How everything stands that the operator may see; channels by name."""
    jobs = list_jobs(database, actor, limit=_MOST_JOBS, active_only=True)
    with database.read() as session:
        rows = reads.channels(session, actor)
        facts = _Facts.read(session, rows)
        workers = [
            WorkerHealth(*host_and_process(worker.owner), worker.threads, worker.started_at)
            for worker in living_workers(session)
        ]
        stopped = session.get(GlobalSetting, STOP_WRITES)
    return Overview(
        workers=tuple(sorted(workers, key=lambda worker: worker.since)),
        writes_stopped=bool(stopped and stopped.value),
        active_jobs=len(jobs),
        channels=tuple(_channel(row, facts, _current(row.name, jobs)) for row in rows),
    )


def history(database: Database, actor: Actor, *, days: int = HISTORY_DAYS) -> list[Day]:
    """The last days up to today, oldest first, of the channels that the operator may see."""
    first = clock.now().date() - timedelta(days=days - 1)
    with database.read() as session:
        rows = reads.channels(session, actor)
        orders = reads.orders_by_day(session, [row.id for row in rows], datetime.combine(first, time(), UTC))
        usage = reads.usage_by_day(session, {_prefix(row) for row in rows}, first)
    return [
        Day(day, orders.get(day.isoformat(), 0), *usage.get(day, (0, 0)))
        for day in (first + timedelta(days=count) for count in range(days))
    ]


@dataclass(frozen=True)
class _Facts:
    """What was read for all channels together."""

    orders: dict[int, OrderCounts]
    problems: dict[int, dict[str, int]]
    watermarks: dict[tuple[int, str], datetime]
    next_runs: dict[int, datetime]
    buckets: dict[str, Quota]
    usage: dict[str, tuple[int, int]]

    @classmethod
    def read(cls, session: Session, rows: Sequence[ChannelRow]) -> _Facts:
        ids = [row.id for row in rows]
        keys = {_prefix(row) + operation.name for row in rows for operation in SCARCE}
        return cls(
            orders=reads.order_counts(session, ids),
            problems=reads.problems(session, ids),
            watermarks=reads.watermarks(session, rows),
            next_runs=reads.next_runs(session, ids),
            buckets=reads.buckets(session, keys),
            usage=reads.usage_today(session, keys),
        )


def _channel(row: ChannelRow, facts: _Facts, job: JobView | None) -> ChannelHealth:
    marketplace = by_id(row.marketplace_id)
    return ChannelHealth(
        name=row.name,
        store=row.store,
        country=marketplace.country if marketplace else "",
        enabled=row.enabled,
        account_state=row.account_state,
        account_reason=row.account_reason,
        app_mode=row.app_mode,
        api_mode=row.api_mode,
        app_status=row.app_status,
        synced_at=row.synced_at,
        watermark=facts.watermarks.get((row.account_id, row.marketplace_id)),
        next_run=facts.next_runs.get(row.id) if row.enabled else None,
        orders=facts.orders[row.id],
        problems=facts.problems.get(row.id, {}),
        job=job,
        quotas=tuple(_quota(row, operation, facts) for operation in SCARCE),
        secret=countdowns.secret(row.secret_set_at, row.secret_expires_at),
        authorization=countdowns.authorization(row.app_mode, row.authorized_at) if row.seller_id else None,
    )


def _quota(row: ChannelRow, operation: Operation, facts: _Facts) -> QuotaHealth:
    key = _prefix(row) + operation.name
    bucket = facts.buckets.get(key)
    state = level(bucket) if bucket else untouched(key, operation.plan)
    calls, refused = facts.usage.get(key, (0, 0))
    return QuotaHealth(operation.name, state.tokens, state.burst, state.free_at, calls, refused)


def _prefix(row: ChannelRow) -> str:
    return bucket_prefix(row.api_mode, row.client_id, row.seller_id)


def _current(channel: str, jobs: Sequence[JobView]) -> JobView | None:
    """The channel's job that is running, otherwise the oldest that is to run; `jobs` are newest first."""
    mine = [job for job in reversed(jobs) if job.channel == channel]
    return next((job for job in mine if job.state is JobState.RUNNING), mine[0] if mine else None)
