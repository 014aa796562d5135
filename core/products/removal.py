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
from core.jobs.context import ItemResult
from core.model.base import stored_id
from core.model.outbox import OutboxIntent
from core.model.store import StoreProduct
from core.products import REMOVE_KIND, offers, refusals
from core.products.evidence import Left
from core.products.mirror import forget_in
from core.products.sender import ProductSender
from core.products.traces import Trace, is_as_left
from core.state import State
from core.sync.decisions import Hold
from core.sync.delivery import Arrived, Differs, Missing, Outcome

DELETE = "delete"


@dataclass(frozen=True)
class Removal(State):
    """A product that is to be deleted, and how the program left it: the content of the intent."""

    product_id: int = 0
    written_at: int = 0
    """When the store counted the program's last write to it, see `StoreProduct.written_at`; 0: not known."""
    amount: int = 0
    """Pieces that it had then: a sale changes nothing else."""
    left: Left | None = None
    """What else it had; None where that is not known."""
    touched: bool = False
    """Somebody has changed it before a later write of the program."""


def removal_of(product_id: int, known: StoreProduct | None, trace: Trace) -> Removal:
    """What to delete of a product; `known` is its row in the mirror, `trace` what writes have found."""
    at, amount = (known.written_at, known.written_amount) if known else (0, 0)
    return Removal(product_id, at, amount, trace.left, trace.touched)


class RemovalDelivery(ProductSender):
    """Deletes products of one store."""

    kinds = frozenset({REMOVE_KIND})
    doing = "Deleting products in the store"
    batch = rows_api.SKUS_PER_CALL

    def odd(self, intent: OutboxIntent) -> Hold | None:
        try:
            return None if _removal(intent).product_id else refusals.unreadable()
        except ValueError:
            return refusals.unreadable()

    def send(self, intent: OutboxIntent) -> None:
        removal = _removal(intent)
        language = removal.left.language if removal.left else ""
        present = api.get(self.client, removal.product_id, language)
        if present is not None:
            if touched := _touched(removal, present):
                self.fail(intent, refusals.product_touched(removal.product_id, touched))
                return
            if self.calling(intent, DELETE, lambda: api.delete(self.client, removal.product_id)) is None:
                return
        self.outbox.sent(intent)

    def look(self, intent: OutboxIntent) -> Outcome:
        return Missing() if api.get(self.client, _removal(intent).product_id) else Arrived()

    def read_back(self, intents: Sequence[OutboxIntent]) -> Mapping[int, Outcome]:
        numbers = [_removal(intent).product_id for intent in intents]
        there = {row.product_id for row in rows_api.by_ids(self.client, numbers)}
        return {
            stored_id(intent.id): Missing() if number in there else Arrived()
            for intent, number in zip(intents, numbers, strict=True)
        }

    def keeps_differing(self, intent: OutboxIntent, outcome: Missing | Differs) -> None:
        self.fail(intent, refusals.not_deleted(_removal(intent).product_id))

    def verified(self, session: Session, ends: Sequence[tuple[OutboxIntent, None]]) -> list[ItemResult]:
        for intent, _ in ends:
            number = _removal(intent).product_id
            forget_in(session, self.store, number)
            # Before the import nobody here wrote the listing's stock: what the seller had there stays.
            offers.forget(session, stored_id(self.store.id), number)
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
    is_other = removal.left is not None and not is_as_left(removal.left, present)
    if removal.touched or present.changed_at > removal.written_at or is_other:
        return "it was changed"
    return "its quantity has changed" if present.row.amount != removal.amount else ""
