"""Use cases around notifications: set up what Amazon tells, see how it stands, take what waits."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from core.actor import Actor
from core.amazon import notifications as api
from core.amazon.notifications import KINDS, Destination, Kind, Subscription
from core.amazon.transport import AmazonClient
from core.channels.documents import Notifications
from core.checks import Check
from core.documents import as_json
from core.errors import ConfigurationError, CrossdockError, Rejected
from core.identity import new_owner
from core.jobs.requests import Requested
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.notification import NotificationQueue
from core.notifications.listening import turn
from core.notifications.queue import Access, Queue, policy
from core.notifications.queues import Listening, access_of, queues, told_by
from core.notifications.receive import receive
from core.notifications.unreadable import MessageView, list_messages
from core.people.audit import record
from core.people.rights import require_channel
from core.quota import at_once
from core.sync.channel_job import parking, require_usable
from core.sync.hearing import Hears
from core.workspace import Workspace, channel_parts

MESSAGES = ("received", "handled", "ignored", "unreadable")
LONGEST = 20
"""Seconds that one look at a queue waits at most (SQS long polling)."""
_SHOWN = 3
_PLACES = {"sqs": "destination", "eventbridge": "event bus"}
_BUS = re.compile(r"arn:[^:]+:events:([^:]+):.*?(\d{12})\b.*")
"""Region and account in the ARN of an event bus; in that of Amazon's event source the account is part of the name."""
_ENTER = "Enter queue ARN, queue URL and AWS keys in the channel: crossdock channel edit, or its form's tab Notify."


@dataclass
class Received:
    """What one look at a queue brought."""

    counts: Counter[str] = field(default_factory=Counter)
    asked: list[Requested] = field(default_factory=list)
    """Jobs that look at what changed; whoever polls starts them."""


@dataclass
class Standing:
    """How the notifications of a channel stand."""

    checks: list[Check] = field(default_factory=list)
    destination: Destination | None = None
    subscriptions: list[Mapping[str, str]] = field(default_factory=list)
    messages: Mapping[str, int] = field(default_factory=dict)
    unreadable: Sequence[MessageView] = ()
    """What could not be read or acted upon, the newest first."""

    @property
    def ok(self) -> bool:
        """Whether nothing is to be done."""
        return all(check.ok for check in self.checks)

    def document(self) -> dict[str, Any]:
        """The fixed JSON document."""
        place = self.destination
        return {
            "ok": self.ok,
            "checks": as_json(self.checks),
            "destination": {"id": place.id, "arn": place.arn} if place else None,
            "subscriptions": self.subscriptions,
            "messages": dict(self.messages),
            "unreadable": as_json(self.unreadable),
        }


def set_up(workspace: Workspace, actor: Actor, channel_name: str) -> Standing:
    """Create what is missing of destination and subscriptions, and use what is there; run again it creates nothing.

    Raises ConfigurationError where the channel names no queue, and what Amazon's refusals are.
    """
    return _stands(workspace, actor, channel_name, creates=True)


def status(workspace: Workspace, actor: Actor, channel_name: str) -> Standing:
    """The same without changing anything."""
    return _stands(workspace, actor, channel_name, creates=False)


def poll(
    workspace: Workspace, actor: Actor, channel_name: str, hears: Mapping[str, Hears], *, seconds: int = LONGEST
) -> Received:
    """Take what waits in the channel's queue, here; raises ConfigurationError while a worker listens to it."""
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    with workspace.database.read() as session:
        access = access_of(session, channel)
        if access is None:
            raise _no_queue(channel)
        # For all that name the queue: what only one of them were to act upon would be gone for the others.
        listening = next(one for one in queues(session) if one.access == access)
    received = take_here(workspace, listening, hears, seconds=seconds)
    if received is None:
        raise ConfigurationError(
            "Another process listens to this queue at the moment.",
            subject=f"queue {access.address}",
            next_step="A worker takes what comes by itself; see: crossdock notifications status",
        )
    return received


def take_here(
    workspace: Workspace, listening: Listening, hears: Mapping[str, Hears], *, seconds: int
) -> Received | None:
    """Take what comes to a queue within so many seconds; None while another process listens to it."""
    received = Received()
    with turn(workspace.database, listening.access.address, new_owner()) as is_ours:
        if not is_ours:
            return None
        queue = Queue(listening.access, workspace.settings.aws_url)
        try:
            received.counts = receive(workspace, queue, listening, hears, received.asked.append, seconds=seconds)
        finally:
            queue.close()
    return received


def _stands(workspace: Workspace, actor: Actor, channel_name: str, *, creates: bool) -> Standing:
    channel = require_channel(workspace.database, actor, channel_name)
    require_usable(workspace, channel)
    told = _told(channel)
    access = _access(workspace, channel)
    standing = Standing(messages=_messages(workspace, access), unreadable=list_messages(workspace, actor, channel_name))
    queue_arn = _look_at_queue(workspace, told, access, standing)
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    with at_once(), parking(workspace, channel):
        client = workspace.amazon(account, app, draft=channel.app_status == "draft")
        places = _destinations(client, told, queue_arn, standing, creates=creates)
        for kind in KINDS:
            if kind.transport in places:
                _subscription(client, kind, places[kind.transport], standing, creates=creates)
    if standing.unreadable:
        words = "; ".join(f"{one.received_at:%F %H:%M} UTC {one.reason}" for one in standing.unreadable[:_SHOWN])
        standing.checks.append(Check("unreadable", True, f"The last: {words}."))
    if creates:
        with workspace.database.write() as session:
            record(session, actor, "notifications.setup", f"channel {channel.name}", kinds=len(standing.subscriptions))
    return standing


