"""Names and addresses leave every file when their time is over, here and, by choice, in the store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from core import clock, stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.clockwatch import ClockWatch
from core.flows import runner
from core.jobs.views import JobView
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.orders import ANONYMISE_KIND, actions
from core.orders.preview import preview
from core.shipments.actions import push_shipments
from sandbox.store.model import StoreOrder
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, shop

BUYER = {
    "name": "Quirina Zwiebelfisch",
    "addressLine1": "Xylophongasse 4711",
    "addressLine2": "Hinterhaus Wunderlich",
    "city": "Berlin",
    "postalCode": "10115",
    "countryCode": "DE",
    "phone": "+49 30 90182736",
}
VAT_NUMBER, VAT_FIELD = "DE998877665", 32
REASON = "Quirina hat es sich anders gedacht"
E_MAIL, COMPANY, GIFT = "quirina.relay@marketplace.example", "Zwiebelfisch Verlag", "Herzlichst, Deine Quirina"
TELLING = [
    BUYER["name"],
    *BUYER["name"].split(),
    BUYER["addressLine1"],
    BUYER["phone"],
    "Wunderlich",
    E_MAIL,
    COMPANY,
    GIFT,
    REASON,
    VAT_NUMBER,
]


def sell(it: Shop, count: int = 1) -> list[WorldOrder]:
    """Orders of one buyer whose data is found again wherever it was written."""
    orders = [one for one in it.sandbox.world.orders if one.expected.outcome == "created" and one.draft.recipient]
    orders = [one for one in orders if one.draft.status == "UNSHIPPED" and one.draft.fulfilled_by == "MERCHANT"]
    assert len(orders) >= count
    for order in orders[:count]:
        order.document["recipient"] = {"deliveryAddress": BUYER}
        order.document["buyer"] = {"buyerName": BUYER["name"], "buyerEmail": E_MAIL, "buyerCompanyName": COMPANY}
        registration = {"entityType": "BUYER", "taxRegistrationNumber": VAT_NUMBER}
        order.document["tax"] = {"taxRegistrations": [registration]}
        packing = order.document["orderItems"][0].setdefault("fulfillment", {}).setdefault("packing", {})
        packing["giftOption"] = {"giftMessage": GIFT}
    return orders[:count]


@contextmanager
def days_later(it: Shop, days: int) -> Iterator[None]:
    clock.install(f"{days * 86_400},1", it.workspace.settings.home)
    try:
        yield
    finally:
        clock.install(None, it.workspace.settings.home)


def row(it: Shop, order: WorldOrder) -> AmazonOrder:
    with it.workspace.database.read() as session:
        return session.exec(select(AmazonOrder).where(col(AmazonOrder.order_id) == order.order_id)).one()


def link(it: Shop, order: WorldOrder) -> OrderLink:
    with it.workspace.database.read() as session:
        return session.exec(select(OrderLink).where(col(OrderLink.order_id) == order.order_id)).one()


def in_store(it: Shop, order: WorldOrder) -> StoreOrder:
    return it.sandbox.store.orders[link(it, order).store_order_id]


def bytes_of(home: Path) -> bytes:
    """All that the home's files hold, the log of the database included."""
    return b"\n".join(file.read_bytes() for file in sorted(home.rglob("*")) if file.is_file())


def tokens(it: Shop) -> list[bytes]:
    """The encrypted documents of orders and intents, as they stand in the file."""
    query = (
        "SELECT raw FROM amazon_order WHERE raw IS NOT NULL UNION ALL SELECT content FROM outbox WHERE content <> ''"
    )
    with it.workspace.database.read() as session:
        found = session.connection().execute(text(query)).scalars().all()
    return [bytes(one)[10:60] for one in found]


