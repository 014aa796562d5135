"""Which queues there are to listen to, and for whom: channels name them, and several may name the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from core.channels.documents import Notifications
from core.model.channel import Channel
from core.notifications.queue import Access
from core.vault import is_sealed


@dataclass(frozen=True)
class Listening:
    """A queue, and the seller accounts whose channels name it: messages of others mean nothing there."""

    access: Access
    accounts: frozenset[int]


def queues(session: Session) -> list[Listening]:
    """The queues of all enabled channels, each once."""
    channels = session.exec(select(Channel).where(col(Channel.enabled)).order_by(col(Channel.id))).all()
    found: dict[str, Listening] = {}
    for channel in channels:
        access = access_of(channel)
        if access is None:
            continue
        known = found.get(access.address)
        accounts = (known.accounts if known else frozenset()) | {channel.account_id}
        found[access.address] = Listening(known.access if known else access, accounts)
    return list(found.values())


def access_of(channel: Channel) -> Access | None:
    """How the channel's queue is reached; None where it names none, or its secrets cannot be read."""
    if is_sealed(channel.notifications) or not channel.notifications:
        return None
    told = Notifications.model_validate(channel.notifications)
    arn = "" if told.delivered_by == "eventbridge" else told.queue_arn
    if not (told.queue_url or arn):
        return None
    return Access(told.queue_url, arn, told.aws_access_key, told.aws_secret_key)


def channels_of(session: Session, accounts: Iterable[int]) -> list[Channel]:
    """The enabled channels of seller accounts."""
    query = select(Channel).where(col(Channel.enabled), col(Channel.account_id).in_(list(accounts)))
    return list(session.exec(query.order_by(col(Channel.id))).all())
