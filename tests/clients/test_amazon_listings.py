"""What Amazon answers to submissions, and which items have a number."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from core.amazon import catalog, listings
from core.amazon.listings import Place, Submitted
from core.errors import ConfigurationError, OutcomeUnknown
from core.http import Http
from core.quota import QuotaBook
from tests.clients.amazon_kit import GERMANY, SPAPI, client, grant, sent

Mock = responses.RequestsMock
PLACE = Place("A3SELLER", GERMANY, "TEA/1 ü")
URL = f"{SPAPI}/listings/2021-08-01/items/A3SELLER/TEA%2F1%20%C3%BC"
BODY = {"productType": "TEA", "requirements": "LISTING", "attributes": {"brand": [{"value": "Teefix"}]}}
PATCHES = {"productType": "PRODUCT", "patches": [{"op": "delete", "path": "/attributes/brand"}]}
ISSUE = {"code": "90220", "message": "'Brand' is required.", "severity": "ERROR", "attributeNames": ["brand"]}


def test_what_is_refused_is_an_answer_with_its_issues(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.put(URL, json={"sku": PLACE.sku, "status": "INVALID", "submissionId": "s1", "issues": [ISSUE, "odd"]})
    assert listings.put(client(http, quotas), PLACE, BODY) == Submitted("INVALID", "s1", (ISSUE,))
    assert json.loads(sent(mocked)[-1].body or b"") == BODY


def test_a_preview_tells_the_asin_of_this_marketplace_also_in_a_draft(
    http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    told = [{"marketplaceId": "A13V1IB3VIYZZH", "asin": "B0FRANCE00"}, {"marketplaceId": GERMANY, "asin": "B0GERMANY0"}]
    mocked.put(URL, json={"sku": "1", "status": "VALID", "submissionId": "s", "issues": [], "identifiers": told})
    mocked.patch(URL, json={"sku": "1", "status": "VALID", "submissionId": "s"})
    draft = client(http, quotas, draft=True)
    assert listings.preview(draft, PLACE, BODY).asin == "B0GERMANY0"
    assert listings.preview(draft, PLACE, PATCHES) == Submitted("VALID", "s")
    assert all("mode=VALIDATION_PREVIEW" in str(request.url) for request in sent(mocked)[-2:])


def test_a_draft_sends_nothing_else(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    draft = client(http, quotas, draft=True)
    for write in (
        lambda: listings.put(draft, PLACE, BODY),
        lambda: listings.patch(draft, PLACE, PATCHES),
        lambda: listings.delete(draft, PLACE),
    ):
        with pytest.raises(ConfigurationError):
            write()


@pytest.mark.parametrize(
    "answer", [{}, {"status": "ACCEPTED"}, {"status": "FINE", "submissionId": "s"}, {"submissionId": "s"}]
)
def test_an_answer_without_what_is_promised_leaves_the_outcome_open(
    answer: dict[str, Any], http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    grant(mocked)
    mocked.patch(URL, json=answer)
    with pytest.raises(OutcomeUnknown):
        listings.patch(client(http, quotas), PLACE, PATCHES)
    assert len([request for request in sent(mocked) if request.method == "PATCH"]) == 1  # nothing is said twice


def item(asin: str, *numbers: str) -> dict[str, Any]:
    told = [{"identifierType": "EAN", "identifier": number} for number in numbers]
    return {"asin": asin, "identifiers": [{"marketplaceId": GERMANY, "identifiers": told}]}


def test_items_are_found_by_their_numbers_whatever_those_are_called(
    http: Http, quotas: QuotaBook, mocked: Mock
) -> None:
    """A UPC comes back as an EAN after a zero; two items may have one number; what nobody asked for is left out."""
    grant(mocked)
    url = f"{SPAPI}/catalog/2022-04-01/items"
    first = [item("B1", "4006381333931"), item("B2", "0012345678905"), item("B9", "999")]
    mocked.get(url, json={"items": first, "pagination": {"nextToken": "2"}})
    mocked.get(url, json={"items": [item("B3", "4006381333931")]})
    numbers = ["4006381333931", "012345678905", "4000000000006"]
    found = catalog.by_number(client(http, quotas), GERMANY, "UPC", numbers)
    assert {number: [one["asin"] for one in items] for number, items in found.items()} == {
        "4006381333931": ["B1", "B3"],
        "012345678905": ["B2"],
    }
