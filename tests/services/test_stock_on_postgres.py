"""The store is watched, and price and stock are planned and sent, on PostgreSQL as on SQLite."""

from __future__ import annotations

from pathlib import Path

from tests.flows import stock_kit
from tests.flows.kit import shop
from tests.flows.stock_kit import Stock
from tests.services.conftest import Postgres


def test_changes_and_what_vanished_reach_amazon(home: Path, postgres: Postgres) -> None:
    settings = {"database_url": postgres.database, "settle_seconds": 5.0}
    with shop(home, settings=settings, orders=1, other_orders=0, products=30, quota_scale=0) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        stock_kit.SENT.clear()
        it = Stock(found.sandbox, found.workspace, found.channel)
        it.confirm()
        it.sync()
        edited, gone = it.listed()[:2]
        it.edit(edited.sku, amount=edited.quantity + 4)
        del it.sandbox.store.products[it.product(gone.sku).product_id]
        it.sync()
        it.sync()
        assert it.at_amazon(edited.sku)[1] == edited.quantity + 4 and it.at_amazon(gone.sku)[1] == 0
        assert len(stock_kit.SENT) == 2
        assert postgres.execute("SELECT sku FROM offer WHERE gone") == [(gone.sku,)]
        assert postgres.execute("SELECT COUNT(*) FROM offer WHERE dirty") == [(0,)]
        it.import_orders()
        pending = it.sandbox.amazon.add_order(case="pending_availability", sku=edited.sku, quantity=2)
        it.import_orders()
        it.sell(edited.sku, 1)
        it.poll()
        assert it.at_amazon(edited.sku)[1] == edited.quantity + 1, f"{pending.order_id} has two of them"
