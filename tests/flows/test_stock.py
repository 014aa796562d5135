"""Price and stock from the store to Amazon over HTTP: what changes goes out, what looks like an accident does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import select

from core import clock, schedules, vault
from core.actor import LOCAL_ADMIN, SYSTEM
from core.channels import registry
from core.jobs import lifecycle, views
from core.listings.links import link
from core.model.job import JobItem, JobState
from core.stock import actions as stock
from sandbox.world.listing import build_listing
from sandbox.world.marketplaces import DE
from tests.flows import stock_kit
from tests.flows.kit import shop
from tests.flows.stock_kit import Stock
from tests.sandbox.listing_kit import Seller, patch, price, prices, units

PRODUCTS = 40


@pytest.fixture
def it(home: Path, request: pytest.FixtureRequest) -> Iterator[Stock]:
    world = {"orders": 6, "other_orders": 0, "products": PRODUCTS, "quota_scale": 0}
    world |= {"store_options": getattr(request, "param", {})}
    with shop(home, settings={"test_clock": stock_kit.FAST, "settle_seconds": 25.0}, **world) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        stock_kit.SENT.clear()
        yield Stock(found.sandbox, found.workspace, found.channel)
    vault.close_vault()
    clock.install(None, home)


def test_the_first_sync_asks_before_it_changes_and_writes_nothing_that_agrees(it: Stock) -> None:
    mine = it.listed()
    for one in mine[:3]:
        it.edit(one.sku, amount=one.quantity + 5)
    job = it.sync()
    assert it.codes(job) == {f"channel {it.channel}": "counts_unconfirmed"} and not stock_kit.SENT
    found = stock.counts(it.workspace, LOCAL_ADMIN, it.channel)
    by_amazon = {p.sku for p in it.sandbox.world.products if not build_listing(p, DE).by_merchant}
    assert not found.confirmed and found.differences == 3
    assert by_amazon and not by_amazon & {count.sku for count in found.listings}
    said = it.by_command("products", "counts", "--channel", it.channel, "--confirm")
    assert said == {"confirmed": True, "differences": 3, "listings": [asdict(count) for count in found.listings]}
    job = it.poll()
    assert job.state == JobState.SUCCEEDED and job.counts["updated"] == 3
    assert sorted(message.sku for _, message in stock_kit.SENT) == sorted(one.sku for one in mine[:3])
    assert it.at_amazon(mine[0].sku)[1] == mine[0].quantity + 5
    assert it.sync().counts["updated"] == 0


def test_an_edit_a_sale_and_a_deletion_reach_amazon_and_an_idle_poll_costs_two_calls(it: Stock) -> None:
    it.confirm()
    it.sync()
    priced, sold, gone = it.listed()[:3]
    it.sandbox.ledger.clear()
    assert it.poll().counts["seen"] == 0
    assert (it.calls("store", "listProducts"), it.calls("store", "listOrders")) in ((1, 1), (2, 1))

    it.edit(priced.sku, price=priced.price + 1)
    it.edit(sold.sku, amount=9)
    it.poll()
    it.sell(sold.sku, 2)
    it.poll()
    assert it.at_amazon(priced.sku) == (priced.price + 1, priced.quantity)
    assert it.at_amazon(sold.sku) == (sold.price, 7)
    told = [(message.sku, [patch.attribute for patch in message.patches]) for _, message in stock_kit.SENT]
    stocked = (sold.sku, ["fulfillment_availability"])
    assert sorted(told) == sorted([(priced.sku, ["purchasable_offer"]), stocked, stocked])
    assert stock_kit.SENT[-1][1].patches[0].value[0]["lead_time_to_ship_max_days"] == sold.handling_days

    del it.sandbox.store.products[it.product(gone.sku).product_id]
    it.sync()
    assert it.at_amazon(gone.sku)[1] == gone.quantity, "one reading proves nothing"
    it.sync()
    assert it.at_amazon(gone.sku) == (gone.price, 0) and stock_kit.SENT[-1][1].urgent


@pytest.mark.parametrize("it", [{"old_build": True}], indirect=True)
def test_a_store_that_cannot_say_when_orders_changed_is_asked_for_the_newest(it: Stock) -> None:
    it.confirm()
    it.sync()
    sold = it.listed()[0]
    it.sell(sold.sku, 1)
    it.poll()
    assert it.at_amazon(sold.sku)[1] == sold.quantity - 1


def test_what_looks_like_an_accident_waits_for_a_person(it: Stock) -> None:
    it.confirm()
    it.sync()
    mine = it.listed()
    dear, negative = mine[0], mine[1]
    deleted = mine[2 : 2 + round(0.3 * PRODUCTS)]
    it.edit(dear.sku, price=dear.price * 10, amount=3)
    it.edit(negative.sku, amount=-5)
    for one in deleted:
        del it.sandbox.store.products[it.product(one.sku).product_id]
    it.sync()
    code, said = it.sync_by_command()
    job = it.job(said["job"])
    assert code == 1 and it.codes(job) == {dear.sku: "price_jump", f"channel {it.channel}": "many_vanished"}
    assert it.at_amazon(dear.sku) == (dear.price, 3) and it.at_amazon(negative.sku)[1] == 0
    assert all(it.at_amazon(one.sku) == (one.price, one.quantity) for one in deleted)

    it.run(stock.release_prices(it.workspace, LOCAL_ADMIN, it.channel, [dear.sku], direct=True).job_id)
    assert it.at_amazon(dear.sku) == (dear.price * 10, 3)
    job = it.run(stock.release_vanished(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
    assert all(it.at_amazon(one.sku) == (one.price, 0) for one in deleted)
    assert job.state == JobState.SUCCEEDED and not it.codes(job)


def test_what_amazon_sells_is_seen_in_the_store_like_any_other_sale(it: Stock) -> None:
    it.confirm()
    it.sync()
    it.import_orders()
    sold = [one for one in it.listed() if it.product(one.sku).amount != one.quantity]
    assert sold, "the order took from the stock of the store"
    it.poll()
    assert all(it.at_amazon(one.sku)[1] == max(it.product(one.sku).amount, 0) for one in sold)
    assert it.poll().counts["seen"] == 0


def test_an_fba_twin_never_gets_a_quantity(it: Stock) -> None:
    """Two SKUs of one product: Amazon ships the one, and counts it; the merchant the other."""
    it.confirm()
    it.sync()
    by_amazon = next(one for p in it.sandbox.world.products if not (one := build_listing(p, DE)).by_merchant)
    twin = min(it.listed(), key=lambda one: abs(one.price - by_amazon.price))
    link(it.workspace, LOCAL_ADMIN, it.channel, by_amazon.sku, it.product(twin.sku).product_id)
    it.edit(twin.sku, amount=3, price=twin.price + 1)
    code, _ = it.sync_by_command()
    assert code == 0 and it.at_amazon(twin.sku) == (twin.price + 1, 3)
    assert it.at_amazon(by_amazon.sku)[0] == twin.price + 1
    written = {one.sku: one for one in it.sandbox.submissions() if one.route == "patch"}
    assert written.keys() == {twin.sku, by_amazon.sku} and not any(one.fba for one in written.values())


def test_K1_an_end_of_the_stock_takes_no_listing_back_from_amazon(it: Stock) -> None:
    """The seller let Amazon ship it since it was read: sending the stock there is what made it end here."""
    it.confirm()
    it.sync()
    one, name = it.listed()[0], "fulfillment_availability"
    it.edit(one.sku, amount=one.quantity + 1)
    it.poll()
    stock_kit.SENT.clear()
    Seller(it.sandbox).patch(one.sku, patch(name, units(None), op="delete"), patch(name, units(None, "AMAZON_EU")))
    clock.install("90000,20", it.workspace.settings.home)
    it.sandbox.clock.advance(90_000)
    it.edit(one.sku, amount=0)
    assert it.poll().state == JobState.SUCCEEDED
    assert not stock_kit.SENT and "DEFAULT" not in Seller(it.sandbox).stock(one.sku)
    it.sandbox.ledger.clear()
    it.sync()
    assert it.calls("amazon", "searchListingsItems") == 0, "it is known now who ships it"


def test_K1_a_quantity_that_came_too_late_is_taken_away_again(it: Stock) -> None:
    """Amazon ships it since a moment ago, and nobody reads a listing before each change: reading back shows it."""
    it.confirm()
    it.sync()
    one, name = it.listed()[0], "fulfillment_availability"
    it.edit(one.sku, amount=one.quantity + 1)
    it.poll()
    amazon = Seller(it.sandbox)
    amazon.patch(one.sku, patch(name, units(None), op="delete"), patch(name, units(None, "AMAZON_EU")))
    it.edit(one.sku, amount=one.quantity + 2)
    assert it.poll().state == JobState.SUCCEEDED
    assert amazon.stock(one.sku) == {"AMAZON_EU": None}
    stock_kit.SENT.clear()
    it.edit(one.sku, amount=one.quantity + 3)
    it.sync()
    assert not stock_kit.SENT, "it is known now who ships it"


def test_what_became_zero_goes_before_all_that_waits(it: Stock) -> None:
    it.confirm()
    it.sync()
    *others, last = sorted(it.listed(), key=lambda one: it.product(one.sku).product_id)
    for one in others:
        it.edit(one.sku, amount=one.quantity + 1)
    it.edit(last.sku, amount=0)
    it.poll()
    order = [message.sku for _, message in stock_kit.SENT]
    assert len(order) == len(others) + 1 and last.sku in order[:4], "as many go side by side"


def test_a_channel_in_draft_tells_amazon_nothing(it: Stock) -> None:
    it.confirm()
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "draft"})
    it.edit(it.listed()[0].sku, amount=0)
    assert it.sync().state == JobState.FAILED and it.poll(SYSTEM).state == JobState.SUCCEEDED
    assert not stock_kit.SENT


def test_the_schedule_of_stock_follows_its_settings(it: Stock) -> None:
    def view() -> schedules.ScheduleView:
        return next(
            one for one in schedules.list_schedules(it.workspace.database, LOCAL_ADMIN) if one.stream == "stock"
        )

    assert view().every_minutes == 0
    it.set(push_stock=True)
    assert view().every_minutes == 0.5
    it.set(push_every_seconds=45)
    assert view().every_minutes == 0.75
    schedules.set_interval(it.workspace, LOCAL_ADMIN, it.channel, 2, "stock")
    assert view().every_minutes == 2


def test_idle_runs_of_the_schedule_leave_no_trace_but_the_last(it: Stock) -> None:
    it.confirm()
    it.sync()
    for _ in range(3):
        it.poll(SYSTEM)
    kept = [job for job in views.list_jobs(it.workspace.database, LOCAL_ADMIN) if job.requested_by == "system"]
    assert len(kept) <= 2


def test_K5_a_write_keeps_what_was_set_at_amazon_since_the_listing_was_read(it: Stock) -> None:
    it.confirm()
    it.sync()
    one = it.listed()[0]
    it.edit(one.sku, amount=one.quantity + 1)
    it.poll()
    now, later = float(one.price), {"start_at": "2031-01-01T00:00:00Z", "end_at": "2031-02-01T00:00:00Z"}
    business = price(now, audience="B2B")
    discount = {"schedule": [{"value_with_tax": round(now / 2, 2), **later}]}
    everybody = price(now, audience="ALL", discounted_price=[discount], **prices(maximum_retail_price=2 * now))
    amazon = Seller(it.sandbox)
    stocked = units(one.quantity + 1, lead_time_to_ship_max_days=9)
    amazon.patch(one.sku, patch("purchasable_offer", everybody, business), patch("fulfillment_availability", stocked))

    clock.install("90000,20", it.workspace.settings.home)
    it.sandbox.clock.advance(90_000)
    it.edit(one.sku, price=one.price + 1, amount=3)
    it.poll()
    assert it.at_amazon(one.sku) == (one.price + 1, 3)
    amazon.wait(0)
    told = amazon.item(one.sku)["attributes"]
    prices_now = {entry.get("audience"): entry for entry in told["purchasable_offer"]}
    assert prices_now["B2B"] == business
    assert prices_now["ALL"] == {**everybody, **prices(our_price=now + 1)}
    assert told["fulfillment_availability"] == [{**stocked, "quantity": 3}]
    assert it.sandbox.audit_listings().lost == []


def test_K4_what_amazon_has_otherwise_is_found_once_a_day_and_put_right(it: Stock) -> None:
    it.confirm()
    it.sync()
    it.poll(SYSTEM)
    it.set(use_queue=False)
    drifted, dear, moved, *_ = it.listed()
    amazon = Seller(it.sandbox)
    amazon.patch(drifted.sku, patch("fulfillment_availability", units(drifted.quantity + 40)))
    amazon.patch(dear.sku, patch("purchasable_offer", price(round(float(dear.price) / 3, 2))))
    stocked = patch("fulfillment_availability", units(None), op="delete")
    amazon.patch(moved.sku, stocked, patch("fulfillment_availability", units(None, "AMAZON_EU")))
    assert it.poll(SYSTEM).counts["seen"] == 0 and it.comparisons() == [], "nothing tells of it"

    clock.install("90000,20", it.workspace.settings.home)
    it.sandbox.clock.advance(90_000)
    it.poll(SYSTEM)
    it.sandbox.ledger.clear()
    (asked,) = it.comparisons()
    assert asked in lifecycle.due(it.workspace.database), "a worker takes it, whether the channel uses the queue or not"
    assert it.run(asked).state == JobState.SUCCEEDED
    assert it.calls("amazon", "createReport") == it.calls("amazon", "searchListingsItems") == 1
    with it.workspace.database.read() as session:
        told = {item.subject: item.message for item in session.exec(select(JobItem).where(JobItem.job_id == asked))}
    assert told[f"sku {moved.sku}"].startswith("Amazon ships it now") and len(told) == 3
    job = it.poll()
    amazon.wait(0)
    assert it.at_amazon(drifted.sku)[1] == drifted.quantity and amazon.stock(moved.sku) == {"AMAZON_EU": None}
    assert it.codes(job) == {dear.sku: "price_jump"}, "a price that somebody set at Amazon is not overwritten unseen"
    assert it.poll(SYSTEM).counts["seen"] == 0 and it.comparisons() == [asked]


def test_M5_what_a_pending_order_reserves_at_amazon_is_not_offered_there_again(it: Stock) -> None:
    it.confirm()
    it.sync()
    it.import_orders()
    one = max(it.listed(), key=lambda listing: listing.quantity)
    it.edit(one.sku, amount=20)
    it.poll()
    amazon = it.sandbox.amazon
    pending = amazon.add_order(case="pending_availability", sku=one.sku, quantity=3)
    by_amazon = amazon.add_order(case="amazon_shipped", sku=one.sku, quantity=5)
    it.import_orders()
    assert it.at_amazon(one.sku)[1] == 17, "Amazon has taken them off itself"
    written = len(stock_kit.SENT)
    it.sync()
    assert len(stock_kit.SENT) in (written, written + 1) and it.at_amazon(one.sku)[1] == 17
    it.sell(one.sku, 2)
    it.poll()
    assert (it.product(one.sku).amount, it.at_amazon(one.sku)[1]) == (18, 15)
    it.sandbox.update_order(pending.order_id, {"status": "UNSHIPPED"})
    it.import_orders()
    it.poll()
    assert (it.product(one.sku).amount, it.at_amazon(one.sku)[1]) == (15, 15)
    it.sandbox.update_order(by_amazon.order_id, {"status": "CANCELLED"})
    again = amazon.add_order(case="pending_availability", sku=one.sku, quantity=4)
    it.import_orders()
    it.sync()
    assert it.at_amazon(one.sku)[1] == 11
    it.sandbox.update_order(again.order_id, {"status": "CANCELLED"})
    it.import_orders()
    it.sync()
    assert (it.product(one.sku).amount, it.at_amazon(one.sku)[1]) == (15, 15)


def test_rules_of_the_channel_are_applied_at_once(it: Stock) -> None:
    it.confirm()
    it.sync()
    one = max(it.listed(), key=lambda listing: listing.quantity)
    it.set(buffer=2, price_rules={"percent": "10"})
    it.poll()
    price, quantity = it.at_amazon(one.sku)
    assert quantity == one.quantity - 2 and abs(price - one.price * Decimal("1.1")) < Decimal("0.01")


def test_a_report_that_was_asked_for_earlier_takes_nothing_back_of_what_was_read_since(it: Stock) -> None:
    it.confirm()
    it.sync()
    it.read_list()
    one = max(it.listed(), key=lambda listing: listing.quantity)
    it.edit(one.sku, amount=one.quantity - 3, price=one.price + 1)
    it.poll()
    told = (one.price + 1, one.quantity - 3)
    assert len(stock_kit.SENT) == 1 and it.at_amazon(one.sku) == told
    reports = it.calls("amazon", "createReport")

    it.read_list()
    assert it.calls("amazon", "createReport") == reports, "the earlier report is used again"
    assert it.sync().counts["updated"] == 0 and len(stock_kit.SENT) == 1, "Amazon has it already"
    it.read_list()
    it.edit(one.sku, amount=one.quantity, price=one.price)
    it.poll()
    assert it.at_amazon(one.sku) == (one.price, one.quantity), "though the report has told so all the time"
