"""A stand-in for the common base of the senders: each goes singly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.amazon import listings as api
from core.errors import CrossdockError
from core.flows import FLOWS
from core.listings import NAME, flow
from core.listings.closing import ClosingDelivery
from core.listings.sender import ListingDelivery
from core.model.outbox import OutboxIntent
from core.submissions.message import INVALID, Answer, Message
from core.submissions.read import read_listings
from core.sync.codes import Code, FixKind
from core.sync.decisions import Hold
from core.sync.delivery import Differs, Missing, Outcome
from core.sync.flow import Flow, Writes
from core.workspace import channel_parts

REFUSED = Code("amazon_refused", "Amazon refused", FixKind.RETRY)


class SingleDelivery(ListingDelivery):
    """Sends each by a call of its own."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._messages: dict[int, Message] = {}

    def send(self, intent: OutboxIntent) -> None:
        with self.outbox.database.read() as session:
            channel, account, _, _ = channel_parts(session, intent.channel_id)
        told = self.compose(channel, [intent]).get(intent.id or 0)
        if isinstance(told, Hold):
            self.fail(intent, told)
        elif told is None:
            self.end([(intent, None)])
        else:
            self._send(intent, told, api.Place(account.seller_id or "", channel.marketplace_id, told.sku))

    def _send(self, intent: OutboxIntent, message: Message, place: api.Place) -> None:
        call = api.patch if message.attributes is None else api.put
        answer = self.calling(intent, message.route, lambda: call(self._amazon, place, message.body()))
        if answer is None:
            return
        if answer.status == INVALID:
            self.fail(intent, Hold(REFUSED, str(answer.issues[0]["message"]), "Correct it."))
            return
        self._messages[intent.id or 0] = message

        def taken(session: Any) -> None:
            told = Answer(answer.status, answer.submission_id, answer.issues, message.route)
            self.accepted(session, intent, message, told)
            self.outbox.note_in(session, intent, state="sent", not_before=None)

        self.outbox.write(taken)

    def look(self, intent: OutboxIntent) -> Outcome:
        return self.read_back([intent])[intent.id or 0]

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        found: dict[int, Outcome] = {}
        for intent in intents:
            with self.outbox.database.read() as session:
                channel, account, _, _ = channel_parts(session, intent.channel_id)
            sku = intent.subject.removeprefix("sku ")
            items = read_listings(self._amazon, account.seller_id or "", channel.marketplace_id, [sku])
            found[intent.id or 0] = self.shows(intent, self._messages[intent.id or 0], items[sku])
        return found

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return Hold(REFUSED, error.what, "Correct it.")

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, Hold(REFUSED, "It is not as it was sent.", "Look at it."))


def flows() -> tuple[Flow, ...]:
    """The program's flows with the stand-in."""
    writes = (
        Writes("seller", SingleDelivery.kinds, SingleDelivery),
        Writes("seller", ClosingDelivery.kinds, ClosingDelivery),
    )
    return tuple(replace(one, writes=writes) if one.name == NAME else one for one in FLOWS)


def stand_in(patch: pytest.MonkeyPatch) -> None:
    """Send each by itself."""
    patch.setattr(flow, "send_in_bulk", lambda *arguments: None)
