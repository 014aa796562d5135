"""How everything stands, as Prometheus reads it: the numbers of Home and Health, nothing decrypted, no personal data.

Names follow Prometheus' rules: base units (seconds), `_total` for what only grows. Source: "Metric and label naming".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlmodel import Session, col, func, select

from core import clock
from core.actor import Actor
from core.doctor.condition import condition
from core.health import ChannelHealth, Overview, overview
from core.model.account import ACCOUNT_OK
from core.model.job import Job, JobState
from core.model.notification import NotificationQueue
from core.people.rights import require_admin
from core.workspace import Workspace

Family = GaugeMetricFamily | CounterMetricFamily


def text(workspace: Workspace, actor: Actor) -> bytes:
    """All metrics in Prometheus' text format."""
    require_admin(workspace.database, actor, "read the metrics")
    registry = CollectorRegistry()
    registry.register(_Collector(workspace, actor))
    return bytes(generate_latest(registry))


class _Collector:
    def __init__(self, workspace: Workspace, actor: Actor) -> None:
        self._workspace, self._actor = workspace, actor

    def describe(self) -> Iterable[Family]:
        """Nothing: to register it must not read the database."""
        return ()

    def collect(self) -> Iterator[Family]:
        """Read everything once."""
        database = self._workspace.database
        state = overview(database, self._actor)
        yield from _program(state)
        checks = [(check.name, check.ok) for check in condition(self._workspace, self._actor)]
        yield _by(GaugeMetricFamily, "check_ok", "1 where what Health looks at is in order.", ("check",), checks)
        for channel_metrics in (_orders, _problems, _times, _quotas):
            yield from channel_metrics(state.channels)
        with database.read() as session:
            yield _gauge("jobs_oldest_wait_seconds", "Age of the oldest job that nobody has begun.", _oldest(session))
            yield from _notifications(session)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"crossdock_{name}", words, value=value)


def _by(kind: type[Any], name: str, words: str, labels: tuple[str, ...], values: Iterable[tuple[Any, ...]]) -> Any:
    """A family with a value, the last of each row, for labels, the others."""
    family = kind(f"crossdock_{name}", words, labels=labels)
    for *told, value in values:
        family.add_metric([str(one) for one in told], float(value))
    return family


def _program(state: Overview) -> Iterator[Family]:
    yield _gauge("workers", "Worker processes that are alive.", len(state.workers))
    yield _gauge("worker_threads", "Jobs that they can run side by side.", sum(one.threads for one in state.workers))
    yield _gauge("jobs_active", "Jobs that run, wait or are queued.", state.active_jobs)
    yield _gauge("writes_stopped", "1 while somebody has stopped all writes.", state.stopped is not None)


def _orders(channels: Iterable[ChannelHealth]) -> Iterator[Family]:
    yield _by(
        GaugeMetricFamily,
        "orders",
        "Orders that are not yet what they should become.",
        ("channel", "state"),
        [(one.name, name, getattr(one.orders, name)) for one in channels for name in ("waiting", "held", "failed")],
    )


def _problems(channels: Iterable[ChannelHealth]) -> Iterator[Family]:
    found = [(one.name, code, count) for one in channels for code, count in one.problems.items()]
    yield _by(GaugeMetricFamily, "problems_open", "Open problems.", ("channel", "code"), found)
    need = [(one.name, one.need_you) for one in channels]
    yield _by(GaugeMetricFamily, "problems_need_person", "Open problems that need a person.", ("channel",), need)


def _times(channels: Iterable[ChannelHealth]) -> Iterator[Family]:
    """Ends of things and ages of others; what never was has no sample."""
    labels = ("channel",)
    works = [(one.name, one.enabled and one.account_state == ACCOUNT_OK) for one in channels]
    yield _by(GaugeMetricFamily, "channel_usable", "1 where the channel is enabled and authorized.", labels, works)
    stamps: dict[str, tuple[str, Callable[[ChannelHealth], datetime | None]]] = {
        "last_import_timestamp_seconds": ("End of the last import that succeeded.", lambda one: one.synced_at),
        "watermark_timestamp_seconds": ("Up to where Amazon's orders have been read.", lambda one: one.watermark),
        "next_import_timestamp_seconds": ("When the next import is due.", lambda one: one.next_run),
        "secret_expiry_timestamp_seconds": ("End of the client secret.", lambda one: one.secret.ends_at),
        "authorization_expiry_timestamp_seconds": (
            "End of the seller's authorization.",
            lambda one: one.authorization.ends_at if one.authorization else None,
        ),
    }
    for name, (words, moment) in stamps.items():
        found = [(one.name, moment(one)) for one in channels]
        yield _by(GaugeMetricFamily, name, words, labels, [(who, at.timestamp()) for who, at in found if at])


def _quotas(channels: Iterable[ChannelHealth]) -> Iterator[Family]:
    labels = ("channel", "operation")
    found = [(one.name, quota) for one in channels for quota in one.quotas]
    tokens = [(name, quota.operation, quota.tokens) for name, quota in found]
    yield _by(GaugeMetricFamily, "quota_tokens", "Calls at hand; below 0 calls queue up.", labels, tokens)
    calls = [(name, quota.operation, quota.calls_today) for name, quota in found]
    yield _by(GaugeMetricFamily, "quota_calls_today", "Calls of the present UTC day.", labels, calls)
    refused = [(name, quota.operation, quota.refused_today) for name, quota in found]
    yield _by(GaugeMetricFamily, "quota_refused_today", "Calls refused (429) on the present UTC day.", labels, refused)


def _oldest(session: Session) -> float:
    waits = select(func.min(Job.created_at)).where(col(Job.state) == JobState.QUEUED)
    since = session.exec(waits).one()
    return max(0.0, (clock.now() - since).total_seconds()) if since else 0.0


def _notifications(session: Session) -> Iterator[Family]:
    rows = session.exec(select(NotificationQueue)).all()
    states = ("received", "handled", "ignored", "unreadable")
    counts = [(state, sum(getattr(row, state) for row in rows)) for state in states]
    words = "Messages of the queues of notifications."
    yield _by(CounterMetricFamily, "notifications", words, ("state",), counts)
    faults = sum(bool(row.fault) for row in rows)
    yield _gauge("notification_queues_failing", "Queues of notifications that cannot be listened to.", faults)
