"""Listings that are looked at before they are changed, with those whose turn comes next: one call for twenty."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlmodel import col, select

from core.amazon.items import AT_ONCE
from core.amazon.listings import can_be_searched
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.outbox import WAITING, OutboxIntent
from core.subjects import Subject
from core.sync.outbox import Outbox

Item = Mapping[str, Any] | None


class Ahead:
    """What Amazon had of a SKU a moment ago. Thread-safe; each is told once."""

    def __init__(
        self,
        outbox: Outbox,
        kinds: Collection[str],
        read: Callable[[Channel, Sequence[str]], Mapping[str, Item]],
    ) -> None:
        self._outbox, self._kinds, self._read = outbox, sorted(kinds), read
        self._lock = threading.Lock()
        self._items: dict[tuple[int, str], Item] = {}

    def item(self, channel: Channel, intent: OutboxIntent) -> Item:
        """The listing that an intent is about; None when it is not there. Raises as the client does."""
        key = stored_id(channel.id), Subject.parse(intent.subject).id
        with self._lock:
            if key not in self._items:
                skus = [key[1], *self._next(intent)] if can_be_searched(key[1]) else [key[1]]
                found = self._read(channel, list(dict.fromkeys(skus))[:AT_ONCE])
                self._items = {(key[0], sku): item for sku, item in found.items()}
            return self._items.pop(key)

    def _next(self, intent: OutboxIntent) -> list[str]:
        """The SKUs that are sent next, as far as one search finds them."""
        query = (
            select(OutboxIntent.subject)
            .where(
                col(OutboxIntent.remote) == intent.remote,
                col(OutboxIntent.state) == WAITING,
                col(OutboxIntent.channel_id) == intent.channel_id,
                col(OutboxIntent.kind).in_(self._kinds),
                col(OutboxIntent.id) > intent.id,
            )
            .order_by(col(OutboxIntent.id))
            .limit(AT_ONCE - 1)
        )
        with self._outbox.database.read() as session:
            skus = [Subject.parse(subject).id for subject in session.exec(query)]
        return [sku for sku in skus if can_be_searched(sku)]
