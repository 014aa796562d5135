"""Orders that the store cannot take as they come, end to end: too little stock, unknown SKUs, missing addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, update

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs.context import JobContext
from core.jobs.views import JobView, events_after
from core.model.order import AmazonOrder
from core.model.quota import Quota
from core.model.store import StoreProduct
from core.orders import actions, planning
from core.orders.preview import preview
from core.sync.problems import open_problems
from sandbox.amazon.applications import PII_ROLE
from sandbox.store.model import StoreOrder
from sandbox.store.model import StoreProduct as Article
from sandbox.world.marketplaces import FR
from sandbox.world.order import WorldOrder
from tests.flows.kit import Shop, connected, shop

PLACEHOLDER = "AMAZON-PLACEHOLDER"


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with shop(home, orders=3, other_orders=0, products=6) as shop_:
        shop_.import_orders()
        yield shop_


def choose(it: Shop, **settings: Any) -> None:
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})


def product(it: Shop, number: int = 0, **changes: Any) -> Article:
    """A product of the world, changed in the store."""
    sku = it.sandbox.world.products[number].sku
    found = next(one for one in it.sandbox.store.products.values() if one.product_code == sku)
    for name, value in changes.items():
        setattr(found, name, value)
    return found


def placeholder(it: Shop, **changes: Any) -> Article:
    """One that stands for others, and whose stock is nobody's."""
    return product(
        it, 5, **({"product_code": PLACEHOLDER, "tracking": "D", "zero_price_action": "P", "amount": 0} | changes)
    )


def sold(it: Shop, quantity: int, case: str = "merchant_unshipped") -> WorldOrder:
    return it.sandbox.amazon.add_order(case=case, sku=it.sandbox.world.products[0].sku, quantity=quantity)


def made_of(it: Shop, order: WorldOrder) -> StoreOrder | None:
    return next((one for one in it.sandbox.store.orders.values() if order.order_id in one.details), None)


def code_of(it: Shop, order: WorldOrder) -> str:
    found = [one for one in open_problems(it.workspace.database, LOCAL_ADMIN) if one.subject.id == order.order_id]
    return found[0].code if found else ""


def left(it: Shop, operation: str, calls: int) -> None:
    with it.workspace.database.write() as session:
        key = col(Quota.key).endswith(f"/{operation}")
        session.exec(update(Quota).where(key).values(tokens=calls, updated_at=clock.now()))


def settle(it: Shop, order: WorldOrder) -> JobView:
    asked = actions.retry(it.workspace, LOCAL_ADMIN, it.channel, [order.order_id], direct=True)
    assert asked is not None
    runner.run_here(it.workspace, asked.job_id)
    return it.job(asked.job_id)


def read_long_ago(it: Shop, mirror: type[AmazonOrder | StoreProduct]) -> None:
    """Let what was read count as read two hours ago."""
    with it.workspace.database.write() as session:
        session.exec(update(mirror).values(seen_at=clock.now() - timedelta(hours=2)))


def test_too_little_stock_is_held_flagged_or_allowed(it: Shop) -> None:
    lamp = product(it, amount=1)
    order = sold(it, 3)
    it.import_orders()
    assert (code_of(it, order), made_of(it, order)) == ("out_of_stock", None)

    choose(it, out_of_stock="flag")
    job = it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (made.status, made.total, lamp.amount) == ("B", order.expected.total, 1)
    assert sum(line.amount for line in made.lines.values()) == 3
    assert it.problems(job)[order.order_id] == code_of(it, order) == "out_of_stock"
    settle(it, order)
    assert code_of(it, order) == ""

    # Of nothing that is in stock the store makes an order only with the placeholder.
    choose(it, out_of_stock="allow", placeholder_product=placeholder(it).product_id)
    lamp.amount = 0
    more = sold(it, 2)
    job = it.import_orders()
    assert (code_of(it, more), job.counts["created"]) == ("", 1)
    backordered = made_of(it, more)
    assert backordered is not None and backordered.status == "B"
    assert {line.product_id for line in backordered.lines.values()} == {lamp.product_id}
    assert sum(line.amount for line in backordered.lines.values()) == 2
    assert lamp.amount == 0


