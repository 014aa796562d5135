"""What Amazon refunds is told of each order once, stays a problem until a person has settled it, and moves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, update

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.model.job import JobState
from core.model.order import AmazonOrder
from core.orders import actions
from core.orders.returns import BY_RETURN_DATE
from core.sync.problems import ProblemView, open_problems
from core.timeline import timeline
from sandbox.amazon.applications import ORDERS_ROLE, PII_ROLE
from sandbox.world.order import WorldOrder
from tests.flows.patient import Seller, seller


@pytest.fixture
def it(home: Path) -> Iterator[Seller]:
    with seller(home, orders=6, other_orders=0) as it:
        it.import_orders()
        yield it


def shipped(it: Seller) -> WorldOrder:
    """An order of two pieces that is in the store, and has left."""
    sku = it.sandbox.world.products[0].sku
    order = it.sandbox.amazon.add_order(case="merchant_unshipped", sku=sku, quantity=2)
    it.import_orders()
    it.sandbox.update_order(order.order_id, {"status": "SHIPPED", "imported": True})
    it.import_orders()
    return order


def refunds(it: Seller) -> list[ProblemView]:
    return [one for one in open_problems(it.workspace.database, LOCAL_ADMIN) if one.code == "order_refunded"]


def told(it: Seller, order: WorldOrder) -> list[str]:
    entries = timeline(it.workspace, LOCAL_ADMIN, it.channel, order.order_id)
    return [entry.text for entry in entries if entry.what == "refunded"]


def sends_back(it: Seller, order: WorldOrder, wishes: dict[str, Any]) -> None:
    it.sandbox.send_back(order.order_id, wishes)
    it.forward(2)  # a report ends with a whole second


def settle(it: Seller, order: WorldOrder) -> None:
    it.run(actions.retry(it.workspace, LOCAL_ADMIN, it.channel, [order.order_id], direct=True).job_id)


def writes(it: Seller) -> int:
    return it.calls("store", "createOrder") + it.calls("store", "updateOrder")


def test_a_refunded_quantity_is_a_problem_until_a_person_has_settled_it_and_changes_nothing_in_the_store(
    it: Seller,
) -> None:
    order = shipped(it)
    sends_back(it, order, {"units": 1, "refunded": "7.50"})
    before = writes(it)
    for _ in range(2):
        it.reconcile()
    (problem,) = refunds(it)
    sku = order.draft.lines[0].sku
    assert f"7.50 EUR for 1 of SKU {sku!r}" in problem.message and problem.subject.id == order.order_id
    assert told(it, order) == [f"Refunded by Amazon: 7.50 EUR for 1 of SKU {sku!r}"]
    # Other things that end well with this order leave it.
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"out_of_stock": "flag"}})
    it.import_orders()
    assert len(refunds(it)) == 1
    settle(it, order)
    it.reconcile()
    assert not refunds(it), "what was settled is not told again"
    sends_back(it, order, {"units": 1, "refunded": "9"})
    it.reconcile()
    (problem,) = refunds(it)
    assert "7.50 EUR for 1" in problem.message and "9 EUR for 1" in problem.message
    assert len(told(it, order)) == 2
    assert writes(it) == before and it.audit().ok


def test_a_refund_of_an_order_whose_personal_data_is_gone_is_told_and_settled_all_the_same(it: Seller) -> None:
    order = shipped(it)
    with it.workspace.database.write() as session:
        session.exec(update(AmazonOrder).values(ended_at=clock.now() - timedelta(days=40)))
        session.exec(update(AmazonOrder).where(col(AmazonOrder.dirty)).values(dirty=False))
    assert it.purge()
    sends_back(it, order, {})
    it.reconcile()
    assert [one.subject.id for one in refunds(it)] == [order.order_id]
    settle(it, order)
    assert not refunds(it)


def test_what_nobody_refunded_and_what_the_store_never_had_is_no_problem(it: Seller) -> None:
    order, other = shipped(it), it.sandbox.amazon.add_order(case="address")
    it.import_orders()
    sends_back(it, order, {"refunded": "0"})
    sends_back(it, other, {"refunded": "2"})
    it.reconcile()
    assert not refunds(it) and not told(it, order)
    assert len(told(it, other)) == 1


def test_one_report_of_returns_serves_all_channels_of_the_seller(it: Seller) -> None:
    place = {"name": "fr", "seller_of": it.channel, "country": "FR", "company_id": 1}
    registry.add(it.workspace, LOCAL_ADMIN, place)
    order = shipped(it)
    sends_back(it, order, {})
    it.reconcile("fr")
    assert not refunds(it) and not told(it, order), "it is another channel's"
    it.reconcile()
    assert [one.channel for one in refunds(it)] == [it.channel]
    assert it.asked(BY_RETURN_DATE) == 1


def test_an_application_that_may_not_read_returns_is_told_so_and_all_else_is_compared(it: Seller) -> None:
    application = it.sandbox.amazon.private_application(it.sandbox.amazon.accounts[0])
    application.roles = application.roles - {ORDERS_ROLE, PII_ROLE}
    job = it.reconcile()
    assert job.state == JobState.SUCCEEDED, job.message
    assert "What was refunded is not known." in it.log(job)
