"""What `crossdock doctor` looks at: everything that support has to ask first, without secrets and personal data.

It changes nothing and goes on where something is broken: what cannot be looked at is a failed check like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from core.actor import Actor
from core.checks import Check
from core.database import Database
from core.doctor import data, home, program, remotes
from core.doctor.careful import looked
from core.people.rights import require_admin
from core.redaction import redact
from core.settings import Settings

Look = Callable[[Settings], Check]


def examine(settings: Settings, actor: Actor, *, queue: Look, online: bool = False) -> list[Check]:
    """The whole checklist; `queue` looks at the job queue, which core does not know.

    Without `online` no remote is asked. Raises RightsError for anybody but an admin.
    """
    if not actor.is_admin:
        database = Database(settings.database)
        try:
            require_admin(database, actor, "examine the installation")
        finally:
            database.close()
    return [_redacted(check) for check in _checks(settings, actor, queue, online)]


def _checks(settings: Settings, actor: Actor, queue: Look, online: bool) -> Iterator[Check]:
    yield from looked("versions", program.versions)
    yield from looked("settings", lambda: program.configuration(settings))
    yield from looked("certificates", program.certificates)
    yield from looked("clock", lambda: program.time(settings))
    yield from looked("home", lambda: home.checks(settings))
    (key,) = looked("key", lambda: home.key(settings))
    yield key
    yield from looked("queue", lambda: queue(settings))
    found = looked("database", lambda: data.checks(settings, actor, can_decrypt=key.ok))
    yield from found
    if online and key.ok and not any(check.name in data.VITAL and not check.ok for check in found):
        yield from looked("remotes", lambda: remotes.checks(settings))


def _redacted(check: Check) -> Check:
    """Whatever a library or a remote said may hold what must not be shown."""
    return replace(check, message=redact(check.message), fix=redact(check.fix))
