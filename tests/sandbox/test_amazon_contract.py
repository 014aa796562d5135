"""Amazon's own models judge what the sandbox answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

from sandbox.amazon.order_book import DATA_SETS
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from tests.sandbox.amazon_client import EVERYTHING, ORDERS, PARTICIPATIONS, AmazonClient

ROOT = Path(__file__).parents[2]
MODELS = Path(os.environ.get("CROSSDOCK_SPAPI_MODELS", ROOT / "../shared/spapi-models")) / "models"
ORDERS_MODEL = "orders-api-model/orders_2026-01-01.json"
SELLERS_MODEL = "sellers-api-model/sellers.json"

pytestmark = pytest.mark.skipif(
    not (MODELS / ORDERS_MODEL).exists(),
    reason="Amazon's models are absent: clone github.com/amzn/selling-partner-api-models and name the folder "
    "in CROSSDOCK_SPAPI_MODELS",
)


def model(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((MODELS / name).read_text())
    return loaded


def closed(schema: Any) -> Any:
    """The schema with no room for properties the model does not name."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def validator(name: str, definition: str) -> Draft4Validator:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": closed(model(name)["definitions"])}
    return Draft4Validator(schema, format_checker=FormatChecker())


def problems(judge: Draft4Validator, document: Any) -> list[str]:
    return [f"{list(found.absolute_path)}: {found.message[:200]}" for found in judge.iter_errors(document)]


def documented(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in a document with the names that lead to it."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from documented(value, (*path, name))
    elif isinstance(document, list):
        for value in document:
            yield from documented(value, path)
    elif isinstance(document, str):
        yield path, document


@pytest.fixture(scope="module")
def client() -> Iterator[AmazonClient]:
    with Sandbox(quota_scale=0) as sandbox:
        yield AmazonClient(sandbox).login()


def test_every_page_of_the_world_is_a_search_answer(client: AmazonClient) -> None:
    judge = validator(ORDERS_MODEL, "SearchOrdersResponse")
    for page in client.pages(includedData=EVERYTHING):
        assert problems(judge, page) == []


@pytest.mark.parametrize("data_set", [None, *DATA_SETS])
def test_each_data_set_alone(client: AmazonClient, data_set: str | None) -> None:
    judge = validator(ORDERS_MODEL, "SearchOrdersResponse")
    assert problems(judge, client.search(includedData=data_set).json()) == []


def test_data_sets_and_filters_are_those_of_the_model(client: AmazonClient) -> None:
    parameters = model(ORDERS_MODEL)["paths"][ORDERS]["get"]["parameters"]
    enums = {one["name"]: one["items"]["enum"] for one in parameters if "enum" in one.get("items", {})}
    assert set(enums) == {"includedData", "fulfillmentStatuses", "fulfilledBy"}
    assert sorted(enums["includedData"]) == sorted(DATA_SETS)
    for name, values in enums.items():
        assert client.search(**{name: ",".join(values)}).status_code == 200


def test_one_order_and_its_absence(client: AmazonClient) -> None:
    order_id = client.sandbox.world.orders[0].order_id
    found = client.get(f"{ORDERS}/{order_id}", includedData=EVERYTHING).json()
    assert problems(validator(ORDERS_MODEL, "GetOrderResponse"), found) == []
    judge = validator(ORDERS_MODEL, "ErrorList")
    assert problems(judge, client.get(f"{ORDERS}/000-0000000-0000000").json()) == []


def test_refusals_are_error_lists(client: AmazonClient) -> None:
    judge = validator(ORDERS_MODEL, "ErrorList")
    client.sandbox.faults.add(Rule("amazon", "searchOrders", "429"))
    client.sandbox.faults.add(Rule("amazon", "searchOrders", "error_500"))
    answers = [client.search(), client.search(), client.search(maxResultsPerPage=0)]
    answers.append(AmazonClient(client.sandbox).search())
    assert [answer.status_code for answer in answers] == [429, 500, 400, 403]
    assert [problems(judge, answer.json()) for answer in answers] == [[], [], [], []]


def test_participations(client: AmazonClient) -> None:
    body = client.get(PARTICIPATIONS).json()
    assert problems(validator(SELLERS_MODEL, "GetMarketplaceParticipationsResponse"), body) == []
    assert {one["marketplace"]["countryCode"] for one in body["payload"]} == {"DE", "FR", "GB", "IT", "JP"}


def test_the_judge_itself_accepts_amazons_examples_and_refuses_nonsense() -> None:
    judge = validator(ORDERS_MODEL, "SearchOrdersResponse")
    answer = model(ORDERS_MODEL)["paths"][ORDERS]["get"]["responses"]["200"]
    example = answer["examples"]["application/json"]
    assert problems(judge, example) == []
    example["orders"][0]["createdTime"] = "yesterday"
    example["orders"][0]["surprise"] = 1
    assert len(problems(judge, example)) == 2


def test_usage_plans_are_the_published_ones(client: AmazonClient) -> None:
    from sandbox.amazon import operations

    published = {}
    for name in (ORDERS_MODEL, SELLERS_MODEL):
        for path in model(name)["paths"].values():
            cells = path["get"]["description"].split("| ---- | ---- |\n|")[1].split("|")
            published[path["get"]["operationId"]] = (float(cells[0]), int(cells[1]))
    for one in (operations.SEARCH_ORDERS, operations.GET_ORDER, operations.GET_PARTICIPATIONS):
        assert published[one.name] == (one.rate, one.burst)


def test_words_are_possible_values_of_the_model(client: AmazonClient) -> None:
    """Values that the model only lists in descriptions are spelt as there."""
    text = json.dumps(model(ORDERS_MODEL)["definitions"])
    listed = {"type", "subtype", "associationType", "aliasType", "channelName", "fulfillmentServiceLevel"}
    listed |= {"fulfilledBy", "addressType", "conditionType", "programs", "priceDesignation", "requester"}
    used = {
        value
        for order in client.sandbox.world.orders
        for path, value in documented(order.document)
        if path[-1] in listed
    }
    assert len(used) > 20
    assert [value for value in sorted(used) if f"`{value}`" not in text] == []
