"""Imports of the past on PostgreSQL: by reports into the mirror, then whole into the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import clock
from core.orders import forecast
from core.orders.plan import backfill as planner
from tests.flows.kit import shop
from tests.flows.test_backfill import COUNT, DAYS, SPEED, backfilled, history, in_store, mirrored, sold
from tests.services.conftest import Postgres


def test_history_comes_by_reports_and_whole(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "plan", planner.reports)
    with shop(home, settings={"database_url": postgres.database}, orders=20, other_orders=5, quota_scale=0) as it:
        clock.install(f"0,{SPEED}", home)
        it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=SPEED)
        it.sandbox.add_history(COUNT, DAYS, imported=True)
        first = backfilled(it, history="mirror")
        assert mirrored(it).keys() == sold(it).keys() and not history(it) & in_store(it).keys()
        # What was kept here is read whole when the store is to have it.
        backfilled(it, history="store", created_from=first.params["from"])
        audit = it.audit()
        assert (audit.missing, audit.doubled, audit.wrong, audit.stock_wrong) == ([], [], [], [])
    clock.install(None, home)
