"""What people do with orders and what holds them, end to end: hold, release, retry, link, map, preview."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update

from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.errors import ConfigurationError, UsageError
from core.flows import runner
from core.jobs.requests import Requested
from core.jobs.views import JobView
from core.listings import links as listings
from core.listings import products
from core.mappings import choices as mappings
from core.model.audit import AuditEntry
from core.model.order import AmazonOrder
from core.model.outbox import SENDING, OutboxIntent
from core.orders import actions as orders
from core.orders import goods
from core.orders.list import OrderView
from core.orders.preview import preview
from core.people.audit import list_entries
from core.stop_writes import stop_writes
from core.sync.problems import problem_groups, problems_in
from tests.flows.kit import Shop, shop

STRANGER = Actor("vera", is_admin=False, store_id=1, company_id=99)


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with shop(home) as shop_:
        yield shop_


def to_create(it: Shop) -> list[str]:
    return [order.order_id for order in it.sandbox.world.orders if order.expected.outcome == "created"]


def run(it: Shop, asked: Requested | None) -> JobView:
    assert asked is not None
    runner.run_here(it.workspace, asked.job_id)
    return it.job(asked.job_id)


def view(it: Shop, order_id: str) -> OrderView:
    (found,) = orders.list_orders(it.workspace, LOCAL_ADMIN, "de", text=order_id)
    return found


def audited(it: Shop, action: str) -> list[str]:
    with it.workspace.database.read() as session:
        return list(session.exec(select(AuditEntry.subject).where(col(AuditEntry.action) == action)))


# -- hold, release, retry -------------------------------------------------------------------------------------------


def test_a_held_order_stays_out_of_the_store_until_it_is_released(it: Shop) -> None:
    kept, other = to_create(it)[:2]
    it.import_orders(plan_only=True)
    (held,) = orders.hold(it.workspace, LOCAL_ADMIN, "de", [kept])
    assert (held.state, held.code, held.held_by) == ("held", "held_by_operator", "admin")
    job = it.import_orders()
    assert it.problems(job)[kept] == "held_by_operator"
    assert view(it, kept).store_order_id is None
    assert view(it, other).state == "imported"
    released = run(it, orders.release(it.workspace, LOCAL_ADMIN, "de", [kept]))
    assert released.counts["created"] == 1
    assert released.calls == {}
    assert view(it, kept).state == "imported"
    assert it.audit().ok, it.audit().as_dict()
    assert audited(it, "order.hold") == audited(it, "order.release") == [f"order {kept}"]


def planned_only(it: Shop) -> JobView:
    """An import that has planned, and waits because all writes are stopped."""
    stop_writes(it.workspace, LOCAL_ADMIN, True)
    asked = orders.import_orders(it.workspace, LOCAL_ADMIN, "de")
    runner.run(it.workspace, asked.job_id)
    return it.job(asked.job_id)


def test_what_nobody_has_begun_to_send_is_withdrawn_and_its_job_says_so(it: Shop) -> None:
    wanted = to_create(it)[0]
    job = planned_only(it)
    assert view(it, wanted).state == "waiting"
    orders.hold(it.workspace, LOCAL_ADMIN, "de", [wanted])
    assert it.problems(job)[wanted] == "held_by_operator"
    assert view(it, wanted).state == "held"
    stop_writes(it.workspace, LOCAL_ADMIN, False)
    runner.run_here(it.workspace, job.id)
    assert it.job(job.id).counts["created"] == len(to_create(it)) - 1
    assert view(it, wanted).state == "held"


def test_an_order_on_its_way_into_the_store_cannot_be_held_and_nothing_is_half_done(it: Shop) -> None:
    first, second = to_create(it)[:2]
    planned_only(it)
    with it.workspace.database.write() as session:
        begun = update(OutboxIntent).where(col(OutboxIntent.subject) == f"order {second}")
        session.exec(begun.values(state=SENDING, attempts=1))
    with pytest.raises(UsageError, match="on its way"):
        orders.hold(it.workspace, LOCAL_ADMIN, "de", [first, second])
    assert (view(it, first).held_by, view(it, first).state) == ("", "waiting")


def test_what_cannot_be_held_says_why(it: Shop) -> None:
    done = to_create(it)[0]
    it.import_orders()
    with pytest.raises(UsageError, match="in the store already"):
        orders.hold(it.workspace, LOCAL_ADMIN, "de", [done])
    with pytest.raises(UsageError, match="has not been read"):
        orders.hold(it.workspace, LOCAL_ADMIN, "de", ["999-0000000-0000000"])
    with pytest.raises(UsageError, match="Nobody holds it"):
        orders.release(it.workspace, LOCAL_ADMIN, "de", [done])
    with pytest.raises(UsageError, match="Name one to"):
        orders.retry(it.workspace, LOCAL_ADMIN, "de", [])
    with pytest.raises(UsageError, match="no such channel"):
        orders.hold(it.workspace, STRANGER, "de", [done])
    with it.workspace.database.write() as session:
        session.exec(update(AmazonOrder).values(raw=None))
    with pytest.raises(UsageError, match="only figures are left"):
        orders.retry(it.workspace, LOCAL_ADMIN, "de", [done])


def test_retried_orders_are_planned_again_without_a_call_to_amazon(it: Shop) -> None:
    held = next(order for order, code in it.problems(it.import_orders()).items() if code == "sku_unknown")
    for line in it.sandbox.world.order(held).document["orderItems"]:
        if line["product"]["sellerSku"] not in {p.product_code for p in it.sandbox.store.products.values()}:
            next(iter(it.sandbox.store.products.values())).product_code = line["product"]["sellerSku"]
    job = run(it, orders.retry(it.workspace, LOCAL_ADMIN, "de", [held]))
    assert job.counts["created"] == 1
    assert job.calls == {}


# -- listings -------------------------------------------------------------------------------------------------------


def test_an_order_of_an_unknown_sku_arrives_when_the_sku_is_linked(it: Shop) -> None:
    job = it.import_orders()
    order_id = next(order for order, code in it.problems(job).items() if code == "sku_unknown")
    (problem,) = [one for one in problem_groups(it.workspace.database, LOCAL_ADMIN) if one.code == "sku_unknown"][:1]
    sku = next(
        item["product"]["sellerSku"]
        for item in it.sandbox.world.order(order_id).document["orderItems"]
        if not any(p.product_code == item["product"]["sellerSku"] for p in it.sandbox.store.products.values())
    )
    named = problems_in(it.workspace.database, LOCAL_ADMIN, "de", "sku_unknown", sku)
    assert order_id in [one.subject.id for one in named]
    assert problem.about
    product = next(iter(it.sandbox.store.products.values()))
    choice = products.search_products(it.workspace, LOCAL_ADMIN, "de", product.product_code)[0]
    assert (choice.product_id, choice.name) == (product.product_id, product.product)
    linked = run(it, listings.link(it.workspace, LOCAL_ADMIN, "de", sku, product.product_id))
    assert linked.counts["created"] >= 1
    assert linked.calls == {}
    assert view(it, order_id).state == "imported"
    (kept,) = listings.links(it.workspace, LOCAL_ADMIN, "de")
    assert (kept.sku, kept.product_id, kept.product_sku) == (sku, product.product_id, product.product_code)
    assert listings.show(it.workspace, LOCAL_ADMIN, "de", sku).waiting == ()
    assert listings.unlink(it.workspace, LOCAL_ADMIN, "de", sku) is None
    assert listings.links(it.workspace, LOCAL_ADMIN, "de") == []
    assert audited(it, "listing.link") == audited(it, "listing.unlink") == [f"sku {sku}"]


def test_a_link_to_nothing_is_refused_and_one_whose_product_vanished_holds_the_order(it: Shop) -> None:
    with pytest.raises(UsageError, match="no product 987654"):
        listings.link(it.workspace, LOCAL_ADMIN, "de", "ANY", 987654)
    created = next(order for order in it.sandbox.world.orders if order.expected.outcome == "created")
    sku = created.document["orderItems"][0]["product"]["sellerSku"]
    assert listings.link(it.workspace, LOCAL_ADMIN, "de", sku, next(iter(it.sandbox.store.products))) is None
    with it.workspace.database.write() as session:
        session.connection().exec_driver_sql("UPDATE listing_link SET product_id = 987654")
    job = it.import_orders(plan_only=True)
    assert it.problems(job)[created.order_id] == "sku_unknown"
    with pytest.raises(UsageError, match="not linked"):
        listings.unlink(it.workspace, LOCAL_ADMIN, "de", "ANY")


def test_products_of_other_vendors_are_neither_found_nor_linked(home: Path) -> None:
    with shop(home, store_options={"edition": "MULTIVENDOR"}) as it:
        foreign = next(iter(it.sandbox.store.products.values()))
        own = foreign.company_id
        foreign.company_id = own + 1
        found = products.search_products(it.workspace, LOCAL_ADMIN, "de", foreign.product_code)
        assert foreign.product_id not in [choice.product_id for choice in found]
        with pytest.raises(ConfigurationError, match="another company"):
            listings.link(it.workspace, LOCAL_ADMIN, "de", "ANY", foreign.product_id)
        vera = Actor("vera", is_admin=False, store_id=1, company_id=own)
        with pytest.raises(UsageError, match="has no product"):
            listings.link(it.workspace, vera, "de", "ANY", foreign.product_id)
        (refused,) = list_entries(it.workspace.database, LOCAL_ADMIN, operator="vera")
        assert (refused.action, refused.subject) == ("refused", f"product {foreign.product_id}")
        assert listings.links(it.workspace, LOCAL_ADMIN, "de") == []


# -- mappings -------------------------------------------------------------------------------------------------------


def test_an_order_without_a_payment_arrives_when_the_payment_is_mapped(it: Shop) -> None:
    mappings.import_mappings(it.workspace, LOCAL_ADMIN, "de", {"payments": {}})
    with it.workspace.database.write() as session:
        session.connection().exec_driver_sql("UPDATE store SET prepared = '{}'")
    held = it.import_orders()
    waiting = {order for order, code in it.problems(held).items() if code == "payment_unmapped"}
    groups = {group.about: group for group in problem_groups(it.workspace.database, LOCAL_ADMIN, "de")}
    assert groups["payments.prepaid"].count <= len(waiting)
    assert waiting
    job = run(it, mappings.set_mapping(it.workspace, LOCAL_ADMIN, "de", "payments", "prepaid", "2"))
    assert job.calls == {}
    assert job.counts["created"] == groups["payments.prepaid"].count
    run(it, mappings.set_mapping(it.workspace, LOCAL_ADMIN, "de", "payments", "cod", "6"))
    assert it.audit().ok, it.audit().as_dict()
    rows = {row.key: row for row in mappings.mapping(it.workspace, LOCAL_ADMIN, "de", "payments")}
    assert (rows["cod"].value, rows["cod"].source, rows["cod"].fault) == ("6", "channel", "")


def test_values_are_checked_against_the_store_as_it_is_now(it: Shop) -> None:
    def change(kind: str, key: str, value: str) -> None:
        mappings.set_mapping(it.workspace, LOCAL_ADMIN, "de", kind, key, value)

    before = mappings.export_mappings(it.workspace, LOCAL_ADMIN, "de")
    for kind, key, value, said in (
        ("payments", "prepaid", "999", "no payment '999'"),
        ("shipping", "EXPRES", "1", "no key"),
        ("statuses", "SHIPPED", "?", "no status"),
        ("statuses", "NO_STOCK", "P", "takes stock"),
        ("carriers", "ups", "ups", "did you mean 'UPS'"),
        ("colours", "a", "b", "not a mapping"),
    ):
        with pytest.raises(UsageError, match=said):
            change(kind, key, value)
    assert mappings.export_mappings(it.workspace, LOCAL_ADMIN, "de") == before
    change("carriers", "courier", "Other:Blitz Kurier")
    exported = mappings.export_mappings(it.workspace, LOCAL_ADMIN, "de")
    assert exported["carriers"]["courier"] == "Other:Blitz Kurier"
    mappings.unset_mapping(it.workspace, LOCAL_ADMIN, "de", "carriers", "courier")
    mappings.import_mappings(it.workspace, LOCAL_ADMIN, "de", exported)
    assert mappings.export_mappings(it.workspace, LOCAL_ADMIN, "de") == exported
    with pytest.raises(UsageError, match="is not set"):
        mappings.unset_mapping(it.workspace, LOCAL_ADMIN, "de", "carriers", "nobody")


# -- preview --------------------------------------------------------------------------------------------------------


def test_a_preview_tells_what_the_store_would_get_and_writes_nothing(it: Shop) -> None:
    it.import_orders(plan_only=True)
    order_id = to_create(it)[0]
    seen = preview(it.workspace, LOCAL_ADMIN, "de", order_id)
    assert seen.outcome == "create"
    assert seen.total == sum(line.total for line in seen.lines if line.total) + (seen.shipping_cost or 0)
    assert all(line.product_id and line.name for line in seen.lines)
    assert "(" in seen.payment and "(" in seen.shipping and "(" in seen.status
    assert seen.notes[0] == f"amazon_order_id={order_id}"
    assert it.sandbox.store.orders == {}
    assert audited(it, "order.preview") == [f"order {order_id}"]
    it.import_orders(order_ids=[order_id])
    made = next(iter(it.sandbox.store.orders.values()))
    again = preview(it.workspace, LOCAL_ADMIN, "de", order_id)
    assert (again.outcome, again.total) == ("leave", made.total)
    assert str(made.order_id) in again.message


def test_a_preview_of_a_held_or_left_order_tells_why(it: Shop) -> None:
    held = it.problems(it.import_orders())
    unknown = next(order for order, code in held.items() if code == "sku_unknown")
    seen = preview(it.workspace, LOCAL_ADMIN, "de", unknown)
    assert (seen.outcome, seen.code) == ("hold", "sku_unknown")
    assert seen.lines and seen.fix
    left = next(one for one in orders.list_orders(it.workspace, LOCAL_ADMIN, "de", states=["left"]))
    assert preview(it.workspace, LOCAL_ADMIN, "de", left.order_id).outcome == "leave"
    with pytest.raises(UsageError, match="no such channel"):
        preview(it.workspace, STRANGER, "de", unknown)


# -- rules that change meanwhile ------------------------------------------------------------------------------------


def test_what_was_left_aside_by_rules_that_changed_meanwhile_is_planned_again(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allow(*statuses: str) -> None:
        document = {"name": "de", "settings": {"order_statuses": statuses}}
        registry.edit(it.workspace, LOCAL_ADMIN, document)

    look_up = goods.products_for

    def while_somebody_edits(*args: Any) -> Any:
        monkeypatch.setattr(goods, "products_for", look_up)
        allow("UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED")
        return look_up(*args)

    allow("SHIPPED")
    monkeypatch.setattr(goods, "products_for", while_somebody_edits)
    it.import_orders()
    it.check_everything(it.import_orders())
