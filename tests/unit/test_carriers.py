"""Carrier codes as Amazon wants them."""

from __future__ import annotations

import pytest

from core.amazon.carriers import CARRIERS, carrier_fields, carrier_name, check_carrier


@pytest.mark.parametrize("code", CARRIERS)
def test_known_codes_are_taken_as_they_are(code: str) -> None:
    assert check_carrier(f" {code} ") == code
    assert carrier_fields(code) == {"carrierCode": code}


@pytest.mark.parametrize(("wrong", "right"), [("ups", "UPS"), ("fedex", "FedEx"), ("Deutsch Post", "Deutsche Post")])
def test_a_wrong_spelling_is_refused_with_the_nearest_one(wrong: str, right: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{right}'"):
        check_carrier(wrong)


def test_others_are_named_explicitly() -> None:
    assert check_carrier("Other: Blitz  Kurier") == "Other:Blitz Kurier"
    assert carrier_fields("Other:Blitz Kurier") == {"carrierCode": "Other", "carrierName": "Blitz Kurier"}
    for wrong in ("Other:", "Other", "other:x", "", "Other:" + "x" * 61, "\x1b[31m"):
        with pytest.raises(ValueError, match=r"not a carrier|characters"):
            check_carrier(wrong)


def test_a_shipping_method_may_follow() -> None:
    assert check_carrier("DHL /  Paket ") == "DHL / Paket"
    assert carrier_fields("DHL / Paket") == {"carrierCode": "DHL", "shippingMethod": "Paket"}
    assert carrier_name("Other:Blitz / Express") == "Blitz"
    for wrong in ("dhl / Paket", "DHL / " + "x" * 61):
        with pytest.raises(ValueError, match=r"not a carrier|characters"):
            check_carrier(wrong)
