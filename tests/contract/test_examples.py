"""Amazon's examples are read, judged by its own schema, and add up to their totals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from core.amazon import orders, sellers
from core.amazon.orders import OrderQuery
from core.amazon.sellers import Participation
from core.errors import Rejected
from core.orders import document as order_document
from core.orders.plan.amounts import charged
from tests.contract import swagger
from tests.contract.conftest import Recorder


def examples(*names: str) -> dict[str, tuple[swagger.Operation, Any]]:
    """The answers that the models show for the operations named."""
    if not swagger.present():
        return {}
    known = swagger.operations()
    return {title: (known[name], body) for name in names for title, body in known[name].examples()}


PAGES = examples("searchOrders")
SINGLE = examples("getOrder")
PARTICIPATIONS = examples("getMarketplaceParticipations")
ANSWERS = PAGES | SINGLE | PARTICIPATIONS

NOTHING: list[Any] = [pytest.param("", id="absent")]


def documents() -> Iterator[tuple[str, Any]]:
    """Every order in the examples, under the name of its example and its number."""
    for title, (_, body) in (PAGES | SINGLE).items():
        for document in body["orders"] if "orders" in body else [body["order"]]:
            yield f"{title}: {document['orderId']}", document


DOCUMENTS = dict(documents())


@pytest.mark.parametrize("title", list(ANSWERS) or NOTHING)
def test_an_example_is_what_the_model_promises(title: str) -> None:
    operation, body = ANSWERS[title]
    assert operation.answer_problems(200, body) == []


def test_there_are_examples_of_each_kind() -> None:
    assert (len(PAGES), len(SINGLE), len(PARTICIPATIONS), len(DOCUMENTS)) == (4, 4, 2, 8)


@pytest.mark.parametrize("title", list(PAGES) or NOTHING)
def test_the_client_reads_the_page(title: str, amazon: Recorder) -> None:
    body = PAGES[title][1]
    amazon.will_say(json.dumps(body).encode())
    page = orders.search(amazon.client, OrderQuery())
    assert page.orders == body["orders"]
    assert page.next_token == body.get("pagination", {}).get("nextToken")
    bound = body.get("createdBefore") or body["lastUpdatedBefore"]
    assert page.bound == orders.parse_time(bound)


@pytest.mark.parametrize("title", list(SINGLE) or NOTHING)
def test_the_client_reads_the_order(title: str, amazon: Recorder) -> None:
    body = SINGLE[title][1]
    amazon.will_say(json.dumps(body).encode())
    assert orders.get(amazon.client, body["order"]["orderId"]) == body["order"]


@pytest.mark.parametrize("title", list(PARTICIPATIONS) or NOTHING)
def test_the_client_reads_the_participations(title: str, amazon: Recorder) -> None:
    amazon.will_say(json.dumps(PARTICIPATIONS[title][1]).encode())
    assert sellers.participations(amazon.client) == [
        Participation("ATVPDKIKX0DER", "US", "Amazon.com", "USD", participating=True, suspended=False)
    ]


@pytest.mark.parametrize("name", ["searchOrders", "getOrder"])
def test_the_client_understands_the_refusals(name: str, amazon: Recorder) -> None:
    refusal = swagger.operations()[name].document["responses"]["400"]["x-amzn-api-sandbox"]["static"][0]["response"]
    amazon.will_say(json.dumps(refusal).encode(), 400)
    with pytest.raises(Rejected) as caught:
        orders.get(amazon.client, "TEST_CASE_400")
    assert caught.value.code == refusal["errors"][0]["code"]
    assert refusal["errors"][0]["message"].rstrip(".") in str(caught.value)


def test_our_parameters_cover_those_of_the_static_sandbox() -> None:
    """A data set that a fixture asks for and we never would, is one that no test of Amazon's shows us."""
    for name in ("searchOrders", "getOrder"):
        for fixture in swagger.operations()[name].fixtures():
            assert set(fixture.get("includedData", [])) <= set(orders.DATA_SETS)


@pytest.mark.parametrize("title", list(DOCUMENTS) or NOTHING)
def test_an_order_is_read_as_it_stands(title: str) -> None:
    document = DOCUMENTS[title]
    order = order_document.read(document)
    assert order.order_id == document["orderId"]
    assert order.marketplace_id == document["salesChannel"]["marketplaceId"]
    assert order.status == document["fulfillment"]["fulfillmentStatus"]
    assert order.by_amazon == (document["fulfillment"].get("fulfilledBy") == "AMAZON")
    assert [(item.item_id, item.sku, item.quantity) for item in order.items] == [
        (item["orderItemId"], item["product"]["sellerSku"], item["quantityOrdered"]) for item in document["orderItems"]
    ]
    total = document["proceeds"]["grandTotal"]
    assert (str(order.grand_total), order.currency) == (total["amount"], total["currencyCode"])
    assert order.address.country == document["recipient"]["deliveryAddress"].get("countryCode", "")
    assert list(order.payment_methods) == [
        one["paymentMethod"] for one in document.get("payment", {}).get("paymentExecutions", [])
    ]


def test_which_examples_do_not_reconcile() -> None:
    """None: in all of them tax comes on top of the items, and there are no discounts."""
    assert [title for title, document in DOCUMENTS.items() if charged(order_document.read(document)) is None] == []


CHARGED = {
    "123-4567890-1234567": (["100.00", "49.99"], "5.00", "0.02"),  # tax of the line on top; a tip of the order
    "250-1234567-8901234": (["5980", "13960"], "0", "0"),
    "202-7654321-1098765": (["34.99"], "0", "0"),
    "171-2345678-9012345": (["1599.90"], "0", "0"),
    "202-1234567-8901234": (["92.97"], "11.00", "4.00"),  # 89.97 and 3.00 tax; shipping 10.00 and 1.00 tax
    "171-9876543-2109876": (["299.90"], "0", "0"),
    "028-1234567-8901234": (["125.00"], "0", "0"),
    "114-9876543-1234567": (["49.99"], "0", "10.00"),  # 39.99 and 10.00 tax
}


def test_what_each_example_charges() -> None:
    found = {}
    for document in DOCUMENTS.values():
        amounts = charged(order_document.read(document))
        assert amounts is not None
        assert amounts.total == sum((line for _, line in amounts.lines), amounts.shipping)
        assert amounts.total == Decimal(document["proceeds"]["grandTotal"]["amount"])
        lines = [str(line) for _, line in amounts.lines]
        found[document["orderId"]] = (lines, str(amounts.shipping), str(amounts.tax))
    assert found == CHARGED


@pytest.mark.parametrize("title", list(DOCUMENTS) or NOTHING)
def test_an_example_with_a_wrong_total_does_not_reconcile(title: str) -> None:
    document = json.loads(json.dumps(DOCUMENTS[title]))
    total = document["proceeds"]["grandTotal"]
    total["amount"] = str(Decimal(total["amount"]) + 1000)
    assert charged(order_document.read(document)) is None


def test_without_the_models_the_reason_tells_where_to_get_them(no_models: None) -> None:
    assert not swagger.present()
    assert "github.com/amzn/selling-partner-api-models" in swagger.ABSENT
    assert "CROSSDOCK_SPAPI_MODELS" in swagger.ABSENT
