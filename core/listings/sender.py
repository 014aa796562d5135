"""Sends listings to Amazon: composes them when they are sent, and notes what was taken and what is seen of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from core import clock
from core.jobs.context import ItemResult
from core.listings import PATCH_KIND, PUT_KIND
from core.listings.composing import Composer
from core.listings.exports import exports, forget_unsent, is_unseen, mark, sent_in, target_of
from core.listings.plan import problems
from core.listings.plan.candidate import Wanted
from core.listings.plan.difference import differing, is_unshown
from core.listings.plan.kind import Kind
from core.listings.plan.merging import quantity_in
from core.listings.seen import see
from core.listings.terms import TermsBook
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing_export import ISSUES, PLANNED, ListingExport
from core.model.listing_issue import OF_SUBMISSION
from core.model.outbox import OutboxIntent
from core.offers.shared import share_stock
from core.products.issues import write_issues
from core.products.offers import mark_everywhere
from core.products.plan.issues import issues_of
from core.subjects import Subject
from core.submissions.message import ANY_TYPE, LISTING, OFFER_ONLY, Message
from core.submissions.sender import (
    LOOK_FIRST,
    Issue,
    ListingSender,
    Submitted,
    by_channel,
    has_message,
    is_taken,
    message_of,
)
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome

_LOOKED = timedelta(hours=1)
"""How long it counts that Amazon had no such listing when it was planned."""


class ListingDelivery(ListingSender):
    """Carries listings of all channels of a seller account."""

    kinds = frozenset({PUT_KIND, PATCH_KIND})
    doing = "Sending listings to Amazon"
    report_data = (*ListingSender.report_data, "attributes")

    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        by_sku = {_sku(intent): stored_id(intent.id) for intent in intents}
        with self._workspace.database.read() as session:
            rows = exports(session, channel, list(by_sku))
        doubtful = {_sku(intent) for intent in intents if intent.step == LOOK_FIRST}
        targets = [target_of(row) for row in rows.values() if not is_unseen(row)]
        found = Composer(self._workspace, channel, self._client).compose(targets, doubtful=doubtful)
        composed: dict[int, Message | Hold | None] = {
            by_sku[one.target.sku]: one.message if isinstance(one.decision, Wanted) else one.decision[0]
            for one in found
        }
        return composed | self._made_meanwhile(channel, intents, rows)

    def _made_meanwhile(
        self, channel: Channel, intents: Sequence[OutboxIntent], rows: Mapping[str, ListingExport]
    ) -> dict[int, Hold]:
        """Those planned or refused long ago that are there: a whole listing would replace somebody's own.

        What is looked at first was sent before, by a feed that was given up. What is somebody else's is watched from
        now on: an edit in the store does not replace it either.
        """
        planned = clock.now() - _LOOKED
        new = [one for one in intents if one.kind == PUT_KIND and not one.attempts and one.step != LOOK_FIRST]
        waited = [one for one in new if (row := rows.get(_sku(one))) and row.state_at < planned]
        items = self.read_before(channel, waited) if waited else {}
        there = sorted(sku for sku, item in items.items() if item is not None)
        if there:
            self.outbox.write(lambda session: forget_unsent(session, channel, there, states=(PLANNED, ISSUES)))
        return {stored_id(one.id): problems.listed_meanwhile(sku) for one in waited if (sku := _sku(one)) in there}

    def titles(self, channel: Channel, message: Message) -> Mapping[str, str]:
        usual = OFFER_ONLY if message.product_type == ANY_TYPE else LISTING
        kind = Kind(message.product_type, message.requirements or usual)
        terms = TermsBook(self._workspace, channel, self._client).of(kind)
        return {} if isinstance(terms, Hold) else terms.form.titles

    def accepted(self, session: Session, taken: Sequence[Submitted]) -> None:
        for channel_id, mine in by_channel(taken).items():
            sent_in(session, session.get_one(Channel, channel_id), [(one.message, one.answer) for one in mine])

    def turned_down(self, session: Session, channel: Channel, message: Message, said: Sequence[Issue]) -> None:
        write_issues(session, channel, OF_SUBMISSION, {message.sku: issues_of(said)})

    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        if item is None:
            return Missing()
        there = item.get("attributes")
        if message.attributes is None:
            if not isinstance(there, dict):
                return Missing()  # nothing is known of them, so nothing is proven
            told = {patch.attribute: list(patch.value) for patch in message.patches if patch.op == "replace"}
            if differing(told, there) or (not is_taken(intent) and is_unshown(told, there)):
                return Differs(item)
        return Arrived(item)

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        held: dict[tuple[int, str], Hold] = {}
        seen = [(intent, item) for intent, item in ends if isinstance(item, Mapping)]
        for channel_id, mine in by_channel(seen).items():
            items = {_sku(intent): item for intent, item in mine}
            made = [_sku(intent) for intent, _ in mine if intent.kind == PUT_KIND]
            channel = session.get_one(Channel, channel_id)
            told = see(session, channel, items, made=made)
            _tell_stock(session, channel, [intent for intent, _ in mine])
            held |= {(channel_id, str(subject)): holds[0] for subject, holds in told.items()}
        return [_result(intent, held.get((intent.channel_id, intent.subject))) for intent, _ in ends]

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        channel, sku = session.get_one(Channel, intent.channel_id), _sku(intent)
        row = exports(session, channel, [sku]).get(sku)
        if row is not None and row.attributes is None and not is_unseen(row):
            mark(session, channel, [sku], state=ISSUES, state_at=clock.now(), product=None)


def _tell_stock(session: Session, channel: Channel, intents: Sequence[OutboxIntent]) -> None:
    """Let whoever writes the stock look again: what was sent here shows in every marketplace that shares it."""
    messages = [message_of(intent) for intent in intents if has_message(intent)]
    told = {one.sku: units for one in messages if (units := quantity_in(one)) is not None}
    share_stock(session, channel, told)
    mark_everywhere(session, channel, list(told))


def _result(intent: OutboxIntent, hold: Hold | None) -> ItemResult:
    if hold is not None:
        return ItemResult(intent.subject, "failed", hold.code, hold.message, hold.fix)
    return ItemResult(intent.subject, "created" if intent.kind == PUT_KIND else "updated")


def _sku(intent: OutboxIntent) -> str:
    return Subject.parse(intent.subject).id
