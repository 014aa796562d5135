"""Deletes products that an import made, so that it can be undone: those alone that are as it left them.

Calls per product: one GET, one DELETE, and one GET for a hundred to read back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from core.cscart import product_writes as api
from core.cscart import products as rows_api
from core.cscart.product_writes import StoredProduct
from core.cscart.transport import StoreClient
from core.errors import CrossdockError
from core.jobs.context import ItemResult, JobContext
from core.model.base import stored_id
from core.model.outbox import OutboxIntent
from core.model.store import Store, StoreProduct
from core.products import REMOVE_KIND, refusals
from core.products.mirror import forget_in
from core.state import State
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Delivery, Differs, Missing, Outcome, Tell
from core.sync.outbox import Outbox
from core.sync.pace import Pace
from core.sync.remotes import Remote, StoreRemote
from core.workspace import Workspace

DELETE = "delete"


@dataclass(frozen=True)
class Removal(State):
    """A product that is to be deleted, and how the program left it: the content of the intent."""

    product_id: int = 0
    written_at: int = 0
    """When the store counted the program's last write to it, see `StoreProduct.written_at`; 0: not known."""
    amount: int = 0
    """Pieces that it had then: a sale changes nothing else."""


def removal_of(product_id: int, known: StoreProduct | None) -> Removal:
    """What to delete of a product; `known` is its row in the mirror."""
    return Removal(product_id, known.written_at, known.written_amount) if known else Removal(product_id)


class RemovalDelivery(Delivery):
    """Deletes products of one store."""

    kinds = frozenset({REMOVE_KIND})
    doing = "Deleting products in the store"
    batch = rows_api.SKUS_PER_CALL

    def __init__(
        self, outbox: Outbox, client: StoreClient, pace: Pace, *, store: Store, settle_seconds: float, tell: Tell
    ) -> None:
        super().__init__(outbox, pace, settle_seconds=settle_seconds, tell=tell)
        self._client = client
        self._store = store

    def odd(self, intent: OutboxIntent) -> Hold | None:
        try:
            return None if _removal(intent).product_id else refusals.unreadable()
        except ValueError:
            return refusals.unreadable()

    def send(self, intent: OutboxIntent) -> None:
        removal = _removal(intent)
        present = api.get(self._client, removal.product_id)
        if present is not None:
            if touched := _touched(removal, present):
                self.fail(intent, refusals.product_touched(removal.product_id, touched))
                return
            if self.calling(intent, DELETE, lambda: api.delete(self._client, removal.product_id)) is None:
                return
        self.outbox.sent(intent)

    def look(self, intent: OutboxIntent) -> Outcome:
        return Missing() if api.get(self._client, _removal(intent).product_id) else Arrived()

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbers = [_removal(intent).product_id for intent in intents]
        there = {row.product_id for row in rows_api.by_ids(self._client, numbers)}
        return {
            stored_id(intent.id): Missing() if number in there else Arrived()
            for intent, number in zip(intents, numbers, strict=True)
        }

    def refused(self, intent: OutboxIntent, error: CrossdockError) -> Hold:
        return refusals.refused(error)

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, refusals.not_deleted(_removal(intent).product_id))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, None]]) -> list[ItemResult]:
        for intent, _ in ends:
            forget_in(session, self._store, _removal(intent).product_id)
        return [
            ItemResult(intent.subject, "updated", message=f"product {_removal(intent).product_id} deleted")
            for intent, _ in ends
        ]


def _removal(intent: OutboxIntent) -> Removal:
    return Removal.from_json(intent.content or {})


def _touched(removal: Removal, present: StoredProduct) -> str:
    """What somebody has done with a product since; empty for nothing."""
    if not removal.written_at:
        return "nobody can tell whether it was changed"
    if present.changed_at > removal.written_at:
        return "it was changed"
    return "its quantity has changed" if present.row.amount != removal.amount else ""


def removals(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> RemovalDelivery:
    """What deletes products of a store."""
    assert isinstance(remote, StoreRemote)
    return RemovalDelivery(
        outbox,
        remote.client,
        remote.pace,
        store=remote.store,
        settle_seconds=workspace.settings.settle_seconds,
        tell=context.event_of,
    )
