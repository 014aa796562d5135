"""Takes what a queue holds, once: read, told to the flows, written down, and only then deleted.

A message that comes again (SQS delivers at least once, and a worker may die before it deletes) is known by its id; one
that came before it was written down is acted upon a second time, which changes nothing: the flows look at the remote
before they write. What cannot be read, or cannot be acted upon five times, is kept to be looked at and deleted from the
queue, because it would come for ever.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from core import clock
from core.amazon.notifications import FEED_FINISHED, NEW_SECRET, REPORT_FINISHED, SECRET_EXPIRY
from core.database import upsert
from core.errors import CrossdockError, OutcomeUnknown, RemoteBusy, Unreachable
from core.jobs.requests import Requested
from core.model.account import SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.notification import Notification, NotificationQueue
from core.notifications import secrets
from core.notifications.envelope import Unreadable, read
from core.notifications.queue import Message, Queue
from core.notifications.queues import Listening, channels_of
from core.sync.asking import wake
from core.sync.hearing import Hears, Notice
from core.workspace import Workspace

log = logging.getLogger(__name__)

HANDLED, IGNORED, UNREADABLE = "handled", "ignored", "unreadable"
MOST_TRIES = 5
"""Times that a message is taken before it counts as one that cannot be acted upon."""
_LONGEST_BODY = 1 << 20
_NOTED_EVERY = timedelta(minutes=1)
_FINISHED = {FEED_FINISHED: ("feeds", "feedid"), REPORT_FINISHED: ("reports", "reportid")}


_PASSING = (Unreachable, RemoteBusy, OutcomeUnknown, OperationalError)
"""What is no fault of a message: it may be taken as often as SQS keeps it."""

Begin = Callable[[Requested], object]
"""Starts a job that looks at what changed."""


@dataclass
class Taken:
    """What is known of each message of one look."""

    rows: list[dict[str, object]] = field(default_factory=list)
    """To be written down, see `Notification`."""
    done: list[Message] = field(default_factory=list)
    """To be deleted from the queue."""
    notices: list[Notice] = field(default_factory=list)
    """What the messages that are done with said, as far as they could be read."""


def receive(
    workspace: Workspace,
    queue: Queue,
    listening: Listening,
    hears: Mapping[str, Hears],
    begin: Begin,
    *,
    seconds: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Take what comes within `seconds` (at most 20) and act upon it. One process at a time does so with a queue.

    Returns the numbers of messages. Raises what the queue raises; what was begun by then goes on. `hears` tells who
    hears of which type. What comes while the caller has to stop is given back.
    """
    messages = queue.receive(seconds)
    if messages and should_stop():
        with suppress(CrossdockError):  # they come again by themselves, later
            queue.give_back(messages)
        return Counter()
    if not messages and _was_heard(workspace, listening.access.address):
        return Counter()
    with workspace.database.write() as session:
        queue_id = row_of(session, listening.access.address)
    taken = act_upon(workspace, listening, queue_id, messages, hears, begin)
    counts = _write_down(workspace, queue_id, messages, taken)
    queue.delete(taken.done)
    secrets.note_deleted(workspace, taken.notices)
    return counts


def act_upon(
    workspace: Workspace,
    listening: Listening,
    queue_id: int,
    messages: Sequence[Message],
    hears: Mapping[str, Hears],
    begin: Begin,
) -> Taken:
    """Read messages and tell the flows what is new; writes nothing down of the messages themselves."""
    taken = Taken()
    notices: dict[str, tuple[Notice, Message]] = {}
    for message in messages:
        try:
            notice = read(message.body)
        except Unreadable as error:
            _keep(taken, queue_id, message, str(error))
            continue
        if notice.id in notices:
            taken.done.append(message)
        notices.setdefault(notice.id, (notice, message))
    known = _known(workspace, queue_id, notices)
    fresh = [both for id, both in notices.items() if id not in known]
    taken.done += [message for id, (_, message) in notices.items() if id in known]
    for kind in dict.fromkeys(notice.kind for notice, _ in fresh):
        of_kind = [both for both in fresh if both[0].kind == kind]
        _act(workspace, listening, hears.get(kind), kind, of_kind, queue_id, begin, taken)
    taken.notices = [notice for notice, message in notices.values() if message in taken.done]
    return taken


def _was_heard(workspace: Workspace, address: str) -> bool:
    """Whether it is written down that the queue is in order, so that a quiet one costs no write each time."""
    query = select(NotificationQueue).where(col(NotificationQueue.address) == address)
    with workspace.database.read() as session:
        row = session.exec(query).first()
    return row is not None and not row.fault and row.heard_at is not None and row.heard_at > clock.now() - _NOTED_EVERY


def row_of(session: Session, address: str) -> int:
    """The key of a queue's row, which is made with the first look."""
    blank = NotificationQueue(address=address).model_dump(exclude={"id"})
    upsert(session, NotificationQueue, [blank], keys=["address"], update=["address"])
    return stored_id(session.exec(select(NotificationQueue.id).where(col(NotificationQueue.address) == address)).one())


