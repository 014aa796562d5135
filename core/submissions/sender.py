"""The base of the senders of flows that submit to listings: what is the same, whatever is said of a SKU.

    compose ─ nothing: verified without a call
        └ PUT or PATCH ─▶ INVALID: a problem
                       └▶ ACCEPTED, or no answer ─ read back ─▶ as sent: verified
                                                     └ not, for SETTLE seconds: composed and sent again

ACCEPTED proves nothing. Calls per SKU: one PUT or PATCH, 1/20 searchListingsItems to read it back, and 1/20 more before
a PATCH of a SKU that nobody has seen for a day.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, NamedTuple, TypeVar

from sqlmodel import Session, col, or_, select

from core import clock
from core.amazon import listings as api
from core.errors import CrossdockError
from core.jobs.context import ItemResult, JobContext
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.outbox import SENDING, SENT, UNKNOWN, OutboxIntent
from core.state import State
from core.subjects import Subject
from core.submissions import issues
from core.submissions.ahead import Ahead, Item
from core.submissions.message import ACCEPTED, INVALID, PUT, Answer, Message
from core.submissions.read import read_listings
from core.sync.carried import is_carrying, overtaken
from core.sync.decisions import Hold
from core.sync.delivery import FIRST_LOOK, Delivery, Differs, GoesOn, Missing, Outcome
from core.sync.lane import Back
from core.sync.outbox import Outbox, Withdrawn
from core.sync.remotes import Remote, SellerRemote
from core.windows import AT_ONCE
from core.workspace import Workspace, channel_parts

About = TypeVar("About", bound=tuple[OutboxIntent, *tuple[Any, ...]])
Issue = Mapping[str, Any]
"""What Amazon finds wrong, as the Listings Items API tells it."""

LOOK_FIRST = "look first"
"""The step of an intent whose listing is read before it is composed: what wrote to it last is not known."""
SINGLY = "singly"
"""The step of an intent that goes in no feed any more."""
DELETE = "delete"
"""The step of an intent that takes a listing away."""
_DRAFT = "draft"
FRESH = timedelta(days=1)
"""How old what is known of a listing may be when it is changed."""
_NEW = 10
"""Settling times that a whole listing has to show: Amazon takes up to a quarter of an hour with new ones."""
_ASIDE = 60.0
_CARRIED_FOR = timedelta(days=90)
"""As long as Amazon keeps feeds."""


@dataclass(frozen=True)
class Taken(State):
    """Kept with an intent."""

    taken: bool = False
    """Its flow knows that it was sent."""


class Submitted(NamedTuple):
    """What was sent of an intent, and what Amazon said of it."""

    intent: OutboxIntent
    message: Message
    answer: Answer


@dataclass(frozen=True)
class Returning(State):
    """When a job comes back for its feeds; in its checkpoint."""

    feeds_at: datetime | None = None
    feeds_reason: str = ""


class ListingSender(Delivery):
    """Carries intents about SKUs to a seller account. A flow says what is sent, and whether Amazon shows it.

    An intent carries no content: what is sent is composed when it is sent, and kept with it until it has ended.
    """

    batch = 20
    most_repeats = 3
    per_feed: ClassVar[int] = 25_000
    """Messages of a feed at the most; fewer where they are large: what does not fit 10 MiB is composed once more."""
    report_data: ClassVar[tuple[str, ...]] = ("summaries", "issues", "offers", "fulfillmentAvailability")
    """Data sets of listings that the report of a feed shows, by which `shows` may save reading them back."""

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(outbox, remote.pace, settle_seconds=workspace.settings.settle_seconds, tell=context.event_of)
        assert isinstance(remote, SellerRemote)
        self._workspace = workspace
        self._client = remote.client
        self._context = context
        self._sellers: dict[int, tuple[Channel, str]] = {}
        self._ahead = Ahead(outbox, self.kinds, self._read)

    # -- what a flow says -----------------------------------------------------------------------------------

    @abstractmethod
    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        """What is to be sent now, by the keys of intents of one channel; None (or left out): nothing any more.

        Reads what it needs in batches: there may be 500 of them. Called from many threads.
        """

    @abstractmethod
    def accepted(self, session: Session, taken: Sequence[Submitted]) -> None:
        """Write down what was sent and taken, in the transaction in which the intents become `sent`.

        Each message taken comes once; where the answer was lost, once the message is seen at Amazon. There may be 500.
        """

    @abstractmethod
    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        """Whether a listing as it was read back (None: it is not there) is as was sent.

        `Arrived(seen)` gives `seen` to `verified`. `Missing` or `Differs` is looked at again until the settling time is
        over, then composed and sent once more. A data set that the item lacks is not known.
        """

    def still(self, channel: Channel, message: Message, item: Mapping[str, Any]) -> Message | None:
        """What of a message is to go, now that its listing was read, of which nothing had been seen for a day."""
        return message

    def turned_down(self, session: Session, channel: Channel, message: Message, said: Sequence[Issue]) -> None:
        """Write down what Amazon finds wrong with a message of which it took nothing."""
        return

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        """What people call the attributes of a message, by their names; those left out are called by their names."""
        return {}

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        """The problem of a call that Amazon did not take."""
        return issues.refused_call(error)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        """It was taken again and again, and does not show."""
        self.fail(intent, issues.not_shown())

    # -- sending --------------------------------------------------------------------------------------------

    @property
    def back(self) -> Back | None:
        """When the job comes back for its feeds."""
        state = self._context.state(Returning)
        return Back(state.feeds_at, state.feeds_reason) if state.feeds_at else None

    def seller_of(self, channel_id: int) -> tuple[Channel, str]:
        """A channel and the id of its seller at Amazon."""
        if channel_id not in self._sellers:
            with self.outbox.database.read() as session:
                channel, account, _, _ = channel_parts(session, channel_id)
            self._sellers[channel_id] = (channel, account.seller_id or "")
        return self._sellers[channel_id]

    def send(self, intent: OutboxIntent) -> None:
        channel, seller_id = self.seller_of(intent.channel_id)
        is_draft = channel.app_status == _DRAFT
        if not is_draft and self.seller_of(self.outbox.channel_id)[0].app_status == _DRAFT:
            self.outbox.note(intent, not_before=clock.after(_ASIDE))  # a job of its own channel sends it
            return
        if intent.step == LOOK_FIRST:
            self._see(intent, channel)
        message = self.compose(channel, [intent]).get(stored_id(intent.id))
        if isinstance(message, Message):
            barred = self.barred(channel, [message], lambda _: self.read_before(channel, [intent]))
            message = barred.get(message.sku, message)
        if message is None:
            self.end([(intent, None)])
        elif isinstance(message, Hold):
            self.fail(intent, message)
        elif is_draft:
            self._preview(intent, channel, api.Place(seller_id, channel.marketplace_id, message.sku), message)
        else:
            self._submit(intent, channel, api.Place(seller_id, channel.marketplace_id, message.sku), message)

    def barred(
        self,
        channel: Channel,
        messages: Sequence[Message],
        read: Callable[[Sequence[str]], Mapping[str, Item]] | None = None,
    ) -> dict[str, Message | Hold | None]:
        """What goes instead of some, by SKU, or why they do not: Amazon accepts changes of listings that are not there.

        Nothing goes to one that is being taken away; if it stays after all, it is compared with the others once a day.
        `read` reads listings whose SKU nobody has seen of late, where that is not to be done in few calls here.
        """
        changed = [message.sku for message in messages if message.attributes is None]
        leaving = self._leaving(channel, changed)
        skus = [sku for sku in changed if sku not in leaving]
        fresh, seen = clock.now() - FRESH, set[str]()
        for start in range(0, len(skus), AT_ONCE):
            query = select(Listing.sku).where(
                col(Listing.account_id) == channel.account_id,
                col(Listing.marketplace_id) == channel.marketplace_id,
                col(Listing.sku).in_(skus[start : start + AT_ONCE]),
                col(Listing.closed_at).is_(None),
                or_(col(Listing.seen_at) > fresh, col(Listing.read_at) > fresh),
            )
            with self.outbox.database.read() as session:
                seen.update(session.exec(query).all())
        unseen = [sku for sku in skus if sku not in seen]
        found = (read(unseen) if read else self._read(channel, unseen)) if unseen else {}
        told = {message.sku: message for message in messages}
        return dict.fromkeys(leaving) | {
            sku: issues.not_listed(sku) if item is None else self.still(channel, told[sku], item)
            for sku, item in found.items()
        }

    def _leaving(self, channel: Channel, skus: Sequence[str]) -> set[str]:
        """Those of the SKUs that Amazon is told to take away, and that have not been seen to be gone."""
        leaving = set[str]()
        for start in range(0, len(skus), AT_ONCE):
            subjects = [str(Subject("sku", sku)) for sku in skus[start : start + AT_ONCE]]
            query = select(OutboxIntent.subject).where(
                col(OutboxIntent.remote) == str(self.outbox.remote),
                col(OutboxIntent.channel_id) == channel.id,
                col(OutboxIntent.subject).in_(subjects),
                col(OutboxIntent.state).in_((SENDING, UNKNOWN, SENT)),
                col(OutboxIntent.step) == DELETE,
            )
            with self.outbox.database.read() as session:
                leaving.update(Subject.parse(subject).id for subject in session.exec(query))
        return leaving

    def read_before(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[str, Item]:
        """The listings of intents that are about to be sent, by SKU; a single one is read with those that come next."""
        skus = [Subject.parse(intent.subject).id for intent in intents]
        return self._read(channel, skus) if len(skus) > 1 else {skus[0]: self._ahead.item(channel, intents[0])}

    def refusal(self, channel: Channel, message: Message, said: Sequence[Issue]) -> Hold:
        """The problem of a message that Amazon found invalid."""
        return issues.refused(said, self.titles(channel, message))

    def _submit(self, intent: OutboxIntent, channel: Channel, place: api.Place, message: Message) -> None:
        call = api.put if message.route == PUT else api.patch
        self._remember(intent, message)
        answer = self.calling(
            intent, message.route, partial(call, self._client, place, message.body()), back=intent.step
        )
        if answer is None:
            return
        if answer.status == INVALID:
            hold = self.refusal(channel, message, answer.issues)
            self.fail(intent, hold, lambda session: self.turned_down(session, channel, message, answer.issues))
            return
        told = Answer(answer.status, answer.submission_id, answer.issues, message.route)

        def take(session: Session) -> None:
            self.accepted(session, [Submitted(intent, message, told)])
            self.outbox.note_in(
                session, intent, **sent_values(intent, taken=True, wait=self.settle_seconds * FIRST_LOOK)
            )

        self.outbox.write(take)

    def _preview(self, intent: OutboxIntent, channel: Channel, place: api.Place, message: Message) -> None:
        answer = api.preview(self._client, place, message.body())
        if answer.status == INVALID:
            self.fail(intent, self.refusal(channel, message, answer.issues))
            return
        item = ItemResult(intent.subject, "unchanged", message="Amazon would take it. In draft nothing is sent.")
        self.outbox.write(lambda session: self.outbox.close_in(session, [(intent, item)]))

    def _see(self, intent: OutboxIntent, channel: Channel) -> None:
        """Let the mirror learn what a listing is before it is composed."""
        item = self._ahead.item(channel, intent)
        if item is not None:
            self.outbox.write(lambda session: self.verified(session, [(intent, item)]))

    def _remember(self, intent: OutboxIntent, message: Message) -> None:
        """Keep what is about to be sent: what becomes of it may be found out by somebody else."""

        def keep(session: Session) -> None:
            row = session.get(OutboxIntent, intent.id)
            if row is None:
                raise Withdrawn
            remember(row, message)

        self.outbox.write(keep)
        remember(intent, message)

    # -- finding out ----------------------------------------------------------------------------------------

    def look(self, intent: OutboxIntent) -> Outcome:
        self.outbox.sent(intent)  # to be read back with others; what is not there then is composed again
        return GoesOn()

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        found: dict[int, Outcome] = {}
        for channel_id in dict.fromkeys(intent.channel_id for intent in intents):
            mine = [intent for intent in intents if intent.channel_id == channel_id]
            skus = [Subject.parse(intent.subject).id for intent in mine]
            items = self._read(self.seller_of(channel_id)[0], skus)
            for intent, sku in zip(mine, skus, strict=True):
                found[stored_id(intent.id)] = self._judged(intent, items[sku])
        return found

    def _read(self, channel: Channel, skus: Sequence[str]) -> dict[str, dict[str, Any] | None]:
        seller_id = self.seller_of(stored_id(channel.id))[1]
        return read_listings(self._client, seller_id, channel.marketplace_id, skus)

    def _judged(self, intent: OutboxIntent, item: Mapping[str, Any] | None) -> Outcome:
        message = message_of(intent)
        shown = self.shows(intent, message, item)
        return self.patiently(intent, shown, times=_NEW if message.route == PUT else 1)

    def again(self, intent: OutboxIntent) -> tuple[str, State | None]:
        return LOOK_FIRST, Taken()

    # -- ends -----------------------------------------------------------------------------------------------

    def end(self, ends: Sequence[tuple[OutboxIntent, Any]]) -> None:
        """End intents; one that something carries still goes on with it, to be looked at once more after that."""
        if not ends:
            return

        def close(session: Session) -> None:
            results = self.verified_in(session, ends)
            closed = []
            for (intent, _), item in zip(ends, results, strict=True):
                carrier = overtaken(intent)
                if carrier and is_carrying(session, self.outbox.remote, carrier):
                    self.outbox.note_in(session, intent, **carried_values(carrier))
                else:
                    closed.append((intent, item))
            self.outbox.close_in(session, closed)

        self.outbox.write(close)

    def verified_in(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        """What the flow makes of intents that are as planned; what it does not know as sent, it learns first."""
        unknown = [
            Submitted(intent, message := message_of(intent), Answer(ACCEPTED, "", (), message.route))
            for intent, seen in ends
            if seen is not None and not is_taken(intent) and has_message(intent)
        ]
        if unknown:
            self.accepted(session, unknown)
        return self.verified(session, ends)


def by_channel(told: Iterable[About]) -> dict[int, list[About]]:
    """What is told of intents, by the keys of their channels; each begins with its intent."""
    found: dict[int, list[About]] = {}
    for one in told:
        found.setdefault(one[0].channel_id, []).append(one)
    return found


def remember(intent: OutboxIntent, message: Message) -> None:
    """Keep a message with its intent, which is emptied when it ends."""
    intent.content = {**(intent.content or {}), "message": message.to_json()}


def has_message(intent: OutboxIntent) -> bool:
    """Whether it was composed."""
    return "message" in (intent.content or {})


def is_taken(intent: OutboxIntent) -> bool:
    """Whether Amazon has said that it took it."""
    return Taken.from_json(intent.evidence).taken


def message_of(intent: OutboxIntent) -> Message:
    """What was sent of an intent."""
    return Message.from_json((intent.content or {})["message"])


def sent_values(intent: OutboxIntent, *, taken: bool, wait: float) -> dict[str, Any]:
    """What makes an intent one that is to be read back after some seconds."""
    return {"state": SENT, "not_before": clock.after(wait), "evidence": Taken(taken).into(intent.evidence)}


def carried_values(key: str) -> dict[str, Any]:
    """What makes an intent one that a feed carries."""
    return {"state": SENDING, "step": key, "not_before": clock.now() + _CARRIED_FOR}
