"""Amazon's usage plans as token buckets in the database.

One bucket per (API mode, application, seller account, operation), shared by all threads, processes and hosts and kept
over restarts. A negative balance is a queue of reservations, so waiting is fair: each caller is told when its own
token will be there. The published plan is the start; `x-amzn-RateLimit-Limit` corrects the rate; a refusal (429)
drains and pauses the bucket. Source: SP-API "Usage Plans and Rate Limits".
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from core import clock
from core.database import Database, upsert
from core.errors import RemoteBusy
from core.model.quota import Quota, QuotaUsage

LONGEST_SLEEP = 20.0
"""Seconds that a caller may be kept waiting in its thread; beyond it the job is rescheduled."""
_CAUTION = 0.99
"""Share of the rate that is used: two clocks never run quite alike."""
_NETWORK_JITTER = 0.05
"""Real seconds by which a call may overtake the one before it on the way."""
_LARGEST_CORRECTION = 100.0
"""A header further from the published rate than this factor is not believed."""
_LEAST_RATE = 10 / 3600
"""Tokens per second below which no header lowers a rate: one answer must not hold up an operation for hours."""
_MAX_BACKOFF = 4
_LEAST_JITTER, _MOST_JITTER = 1.02, 1.2
_LONGEST_PAUSE = 3600.0
"""Seconds that a refusal may ask for; what the plan itself needs for the longest back-off may be longer."""


def bucket_prefix(api_mode: str, client_id: str, quota_owner: str) -> str:
    """How the keys of all token buckets of an account begin; the name of the operation follows."""
    return f"{api_mode}/{client_id}/{quota_owner}/"


@dataclass(frozen=True)
class UsagePlan:
    """Published plan of an operation: tokens per second, and how many can be saved up."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Level:
    """State of a bucket for the screens: tokens at hand and when the next call is free."""

    key: str
    tokens: float
    burst: int
    rate: float
    free_at: datetime


class QuotaWait(Exception):
    """No token before `until` (aware UTC); nothing was reserved."""

    def __init__(self, key: str, until: datetime) -> None:
        super().__init__(key)
        self.key = key
        self.until = until


@contextmanager
def at_once() -> Iterator[None]:
    """For people who wait for an answer: a quota that is used up is an error that says until when."""
    try:
        yield
    except QuotaWait as wait:
        operation = wait.key.rpartition("/")[2]
        raise RemoteBusy(
            f"The quota for {operation} is used up until {wait.until:%H:%M:%S} UTC.",
            subject="Amazon",
            retry_after=max(clock.seconds_until(wait.until), 0.0),
        ) from None