def _known(workspace: Workspace, queue_id: int, ids: Iterable[str]) -> set[str]:
    of_queue = col(Notification.queue_id) == queue_id, col(Notification.notification_id).in_(list(ids))
    with workspace.database.read() as session:
        return set(session.exec(select(Notification.notification_id).where(*of_queue)).all())


def _act(
    workspace: Workspace,
    listening: Listening,
    hears: Hears | None,
    kind: str,
    fresh: Sequence[tuple[Notice, Message]],
    queue_id: int,
    begin: Begin,
    taken: Taken,
) -> None:
    """Act upon the notices of one kind, one by one where not all can be; those that cannot come again."""
    notices = [notice for notice, _ in fresh]
    try:
        news = _told(workspace, listening, hears, kind, notices, begin)
    except Exception as error:
        if len(fresh) > 1 and not isinstance(error, _PASSING):
            for one in fresh:
                _act(workspace, listening, hears, kind, [one], queue_id, begin, taken)
            return
        reason = str(error) if isinstance(error, CrossdockError) else type(error).__name__
        log.warning("a notification of type %s could not be acted upon (%s); it comes again", kind, reason)
        for _, message in fresh:
            if message.taken >= MOST_TRIES and not isinstance(error, _PASSING):
                _keep(taken, queue_id, message, f"it could not be acted upon ({reason})", kind)
        return
    for notice, message in fresh:
        state = HANDLED if notice.id in news else IGNORED
        taken.rows.append(_row(queue_id, notice.id, kind, state, published_at=notice.published_at))
        taken.done.append(message)


def _told(
    workspace: Workspace,
    listening: Listening,
    hears: Hears | None,
    kind: str,
    notices: Sequence[Notice],
    begin: Begin,
) -> set[str]:
    """Tell whom it concerns; returns the ids of those that were news."""
    if kind in _FINISHED:
        stream, name = _FINISHED[kind]
        made = {str(notice.about.get(name, "")): notice.id for notice in notices}
        with workspace.database.write() as session:
            woken = wake(session, listening.accounts, stream, made)
        return {made[id] for id in woken}
    if kind in (NEW_SECRET, SECRET_EXPIRY):
        return secrets.take(workspace, listening.accounts, notices)
    news: set[str] = set()
    if hears is None:
        return news
    for channel, concerned in _concerned(workspace, listening, notices):
        heard = hears(workspace, channel, concerned)
        news |= heard.news
        if heard.asked is not None:
            begin(heard.asked)
    return news


def _concerned(
    workspace: Workspace, listening: Listening, notices: Sequence[Notice]
) -> list[tuple[Channel, list[Notice]]]:
    """The channels of the queue's sellers, each with what concerns its seller and marketplace."""
    with workspace.database.read() as session:
        channels = channels_of(session, listening.accounts)
        sellers = dict(
            session.exec(
                select(SellerAccount.id, SellerAccount.seller_id).where(
                    col(SellerAccount.id).in_(list(listening.accounts))
                )
            ).all()
        )
    found = [
        (
            channel,
            [
                one
                for one in notices
                if one.seller_id in ("", sellers.get(channel.account_id))
                and one.marketplace_id in ("", channel.marketplace_id)
            ],
        )
        for channel in channels
    ]
    return [(channel, concerned) for channel, concerned in found if concerned]


def _keep(taken: Taken, queue_id: int, message: Message, reason: str, kind: str = "") -> None:
    """Keep a message to be looked at."""
    row = _row(queue_id, message.id, kind, UNREADABLE, reason=reason, body=message.body[:_LONGEST_BODY])
    taken.rows.append(row)
    taken.done.append(message)


def _row(queue_id: int, notification_id: str, kind: str, state: str, **more: object) -> dict[str, object]:
    known = {"queue_id": queue_id, "notification_id": notification_id, "kind": kind[:100], "state": state}
    return {"reason": "", "published_at": None, "body": None, "received_at": clock.now(), **known, **more}


def note(session: Session, taken: Taken) -> None:
    """Write down what came of each message."""
    upsert(session, Notification, taken.rows, keys=["queue_id", "notification_id"], update=["state", "reason"])


def _write_down(workspace: Workspace, queue_id: int, messages: Sequence[Message], taken: Taken) -> Counter[str]:
    states = Counter(str(row["state"]) for row in taken.rows)
    states[IGNORED] += len(taken.done) - len(taken.rows)  # told before
    with workspace.database.write() as session:
        note(session, taken)
        row = session.exec(select(NotificationQueue).where(col(NotificationQueue.id) == queue_id)).one()
        row.received += len(messages)
        row.handled += states[HANDLED]
        row.ignored += states[IGNORED]
        row.unreadable += states[UNREADABLE]
        row.heard_at, row.fault, row.fault_at = clock.now(), "", None
        session.add(row)
    return Counter({"received": len(messages), **states})
