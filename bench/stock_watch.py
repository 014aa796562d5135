"""Watching a store for changes: calls of a poll in which nothing changed, and the first reading of everything.

The list of edits and the list of changed orders cost a call each, so a poll cannot cost less than two.
"""

from __future__ import annotations

from bench.measure import Result, taking
from bench.shop import Shop, shop
from core import clock
from core.model.store import Store
from core.stock.watch import watch

SIZES = (1_000, 10_000, 100_000)
EVERY = 30
"""Seconds between two polls."""
POLLS = 40
"""Twenty minutes."""
FEWEST = 2.0


def run(orders: int) -> list[Result]:
    """Measure each size; how many orders there are does not matter."""
    return [result for size in SIZES for result in _of(size)]


def _of(products: int) -> list[Result]:
    with shop(products=products, orders=1, other_orders=0) as it:
        context = it.claimed()
        with it.workspace.database.read() as session:
            store = session.get_one(Store, 1)
        client = it.workspace.store_client(store)
        it.forget_calls()
        with taking() as first:
            watch(context, client, store, everything=True)
        read = _store_calls(it)
        it.forget_calls()
        with taking() as idle:
            for number in range(1, POLLS + 1):
                clock.install(f"{EVERY * number},1", it.workspace.settings.home)
                watch(context, client, store, everything=False)
        polled = _store_calls(it)
    named = f"{products:,} products"
    return [
        Result(f"store calls per idle poll, {named}", polled / POLLS, "calls", FEWEST, f"every {EVERY} s"),
        Result(f"time per idle poll, {named}", idle.seconds / POLLS, "s", note=f"{idle.cpu / POLLS:.3f} s of it CPU"),
        Result(f"store calls to read everything, {named}", read, "calls", 2 + products / 500),
        Result(f"time to read everything, {named}", first.seconds, "s", note=f"{first.cpu:.1f} s of it CPU"),
    ]


def _store_calls(it: Shop) -> float:
    return float(sum(it.calls().get("store", {}).values()))
