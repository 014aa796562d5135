"""The database and what it says: its condition, what the key cannot read, workers, jobs, stores and channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Column, LargeBinary, func, select, text, type_coerce
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session, col

from core import clock, countdowns, integrity, vault
from core.actor import Actor
from core.checks import Check
from core.countdowns import Countdown, Severity
from core.database import Database, sqlite_file
from core.doctor import going, times
from core.doctor.careful import looked
from core.health import ChannelHealth, Overview, overview
from core.keyring import encrypted_columns
from core.migrations.runner import HEAD, revision
from core.model.account import ACCOUNT_OK, App
from core.model.job import ACTIVE, Job, JobState
from core.model.notification import NotificationQueue
from core.model.store import Store
from core.schedules import ScheduleView, list_schedules
from core.settings import Settings
from core.words import every
from core.workspace import how_to_return, why_parked

VITAL = ("database", "schema", "integrity")
"""Without these nothing else of the database can be looked at."""
PATIENCE = timedelta(minutes=5)
"""How long something may be due without being begun."""
STALLED = timedelta(hours=2)
"""By which the orders that were read may be older than the present, and three intervals in any case."""
_CHUNK = 1_000


def checks(settings: Settings, actor: Actor, *, can_decrypt: bool) -> list[Check]:
    """Everything about the database; its content only where its condition allows it."""
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        return [Check("database", True, "There is none yet; it is made at the first start.")]
    found: list[Check] = []
    try:
        database = Database(settings.database)
        try:
            found += _condition(database)
            if all(check.ok for check in found):
                found += _content(database, actor, can_decrypt)
        finally:
            database.close()
    except (SQLAlchemyError, ImportError, ValueError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        found.append(
            Check(
                "database",
                False,
                f"It cannot be used: {str(reason).splitlines()[0]}.",
                "Check CROSSDOCK_DATABASE_URL, the server, and the rights on the file and its folder.",
            )
        )
    return found


def listening(session: Session) -> Check:
    """Whether the queues of notifications can be listened to."""
    rows = session.scalars(select(NotificationQueue).order_by(col(NotificationQueue.address))).all()
    broken = [row for row in rows if row.fault]
    if broken:
        return Check("notifications", False, broken[0].fault, "Schedules go on. See: crossdock notifications status")
    if not rows:
        return Check("notifications", True, "No queue was listened to yet.")
    handled, unreadable = sum(row.handled for row in rows), sum(row.unreadable for row in rows)
    return Check("notifications", True, f"{len(rows)} listened to; {handled:,} acted upon, {unreadable:,} unreadable.")


def _condition(database: Database) -> Iterator[Check]:
    with database.read() as session:
        yield _server(database, session)
    found = revision(database)
    if found != HEAD:
        newer = found is not None and found > HEAD
        fix = "Install the newer Crossdock that wrote it." if newer else "Any other command brings it up to date."
        yield Check("schema", False, f"Its revision is {found or 'none'}; this program works with {HEAD}.", fix)
        return
    yield Check("schema", True, f"Revision {found}.")
    with database.read() as session:
        said = integrity.look(session)
    yield Check("integrity", not said, said or "The database is whole.", integrity.FIX if said else "")


def _server(database: Database, session: Session) -> Check:
    if database.is_sqlite:
        pages, size = (session.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size"))
        return Check("database", True, f"SQLite, {pages * size / 1e6:.1f} MB.")
    return Check("database", True, f"PostgreSQL {session.execute(text('SHOW server_version')).scalar()}.")


def _content(database: Database, actor: Actor, can_decrypt: bool) -> Iterator[Check]:
    yield from _within(database, "clock history", times.history)
    if can_decrypt:
        yield from _within(database, "encrypted data", _encrypted)
    yield from looked("state", lambda: _state(overview(database, actor)))
    yield from looked("schedules", lambda: schedules(list_schedules(database, actor)))
    yield from _within(database, "jobs", stuck_jobs)
    yield from _within(database, "backlog", going.backlog)
    yield from _within(database, "quotas", going.quotas)
    yield from _within(database, "personal data", going.personal_data)
    yield from _within(database, "stores", _stores)
    yield from _within(database, "apps", apps)
    yield from _within(database, "notifications", listening)


def _within(database: Database, name: str, look: Callable[[Session], Check | Iterable[Check]]) -> list[Check]:
    """What is seen in a session of its own."""
    with database.read() as session:
        return looked(name, lambda: look(session))


def _state(state: Overview) -> Iterator[Check]:
    """What lists and Home show."""
    yield from looked("writes", lambda: writes(state))
    yield from looked("workers", lambda: workers(state))
    for channel in state.channels:
        yield from looked(f"channel {channel.name}", partial(channel_checks, channel))


def channel_checks(channel: ChannelHealth) -> Iterator[Check]:
    """How a channel stands, and how long its authorization is good."""
    yield _channel(channel)
    if channel.authorization:
        fix = f"Run: crossdock channel authorize {channel.name}"
        yield _countdown(f"channel {channel.name}: authorization", channel.authorization, fix)


def _encrypted(session: Session) -> Check:
    """How many rows hold something that no key at hand opens, by table."""
    lost: Counter[str] = Counter()
    for column in encrypted_columns():
        lost[column.table.name] += _unreadable(session, column)
    if not lost.total():
        return Check("encrypted data", True, "The key opens all of it.")
    told = ", ".join(f"{name} ({number})" for name, number in lost.items() if number)
    return Check(
        "encrypted data",
        False,
        f"The key does not open what it should in: {told}.",
        "Restore the key file from your backup, or enter the credentials again; orders are read again from Amazon.",
    )


def _unreadable(session: Session, column: Column[object]) -> int:
    tokens = session.execute(
        select(type_coerce(column, LargeBinary)).where(column.is_not(None)).execution_options(yield_per=_CHUNK)
    )
    return sum(not vault.opens(token) for token in tokens.scalars())


def writes(state: Overview) -> Check:
    """Whether anything may be written to stores and Amazon."""
    if state.stopped:
        return Check(
            "writes", False, f"{state.stopped.why} Jobs wait.", state.stopped.fix or "Run: crossdock stop-writes off"
        )
    return Check("writes", True, "Writes are allowed.")


def workers(state: Overview) -> Check:
    """Whether one is alive, where one is needed."""
    if state.workers:
        told = ", ".join(f"process {one.process} on {one.host} since {_time(one.since)}" for one in state.workers)
        return Check("workers", True, f"{len(state.workers)} alive: {told}.")
    needed = state.active_jobs > 0 or any(channel.next_run for channel in state.channels)
    why = "; jobs and schedules wait for one." if needed else "; nothing waits for one."
    return Check("workers", not needed, f"None is alive{why}", "Run: crossdock worker" if needed else "")


def schedules(found: list[ScheduleView]) -> Check:
    """Streams that should have begun: of channels that are enabled, and not paused."""
    active = [one for one in found if one.next_run and one.enabled and not one.paused]
    overdue = [one for one in active if one.next_run and one.next_run < clock.now() - PATIENCE]
    if overdue:
        names = ", ".join(f"{one.channel} {one.stream}" for one in overdue[:5])
        more = f" and {len(overdue) - 5:,} more" if len(overdue) > 5 else ""
        return Check("schedules", False, f"Overdue: {names}{more}.", "Start a worker: it begins what is due.")
    return Check("schedules", True, f"{len(active):,} on time." if active else "None is set.")


def stuck_jobs(session: Session) -> Check:
    """Jobs that should have begun, or whose worker has fallen silent."""
    overdue = clock.now() - PATIENCE
    due = func.coalesce(Job.not_before, Job.created_at)
    rows = session.execute(
        select(col(Job.id), col(Job.kind), col(Job.channel_name), col(Job.state))
        .where(
            ((col(Job.state) == JobState.RUNNING) & (col(Job.lease_until) < overdue))
            | (col(Job.state).in_([state for state in ACTIVE if state != JobState.RUNNING]) & (due < overdue))
        )
        .order_by(col(Job.id))
    ).all()
    if not rows:
        return Check("jobs", True, "None is stuck.")
    told = ", ".join(f"{key} ({kind}, {channel or 'no channel'}, {state})" for key, kind, channel, state in rows[:10])
    more = f" and {len(rows) - 10} more" if len(rows) > 10 else ""
    return Check(
        "jobs", False, f"Nothing happens with {told}{more}.", "Start a worker, or cancel with: crossdock jobs cancel ID"
    )


def _stores(session: Session) -> Iterator[Check]:
    for name, probed_at in session.execute(select(col(Store.name), col(Store.probed_at)).order_by(col(Store.name))):
        if probed_at is None:
            yield Check(f"store {name}", False, "It was never looked at.", f"Run: crossdock store verify {name}")
        else:
            yield Check(f"store {name}", True, f"Last verified {_time(probed_at)}.")


def apps(session: Session) -> Iterator[Check]:
    """How long the client secret of each is good."""
    rows = session.execute(select(col(App.name), col(App.secret_set_at), col(App.secret_expires_at)).order_by(App.name))
    for name, set_at, expires_at in rows:
        fix = "Make a new secret in the Solution Provider Portal and enter it here before the old one ends."
        yield _countdown(f"app {name}: client secret", countdowns.secret(set_at, expires_at), fix)


def _countdown(name: str, countdown: Countdown, fix: str) -> Check:
    late = countdown.severity is Severity.LATE
    day = countdown.ends_at.date().isoformat()
    message = f"Over since {day}." if late else f"Good until {day}, {countdown.days} days from now."
    return Check(name, not late, message, "" if countdown.severity is Severity.OK else fix)


def _channel(channel: ChannelHealth) -> Check:
    """State of the account, whether imports run as they should, and how many orders are not done."""
    name = f"channel {channel.name}"
    if channel.account_state != ACCOUNT_OK:
        why = why_parked(channel.account_state, channel.account_reason)
        return Check(name, False, why, how_to_return(channel.app_mode, channel.account_state))
    if channel.next_run is not None and channel.next_run < clock.now() - PATIENCE:
        return Check(name, False, f"Its import is due since {_time(channel.next_run)}.", "Run: crossdock worker")
    if channel.watermark is not None and _is_stalled(channel, channel.watermark):
        told = f"Amazon's orders are read up to {_time(channel.watermark)} only, though it imports every "
        fix = f"See why: crossdock jobs list; then: crossdock orders import --channel {channel.name}"
        return Check(name, False, f"{told}{every(channel.every_minutes)}.", fix)
    counts = channel.orders
    parts = [
        f"{channel.country or 'unknown marketplace'}, {channel.api_mode}, {channel.app_status}",
        "enabled" if channel.enabled else "disabled",
        f"last import {_time(channel.synced_at)}" if channel.synced_at else "nothing imported yet",
        f"{counts.waiting} orders wait, {counts.held} are held, {counts.failed} failed",
    ]
    return Check(name, True, "; ".join(parts) + ".")


def _is_stalled(channel: ChannelHealth, watermark: datetime) -> bool:
    """Whether imports begin in time and get nowhere."""
    if channel.next_run is None or (channel.job is not None and channel.job.state is JobState.RUNNING):
        return False
    return clock.now() - watermark > max(3 * timedelta(minutes=channel.every_minutes), STALLED)


def _time(timestamp: datetime) -> str:
    return f"{timestamp:%Y-%m-%d %H:%M} UTC"
