"""Listings written to the sandbox, judged by the official models and by the official schemas of feeds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import spapi
from spapi.models.listings_items_v2021_08_01.listings_item_patch_request import ListingsItemPatchRequest
from spapi.models.listings_items_v2021_08_01.listings_item_put_request import ListingsItemPutRequest
from spapi.models.listings_items_v2021_08_01.patch_operation import PatchOperation

from sandbox.sandbox import Sandbox
from tests.contract import swagger
from tests.sandbox.listing_kit import GERMANY, PREVIEW, Seller, listing, patch, price, units

PUT, PATCH, DELETE = "putListingsItem", "patchListingsItem", "deleteListingsItem"
AWKWARD = "KEY/RING 01+%ä"


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    with Sandbox(orders=5, other_orders=0, products=20, quota_scale=0) as sandbox:
        yield Seller(sandbox)


def patches(*told: Any) -> dict[str, Any]:
    return {"productType": "PRODUCT", "patches": list(told)}


@pytest.mark.parametrize(
    ("name", "sku", "body", "query", "status"),
    [
        (PUT, "C-1", listing(1), {}, "ACCEPTED"),
        (PUT, AWKWARD, listing(2), PREVIEW, "VALID"),
        (PUT, "C-2", listing(2, brand=None, made_up=[{"value": 1}]), PREVIEW, "INVALID"),
        (PATCH, "C-1", patches(patch("purchasable_offer", price(3), op="merge")), {}, "ACCEPTED"),
        (PATCH, "C-1", patches(patch("condition_note", op="delete")), PREVIEW, "VALID"),
        (PATCH, "C-1", patches(patch("fulfillment_availability", units(-1))), {"issueLocale": "en_US"}, "INVALID"),
        (PATCH, "NOWHERE", patches(patch("fulfillment_availability", units(1))), {}, "ACCEPTED"),
        (DELETE, AWKWARD, None, {}, "ACCEPTED"),
    ],
)
def test_a_write_and_its_answer_are_those_of_the_model(
    seller: Seller, name: str, sku: str, body: Any, query: dict[str, str], status: str
) -> None:
    model = swagger.operations()[name]
    answer = seller.call(model.method, sku, body, **query)
    asked = str(answer.request.url).removeprefix(seller.sandbox.amazon_url)
    assert model.problems(model.method, asked, body) == []
    assert model.answer_problems(answer.status_code, answer.json()) == []
    assert (answer.status_code, answer.json()["status"], answer.json()["sku"]) == (200, status, sku)
    assert answer.headers["x-amzn-RateLimit-Limit"]


def test_what_the_static_sandbox_says_of_a_wrong_listing_is_said_here_too(seller: Seller) -> None:
    (shown,) = [
        one["response"]
        for one in swagger.operations()[PUT].document["responses"]["200"]["x-amzn-api-sandbox"]["static"]
        if one["response"]["status"] == "INVALID"
    ]
    ours = seller.put("C-3", listing(3, condition_type=None, fake_attribute=[{"value": 1}]), **PREVIEW)
    assert ours.keys() == shown.keys() and ours["identifiers"] == shown["identifiers"]
    wanted, found = ({one["code"]: one for one in answer["issues"]} for answer in (shown, ours))
    assert found.keys() == wanted.keys()
    for code, one in wanted.items():
        assert found[code]["attributeNames"] == one["attributeNames"]
        assert found[code]["severity"] == one["severity"]
    assert found["90220"]["enforcements"] == wanted["90220"]["enforcements"]


@pytest.mark.parametrize(("name", "body"), [(PUT, {"productType": "KITCHEN"}), (PATCH, {}), (DELETE, None)])
def test_a_refusal_is_that_of_the_model(seller: Seller, name: str, body: Any) -> None:
    model = swagger.operations()[name]
    places = "nowhere" if body is None else GERMANY
    answer = seller.call(model.method, "C-1", body, places)
    assert (answer.status_code, model.answer_problems(400, answer.json())) == (400, [])


def test_what_was_written_is_read_as_the_model_has_it(seller: Seller) -> None:
    seller.put("C-4", listing(4, purchasable_offer=[price(5), price(4, audience="B2B")]))
    seller.sandbox.add_issue("C-4", exempt_for=3600)
    model = swagger.operations()["getListingsItem"]
    for seconds in (0, 60):
        seller.wait(seconds)
        item = seller.item("C-4")
        assert model.answer_problems(200, item) == []
    assert item["issues"][0]["enforcements"]["exemption"]["status"] == "EXEMPT_UNTIL_EXPIRY_DATE"
    assert item["summaries"][0]["status"] == ["BUYABLE", "DISCOVERABLE"]


def test_amazons_own_client_writes_and_reads_a_listing(seller: Seller) -> None:
    channel = seller.channel
    config = spapi.SPAPIConfig(
        region="EU", **{name: channel[name] for name in ("client_id", "client_secret", "refresh_token")}
    )
    token_url, base = f"{seller.sandbox.lwa_url}/auth/o2/token", seller.sandbox.amazon_url
    api = spapi.ListingsApi(spapi.SPAPIClient(config, oauth_endpoint=token_url, endpoint=base).api_client)
    body = listing(7)
    wanted = ListingsItemPutRequest(product_type=body["productType"], attributes=body["attributes"])
    preview = api.put_listings_item(
        seller.seller_id, "C-7", [GERMANY], wanted, mode="VALIDATION_PREVIEW", included_data=["identifiers", "issues"]
    )
    assert preview.status == "VALID" and preview.identifiers[0].asin.startswith("B0")
    assert api.put_listings_item(seller.seller_id, "C-7", [GERMANY], wanted).status == "ACCEPTED"
    change = PatchOperation(op="replace", path="/attributes/fulfillment_availability", value=[units(2)])
    patched = ListingsItemPatchRequest(product_type="PRODUCT", patches=[change])
    assert api.patch_listings_item(seller.seller_id, "C-7", [GERMANY], patched).issues == []
    item = api.get_listings_item(seller.seller_id, "C-7", [GERMANY], included_data=["fulfillmentAvailability"])
    assert item.fulfillment_availability[0].quantity == 2
    found = api.search_listings_items(seller.seller_id, [GERMANY], identifiers=["C-7"], identifiers_type="SKU")
    assert [one.sku for one in found.items] == ["C-7"]
    assert api.delete_listings_item(seller.seller_id, "C-7", [GERMANY]).status == "ACCEPTED"
    assert seller.item("C-7") == {}


def document(seller: Seller) -> dict[str, Any]:
    wanted = {"includedData": ["summaries", "attributes", "issues", "offers"], "apiVersion": "2021-08-01"}
    offer = {"purchasable_offer": [price(5)]}
    told = [
        {"operationType": "UPDATE", **listing(5)},
        {"operationType": "PARTIAL_UPDATE", "productType": "PRODUCT", "attributes": offer},
        {"operationType": "PATCH", **patches(patch("fulfillment_availability", units(0)))},
        {"operationType": "UPDATE", **listing(6, brand=None, fulfillment_availability=[units(-1)])},
        {"operationType": "DELETE"},
    ]
    messages = [{"messageId": number, "sku": f"C-{10 + number // 4}", **one} for number, one in enumerate(told, 1)]
    return {
        "header": {"sellerId": seller.seller_id, "version": "2.0", "issueLocale": "en_US", "report": wanted},
        "messages": messages,
    }


def test_a_feed_and_its_report_are_those_of_the_official_schemas(seller: Seller) -> None:
    feed = document(seller)
    assert list(swagger.feeds_judge("schema").iter_errors(feed)) == []
    feed_id = seller.send(json.dumps(feed).encode())
    broken = seller.send(b"{")
    seller.wait(60)
    for one in (feed_id, broken):
        assert list(swagger.feeds_judge("processing-report-schema").iter_errors(seller.report(one))) == []
    report = seller.report(feed_id)
    assert (report["summary"]["messagesAccepted"], report["summary"]["messagesInvalid"]) == (4, 1)
    model = swagger.operations()["getListingsItem"]
    assert [model.answer_problems(200, item) for item in report["items"]] == [[]]


def mutations() -> Iterator[tuple[str, dict[str, Any]]]:
    """What breaks a message, by name."""
    yield "messageId", {"messageId": 0}
    yield "sku", {"sku": ""}
    yield "operationType", {"operationType": "REPLACE"}
    yield "patches of an update", {"patches": [patch("brand", {"value": "A"})]}
    yield "no attributes", {"attributes": {}}
    yield "requirements", {"requirements": "SOME"}
    yield "attributes of a deletion", {"operationType": "DELETE"}
    yield "requirements of a partial update", {"operationType": "PARTIAL_UPDATE"}


@pytest.mark.parametrize(("what", "change"), list(mutations()), ids=lambda one: one if isinstance(one, str) else "")
def test_a_message_that_breaks_the_schema_is_invalid_here_too(seller: Seller, what: str, change: Any) -> None:
    message = {"messageId": 1, "sku": "C-20", "operationType": "UPDATE", **listing(20), **change}
    feed = {"header": {"sellerId": seller.seller_id, "version": "2.0"}, "messages": [message]}
    assert list(swagger.feeds_judge("schema").iter_errors(feed))
    feed_id = seller.send(json.dumps(feed).encode())
    seller.wait(60)
    report = seller.report(feed_id)
    assert [one["code"] for one in report["issues"]] == ["4002008"], what
    assert seller.item("C-20") == {}
