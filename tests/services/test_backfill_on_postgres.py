"""Imports of the past on PostgreSQL: by reports into the mirror, then whole into the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.orders import forecast
from core.orders.plan import backfill as planner
from tests.flows.backfill_kit import COUNT, DAYS, backfilled, fast_shop, history, in_store, mirrored, sold
from tests.services.conftest import Postgres


def test_history_comes_by_reports_and_whole(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "plan", planner.reports)
    with fast_shop(home, settings={"database_url": postgres.database}) as it:
        it.sandbox.add_history(COUNT, DAYS, imported=True)
        first = backfilled(it, history="mirror")
        assert mirrored(it).keys() == sold(it).keys() and not history(it) & in_store(it).keys()
        # What was kept here is read whole when the store is to have it.
        backfilled(it, history="store", created_from=first.params["from"])
        audit = it.audit()
        assert (audit.missing, audit.doubled, audit.wrong, audit.stock_wrong) == ([], [], [], [])
