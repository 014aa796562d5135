"""Lists of orders on PostgreSQL: the same states, counts, filters and rights as on SQLite."""

from __future__ import annotations

from pathlib import Path

from core.actor import LOCAL_ADMIN, Actor
from core.listings import links as listings
from core.orders import actions as orders
from core.orders.list import OrderFilter, order_keys, order_rows
from core.sync.problems import problem_groups, problems_in
from core.timeline import timeline
from tests.flows.kit import shop
from tests.services.conftest import Postgres


def test_orders_are_listed_held_and_grouped(home: Path, postgres: Postgres) -> None:
    with shop(home, settings={"database_url": postgres.database}, orders=40) as it:
        database = it.workspace.database
        it.import_orders(plan_only=True)
        waiting = orders.list_orders(it.workspace, LOCAL_ADMIN, "de", states=["waiting"])
        orders.hold(it.workspace, LOCAL_ADMIN, "de", [waiting[0].order_id])
        job = it.import_orders()
        found = order_keys(database, LOCAL_ADMIN, OrderFilter(channel="de"))
        assert found.total == len(found.keys) == sum(found.counts.values())
        assert found.counts["imported"] == job.counts["created"] == len(waiting) - 1
        assert found.counts["held"] == job.counts["held"]
        rows = order_rows(database, LOCAL_ADMIN, found.keys)
        assert [row.created_at for row in rows] == sorted((row.created_at for row in rows), reverse=True)
        by_hand = order_keys(database, LOCAL_ADMIN, OrderFilter(text="OPERATOR", code="held_by_operator"))
        assert [row.order_id for row in order_rows(database, LOCAL_ADMIN, by_hand.keys)] == [waiting[0].order_id]
        imported = next(row for row in rows if row.store_order_id)
        by_number = order_keys(database, LOCAL_ADMIN, OrderFilter(text=str(imported.store_order_id)))
        assert imported.key in by_number.keys
        happened = timeline(it.workspace, LOCAL_ADMIN, "de", imported.order_id)
        in_store = [one.what for one in reversed(happened) if one.side == "store"]
        assert in_store == ["created", "corrected", "verified"]
        assert "hold" in {one.what for one in timeline(it.workspace, LOCAL_ADMIN, "de", waiting[0].order_id)}
        stranger = Actor("vera", is_admin=False, store_id=1, company_id=99)
        assert order_keys(database, stranger, OrderFilter()).total == 0
        assert order_rows(database, stranger, found.keys) == []
        groups = problem_groups(database, LOCAL_ADMIN, "de")
        assert sum(group.count for group in groups) == found.counts["held"]
        named = next(group for group in groups if group.code == "sku_unknown" and group.about)
        assert len(problems_in(database, LOCAL_ADMIN, "de", named.code, named.about)) == named.count
        product = next(iter(it.sandbox.store.products))
        assert listings.link(it.workspace, LOCAL_ADMIN, "de", named.about, product) is not None
        assert listings.show(it.workspace, LOCAL_ADMIN, "de", named.about).waiting
