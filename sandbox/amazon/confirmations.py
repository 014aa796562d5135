"""Confirmations of shipments that Amazon has accepted, until they show in the order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.amazon.order_book import OrderBook
from sandbox.clock import Clock
from sandbox.world.build import World
from sandbox.world.change import add_package
from sandbox.world.make import whole_millisecond
from sandbox.world.order import WorldOrder
from sandbox.world.package import Package, with_package

DELAY = 30.0


@dataclass(frozen=True)
class _Accepted:
    book: OrderBook
    order_id: str
    package: Package
    at: datetime


class Confirmations:
    """Packages on their way into their orders. Thread-safe; hold `lock` from judging a confirmation to accepting it.

    delay   sandbox seconds from the answer 204 until package, status and update time of the order show it
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self.delay = DELAY
        self.lock = threading.RLock()
        self._world = world
        self._clock = clock
        self._waiting: list[_Accepted] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def packages(self, order: WorldOrder) -> list[Package]:
        """The packages of an order as Amazon knows them, also those that do not show yet."""
        with self.lock:
            known = list(order.draft.packages)
            for one in self._waiting:
                if one.order_id == order.order_id:
                    known = with_package(known, one.package)
            return known

    def accept(self, book: OrderBook, order: WorldOrder, package: Package) -> None:
        """Take a package that has been found right."""
        with self.lock:
            self._waiting.append(_Accepted(book, order.order_id, package, self._clock.now()))
            self.show()

    def show(self, order_id: str | None = None) -> None:
        """Put into the orders what is old enough to show; of one order all."""
        with self.lock:
            now, delay = self._clock.now(), timedelta(seconds=self.delay)
            due = [one for one in self._waiting if one.at + delay <= now or one.order_id == order_id]
            self._waiting = [one for one in self._waiting if one not in due]
            for one in due:
                one.book.change(one.order_id, self._shown(one.package, min(now, one.at + delay)))

    def _shown(self, package: Package, moment: datetime) -> Callable[[WorldOrder], None]:
        def change(order: WorldOrder) -> None:
            updated = max(whole_millisecond(moment), order.updated + timedelta(milliseconds=1))
            # Who confirms an order has it: to the store, this is news of an order that is there.
            imported = order.expected.outcome == "created"
            add_package(self._world, order, package, updated, imported=imported)

        return change
