"""JSON_LISTINGS_FEED at the sandbox: messages in order, the processing report, and feeds that go wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.amazon.listings_feed import MOST_BYTES
from sandbox.amazon.processing import DONE, IN_PROGRESS, Result
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import error
from tests.sandbox.listing_kit import FRANCE, GERMANY, Seller, listing, patch, price, units

LONG = 60.0


@pytest.fixture(scope="module")
def running() -> Iterator[Seller]:
    with Sandbox(orders=5, other_orders=0, products=12, quota_scale=0) as sandbox:
        yield Seller(sandbox)


@pytest.fixture
def seller(running: Seller) -> Seller:
    running.sandbox.forget_work()
    running.sandbox.faults.clear()
    running.sandbox.set_quota_scale(0)
    return running


def update(sku: str, count: int, **changes: Any) -> dict[str, Any]:
    return {"sku": sku, "operationType": "UPDATE", **listing(count, **changes)}


def stock(sku: str, quantity: int) -> dict[str, Any]:
    patches = [patch("fulfillment_availability", units(quantity))]
    return {"sku": sku, "operationType": "PATCH", "productType": "PRODUCT", "patches": patches}


def listed(seller: Seller) -> str:
    """A SKU of the world whose units are the merchant's."""
    return next(one.sku for one in seller.sandbox.world.products[4:] if "DEFAULT" in seller.stock(one.sku))


def ended(seller: Seller, feed_id: str) -> tuple[str, dict[str, Any]]:
    seller.wait(LONG)
    return str(seller.look(feed_id)["processingStatus"]), seller.report(feed_id)


def test_messages_are_carried_out_in_order_and_those_that_are_wrong_are_named(seller: Seller) -> None:
    known, gone = (product.sku for product in seller.sandbox.world.products[:2])
    feed_id = seller.feed(
        update("F-1", 1),
        stock("F-1", 3),
        update("F-2", 2, brand=None),
        {"sku": "F-3", "operationType": "PATCH", "productType": "PRODUCT"},
        {"sku": known, "operationType": "PARTIAL_UPDATE", "productType": "PRODUCT", "attributes": {"brand": []}},
        {"sku": gone, "operationType": "DELETE"},
        stock("NOWHERE", 1),
        {**update("F-4", 4), "patches": []},
        {**stock("F-1", 4), "messageId": 1},
    )
    assert seller.item("F-1") == {}, "not yet"
    status, report = ended(seller, feed_id)
    assert (status, report["header"]["feedId"]) == ("DONE", feed_id)
    numbers = {"messagesProcessed": 9, "messagesAccepted": 4, "messagesInvalid": 5}
    assert report["summary"] == {"errors": 5, "warnings": 0, **numbers}
    told = [(one.get("messageId"), one.get("sku"), one["code"], one.get("attributeName")) for one in report["issues"]]
    assert told == [
        (3, "F-2", "90220", "brand"),
        (4, None, "4002008", None),
        (5, known, "90220", "brand"),
        (8, None, "4002008", None),
        (1, None, "4002008", None),
    ]
    assert seller.stock("F-1") == {"DEFAULT": 3} and seller.item(gone) == {} and seller.item("NOWHERE") == {}


def test_a_report_shows_the_listings_on_request(seller: Seller) -> None:
    wanted = {"includedData": ["summaries", "fulfillmentAvailability", "issues"], "apiVersion": "2021-08-01"}
    header = {"sellerId": seller.seller_id, "version": "2.0", "report": wanted}
    _, report = ended(seller, seller.feed(update("F-5", 5), stock("NOWHERE", 1), header=header))
    assert report["summary"]["itemSummary"] == {"items": 1, "errors": 0, "warnings": 0}
    (item,) = report["items"]
    assert item.keys() == {"sku", "summaries", "fulfillmentAvailability", "issues"} and item["sku"] == "F-5"


def test_a_feed_is_for_all_its_marketplaces(seller: Seller) -> None:
    sku = seller.sandbox.world.products[3].sku
    attributes = {"purchasable_offer": [price(5), price(6, FRANCE)]}
    message = {"sku": sku, "operationType": "PARTIAL_UPDATE", "productType": "PRODUCT", "attributes": attributes}
    _, report = ended(seller, seller.feed(message, places=(GERMANY, FRANCE)))
    assert report["issues"] == []
    assert [seller.item(sku, place)["offers"][0]["price"]["amount"] for place in (GERMANY, FRANCE)] == ["5", "6"]


