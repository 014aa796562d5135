"""The orders of one seller account, in the two orders in which they are searched."""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.world.order import WorldOrder

Key = tuple[int, str]
"""Unix milliseconds and order id: the position of an order in a search."""

ORDER_ID = re.compile(r"\d{3}-\d{7}-\d{7}")

DATA_SETS = (
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
)
_ORDER_BLOCKS = {
    "buyer": "BUYER",
    "recipient": "RECIPIENT",
    "proceeds": "PROCEEDS",
    "fulfillment": "FULFILLMENT",
    "packages": "PACKAGES",
    "tax": "TAX",
    "payment": "PAYMENT",
    "fulfillmentOrders": "FULFILLMENT_ORDERS",
}
_ITEM_BLOCKS = {
    "proceeds": "PROCEEDS",
    "expense": "EXPENSE",
    "promotion": "PROMOTION",
    "cancellation": "CANCELLATION",
    "fulfillment": "FULFILLMENT",
    "tax": "TAX",
}

_NAMES = ("buyerName", "buyerEmail", "giftMessage", "name", "companyName", "postalCode", "phone")
_STREET = ("addressLine1", "addressLine2", "addressLine3")
_PERSONAL = frozenset((*_NAMES, *_STREET))


def milliseconds(moment: datetime) -> int:
    """Unix milliseconds, the precision of the interface."""
    return round(moment.timestamp() * 1000)


class OrderBook:
    """Orders by id, by update time and by creation time, with their JSON kept ready. Thread-safe."""

    def __init__(self, orders: Iterable[WorldOrder]) -> None:
        self._lock = threading.RLock()
        self._orders: dict[str, WorldOrder] = {}
        self._keys: dict[str, list[Key]] = {"lastUpdated": [], "created": []}
        self._json: dict[tuple[str, frozenset[str], bool], bytes] = {}
        for order in orders:
            self._orders[order.order_id] = order
            for stream, keys in self._keys.items():
                keys.append(_key(order, stream))
        for keys in self._keys.values():
            keys.sort()

    def __len__(self) -> int:
        return len(self._orders)

    def get(self, order_id: str) -> WorldOrder | None:
        """One order."""
        with self._lock:
            return self._orders.get(order_id)

    def orders(self) -> list[WorldOrder]:
        """All orders."""
        with self._lock:
            return list(self._orders.values())

    def add(self, order: WorldOrder) -> None:
        """Take in a new order."""
        with self._lock:
            self._orders[order.order_id] = order
            for stream, keys in self._keys.items():
                insort(keys, _key(order, stream))

    def change(self, order_id: str, action: Callable[[WorldOrder], None]) -> WorldOrder:
        """Let `action` change the order in place; KeyError when there is none."""
        with self._lock:
            order = self._orders[order_id]
            for stream, keys in self._keys.items():
                keys.remove(_key(order, stream))
            try:
                action(order)
            finally:
                for stream, keys in self._keys.items():
                    insort(keys, _key(order, stream))
                for kept in [one for one in self._json if one[0] == order_id]:
                    del self._json[kept]
            return order

    def search(
        self,
        stream: str,
        first: int,
        last: int,
        after: Key | None,
        limit: int,
        wanted: Callable[[WorldOrder], bool],
    ) -> tuple[list[WorldOrder], bool]:
        """At most `limit` wanted orders with `first` <= time <= `last`, and whether there are more.

        `stream` is "lastUpdated" or "created". `after` is the position of the last order already seen:
        an order that changes meanwhile moves, but no other one is passed over.
        """
        with self._lock:
            keys = self._keys[stream]
            start = bisect_left(keys, (first, "")) if after is None else bisect_right(keys, after)
            found: list[WorldOrder] = []
            for moment, order_id in keys[start:]:
                if moment > last:
                    break
                order = self._orders[order_id]
                if not wanted(order):
                    continue
                if len(found) == limit:
                    return found, True
                found.append(order)
            return found, False

    def key(self, order: WorldOrder, stream: str) -> Key:
        """Where an order stands in a stream."""
        return _key(order, stream)

    def json(self, order: WorldOrder, included: frozenset[str], personal: bool = True) -> bytes:
        """The order with the data sets asked for, as JSON; `personal`: with what identifies the buyer."""
        with self._lock:
            key = (order.order_id, included, personal)
            ready = self._json.get(key)
            if ready is None:
                document = select(order.document if personal else anonymous(order.document), included)
                ready = self._json[key] = json.dumps(document, ensure_ascii=False).encode()
            return ready


def select(document: dict[str, Any], included: frozenset[str]) -> dict[str, Any]:
    """The document without the blocks of data sets that were not asked for."""
    chosen = {name: block for name, block in document.items() if _is_included(_ORDER_BLOCKS, name, included)}
    if "orderItems" in chosen:
        chosen["orderItems"] = [
            {name: block for name, block in item.items() if _is_included(_ITEM_BLOCKS, name, included)}
            for item in document["orderItems"]
        ]
    return chosen


def anonymous(document: Any) -> Any:
    """The document as an application without the restricted role sees it: personal fields are absent."""
    if isinstance(document, list):
        return [anonymous(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {name: anonymous(value) for name, value in document.items() if name not in _PERSONAL}


def _is_included(blocks: dict[str, str], name: str, included: frozenset[str]) -> bool:
    return name not in blocks or blocks[name] in included


def _key(order: WorldOrder, stream: str) -> Key:
    moment = order.updated if stream == "lastUpdated" else order.created
    return milliseconds(moment), order.order_id