def _told(channel: Channel) -> Notifications:
    told = told_by(channel)
    if told is None or not (told.queue_arn or told.queue_url):
        raise _no_queue(channel)
    return told


def _no_queue(channel: Channel) -> ConfigurationError:
    return ConfigurationError(
        "It names no queue for notifications.", subject=f"channel {channel.name}", next_step=_ENTER
    )


def _access(workspace: Workspace, channel: Channel) -> Access | None:
    with workspace.database.read() as session:
        return access_of(session, channel)


def _messages(workspace: Workspace, access: Access | None) -> dict[str, int]:
    query = select(NotificationQueue).where(col(NotificationQueue.address) == (access.address if access else ""))
    with workspace.database.read() as session:
        row = session.exec(query).first()
    return {name: getattr(row, name) if row else 0 for name in MESSAGES}


def _look_at_queue(workspace: Workspace, told: Notifications, access: Access | None, standing: Standing) -> str:
    """Whether the queue can be read and Amazon may send into it; its ARN, empty where that is not known."""
    if access is None:
        fix = "Let a rule of EventBridge send to an SQS queue, and enter its URL in the channel."
        standing.checks.append(Check("queue", False, "No queue is named that could be listened to.", fix))
        return ""
    queue = None
    try:
        queue = Queue(access, workspace.settings.aws_url)
        arn = queue.arn()
        standing.checks.append(Check("queue", True, f"{arn} can be read."))
        if told.delivered_by == "sqs":
            may = queue.lets_amazon_send()
            fix = "" if may else f"Give the queue this access policy at AWS: {policy(arn)}"
            words = "Amazon may send into it." if may else "Its policy does not let Amazon send into it."
            standing.checks.append(Check("policy", may, words, fix))
        return arn
    except CrossdockError as error:
        standing.checks.append(Check("queue", False, error.what, error.next_step))
        return access.arn
    finally:
        if queue is not None:
            queue.close()


def _destinations(
    client: AmazonClient, told: Notifications, queue_arn: str, standing: Standing, *, creates: bool
) -> dict[str, Destination]:
    """Where Amazon sends, by transport; created where that is wanted."""
    wanted: dict[str, tuple[str, Mapping[str, Any]]] = {}
    if told.delivered_by == "eventbridge":
        named = _BUS.fullmatch(told.queue_arn)
        if named:
            region, owner = named.groups()
            wanted["eventbridge"] = (f"{owner}/{region}", {"eventBridge": {"accountId": owner, "region": region}})
        else:
            words = "No event bus is named whose AWS account is known."
            standing.checks.append(Check(_PLACES["eventbridge"], False, words, "Enter its ARN as queue ARN."))
    if queue_arn:
        wanted["sqs"] = (queue_arn, {"sqs": {"arn": queue_arn}})
    known = api.destinations(client)
    found: dict[str, Destination] = {}
    for transport, (arn, resource) in wanted.items():
        place = next((one for one in known if (one.transport, one.arn) == (transport, arn)), None)
        if place is None and creates:
            place = _created(client, arn, resource, queue_arn)
        if place is not None:
            found[transport] = place
        words = f"Amazon knows it as {place.id}." if place else "Amazon does not know it yet."
        fix = "" if place else "Run: crossdock notifications setup"
        standing.checks.append(Check(_PLACES[transport], place is not None, words, fix))
    standing.destination = found.get(told.delivered_by) or next(iter(found.values()), None)
    return found


def _created(client: AmazonClient, arn: str, resource: Mapping[str, Any], queue_arn: str) -> Destination | None:
    """A new destination; one that was there after all, which another process or a lost answer made, is used."""
    name = f"crossdock-{hashlib.sha256(arn.encode()).hexdigest()[:12]}"
    try:
        made = api.create_destination(client, name, resource)
    except Rejected as error:
        if "sqs" in resource:
            error.next_step = f"Give the queue this access policy at AWS, and run it again: {policy(queue_arn)}"
        raise
    return made or next((one for one in api.destinations(client) if one.arn == arn), None)


def _subscription(client: AmazonClient, kind: Kind, place: Destination, standing: Standing, *, creates: bool) -> None:
    found = api.subscription(client, kind)
    if found is None and creates:
        found = api.subscribe(client, kind, place.id) or api.subscription(client, kind)
    state, check = _judged(kind, found, place)
    standing.checks.append(check)
    standing.subscriptions.append({"type": kind.name, "id": found.id if found else "", "state": state})


def _judged(kind: Kind, found: Subscription | None, place: Destination) -> tuple[str, Check]:
    if found is None:
        words = f"Amazon does not tell {kind.name}."
        return "missing", Check(kind.words, False, words, "Run: crossdock notifications setup")
    if found.destination_id != place.id:
        fix = "Another program receives them. Delete that subscription, then run: crossdock notifications setup"
        return "elsewhere", Check(
            kind.words, False, f"Amazon sends {kind.name} elsewhere ({found.destination_id}).", fix
        )
    return "active", Check(kind.words, True, f"Amazon tells {kind.name} here.")
