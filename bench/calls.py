"""Calls: how many an import makes, and how the time they take compares with what Amazon's quota makes inevitable.

An operation with `burst` saved tokens that refills at `rate` per second cannot make `calls` calls in less than
T = max(0, calls - burst) / rate seconds. A page holds a hundred orders at most, so ceil(orders / 100) calls are the
fewest possible.
"""

from __future__ import annotations

import math
from datetime import datetime

from bench.measure import Result, verdict
from bench.shop import Shop, shop
from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.operations import GET_ORDER, SEARCH_ORDERS
from core.amazon.orders import PAGE_SIZE
from core.flows import runner
from core.jobs.phases import READ
from core.jobs.views import events_after
from core.quota import UsagePlan

MOST_WRITTEN = 1_000
MOST_WAITED_FOR = 2_600
"""Six pages beyond the burst: 1,071 seconds of quota."""
SPEED = 100
"""Seconds of both clocks that pass in a real one while quota is waited for."""
FEWEST_WRITES = 2
"""A creation, and the edit that makes its prices exact."""
READ_BACK = 50
"""Orders that one read confirms."""


def inevitable(calls: int, plan: UsagePlan) -> float:
    """Seconds that `calls` calls take at least."""
    return max(0, calls - plan.burst) / plan.rate


def _least_time(orders: int) -> float:
    """Seconds that Amazon's quota makes inevitable for reading `orders` orders from a full bucket."""
    return inevitable(math.ceil(orders / PAGE_SIZE), SEARCH_ORDERS.plan)


def run(orders: int) -> list[Result]:
    """Count the calls of an import, and time one that has to wait for quota, if it is that large."""
    results = _counted(min(orders, MOST_WRITTEN))
    if _least_time(min(orders, MOST_WAITED_FOR)):
        results += _timed(min(orders, MOST_WAITED_FOR))
    return [*results, _one_by_one(orders)]


def _counted(orders: int) -> list[Result]:
    with shop(orders=orders, other_orders=0) as it:
        it.forget_calls()
        job_id = it.ask()
        runner.run_here(it.workspace, job_id)
        created = it.job(job_id).counts["created"]
        calls = it.calls()
        right = it.audit()["ok"]
    pages = calls["amazon"].get("searchOrders", 0)
    store = sum(calls["store"].values())
    fewest = FEWEST_WRITES + 1 / READ_BACK
    return [
        Result(
            "searchOrders calls per 1,000 orders",
            1000 * pages / orders,
            "calls",
            1000 * math.ceil(orders / PAGE_SIZE) / orders,
            f"{pages} for {orders}",
        ),
        Result("calls per single order", float(calls["amazon"].get("getOrder", 0)), "calls", note="getOrder"),
        Result(
            "store calls per order created",
            store / max(created, 1),
            "calls",
            fewest,
            verdict(created, right),
        ),
    ]


def _timed(orders: int) -> list[Result]:
    """An import that waits, on clocks that run fast; the waits are real ones."""
    with shop(test_clock=f"0,{SPEED}", orders=orders, other_orders=0) as it:
        started = clock.now()
        job_id = it.ask(plan_only=True)
        runner.run_here(it.workspace, job_id)
        job = it.job(job_id)
        waited = (_read_at(it, job_id) - started).total_seconds()
        calls = job.calls["searchOrders"]
    return [
        Result(f"time to read {orders} orders", waited, "s", _least_time(orders), f"{calls} calls"),
        Result("refused calls", float(job.refused_calls), "calls", note="429"),
    ]


def _read_at(it: Shop, job_id: int) -> datetime:
    """When the last page of a job had come."""
    events = events_after(it.workspace.database, LOCAL_ADMIN, job_id)
    return next(event.at for event in events if event.text.startswith(f"{READ} "))


def _one_by_one(orders: int) -> Result:
    """What the same orders would cost with a call for each, the way many connectors read them."""
    ours = _least_time(orders)
    theirs = max(ours, inevitable(orders, GET_ORDER.plan))
    return Result(
        f"inevitable time for {orders} orders, pages alone",
        ours,
        "s",
        theirs,
        "against one getOrder each, side by side; both computed",
    )
