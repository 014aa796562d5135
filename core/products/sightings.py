"""What the store has of SKUs that are about to be created: asked for a hundred at a time, and used once."""

from __future__ import annotations

import threading
import time

from sqlmodel import col, select

from core.cscart import products as api
from core.cscart.products import ProductRow, folded_sku
from core.model.outbox import WAITING, OutboxIntent
from core.products import WRITE_KIND
from core.products.sender import ProductSender
from core.subjects import Subject

_SEEN_FOR = 60.0
"""Real seconds for which what the store has of a SKU is trusted before it is created."""


class Sightings:
    """Safe to share between threads."""

    def __init__(self, sender: ProductSender) -> None:
        self._sender = sender
        self._seen: dict[str, list[ProductRow]] = {}
        self._seen_at = 0.0
        self._looking = threading.Lock()

    def of(self, intent: OutboxIntent, sku: str) -> list[ProductRow]:
        """Products that the store takes for having this SKU, as they are now."""
        if intent.attempts:
            return self.now(sku)
        with self._looking:
            if sku not in self._seen or time.monotonic() - self._seen_at > _SEEN_FOR:
                self._look_ahead(intent)
            found = self._seen.pop(sku, None)
        return self.now(sku) if found is None else found

    def now(self, sku: str) -> list[ProductRow]:
        """The same, in any case by a call of its own."""
        if not self._sender.has_filter:
            return api.with_sku(self._sender.client, sku)
        return list(api.by_skus_in_any_case(self._sender.client, [sku]))

    def _look_ahead(self, intent: OutboxIntent) -> None:
        if not self._sender.has_filter:
            return
        outbox = self._sender.outbox
        query = select(OutboxIntent.subject).where(
            col(OutboxIntent.remote) == str(outbox.remote),
            col(OutboxIntent.channel_id) == intent.channel_id,
            col(OutboxIntent.kind) == WRITE_KIND,
            col(OutboxIntent.state) == WAITING,
            col(OutboxIntent.attempts) == 0,
        )
        ordered = query.order_by(col(OutboxIntent.id)).limit(api.SKUS_PER_CALL)
        with outbox.database.read() as session:
            skus = [Subject.parse(text).id for text in session.exec(ordered).all()]
        found: dict[str, list[ProductRow]] = {folded_sku(sku): [] for sku in skus}
        for row in api.by_skus_in_any_case(self._sender.client, skus):
            found[folded_sku(row.sku)].append(row)
        self._seen = {sku: found[folded_sku(sku)] for sku in skus}
        self._seen_at = time.monotonic()
