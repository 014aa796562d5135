"""Messages that could not be read or acted upon: kept to be looked at, tried again, or dropped.

What such a message says is not shown: it may hold a client secret or personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from core.actor import Actor
from core.database import Database
from core.errors import ConfigurationError
from core.jobs.requests import Requested
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.notification import Notification, NotificationQueue
from core.notifications import secrets
from core.notifications.queue import Message
from core.notifications.queues import access_of, queues
from core.notifications.receive import MOST_TRIES, UNREADABLE, act_upon, note
from core.people.audit import record
from core.people.rights import require_channel, unseen, visible_channels
from core.people.sessions import goes_on
from core.sync.hearing import Hears
from core.vault import is_sealed
from core.workspace import Workspace

_Kept = tuple[Notification, NotificationQueue]


@dataclass(frozen=True)
class MessageView:
    """One message; `type` is empty where even that could not be read."""

    id: int
    queue: str
    received_at: datetime
    type: str
    reason: str


def list_messages(workspace: Workspace, actor: Actor, channel: str | None = None) -> list[MessageView]:
    """The messages of the queues that an operator may look into, the newest first; with `channel` of its queue only."""
    wanted = require_channel(workspace.database, actor, channel) if channel is not None else None
    with workspace.database.read() as session:
        query = _unreadable(session, actor)
        if wanted is not None:
            access = access_of(session, wanted)
            query = query.where(col(NotificationQueue.address) == (access.address if access else ""))
        rows = session.exec(query.order_by(col(Notification.id).desc())).all()
        return [
            MessageView(stored_id(one.id), queue.address, one.received_at, one.kind, one.reason) for one, queue in rows
        ]


def drop(workspace: Workspace, actor: Actor, ids: Collection[int]) -> int:
    """Delete messages for good; returns how many. Raises UsageError for one that is not there."""
    _require(workspace.database, actor, ids)
    with workspace.database.write() as session:
        session.exec(delete(Notification).where(col(Notification.id).in_(ids)))
        record(session, actor, "notification.drop", "notifications", messages=sorted(ids))
    return len(ids)


def try_again(
    workspace: Workspace,
    actor: Actor,
    ids: Collection[int],
    hears: Mapping[str, Hears],
    begin: Callable[[Requested], object],
) -> int:
    """Read messages once more and act upon them; returns how many are done with, the others say why they are not.

    Raises UsageError for one that is not there, ConfigurationError where no channel names its queue any more.
    """
    rows = _require(workspace.database, actor, ids)
    with workspace.database.write() as session:
        record(session, actor, "notification.retry", "notifications", messages=sorted(ids))
    return sum(_try(workspace, row, queue, hears, begin) for row, queue in rows)


def _try(
    workspace: Workspace,
    row: Notification,
    queue: NotificationQueue,
    hears: Mapping[str, Hears],
    begin: Callable[[Requested], object],
) -> bool:
    with workspace.database.read() as session:
        listening = next((one for one in queues(session) if one.access.address == queue.address), None)
    if listening is None or row.body is None or is_sealed(row.body):
        raise ConfigurationError(
            "It cannot be tried: no enabled channel names its queue, or the present key does not open it.",
            subject=f"message {row.id}",
        )
    message = Message(row.notification_id, "", row.body, MOST_TRIES)
    taken = act_upon(workspace, listening, row.queue_id, [message], hears, begin)
    is_done = bool(taken.done) and not any(one["state"] == UNREADABLE for one in taken.rows)
    with workspace.database.write() as session:
        note(session, taken)
        if is_done:
            session.exec(delete(Notification).where(col(Notification.id) == row.id))
    secrets.note_deleted(workspace, taken.notices)
    return is_done


def _require(database: Database, actor: Actor, ids: Collection[int]) -> Sequence[_Kept]:
    with database.read() as session:
        query = _unreadable(session, actor).where(col(Notification.id).in_(ids))
        rows: list[_Kept] = session.exec(query).all()
        missing = sorted(set(ids) - {one.id for one, _ in rows})
        exists = bool(missing) and session.get(Notification, missing[0]) is not None
    if missing:
        hint = "See: crossdock notifications status"
        raise unseen(database, actor, f"message {missing[0]}", exists=exists, next_step=hint)
    return rows


def _unreadable(session: Session, actor: Actor) -> Any:
    query = (
        select(Notification, NotificationQueue)
        .join(NotificationQueue, col(NotificationQueue.id) == Notification.queue_id)
        .where(col(Notification.state) == UNREADABLE, goes_on(actor))
    )
    return query if actor.is_admin else query.where(col(NotificationQueue.address).in_(_own_queues(session, actor)))


def _own_queues(session: Session, actor: Actor) -> set[str]:
    """The addresses of queues that channels of the operator's alone name: to name another's queue opens nothing."""
    own = set(session.exec(select(Channel.id).where(visible_channels(actor))).all())
    named = [
        (access.address, channel.id)
        for channel in session.exec(select(Channel))
        if (access := access_of(session, channel)) is not None
    ]
    others = {address for address, channel_id in named if channel_id not in own}
    return {address for address, _ in named} - others
