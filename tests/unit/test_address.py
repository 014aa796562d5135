"""Where a store order goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.orders.document import Address
from core.orders.plan.address import missing_fields, store_fields
from tests.unit.builders import fulfillment, order

FULL = Address(
    name="Ada King Lovelace",
    company="Engines Ltd",
    street="Lindenallee 5",
    more=("2. Stock", "hinten"),
    city="Köln",
    county="Köln",
    state="NRW",
    postal_code="50667",
    country="DE",
    phone="+49 221 1",
)


def test_a_full_address_misses_nothing() -> None:
    assert missing_fields(FULL) == []


def test_company_county_state_and_phone_are_not_needed() -> None:
    assert missing_fields(replace(FULL, company="", county="", state="", phone="")) == []


def test_everything_missing_is_named() -> None:
    assert missing_fields(Address()) == ["name", "street", "city", "country", "postal code"]


@pytest.mark.parametrize(
    ("country", "missing"),
    [("IE", []), ("AE", []), ("HK", []), ("DE", ["postal code"]), ("", ["country", "postal code"])],
)
def test_a_postal_code_is_needed_only_where_there_are_any(country: str, missing: list[str]) -> None:
    assert missing_fields(replace(FULL, country=country, postal_code="")) == missing


def test_all_lines_of_the_street_survive() -> None:
    fields = store_fields(replace(order(), address=FULL), "DE")
    assert fields["s_address"] == "Lindenallee 5"
    assert fields["s_address_2"] == "2. Stock, hinten"


def test_a_parcel_needs_the_first_line_of_the_street() -> None:
    assert missing_fields(replace(FULL, street="")) == ["street"]


def test_billing_and_shipping_are_the_same_place() -> None:
    fields = store_fields(replace(order(), address=FULL), "DE")
    shipping = {name[2:]: value for name, value in fields.items() if name.startswith("s_")}
    billing = {name[2:]: value for name, value in fields.items() if name.startswith("b_")}
    assert shipping == billing
    assert shipping == {
        "firstname": "Ada King",
        "lastname": "Lovelace",
        "address": "Lindenallee 5",
        "address_2": "2. Stock, hinten",
        "city": "Köln",
        "county": "Köln",
        "state": "NRW",
        "country": "DE",
        "zipcode": "50667",
        "phone": "+49 221 1",
    }
    assert (fields["firstname"], fields["lastname"], fields["phone"]) == ("Ada King", "Lovelace", "+49 221 1")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Ada King Lovelace", "Ada King", "Lovelace"),
        ("Cher", "Cher", ""),
        ("  Ada   Lovelace ", "Ada", "Lovelace"),
        ("山田太郎", "山田太郎", ""),
    ],
)
def test_the_last_word_is_the_last_name(name: str, first: str, last: str) -> None:
    fields = store_fields(replace(order(), address=replace(FULL, name=name)), "DE")
    assert (fields["s_firstname"], fields["s_lastname"]) == (first, last)


def test_the_buyer_stands_in_for_a_missing_recipient() -> None:
    fields = store_fields(replace(order(), address=Address(), buyer_name="Ada Lovelace", buyer_company="Engines"), "DE")
    assert (fields["firstname"], fields["lastname"], fields["company"]) == ("Ada", "Lovelace", "Engines")


def test_the_company_of_the_address_wins_over_the_buyers() -> None:
    assert store_fields(replace(order(), address=FULL, buyer_company="Other"), "DE")["company"] == "Engines Ltd"


def test_an_order_of_amazons_without_any_address_gets_a_stand_in() -> None:
    bare = replace(order(fulfillment=fulfillment(by="AMAZON")), address=Address(), buyer_name="")
    fields = store_fields(bare, "FR")
    assert (fields["s_firstname"], fields["s_lastname"], fields["s_country"]) == ("Amazon", "customer", "FR")
    assert fields["s_address"]
    assert fields["s_city"]
    assert fields["s_zipcode"] == ""
