"""Carries price and stock to a seller's listings: composed from the mirrors at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core import clock
from core.amazon.transport import AmazonClient
from core.jobs.context import ItemResult, JobContext
from core.model.account import SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.outbox import OutboxIntent
from core.money import Money
from core.offers.shared import share_stock
from core.products.listings import rows_by_sku, store_content, unpacked
from core.products.offers import mark_edited
from core.products.plan.facts import Facts
from core.products.plan.problems import listing_unknown
from core.products.plan.source import Source, attribute
from core.stock import WRITE_KIND
from core.stock.plan.decide import AMAZON, Decision
from core.stock.plan.patches import AVAILABILITY, MERCHANT_CODE, OFFER, availability, is_reduced_from, offer
from core.stock.situations import known_of, rules_for
from core.subjects import Subject
from core.submissions.message import ANY_TYPE, Message, Patch
from core.submissions.read import read_listings
from core.submissions.sender import FRESH, LOOK_FIRST, ListingSender, Submitted, by_channel, has_message
from core.submissions.sender import message_of as sent_message
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Ended, Missing, Outcome
from core.sync.outbox import Outbox
from core.sync.remotes import Remote, SellerRemote
from core.windows import AT_ONCE
from core.workspace import Workspace


class OfferSender(ListingSender):
    """Writes what differs at Amazon from what the store and the rules say."""

    kinds = frozenset((WRITE_KIND,))
    doing = "Writing prices and stock to Amazon"

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(workspace, context, outbox, remote)
        assert isinstance(remote, SellerRemote)
        self._client: AmazonClient = remote.client
        self._database = context.database
        with self._database.read() as session:
            account = session.get_one(SellerAccount, int(remote.owner.id))
        self._seller_id = account.seller_id or ""

    def compose(self, channel: Channel, intents: Sequence[OutboxIntent]) -> Mapping[int, Message | Hold | None]:
        """What still differs; a listing that was not read whole within a day is read first: a patch replaces all of an
        attribute, and prices for businesses, discounts and handling times are set at Amazon."""
        skus = [_sku(intent) for intent in intents]
        decided = self._decided(channel, skus)
        contents = self._contents(channel, decided)
        found: dict[int, Message | Hold | None] = {}
        for intent in intents:
            sku, undone = _sku(intent), self._undone(channel, intent)
            source = contents.get(sku)
            if sku in decided and source is None:
                found[stored_id(intent.id)] = listing_unknown(sku)
            elif sku in decided or undone:
                said = message_of(channel, sku, decided[sku], source) if source is not None else None
                found[stored_id(intent.id)] = _together(said, undone)
        return found

    def still(self, channel: Channel, message: Message, item: Mapping[str, Any]) -> Message | None:
        """Without the stock of what Amazon ships meanwhile: a quantity would take the listing back from it."""
        currency, source = rules_for(channel).currency, Source(listing=dict(item))
        if Facts.of(source, channel.marketplace_id, currency).fulfilment != AMAZON:
            return message
        with self._database.write() as session:
            store_content(session, channel, currency, {message.sku: source}, to_plan=False)
        rest = tuple(patch for patch in message.patches if patch.attribute != AVAILABILITY)
        return replace(message, patches=rest) if rest else None

    def _undone(self, channel: Channel, intent: OutboxIntent) -> Message | None:
        """What takes a quantity away again that a listing got which Amazon ships since it was read."""
        told = _told_quantity(sent_message(intent)) if intent.step == LOOK_FIRST and has_message(intent) else None
        if told is None:
            return None
        with self._database.read() as session:
            source = next((_whole(row) for row in rows_by_sku(session, channel, [_sku(intent)])), None)
        if source is None or not _is_left_beside(source.listing, told):
            return None
        gone = Patch("delete", AVAILABILITY, ({"fulfillment_channel_code": MERCHANT_CODE},))
        return Message(_sku(intent), ANY_TYPE, patches=(gone,))

    def accepted(self, session: Session, taken: Sequence[Submitted]) -> None:
        """Nothing: what counts is what Amazon shows afterwards."""

    def shows(self, intent: OutboxIntent, message: Message, item: Mapping[str, Any] | None) -> Outcome:
        """Price by the offers, stock by `fulfillmentAvailability`: the attributes of either may be stale."""
        if item is None:
            return Ended(listing_unknown(message.sku))
        channel = self._channel(intent.channel_id)
        seen = Facts.of(Source(listing=item), channel.marketplace_id, rules_for(channel).currency)
        for patch in message.patches:
            if patch.attribute == AVAILABILITY:
                if "fulfillmentAvailability" not in item:
                    return Missing()
                told = _told_quantity(message)
                if _is_left_beside(item, told):
                    return Differs(item)  # to be taken away again
                if seen.fulfilment == AMAZON:
                    continue  # Amazon ships it now, so its stock is Amazon's
                if seen.quantity != told:
                    return Differs(item)
            if patch.attribute == OFFER and not _shows_price(patch, seen.price, item, channel):
                return Differs(item)
        return Arrived(item)

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        """Write what Amazon shows into the mirror; a price that a person has to see goes on being held."""
        results: dict[int, ItemResult] = {}
        for channel_id, mine in by_channel(ends).items():
            channel = session.get_one(Channel, channel_id)
            read = {_sku(intent): Source(listing=seen) for intent, seen in mine if seen is not None}
            store_content(session, channel, rules_for(channel).currency, read, to_plan=False)
            shown = rows_by_sku(session, channel, list(read))
            share_stock(session, channel, {row.sku: row.quantity for row in shown})
            rules = rules_for(channel)
            known = known_of(session, channel, [_sku(intent) for intent, _ in mine])
            arrived = {_sku(intent) for intent, seen in mine if seen is not None and _tells_price(intent)}
            released = [one.offer.product_id for sku, one in known.items() if sku in arrived and one.situation.released]
            if released:
                mark_edited(session, channel.store_id, released)  # as a list price it may go out now
            for intent, seen in mine:
                found = known.get(_sku(intent))
                holds = found.decide(rules).holds if found else ()
                results[stored_id(intent.id)] = _result(intent, holds, "unchanged" if seen is None else "updated")
        return [results[stored_id(intent.id)] for intent, _ in ends]

    # -- inside ---------------------------------------------------------------------------------------------

    def _channel(self, channel_id: int) -> Channel:
        with self._database.read() as session:
            return session.get_one(Channel, channel_id)

    def _decided(self, channel: Channel, skus: Sequence[str]) -> dict[str, Decision]:
        """What differs now, by SKU; what agrees meanwhile, or must not be written any more, is left out."""
        rules, found = rules_for(channel), dict[str, Decision]()
        for start in range(0, len(skus), AT_ONCE):
            with self._database.read() as session:
                known = known_of(session, channel, skus[start : start + AT_ONCE])
            for sku, one in known.items():
                decision = one.decide(rules)
                is_free = not one.is_existing or channel.counts_confirmed_at is not None
                if is_free and not decision.is_empty:
                    found[sku] = decision
        return found

    def _contents(self, channel: Channel, decided: Mapping[str, Decision]) -> dict[str, Source]:
        """Whole listings by SKU. What only becomes none waits for no reading: the next quantity follows one."""
        fresh = clock.now() - FRESH
        with self._database.read() as session:
            found = {
                row.sku: source
                for row in rows_by_sku(session, channel, list(decided))
                if (source := _whole(row)) and (decided[row.sku] == Decision(quantity=0) or _is_since(row, fresh))
            }
        if missing := [sku for sku in decided if sku not in found]:
            items = read_listings(self._client, self._seller_id, channel.marketplace_id, missing)
            read = {sku: Source(listing=item) for sku, item in items.items() if item is not None}
            with self._database.write() as session:
                store_content(session, channel, rules_for(channel).currency, read, to_plan=False)
            found |= read
        return found


def message_of(channel: Channel, sku: str, decision: Decision, source: Source) -> Message | None:
    """What is sent of one listing; None where Amazon ships it now, and only its stock would have been written."""
    place, patches = channel.marketplace_id, []
    present = attribute(source.listing, OFFER, place)
    if decision.price is not None and not is_reduced_from(present, decision.price):
        patches.append(Patch("replace", OFFER, offer(present, decision.price, place)))
    facts = Facts.of(source, place, rules_for(channel).currency)
    if decision.quantity is not None and facts.fulfilment != AMAZON:
        present = attribute(source.listing, AVAILABILITY, place)
        patches.append(Patch("replace", AVAILABILITY, availability(present, decision.quantity)))
    if not patches:
        return None
    return Message(sku, ANY_TYPE, patches=tuple(patches), urgent=decision.quantity == 0)


def _together(said: Message | None, undone: Message | None) -> Message | None:
    """Both as one message."""
    if said is None or undone is None:
        return said or undone
    return replace(said, patches=(*said.patches, *undone.patches))


def _tells_price(intent: OutboxIntent) -> bool:
    return has_message(intent) and any(patch.attribute == OFFER for patch in sent_message(intent).patches)


def _told_quantity(message: Message) -> int | None:
    """The merchant's quantity that a message tells."""
    told = next((patch.value[0] for patch in message.patches if patch.attribute == AVAILABILITY), {})
    return told.get("quantity")


