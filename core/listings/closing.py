"""Closes listings that somebody named: takes the SKU away at Amazon, and looks whether it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlmodel import Session

from core import clock
from core.amazon import listings as api
from core.database import Database
from core.errors import CrossdockError
from core.jobs.context import ItemResult, JobContext
from core.listings import CLOSE_KIND, NAME
from core.listings.checkpoint import Checkpoint
from core.listings.exports import close_in, mark_clean
from core.listings.plan import problems
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import OutboxIntent
from core.products.listings import mark as mark_listings
from core.products.listings import rows_by_sku
from core.products.offers import mark_everywhere
from core.subjects import Owner, Subject
from core.submissions import issues
from core.submissions.message import INVALID
from core.submissions.read import read_listings
from core.submissions.sender import DELETE
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Missing, Outcome
from core.sync.outbox import NewIntent, Outbox, post
from core.sync.remotes import Remote, SellerRemote
from core.workspace import Workspace, channel_parts


def plan_closing(database: Database, context: JobContext, channel: Channel) -> None:
    """Put the named listings into the outbox; those that are closed already are told so."""
    skus: list[str] = context.params["skus"]
    with database.write() as session:
        there = {row.sku for row in rows_by_sku(session, channel, skus) if row.closed_at is None}
        intents = [NewIntent(Subject("sku", sku), CLOSE_KIND, locks=[f"sku {sku}"]) for sku in skus if sku in there]
        begun = post(session, channel, context.job_id, Owner.seller(channel.account_id), NAME, intents)
        for sku in skus:
            if sku not in there:
                context.result(ItemResult(f"sku {sku}", "unchanged", message="It is not listed."))
        busy = problems.stays_listed()
        for subject in begun:
            context.result(
                ItemResult(str(subject), "held", busy.code, "It is being sent to Amazon just now.", busy.fix)
            )
        context.save(session, Checkpoint(planned=True))


class ClosingDelivery(Delivery):
    """Carries what is to be closed to one seller account."""

    kinds = frozenset({CLOSE_KIND})
    doing = "Closing listings at Amazon"
    batch = 20

    def __init__(self, workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> None:
        super().__init__(outbox, remote.pace, settle_seconds=workspace.settings.settle_seconds, tell=context.event_of)
        assert isinstance(remote, SellerRemote)
        self._client = remote.client

    def send(self, intent: OutboxIntent) -> None:
        place = self._place(intent)
        answer = self.calling(intent, DELETE, partial(api.delete, self._client, place))
        if answer is None:
            return
        if answer.status == INVALID:
            self.fail(intent, issues.refused(answer.issues))
        else:
            self.outbox.sent(intent)

    def look(self, intent: OutboxIntent) -> Outcome:
        return self._looked([intent])[stored_id(intent.id)]

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        found = self._looked(intents)
        return {one: self.patiently(intent, found[one]) for intent in intents if (one := stored_id(intent.id))}

    def _looked(self, intents: Sequence[OutboxIntent]) -> dict[int, Outcome]:
        """Whether they are gone: one call for 20 of a channel."""
        places = {stored_id(intent.id): self._place(intent) for intent in intents}
        by_marketplace: dict[str, list[api.Place]] = {}
        for place in places.values():
            by_marketplace.setdefault(place.marketplace_id, []).append(place)
        there = {
            (marketplace, sku)
            for marketplace, some in by_marketplace.items()
            for sku, item in read_listings(
                self._client, some[0].seller_id, marketplace, [one.sku for one in some]
            ).items()
            if item is not None
        }
        return {
            key: Missing() if (place.marketplace_id, place.sku) in there else Arrived() for key, place in places.items()
        }

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        hold = problems.stays_listed()
        return Hold(hold.problem, f"Amazon does not close it: {error.what}", error.next_step or hold.fix)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, problems.stays_listed())

    def given_up(self, session: Session, intent: OutboxIntent) -> None:
        """Let what was kept back while it was to go be planned again."""
        channel, sku = session.get_one(Channel, intent.channel_id), Subject.parse(intent.subject).id
        mark_clean(channel, session, [sku], dirty=True)
        mark_everywhere(session, channel, [sku])

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        for intent, _ in ends:
            channel, sku = session.get_one(Channel, intent.channel_id), Subject.parse(intent.subject).id
            mark_listings(session, channel, [sku], closed_at=clock.now(), buyable=False)
            close_in(session, channel, [sku])
        return [ItemResult(intent.subject, "updated", message="Closed.") for intent, _ in ends]

    def _place(self, intent: OutboxIntent) -> api.Place:
        with self.outbox.database.read() as session:
            channel, account, _, _ = channel_parts(session, intent.channel_id)
        return api.Place(account.seller_id or "", channel.marketplace_id, Subject.parse(intent.subject).id)
