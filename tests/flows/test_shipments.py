"""Shipments out end to end over HTTP: what the store ships, Amazon hears once and truly.

One world serves all tests of this file; each ships orders of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.amazon.shipments import Confirmation
from core.amazon.transport import AmazonClient
from core.channels import registry
from core.errors import UsageError
from core.flows import runner
from core.jobs.views import events_after
from core.mappings import choices as mappings
from core.model.job import JobState
from core.shipments import actions as shipments
from core.shipments import deliver
from core.shipments.plan import problems
from sandbox.sandbox import Sandbox
from tests.flows.warehouse import Warehouse, reopened, warehouse

Served = tuple[Path, Sandbox, set[str]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("shop") / "home"
    with warehouse(home, orders=160) as it:
        yield home, it.sandbox, set()
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Served) -> Iterator[Warehouse]:
    with reopened(*served) as again:
        yield again
        again.sandbox.faults.clear()


def test_h5_every_parcel_of_whole_partial_and_multi_parcel_orders_is_confirmed_once(it: Warehouse) -> None:
    whole = it.open_orders(4)
    split = it.open_orders(3, units=2)
    partial = it.open_orders(3, units=2, lines=2)
    made = it.ship(whole) + it.ship(split, way="parcels") + it.ship(partial, way="partial")
    job = it.push()
    assert job.state is JobState.SUCCEEDED
    assert job.counts["created"] == len(made)
    assert it.is_right([*whole, *split, *partial])
    assert {it.parcels()[number].state for number in made} == {"verified"}
    open_still = [it.sandbox.world.order(order_id).draft.status for order_id in partial]
    assert open_still == ["PARTIALLY_SHIPPED"] * 3
    # A second push sends nothing, and an idle one costs the store two calls.
    before = it.sandbox.ledger.counts()
    idle = it.push()
    assert idle.counts["created"] == 0
    told = [event.text for event in events_after(it.workspace.database, LOCAL_ADMIN, idle.id)]
    assert "The shipments of the store were read: none is new or changed." in told
    after = it.sandbox.ledger.counts()
    assert after["amazon"] == before["amazon"]
    assert spent(before, after, "store") == {"listShipments": 1, "listOrders": 1}
    # What was left open is shipped later, and the store's orders follow Amazon's status.
    it.ship(partial)
    it.push()
    assert it.is_right(partial)
    it.import_orders()
    assert it.sandbox.world.order(partial[0]).draft.status == "SHIPPED"
    assert {it.store_status(order_id) for order_id in (*whole, *split, *partial)} == {"C"}


def test_h2_what_amazon_accepts_and_drops_is_noticed_and_told_again(it: Warehouse) -> None:
    orders = it.open_orders(8)
    it.fault("amazon", "confirmShipment", "swallowed", times=-1, every=3)
    it.fault("amazon", "confirmShipment", "timeout_after", times=1, after=1, seconds=0.2)
    it.fault("amazon", "confirmShipment", "error_after", times=1, after=4)
    made = it.ship(orders)
    job = it.push()
    assert job.counts["created"] == len(made), it.codes(job)
    assert it.is_right(orders)


def test_h2_what_is_never_shown_becomes_a_problem_and_heals(it: Warehouse) -> None:
    orders = it.open_orders(1)
    it.fault("amazon", "confirmShipment", "swallowed", times=-1)
    (number,) = it.ship(orders)
    before = it.confirmed()
    assert it.codes(it.push()) == {f"shipment {number}": problems.NOT_SHOWN.name}
    assert it.confirmed() - before == 5
    it.sandbox.faults.clear()
    assert it.push().counts["created"] == 1
    assert it.is_right(orders)


def test_C1_a_cancel_request_that_came_a_moment_ago_holds_the_parcel(it: Warehouse) -> None:
    asked, other = it.open_orders(2)
    numbers = it.ship([asked, other], way="whole")
    it.sandbox.update_order(asked, {"cancel_request": True})
    job = it.push()
    (held,) = it.codes(job).items()
    assert held[1] == problems.CANCEL_REQUESTED.name
    assert job.counts["created"] == len(numbers) - 1
    assert it.packages(asked) == {}
    held_view = next(view for view in it.parcels().values() if view.amazon_order_id == asked)
    assert (held_view.state, held_view.problem) == ("held", problems.CANCEL_REQUESTED.name)


def test_c2_a_parcel_of_an_order_cancelled_at_amazon_is_a_conflict(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    (number,) = it.ship([order_id], way="whole")
    it.sandbox.update_order(order_id, {"status": "CANCELLED", "imported": True})
    assert it.codes(it.push())[f"shipment {number}"] == problems.ORDER_CANCELLED.name
    assert it.packages(order_id) == {}


def test_a_unit_that_was_cancelled_since_makes_no_bundle_of_the_other(it: Warehouse) -> None:
    worlds = {one: it.sandbox.world.order(one).draft.lines for one in it.open_orders(6, units=2)}
    order_id = next(one for one, lines in worlds.items() if [line.quantity for line in lines] == [2])
    (item,) = deepcopy(it.sandbox.world.order(order_id).document["orderItems"])
    item |= {"quantityOrdered": 1, "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 1}}
    it.sandbox.amazon.update_order(order_id, document={"orderItems": [item]})
    (number,) = it.ship([order_id], way="partial")
    assert f"shipment {number}" not in it.codes(it.push())
    assert it.parcels()[number].state == "verified"
    (package,) = it.packages(order_id).values()
    assert package.items == {item["orderItemId"]: 1}


def test_h1_an_unmapped_carrier_waits_for_its_mapping_and_never_becomes_other(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    (number,) = it.ship([order_id], way="whole", carrier="gls", tracking="12345678901")
    job = it.push()
    assert it.codes(job)[f"shipment {number}"] == problems.CARRIER_UNMAPPED.name
    mappings.set_mapping(it.workspace, LOCAL_ADMIN, it.channel, "carriers", "gls", "GLS / Parcel")
    it.push()
    (package,) = it.packages(order_id).values()
    assert (package.carrier, package.reference) == ("GLS", str(number))


def test_h3_an_odd_number_is_warned_of_and_told(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    it.ship([order_id], way="whole", carrier="dhl", tracking="no number")
    job = it.push()
    warned = [event for event in events_after(it.workspace.database, LOCAL_ADMIN, job.id) if event.level == "warning"]
    assert ["'no number'" in event.text for event in warned] == [True]
    assert [package.tracking for package in it.packages(order_id).values()] == ["no number"]


def test_h4_parcels_that_amazon_knows_already_are_not_told_and_others_are_named(it: Warehouse) -> None:
    same, other = it.open_orders(2)
    it.ship([same], way="whole", carrier="dhl", tracking="00340434161094042557")
    (stranger,) = it.ship([other], way="whole", carrier="dhl", tracking="00340434161094042588")
    it.sandbox.add_package(same, {"carrier": "DHL", "tracking": "00340434161094042557"})
    it.sandbox.add_package(other, {"carrier": "UPS", "tracking": "1Z5998176116349487"})
    before = it.confirmed()
    job = it.push()
    assert it.confirmed() == before
    assert it.codes(job)[f"shipment {stranger}"] == problems.SHIPPED_OTHERWISE.name
    assert set(it.packages(same)) == {"1"}


def test_h4_a_confirmation_that_another_tool_overtook_is_looked_at_before_it_is_an_error(
    it: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order_id,) = it.open_orders(1)
    (number,) = it.ship([order_id], way="whole", carrier="dhl", tracking="00340434161094042599")

    def overtaken(client: AmazonClient, confirmation: Confirmation) -> None:
        it.sandbox.add_package(order_id, {"carrier": "DHL", "tracking": confirmation.tracking})
        confirm(client, confirmation)

    confirm = deliver.api.confirm
    monkeypatch.setattr(deliver.api, "confirm", overtaken)
    job = it.push()
    assert it.codes(job).get(f"shipment {number}") is None
    assert it.parcels()[number].state == "verified"
    assert set(it.packages(order_id)) == {"1"}


def test_h6_h3_a_refused_parcel_is_named_is_sent_once_and_stops_none_of_the_others(it: Warehouse) -> None:
    bad, *good = it.open_orders(4)
    (number,) = it.ship([bad], way="whole", carrier="dhl", tracking="")
    made = it.ship(good, way="whole")
    job = it.push()
    assert job.counts["created"] == len(made)
    assert it.codes(job)[f"shipment {number}"] == problems.TRACKING_MISSING.name
    assert it.parcels()[number].state == "rejected"
    before = it.confirmed()
    assert f"shipment {number}" not in it.codes(it.push())
    assert it.confirmed() == before
    it.sandbox.edit_shipment(number, tracking="00340434161094042611")
    assert it.push().counts["created"] == 1
    assert it.is_right([bad, *good])


def test_edits_in_the_store_go_out_under_the_same_number(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    (number,) = it.ship([order_id], way="whole", carrier="dhl", tracking="00340434161094042601")
    it.push()
    it.sandbox.edit_shipment(number, carrier="ups", tracking="1Z5998176116349487")
    job = it.push()
    assert job.counts["updated"] == 1
    (package,) = it.packages(order_id).values()
    assert (package.carrier, package.tracking, package.reference) == ("UPS", "1Z5998176116349487", str(number))
    it.sandbox.edit_shipment(number, carrier="dhl")
    assert it.push().counts["updated"] == 1
    assert [package.carrier for package in it.packages(order_id).values()] == ["DHL"]
    assert it.push().counts["updated"] == 0


def test_a_shipment_that_was_deleted_before_it_was_told_is_not_told(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    (number,) = it.ship([order_id], way="whole", carrier="nobody")
    it.push()
    it.sandbox.delete_shipment(number)
    job = it.push()
    assert f"shipment {number}" not in it.codes(job)
    assert number not in it.parcels()


def test_an_order_completed_without_a_shipment_asks_for_one_and_takes_the_answer(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    it.set_store_status(order_id, "C")
    job = it.push()
    assert it.codes(job)[f"order {order_id}"] == problems.SHIPMENT_MISSING.name
    with pytest.raises(UsageError, match="not mapped"):
        shipments.enter_shipment(it.workspace, LOCAL_ADMIN, it.channel, order_id, carrier="nobody", tracking="1")
    asked = shipments.enter_shipment(
        it.workspace, LOCAL_ADMIN, it.channel, order_id, carrier="DHL", tracking="00340434161094042620", direct=True
    )
    runner.run_here(it.workspace, asked.job_id)
    assert it.codes(it.job(asked.job_id)) == {}
    (package,) = it.packages(order_id).values()
    assert (package.carrier, package.tracking) == ("DHL", "00340434161094042620")
    assert it.is_right([order_id])
    assert f"order {order_id}" not in it.codes(it.push())


def test_the_way_back_enters_what_others_sent_once_and_never_confirms_it(it: Warehouse) -> None:
    (order_id,) = it.open_orders(1)
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"pull_shipments": True}})
    try:
        it.sandbox.add_package(order_id, {"carrier": "DHL", "tracking": "00340434161094042630"})
        it.import_orders()
        before = it.confirmed()
        job = it.push()
        made = [view for view in it.parcels().values() if view.amazon_order_id == order_id]
        assert [(view.carrier, view.tracking, view.state) for view in made] == [
            ("dhl", "00340434161094042630", "verified")
        ]
        assert f"order {order_id}" not in it.codes(job)
        stored = len(it.sandbox.store.shipments)
        it.push()
        assert (len(it.sandbox.store.shipments), it.confirmed()) == (stored, before)
        assert it.store_status(order_id) == "C"
    finally:
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"pull_shipments": False}})


def spent(before: Any, after: Any, side: str) -> dict[str, int]:
    """Calls made between two counts, by operation."""
    counts = {
        name: count["calls"] - before[side].get(name, {"calls": 0})["calls"] for name, count in after[side].items()
    }
    return {name: count for name, count in counts.items() if count}
