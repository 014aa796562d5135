"""Reading and planning: how fast orders come into the mirror when no quota holds them back, and at what cost."""

from __future__ import annotations

from bench.measure import Result, peak_memory, taking
from bench.shop import Shop, shop
from core.leases import release, take
from core.orders.planning import plan_orders
from core.orders.pull import pull_stream, stream_lease
from core.workspace import channel_parts

GOAL = 500.0
"""Orders per second into the mirror; Amazon's quota allows 0.56 in the long run."""

MEMORY_GOAL = 300.0
"""MB for 100,000 orders."""


def run(orders: int) -> list[Result]:
    """Read `orders` orders, plan them, and read them again unchanged."""
    with shop(orders=orders, other_orders=0, quota_scale=0) as it:
        it.lift_quota()
        before = peak_memory()
        with taking() as reading:
            pull(it)
        after = peak_memory()
        with taking() as planning:
            _plan(it)
        with taking() as again:
            pull(it)
        return [
            Result("orders read into the mirror", orders / reading.seconds, "orders/s", GOAL),
            Result("CPU to read an order", 1000 * reading.cpu / orders, "ms", 1000 / GOAL),
            Result("orders planned", orders / planning.seconds, "orders/s", GOAL),
            Result("CPU to plan an order", 1000 * planning.cpu / orders, "ms", 1000 / GOAL),
            Result("overlap read again, as a share of the first time", again.seconds / reading.seconds, "", 1.0),
            Result(
                f"peak memory, {orders} orders read and planned",
                peak_memory(),
                "MB",
                MEMORY_GOAL,
                f"{before:.0f} MB before, {after:.0f} MB after reading",
            ),
        ]


def pull(it: Shop) -> None:
    """Read the stream of orders into the mirror."""
    context = it.claimed()
    with it.workspace.database.read() as session:
        job = it.job(context.job_id)
        assert job.channel_id is not None
        channel, account, app, _ = channel_parts(session, job.channel_id)
    context.checkpoint["marketplace"] = channel.marketplace_id
    lease = stream_lease(channel.account_id)
    take(it.workspace.database, lease, context.owner)
    client = it.workspace.amazon(account, app, draft=False, meter=context)
    pull_stream(context, client, channel.account_id, channel.marketplace_id)
    release(it.workspace.database, lease, context.owner)


def _plan(it: Shop) -> None:
    context = it.claimed()
    with it.workspace.database.read() as session:
        job = it.job(context.job_id)
        assert job.channel_id is not None
        channel, _, _, store = channel_parts(session, job.channel_id)
    plan_orders(it.workspace, context, channel, store)
