"""Amazon's own client, as it comes from the package index, works with the sandbox as with Amazon.

It shares nothing with Crossdock: its requests are encoded, and the answers read, by code generated from the models.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import spapi

from sandbox import sandbox as served
from sandbox.amazon.order_book import DATA_SETS
from sandbox.sandbox import Sandbox
from tests.contract import swagger
from tests.contract.witness import Witness

GERMANY = "A1PA6795UKMFR9"


@pytest.fixture(scope="module")
def witness() -> Witness:
    return Witness()


@pytest.fixture(scope="module")
def sandbox(witness: Witness) -> Iterator[Sandbox]:
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    build = served.create_amazon_app
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(served, "create_amazon_app", lambda *parts: witness.wrap(build(*parts)))
        with Sandbox(orders=220, other_orders=40, products=40) as running:
            yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Any:
    """The client as its manual says, led to the sandbox by the two addresses that it takes."""
    channel = sandbox.credentials()["channel"]
    names = ("client_id", "client_secret", "refresh_token")
    config = spapi.SPAPIConfig(region="EU", **{name: channel[name] for name in names})
    token_url = f"{sandbox.lwa_url}/auth/o2/token"
    return spapi.SPAPIClient(config, oauth_endpoint=token_url, endpoint=sandbox.amazon_url).api_client


def since(sandbox: Sandbox) -> str:
    return str(sandbox.credentials()["channel"]["settings"]["orders_from"])


def pages(api: Any, **query: Any) -> Iterator[Any]:
    """All pages of a search, by the client's own words."""
    page = api.search_orders(**query)
    yield page
    while page.pagination and page.pagination.next_token:
        page = api.search_orders(**query, pagination_token=page.pagination.next_token)
        yield page


def test_it_pages_through_all_orders(sandbox: Sandbox, client: Any) -> None:
    api = spapi.SearchOrdersApi(client)
    # Page tokens hold plus signs, slashes and equal signs: its encoding of them must meet the sandbox's decoding.
    found = list(pages(api, last_updated_after=since(sandbox), included_data=list(DATA_SETS), max_results_per_page=20))
    ids = [order.order_id for page in found for order in page.orders]
    assert len(found) == 13
    assert sorted(ids) == sorted(order.order_id for order in sandbox.world.orders)
    assert {page.last_updated_before for page in found} == {found[0].last_updated_before}


def test_it_filters_as_it_is_told(sandbox: Sandbox, client: Any) -> None:
    api = spapi.SearchOrdersApi(client)
    query = {"created_after": since(sandbox), "marketplace_ids": [GERMANY], "fulfilled_by": ["MERCHANT"]}
    (page,) = pages(
        api, **query, fulfillment_statuses=["UNSHIPPED", "PARTIALLY_SHIPPED"], included_data=["FULFILLMENT"]
    )
    assert {order.fulfillment.fulfillment_status for order in page.orders} == {"UNSHIPPED", "PARTIALLY_SHIPPED"}
    assert {order.sales_channel.marketplace_id for order in page.orders} == {GERMANY}
    wanted = {
        order.order_id
        for order in sandbox.world.orders
        if order.marketplace_id == GERMANY
        and order.created >= datetime.fromisoformat(since(sandbox)).astimezone(UTC)
        and order.draft.fulfilled_by == "MERCHANT"
        and order.draft.status in ("UNSHIPPED", "PARTIALLY_SHIPPED")
    }
    assert {order.order_id for order in page.orders} == wanted


def test_it_reads_one_order(sandbox: Sandbox, client: Any) -> None:
    wanted = next(order for order in sandbox.world.orders if order.draft.case == "merchant_unshipped")
    order = spapi.GetOrderApi(client).get_order(wanted.order_id, included_data=list(DATA_SETS)).order
    assert order.order_id == wanted.order_id
    assert order.buyer.buyer_email == wanted.draft.buyer.email
    assert order.recipient.delivery_address.address_line1 == wanted.draft.buyer.address["addressLine1"]
    assert [item.product.seller_sku for item in order.order_items] == [line.sku for line in wanted.draft.lines]
    assert order.proceeds.grand_total.amount == wanted.document["proceeds"]["grandTotal"]["amount"]
    assert order.last_updated_time == wanted.updated


def test_it_is_told_why_it_is_refused(sandbox: Sandbox, client: Any) -> None:
    with pytest.raises(spapi.ApiException) as caught:
        spapi.GetOrderApi(client).get_order("000-0000000-0000000")
    assert (caught.value.status, "NOT_FOUND" in str(caught.value.body)) == (404, True)
    with pytest.raises(spapi.ApiException) as caught:
        spapi.SearchOrdersApi(client).search_orders(created_after="TEST_CASE_400")
    assert (caught.value.status, "InvalidInput" in str(caught.value.body)) == (400, True)


def test_it_reads_where_the_seller_takes_part(client: Any) -> None:
    payload = spapi.SellersApi(client).get_marketplace_participations().payload
    assert {one.marketplace.country_code for one in payload} == {"DE", "FR", "GB", "IT", "JP"}
    assert all(one.participation.is_participating for one in payload)
    assert not any(one.participation.has_suspended_listings for one in payload)


def test_all_it_was_answered_is_what_the_models_promise(client: Any, witness: Witness) -> None:
    """The exchanges of the tests above, among them a single one for the token."""
    spapi.SellersApi(client).get_marketplace_participations()
    assert [problem for exchange in witness.exchanges for problem in exchange.answer_problems()] == []
    assert [exchange.name for exchange in witness.exchanges].count("token") == 1