def test_a_feed_is_carried_out_when_its_time_is_over_whether_anybody_looks_or_not(seller: Seller) -> None:
    sku = listed(seller)
    seller.sandbox.set_pace({"per_message": 10})
    large = seller.feed(*(stock(sku, number) for number in range(1, 7)))
    small = seller.feed(stock(sku, 9))
    seller.wait(LONG)
    assert [seller.look(one)["processingStatus"] for one in (large, small)] == ["IN_PROGRESS", "IN_PROGRESS"]
    seller.wait(LONG)
    assert seller.stock(sku) == {"DEFAULT": 9}, "the first feed came first"
    assert [seller.look(one)["processingStatus"] for one in (small, large)] == ["DONE", "DONE"]


def test_nobody_waits_while_a_feed_is_carried_out(seller: Seller) -> None:
    desk, seen = seller.sandbox.amazon.feeds["live"], []

    def make() -> Result:
        with ThreadPoolExecutor(1) as others:
            found = others.submit(desk.get, "somebody", work.id).result(timeout=5)
        seen.append(found.status if found else "")
        return Result(DONE)

    work = desk.add("somebody", "a feed", [GERMANY], make)
    seller.wait(LONG)
    desk.settle("somebody")
    assert (seen, work.status) == ([IN_PROGRESS], DONE)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", "4002002"),
        (b"[]", "4002005"),
        (json.dumps({"header": {"version": "2.0"}, "messages": [stock("F-1", 1)]}).encode(), "4002005"),
        (b" " * (MOST_BYTES + 1), "4002001"),
    ],
)
def test_a_document_that_is_none_ends_fatal(seller: Seller, document: bytes, code: str) -> None:
    status, report = ended(seller, seller.send(document))
    assert (status, report["issues"][0]["code"]) == ("FATAL", code)
    assert report["summary"]["messagesProcessed"] == 0


def test_a_header_of_another_seller_or_version_and_too_many_messages_end_fatal(seller: Seller) -> None:
    for feed_id, code in (
        (seller.feed(stock("F-1", 1), header={"sellerId": "A1OTHER", "version": "2.0"}), "4002006"),
        (seller.feed(stock("F-1", 1), header={"sellerId": seller.seller_id, "version": "1.0"}), "4002006"),
        (seller.feed(), "4002007"),
        (seller.feed(*({} for _ in range(25_001))), "4002007"),
    ):
        seller.wait(6 * LONG)
        assert (seller.look(feed_id)["processingStatus"], seller.report(feed_id)["issues"][0]["code"]) == (
            "FATAL",
            code,
        )


def test_feeds_go_wrong_on_demand(seller: Seller) -> None:
    sku = listed(seller)
    for kind in ("fatal", "no_report"):
        seller.sandbox.faults.add(Rule("amazon", "feed", kind))
    seller.sandbox.faults.add(Rule("amazon", "feed", "stuck", seconds=2 * 86_400))
    first, second, third, fourth = (seller.feed(stock(sku, number)) for number in (21, 22, 23, 24))
    seller.wait(LONG)
    stands = [seller.look(one) for one in (first, second, third, fourth)]
    assert [one["processingStatus"] for one in stands] == ["FATAL", "DONE", "IN_PROGRESS", "DONE"]
    assert ["resultFeedDocumentId" in one for one in stands] == [True, False, False, True]
    assert seller.stock(sku) == {"DEFAULT": 24}
    seller.wait(2 * 86_400)
    assert seller.look(third)["processingStatus"] == "DONE"
    assert seller.stock(sku) == {"DEFAULT": 23}, "what was stuck comes late, and over what is newer"
    assert [one.stale for one in seller.sandbox.submissions() if one.sku == sku][-2:] == [False, True]


def test_five_such_feeds_may_be_made_in_five_minutes(seller: Seller) -> None:
    seller.sandbox.set_quota_scale(1)
    document = json.dumps({"header": {"sellerId": seller.seller_id, "version": "2.0"}, "messages": [stock("F-1", 1)]})
    answers = [seller.create(document.encode()) for _ in range(6)]
    assert [one.status_code for one in answers] == [202] * 5 + [429]
    assert error(answers[-1])[1] == "QuotaExceeded"
    seller.wait(LONG)
    assert seller.create(document.encode()).status_code == 202
