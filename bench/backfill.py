"""Two years of orders at Amazon's default quotas: how long each way takes, next to the planner's own bound, and a peer.

Both sides' clocks run fast alike, and a slow store answers as much faster, so seconds are those of the program. The
work of this machine counts as often as the clocks are faster: where the store gets orders, they run slower.
"""

from __future__ import annotations

import os
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from sqlmodel import col, select

from bench import peer
from bench.calls import FEWEST_WRITES, READ_BACK, inevitable
from bench.measure import Result, apart, taking
from bench.peers import PEER
from bench.shop import Shop, shop
from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.marketplaces import by_country
from core.amazon.operations import SEARCH_ORDERS
from core.amazon.orders import OrderQuery
from core.flows import runner
from core.jobs import views
from core.jobs.views import JobView
from core.model.order import AmazonOrder
from core.orders.actions import import_orders

MOST = 10_000
DAYS = 720
SPEED = 60
"""Seconds of both clocks that pass in a real one; on faster ones this machine's work would count, not the quota."""
STORE_SPEED = 15
"""The same while orders are written, which is more work: that of the sandbox's store is done here too."""
LATENCY = 0.15
"""Seconds of the program's time that the store takes for a call."""
MOST_OF_PLAN = 1.15
_TOKEN_LIFE = 3_000
"""Seconds that a peer may keep a token."""
WORLD = {"orders": 20, "other_orders": 0, "products": 40}


def run(orders: int) -> list[Result]:
    """History into the mirror, all orders into the store, and all orders by the peer."""
    count = min(orders, MOST)
    return [*_mirror(count), *_stored(count), _peer(count)]


def _mirror(count: int) -> list[Result]:
    with shop(test_clock=f"0,{SPEED}", **WORLD) as it:
        expected = _sold(it, count)
        with taking() as taken:
            job, plan = _imported(it, "mirror")
        found = _mirrored(it)
    note = f"{len(found)} orders, {'each once' if found == expected else 'NOT AS EXPECTED'}"
    return [
        Result(f"history of {DAYS} days into the mirror", _lasted(job), "s", plan["seconds"], f"limit: plan; {note}"),
        Result("calls to Amazon for it", float(sum(job.calls.values())), "calls", note=f"{job.refused_calls} refused"),
        Result("CPU for an order of it", 1000 * taken.cpu / max(count, 1), "ms", note="waiting included"),
    ]


def _stored(count: int) -> list[Result]:
    """The same read whole and brought into a store, of which every call takes its time too."""
    with shop(test_clock=f"0,{STORE_SPEED}", store_latency=LATENCY / STORE_SPEED, **WORLD) as it:
        _sold(it, count, imported=True)
        job, plan = _imported(it, "store")
        calls, audit = it.calls(), it.audit()
    # Not "stray": one of the world's orders is too old for the stream, and the range asks for it.
    lost, doubled, *wrong = (len(audit[what]) for what in ("missing", "doubled", "wrong", "stock_wrong"))
    right = "" if not any((lost, doubled, *wrong)) else "; NOT AS EXPECTED"
    made = f"{audit['created']} made, {lost} lost, {doubled} doubled{right}"
    note = f"limit: plan, of which {MOST_OF_PLAN} × at the most; {made}"
    writes = sum(calls["store"].values()) / max(audit["created"], 1)
    return [
        Result(f"the same into a store that takes {LATENCY:g} s a call", _lasted(job), "s", plan["seconds"], note),
        Result("calls to Amazon for it", float(sum(job.calls.values())), "calls", note=f"{job.refused_calls} refused"),
        Result("calls to the store for an order of it", writes, "calls", FEWEST_WRITES + 1 / READ_BACK),
    ]


def _peer(count: int) -> Result:
    """All pages by the peer, which tries again after a refusal as its own decorator does.

    Its tokens expire by the fast clock, so it is told not to keep them longer.
    """
    os.environ["SP_API_AUTH_CACHE_TTL"] = str(_TOKEN_LIFE // SPEED)
    with shop(test_clock=f"0,{SPEED}", **WORLD) as it:
        _sold(it, count)
        query = OrderQuery(created_after=clock.now() - timedelta(days=DAYS), marketplace_ids=(_place(it),))
        found = apart(peer.read_orders, it.documents, query.params(), 1 / SEARCH_ORDERS.plan.rate / SPEED)
        pages = it.calls()["amazon"]["searchOrders"]
    limit = inevitable(-(-found.count // 100), SEARCH_ORDERS.plan) or None
    note = f"limit: one page per 178.6 s; {PEER} {version(PEER)}, {pages} calls"
    return Result("the same, page by page, by a peer", found.count / found.speed * SPEED, "s", limit, note)


def _imported(it: Shop, history: str) -> tuple[JobView, dict[str, Any]]:
    """The job of an import of all of it, at its end, with its plan."""
    asked = import_orders(it.workspace, LOCAL_ADMIN, it.channel, created_from=_start(), history=history, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    job = views.get_job(it.workspace.database, LOCAL_ADMIN, asked.job_id)
    return job, views.job_document(it.workspace.database, LOCAL_ADMIN, job)["plan"]


def _lasted(job: JobView) -> float:
    assert job.finished_at is not None and job.started_at is not None
    return (job.finished_at - job.started_at).total_seconds()


def _start() -> str:
    return (clock.now() - timedelta(days=DAYS - 1)).isoformat()


def _place(it: Shop) -> str:
    return by_country(it.documents["channel"]["country"]).id


def _sold(it: Shop, count: int, **how: bool) -> dict[str, str]:
    """Let there be so many older orders; number → status of all that the channel's marketplace has then."""
    it.tell_sandbox("orders/history", {"count": count, "days": DAYS - 10, **how})
    found: dict[str, Any] = it.ask_sandbox("expected")
    return {order_id: one["order_status"] for order_id, one in found.items() if one["marketplace_id"] == _place(it)}


def _mirrored(it: Shop) -> dict[str, str]:
    query = select(AmazonOrder.order_id, AmazonOrder.status).where(col(AmazonOrder.marketplace_id) == _place(it))
    with it.workspace.database.read() as session:
        return dict(session.exec(query).all())
