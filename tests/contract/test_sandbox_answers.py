"""What the sandbox understands and says, beyond what our own flows ask of it: data sets, filters, words, fixtures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from core.amazon import catalog, listings
from sandbox.amazon import operations
from sandbox.amazon.order_book import DATA_SETS
from sandbox.amazon.product_types import BASE as PRODUCT_TYPES
from sandbox.amazon.product_types import LOCALES
from sandbox.sandbox import Sandbox
from sandbox.world.identifier import ean
from tests.contract import swagger
from tests.sandbox.amazon_client import ORDERS, AmazonClient, error


@pytest.fixture(scope="module")
def client() -> Iterator[AmazonClient]:
    """The demo's seller in Europe, and one in North America."""
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    with Sandbox(orders=200, other_orders=60, products=60, quota_scale=0, regions=("eu", "na")) as sandbox:
        yield AmazonClient(sandbox).login()


def texts(document: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a document with the name it stands under."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from texts(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value, name)
    elif isinstance(document, str):
        yield name, document


@pytest.mark.parametrize("data_set", [None, *DATA_SETS])
def test_each_data_set_alone(client: AmazonClient, data_set: str | None) -> None:
    answer = client.search(includedData=data_set)
    assert swagger.operations()["searchOrders"].answer_problems(answer.status_code, answer.json()) == []


def test_data_sets_and_filters_are_those_of_the_model(client: AmazonClient) -> None:
    parameters = swagger.operations()["searchOrders"].parameters
    enums = {one["name"]: one["items"]["enum"] for one in parameters if "enum" in one.get("items", {})}
    assert set(enums) == {"includedData", "fulfillmentStatuses", "fulfilledBy"}
    assert sorted(enums["includedData"]) == sorted(DATA_SETS)
    for name, values in enums.items():
        assert client.search(**{name: ",".join(values)}).status_code == 200


def test_usage_plans_are_the_published_ones(client: AmazonClient) -> None:
    published = swagger.operations()
    for ours in (one for one in vars(operations).values() if isinstance(one, operations.Operation)):
        assert (ours.rate, ours.burst) == published[ours.name].plan()


def test_words_are_possible_values_of_the_model(client: AmazonClient) -> None:
    """Values that the model only lists in descriptions are spelt as there."""
    text = (swagger.FOLDER / "models" / swagger.ORDERS).read_text()
    listed = {"type", "subtype", "associationType", "aliasType", "channelName", "fulfillmentServiceLevel"}
    listed |= {"fulfilledBy", "addressType", "conditionType", "programs", "priceDesignation", "requester"}
    used = {value for order in client.sandbox.world.orders for name, value in texts(order.document) if name in listed}
    assert len(used) > 20
    assert [value for value in sorted(used) if f"`{value}`" not in text] == []


def test_listings_are_those_of_the_model(client: AmazonClient) -> None:
    model, seller = swagger.operations()["searchListingsItems"], client.channel["seller_id"]
    path = f"/listings/2021-08-01/items/{seller}"
    query = {"marketplaceIds": "A1PA6795UKMFR9,A1F83G8C2ARO7P", "includedData": "summaries", "pageSize": "20"}
    seen: list[str] = []
    more: dict[str, str] = {}
    while True:
        answer = client.get(path, **query, **more)
        assert model.answer_problems(answer.status_code, answer.json()) == []
        assert answer.json()["numberOfResults"] == 60
        seen += [item["sku"] for item in answer.json()["items"]]
        if "nextToken" not in answer.json().get("pagination", {}):
            break
        more = {"pageToken": answer.json()["pagination"]["nextToken"]}
    assert sorted(seen) == sorted(product.sku for product in client.sandbox.world.products)
    everything = {"includedData": ",".join(listings.INCLUDED)}
    whole = client.get(path, **query | everything, identifiersType="SKU", identifiers=",".join(seen[:20]))
    assert model.answer_problems(200, whole.json()) == []
    single = swagger.operations()["getListingsItem"]
    for sku, status in ((seen[0], 200), ("NONE/Ä", 404)):
        found = client.get(f"{path}/{quote(sku, safe='')}", marketplaceIds="A1PA6795UKMFR9", **everything)
        assert (found.status_code, single.answer_problems(status, found.json())) == (status, [])
    one = client.get(path, **query, identifiersType="SKU", identifiers=seen[0]).json()
    assert [item["sku"] for item in one["items"]] == seen[:1]
    for wrong in ({"marketplaceIds": "invalid"}, {"pageSize": "21"}, {"withStatus": "SOLD"}):
        refused = client.get(path, **query | wrong)
        assert refused.status_code == 400
        assert model.answer_problems(400, refused.json()) == []
    assert client.get(path.replace(seller, "A1ANOTHER"), **query).status_code == 403


def test_items_of_the_catalogue_are_those_of_the_model(client: AmazonClient) -> None:
    model, path = swagger.operations()["searchCatalogItems"], "/catalog/2022-04-01/items"
    asins = [product.asin for product in client.sandbox.world.products[:3]]
    query = {"marketplaceIds": "A1PA6795UKMFR9", "includedData": ",".join(catalog.INCLUDED)}
    listed = {"identifiersType": "ASIN", "identifiers": ",".join([*asins, "B0NOTTHERE"]), "pageSize": "20"}
    answer = client.get(path, **query, **listed)
    assert model.answer_problems(answer.status_code, answer.json()) == []
    assert [item["asin"] for item in answer.json()["items"]] == asins
    single = swagger.operations()["getCatalogItem"]
    for asin, status in ((asins[0], 200), ("B0NOTTHERE", 404)):
        found = client.get(f"{path}/{asin}", **query)
        assert (found.status_code, single.answer_problems(status, found.json())) == (status, [])
    numbers = {"identifiersType": "EAN", "identifiers": ",".join([ean(asins[1]), ean("B0NOTTHERE")])}
    answer = client.get(path, **query, **numbers)
    assert model.answer_problems(answer.status_code, answer.json()) == []
    assert [item["asin"] for item in answer.json()["items"]] == asins[1:2]
    refused = client.get(path, **query, **listed | {"identifiersType": "MINSAN"})
    assert (refused.status_code, model.answer_problems(400, refused.json())) == (400, [])


def test_reports_are_those_of_the_model(client: AmazonClient) -> None:
    model = swagger.operations()["getReports"]
    for status, query in (
        (200, {"reportTypes": "GET_MERCHANT_LISTINGS_ALL_DATA", "pageSize": "1"}),
        (400, {"reportTypes": "GET_MERCHANT_LISTINGS_ALL_DATA", "processingStatuses": "BAD_VALUE,IN_PROGRESS"}),
        (400, {}),
    ):
        answer = client.get("/reports/2021-06-30/reports", **query)
        assert answer.status_code == status
        assert model.answer_problems(status, answer.json()) == []


@pytest.mark.parametrize(
    ("name", "path", "query", "status"),
    [
        ("searchDefinitionsProductTypes", "", {}, 200),
        ("searchDefinitionsProductTypes", "", {"itemName": "Desk Lamp"}, 200),
        ("searchDefinitionsProductTypes", "", {"itemName": "x", "keywords": "y"}, 400),
        ("getDefinitionsProductType", "/LUGGAGE", {"parentageLevel": "CHILD", "locale": "en_GB"}, 200),
        ("getDefinitionsProductType", "/PRODUCT", {"requirements": "LISTING_OFFER_ONLY"}, 200),
        ("getDefinitionsProductType", "/NO_SUCH_TYPE", {}, 404),
    ],
)
def test_product_types_are_those_of_the_model(
    client: AmazonClient, name: str, path: str, query: dict[str, str], status: int
) -> None:
    model, place = swagger.operations()[name], client.sandbox.amazon.accounts[0].marketplaces[0]
    answer = client.get(f"{PRODUCT_TYPES}{path}", marketplaceIds=place.marketplace_id, **query)
    assert answer.status_code == status
    assert model.answer_problems(status, answer.json()) == []


def test_locales_are_those_of_the_model(client: AmazonClient) -> None:
    parameters = {one["name"]: one for one in swagger.operations()["getDefinitionsProductType"].parameters}
    assert set(parameters["locale"]["enum"]) == LOCALES


# Requests by which Amazon's static sandbox recognises its fixtures.


def fixtures(name: str, status: int = 200) -> list[dict[str, str]]:
    """Their parameters as they stand in a request; one empty entry where the models are absent."""
    if not swagger.present():
        return [{}]
    return [
        {key: ",".join(value) if isinstance(value, list) else value for key, value in fixture.items()}
        for fixture in swagger.operations()[name].fixtures(status)
    ]


def seller_in(client: AmazonClient, marketplace_id: str) -> AmazonClient:
    """The seller who sells there."""
    accounts = client.sandbox.amazon.accounts
    seller = next(one for one in accounts if marketplace_id in {place.marketplace_id for place in one.marketplaces})
    return AmazonClient(client.sandbox, seller.seller_id).login()


@pytest.mark.parametrize("fixture", fixtures("searchOrders"), ids=lambda one: one.get("createdAfter"))
def test_a_search_of_the_static_sandbox_is_understood(client: AmazonClient, fixture: dict[str, str]) -> None:
    asked = seller_in(client, fixture["marketplaceIds"])
    # Page tokens are opaque: that of another server can only be refused, and for that reason alone.
    token = fixture.get("paginationToken")
    if token:
        refused = asked.get(ORDERS, **fixture)
        assert error(refused) == (400, "InvalidInput", "paginationToken is not valid.")
    answer = asked.get(ORDERS, **{name: value for name, value in fixture.items() if name != "paginationToken"})
    assert answer.status_code == 200, answer.text
    model = swagger.operations()["searchOrders"]
    assert model.answer_problems(200, answer.json()) == []
    assert set(answer.json()) - {"pagination"} == {"orders", "createdBefore"}


@pytest.mark.parametrize("fixture", fixtures("getOrder"), ids=lambda one: one.get("orderId"))
def test_an_order_of_the_static_sandbox_is_looked_for(client: AmazonClient, fixture: dict[str, str]) -> None:
    """It is a valid request for an order that this world does not have; for one that it has, the data sets are good."""
    wanted = dict(fixture)
    assert error(client.get(f"{ORDERS}/{wanted.pop('orderId')}", **wanted))[:2] == (404, "NOT_FOUND")
    order_id = client.sandbox.world.orders[0].order_id
    answer = client.get(f"{ORDERS}/{order_id}", **wanted)
    assert swagger.operations()["getOrder"].answer_problems(answer.status_code, answer.json()) == []
    assert answer.json()["order"]["fulfillment"]


@pytest.mark.parametrize("name", ["searchOrders", "getOrder"])
def test_what_the_static_sandbox_refuses_is_refused(client: AmazonClient, name: str) -> None:
    (fixture,) = fixtures(name, 400)
    order_id = fixture.pop("orderId", "")
    answer = client.get(f"{ORDERS}/{order_id}" if order_id else ORDERS, **fixture)
    assert error(answer)[:2] == (400, "InvalidInput")
    static = swagger.operations()[name].document["responses"]["400"]["x-amzn-api-sandbox"]["static"][0]["response"]
    assert json.loads(answer.text)["errors"][0]["code"] == static["errors"][0]["code"]


# Shipments are confirmed by the older model, which is live for that operation alone.


def test_a_confirmation_of_the_static_sandbox_is_understood(client: AmazonClient) -> None:
    """Of its fixture only what names an order is replaced: this world has others."""
    model = swagger.operations()["confirmShipment"]
    (fixture,) = model.fixtures(204)
    order = client.sandbox.amazon.add_order(case="merchant_unshipped")
    body = json.loads(json.dumps(fixture["body"]))
    assert model.problems("POST", f"/orders/v0/orders/{fixture['orderId']}/shipmentConfirmation", body) == []
    assert error(client.confirm(fixture["orderId"], body))[:2] == (404, "NOT_FOUND")
    body["marketplaceId"] = order.marketplace_id
    body["packageDetail"]["shipDate"] = order.document["createdTime"]
    body["packageDetail"]["orderItems"][0]["orderItemId"] = order.draft.lines[0].item_id
    client.sandbox.set_confirmation_delay(0)
    answer = client.confirm(order.order_id, body)
    assert (answer.status_code, answer.content) == (204, b"")
    shown = client.get(f"{ORDERS}/{order.order_id}", includedData="PACKAGES,FULFILLMENT").json()
    assert swagger.operations()["getOrder"].answer_problems(200, shown) == []
    assert shown["order"]["packages"][0]["shippingService"] == "FedEx Ground"


def test_a_confirmation_is_refused_as_the_static_sandbox_refuses(client: AmazonClient) -> None:
    model = swagger.operations()["confirmShipment"]
    (fixture,) = model.fixtures(400)
    refused = client.confirm(client.sandbox.world.orders[0].order_id, fixture["body"])
    static = model.document["responses"]["400"]["x-amzn-api-sandbox"]["static"][0]["response"]["errors"][0]
    assert error(refused)[:2] == (400, static["code"])
    assert model.answer_problems(400, refused.json()) == []


def test_what_a_label_bought_at_amazon_shows_is_of_the_model(client: AmazonClient) -> None:
    order = client.sandbox.amazon.add_order(case="merchant_unshipped")
    client.sandbox.add_package(order.order_id, {"label": True})
    answer = client.get(f"{ORDERS}/{order.order_id}", includedData="PACKAGES")
    assert swagger.operations()["getOrder"].answer_problems(200, answer.json()) == []
    assert answer.json()["order"]["packages"][0]["packageStatus"]["detailedStatus"] == "PENDING_PICK_UP"
