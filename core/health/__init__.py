"""What Home shows: workers, how each channel stands, and what happened in the last days.

One look costs a fixed number of queries, however many channels there are. None of them decrypts anything: the
Home works without the key, and never reads the documents of orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from core import clock, countdowns
from core.actor import Actor
from core.amazon.marketplaces import by_id
from core.amazon.operations import GET_ORDER, SEARCH_ORDERS, Operation
from core.database import Database
from core.flows import code_of
from core.health import reads
from core.health.reads import ChannelRow
from core.health.views import Cause, ChannelHealth, Day, History, OrderCounts, Overview, QuotaHealth, WorkerHealth
from core.identity import host_and_process
from core.jobs.views import JobView, list_jobs, living_workers
from core.model.account import quota_owner
from core.model.job import JobState
from core.model.quota import Quota
from core.model.schedule import Schedule
from core.quota import bucket_prefix, level, untouched
from core.stopped import why_stopped
from core.sync.codes import FixKind

__all__ = [
    "Cause",
    "ChannelHealth",
    "Day",
    "History",
    "OrderCounts",
    "Overview",
    "QuotaHealth",
    "WorkerHealth",
    "history",
    "overview",
]

SCARCE = (SEARCH_ORDERS, GET_ORDER)
"""The operations whose quota people wait for."""
HISTORY_DAYS = 14
LONGEST_HANDLING = timedelta(days=30)
"""Before the first of the days: older orders are not looked through for what has to leave today."""
_MOST_JOBS = 1_000
_SHOWN_JOBS = 20


def overview(database: Database, actor: Actor) -> Overview:
    """How everything stands that the operator may see; channels by name."""
    jobs = list_jobs(database, actor, limit=_MOST_JOBS, active_only=True)
    newest = list_jobs(database, actor, limit=_SHOWN_JOBS)
    with database.read() as session:
        rows = reads.channels(session, actor)
        facts = _Facts.read(session, rows)
        workers = [
            WorkerHealth(*host_and_process(worker.owner), worker.threads, worker.started_at)
            for worker in living_workers(session)
        ]
        stopped = why_stopped(session)
    return Overview(
        workers=tuple(sorted(workers, key=lambda worker: worker.since)),
        stopped=stopped,
        active_jobs=len(jobs),
        jobs=tuple([*jobs, *(job for job in newest if job.state.is_final)][:_SHOWN_JOBS]),
        causes=tuple(_causes(rows, facts.problems)),
        channels=tuple(_channel(row, facts, _current(row.name, jobs)) for row in rows),
    )


def history(database: Database, actor: Actor, *, days: int = HISTORY_DAYS) -> History:
    """The last days of the channels that the operator may see."""
    today = clock.now().date()
    dates = [today - timedelta(days=ago) for ago in reversed(range(days))]
    first, end = (datetime.combine(day, time(), UTC) for day in (dates[0], today + timedelta(days=1)))
    with database.read() as session:
        rows = reads.channels(session, actor)
        ids = [row.id for row in rows]
        orders = reads.orders_by_day(session, ids, first)
        usage = reads.usage_by_day(session, {_prefix(row) for row in rows}, dates[0])
        imports, imported = reads.imports_by_day(session, ids, first), reads.imported(session, ids)
        to_ship = reads.to_ship(session, ids, first - LONGEST_HANDLING, end)
    return History(
        days=tuple(Day(day, orders.get(day.isoformat(), 0), *usage.get(day, (0, 0))) for day in dates),
        imports={row.name: tuple(imports.get((row.id, day.isoformat()), 0) for day in dates) for row in rows},
        imported={row.name: imported.get(row.id, 0) for row in rows},
        to_ship=to_ship,
    )


@dataclass(frozen=True)
class _Facts:
    """What was read for all channels together."""

    orders: dict[int, OrderCounts]
    problems: dict[int, dict[str, int]]
    watermarks: dict[tuple[int, str], datetime]
    schedules: dict[int, Schedule]
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
            schedules=reads.schedules(session, ids),
            buckets=reads.buckets(session, keys),
            usage=reads.usage_today(session, keys),
        )


def _channel(row: ChannelRow, facts: _Facts, job: JobView | None) -> ChannelHealth:
    marketplace, schedule = by_id(row.marketplace_id), facts.schedules.get(row.id)
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
        every_minutes=schedule.every_seconds // 60 if schedule else 0,
        is_paused=bool(schedule and schedule.paused),
        next_run=schedule.next_run if schedule and row.enabled and not schedule.paused else None,
        orders=facts.orders[row.id],
        problems=facts.problems.get(row.id, {}),
        need_you=sum(count for code, count in facts.problems.get(row.id, {}).items() if _needs_person(code)),
        job=job,
        quotas=tuple(_quota(row, operation, facts) for operation in SCARCE),
        secret=countdowns.secret(row.secret_set_at, row.secret_expires_at),
        authorization=countdowns.authorization(row.app_mode, row.authorized_at) if row.seller_id else None,
    )


def _causes(rows: Sequence[ChannelRow], problems: Mapping[int, Mapping[str, int]]) -> list[Cause]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for code, count in problems.get(row.id, {}).items():
            counts.setdefault(code, {})[row.name] = count
    causes = [
        Cause(code, sum(found.values()), tuple(sorted(found, key=lambda name: -found[name])), _needs_person(code))
        for code, found in counts.items()
    ]
    return sorted(causes, key=lambda cause: (not cause.needs_you, -cause.count, cause.code))


def _needs_person(code: str) -> bool:
    return code_of(code).kind is not FixKind.WAIT


def _quota(row: ChannelRow, operation: Operation, facts: _Facts) -> QuotaHealth:
    key = _prefix(row) + operation.name
    bucket = facts.buckets.get(key)
    state = level(bucket) if bucket else untouched(key, operation.plan)
    calls, refused = facts.usage.get(key, (0, 0))
    return QuotaHealth(operation.name, state.tokens, state.burst, state.free_at, calls, refused)


def _prefix(row: ChannelRow) -> str:
    return bucket_prefix(row.api_mode, row.client_id, quota_owner(row.account_id, row.seller_id, row.proven_at))


def _current(channel: str, jobs: Sequence[JobView]) -> JobView | None:
    """The channel's job that is running, otherwise the oldest that is to run; `jobs` are newest first."""
    mine = [job for job in reversed(jobs) if job.channel == channel]
    return next((job for job in mine if job.state is JobState.RUNNING), mine[0] if mine else None)