def test_nothing_of_a_buyer_is_left_in_any_file_or_log(
    home: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClockWatch, "look", lambda _: None)  # the clock jumps, and is believed
    caplog.set_level(logging.DEBUG)
    with shop(home, orders=24, other_orders=0) as it:
        held, sold = sell(it, 2)
        it.import_orders(plan_only=True)
        actions.hold(it.workspace, LOCAL_ADMIN, it.channel, [held.order_id])
        it.fault("store", "createOrder", "timeout_after", times=1)
        it.import_orders()
        it.sandbox.store.options.echoes = "update"
        it.import_orders(order_ids=[sold.order_id])
        preview(it.workspace, LOCAL_ADMIN, it.channel, held.order_id)
        registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"carriers": {"dhl": "DHL"}}})
        it.sandbox.ship({"orders": [sold.order_id], "carrier": "dhl"})
        request = {"cancellationRequest": {"requester": "BUYER", "cancelReason": REASON}}
        told = {name: sold.document[name] for name in ("recipient", "buyer", "orderItems")}
        told["orderItems"][0]["cancellation"] = request
        it.sandbox.update_order(sold.order_id, {"document": told, "imported": True})
        runner.run(it.workspace, push_shipments(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
        with it.workspace.database.read() as session:
            assert "cancel_requested" in session.exec(select(Problem.code)).all()
        stored = tokens(it)
        assert len(stored) > 15
        with it.workspace.database.read() as session:
            known = {order.order_id for order in session.exec(select(AmazonOrder))}
        with days_later(it, 100):
            assert it.purge() == len(known)
        assert tokens(it) == []
        everything = bytes_of(home)
        for word in TELLING:
            assert word.encode() not in everything, "never as plain text"
            assert word not in caplog.text
        assert [token for token in stored if token in everything] == [], "and encrypted only until it is deleted"
        with it.workspace.database.read() as session:
            assert {order.order_id for order in session.exec(select(AmazonOrder))} == known
            assert not [one for one in session.exec(select(OutboxIntent)) if one.content]


def test_P3_what_was_read_late_is_kept_for_a_week_and_a_shipped_order_no_longer_for_its_later_changes(
    home: Path,
) -> None:
    with shop(home, orders=24, other_orders=0) as it:
        (order,) = sell(it)
        it.import_orders()
        it.sandbox.update_order(order.order_id, {"status": "SHIPPED", "imported": True})
        it.import_orders(order_ids=[order.order_id])
        ended = row(it, order).ended_at
        assert ended is not None
        it.sandbox.update_order(order.order_id, {"document": {"programs": ["PRIME"]}, "imported": True})
        it.import_orders(order_ids=[order.order_id])
        assert row(it, order).ended_at == ended
        with days_later(it, 29):
            it.purge()
            assert row(it, order).raw is not None
        with days_later(it, 31):
            it.purge()
            assert row(it, order).raw is None
        it.import_orders(order_ids=[order.order_id])
        assert row(it, order).raw is not None, "asked for by its number, it is read again"


def test_an_order_that_was_never_brought_into_the_store_says_that_it_cannot_be_any_more(home: Path) -> None:
    with shop(home, orders=24, other_orders=0) as it:
        (order,) = sell(it)
        it.import_orders(plan_only=True)
        with it.workspace.database.write() as session:
            found = session.exec(select(AmazonOrder).where(col(AmazonOrder.order_id) == order.order_id)).one()
            found.held_by, found.dirty = "ada", True
            session.add(found)
        with days_later(it, 91):
            it.purge()
        with it.workspace.database.read() as session:
            told = session.exec(select(Problem).where(col(Problem.subject) == f"order {order.order_id}")).all()
        assert [one.code for one in told if one.resolved_at is None] == ["data_deleted"]
        asked = actions.read_again(it.workspace, LOCAL_ADMIN, it.channel, [order.order_id])
        assert it.job(asked.job_id).params["order_ids"] == [order.order_id]


class TestAnonymising:
    """By choice the store's copy goes with ours."""

    @contextmanager
    def shop(self, home: Path, count: int = 1, **world: Any) -> Iterator[tuple[Shop, list[WorldOrder]]]:
        with shop(home, **({"orders": 24, "other_orders": 0} | world)) as it:
            chosen = {"anonymise_orders": True, "order_fields": {"vat_number": VAT_FIELD}}
            registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": chosen})
            stores.prepare_store(it.workspace, LOCAL_ADMIN, "demo", apply=True)  # for its tax
            orders = sell(it, count)
            it.import_orders()
            yield it, orders

    def purged(self, it: Shop) -> JobView:
        """Delete what is due, and run the import that follows."""
        with days_later(it, 100):
            it.purge()
            return it.import_orders()

    def test_names_streets_and_phones_go_and_all_else_stays(self, home: Path) -> None:
        with self.shop(home) as (it, (order,)):
            everything = deepcopy(it.sandbox.store.orders)
            before = everything[link(it, order).store_order_id]
            assert BUYER["addressLine1"] in before.profile.values() and GIFT in before.details
            assert before.profile_fields == {str(VAT_FIELD): VAT_NUMBER}
            stock = {number: product.amount for number, product in it.sandbox.store.products.items()}
            job = self.purged(it)
            after = in_store(it, order)
            said = f"{after.profile} {after.profile_fields} {after.details} {after.notes} {after.payment_info}"
            assert [word for word in TELLING if word in said] == []
            assert (after.profile["s_firstname"], after.profile["s_address"]) == ("Anonymised", "anonymised")
            kept = ("email", "s_city", "s_zipcode", "s_country", "b_city", "b_zipcode", "b_country")
            assert {name: after.profile[name] for name in kept} == {name: before.profile[name] for name in kept}
            assert after.details.splitlines()[0] == f"amazon_order_id={order.order_id}"
            assert any(one.taxes for one in everything.values())
            for number, one in it.sandbox.store.orders.items():
                assert one.profile["s_address"] == "anonymised"
                for name in ("status", "total", "shipping_cost", "taxes", "timestamp", "payment_id", "tax_exempt"):
                    assert getattr(one, name) == getattr(everything[number], name), name
                assert self.lines(one) == self.lines(everything[number])
            assert {number: product.amount for number, product in it.sandbox.store.products.items()} == stock
            assert job.counts["failed"] == 0 and job.counts["updated"] > 0
            assert link(it, order).left_as == ""
            assert it.audit().ok
            writes = it.calls("store", "updateOrder")
            assert self.purged(it).counts["updated"] == 0, "once"
            assert it.calls("store", "updateOrder") == writes

    def lines(self, order: StoreOrder) -> list[tuple[int, int, Decimal, dict[str, Any]]]:
        return [(one.product_id, one.amount, one.price, one.extra) for one in order.lines.values()]

    def test_what_somebody_has_changed_is_left_and_told(self, home: Path) -> None:
        with self.shop(home, 3) as (it, (moved, edited, noted)):
            in_store(it, moved).profile["s_address"] = "Neue Straße 1"
            next(iter(in_store(it, edited).lines.values())).amount += 1
            in_store(it, noted).details += "\nRang twice"
            job = self.purged(it)
            assert in_store(it, moved).profile["s_address"] == "Neue Straße 1"
            assert BUYER["addressLine1"] in in_store(it, edited).profile.values()
            assert in_store(it, noted).details.endswith("Rang twice"), "notes are not who the buyer is"
            assert in_store(it, noted).profile["s_address"] == "anonymised"
            told = {key: code for key, code in it.problems(job).items() if code == "not_anonymised"}
            assert set(told) == {moved.order_id, edited.order_id}
            assert not {moved.order_id, edited.order_id} & set(it.problems(it.import_orders())), "told once"
            actions.retry(it.workspace, LOCAL_ADMIN, it.channel, [moved.order_id])
            with it.workspace.database.read() as session:
                open_ones = select(Problem).where(
                    col(Problem.resolved_at).is_(None), col(Problem.code) == "not_anonymised"
                )
                assert [one.subject for one in session.exec(open_ones)] == [f"order {edited.order_id}"]

    def test_an_answer_that_did_not_come_is_looked_for(self, home: Path) -> None:
        with self.shop(home) as (it, (order,)):
            it.fault("store", "updateOrder", "lost", times=1)
            it.fault("store", "updateOrder", "error_after", times=1)
            total = in_store(it, order).total
            job = self.purged(it)
            assert job.counts["failed"] == 0
            assert (in_store(it, order).profile["s_address"], in_store(it, order).total) == ("anonymised", total)

    def test_a_refusal_becomes_a_problem_and_is_tried_again_when_told(self, home: Path) -> None:
        with self.shop(home) as (it, (order,)):
            it.sandbox.store.options.echoes = "update"
            job = self.purged(it)
            assert it.problems(job)[order.order_id] == "not_anonymised"
            it.sandbox.store.options.echoes = ""
            with days_later(it, 100):
                it.import_orders()
                assert in_store(it, order).profile["s_address"] == BUYER["addressLine1"]
                actions.retry(it.workspace, LOCAL_ADMIN, it.channel, [order.order_id])
                it.import_orders()
            assert in_store(it, order).profile["s_address"] == "anonymised"

    def test_without_the_choice_the_store_keeps_its_copy_and_no_trace_of_it_is_kept_here(self, home: Path) -> None:
        with shop(home, orders=24, other_orders=0) as it:
            (order,) = sell(it)
            it.import_orders()
            assert link(it, order).left_as
            self.purged(it)
            assert link(it, order).left_as == ""
            assert in_store(it, order).profile["s_address"] == BUYER["addressLine1"]
            with it.workspace.database.read() as session:
                assert not session.exec(select(OutboxIntent).where(col(OutboxIntent.kind) == ANONYMISE_KIND)).all()
