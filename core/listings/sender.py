"""Sends listings to Amazon: composes them when they are sent, and notes what was taken and what is seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from core import clock
from core.jobs.context import ItemResult
from core.listings import PATCH_KIND, PUT_KIND
from core.listings.composing import Composer
from core.listings.exports import exports, mark, sent_in, target_of
from core.listings.plan.candidate import Wanted
from core.listings.plan.difference import differing
from core.listings.plan.kind import Kind
from core.listings.seen import see
from core.listings.terms import TermsBook
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing_export import ISSUES
from core.model.outbox import OutboxIntent
from core.subjects import Subject
from core.submissions.message import ANY_TYPE, LISTING, OFFER_ONLY, Answer, Message
from core.submissions.sender import ListingSender
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome


class ListingDelivery(ListingSender):
    """Carries listings of all channels of a seller account."""

    kinds = frozenset({PUT_KIND, PATCH_KIND})
    doing = "Sending listings to Amazon"
    report_data = (*ListingSender.report_data, "attributes")

    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        by_sku = {_sku(intent): stored_id(intent.id) for intent in intents}
        with self._workspace.database.read() as session:
            rows = exports(session, channel, list(by_sku))
        found = Composer(self._workspace, channel, self._client).compose([target_of(row) for row in rows.values()])
        return {
            by_sku[one.target.sku]: one.message if isinstance(one.decision, Wanted) else one.decision[0]
            for one in found
        }

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        usual = OFFER_ONLY if message.product_type == ANY_TYPE else LISTING
        kind = Kind(message.product_type, message.requirements or usual)
        terms = TermsBook(self._workspace, channel, self._client).of(kind)
        return {} if isinstance(terms, Hold) else terms.form.titles

    def accepted(self, session: Session, intent: OutboxIntent, message: Message, answer: Answer) -> None:
        sent_in(session, session.get_one(Channel, intent.channel_id), message, answer)

    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        if item is None:
            return Missing()
        there = item.get("attributes")
        if message.attributes is None:
            if not isinstance(there, dict):
                return Missing()  # nothing is known of them, so nothing is proven
            told = {patch.attribute: list(patch.value) for patch in message.patches if patch.op == "replace"}
            if differing(told, there):
                return Differs(item)
        return Arrived(item)

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        results = []
        for intent, item in ends:
            channel, sku = session.get_one(Channel, intent.channel_id), _sku(intent)
            is_new = intent.kind == PUT_KIND
            told = see(session, channel, {sku: item}, made=[sku] if is_new else []) if isinstance(item, Mapping) else {}
            hold = next((holds[0] for holds in told.values()), None)
            if hold is not None:
                results.append(ItemResult(intent.subject, "failed", hold.code, hold.message, hold.fix))
            else:
                results.append(ItemResult(intent.subject, "created" if is_new else "updated"))
        return results

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        channel, sku = session.get_one(Channel, intent.channel_id), _sku(intent)
        row = exports(session, channel, [sku]).get(sku)
        if row is not None and row.attributes is None:
            mark(session, channel, [sku], state=ISSUES, state_at=clock.now())


def _sku(intent: OutboxIntent) -> str:
    return Subject.parse(intent.subject).id
