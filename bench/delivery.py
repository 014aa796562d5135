"""Writing: how fast planned orders reach the store, next to what its answers alone would take."""

from __future__ import annotations

from bench.measure import Result, taking, verdict
from bench.shop import shop
from core.cscart.pace import HIGHEST
from core.jobs import runner

MOST = 1_000
LATENCY = 0.1
"""Seconds that every answer of the slow store takes longer; a shared host needs as much."""
PRODUCTS = 300


def run(orders: int) -> list[Result]:
    """Write orders to a store that answers at once, and to one that takes its time."""
    count = min(orders, MOST)
    return [*_written(count, 0.0), *_written(count, LATENCY)]


def _written(orders: int, latency: float) -> list[Result]:
    """Read the orders, then measure how long it takes until each is in the store and read back."""
    with shop(orders=orders, other_orders=0, products=PRODUCTS, quota_scale=0, store_latency=latency) as it:
        it.lift_quota()
        # A plan alone first: what it reads from both sides does not count.
        runner.run_here(it.workspace, it.ask(plan_only=True))
        it.forget_calls()
        with taking() as taken:
            job_id = it.ask()
            runner.run_here(it.workspace, job_id)
        created = it.job(job_id).counts["created"]
        store = sum(it.calls()["store"].values())
        right = it.audit()["ok"]
    where = f"a store that takes {latency:g} s more" if latency else "a store that answers at once"
    # With every lane busy all the time, the answers alone would take this long.
    limit = created / (store * latency / HIGHEST) if latency else None
    return [
        Result(f"orders written, {where}", created / taken.seconds, "orders/s", limit, verdict(created, right)),
        Result(f"CPU to write an order, {where}", 1000 * taken.cpu / max(created, 1), "ms"),
    ]
