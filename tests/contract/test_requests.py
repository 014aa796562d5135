"""Every request of the Amazon client is one that the official models allow."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from core.amazon import (
    applications,
    catalog,
    feeds,
    listings,
    notifications,
    operations,
    orders,
    product_types,
    reports,
    sellers,
    shipments,
)
from core.amazon.feeds import FeedRequest
from core.amazon.marketplaces import MARKETPLACES
from core.amazon.notifications import KINDS
from core.amazon.operations import Nature, Operation
from core.amazon.orders import OrderQuery
from core.amazon.product_types import Wanted
from core.amazon.reports import ReportRequest
from core.amazon.shipments import Confirmation
from core.amazon.transport import AmazonClient
from core.errors import Unreachable
from core.orders.report_rows import BY_ORDER_DATE, LONGEST
from core.submissions.message import Message, Patch
from tests.contract import swagger
from tests.contract.conftest import Recorder

AFTER = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))
GERMANY = "A1PA6795UKMFR9"
QUERY = OrderQuery(updated_after=AFTER, marketplace_ids=(GERMANY,))
PARCEL = Confirmation("303-1234567-1234567", GERMANY, "7", "DHL", "00340434161094042557", AFTER, {"00000000000001": 2})
ORDER = json.dumps({"order": {"orderId": "1"}}).encode()
PAGE = b'{"orders": []}'

FEED = FeedRequest("JSON_LISTINGS_FEED", (GERMANY,), "application/json; charset=UTF-8", {"a": "b"})
WORK = json.dumps(
    dict.fromkeys(("reportId", "feedId", "reportType", "feedType", "processingStatus"), "1")
    | {"createdTime": "2026-11-22T08:00:00Z"}
).encode()
ADDRESS = b'{"reportDocumentId": "1", "feedDocumentId": "1", "url": "https://s3.example/1"}'

PLACE = listings.Place("A3SELLER", GERMANY, "TEA, a/b ?&#%+ü")
WHOLE = Message(PLACE.sku, "KITCHEN", {"item_name": [{"value": "Kessel"}]}, "LISTING").body()
CHANGE = Message(
    PLACE.sku, "PRODUCT", patches=(Patch("replace", "list_price", ({"value": 1},)), Patch("delete", "brand"))
).body()
SUBMITTED = b'{"sku": "1", "status": "ACCEPTED", "submissionId": "1", "issues": []}'

TYPES = b'{"productTypes": [], "productTypeVersion": "1"}'
LUGGAGE = Wanted(GERMANY, "LUGGAGE")
DEFINITION = json.dumps(
    {
        "schema": {"link": {"resource": "https://s3.example/1", "verb": "GET"}, "checksum": "x"},
        "productTypeVersion": {"version": "1", "latest": True},
    }
).encode()

DESTINATION = b'{"payload": {"destinationId": "1", "name": "q", "resource": {"sqs": {"arn": "arn:aws:sqs:a:1:q"}}}}'
SUBSCRIPTION = b'{"payload": {"subscriptionId": "2", "destinationId": "1", "payloadVersion": "1.0"}}'
OURS = {value.name: value for value in vars(operations).values() if isinstance(value, Operation)}

Use = tuple[str, Callable[[AmazonClient], Any], bytes]
USES: dict[str, Use] = {
    "by last update": ("searchOrders", lambda it: orders.search(it, QUERY), PAGE),
    "of all marketplaces": ("searchOrders", lambda it: orders.search(it, OrderQuery(updated_after=AFTER)), PAGE),
    "of every marketplace by name": (
        "searchOrders",
        lambda it: orders.search(it, replace(QUERY, marketplace_ids=tuple(one.id for one in MARKETPLACES))),
        PAGE,
    ),
    "the next page": ("searchOrders", lambda it: orders.search(it, QUERY, "9ZhB4R+mVy/c2lv=="), PAGE),
    "open ones": (
        "searchOrders",
        lambda it: orders.search(it, replace(QUERY, statuses=("PENDING", "UNSHIPPED"))),
        PAGE,
    ),
    "fewer data sets": ("searchOrders", lambda it: orders.search(it, replace(QUERY, fewer=1)), PAGE),
    "by creation": (
        "searchOrders",
        lambda it: orders.search(it, OrderQuery(created_after=AFTER, created_before=AFTER + timedelta(days=1))),
        PAGE,
    ),
    "from another time zone": (
        "searchOrders",
        lambda it: orders.search(it, OrderQuery(created_after=AFTER.astimezone(TOKYO))),
        PAGE,
    ),
    "one order": ("getOrder", lambda it: orders.get(it, "303-1234567-1234567"), ORDER),
    "one order of an odd number": ("getOrder", lambda it: orders.get(it, "a/b ?&#%+ü"), ORDER),
    "a new client secret": (
        "rotateApplicationClientSecret",
        lambda it: applications.rotate_client_secret(it, subject="app"),
        b"{}",
    ),
    "a SKU that may be listed": (
        "searchListingsItems",
        lambda it: listings.is_listed(it, "A3SELLER", GERMANY, "a/b ?&#%+ü"),
        b'{"numberOfResults": 0, "items": []}',
    ),
    "twenty listings": (
        "searchListingsItems",
        lambda it: listings.search(it, "A3SELLER", GERMANY, ["a/b ?&#%+ü", *map(str, range(19))]),
        b'{"numberOfResults": 0, "items": []}',
    ),
    "one listing": ("getListingsItem", lambda it: listings.get(it, "A3SELLER", GERMANY, "TEA, a/b ?&#%+ü"), b"{}"),
    "twenty items": (
        "searchCatalogItems",
        lambda it: catalog.search(it, GERMANY, [f"B{number:09d}" for number in range(20)]),
        b'{"numberOfResults": 0, "items": []}',
    ),
    "one item": ("getCatalogItem", lambda it: catalog.get(it, GERMANY, "B000000001"), b"{}"),
    "items by their numbers": (
        "searchCatalogItems",
        lambda it: catalog.by_number(it, GERMANY, "EAN", ["4006381333931", "0012345678905"]),
        b'{"numberOfResults": 0, "items": []}',
    ),
    "a new listing": ("putListingsItem", lambda it: listings.put(it, PLACE, WHOLE), SUBMITTED),
    "a changed attribute": ("patchListingsItem", lambda it: listings.patch(it, PLACE, CHANGE), SUBMITTED),
    "a listing taken away": ("deleteListingsItem", lambda it: listings.delete(it, PLACE), SUBMITTED),
    "a preview of a listing": ("putListingsItem", lambda it: listings.preview(it, PLACE, WHOLE), SUBMITTED),
    "a preview of a change": ("patchListingsItem", lambda it: listings.preview(it, PLACE, CHANGE), SUBMITTED),
    "a report": (
        "createReport",
        lambda it: reports.create(it, ReportRequest("GET_MERCHANT_LISTINGS_ALL_DATA", (GERMANY,))),
        b'{"reportId": "1"}',
    ),
    "a report of all orders": (
        "createReport",
        lambda it: reports.create(it, ReportRequest(BY_ORDER_DATE, (GERMANY,), {}, AFTER, AFTER + LONGEST)),
        b'{"reportId": "1"}',
    ),
    "a report with options and bounds": (
        "createReport",
        lambda it: reports.create(
            it,
            ReportRequest(
                "GET_XML_BROWSE_TREE_DATA",
                (GERMANY, "A13V1IB3VIYZZH"),
                {"MarketplaceId": GERMANY},
                AFTER.astimezone(TOKYO),
                AFTER + timedelta(days=30),
            ),
        ),
        b'{"reportId": "1"}',
    ),
    "reports": (
        "getReports",
        lambda it: list(reports.since(it, "GET_XML_BROWSE_TREE_DATA", AFTER)),
        b'{"reports": []}',
    ),
    "how far a report is": ("getReport", lambda it: reports.get(it, "a/b ?&#%+ü"), WORK),
    "a report taken back": ("cancelReport", lambda it: reports.cancel(it, "ID323"), b""),
    "the document of a report": ("getReportDocument", lambda it: reports.address(it, "amzn1.spdoc.1/ü"), ADDRESS),
    "a feed": ("createFeed", lambda it: feeds.create(it, FEED, "amzn1.tortuga.1"), b'{"feedId": "1"}'),
    "feeds": ("getFeeds", lambda it: list(feeds.since(it, "JSON_LISTINGS_FEED", AFTER)), b'{"feeds": []}'),
    "how far a feed is": ("getFeed", lambda it: feeds.get(it, "12345"), WORK),
    "the document of a feed": ("getFeedDocument", lambda it: feeds.address(it, "amzn1.tortuga.1"), ADDRESS),
    "a parcel": ("confirmShipment", lambda it: shipments.confirm(it, PARCEL), b"{}"),
    "a parcel of a carrier that Amazon does not know": (
        "confirmShipment",
        lambda it: shipments.confirm(it, replace(PARCEL, carrier="Other:Blitz Kurier / Express", tracking="")),
        b"{}",
    ),
    "all product types": ("searchDefinitionsProductTypes", lambda it: product_types.search(it, GERMANY), TYPES),
    "product types by words": (
        "searchDefinitionsProductTypes",
        lambda it: product_types.search(it, GERMANY, keywords=["Lampe", "a/b ?&#%+ü"], locale="de_DE"),
        TYPES,
    ),
    "product types for an item": (
        "searchDefinitionsProductTypes",
        lambda it: product_types.search(it, GERMANY, item_name="Lampe, rot & groß"),
        TYPES,
    ),
    "a product type": ("getDefinitionsProductType", lambda it: product_types.get(it, LUGGAGE), DEFINITION),
    "a product type of offers for children": (
        "getDefinitionsProductType",
        lambda it: product_types.get(it, Wanted(GERMANY, "a/b ü", "LISTING_OFFER_ONLY", "en_GB", "CHILD")),
        DEFINITION,
    ),
    "the destinations": ("getDestinations", notifications.destinations, b'{"payload": []}'),
    "a queue as destination": (
        "createDestination",
        lambda it: notifications.create_destination(it, "crossdock", {"sqs": {"arn": "arn:aws:sqs:eu-west-1:1:q"}}),
        DESTINATION,
    ),
    "an event bus as destination": (
        "createDestination",
        lambda it: notifications.create_destination(
            it, "crossdock", {"eventBridge": {"accountId": "123456789012", "region": "eu-west-1"}}
        ),
        DESTINATION,
    ),
    "a subscription": ("getSubscription", lambda it: notifications.subscription(it, KINDS[0]), SUBSCRIPTION),
    "a new subscription": ("createSubscription", lambda it: notifications.subscribe(it, KINDS[0], "1"), SUBSCRIPTION),
    "participations": ("getMarketplaceParticipations", sellers.participations, b'{"payload": []}'),
}


@pytest.mark.parametrize("use", USES)
def test_a_request_is_what_the_model_allows(use: str, amazon: Recorder) -> None:
    name, call, answer = USES[use]
    amazon.will_say(answer)
    call(amazon.client)
    method, address, body = amazon.last()
    model = swagger.operations()[name]
    assert model.matches(method, address.partition("?")[0]) is not None
    assert model.problems(method, address, json.loads(body) if body else None) == []


def test_a_place_for_a_document_is_asked_for_as_the_model_allows(amazon: Recorder) -> None:
    """What is then sent there goes to S3, which has no model."""
    amazon.will_say(ADDRESS, 201)
    with pytest.raises(Unreachable):
        feeds.upload(amazon.client, FEED.content_type, io.BytesIO(b"{}"))
    method, address, body = amazon.last()
    assert swagger.operations()["createFeedDocument"].problems(method, address, json.loads(body)) == []


def test_every_operation_that_has_a_call_is_used_above() -> None:
    assert {name for name, _, _ in USES.values()} == set(OURS) - {"createFeedDocument"}  # which has a test of its own


@pytest.mark.parametrize("name", OURS)
def test_an_operation_is_the_models(name: str) -> None:
    ours, model = OURS[name], swagger.operations()[name]
    names = ("order_id", "seller_id", "sku", "report_id", "feed_id", "document_id", "product_type", "asin", "kind")
    values = dict.fromkeys(names, "x")
    assert model.matches(ours.method, ours.path.format_map(values)) is not None
    assert (ours.plan.rate, ours.plan.burst) == model.plan()
    # What an app in draft status must not do is writing about a seller's goods; grantless calls never do that, nor does
    # asking for a report or for notifications.
    asks = ("createReport", "cancelReport", "createSubscription")
    harmless = model.method == "GET" or bool(ours.scope) or name in asks
    assert (ours.nature is Nature.READ) == harmless


def test_odd_names_arrive_as_they_were(amazon: Recorder) -> None:
    amazon.will_say(ORDER)
    orders.get(amazon.client, "a/b ?&#%+ü")
    model = swagger.operations()["getOrder"]
    found = model.matches("GET", amazon.last()[1].partition("?")[0])
    assert found == {"orderId": "a%2Fb%20%3F%26%23%25%2B%C3%BC"}


def test_exactly_one_kind_of_lower_bound_is_sent(amazon: Recorder) -> None:
    """The model says so in words only."""
    for name, call, answer in USES.values():
        if name == "searchOrders":
            amazon.will_say(answer)
            call(amazon.client)
            address = amazon.last()[1]
            assert ("createdAfter=" in address) != ("lastUpdatedAfter=" in address)
            assert "createdBefore=" not in address or "createdAfter=" in address


def test_the_page_size_is_within_the_words_of_the_model() -> None:
    parameters = {one["name"]: one for one in swagger.operations()["searchOrders"].parameters}
    assert "between 1 and 100" in parameters["maxResultsPerPage"]["description"]
    assert 1 <= orders.PAGE_SIZE <= 100


def test_data_sets_are_those_of_the_model_but_one() -> None:
    for name in ("searchOrders", "getOrder"):
        (parameter,) = [one for one in swagger.operations()[name].parameters if one["name"] == "includedData"]
        # FULFILLMENT_ORDERS concerns Easy Ship alone.
        assert set(parameter["items"]["enum"]) - set(orders.DATA_SETS) == {"FULFILLMENT_ORDERS"}
        assert set(orders.FEWER_DATA_SETS) < set(orders.DATA_SETS) < set(parameter["items"]["enum"])


# The judge itself.

GOOD = f"/orders/2026-01-01/orders?createdAfter=2026-01-01T00%3A00%3A00.000Z&marketplaceIds={GERMANY}"


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        (GOOD, ""),
        (f"{GOOD}&includedData=BUYER%2CTAX&maxResultsPerPage=100", ""),
        (f"{GOOD}&includedData=BUYER%2CTAXES", "includedData: 'TAXES' is not one of"),
        (f"{GOOD}&includedData=BUYER&includedData=TAX", "includedData is given twice"),
        (f"{GOOD}&fulfillmentStatuses=CANCELED", "fulfillmentStatuses: 'CANCELED' is not one of"),
        (f"{GOOD}&maxResultsPerPage=many", "maxResultsPerPage: invalid literal"),
        (f"{GOOD}&nextToken=x", "nextToken is not a parameter of searchOrders"),
        (f"{GOOD}&paginationToken=", "paginationToken: it is empty"),
        (GOOD.replace("Z", ""), "createdAfter: '2026-01-01T00:00:00.000' is not a 'date-time'"),
        (GOOD.replace("T00%3A00%3A00.000Z", ""), "createdAfter: '2026-01-01' is not a 'date-time'"),
        (GOOD.replace("00.000Z", "00%2B0900"), "createdAfter: '2026-01-01T00:00:00+0900' is not a 'date-time'"),
        (GOOD.replace("00.000Z", "00+09:00"), "createdAfter: '2026-01-01T00:00:00 09:00' is not a 'date-time'"),
        (GOOD + "%2CA" * 50, "marketplaceIds: "),
    ],
)
def test_the_judge_sees_what_is_wrong(address: str, problem: str) -> None:
    found = swagger.operations()["searchOrders"].problems("GET", address)
    assert len(found) == bool(problem)
    assert not problem or found[0].startswith(problem)


def test_the_judge_misses_nothing_that_is_required() -> None:
    body = {"marketplaceId": "X"}
    confirm = {one.name: one for one in swagger.load("orders-api-model/ordersV0.json").operations()}["confirmShipment"]
    address = "/orders/v0/orders/902-1106328-1059050/shipmentConfirmation"
    assert confirm.problems("POST", address) == ["the body is missing"]
    assert confirm.problems("POST", address, body) == ["[]: 'packageDetail' is a required property"]
    assert swagger.operations()["getOrder"].problems("GET", "/orders/2026-01-01/orders/") == ["orderId is missing"]
    assert swagger.operations()["getOrder"].problems("GET", "/orders/2026-01-01/orders/7", {}) == [
        "a body is not expected"
    ]
