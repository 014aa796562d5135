"""Shipping confirmations as Amazon wants them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import responses

from core.amazon import shipments
from core.amazon.shipments import Confirmation
from core.errors import OutcomeUnknown, Rejected
from core.http import Http
from core.quota import QuotaBook
from tests.clients.amazon_kit import GERMANY, SPAPI, client, errors, grant, sent

Mock = responses.RequestsMock
URL = f"{SPAPI}/orders/v0/orders/303-1234567-1234567/shipmentConfirmation"
WHEN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PARCEL = Confirmation("303-1234567-1234567", GERMANY, "7", "DHL", "00340434161094042557", WHEN, {"11": 2, "12": 1})


def test_the_body_names_parcel_carrier_and_units(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.post(URL, status=204)
    shipments.confirm(client(http, quotas), PARCEL)
    assert json.loads(sent(mocked)[-1].body or b"") == {
        "marketplaceId": GERMANY,
        "packageDetail": {
            "packageReferenceId": "7",
            "carrierCode": "DHL",
            "trackingNumber": "00340434161094042557",
            "shipDate": "2026-11-22T08:00:00.000Z",
            "orderItems": [{"orderItemId": "11", "quantity": 2}, {"orderItemId": "12", "quantity": 1}],
        },
    }


def test_h4_the_reference_is_text_and_other_carriers_are_named() -> None:
    detail = replace(PARCEL, carrier="Other:Blitz Kurier / Express").body()["packageDetail"]
    assert detail["packageReferenceId"] == "7"
    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Blitz Kurier")
    assert detail["shippingMethod"] == "Express"


@pytest.mark.parametrize("status", [500, 503])
def test_an_unclear_answer_is_not_repeated_blindly(status: int, http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    mocked.post(URL, status=status, json={})
    with pytest.raises(OutcomeUnknown):
        shipments.confirm(client(http, quotas), PARCEL)
    assert len([one for one in sent(mocked) if one.method == "POST" and one.url == URL]) == 1


def test_h4_already_fulfilled_is_told_from_other_refusals(http: Http, quotas: QuotaBook, mocked: Mock) -> None:
    grant(mocked)
    told = "Failed to create package due to not finding a matching package or order already fulfilled."
    for message, expected in ((told, True), ("Quantity is more than is left.", False)):
        mocked.post(URL, status=400, json=errors("InvalidInput", message))
        with pytest.raises(Rejected) as caught:
            shipments.confirm(client(http, quotas), PARCEL)
        assert shipments.says_fulfilled(caught.value) is expected
        mocked.remove(responses.POST, URL)
