"""Shipments out on PostgreSQL: the same queries, the same end state."""

from __future__ import annotations

from pathlib import Path

from core.actor import LOCAL_ADMIN
from core.model.job import JobState
from core.shipments.list import ShipmentFilter, shipment_keys
from core.shipments.plan import problems
from tests.flows.warehouse import warehouse
from tests.services.conftest import Postgres


def test_parcels_are_told_once_completed_orders_are_asked_about_and_nothing_is_told_twice(
    home: Path, postgres: Postgres
) -> None:
    with warehouse(home, database_url=postgres.database) as it:
        asked, *orders = it.open_orders(5)
        it.ship(orders)
        it.set_store_status(asked, "C")
        job = it.push()
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        assert it.codes(job) == {f"order {asked}": problems.SHIPMENT_MISSING.name}
        assert it.is_right(orders)
        assert {view.state for view in it.parcels().values()} == {"verified"}
        some = next(iter(it.parcels().values()))
        searched = ShipmentFilter(text=f"{some.shipment_id} {some.carrier}", code=problems.NOT_SHOWN.name)
        found = shipment_keys(it.workspace.database, LOCAL_ADMIN, searched)
        assert (len(found.keys), found.counts["verified"]) == (0, found.total)
        assert found.total
        before = it.confirmed()
        it.push()
        assert it.confirmed() == before
