"""Enters shipments into the store: what Amazon or another tool has sent, and what a person told here.

    enter ─▶ (201) ─ read back ─▶ there: verified
       ▼ no clear answer
    unknown ─ look ─▶ there, or entered once more

An order's shipments are read before anything is entered, so what is there already is never entered again. Calls per
order: one GET before, one POST per parcel, one GET after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session

from core.cscart import shipments as api
from core.cscart.shipments import Shipment
from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.outbox import OutboxIntent
from core.shipments import ENTER_KIND
from core.shipments.mirror import store_entered
from core.shipments.plan import problems
from core.shipments.plan.back import Entry, source_of
from core.shipments.plan.carrier import plain
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.wording import trouble

_CONTENT = {"store_order_id", "shipping_id", "entries"}


class Entries(Delivery):
    """Carries shipments into one store."""

    kinds = frozenset({ENTER_KIND})
    doing = "Entering shipments into the store"

    def __init__(self, outbox: Outbox, client: StoreClient, pace: Pace, *, settle_seconds: float, tell: Tell) -> None:
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client

    def odd(self, intent: OutboxIntent) -> Hold | None:
        return None if (intent.content or {}).keys() >= _CONTENT else problems.unreadable()

    def send(self, intent: OutboxIntent) -> None:
        content = intent.content or {}
        present = api.of_order(self._client, content["store_order_id"])
        for number, entry in enumerate(_entries(intent)):
            if _find(entry, present) is None and not self._enter(intent, f"parcel {number}", entry):
                return
        self.outbox.sent(intent)

    def _enter(self, intent: OutboxIntent, step: str, entry: Entry) -> bool:
        """Make one; False when the intent is on its way already because that went wrong."""
        content = intent.content or {}
        made = self.calling(
            intent,
            step,
            lambda: api.create(
                self._client,
                content["store_order_id"],
                shipping_id=content["shipping_id"],
                carrier=entry.carrier,
                tracking=entry.tracking,
                comments=entry.comments,
                items=entry.items,
                shipped_at=entry.shipped_at,
            ),
        )
        return made is not None

    def look(self, intent: OutboxIntent) -> Outcome:
        present = api.of_order(self._client, (intent.content or {})["store_order_id"])
        found = [_find(entry, present) for entry in _entries(intent)]
        return Missing() if None in found else Arrived(found)

    def may_double(self, intent: OutboxIntent) -> bool:
        return True

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        return {stored_id(intent.id): self.look(intent) for intent in intents}

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return problems.entry_refused(trouble(error).what)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, problems.entry_refused("The store took the shipment, and does not have it."))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, Any]]) -> list[ItemResult]:
        results = []
        for intent, found in ends:
            store_entered(session, intent.store_id, found)
            numbers = ", ".join(str(shipment.shipment_id) for shipment in found)
            results.append(ItemResult(intent.subject, "created", message=f"shipment {numbers} of the store"))
        return results


def _entries(intent: OutboxIntent) -> list[Entry]:
    return [Entry.from_content(entry) for entry in (intent.content or {})["entries"]]


def _find(entry: Entry, present: Sequence[Shipment]) -> Shipment | None:
    """The store's shipment of an entry: entered by us, or known by its tracking number, or by its own number."""
    source = source_of(entry.comments)
    for shipment in present:
        if source and source in (source_of(shipment.comments), str(shipment.shipment_id)):
            return shipment
        if entry.tracking and plain(entry.tracking) == plain(shipment.tracking):
            return shipment
        if not source and not entry.tracking and entry.comments == shipment.comments:
            return shipment
    return None
