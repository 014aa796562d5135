"""The same work by another client: every page of orders read once, no quota, each client in a process of its own.

The peer keeps nothing of what it reads; ours is measured keeping nothing either, and bringing the orders into the
mirror (encrypted, with their items, every page a transaction).
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from sqlmodel import func, select

from bench import peer
from bench.measure import Reading, Result, apart, reading
from bench.orders_in import pull
from bench.shop import connected, fresh_home, served
from core.amazon import orders as api
from core.amazon.marketplaces import by_country
from core.amazon.orders import OrderQuery, parse_time
from core.model.order import AmazonOrder

PEER = "python-amazon-sp-api"


def run(orders: int) -> list[Result]:
    """Read `orders` orders by the peer, by our client, and into our mirror."""
    with served({"orders": orders, "other_orders": 0, "quota_scale": 0}) as documents:
        query = _query(documents["channel"])
        theirs = apart(peer.read_orders, documents, query.params())
        ours, mirrored = (apart(read, documents, query) for read in (_ours, _mirrored))
    for found in (theirs, ours, mirrored):
        if found.count != orders:
            raise RuntimeError(f"{found.count} of {orders} orders were read")
    return [
        *_compared("read by our client", ours, theirs),
        *_compared("read into our mirror", mirrored, theirs),
    ]


def _compared(what: str, ours: Reading, theirs: Reading) -> list[Result]:
    note = f"limit: {PEER} {version(PEER)}"
    return [
        Result(f"orders {what}", ours.speed, "orders/s", theirs.speed, note),
        Result(f"CPU per order {what}", ours.cpu, "ms", theirs.cpu, note),
        Result(f"peak memory, orders {what}", ours.peak, "MB", theirs.peak, note),
    ]


def _query(channel: dict[str, Any]) -> OrderQuery:
    since = parse_time(channel["settings"]["orders_from"])
    return OrderQuery(updated_after=since, marketplace_ids=(by_country(channel["country"]).id,))


def _ours(documents: dict[str, Any], query: OrderQuery) -> Reading:
    """Our client: each page parsed, its hash taken, then let go; quotas are kept in the database as always."""
    with fresh_home() as home, connected(documents, home) as it:
        it.lift_quota()
        client = it.client()

        def read() -> int:
            page = api.search(client, query)
            count = len(page.orders)
            while page.next_token:
                page = api.search(client, query, page.next_token)
                count += len(page.orders)
            return count

        return reading(read)


def _mirrored(documents: dict[str, Any], query: OrderQuery) -> Reading:
    """Our import's first step, whole."""
    with fresh_home() as home, connected(documents, home) as it:
        it.lift_quota()

        def read() -> int:
            pull(it)
            with it.workspace.database.read() as session:
                return session.exec(select(func.count()).select_from(AmazonOrder)).one()

        return reading(read)
