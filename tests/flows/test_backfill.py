"""Imports of long ranges: by reports, in windows of the whole account; nothing lost, nothing twice, stock untouched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock
from core.jobs.views import JobView
from core.model.job import JobState
from core.model.order import AmazonOrder
from core.orders.document import HISTORY
from sandbox.world.marketplaces import DE
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, shop

COUNT = 60
SPEED = "0,600"


def fast(it: Shop, home: Path) -> None:
    """Both sides let time pass faster, from the same moment on."""
    clock.install(SPEED, home)
    it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=600)


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with shop(home, orders=20, other_orders=5, quota_scale=0) as it:
        fast(it, home)
        yield it
    clock.install(None, home)


def since(days: float) -> str:
    return (clock.now() - timedelta(days=days)).isoformat()


def sold(it: Shop) -> list[WorldOrder]:
    """What the channel's marketplace has sold, as far as a sale has a channel at all."""
    return [one for one in it.sandbox.world.orders if one.marketplace_id == DE.marketplace_id]


def mirrored(it: Shop) -> dict[str, AmazonOrder]:
    with it.workspace.database.read() as session:
        rows = session.exec(select(AmazonOrder).where(col(AmazonOrder.marketplace_id) == DE.marketplace_id)).all()
    return {row.order_id: row for row in rows}


def in_store(it: Shop) -> Counter[str]:
    """Amazon's number of each order of the store."""
    found: Counter[str] = Counter()
    for order in it.sandbox.store.orders.values():
        found[str(order.email).split("@")[0].upper()] += 1
    return found


def backfilled(it: Shop, days: float = 700, **options: Any) -> JobView:
    return it.import_orders(created_from=since(days), **options)


def test_history_stays_in_the_mirror_and_open_orders_reach_the_store(it: Shop) -> None:
    it.sandbox.add_history(COUNT, 690)
    before = {product.product_id: product.amount for product in it.sandbox.store.products.values()}
    job = backfilled(it, history="mirror")
    assert job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS), job.message
    rows, expected = mirrored(it), sold(it)
    amazons = [one for one in expected if one.draft.status != "UNFULFILLABLE"]
    assert {one.order_id for one in amazons} <= rows.keys()
    assert {one.order_id: one.draft.status for one in amazons} == {
        one.order_id: rows[one.order_id].status for one in amazons
    }
    history = {one.order_id for one in expected if one.draft.status in HISTORY}
    assert not history & in_store(it).keys()
    assert set(in_store(it).values()) == {1}
    # One report for each thirty days of the account; nothing of them is personal.
    assert job.calls["createReport"] == job.calls["getReportDocument"] == 24
    assert all(
        rows[one].raw is None for one in history & rows.keys() - {"x"} if rows[one].created_at < rows[one].seen_at
    )
    for product_id, amount in before.items():
        assert it.sandbox.store.products[product_id].amount <= amount
