"""Whether a channel's queue may be reached with the AWS credentials of this machine, which are the operator's.

Channels that vendors can change may not, unless an administrator has said so for exactly this queue: whoever names a
queue would otherwise read whatever the machine may read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from core.actor import Actor
from core.channels.documents import Notifications
from core.channels.walls import Foreign
from core.model.channel import Channel
from core.model.operator import ROLE_VENDOR, Operator

_ATTEMPT = "let a channel use the AWS credentials of this machine"


def is_vendors(session: Session, channel: Channel) -> bool:
    """Whether there is a vendor who can change the channel."""
    theirs = col(Operator.role) == ROLE_VENDOR, col(Operator.store_id) == channel.store_id
    company = col(Operator.company_id).is_not_distinct_from(channel.company_id)
    return session.exec(select(Operator.id).where(*theirs, company).limit(1)).first() is not None


def guarded(actor: Actor, before: Mapping[str, Any], after: Notifications) -> Notifications:
    """What an operator makes of a channel's notifications as stored before; raises Foreign where only an administrator
    may allow it.

    What was allowed for one queue is not for another that a vendor names.
    """
    if actor.is_admin or not after.machine_keys:
        return after
    if not before.get("machine_keys"):
        raise Foreign(_ATTEMPT)
    same = (before.get("queue_url"), before.get("queue_arn")) == (after.queue_url, after.queue_arn)
    return after if same else after.model_copy(update={"machine_keys": False})
