"""Shipments among other work: schedules, drafts, companies, two channels of one seller, and two stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import clock, stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.jobs.views import list_jobs
from core.model.job import JobState
from core.shipments.plan import problems
from sandbox.sandbox import Sandbox
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import shop
from tests.flows.line import Line
from tests.flows.warehouse import Warehouse, run_side_by_side, second_channel, warehouse

WORLD: dict[str, Any] = {"orders": 40, "other_orders": 60, "products": 20, "quota_scale": 0}


@pytest.fixture
def it(home: Path) -> Iterator[Warehouse]:
    with warehouse(home, **WORLD) as again:
        yield again


def test_the_schedule_of_shipments_follows_its_settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with shop(home, orders=5, other_orders=0, products=5) as it:
        line = Line(it.sandbox, monkeypatch)
        settings = {"auto_push_shipments_minutes": 15}
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})
        (view,) = line.json("schedule", "list", "--stream", "shipments")["schedules"]
        assert (view["every_minutes"], view["stream"]) == (15, "shipments")
        clock.install("1000,1", home)
        dispatcher = Dispatcher(it.workspace.settings)
        start_due(it.workspace, dispatcher)
        assert [job.kind for job in list_jobs(it.workspace.database, LOCAL_ADMIN)] == ["shipments.push"]
        assert line.json("schedule", "run", "--channel", "de", "--stream", "shipments")["job"] == 1
        line.json("schedule", "pause", "--channel", "de", "--stream", "shipments")
        clock.install("9000,1", home)
        start_due(it.workspace, dispatcher)
        kinds = [job.kind for job in list_jobs(it.workspace.database, LOCAL_ADMIN)]
        assert kinds.count("shipments.push") == 1
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"push_shipments": False}})
        (view,) = line.json("schedule", "list", "--stream", "shipments")["schedules"]
        assert view["every_minutes"] == 0
        done = line.run("shipments", "push", "--channel", "de", "--direct")
        assert "shipments sync of channel de is off" in done.stderr
        assert line.json("shipments", "list", "--channel", "de") == {"shipments": []}
        for wrong in (["push", "--order-id", "113-1"], ["enter", "113-1", "--carrier", "dhl"]):
            assert line.run("shipments", *wrong, "--channel", "de").exit_code == 2


def test_a_draft_app_tells_amazon_nothing_and_c1_what_waited_is_looked_at_again(it: Warehouse) -> None:
    asked, *orders = it.open_orders(3)
    it.ship([asked, *orders], way="whole")
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "draft"})
    job = it.push()
    assert (job.state, it.confirmed()) == (JobState.FAILED, 0)
    assert "draft" in job.message
    assert {view.state for view in it.parcels().values()} == {"waiting"}
    it.sandbox.update_order(asked, {"cancel_request": True})
    it.import_orders()
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "active"})
    assert list(it.codes(it.push()).values()) == [problems.CANCEL_REQUESTED.name]
    assert it.packages(asked) == {}
    assert it.is_right(orders)


def test_a_vendor_ships_only_their_own_parcels_and_sees_only_those(it: Warehouse) -> None:
    """Two channels of one seller on one store, whose jobs run side by side."""
    foreign = second_channel(it, store_id=1, company_id=2, sandbox=it.sandbox)
    mine, theirs = it.open_orders(3), foreign.open_orders(3)
    numbers = {"de": it.ship(mine), "fr": it.ship(theirs)}
    jobs = [it.ask_push(), foreign.ask_push()]
    run_side_by_side(it, jobs)
    assert [it.job(job_id).state for job_id in jobs] == [JobState.SUCCEEDED] * 2
    assert it.is_right([*mine, *theirs])
    assert it.confirmed() == len(numbers["de"]) + len(numbers["fr"])
    for one, job_id in zip((it, foreign), jobs, strict=True):
        own = {f"shipment {number}" for number in numbers[one.channel]}
        assert set(one.parcels()) == set(numbers[one.channel])
        assert {item.subject for item in one.items(job_id)} == own


def test_the_same_numbers_in_two_stores_of_a_seller_are_two_parcels(it: Warehouse) -> None:
    with Sandbox(**WORLD) as beside:
        stores.add(it.workspace, LOCAL_ADMIN, beside.credentials()["store"] | {"name": "second"})
        other = second_channel(it, store_id=2, company_id=1, sandbox=beside)
        mine, theirs = it.open_orders(2), other.open_orders(2)
        assert it.ship(mine, way="whole") == other.ship(theirs, way="whole")
        run_side_by_side(it, [it.ask_push(), other.ask_push()])
        assert it.is_right(mine)
        assert {order: len(other.packages(order)) for order in theirs} == dict.fromkeys(theirs, 1)
