"""The base of the senders of flows that submit to listings: what is the same, whatever is said of a SKU.

composed ─ nothing differs ─▶ verified, without a call
    │ changes of what is not listed ─▶ a problem: Amazon would accept them without a word
    ▼
PUT or PATCH ─ INVALID ─▶ a problem in Amazon's words
    │ ACCEPTED, which proves nothing
    ▼
  sent ─ read back, twenty at a time ─▶ as sent: verified
                └ not yet: looked at again, ever less often; at last composed and sent once more
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from core import clock
from core.amazon import listings as api
from core.amazon.listings import Place, Submitted
from core.errors import CrossdockError
from core.jobs.context import JobContext
from core.model.account import SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import SENT, OutboxIntent
from core.state import State
from core.subjects import Subject
from core.submissions import issues
from core.submissions.ahead import Ahead
from core.submissions.message import ACCEPTED, INVALID, PATCH, Answer, Message
from core.submissions.read import read_listings
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, GoesOn, Missing, Outcome
from core.sync.outbox import Outbox
from core.sync.remotes import Remote, SellerRemote
from core.workspace import Workspace

LOOK_FIRST = "look first"
"""The step of an intent whose listing is read before it is composed: what the mirror has may have been overwritten."""
_PATIENCE = 10
"""Settling times that Amazon has to show what it accepted: twenty minutes, while most shows within one."""
_LOOKS = 24
"""The first look comes after this part of the settling time (five seconds), each next one after twice as long."""
_RAREST = 2.5
"""Settling times between two looks at the most."""


@dataclass(frozen=True)
class Sent(State):
    """What goes out, kept with an intent from before its call until it has ended."""

    message: Mapping[str, Any] = field(default_factory=dict)


class ListingSender(Delivery):
    """Carries intents about SKUs to a seller account. A flow says what is sent, and whether Amazon shows it.

    An intent carries no content: what is sent is composed when it is sent, and kept with it until it has ended.
    """

    batch = 20
    per_feed = 25_000
    """Messages of a feed at the most; fewer where they are large: what does not fit 10 MiB is composed once more."""

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(outbox, remote.pace, settle_seconds=workspace.settings.settle_seconds, tell=context.event_of)
        assert isinstance(remote, SellerRemote)
        self._client = remote.client
        with outbox.database.read() as session:
            self._seller_id = session.get_one(SellerAccount, int(outbox.remote.id)).seller_id or ""
        self._ahead = Ahead(outbox, self.kinds, lambda channel, skus: self.read(channel, skus))

    # -- what a flow says -----------------------------------------------------------------------------------

    @abstractmethod
    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        """What is to be sent now, by the keys of intents of one channel; None (or left out): nothing any more.

        Reads what it needs in batches: there may be 500 of them. Called from many threads.
        """

    @abstractmethod
    def accepted(self, session: Session, intent: OutboxIntent, message: Message, answer: Answer) -> None:
        """Write down that this was sent and taken, in the transaction in which the intent becomes `sent`.

        It comes once for each message taken; where the answer was lost, once the message is seen at Amazon.
        """

    @abstractmethod
    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        """Whether a listing as it was read back (None: it is not there) is as was sent.

        `Arrived(seen)` gives `seen` to `verified`. `Missing` or `Differs` is looked at again until Amazon has had time
        to show it, then composed and sent once more. A data set that the item lacks is not known.
        """

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        """What people call the attributes of a message, by their names; those left out are called by their names."""
        return {}

    # -- sending --------------------------------------------------------------------------------------------

    def send(self, intent: OutboxIntent) -> None:
        channel = self.channel_of(intent)
        if intent.step == LOOK_FIRST:
            self._let_know(channel, intent)
        composed = self.compose(channel, [intent]).get(stored_id(intent.id))
        if composed is None:
            self.end([(intent, None)])
        elif isinstance(composed, Hold):
            self.fail(intent, composed)
        elif composed.route == PATCH and not self._is_listed(channel, intent):
            self.fail(intent, issues.not_listed(composed.sku))
        else:
            self._submit(channel, intent, composed)

    def _is_listed(self, channel: Channel, intent: OutboxIntent) -> bool:
        """Whether there is something to change; a search may not know yet what is there."""
        if self._ahead.item(channel, intent) is not None:
            return True
        return api.get(self._client, self._seller_id, channel.marketplace_id, sku_of(intent)) is not None

    def _let_know(self, channel: Channel, intent: OutboxIntent) -> None:
        """Let the flow's mirror know the listing as it is before the intent is composed."""
        item = self._ahead.item(channel, intent)
        if item is not None:
            self.outbox.write(lambda session: self.verified(session, [(intent, item)]))

    def _submit(self, channel: Channel, intent: OutboxIntent, message: Message) -> None:
        place = Place(self._seller_id, channel.marketplace_id, message.sku)
        call = api.patch if message.route == PATCH else api.put
        keep(intent, message)
        answer: Submitted | None = self.calling(
            intent, message.route, lambda: call(self._client, place, message.body())
        )
        if answer is None:
            return
        said = Answer(answer.status, answer.submission_id, answer.issues, message.route)
        if answer.status == INVALID:
            self.fail(intent, self.refusal(intent, message, said.issues))
        else:
            self.outbox.write(lambda session: self.taken(session, intent, message, said))

    def taken(self, session: Session, intent: OutboxIntent, message: Message, answer: Answer) -> None:
        """Note that Amazon has accepted a message: it is read back in a moment."""
        self.accepted(session, intent, message, answer)
        self.outbox.note_in(session, intent, state=SENT, not_before=self._look_after(0.0))

    def refusal(self, intent: OutboxIntent, message: Message, said: Sequence[Mapping[str, Any]]) -> Hold:
        """The problem of a message that Amazon found invalid."""
        return issues.refused(said, self.titles(self.channel_of(intent), message))

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return issues.refused_call(error)

    def channel_of(self, intent: OutboxIntent) -> Channel:
        """Whose channel it is, with its settings of now."""
        with self.outbox.database.read() as session:
            return session.get_one(Channel, intent.channel_id)

    # -- finding out ----------------------------------------------------------------------------------------

    def read(self, channel: Channel, skus: Sequence[str]) -> dict[str, dict[str, Any] | None]:
        """Listings of a channel as Amazon has them."""
        return read_listings(self._client, self._seller_id, channel.marketplace_id, skus)

    def look(self, intent: OutboxIntent) -> Outcome:
        message = kept(intent)
        if message is None:
            return Missing()
        outcome = self.shows(intent, message, self.read(self.channel_of(intent), [message.sku])[message.sku])
        if not isinstance(outcome, Arrived):
            return outcome
        answer = Answer(ACCEPTED, "", route=message.route)
        self.outbox.write(lambda session: self.taken(session, intent, message, answer))
        return GoesOn()

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        found: dict[int, Outcome] = {}
        for some in _by_channel(intents):
            items = self.read(self.channel_of(some[0]), [sku_of(intent) for intent in some])
            found.update({stored_id(one.id): self._judged(one, items[sku_of(one)]) for one in some})
        return found

    def _judged(self, intent: OutboxIntent, item: Mapping[str, Any] | None) -> Outcome:
        """What was read back; what Amazon does not show yet is looked at again while it may still come."""
        message = kept(intent)
        outcome = self.shows(intent, message, item) if message is not None else Missing()
        age = self.age(intent)
        if not isinstance(outcome, Missing | Differs) or age >= _PATIENCE * self.settle_seconds:
            return outcome
        self.outbox.note(intent, not_before=self._look_after(age))
        return GoesOn()

    def _look_after(self, age: float) -> datetime:
        """When something is looked at again that was sent so many seconds ago: many at one moment, in few calls."""
        first = self.settle_seconds / _LOOKS
        wanted = min(max(age, first), _RAREST * self.settle_seconds)
        step = first * 2 ** int(math.log2(wanted / first)) if first else 0.01
        return datetime.fromtimestamp(math.ceil((clock.now().timestamp() + wanted) / step) * step, UTC)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, issues.not_shown())

    # -- ends -----------------------------------------------------------------------------------------------

    def fail(self, intent: OutboxIntent, hold: Hold, also: Any = lambda session: None) -> None:
        forget(intent)
        super().fail(intent, hold, also)

    def end(self, ends: Sequence[tuple[OutboxIntent, Any]]) -> None:
        for intent, _ in ends:
            forget(intent)
        super().end(ends)


def sku_of(intent: OutboxIntent) -> str:
    """The SKU that an intent is about."""
    return Subject.parse(intent.subject).id


def kept(intent: OutboxIntent) -> Message | None:
    """What was sent of an intent; None when that is not known any more."""
    told = Sent.from_json(intent.evidence).message
    return Message.from_json(told) if told else None


def keep(intent: OutboxIntent, message: Message) -> None:
    """Let an intent say what is sent; written with its next transition."""
    intent.evidence = Sent(message.to_json()).into(intent.evidence)


def forget(intent: OutboxIntent) -> None:
    """Let go of what was sent, with the transition that ends it: listings are large."""
    intent.evidence = Sent().into(intent.evidence)


def _by_channel(intents: Sequence[OutboxIntent]) -> list[list[OutboxIntent]]:
    channels = dict.fromkeys(intent.channel_id for intent in intents)
    return [[intent for intent in intents if intent.channel_id == channel_id] for channel_id in channels]
