"""Two years of orders at Amazon's default quotas: how long each way takes, next to the planner's own bound, and a peer.

Both sides' clocks run fast alike, so seconds are those of the program. Reading whole is measured without the store:
what that takes is real time, which fast clocks would multiply.
"""

from __future__ import annotations

import os
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from sqlmodel import col, select

from bench import peer
from bench.calls import inevitable
from bench.measure import Result, apart, taking
from bench.peers import PEER
from bench.shop import Shop, shop
from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.marketplaces import by_country
from core.amazon.operations import SEARCH_ORDERS
from core.amazon.orders import OrderQuery
from core.errors import WaitUntil
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.context import JobContext
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.orders.actions import import_orders
from core.orders.backfill import BackfillImport
from core.orders.checkpoint import Backfill
from core.orders.forecast import Range
from core.quota import QuotaWait
from core.sync.channel_job import amazon

MOST = 10_000
DAYS = 720
SPEED = 60
"""Seconds of both clocks that pass in a real one; on faster ones this machine's work would count, not the quota."""
_TOKEN_LIFE = 3_000
"""Seconds that a peer may keep a token."""
WORLD = {"orders": 20, "other_orders": 0, "products": 40}


def run(orders: int) -> list[Result]:
    """History into the mirror, all orders whole, and all orders by the peer."""
    count = min(orders, MOST)
    return [*_mirror(count), _whole(count), _peer(count)]


def _mirror(count: int) -> list[Result]:
    with shop(test_clock=f"0,{SPEED}", **WORLD) as it:
        expected = _sold(it, count)
        asked = import_orders(
            it.workspace, LOCAL_ADMIN, it.channel, created_from=_start(), history="mirror", direct=True
        )
        with taking() as taken:
            runner.run_here(it.workspace, asked.job_id)
        job = views.get_job(it.workspace.database, LOCAL_ADMIN, asked.job_id)
        plan = views.job_document(it.workspace.database, LOCAL_ADMIN, job)["plan"]
        found = _mirrored(it)
    assert job.finished_at is not None and job.started_at is not None
    lasted = (job.finished_at - job.started_at).total_seconds()
    bound = float(sum(step["seconds"] for step in plan["steps"] if step["calls"]))
    note = f"{len(found)} orders, {'each once' if found == expected else 'NOT AS EXPECTED'}"
    return [
        Result(f"history of {DAYS} days into the mirror", lasted, "s", bound, f"limit: plan; {note}"),
        Result("calls to Amazon for it", float(sum(job.calls.values())), "calls", note=f"{job.refused_calls} refused"),
        Result("CPU for an order of it", 1000 * taken.cpu / max(count, 1), "ms", note="waiting included"),
    ]


def _whole(count: int) -> Result:
    with shop(test_clock=f"0,{SPEED}", **WORLD) as it:
        expected = _sold(it, count)
        asked = import_orders(
            it.workspace, LOCAL_ADMIN, it.channel, created_from=_start(), history="store", direct=True
        )
        job = lifecycle.claim(it.workspace.database, asked.job_id, "benchmark")
        assert job is not None
        context, begun = JobContext(it.workspace.database, job, "benchmark"), clock.now()
        with it.workspace.database.read() as session:
            channel = session.get_one(Channel, job.channel_id)
        while not _is_read(it, context, channel):
            pass
        lasted, plan = -clock.seconds_until(begun), context.state(Backfill).plan
        found = _mirrored(it)
    assert plan is not None
    bound = sum(step.seconds for step in plan.steps if step.calls)
    note = f"limit: plan; {'each once' if found == expected else 'NOT AS EXPECTED'}"
    return Result("the same read whole, by both order calls", lasted, "s", bound, note)


def _is_read(it: Shop, context: JobContext, channel: Channel) -> bool:
    wanted = Range.of(context.params, channel, context.state(Backfill).until or clock.now())
    try:
        BackfillImport(context, amazon(it.workspace, context, channel), channel, wanted, lambda: None).read()
    except (WaitUntil, QuotaWait) as wait:
        clock.sleep(clock.seconds_until(wait.until))
        return False
    return True


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


def _start() -> str:
    return (clock.now() - timedelta(days=DAYS - 1)).isoformat()


def _place(it: Shop) -> str:
    return by_country(it.documents["channel"]["country"]).id


def _sold(it: Shop, count: int) -> dict[str, str]:
    """Let there be so many older orders; number → status of all that the channel's marketplace has then."""
    it.tell_sandbox("orders/history", {"count": count, "days": DAYS - 10})
    found: dict[str, Any] = it.ask_sandbox("expected")
    return {order_id: one["order_status"] for order_id, one in found.items() if one["marketplace_id"] == _place(it)}


def _mirrored(it: Shop) -> dict[str, str]:
    query = select(AmazonOrder.order_id, AmazonOrder.status).where(col(AmazonOrder.marketplace_id) == _place(it))
    with it.workspace.database.read() as session:
        return dict(session.exec(query).all())
