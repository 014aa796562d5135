"""A flow that wants quantities: the smallest sender of submissions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sqlmodel import Session

from core.jobs.context import ItemResult, JobContext
from core.jobs.kinds import JobKind
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import OutboxIntent
from core.subjects import Owner, Subject
from core.submissions import issues
from core.submissions.bulk import send_in_bulk
from core.submissions.message import ANY_TYPE, Message, Patch
from core.submissions.sender import ListingSender, Submitted
from core.sync.channel_job import begin
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome
from core.sync.flow import Flow, Writes
from core.sync.outbox import NewIntent, post
from core.workspace import Workspace

KIND = "toy.quantity"
wanted: dict[str, int] = {}
"""What the sender is to write, by SKU."""
whole: dict[str, Message] = {}
"""What it is to write instead of a quantity, by SKU."""
told: dict[str, list[str]] = {}
"""By which way Amazon took it, by SKU, as the flow was told."""


class ToySender(ListingSender):
    kinds = frozenset({KIND})
    doing = "Writing quantities"
    per_feed: ClassVar[int] = 25_000

    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        return {stored_id(one.id): message(_sku(one)) for one in intents if wanted[_sku(one)] != _seen.get(_sku(one))}

    def accepted(self, session: Session, taken: Sequence[Submitted]) -> None:
        for _, message, answer in taken:
            told.setdefault(message.sku, []).append(answer.route)

    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        if item is None:
            return Missing()
        found = quantity(item)
        if message.attributes is not None:
            return Arrived(item)
        return Arrived(item) if found == message.patches[0].value[0]["quantity"] else Differs(item)

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        return {"brand": "Brand name"}

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        _seen.update({_sku(one): quantity(item) for one, item in ends if item is not None})
        return [ItemResult(one.subject, "updated" if item is not None else "unchanged") for one, item in ends]


_seen: dict[str, int | None] = {}


def forget() -> None:
    for known in (wanted, whole, told, _seen):
        known.clear()


def message(sku: str) -> Message:
    if sku in whole:
        return whole[sku]
    value = {"fulfillment_channel_code": "DEFAULT", "quantity": wanted[sku]}
    patch = Patch("replace", "fulfillment_availability", (value,))
    return Message(sku, ANY_TYPE, patches=(patch,), urgent=wanted[sku] == 0)


def quantity(item: Mapping[str, Any]) -> int | None:
    found = {one["fulfillmentChannelCode"]: one.get("quantity") for one in item.get("fulfillmentAvailability", ())}
    return found.get("DEFAULT")


def _sku(intent: OutboxIntent) -> str:
    return Subject.parse(intent.subject).id


def run(workspace: Workspace, context: JobContext) -> None:
    channel = begin(workspace, context).channel
    if not context.checkpoint.get("planned"):
        with workspace.database.write() as session:
            intents = [NewIntent(Subject("sku", sku), KIND, urgent=wanted[sku] == 0) for sku in context.params["skus"]]
            remote = Owner.seller(channel.account_id)
            post(session, channel, context.job_id, remote, "quantities", intents)
            context.checkpoint["planned"] = True
            context.save(session)
    send_in_bulk(workspace, context, channel, "quantities", ToySender)
    context.deliver(channel, "seller")


WRITE = JobKind(
    name="quantities.write",
    title="Write quantities",
    run=run,
    subject="sku",
    plan_again=lambda session, job, ids: None,
    retry_params=lambda ids: {},
    covers=lambda job, asked: False,
)
QUANTITIES = Flow(
    name="quantities", jobs=(WRITE,), writes=(Writes("seller", ToySender.kinds, ToySender),), codes=issues.CODES
)
