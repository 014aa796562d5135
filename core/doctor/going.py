"""Whether work goes on: writes that wait, Amazon's quotas, personal data whose time is over, the file's last check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from core import clock, integrity
from core.checks import Check
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.model.outbox import IS_OF_ORDERS, IS_UNSENT, OutboxIntent
from core.model.quota import Quota, QuotaUsage
from core.orders.kept import READ_LATE, is_over
from core.quota import level
from core.words import counted

LONGEST_BACKLOG = timedelta(hours=6)
"""Bringing 10,000 orders of history into a store takes two."""
LONGEST_QUOTA = timedelta(minutes=15)
"""What one call may have to wait; the slowest plans give one in two minutes."""
MOST_REFUSED = 0.05
"""Share of calls of a day that Amazon may refuse; of few calls each one weighs too much to judge by it."""
FEW_CALLS = 20
LATE = timedelta(days=1)
"""By which personal data may outlive its time: the longest interval of the schedule that deletes it."""


def backlog(session: Session) -> Check:
    """How many writes have still to reach a store or Amazon, and since when the oldest waits that could go.

    An order or a parcel waits however often it is tried: somebody is waiting for it.
    """
    now, not_before = clock.now(), col(OutboxIntent.not_before)
    count = session.execute(select(func.count()).select_from(OutboxIntent).where(IS_UNSENT)).scalar_one()
    may_go = (IS_UNSENT, or_(not_before.is_(None), not_before <= now, IS_OF_ORDERS))
    oldest = session.execute(select(func.min(OutboxIntent.created_at)).where(*may_go)).scalar()
    if not count or oldest is None:
        return Check("backlog", True, f"Waiting: {counted(count, 'write')}." if count else "No write waits.")
    told = f"Waiting: {counted(count, 'write')}, the oldest since {_time(oldest)}."
    late = now - oldest > LONGEST_BACKLOG
    fix = "See whether its job runs: crossdock jobs list. Writes wait for workers, quotas, and while they are stopped."
    return Check("backlog", not late, told, fix if late else "")


def quotas(session: Session) -> Check:
    """Whether any of Amazon's quotas starves: calls queue up for long, or Amazon refuses many."""
    today = {
        key: (calls, refused)
        for key, calls, refused in session.execute(
            select(col(QuotaUsage.key), col(QuotaUsage.calls), col(QuotaUsage.refused)).where(
                col(QuotaUsage.day) == clock.now().date()
            )
        )
    }
    faults = [*_starved(session.scalars(select(Quota))), *_refused(today)]
    if not faults:
        return Check("quotas", True, "No call waits for long.")
    return Check(
        "quotas",
        False,
        " ".join(faults[:5]),
        "Give the channels of this seller longer intervals, and see whether another program calls with the same "
        "application.",
    )


def _starved(buckets: Iterable[Quota]) -> Iterable[str]:
    for bucket in buckets:
        found = level(bucket)
        if found.free_at > clock.now() + LONGEST_QUOTA:
            yield f"The next call of {_operation(found.key)} is free at {_time(found.free_at)}."


def _refused(today: dict[str, tuple[int, int]]) -> Iterable[str]:
    calls: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for key, (made, declined) in today.items():
        calls[_operation(key)] += made
        refused[_operation(key)] += declined
    for operation, declined in refused.most_common():
        if calls[operation] >= FEW_CALLS and declined > MOST_REFUSED * calls[operation]:
            yield f"Amazon refused {declined} of {counted(calls[operation], 'call')} of {operation} today."


def _operation(key: str) -> str:
    return key.rpartition("/")[2]


def personal_data(session: Session) -> Check:
    """Whether buyers' data is kept longer than it may be."""
    found = session.execute(
        select(col(Channel.name), func.count())
        .select_from(AmazonOrder)
        .outerjoin(
            Channel,
            (col(Channel.account_id) == AmazonOrder.account_id)
            & (col(Channel.marketplace_id) == AmazonOrder.marketplace_id),
        )
        .where(
            col(AmazonOrder.raw).is_not(None),
            is_over(session, LATE),
            col(AmazonOrder.seen_at) < clock.now() - READ_LATE - LATE,
        )
        .group_by(col(Channel.name))
    ).all()
    if not found:
        return Check("personal data", True, "None is kept beyond its time.")
    told = ", ".join(f"{counted(number, 'order')} of {name or 'no channel'}" for name, number in found[:5])
    fix = "Run: crossdock schedule resume --stream purge; then: crossdock schedule run --channel NAME --stream purge"
    return Check("personal data", False, f"It should have been deleted: {told}.", fix)


def last_look(session: Session) -> Check:
    """What a worker found when it last looked whether the database is whole."""
    seen = integrity.last(session)
    if seen is None:
        return Check("integrity", True, "No worker has looked yet; crossdock doctor does.")
    told = f"The database was whole at {_time(seen.at)}." if seen.is_whole else f"{_time(seen.at)}: {seen.said}"
    return Check("integrity", seen.is_whole, told, "" if seen.is_whole else integrity.FIX)


def _time(timestamp: datetime) -> str:
    return f"{timestamp:%Y-%m-%d %H:%M} UTC"
