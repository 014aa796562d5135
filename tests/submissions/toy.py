"""A wing that writes the units of listings, and makes listings: what is wanted of a SKU is said here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlmodel import Session

from core.jobs.context import ItemResult, JobContext
from core.jobs.kinds import JobKind
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import OutboxIntent
from core.state import State
from core.subjects import Owner, Subject
from core.submissions import issues
from core.submissions.bulk import send_in_bulk
from core.submissions.message import ANY_TYPE, Answer, Message, Patch
from core.submissions.sender import ListingSender, sku_of
from core.sync.channel_job import begin
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome
from core.sync.flow import Flow, Writes
from core.sync.outbox import NewIntent, post
from core.workspace import Workspace

NAME, KIND = "toys", "toy.write"
UNITS = "fulfillment_availability"


def units(sku: str, quantity: int) -> Message:
    """So many are to be had."""
    value = ({"fulfillment_channel_code": "DEFAULT", "quantity": quantity},)
    return Message(sku, ANY_TYPE, patches=(Patch("replace", UNITS, value),), urgent=quantity == 0)


@dataclass(frozen=True)
class Checkpoint(State):
    """How far a job is."""

    posted: bool = False


class ToySender(ListingSender):
    """Sends what is wanted, once Amazon is not known to show it already."""

    kinds = frozenset({KIND})
    doing = "Writing toys"
    wanted: ClassVar[dict[str, Message | Hold | None]] = {}
    seen: ClassVar[dict[str, Any]] = {}
    """The mirror: units that Amazon showed when it was looked at."""
    taken_as: ClassVar[list[tuple[str, Answer]]] = []
    composed: ClassVar[list[int]] = []

    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        self.composed.append(len(intents))
        return {stored_id(one.id): self._composed(sku_of(one)) for one in intents}

    def _composed(self, sku: str) -> Message | Hold | None:
        wanted = self.wanted.get(sku)
        is_there = isinstance(wanted, Message) and self.seen.get(sku, -1) == _units(wanted)
        return None if is_there else wanted

    def accepted(self, session: Session, intent: OutboxIntent, message: Message, answer: Answer) -> None:
        self.taken_as.append((message.sku, answer))

    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        if item is None:
            return Missing()
        same = not message.patches or _shown(item) == _units(message)
        return Arrived(item) if same else Differs(item)

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        return {"brand": "Brand name"}

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        self.seen.update({sku_of(intent): _shown(item) for intent, item in ends if item is not None})
        return [ItemResult(intent.subject, "unchanged" if item is None else "updated") for intent, item in ends]


def _units(message: Message) -> int | None:
    return next((one["quantity"] for patch in message.patches for one in patch.value), None)


def _shown(item: Mapping[str, Any]) -> int | None:
    return next((one["quantity"] for one in item.get("fulfillmentAvailability", ()) if "quantity" in one), None)


def run(workspace: Workspace, context: JobContext) -> None:
    channel = begin(workspace, context).channel
    if not context.state(Checkpoint).posted:
        urgent = set(context.params.get("urgent", ()))
        intents = [NewIntent(Subject("sku", one), KIND, urgent=one in urgent) for one in context.params["skus"]]
        with workspace.database.write() as session:
            post(session, channel, context.job_id, Owner.seller(channel.account_id), NAME, intents)
            context.save(session, Checkpoint(posted=True))
    send_in_bulk(workspace, context, channel, NAME, ToySender)
    context.deliver(channel, "seller")


WRITE = JobKind(
    name="toys.write",
    title="Write toys",
    run=run,
    subject="sku",
    plan_again=lambda session, job, skus: None,
    retry_params=lambda skus: {"skus": list(skus)},
    covers=lambda job, asked: False,
)
TOYS = Flow(name=NAME, jobs=(WRITE,), writes=(Writes("seller", ToySender.kinds, ToySender),), codes=issues.CODES)
