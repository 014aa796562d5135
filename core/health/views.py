"""What people are told about the health of an installation: frozen values, times in aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from core import clock
from core.countdowns import Countdown
from core.jobs.views import JobView
from core.stopped import Stopped


@dataclass(frozen=True)
class WorkerHealth:
    """A worker process that is alive."""

    host: str
    process: str
    threads: int
    since: datetime


@dataclass(frozen=True)
class OrderCounts:
    """Orders that are not yet what they should become, in the words of the list of orders."""

    waiting: int = 0
    held: int = 0
    failed: int = 0


@dataclass(frozen=True)
class QuotaHealth:
    """One bucket of Amazon's: `tokens` at hand now (negative: calls queue up), and when the next call is free."""

    operation: str
    tokens: float
    burst: int
    free_at: datetime
    calls_today: int
    refused_today: int
    """Of the present UTC day, as the usage is counted."""

    @property
    def is_free(self) -> bool:
        """Whether a call could be made now."""
        return self.free_at <= clock.now()


@dataclass(frozen=True)
class ChannelHealth:
    """How one channel stands."""

    name: str
    store: str
    country: str
    enabled: bool
    account_state: str
    account_reason: str
    app_mode: str
    api_mode: str
    app_status: str
    synced_at: datetime | None
    """End of the last import that succeeded."""
    watermark: datetime | None
    """Up to where Amazon has confirmed that everything was read."""
    every_minutes: int
    """Between two imports that start by themselves; 0 while the schedule is off."""
    is_paused: bool
    next_run: datetime | None
    orders: OrderCounts
    problems: dict[str, int]
    """Open problems by code, the most frequent first."""
    need_you: int
    """Open problems without those that are released by themselves."""
    job: JobView | None
    """The job at work, or the next in line."""
    quotas: tuple[QuotaHealth, ...]
    secret: Countdown
    authorization: Countdown | None
    """None for private apps, which need no renewal."""


@dataclass(frozen=True)
class Cause:
    """Open problems of one kind: how many, and in which channels, the one with the most first."""

    code: str
    count: int
    channels: tuple[str, ...]
    needs_you: bool
    """False for what is released by itself."""


@dataclass(frozen=True)
class Overview:
    """Everything Home says at one time."""

    workers: tuple[WorkerHealth, ...]
    stopped: Stopped | None
    """Why all writes are stopped."""
    active_jobs: int
    jobs: tuple[JobView, ...]
    """What runs and waits, then what has ended last; both newest first."""
    causes: tuple[Cause, ...]
    """What needs a person, the most frequent first, then what does not."""
    channels: tuple[ChannelHealth, ...]


@dataclass(frozen=True)
class Day:
    """What happened on one UTC day: orders that buyers placed, calls to Amazon, and calls refused (429)."""

    day: date
    orders: int
    calls: int
    refused: int


@dataclass(frozen=True)
class History:
    """The last days, oldest first and up to today (UTC)."""

    days: tuple[Day, ...]
    imports: Mapping[str, tuple[int, ...]]
    """Orders that came into the store on each of the days, by channel."""
    imported: Mapping[str, int]
    """Orders that are in the store, by channel."""
    to_ship: int
    """Orders in the store that have to leave today at the latest, those that are late among them."""

    @property
    def imported_today(self) -> int:
        """Orders that came into the store today."""
        return sum(days[-1] for days in self.imports.values())
