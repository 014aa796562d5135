"""Writing: what it costs to deliver planned orders, and how near it comes to what a store's answers alone would take.

The processor time is measured against the sandbox. The speed is measured against a store that takes a tenth of a second
for every call, as a shared host does, and nothing else (`slow_store`). Its bound: as many calls as a lane may ever make
side by side (HIGHEST; the store is known to bear them) are under way all the time. Reading and planning come before.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import select

from bench.measure import Result, Taken, taking, verdict
from bench.shop import Shop, shop
from core.flows import FLOWS, runner
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.model.channel import Channel
from core.model.store import Store
from core.orders import NAME
from core.orders.flow import import_orders
from core.sync.delivering import deliver
from core.sync.pace import HIGHEST

MOST = 2_000
LATENCY = 0.1
"""Seconds that the slow store takes for a call."""
PRODUCTS = 300
GOAL = 5.0
"""Milliseconds of processor for an order."""
CALLS = 2
"""A creation, and the edit that makes its prices exact."""


@dataclass
class Delivered:
    created: int
    taken: Taken


def run(orders: int) -> list[Result]:
    """Write orders to the sandbox, and to the slow store."""
    count = min(orders, MOST)
    with _planned(count) as it:
        fast = deliver_planned(it)
        right = it.audit()["ok"]
    with _planned(count) as it, _slow_store() as address:
        slow = deliver_planned(it, address)
    bound = HIGHEST / (CALLS * LATENCY)
    where = f"a store that takes {LATENCY:g} s a call"
    return [
        Result("CPU to deliver an order", _milliseconds(fast), "ms", GOAL, verdict(fast.created, right)),
        Result(f"CPU to deliver an order, {where}", _milliseconds(slow), "ms", GOAL),
        Result(f"orders delivered, {where}", slow.created / slow.taken.seconds, "orders/s", bound),
    ]


@contextmanager
def _planned(orders: int) -> Iterator[Shop]:
    """A shop whose orders have been read: what is read of both sides afterwards is little."""
    with shop(orders=orders, other_orders=0, products=PRODUCTS, quota_scale=0) as it:
        it.lift_quota()
        runner.run_here(it.workspace, it.ask(plan_only=True))
        yield it


def deliver_planned(it: Shop, address: str = "") -> Delivered:
    """Run an import, and measure its last step; the store is at `address` by then."""
    taken = Taken()

    def measured(context: JobContext, channel: Channel, remote: str) -> None:
        nonlocal taken
        if address:
            _move_store(it, address)
        with taking() as taken:
            deliver(it.workspace, context, channel, remote, NAME, FLOWS)  # type: ignore[arg-type]

    job = lifecycle.claim(it.workspace.database, it.ask(), "benchmark")
    assert job is not None
    context = JobContext(it.workspace.database, job, "benchmark", deliver=measured)
    import_orders(it.workspace, context)
    context.flush()
    return Delivered(it.job(context.job_id).counts["created"], taken)


def _move_store(it: Shop, address: str) -> None:
    with it.workspace.database.write() as session:
        store = session.exec(select(Store)).one()
        store.url, store.concurrency = address, HIGHEST
        session.add(store)


@contextmanager
def _slow_store() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).with_name("slow_store.py")), str(LATENCY)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


def _milliseconds(delivered: Delivered) -> float:
    return 1000 * delivered.taken.cpu / max(delivered.created, 1)