def test_a_held_order_goes_on_by_itself_when_the_goods_are_there(it: Shop) -> None:
    lamp = product(it, amount=1)
    order = sold(it, 3)
    it.import_orders()
    lamp.amount = 4
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (made.status, lamp.amount, code_of(it, order)) == ("P", 1, "")


def test_orders_of_one_import_do_not_sell_the_same_piece_twice(it: Shop) -> None:
    lamp = product(it, amount=3)
    orders = [sold(it, 2), sold(it, 2)]
    it.import_orders()
    assert sorted(code_of(it, order) for order in orders) == ["", "out_of_stock"]
    assert lamp.amount == 1


def french(it: Shop, quantity: int) -> WorldOrder:
    """An order of the same product by way of the seller's channel of another marketplace."""
    order = sold(it, quantity)
    order.draft.marketplace, order.marketplace_id = FR, FR.marketplace_id
    return it.sandbox.amazon.update_order(order.order_id)


@pytest.fixture
def other(it: Shop) -> Shop:
    """The channel of the same store for another marketplace of the seller."""
    place = {"name": "fr", "seller_of": it.channel, "country": "FR", "company_id": 1}
    registry.add(it.workspace, LOCAL_ADMIN, place | {"settings": it.sandbox.credentials()["channel"]["settings"]})
    return Shop(it.sandbox, it.workspace, "fr")


