"""Which queues there are to listen to, and for whom: channels name them, and several may name the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError
from sqlmodel import Session, col, select, update

from core.channels.documents import Notifications
from core.channels.machine_keys import is_vendors
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.notification import NotificationQueue
from core.notifications.queue import Access
from core.vault import is_sealed


@dataclass(frozen=True)
class Listening:
    """A queue with the keys to it, and the seller accounts of all channels that name it, by whatever keys.

    Messages of other sellers mean nothing there.
    """

    access: Access
    accounts: frozenset[int]


def queues(session: Session) -> list[Listening]:
    """The queues of all enabled channels, each once for the keys that open it: wrong ones close it to nobody else."""
    channels = session.exec(select(Channel).where(col(Channel.enabled)).order_by(col(Channel.id))).all()
    named = [(access, one.account_id) for one in channels if (access := access_of(session, one)) is not None]
    accounts: defaultdict[str, set[int]] = defaultdict(set)
    for access, account_id in named:
        accounts[access.address].add(account_id)
    return [Listening(access, frozenset(accounts[access.address])) for access in dict.fromkeys(one for one, _ in named)]


def stale_faults(session: Session, named: Iterable[str]) -> list[int]:
    """The keys of the rows of queues that could not be listened to, and that no channel names any more."""
    query = select(NotificationQueue.id).where(
        col(NotificationQueue.fault) != "", col(NotificationQueue.address).not_in(list(named))
    )
    return [stored_id(key) for key in session.exec(query)]


def forget_faults(session: Session, keys: Iterable[int]) -> None:
    """Let nobody be told any more what was wrong with these queues."""
    rows = col(NotificationQueue.id).in_(list(keys))
    session.exec(update(NotificationQueue).where(rows).values(fault="", fault_at=None))


def told_by(channel: Channel) -> Notifications | None:
    """What a channel says of its notifications; None where that is nothing, sealed, or not of this version."""
    if is_sealed(channel.notifications) or not channel.notifications:
        return None
    try:
        return Notifications.model_validate(channel.notifications)
    except ValidationError:  # whose words would tell the keys
        return None


def access_of(session: Session, channel: Channel) -> Access | None:
    """How the channel's queue is reached; None where it names none, or what it says cannot be read."""
    told = told_by(channel)
    if told is None:
        return None
    arn = "" if told.delivered_by == "eventbridge" else told.queue_arn
    if not (told.queue_url or arn):
        return None
    keys = told.aws_access_key, told.aws_secret_key
    by_machine = not any(keys) and (told.machine_keys or not is_vendors(session, channel))
    return Access(told.queue_url, arn, *keys, by_machine)


def channels_of(session: Session, accounts: Iterable[int]) -> list[Channel]:
    """The enabled channels of seller accounts."""
    query = select(Channel).where(col(Channel.enabled), col(Channel.account_id).in_(list(accounts)))
    return list(session.exec(query.order_by(col(Channel.id))).all())
