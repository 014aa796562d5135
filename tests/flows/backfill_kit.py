"""Shops with orders of the past, whose clocks run fast, and what their imports of ranges have made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock
from core.amazon.operations import SEARCH_ORDERS
from core.jobs.views import JobView
from core.model.job import JobState
from core.model.order import AmazonOrder
from core.orders import backfill, forecast
from core.orders.document import HISTORY
from core.orders.plan import backfill as planner
from core.workspace import channel_parts
from sandbox.world.marketplaces import DE
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, shop

COUNT, DAYS = 40, 200
WINDOWS = 7
SPEED = 600
ENDED = (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)


@contextmanager
def fast_shop(home: Path, speed: int = SPEED, **options: Any) -> Iterator[Shop]:
    """A shop of 20 orders; both sides let time pass faster, from the same moment on."""
    with shop(home, **({"orders": 20, "other_orders": 5, "quota_scale": 0} | options)) as it:
        clock.install(f"0,{speed}", home)
        it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=speed)
        yield it
    clock.install(None, home)


def always_by_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for so many orders that pages take hours."""
    monkeypatch.setattr(forecast, "plan", planner.reports)
    monkeypatch.setattr(backfill.BackfillImport, "_all_on_saved_pages", lambda self: False)


def since(days: float = DAYS + 5) -> str:
    return (clock.now() - timedelta(days=days)).replace(microsecond=0).isoformat()


def sold(it: Shop) -> dict[str, WorldOrder]:
    """What the channel's marketplace has sold, with what other shops sold there."""
    mine = [one for one in it.sandbox.world.orders if one.marketplace_id == DE.marketplace_id]
    return {one.order_id: one for one in mine}


def history(it: Shop) -> set[str]:
    return {order_id for order_id, one in sold(it).items() if one.draft.status in HISTORY}


def mirrored(it: Shop) -> dict[str, AmazonOrder]:
    with it.workspace.database.read() as session:
        rows = session.exec(select(AmazonOrder).where(col(AmazonOrder.marketplace_id) == DE.marketplace_id)).all()
    return {row.order_id: row for row in rows}


def in_store(it: Shop) -> Counter[str]:
    """Amazon's number of each order of the store."""
    return Counter(order.email.split("@")[0].upper() for order in it.sandbox.store.orders.values())


def calls(it: Shop) -> dict[str, int]:
    return {name: int(one["calls"]) for name, one in it.sandbox.ledger.counts().get("amazon", {}).items()}


def backfilled(it: Shop, **options: Any) -> JobView:
    job = it.import_orders(**{"created_from": since()} | options)
    assert job.state in ENDED, job.message
    return job


def leave_no_page(it: Shop) -> None:
    """Let others have used up the saved pages of orders, so that orders are read singly."""
    with it.workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, 1)
    client = it.workspace.amazon(account, app, draft=False)
    for _ in range(18):
        client.acquire(SEARCH_ORDERS.name, SEARCH_ORDERS.plan)