def _is_left_beside(item: Mapping[str, Any], told: int | None) -> bool:
    """Whether the merchant's entry stands beside Amazon's: with the quantity that it was told, or at all for None."""
    entries = item.get("fulfillmentAvailability") or ()
    units = {one.get("fulfillmentChannelCode"): one.get("quantity") for one in entries}
    is_amazons = any(str(code).startswith(AMAZON) for code in units)
    return is_amazons and MERCHANT_CODE in units and told in (None, units[MERCHANT_CODE])


def _shows_price(patch: Patch, seen: Money | None, item: Mapping[str, Any], channel: Channel) -> bool:
    """Whether a listing has the price for everybody that a patch told, or has it and shows a discount."""
    place, currency = channel.marketplace_id, rules_for(channel).currency
    told = Facts.of(Source(listing={"attributes": {OFFER: list(patch.value)}}), place, currency).price
    return told is not None and (told == seen or is_reduced_from(attribute(item, OFFER, place), told))


def _whole(row: Listing) -> Source | None:
    source = unpacked(row.content)
    return source if source is not None and "attributes" in source.listing else None


def _is_since(row: Listing, moment: datetime) -> bool:
    return row.read_at is not None and row.read_at > moment


def _sku(intent: OutboxIntent) -> str:
    return Subject.parse(intent.subject).id


def _result(intent: OutboxIntent, holds: Sequence[Hold], result: str) -> ItemResult:
    if not holds:
        return ItemResult(intent.subject, result)
    return ItemResult(intent.subject, "held", holds[0].code, holds[0].message, holds[0].fix)
