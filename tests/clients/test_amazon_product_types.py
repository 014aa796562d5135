"""Product types as Amazon tells of them, and the files of their schemas, at the edge of the client."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from core.amazon import product_types
from core.amazon.product_types import Answer, ProductType, Wanted
from core.errors import CrossdockError, OutcomeUnknown, Rejected, RemoteBusy, RemoteError
from core.http import Http
from core.quota import QuotaBook
from tests.clients.amazon_kit import GERMANY, SPAPI, client, errors, grant, sent

Mock = responses.RequestsMock
URL = f"{SPAPI}/definitions/2020-09-01/productTypes"
FILE_URL = "https://schemas.s3.example/LUGGAGE.json?X-Amz-Signature=secret"
FILE = '{"properties": {"item_name": {"title": "Größe"}}}'.encode()
CHECKSUM = base64.b64encode(hashlib.md5(FILE).digest()).decode()
WANTED = Wanted(GERMANY, "LUGGAGE")


def body(**changes: Any) -> dict[str, Any]:
    """An answer of getDefinitionsProductType."""
    return {
        "schema": {"link": {"resource": FILE_URL, "verb": "GET"}, "checksum": CHECKSUM},
        "requirements": "LISTING",
        "requirementsEnforced": "ENFORCED",
        "propertyGroups": {"offer": {"title": "Offer", "propertyNames": ["list_price"]}},
        "locale": "de_DE",
        "marketplaceIds": [GERMANY],
        "productType": "LUGGAGE",
        "displayName": "Koffer",
        "productTypeVersion": {"version": "U8L4z4Ud95N16tZlR7rsmbQ==", "latest": True},
        **changes,
    }


def asked(mock: Mock) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(sent(mock)[-1].url)).query)


def answer(**changes: str) -> Answer:
    told = {"display_name": "Koffer", "locale": "de_DE", "requirements": "LISTING", "version": "1"}
    return Answer("LUGGAGE", property_groups={}, url=FILE_URL, **({"checksum": CHECKSUM} | told | changes))


def test_a_definition_is_asked_for_with_all_that_makes_it_another(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(f"{URL}/LUGGAGE", json=body())
    found = product_types.get(
        client(http, quotas), Wanted(GERMANY, "LUGGAGE", "LISTING_OFFER_ONLY", "en_GB", parentage="CHILD")
    )
    assert asked(mocked) == {
        "marketplaceIds": [GERMANY],
        "requirements": ["LISTING_OFFER_ONLY"],
        "requirementsEnforced": ["ENFORCED"],
        "locale": ["en_GB"],
        "parentageLevel": ["CHILD"],
    }
    assert (found.display_name, found.locale, found.checksum) == ("Koffer", "de_DE", CHECKSUM)
    assert found.version == "U8L4z4Ud95N16tZlR7rsmbQ=="
    assert found.property_groups["offer"]["propertyNames"] == ["list_price"]
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "missing",
    [
        {"schema": None},
        {"schema": {"checksum": CHECKSUM}},
        {"schema": {"link": {"resource": ""}, "checksum": CHECKSUM}},
        {"schema": {"link": {"resource": FILE_URL}}},
        {"productTypeVersion": "1"},
    ],
)
def test_an_answer_without_what_is_promised_is_none(
    missing: dict[str, Any], http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(f"{URL}/LUGGAGE", json=body(**missing))
    with pytest.raises(OutcomeUnknown, match="definition of LUGGAGE came without"):
        product_types.get(client(http, quotas), WANTED)


@pytest.mark.parametrize("status", [400, 404])
def test_an_unknown_product_type_is_told_from_other_refusals(
    status: int, http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.get(f"{URL}/LUGGAGE", status=status, json=errors("BAD_REQUEST", "Invalid input"))
    with pytest.raises(Rejected) as caught:
        product_types.get(client(http, quotas), WANTED)
    assert product_types.is_unknown(caught.value)


@pytest.mark.parametrize(
    ("wanted", "params"),
    [
        ({}, {}),
        ({"keywords": ["desk", "lamp"]}, {"keywords": ["desk,lamp"]}),
        ({"item_name": "Lamp, red"}, {"itemName": ["Lamp, red"]}),
        ({"keywords": ["x"], "locale": "en_GB"}, {"keywords": ["x"], "locale": ["en_GB"]}),
    ],
)
def test_a_search_by_words_by_the_name_of_an_item_or_of_all(
    wanted: dict[str, Any], params: dict[str, list[str]], http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    found = [{"name": "LAMP", "displayName": "Lampe"}, {"name": "DESK"}, {"displayName": "nameless"}, "odd"]
    mocked.get(URL, json={"productTypes": found, "productTypeVersion": "U1"})
    assert product_types.search(client(http, quotas), GERMANY, **wanted) == [
        ProductType("LAMP", "Lampe"),
        ProductType("DESK", "DESK"),
    ]
    assert asked(mocked) == {"marketplaceIds": [GERMANY], **params}


def test_a_search_without_a_list_is_no_empty_list(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.get(URL, json={"productTypeVersion": "U1"})
    with pytest.raises(OutcomeUnknown, match="productTypes"):
        product_types.search(client(http, quotas), GERMANY)


@pytest.mark.parametrize("checksum", [CHECKSUM, hashlib.md5(FILE).hexdigest()])
def test_a_file_is_what_its_checksum_says(checksum: str, http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    mocked.get(FILE_URL, body=FILE, headers={"Content-Length": str(len(FILE))})
    data = product_types.download(client(http, quotas), answer(checksum=checksum))
    assert product_types.parse(data)["properties"]["item_name"]["title"] == "Größe"
    request = mocked.calls[-1].request
    assert "x-amz-access-token" not in request.headers, "the address alone proves who asks"


@pytest.mark.parametrize(
    ("checksum", "said"),
    [(CHECKSUM.lower(), "is not what its checksum says"), ("%", "checksum says"), ("", "checksum")],
)
def test_another_file_than_promised_is_refused(
    checksum: str, said: str, http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    mocked.get(FILE_URL, body=FILE, headers={"Content-Length": str(len(FILE))})
    with pytest.raises(RemoteError, match=said) as caught:
        product_types.download(client(http, quotas), answer(checksum=checksum))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(403, Rejected), (503, RemoteBusy)])
def test_an_address_whose_time_is_over(
    status: int, kind: type[CrossdockError], http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    mocked.get(FILE_URL, status=status, body=b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(kind):
        product_types.download(client(http, quotas), answer())


@pytest.mark.parametrize("data", [b"", b"[]", b"<html>", b'{"properties": []}', b'{"a": 1}', b'{"properties": {'])
def test_a_file_that_holds_no_schema_is_refused(data: bytes) -> None:
    with pytest.raises(RemoteError, match="holds no schema"):
        product_types.parse(data)


def test_a_file_beyond_all_measure_is_not_read(http: Http, quotas: QuotaBook, mocked: Mock, monkeypatch: Any) -> None:
    monkeypatch.setattr(product_types, "LARGEST_SCHEMA", len(FILE) - 1)
    mocked.get(FILE_URL, body=FILE, headers={"Content-Length": str(len(FILE))})
    with pytest.raises(RemoteError, match="more than"):
        product_types.download(client(http, quotas), answer())