class QuotaBook:
    """All buckets of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, key: str, plan: UsagePlan, *, reserve: int = 0, longest: float = LONGEST_SLEEP) -> None:
        """Take one token, sleeping at most `longest` seconds for it.

        Background work leaves `reserve` tokens for people. Raises QuotaWait, with nothing taken, when the wait
        would be longer.
        """
        delay = self.reserve(key, plan, reserve=reserve, longest=longest)
        clock.sleep(delay)

    def reserve(self, key: str, plan: UsagePlan, *, reserve: int = 0, longest: float = LONGEST_SLEEP) -> float:
        """Take one token and return the seconds until it may be used; raises QuotaWait as `acquire` does."""
        with self._database.write() as session:
            bucket = _refilled(session, key, plan)
            delay = _delay(bucket, bucket.tokens - reserve)
            if delay > longest:
                raise QuotaWait(key, clock.after(delay))
            bucket.tokens -= 1
            session.add(bucket)
            _count(session, key, calls=1)
        return delay

    def observe(self, key: str, plan: UsagePlan, header_rate: float | None) -> None:
        """Note that a call was let through, and take over the rate that Amazon states, in tokens per second."""
        low = max(plan.rate / _LARGEST_CORRECTION, min(plan.rate, _LEAST_RATE))
        high = plan.rate * _LARGEST_CORRECTION
        rate = header_rate if header_rate and low <= header_rate <= high else None
        with self._database.read() as session:
            bucket = session.get(Quota, key)
        if bucket is None or (bucket.refusals == 0 and rate in (None, bucket.rate)):
            return
        values = {"refusals": 0} | ({"rate": rate} if rate else {})
        with self._database.write() as session:
            session.exec(update(Quota).where(col(Quota.key) == key).values(**values))

    def refused(self, key: str, plan: UsagePlan, retry_after: float = 0.0) -> datetime:
        """Drain and pause the bucket after a 429; returns when it opens again.

        The pause grows with refusals in a row and is not shorter than `retry_after` seconds or one token, but never
        longer than is plausible for the plan, whatever the answer asked for.
        """
        with self._database.write() as session:
            bucket = _refilled(session, key, plan)
            bucket.refusals += 1
            growth = 2 ** min(bucket.refusals - 1, _MAX_BACKOFF)
            # Jitter, so that several hosts do not come back in the same moment.
            asked = retry_after if math.isfinite(retry_after) else 0.0
            pause = min(max(asked, growth / bucket.rate), _longest_pause(plan)) * random.uniform(
                _LEAST_JITTER, _MOST_JITTER
            )
            bucket.tokens = min(bucket.tokens, 0.0)
            bucket.paused_until = max(clock.after(pause), bucket.paused_until or clock.now())
            # Nothing is earned during the pause but the one token that ends it, so those who queue up meanwhile
            # do not all start at once.
            bucket.updated_at = bucket.paused_until - timedelta(seconds=1 / (bucket.rate * _CAUTION))
            session.add(bucket)
            _count(session, key, refused=1)
            return bucket.paused_until

    def levels(self, prefix: str = "") -> list[Level]:
        """All buckets whose key starts with `prefix`, refilled to now."""
        with self._database.read() as session:
            buckets = session.exec(select(Quota).where(col(Quota.key).startswith(prefix, autoescape=True))).all()
        return [level(bucket) for bucket in buckets]


def _longest_pause(plan: UsagePlan) -> float:
    """Seconds beyond which no pause is believed."""
    return max(_LONGEST_PAUSE, 2.0**_MAX_BACKOFF / plan.rate)


def _refilled(session: Session, key: str, plan: UsagePlan) -> Quota:
    bucket = session.exec(select(Quota).where(col(Quota.key) == key).with_for_update()).first()
    if bucket is None:
        row = {"key": key, "tokens": float(plan.burst), "updated_at": clock.now(), "rate": plan.rate}
        upsert(session, Quota, [{**row, "burst": plan.burst, "refusals": 0}], keys=["key"], update=[])
        bucket = session.exec(select(Quota).where(col(Quota.key) == key).with_for_update()).one()
    # A pause that an earlier clock or an earlier version wrote must not outlive them by years.
    latest = clock.after(_longest_pause(plan) * _MOST_JITTER)
    bucket.updated_at = min(bucket.updated_at, latest)
    if bucket.paused_until is not None:
        bucket.paused_until = min(bucket.paused_until, latest)
    bucket.tokens = _tokens_now(bucket)
    bucket.updated_at = max(clock.now(), bucket.updated_at)
    return bucket


def _tokens_now(bucket: Quota) -> float:
    earned = max((clock.now() - bucket.updated_at).total_seconds(), 0.0) * bucket.rate * _CAUTION
    return min(bucket.tokens + earned, float(bucket.burst))


def _delay(bucket: Quota, tokens: float) -> float:
    """Seconds until the next caller may go, who finds so many `tokens` now."""
    missing = 1 - tokens
    delay = missing / (bucket.rate * _CAUTION) + clock.from_real(_NETWORK_JITTER) if missing > 0 else 0.0
    if missing > 0:
        delay += max(clock.seconds_until(bucket.updated_at), 0.0)
    if bucket.paused_until is not None:
        delay = max(delay, clock.seconds_until(bucket.paused_until))
    return max(delay, 0.0)


def level(bucket: Quota) -> Level:
    """A bucket as it stands now."""
    tokens = _tokens_now(bucket)
    return Level(bucket.key, tokens, bucket.burst, bucket.rate, clock.after(_delay(bucket, tokens)))


def untouched(key: str, plan: UsagePlan) -> Level:
    """A bucket that no call has used yet: full."""
    return Level(key, float(plan.burst), plan.burst, plan.rate, clock.now())


def _count(session: Session, key: str, *, calls: int = 0, refused: int = 0) -> None:
    day = clock.now().date()
    upsert(
        session,
        QuotaUsage,
        [{"key": key, "day": day, "calls": 0, "refused": 0}],
        keys=["key", "day"],
        update=[],
    )
    session.exec(
        update(QuotaUsage)
        .where(col(QuotaUsage.key) == key, col(QuotaUsage.day) == day)
        .values(calls=col(QuotaUsage.calls) + calls, refused=col(QuotaUsage.refused) + refused)
    )


def usage(session: Session, prefix: str, since: timedelta) -> tuple[int, int]:
    """Calls and refusals of the buckets with `prefix` over the last days."""
    day = (clock.now() - since).date()
    rows = session.exec(
        select(QuotaUsage).where(col(QuotaUsage.key).startswith(prefix, autoescape=True), col(QuotaUsage.day) >= day)
    ).all()
    return sum(row.calls for row in rows), sum(row.refused for row in rows)
