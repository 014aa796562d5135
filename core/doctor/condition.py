"""What of the checklist is looked at every second while people watch it: quick, and only what the operator may see."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from core.actor import Actor
from core.checks import Check
from core.doctor import data, going, home, times
from core.doctor.careful import looked
from core.health import Overview, overview
from core.schedules import list_schedules
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
    yield from looked("schedules", lambda: data.schedules(list_schedules(database, actor)))
    if actor.is_admin:
        yield from looked("disk", lambda: home.disk(workspace.settings.home))
        with database.read() as session:
            yield from looked("clock", lambda: times.history(session))
            yield from looked("integrity", lambda: going.last_look(session))
            yield from looked("jobs", lambda: data.stuck_jobs(session))
            yield from looked("backlog", lambda: going.backlog(session))
            yield from looked("quotas", lambda: going.quotas(session))
            yield from looked("personal data", lambda: going.personal_data(session))
            yield from looked("apps", lambda: data.apps(session))
            yield from looked("notifications", lambda: data.listening(session))
    for channel in state.channels:
        yield from looked(f"channel {channel.name}", partial(data.channel_checks, channel))


def _queue(state: Overview) -> Check:
    count = state.active_jobs
    words = f"{count:,} {'job' if count == 1 else 'jobs'} running or queued." if count else "Nothing is queued."
    return Check("queue", True, words)
