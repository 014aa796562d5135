"""Listings that a seller writes one by one: what is accepted, what it changes, and what it leaves as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.faults import Rule
from sandbox.sandbox import Sandbox
from sandbox.world.category import CATEGORIES
from sandbox.world.identifier import ean
from sandbox.world.product import WorldProduct
from tests.sandbox.listing_kit import (
    FRANCE,
    GERMANY,
    PREVIEW,
    WORDS,
    Seller,
    listing,
    number,
    patch,
    price,
    prices,
    units,
)

SOON = 60.0
"""Seconds after which a new listing can be bought."""


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    with Sandbox(orders=5, other_orders=0, products=120, quota_scale=0) as sandbox:
        yield Seller(sandbox)


def of_channel(seller: Seller, channel: str, turn: int = 0) -> WorldProduct:
    """A product of the world by who ships it."""
    book, account = seller.sandbox.amazon.listings, seller.sandbox.amazon.accounts[0]
    place = account.marketplaces[0]
    found = [
        product
        for product in seller.sandbox.world.products
        if (one := book.assortment.listing(product, place)).channel == channel and one.active
    ]
    return found[turn]


def codes(answer: dict[str, Any]) -> dict[str, set[str]]:
    """Attribute → codes of its issues."""
    told: dict[str, set[str]] = {}
    for one in answer["issues"]:
        for name in one["attributeNames"]:
            told.setdefault(name, set()).add(one["code"])
    return told


def test_a_new_listing_becomes_an_item_of_its_own_and_is_sold_after_a_while(seller: Seller) -> None:
    assert seller.item("N-1") == {}
    answer = seller.put("N-1", listing(1))
    assert (answer["sku"], answer["status"], answer["issues"]) == ("N-1", "ACCEPTED", [])
    summary = seller.item("N-1")["summaries"][0]
    assert summary["status"] == [] and "asin" not in summary
    seller.sandbox.clock.advance(SOON)
    item = seller.item("N-1")
    assert item["summaries"][0]["status"] == ["BUYABLE", "DISCOVERABLE"]
    assert item["attributes"] == listing(1)["attributes"]
    assert item["offers"][0]["price"] == {"amount": "9.99", "currencyCode": "EUR"}
    assert item["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "DEFAULT", "quantity": 7}]
    assert item["productTypes"] == [{"marketplaceId": GERMANY, "productType": "KITCHEN"}]
    assert seller.item("N-1", FRANCE) == {}
    found = seller.get(
        "/catalog/2022-04-01/items", marketplaceIds=GERMANY, identifiersType="GTIN", identifiers=f"0{number(1)}"
    )
    assert [one["asin"] for one in found.json()["items"]] == [item["summaries"][0]["asin"]]


def test_a_preview_tells_the_item_and_changes_nothing(seller: Seller) -> None:
    product = seller.sandbox.world.products[0]
    same = listing(2, externally_assigned_product_identifier=[{"type": "ean", "value": ean(product.asin)}])
    answer = seller.put("N-2", same, **PREVIEW)
    assert answer["status"] == "VALID"
    assert answer["identifiers"] == [{"marketplaceId": GERMANY, "asin": product.asin}]
    assert seller.item("N-2") == {}
    assert seller.put("N-2", listing(2, brand=None), **PREVIEW)["status"] == "INVALID"
    assert seller.call("PUT", "N-2", same, includedData="identifiers").status_code == 400


def test_an_offer_on_an_item_of_the_catalogue_has_its_title(seller: Seller) -> None:
    product = seller.sandbox.world.products[1]
    offer = {
        name: value
        for name, value in listing(3)["attributes"].items()
        if name in ("condition_type", "purchasable_offer", "fulfillment_availability")
    }
    body = {"productType": "PRODUCT", "requirements": "LISTING_OFFER_ONLY", "attributes": offer}
    assert codes(seller.put("N-3", body))["externally_assigned_product_identifier"] == {"90220", "8560"}
    offer["merchant_suggested_asin"] = [{"value": product.asin, "marketplace_id": GERMANY}]
    assert seller.put("N-3", body)["status"] == "ACCEPTED"
    seller.sandbox.clock.advance(SOON)
    summary = seller.item("N-3")["summaries"][0]
    assert (summary["asin"], summary["itemName"]) == (product.asin, product.title)
    assert summary["productType"] == CATEGORIES[product.category_id].product_type
    offer["merchant_suggested_asin"] = [{"value": "B0NOTTHERE", "marketplace_id": GERMANY}]
    assert codes(seller.put("N-4", body)) == {"merchant_suggested_asin": {"8560"}}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"brand": None}, {"brand": {"90220"}}),
        ({"brand": [{"value": "Größe" * 30, **WORDS}]}, {"brand": {"4000001"}}),
        ({"material": [{"value": "Unobtainium", **WORDS}]}, {"material": {"90244"}}),
        ({"item_weight": [{"value": 2, "unit": "stone"}]}, {"item_weight": {"90244"}}),
        ({"item_weight": [{"value": 2}]}, {"item_weight": {"99022"}}),
        ({"item_name": [{"value": "A", **WORDS}, {"value": "B", **WORDS}]}, {"item_name": {"99016"}}),
        ({"number_of_items": [{"value": 0}]}, {"number_of_items": {"90004114"}}),
        ({"purchaseable_offer": [price(3)]}, {"purchaseable_offer": {"90000900"}}),
        ({"brand": [{"value": "A", "marketplace_id": FRANCE}]}, {"brand": {"4000001", "90220"}}),
        ({"fulfillment_availability": [units(3, "AMAZON_EU")]}, {"fulfillment_availability": {"4000001"}}),
        ({"purchasable_offer": [price(3, **prices(minimum_seller_allowed_price=4))]}, {"purchasable_offer": {"18155"}}),
        (
            {"item_name": [{"value": "x" * 76, **WORDS}], "title_differentiation": [{"value": "y", **WORDS}]},
            {"item_name": {"100476"}, "title_differentiation": {"100476"}},
        ),
        (
            {"externally_assigned_product_identifier": [{"type": "ean", "value": "4006381333930"}]},
            {"externally_assigned_product_identifier": {"4000001"}},
        ),
    ],
)
def test_what_is_wrong_is_told_of_its_attribute(seller: Seller, changes: dict[str, Any], found: dict[str, Any]) -> None:
    answer = seller.put("WRONG", listing(4, **changes))
    assert (answer["status"], codes(answer)) == ("INVALID", found)
    assert seller.item("WRONG") == {}


def test_issues_come_in_the_language_asked_for(seller: Seller) -> None:
    said = [seller.put("WRONG", listing(4, brand=None), **query) for query in ({}, {"issueLocale": "en_US"})]
    assert [one["issues"][0]["message"].split()[0] for one in said] == ["'Marke'", "'Brand'"]


def test_product_types_must_be_known_and_that_of_the_listing(seller: Seller) -> None:
    for wrong in ("NOTHING", "PRODUCT"):
        answer = seller.put("T-1", listing(5) | {"productType": wrong})
        assert [one["code"] for one in answer["issues"]] == ["4000003"]
    sku = of_channel(seller, "DEFAULT").sku
    own = seller.item(sku)["summaries"][0]["productType"]
    other = "CANDLE"
    answer = seller.patch(sku, patch("fulfillment_availability", units(3)), kind=other)
    assert answer["status"] == "INVALID" and own in answer["issues"][0]["message"]
    assert seller.patch(sku, patch("fulfillment_availability", units(3)), kind=own)["status"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("method", "body", "places"),
    [
        ("PUT", {"attributes": {"brand": [{}]}}, GERMANY),
        ("PUT", {"productType": "KITCHEN", "attributes": {}}, GERMANY),
        ("PUT", {"productType": "KITCHEN", "attributes": {"brand": "A"}}, GERMANY),
        ("PUT", listing(6), f"{GERMANY},{FRANCE}"),
        ("DELETE", None, f"{GERMANY},{FRANCE}"),
        ("PATCH", {"productType": "PRODUCT", "patches": []}, GERMANY),
        (
            "PATCH",
            {"productType": "PRODUCT", "patches": [{"op": "move", "path": "/attributes/x", "value": []}]},
            GERMANY,
        ),
        ("PATCH", {"productType": "PRODUCT", "patches": [patch("brand/0/value", {"value": "A"})]}, GERMANY),
        ("PATCH", {"productType": "PRODUCT", "patches": [{"op": "replace", "path": "/attributes/brand"}]}, GERMANY),
    ],
)
def test_what_cannot_be_read_is_refused(seller: Seller, method: str, body: Any, places: str) -> None:
    assert seller.call(method, "N-6", body, places).status_code == 400


def test_a_patch_of_what_is_not_there_is_accepted_and_does_nothing(seller: Seller) -> None:
    answer = seller.patch("NOWHERE", patch("fulfillment_availability", units(3)))
    assert (answer["status"], answer["issues"]) == ("ACCEPTED", [])
    assert seller.item("NOWHERE") == {}


def test_what_replaces_an_offer_drops_what_is_not_sent_and_what_merges_does_not(seller: Seller) -> None:
    sku = of_channel(seller, "DEFAULT", 1).sku
    whole = price(10, audience="ALL", **prices(maximum_retail_price=20))
    business = price(9, audience="B2B")
    seller.patch(sku, patch("purchasable_offer", whole, business))
    assert [one["offerType"] for one in seller.item(sku)["offers"]] == ["B2C", "B2B"]
    seller.patch(sku, patch("purchasable_offer", price(8), op="merge"))
    offers = seller.item(sku)["attributes"]["purchasable_offer"]
    assert [one["our_price"][0]["schedule"][0]["value_with_tax"] for one in offers] == [8, 9]
    assert "maximum_retail_price" in offers[0]
    french = seller.item(sku, FRANCE)["offers"]
    seller.patch(sku, patch("purchasable_offer", price(7)))
    assert seller.item(sku)["attributes"]["purchasable_offer"] == [price(7)]
    assert [one["offerType"] for one in seller.item(sku)["offers"]] == ["B2C"]
    assert seller.item(sku, FRANCE)["offers"] == french, "of another marketplace nothing was said"
    assert seller.patch(sku, patch("brand", op="delete"))["issues"][0]["code"] == "90220"


def test_marketplaces_share_the_units_though_attributes_of_others_stay_stale(seller: Seller) -> None:
    sku = of_channel(seller, "DEFAULT", 2).sku
    before = seller.item(sku, FRANCE)["attributes"]["fulfillment_availability"]
    seller.patch(sku, patch("fulfillment_availability", units(4, lead_time_to_ship_max_days=3, marketplace_id=GERMANY)))
    assert seller.item(sku, FRANCE)["attributes"]["fulfillment_availability"] == before
    assert seller.item(sku, FRANCE)["fulfillmentAvailability"][0]["quantity"] == 4
    seller.patch(sku, patch("fulfillment_availability", units(0, marketplace_id=GERMANY)))
    told = seller.item(sku)["attributes"]["fulfillment_availability"]
    assert told == [units(0, marketplace_id=GERMANY)], "the handling days were not sent again"
    assert seller.status(sku) == ["DISCOVERABLE"]
    both = [price(5), price(6, FRANCE)]
    assert seller.patch(sku, patch("purchasable_offer", *both), places=f"{GERMANY},{FRANCE}")["status"] == "ACCEPTED"
    amounts = [seller.item(sku, place)["offers"][0]["price"]["amount"] for place in (GERMANY, FRANCE)]
    assert amounts == ["5", "6"]


def test_another_channel_stands_beside_the_first_until_that_is_deleted(seller: Seller) -> None:
    sku = of_channel(seller, "AMAZON_EU").sku
    assert seller.stock(sku) == {"AMAZON_EU": None}
    assert seller.patch(sku, patch("fulfillment_availability", units(5, "AMAZON_EU")))["status"] == "INVALID"
    seller.patch(sku, patch("fulfillment_availability", units(5)))
    assert seller.stock(sku) == {"AMAZON_EU": None, "DEFAULT": 5}
    seller.patch(sku, patch("fulfillment_availability", units(None, "AMAZON_EU"), op="delete"))
    assert seller.stock(sku) == {"DEFAULT": 5}
    assert [one.fba for one in seller.sandbox.submissions() if one.sku == sku] == [True, True, False]


def test_a_listing_is_closed_where_it_is_said_and_can_come_back(seller: Seller) -> None:
    product = of_channel(seller, "DEFAULT", 3)
    assert seller.call("DELETE", product.sku).json()["status"] == "ACCEPTED"
    assert seller.item(product.sku) == {} and seller.item(product.sku, FRANCE) != {}
    again = listing(7, externally_assigned_product_identifier=[{"type": "ean", "value": ean(product.asin)}])
    assert seller.put(product.sku, again)["status"] == "ACCEPTED"
    assert seller.item(product.sku)["summaries"][0]["itemName"] == "Kessel 7"
    page = seller.get(
        seller.path("").rstrip("/"), marketplaceIds=GERMANY, identifiersType="SKU", identifiers=product.sku
    )
    assert page.json()["numberOfResults"] == 1


def test_a_family_is_told_by_its_attributes(seller: Seller) -> None:
    theme = [{"name": "COLOR", "marketplace_id": GERMANY}]
    above = listing(
        20,
        externally_assigned_product_identifier=None,
        purchasable_offer=None,
        fulfillment_availability=None,
        parentage_level=[{"value": "parent"}],
        variation_theme=theme,
    )
    assert seller.put("FAMILY", above)["status"] == "ACCEPTED"
    kin = [{"child_relationship_type": "variation", "parent_sku": "FAMILY"}]
    own = {"parentage_level": [{"value": "child"}], "variation_theme": theme, "color": [{"value": "Red", **WORDS}]}
    assert codes(seller.put("CHILD", listing(21, **own))) == {"child_parent_sku_relationship": {"90220"}}
    assert seller.put("CHILD", listing(21, **own, child_parent_sku_relationship=kin))["status"] == "ACCEPTED"
    assert seller.item("FAMILY")["relationships"][0]["relationships"][0]["childSkus"] == ["CHILD"]
    assert seller.item("CHILD")["relationships"][0]["relationships"][0]["parentSkus"] == ["FAMILY"]


def test_writes_show_after_a_while_and_are_lost_on_demand(seller: Seller) -> None:
    sandbox, sku = seller.sandbox, of_channel(seller, "DEFAULT", 4).sku
    sandbox.set_publishing({"show": 10})
    before = seller.stock(sku)
    seller.patch(sku, patch("fulfillment_availability", units(3)))
    assert seller.stock(sku) == before
    sandbox.clock.advance(11)
    assert seller.stock(sku) == {"DEFAULT": 3}
    sandbox.set_publishing({"show": 0})
    sandbox.faults.add(Rule("amazon", "listing", "swallowed"))
    assert seller.patch(sku, patch("fulfillment_availability", units(2)))["status"] == "ACCEPTED"
    assert seller.stock(sku) == {"DEFAULT": 3}


def test_a_warning_is_accepted_and_a_gate_is_told_only_of_what_is_sent(seller: Seller) -> None:
    for kind in ("warned", "gated"):
        seller.sandbox.faults.add(Rule("amazon", "listing", kind))
    assert seller.put("N-11", listing(11), **PREVIEW)["status"] == "VALID"
    warned, gated = seller.put("N-11", listing(11)), seller.put("N-12", listing(12))
    assert (warned["status"], warned["issues"][0]["severity"]) == ("ACCEPTED", "WARNING")
    assert (gated["status"], gated["issues"][0]["categories"]) == ("INVALID", ["QUALIFICATION_REQUIRED"])
    assert seller.item("N-11") != {} and seller.item("N-12") == {}


def test_issues_come_hours_later_and_go_when_their_attribute_is_sent_again(seller: Seller) -> None:
    sandbox, sku = seller.sandbox, of_channel(seller, "DEFAULT", 5).sku
    sandbox.faults.add(Rule("amazon", "listing", "late_issue", seconds=7200))
    seller.patch(sku, patch("fulfillment_availability", units(3)))
    seller.wait(3600)
    assert (seller.status(sku), seller.item(sku)["issues"]) == (["BUYABLE", "DISCOVERABLE"], [])
    seller.wait(3601)
    (told,) = seller.item(sku)["issues"]
    assert told["enforcements"]["actions"] == [{"action": "LISTING_SUPPRESSED"}]
    assert seller.status(sku) == ["DISCOVERABLE"]
    picture = {"media_location": "https://shop.example/other.jpg", "marketplace_id": GERMANY}
    seller.patch(sku, patch("main_product_image_locator", picture))
    assert (seller.status(sku), seller.item(sku)["issues"]) == (["BUYABLE", "DISCOVERABLE"], [])
    sandbox.add_issue(sku, "18448", "Incomplete.", severity="WARNING", actions=(), attribute_names=("item_weight",))
    assert seller.status(sku) == ["BUYABLE", "DISCOVERABLE"]


def test_what_is_sold_at_amazon_is_no_longer_on_offer_though_attributes_say_what_was_sent(seller: Seller) -> None:
    sku = of_channel(seller, "DEFAULT", 6).sku
    seller.patch(sku, patch("fulfillment_availability", units(9, marketplace_id=GERMANY)))
    seller.sandbox.add_order({"case": "merchant_unshipped", "sku": sku, "quantity": 2})
    assert seller.stock(sku) == {"DEFAULT": 7}
    assert seller.item(sku)["attributes"]["fulfillment_availability"][0]["quantity"] == 9
    seller.patch(sku, patch("fulfillment_availability", units(9, marketplace_id=GERMANY)))
    assert seller.stock(sku) == {"DEFAULT": 9}


def test_what_others_change_at_amazon_shows_over_what_was_written(seller: Seller) -> None:
    seller.put("N-8", listing(8))
    seller.sandbox.change_listing({"sku": "N-8", "price": "12.5", "quantity": 1, "title": "Changed"})
    item = seller.item("N-8")
    assert (item["offers"][0]["price"]["amount"], item["fulfillmentAvailability"][0]["quantity"]) == ("12.5", 1)
    assert item["attributes"]["item_name"][0]["value"] == "Changed"
    seller.sandbox.change_listing({"sku": "N-8", "gone": True})
    assert seller.item("N-8") == {}


def test_a_put_without_units_takes_the_merchants_away_but_not_with_content_alone(seller: Seller) -> None:
    theirs, sku = of_channel(seller, "AMAZON_EU", 1), "N-9"
    seller.put(sku, listing(9))
    content = listing(9, purchasable_offer=None, fulfillment_availability=None, condition_type=None)
    assert seller.put(sku, content | {"requirements": "LISTING_PRODUCT_ONLY"})["status"] == "ACCEPTED"
    assert (seller.stock(sku), len(seller.item(sku)["offers"])) == ({"DEFAULT": 7}, 1)
    for one in (sku, theirs.sku):
        assert seller.put(one, content)["status"] == "ACCEPTED"
    assert (seller.stock(sku), seller.item(sku)["offers"]) == ({}, [])
    assert seller.stock(theirs.sku) == {"AMAZON_EU": None}


def test_on_amazons_sandbox_hosts_nothing_comes_of_a_write() -> None:
    with Sandbox(orders=1, other_orders=0, products=5, quota_scale=0) as sandbox:
        channel = sandbox.credentials()["sandbox_channel"]
        trial = Seller(sandbox)
        trial.channel = channel
        trial.login()
        url = sandbox.amazon_sandbox_url + trial.path("N-1")
        answer = trial.http.put(url, params={"marketplaceIds": GERMANY}, json=listing(1))
        assert (answer.json()["status"], Seller(sandbox).item("N-1")) == ("ACCEPTED", {})


def test_the_report_has_no_listing_that_is_not_ready_and_none_active_without_units(seller: Seller) -> None:
    book, account = seller.sandbox.amazon.listings, seller.sandbox.amazon.accounts[0]
    place = account.marketplaces[0]
    seller.put("N-10", listing(10))
    assert "N-10" not in {one.sku for one in book.published(account, place)}
    seller.wait(SOON)
    seller.patch("N-10", patch("fulfillment_availability", units(0)))
    body = {"reportType": "GET_MERCHANT_LISTINGS_ALL_DATA", "marketplaceIds": [GERMANY]}
    made = seller.http.post(f"{seller.sandbox.amazon_url}/reports/2021-06-30/reports", json=body).json()["reportId"]
    seller.sandbox.set_pace({"packed": False})
    seller.wait(SOON)
    stands = seller.get(f"/reports/2021-06-30/reports/{made}").json()
    lies = seller.get(f"/reports/2021-06-30/documents/{stands['reportDocumentId']}").json()["url"]
    rows = [line.split("\t") for line in seller.http.get(lies, headers={"x-amz-access-token": None}).text.splitlines()]
    found = {row[rows[0].index("seller-sku")]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    told = [found["N-10"][name] for name in ("price", "quantity", "status")]
    assert told == ["9.99", "0", "Inactive"]


def test_a_search_is_narrowed_and_pages_a_thousand_at_most() -> None:
    with Sandbox(orders=1, other_orders=0, products=20, listings=1300, quota_scale=0) as sandbox:
        seller, since = Seller(sandbox), sandbox.clock.now().isoformat()
        base = {"marketplaceIds": GERMANY, "pageSize": "20"}

        def found(**query: str) -> list[str]:
            answer = seller.get(seller.path("").rstrip("/"), **base | query)
            assert answer.status_code == 200, answer.text
            return [one["sku"] for one in answer.json()["items"]]

        last = seller.get(seller.path("").rstrip("/"), **base, pageToken="980").json()
        assert (last["numberOfResults"], len(last["items"]), last["pagination"]) == (1320, 20, {"previousToken": "960"})
        seller.put("S-1", listing(1))
        seller.put("S-2", listing(2, fulfillment_availability=[units(0)]))
        sandbox.add_issue("S-1", severity="WARNING", actions=())
        seller.wait(SOON)
        asin = seller.item("S-1")["summaries"][0]["asin"]
        assert found()[:2] == found(createdAfter=since) == found(lastUpdatedAfter=since) == ["S-2", "S-1"]
        assert found(createdAfter=since, sortOrder="ASC", sortBy="sku") == ["S-1", "S-2"]
        assert found(createdAfter=since, withStatus="BUYABLE") == found(withIssueSeverity="WARNING") == ["S-1"]
        assert found(createdAfter=since, withoutStatus="BUYABLE") == ["S-2"]
        assert found(identifiersType="ASIN", identifiers=asin) == ["S-1"]
        assert found(identifiersType="EAN", identifiers=f"{number(1)},{number(2)}") == ["S-2", "S-1"]
        assert seller.get(seller.path("").rstrip("/"), **base, identifiers="S-1").status_code == 400