def unsent(it: Shop) -> None:
    """An import whose orders stay in the outbox."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JobContext, "deliver", lambda *_: None)
        it.import_orders()


def test_what_another_channel_of_the_store_is_to_send_is_not_sold_again(it: Shop, other: Shop) -> None:
    lamp, first, second = product(it, amount=3), sold(it, 2), french(it, 2)
    unsent(it)
    assert (code_of(it, first), lamp.amount) == ("", 3), "it is planned, and waits to be sent"
    other.import_orders()
    assert code_of(other, second) == "out_of_stock"
    assert preview(it.workspace, LOCAL_ADMIN, "fr", second.order_id).code == "out_of_stock"
    it.import_orders()
    assert made_of(it, first) is not None
    other.import_orders()
    assert (code_of(other, second), made_of(other, second), lamp.amount) == ("out_of_stock", None, 1)
    lamp.amount = 2
    other.import_orders()
    assert (code_of(other, second), made_of(other, second) is not None, lamp.amount) == ("", True, 0)


def test_channels_that_plan_at_the_same_time_do_not_sell_the_same_piece(
    it: Shop, other: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp, first, second = product(it, amount=3), sold(it, 2), french(it, 2)
    decide = planning._decide

    def meanwhile(*known: Any) -> Any:
        monkeypatch.setattr(planning, "_decide", decide)
        decided = decide(*known)
        unsent(other)
        return decided

    monkeypatch.setattr(planning, "_decide", meanwhile)
    it.import_orders()
    assert (code_of(it, first), made_of(it, first), lamp.amount) == ("", None, 3), "it is planned again"
    other.import_orders()
    assert made_of(other, second) is not None
    it.import_orders()
    assert (code_of(it, first), made_of(it, first), lamp.amount) == ("out_of_stock", None, 1)


def test_an_order_that_waits_to_be_sent_is_not_short_of_what_it_takes_itself(it: Shop) -> None:
    lamp, order = product(it, amount=2), sold(it, 2)
    unsent(it)
    choose(it, out_of_stock="hold")  # all is planned anew
    it.import_orders()
    assert (code_of(it, order), made_of(it, order) is not None, lamp.amount) == ("", True, 0)


def test_what_can_be_bought_in_advance_is_not_held(it: Shop) -> None:
    lamp = product(it, amount=0, out_of_stock_actions="B")
    order = sold(it, 2)
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (made.status, lamp.amount) == ("P", -2)


def test_stock_that_went_after_the_plan_is_told_and_never_sold_in_silence(it: Shop) -> None:
    lamp, order = product(it, amount=5), sold(it, 2)
    choose(it, order_statuses=["SHIPPED"])
    it.import_orders()
    preview(it.workspace, LOCAL_ADMIN, it.channel, order.order_id)
    # The mirror still says what there was a moment ago.
    lamp.amount = 1
    choose(it, order_statuses=["UNSHIPPED"])
    job = it.import_orders()
    made = made_of(it, order)
    assert made is not None and made.status == "B"
    assert it.problems(job)[order.order_id] == "out_of_stock"
    assert lamp.amount == 1


def test_what_the_last_import_took_is_not_planned_with_again(it: Shop) -> None:
    lamp = product(it, amount=3)
    first = sold(it, 2)
    it.import_orders()
    second = sold(it, 2)
    it.import_orders()
    assert [code_of(it, one) for one in (first, second)] == ["", "out_of_stock"]
    assert (made_of(it, second), lamp.amount) == (None, 1)


def test_in_a_store_that_is_swept_as_a_whole_products_stay_known(home: Path) -> None:
    options = {"old_build": True, "order_data": False, "filter_params_ignored": True}
    with shop(home, orders=3, other_orders=0, products=6, store_options=options) as it:
        it.import_orders()
        for _ in range(2):
            order = sold(it, 1)
            it.import_orders()
            assert (code_of(it, order), made_of(it, order) is not None) == ("", True)


def test_what_took_the_last_pieces_itself_is_not_short_of_them(it: Shop, tmp_path: Path) -> None:
    """An order that is in the store is made exact, or taken over after the loss of the home, whatever is left."""
    lamp = product(it, amount=3, qty_step=2)
    order = sold(it, 1)
    assert it.problems(it.import_orders())[order.order_id] == "store_differs"
    lamp.qty_step, lamp.amount = 0, 0
    settle(it, order)
    made = made_of(it, order)
    assert made is not None
    assert (code_of(it, order), made.status) == ("", "P")
    lamp.amount = 0
    with connected(tmp_path / "second", it.sandbox) as second:
        second.import_orders()
        assert code_of(second, order) == ""
        assert sum(order.order_id in one.details for one in it.sandbox.store.orders.values()) == 1


def test_k1_a_product_sold_both_ways_is_taken_from_stock_once(it: Shop) -> None:
    lamp = product(it)
    had = lamp.amount
    own, amazons = sold(it, 2), sold(it, 3, "amazon_unshipped")
    it.import_orders()
    made = [made_of(it, one) for one in (own, amazons)]
    assert [one and one.status for one in made] == ["P", "S"]
    assert lamp.amount == had - 2
    it.sandbox.amazon.update_order(amazons.order_id, status="SHIPPED", imported=True)
    it.import_orders()
    assert lamp.amount == had - 2


def test_c4_what_businesses_say_reaches_the_store(it: Shop) -> None:
    choose(it, order_fields={"purchase_order": 31, "vat_number": 32})
    order = sold(it, 1)
    order.draft.company, order.draft.purchase_order = "Engines & Söhne", "PO 7"
    order.draft.vat_number, order.draft.programs = "DE123456789", ("AMAZON_BUSINESS",)
    it.sandbox.amazon.update_order(order.order_id)
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert made.profile["company"] == "Engines & Söhne"
    assert made.profile_fields == {"31": "PO 7", "32": "DE123456789"}
    notes = made.details.splitlines()
    assert {"order of a business: yes", "purchase order: PO 7", "buyer VAT number: DE123456789"} <= set(notes)


def test_k1_an_fba_order_of_what_the_store_has_none_of_arrives_and_moves_nothing(it: Shop) -> None:
    lamp = product(it, amount=0)
    order = sold(it, 2, "amazon_shipped")
    it.import_orders()
    assert code_of(it, order) == "out_of_stock"
    choose(it, placeholder_product=placeholder(it).product_id)
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (made.status, made.total) == ("S", order.expected.total)
    assert {line.product_id for line in made.lines.values()} == {lamp.product_id}
    assert (lamp.amount, code_of(it, order)) == (0, "")
    audit = it.audit()
    assert not (audit.missing or audit.wrong or audit.stray)


def test_a_placeholder_stands_for_an_unknown_sku(it: Shop) -> None:
    order = it.sandbox.amazon.add_order(case="sku_unknown")
    unknown = order.draft.lines[-1]
    it.import_orders()
    assert code_of(it, order) == "sku_unknown"
    choose(it, unknown_sku="placeholder")
    it.import_orders()
    assert code_of(it, order) == "placeholder_unusable"
    tracked = placeholder(it, tracking="B")
    choose(it, placeholder_product=tracked.product_id)
    it.import_orders()
    assert code_of(it, order) == "placeholder_unusable"
    tracked.tracking = "D"
    read_long_ago(it, StoreProduct)
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (code_of(it, order), made.total) == ("", order.draft.total)
    (extra,) = [line.extra for line in made.lines.values() if line.product_id == tracked.product_id][:1]
    assert (extra["amazon_sku"], extra["amazon_title"]) == (unknown.sku or "", unknown.title)
    assert tracked.amount == 0
    assert f"{unknown.title}" in made.details


def test_m2_m3_m4_orders_of_every_style_arrive_to_the_cent(it: Shop) -> None:
    for _ in range(25):
        it.sandbox.amazon.add_order(styled=True)
    it.import_orders()
    audit = it.audit()
    assert audit.ok, audit.as_dict()
    assert audit.created > 20


def test_m5_a_pending_order_is_made_with_its_prices_when_it_is_payable(it: Shop) -> None:
    lamp = product(it)
    had = lamp.amount
    order = sold(it, 2, "pending_availability")
    it.import_orders()
    assert (code_of(it, order), made_of(it, order), lamp.amount) == ("pending", None, had)
    it.sandbox.amazon.update_order(order.order_id, status="UNSHIPPED")
    it.import_orders()
    made = made_of(it, order)
    assert made is not None
    assert (made.total, lamp.amount, code_of(it, order)) == (order.expected.total, had - 2, "")


def test_m4_an_unknown_charge_is_told_in_the_log_of_the_import(it: Shop) -> None:
    order = it.sandbox.amazon.add_order(case="merchant_unshipped")
    order.draft.lines[0].parts["MOON_SURCHARGE"] = Decimal("1.25")
    it.sandbox.amazon.update_order(order.order_id)
    job = it.import_orders()
    told = [event for event in events_after(it.workspace.database, LOCAL_ADMIN, job.id, 0) if event.level == "warning"]
    assert [event.subject for event in told if "MOON_SURCHARGE" in event.text] == [f"order {order.order_id}"]
    made = made_of(it, order)
    assert made is not None and "MOON_SURCHARGE" in made.details


def test_p3_what_amazon_left_out_is_named_and_what_it_sent_is_kept_encrypted(it: Shop) -> None:
    order = sold(it, 1, "amazon_shipped")
    it.sandbox.amazon.update_order(order.order_id, document={"recipient": {}, "payment": {}})
    it.import_orders()
    found = preview(it.workspace, LOCAL_ADMIN, it.channel, order.order_id)
    assert found.not_sent == ("recipient", "payment")
    with it.workspace.database.read() as session:
        stored = session.connection().exec_driver_sql("SELECT raw FROM amazon_order").scalars().all()
    assert not [text for text in stored if "orderItems" in str(text)]


def test_g4_an_order_held_for_its_address_goes_on_when_the_address_comes(it: Shop) -> None:
    order = it.sandbox.amazon.add_order(case="address")
    it.import_orders()
    assert (code_of(it, order), made_of(it, order)) == ("address_incomplete", None)
    it.sandbox.amazon.update_order(order.order_id, address="complete")
    it.import_orders()
    assert made_of(it, order) is not None
    assert code_of(it, order) == ""


def test_p1_an_order_goes_on_when_the_application_gets_its_role_and_nothing_changed_at_amazon(it: Shop) -> None:
    application = it.sandbox.amazon.private_application(it.sandbox.amazon.accounts[0])
    roles, application.roles = application.roles, application.roles - {PII_ROLE}
    sku = it.sandbox.world.products[0].sku
    order = it.sandbox.amazon.add_order(case="merchant_unshipped", sku=sku, age=7_200)
    it.import_orders(order_ids=[order.order_id])
    assert (code_of(it, order), made_of(it, order)) == ("address_incomplete", None)
    application.roles = roles
    reads = it.calls("amazon", "getOrder")
    it.import_orders()
    assert it.calls("amazon", "getOrder") == reads, "it was read a moment ago"
    read_long_ago(it, AmazonOrder)
    left(it, "getOrder", 0)
    it.import_orders()
    assert it.calls("amazon", "getOrder") == reads, "what is new does not wait for it while there is no call to spare"
    left(it, "getOrder", 30)
    it.import_orders()
    assert it.calls("amazon", "getOrder") == reads + 1
    assert (code_of(it, order), made_of(it, order) is not None) == ("", True)
