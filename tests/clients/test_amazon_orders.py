"""Pages of orders: nothing missing is ever taken for nothing there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import pytest
import responses

from core.amazon import orders
from core.amazon.operations import SEARCH_ORDERS
from core.amazon.orders import OrderQuery, TokenRefused
from core.amazon.sellers import Participation, participations
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, Rejected
from core.http import Http
from core.quota import QuotaBook
from tests.clients.amazon_kit import (
    GERMANY,
    ORDERS_URL,
    PARTICIPATIONS_URL,
    client,
    errors,
    grant,
    order,
    page,
    sent,
)

Mock = responses.RequestsMock
AFTER = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
QUERY = OrderQuery(updated_after=AFTER, marketplace_ids=(GERMANY, "A13V1IB3VIYZZH"))
INVALID = errors("InvalidInput", "The pagination token is not valid.")


@pytest.fixture
def amazon(http: Http, quotas: QuotaBook, mocked: Mock) -> AmazonClient:
    grant(mocked)
    return client(http, quotas)


def parameters(mock: Mock) -> list[dict[str, str]]:
    """The query of every call so far, decoded."""
    return [dict(parse_qsl(str(call.url).partition("?")[2], strict_parsing=True)) for call in sent(mock)]


def test_a_page(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page([order("1"), order("2")], token="next+/="))
    got = orders.search(amazon, QUERY)
    assert [one["orderId"] for one in got.orders] == ["1", "2"]
    assert got.next_token == "next+/="
    assert got.bound == datetime(2026, 11, 23, 9, 58, tzinfo=UTC)


def test_the_first_request(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page())
    orders.search(amazon, QUERY)
    assert parameters(mocked) == [
        {
            "lastUpdatedAfter": "2026-11-22T08:00:00.123Z",
            "marketplaceIds": f"{GERMANY},A13V1IB3VIYZZH",
            "maxResultsPerPage": "100",
            "includedData": "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT",
        }
    ]


def test_lists_travel_as_one_value_with_encoded_commas(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page())
    orders.search(amazon, QUERY)
    query = str(sent(mocked)[0].url).partition("?")[2]
    assert f"marketplaceIds={GERMANY}%2CA13V1IB3VIYZZH&" in query
    assert "lastUpdatedAfter=2026-11-22T08%3A00%3A00.123Z&" in query
    assert "," not in query and ":" not in query and "+" not in query


def test_G1_a_token_travels_with_all_original_parameters(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page([order("1")], token="a+b/c=="))
    mocked.get(ORDERS_URL, json=page([order("2")]))
    first = orders.search(amazon, QUERY)
    last = orders.search(amazon, QUERY, first.next_token)
    assert last.next_token is None
    one, two = parameters(mocked)
    assert two == one | {"paginationToken": "a+b/c=="}
    assert "paginationToken=a%2Bb%2Fc%3D%3D" in str(sent(mocked)[1].url)


def test_no_empty_parameters_are_sent(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page())
    orders.search(amazon, OrderQuery(created_after=AFTER), "")
    assert set(parameters(mocked)[0]) == {"createdAfter", "maxResultsPerPage", "includedData"}


def test_a_range_by_creation(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json={"orders": [], "createdBefore": "2026-11-23T09:00:00Z"})
    got = orders.search(amazon, OrderQuery(created_after=AFTER, created_before=AFTER + timedelta(hours=25)))
    assert parameters(mocked)[0]["createdBefore"] == "2026-11-23T09:00:00.123Z"
    assert got.bound == datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_fewer_data_sets_keep_what_an_import_needs(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page())
    orders.search(amazon, replace(QUERY, fewer=1))
    assert parameters(mocked)[0]["includedData"] == "BUYER,RECIPIENT,PROCEEDS,FULFILLMENT"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"order": []},
        {"orders": None},
        {"orders": {}},
        {"orders": "none"},
        {"payload": {"orders": []}},
        {"message": "Welcome"},
    ],
)
def test_a_page_without_its_list_is_an_error(body: Any, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=body)
    with pytest.raises(OutcomeUnknown, match="without the promised list"):
        orders.search(amazon, QUERY)


def test_an_empty_list_is_a_page(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json={"orders": [], "lastUpdatedBefore": "2026-11-23T09:58:00Z"})
    got = orders.search(amazon, QUERY)
    assert (got.orders, got.next_token) == ([], None) and got.bound is not None


@pytest.mark.parametrize("pagination", [None, {}, {"nextToken": None}, {"nextToken": ""}, []])
def test_no_token_is_the_last_page(pagination: Any, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json={**page(), "pagination": pagination})
    assert orders.search(amazon, QUERY).next_token is None


def test_a_page_without_a_bound_says_so(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json={"orders": []})
    assert orders.search(amazon, QUERY).bound is None


def test_odd_orders_on_a_page_are_kept_for_whoever_reads_them(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, json=page([order("1"), {}, "text", None]))
    assert orders.search(amazon, QUERY).orders[1:] == [{}, "text", None]


def test_a_refused_token_is_told_apart_from_a_refused_query(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, status=400, json=INVALID)
    with pytest.raises(TokenRefused, match="token is not valid"):
        orders.search(amazon, QUERY, "stale")
    with pytest.raises(Rejected) as caught:
        orders.search(amazon, QUERY)
    assert caught.value.status == 400
    assert len(sent(mocked)) == 2


def test_only_a_400_speaks_of_the_token(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(ORDERS_URL, status=404, json=INVALID)
    with pytest.raises(Rejected):
        orders.search(amazon, QUERY, "stale")


def test_the_same_page_is_known_by_its_orders_not_by_its_token(amazon: AmazonClient, mocked: Mock) -> None:
    same = [order("1"), order("2")]
    for body in (
        page(same, token="a"),
        page(same, token="b", lastUpdatedBefore="2026-11-23T09:59:00Z"),
        page([order("1"), order("3")]),
        page([order("1"), order("2", updated="2026-11-22T09:00:00Z")]),
        page(),
    ):
        mocked.get(ORDERS_URL, json=body)
    prints = [orders.search(amazon, QUERY).fingerprint for _ in range(5)]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 4


def test_a_query_is_known_by_all_its_parameters() -> None:
    variants = [
        QUERY,
        replace(QUERY, fewer=1),
        replace(QUERY, updated_after=AFTER + timedelta(milliseconds=1)),
        replace(QUERY, marketplace_ids=(GERMANY,)),
        OrderQuery(created_after=AFTER, marketplace_ids=QUERY.marketplace_ids),
        OrderQuery(created_after=AFTER, created_before=AFTER, marketplace_ids=QUERY.marketplace_ids),
    ]
    assert len({query.fingerprint() for query in variants}) == len(variants)
    tokyo = AFTER.astimezone(timezone(timedelta(hours=9)))
    assert replace(QUERY, updated_after=tokyo).fingerprint() == QUERY.fingerprint()


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC), "2026-01-02T03:04:05.999Z"),
        (datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=9))), "2025-12-31T15:30:00.000Z"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=timezone(-timedelta(hours=7))), "2026-07-02T05:00:00.000Z"),
    ],
)
def test_Z1_moments_are_sent_in_utc_with_z(moment: datetime, text: str) -> None:
    assert orders.iso(moment) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T12:04:05+09:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-01T20:04:05-07:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_moments_are_read_with_their_zone(text: str, moment: datetime) -> None:
    assert orders.parse_time(text) == moment
    assert orders.parse_time(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05", "2026-01-02 03:04:05.000", "2026-01-02", "yesterday", ""])
def test_Z2_moments_without_a_zone_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat"):
        orders.parse_time(text)


def test_one_order(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(f"{ORDERS_URL}/303-1234567-1234567", json={"order": order()})
    assert orders.get(amazon, "303-1234567-1234567") == order()
    assert parameters(mocked) == [{"includedData": ",".join(orders.DATA_SETS)}]


def test_an_order_that_amazon_does_not_know(amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(f"{ORDERS_URL}/x", status=404, json=errors("NOT_FOUND", "No such order"))
    with pytest.raises(Rejected) as caught:
        orders.get(amazon, "x")
    assert caught.value.status == 404


@pytest.mark.parametrize("body", [{}, {"order": None}, {"order": []}, {"orders": [order()]}, order()])
def test_an_order_without_its_body_is_an_error(body: Any, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(f"{ORDERS_URL}/7", json=body)
    with pytest.raises(OutcomeUnknown, match="order 7: An order came without"):
        orders.get(amazon, "7")


def test_a_thousand_orders_take_ten_calls(amazon: AmazonClient, mocked: Mock) -> None:
    for number in range(10):
        token = f"page{number + 2}" if number < 9 else None
        mocked.get(ORDERS_URL, json=page([order(f"{number}-{n}") for n in range(orders.PAGE_SIZE)], token=token))
    token, seen = None, set()
    while True:
        got = orders.search(amazon, QUERY, token)
        seen |= {one["orderId"] for one in got.orders}
        token = got.next_token
        if token is None:
            break
    assert (len(seen), len(sent(mocked))) == (1000, 10)


def test_the_page_is_as_large_as_amazon_allows() -> None:
    assert orders.PAGE_SIZE == 100 and SEARCH_ORDERS.plan.burst == 20


# Sellers.

GERMAN = {
    "marketplace": {
        "id": GERMANY,
        "name": "Amazon.de",
        "countryCode": "DE",
        "defaultCurrencyCode": "EUR",
        "defaultLanguageCode": "de_DE",
        "domainName": "www.amazon.de",
    },
    "storeName": "Shop",
    "participation": {"isParticipating": True, "hasSuspendedListings": False},
}


def test_participations(amazon: AmazonClient, mocked: Mock) -> None:
    away = {"marketplace": {"id": "NEW"}, "participation": {"isParticipating": False, "hasSuspendedListings": True}}
    mocked.get(PARTICIPATIONS_URL, json={"payload": [GERMAN, away]})
    assert participations(amazon) == [
        Participation(GERMANY, "DE", "Amazon.de", "EUR", participating=True, suspended=False),
        Participation("NEW", "", "", "", participating=False, suspended=True),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"payload": None},
        {"payload": ["text"]},
        {"payload": [{**GERMAN, "marketplace": None}]},
        {"payload": [{"marketplace": GERMAN["marketplace"]}]},
        {"payload": [{**GERMAN, "participation": []}]},
    ],
)
def test_participations_of_another_form_are_an_error(body: Any, amazon: AmazonClient, mocked: Mock) -> None:
    mocked.get(PARTICIPATIONS_URL, json=body)
    with pytest.raises(OutcomeUnknown, match="has not the promised form"):
        participations(amazon)
