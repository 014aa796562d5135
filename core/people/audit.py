"""Writes down who changed what, in the transaction of the change, and shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.database import Database
from core.model.audit import AuditEntry
from core.model.channel import Channel
from core.model.job import Job
from core.people.sessions import is_over

REFUSED = "refused"
"""The action of an attempt that was not allowed; `core.people.rights` writes it."""
_BATCH = 500


@dataclass(frozen=True)
class EntryView:
    """One entry; `detail` holds no secret."""

    id: int
    at: datetime
    operator: str
    action: str
    subject: str
    detail: dict[str, Any]


def record(session: Session, actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Add one entry; `detail` must hold no secret."""
    session.add(AuditEntry(operator=actor.name, action=action, subject=subject, detail=detail))


def list_entries(
    database: Database,
    actor: Actor,
    *,
    operator: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[EntryView]:
    """The newest entries first; a vendor sees what happened to their own channels, jobs and account."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc())
    if operator:
        query = query.where(col(AuditEntry.operator) == operator)
    if subject:
        query = query.where(col(AuditEntry.subject) == subject)
    if since:
        query = query.where(col(AuditEntry.at) >= since)
    if is_over(database, actor):
        return []
    with database.read() as session:
        if actor.is_admin:
            return [_view(entry) for entry in session.exec(query.limit(limit))]
        own = _Own(session, actor)
        entries = session.exec(query.execution_options(yield_per=_BATCH))
        return list(islice(_visible(entries, own), limit))


def _visible(entries: Any, own: _Own) -> Iterator[EntryView]:
    return (_view(entry) for entry in entries if own.has(entry))


class _Own:
    """What belongs to a vendor, read once for many entries."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._account = f"operator {actor.name}"
        channels = [
            channel
            for channel in session.exec(select(Channel)).all()
            if actor.may_see(channel.store_id, channel.company_id)
        ]
        self._since = {channel.name: channel.connected_at for channel in channels}
        ids = [channel.id for channel in channels]
        self._jobs = {f"job {id_}" for id_ in session.exec(select(Job.id).where(col(Job.channel_id).in_(ids))).all()}

    def has(self, entry: AuditEntry) -> bool:
        """Whether the entry is about the vendor's own; a refusal is not, whatever it was about."""
        if entry.action == REFUSED:
            return False
        if entry.subject == self._account or entry.subject in self._jobs:
            return True
        kind, _, name = entry.subject.partition(" ")
        since = self._since.get(name if kind == "channel" else str(entry.detail.get("channel", "")))
        # A name may have belonged to another company's channel before.
        return since is not None and entry.at >= since


def _view(entry: AuditEntry) -> EntryView:
    return EntryView(entry.id or 0, entry.at, entry.operator, entry.action, entry.subject, entry.detail)
