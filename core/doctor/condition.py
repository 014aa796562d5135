"""What of the checklist is looked at every second while people watch it: quick, and only what the operator may see."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from core import clock
from core.actor import Actor
from core.checks import Check
from core.doctor import data, home, times
from core.doctor.careful import looked
from core.health import Overview, overview
from core.schedules import ScheduleView, list_schedules
from core.workspace import Workspace


def condition(workspace: Workspace, actor: Actor) -> list[Check]:
    """What is not in order first.

    Workers, writes, queue, schedules and channels, with what expires. Administrators also see this machine and what
    belongs to no channel. A check that is in order and has a fix will soon be none.
    """
    return sorted(_checks(workspace, actor), key=lambda check: (check.ok, not check.fix))


def _checks(workspace: Workspace, actor: Actor) -> Iterator[Check]:
    database = workspace.database
    state = overview(database, actor)
    yield from looked("workers", lambda: data.workers(state))
    yield from looked("writes", lambda: data.writes(state))
    yield from looked("queue", lambda: _queue(state))
    yield from looked("schedules", lambda: _schedules(list_schedules(database, actor)))
    if actor.is_admin:
        yield from looked("disk", lambda: home.disk(workspace.settings.home))
        with database.read() as session:
            yield from looked("clock", lambda: times.history(session))
            yield from looked("jobs", lambda: data.stuck_jobs(session))
            yield from looked("late writes", lambda: data.late_writes(session))
            yield from looked("apps", lambda: data.apps(session))
            yield from looked("notifications", lambda: data.listening(session))
    for channel in state.channels:
        yield from looked(f"channel {channel.name}", partial(data.channel_checks, channel))


def _queue(state: Overview) -> Check:
    count = state.active_jobs
    words = f"{count:,} {'job' if count == 1 else 'jobs'} running or queued." if count else "Nothing is queued."
    return Check("queue", True, words)


def _schedules(found: list[ScheduleView]) -> Check:
    """Streams that should have begun: of channels that are enabled, and not paused."""
    active = [one for one in found if one.next_run and one.enabled and not one.paused]
    overdue = [one for one in active if one.next_run and one.next_run < clock.now() - data.PATIENCE]
    if overdue:
        names = ", ".join(f"{one.channel} {one.stream}" for one in overdue[:5])
        more = f" and {len(overdue) - 5:,} more" if len(overdue) > 5 else ""
        return Check("schedules", False, f"Overdue: {names}{more}.", "Start a worker: it begins what is due.")
    return Check("schedules", True, f"{len(active):,} on time." if active else "None is set.")
