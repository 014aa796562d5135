"""What Amazon changes of orders in the store: mirrored by the cheapest safe call, and nothing of people's undone."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from sqlmodel import col, select

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.model.link import OrderLink
from core.orders.plan.changes import sold_from
from core.orders.preview import preview
from core.sync.problems import open_problems
from sandbox.audit import summed_lines
from sandbox.sandbox import Sandbox
from sandbox.store.model import StoreOrder
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, connected, sandbox_of

ADDRESS = {"s_address": "Fulfilled by Amazon"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Sandbox]]:
    """A shop whose orders are in the store; each test takes orders that no other has touched."""
    home = tmp_path_factory.mktemp("changes") / "home"
    with sandbox_of(orders=140, other_orders=0) as sandbox:
        for order in sandbox.world.orders:
            if order.draft.fulfilled_by == "AMAZON" and order.expected.outcome == "created":
                sandbox.amazon.update_order(order.order_id, address="none")
        with connected(home, sandbox) as it:
            it.import_orders()
        yield home, sandbox
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: tuple[Path, Sandbox]) -> Iterator[Shop]:
    with connected(*served, again=True) as again:
        yield again


_used: set[str] = set()


def sold(it: Shop, *, by: str = "MERCHANT", units: int = 1) -> WorldOrder:
    """An order that waits at Amazon and that no test has touched, with a line of so many units."""
    found = next(
        one
        for one in it.sandbox.world.orders
        if one.order_id not in _used
        and one.expected.outcome == "created"
        and (one.draft.status, one.draft.fulfilled_by) == ("UNSHIPPED", by)
        and max(line.quantity for line in one.draft.lines) >= units
    )
    _used.add(found.order_id)
    return found


def store_order(it: Shop, order: WorldOrder) -> StoreOrder:
    (found,) = it.sandbox.store.orders_with("email", order.order_id.lower())
    return found


def link(it: Shop, order: WorldOrder) -> OrderLink:
    with it.workspace.database.read() as session:
        return session.exec(select(OrderLink).where(col(OrderLink.order_id) == order.order_id)).one()


def writes(it: Shop) -> int:
    return it.calls("store", "updateOrder") + it.calls("store", "createOrder")


def cancel_one_unit(it: Shop, order: WorldOrder, **more: str) -> str:
    """Amazon cancels a unit of the first line that has several; the item."""
    items = deepcopy(order.document["orderItems"])
    item = next(one for one in items if one["quantityOrdered"] > 1)
    item["quantityOrdered"] -= 1
    it.sandbox.amazon.update_order(order.order_id, imported=True, document={"orderItems": items}, **more)
    return str(item["orderItemId"])


def said(it: Shop, order: WorldOrder) -> str:
    found = [one for one in open_problems(it.workspace.database, LOCAL_ADMIN) if order.order_id in one.subject]
    return " ".join(one.message for one in found)


def test_a_change_of_status_is_one_write_that_calculates_nothing_anew(it: Shop) -> None:
    order = sold(it)
    before, made = writes(it), deepcopy(store_order(it, order))
    it.sandbox.amazon.update_order(order.order_id, status="SHIPPED", imported=True)
    assert it.import_orders().counts["updated"] == 1
    now = store_order(it, order)
    assert writes(it) == before + 1
    assert (now.status, now.lines, now.total, now.shipping_cost) == ("C", made.lines, made.total, made.shipping_cost)


def test_cancelled_units_ask_a_person_and_are_settled_when_the_store_order_has_them(it: Shop) -> None:
    order = sold(it, units=2)
    item = cancel_one_unit(it, order)
    before, made = writes(it), deepcopy(store_order(it, order))
    assert it.problems(it.import_orders())[order.order_id] == "order_changed"
    assert writes(it) == before and store_order(it, order) == made
    assert f"Store order {made.order_id}" in said(it, order) and "instead of" in said(it, order)
    assert "compared with the units" in preview(it.workspace, LOCAL_ADMIN, it.channel, order.order_id).message
    line = next(one for one in store_order(it, order).lines.values() if one.extra["amazon_order_item_id"] == item)
    line.amount -= 1
    store_order(it, order).total -= line.price
    assert order.order_id not in it.problems(it.import_orders())
    assert said(it, order) == ""
    (now,) = [one for one in sold_from(link(it, order).lines) if one.item_id == item]
    assert now.units == now.ordered - 1
    assert it.import_orders().counts["updated"] == 0


def test_an_order_with_cancelled_units_still_follows_its_status(it: Shop) -> None:
    order = sold(it, units=2)
    cancel_one_unit(it, order)
    it.import_orders()
    cancel_one_unit(it, order, status="SHIPPED")
    assert it.problems(it.import_orders())[order.order_id] == "order_changed"
    assert store_order(it, order).status == "C"
    it.sandbox.amazon.update_order(order.order_id, document={"orderItems": order.document["orderItems"]})


def test_G4_an_order_that_was_held_for_its_address_is_made_when_amazon_sends_it(it: Shop) -> None:
    order = next(one for one in it.sandbox.world.orders if one.expected.code == "address_incomplete")
    assert it.sandbox.store.orders_with("email", order.order_id.lower()) == []
    it.sandbox.amazon.update_order(order.order_id, address="complete")
    assert it.import_orders().counts["created"] == 1
    assert (store_order(it, order).status, link(it, order).lacking) == (order.expected.status, "")


def test_an_address_that_comes_later_is_filled_in_and_nothing_else_changes(it: Shop) -> None:
    order = sold(it, by="AMAZON")
    made = deepcopy(store_order(it, order))
    assert made.profile["s_address"] == ADDRESS["s_address"] and link(it, order).lacking
    it.sandbox.amazon.update_order(order.order_id, address="complete", imported=True)
    assert it.import_orders().counts["updated"] == 1
    now = store_order(it, order)
    assert now.profile["s_address"] == order.document["recipient"]["deliveryAddress"]["addressLine1"]
    assert (now.status, now.total, now.shipping_cost) == (made.status, made.total, made.shipping_cost)
    assert (now.email, now.taxes, summed_lines(now)) == (made.email, made.taxes, summed_lines(made))
    assert link(it, order).lacking == ""
    before = writes(it)
    assert it.import_orders().counts["updated"] == 0 and writes(it) == before
    assert it.sandbox.store.mails == []


def test_what_people_wrote_into_the_staff_notes_stays_when_the_address_comes(it: Shop) -> None:
    order = sold(it, by="AMAZON")
    store_order(it, order).details += "\nGift, leave out the invoice."
    noted = store_order(it, order).details
    it.sandbox.amazon.update_order(order.order_id, address="complete", imported=True)
    assert it.import_orders().counts["updated"] == 1
    now = store_order(it, order)
    assert now.profile["s_address"] == order.document["recipient"]["deliveryAddress"]["addressLine1"]
    assert now.details == noted


def test_an_order_that_somebody_has_changed_is_not_written_for_its_address(it: Shop) -> None:
    order = sold(it, by="AMAZON")
    store_order(it, order).profile["s_phone"] = "+49 30 1234567"
    made, before = deepcopy(store_order(it, order)), writes(it)
    it.sandbox.amazon.update_order(order.order_id, address="complete", imported=True)
    assert it.problems(it.import_orders())[order.order_id] == "order_changed"
    assert store_order(it, order) == made and writes(it) == before
    assert "somebody has changed the order" in said(it, order)
    # Its status goes on all the same, and whoever writes the address by hand settles the rest.
    address = order.document["recipient"]["deliveryAddress"]
    it.sandbox.amazon.update_order(order.order_id, status="CANCELLED", imported=True)
    it.import_orders()
    assert store_order(it, order).status == "I" and address["city"]


def test_a_status_that_a_person_gave_stays_until_amazon_ends_the_order(it: Shop) -> None:
    statuses = it.sandbox.store.statuses
    row = next(one for one in statuses.values() if one["status"] == "P")
    statuses[901] = row | {"status": "E", "status_id": "901"}
    changes = {"statuses": {"PARTIALLY_SHIPPED": "O"}}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": changes})
    packed, completed, untouched = sold(it, units=2), sold(it, units=2), sold(it, units=2)
    store_order(it, packed).status = "E"
    store_order(it, completed).status = "C"
    for order in (packed, completed, untouched):
        it.sandbox.amazon.update_order(order.order_id, status="PARTIALLY_SHIPPED", imported=True)
    job = it.import_orders()
    assert not {packed.order_id, completed.order_id} & it.problems(job).keys()
    assert [store_order(it, one).status for one in (packed, completed, untouched)] == ["E", "C", "O"]
    for order in (packed, completed, untouched):
        it.sandbox.amazon.update_order(order.order_id, status="SHIPPED", imported=True)
    it.import_orders()
    assert [store_order(it, one).status for one in (packed, completed, untouched)] == ["C", "C", "C"]


def test_C2_an_order_of_which_a_parcel_has_left_is_not_cancelled_whatever_its_status(it: Shop) -> None:
    order = sold(it, units=2)
    it.sandbox.ship({"orders": [order.order_id], "way": "partial"})
    status = store_order(it, order).status
    assert status == "P"
    it.sandbox.amazon.update_order(order.order_id, status="CANCELLED", imported=True)
    assert it.problems(it.import_orders())[order.order_id] == "store_order_changed"
    assert store_order(it, order).status == "P" and "was shipped" in said(it, order)


def test_an_order_that_a_person_deleted_or_ended_is_left(it: Shop) -> None:
    deleted, ended = sold(it), sold(it)
    it.sandbox.store.remove_order(store_order(it, deleted).order_id)
    store_order(it, ended).status = "D"
    count = len(it.sandbox.store.all_orders())
    for order in (deleted, ended):
        it.sandbox.amazon.update_order(order.order_id, status="SHIPPED", imported=True)
    problems = it.problems(it.import_orders())
    assert (problems[deleted.order_id], problems[ended.order_id]) == ("order_deleted", "store_order_changed")
    assert len(it.sandbox.store.all_orders()) == count and store_order(it, ended).status == "D"
