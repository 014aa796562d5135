"""What planned orders take of a store's goods before the store knows of them: those of this job, and those that wait.

The outbox has the orders of all channels of a store, so two channels do not sell the same piece. An order counts until
its job ends, for the amounts that the job knows may be older than the order in the store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from sqlmodel import Session, col, select

from core.model.outbox import IS_UNSENT, OutboxIntent
from core.model.store import Store
from core.orders import CREATE_KIND
from core.orders.evidence import evidence
from core.orders.parts import CORRECT, marker, parts
from core.orders.plan.store_order import PlannedOrder
from core.subjects import Owner


class Taken:
    """Units by product, and by the Amazon order that takes them."""

    def __init__(self) -> None:
        self._orders: dict[str, Counter[int]] = {}
        self._sum: Counter[int] = Counter()
        self._known: set[int | None] = set()
        """Intents that are counted."""

    def __iter__(self) -> Iterator[int]:
        return iter(self._sum)

    def by_others(self, product_id: int, order_id: str = "") -> int:
        """Units of a product that orders take, but for one of them."""
        own = self._orders.get(order_id)
        return self._sum[product_id] - (own[product_id] if own else 0)

    def note(self, order_id: str, units: Counter[int]) -> None:
        """Count an order; what it was counted with before is forgotten."""
        self._sum.subtract(self._orders.get(order_id, Counter()))
        self._orders[order_id] = units
        self._sum.update(units)

    def read(self, session: Session, store: Store, gives_back: Mapping[str, bool]) -> set[int]:
        """Count the orders that wait in the outbox; returns the products of those that were not counted before.

        `gives_back` are the store's statuses, as `ChannelRules.store_statuses` has them.
        """
        remote = col(OutboxIntent.remote) == str(Owner.store(store.id or 0))
        waiting = remote, col(OutboxIntent.kind) == CREATE_KIND, IS_UNSENT
        keys = session.exec(select(OutboxIntent.id).where(*waiting))
        fresh = [key for key in keys if key not in self._known]
        products: set[int] = set()
        for start in range(0, len(fresh), 500):
            some = col(OutboxIntent.id).in_(fresh[start : start + 500])
            for intent in session.exec(select(OutboxIntent).where(some)):
                units = _to_take(intent, gives_back)
                self.note(marker(intent), units)
                products.update(units)
        self._known.update(fresh)
        return products


def taken_by(orders: Iterable[PlannedOrder], gives_back: Mapping[str, bool]) -> Counter[int]:
    """What orders that are to be made take from the stock."""
    units: Counter[int] = Counter()
    for line in (line for order in orders if not gives_back.get(order.status) for line in order.lines):
        units[line.product_id] += line.amount
    return units


def _to_take(intent: OutboxIntent, gives_back: Mapping[str, bool]) -> Counter[int]:
    """What an intent is still to take; nothing where it cannot be read, for that is never sent."""
    with suppress(ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        orders = [PlannedOrder.from_content(one) for one in parts(intent)[evidence(intent).part :]]
        is_made = intent.step == CORRECT and orders[0].stand_in is None
        return taken_by(orders[1:] if is_made else orders, gives_back)
    return Counter()
