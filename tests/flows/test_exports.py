"""Products reach Amazon over HTTP: made once, changed by what differs, followed, compared and closed.

One world serves all tests of this file; they build on each other's listings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlmodel import col, select

from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.cscart import features, variations
from core.fields import mapping as fields
from core.fields.plan.sources import constant, feature
from core.listings import links
from core.model.channel import Channel
from core.products import actions as products
from core.products.listings import close_absent
from core.stock import actions as stock
from core.subjects import Subject
from core.submissions import route
from core.sync.problems import open_problems
from sandbox.world.category import CATEGORIES, node_of
from sandbox.world.identifier import ean as ean_of
from sandbox.world.marketplaces import DE
from tests.contract import swagger
from tests.flows.export_kit import WRITES, Exports, ean, exporting, linked
from tests.sandbox.listing_kit import Seller

CALLS = ("putListingsItem", "patchListingsItem", "deleteListingsItem", "searchListingsItems", "getListingsItem")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exports]:
    with exporting(tmp_path_factory.mktemp("exports") / "home") as it:
        yield it


@pytest.fixture
def it(served: Exports, monkeypatch: pytest.MonkeyPatch) -> Iterator[Exports]:
    served.resume(monkeypatch)
    yield served


def test_an_unmapped_category_is_refused_by_item_and_nothing_is_sent(it: Exports) -> None:
    it.product("K-1", 1)
    it.product("K-2", 2)
    job = it.export(skus=["K-1", "NOT-THERE"])
    assert it.results(job) == {"K-1": ("held", "category_unmapped"), "NOT-THERE": ("held", "sku_not_in_store")}
    assert it.told().keys() <= {"searchListingsItems"}
    job = it.export(product_ids=[4_711])
    assert it.results(job) == {"product 4711": ("held", "sku_not_in_store")}
    found = {problem.subject.id for problem in open_problems(it.workspace.database, LOCAL_ADMIN, it.channel)}
    assert "K-1" in found and not found & {"NOT-THERE", "product 4711"}, "what was mistyped stays nowhere"


def test_a_preview_tells_what_would_be_sent_and_sends_nothing(it: Exports) -> None:
    asked = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    it.run(asked.job_id)
    kind = CATEGORIES[10].product_type
    categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, 10, node_of(DE, 10).node_id, kind)
    for name, told in (("brand", "Sandbrand"), ("country_of_origin", "DE")):
        fields.set_field(it.workspace, LOCAL_ADMIN, name, constant(told), channel=it.channel, product_type=kind)
    it.sandbox.ledger.clear()
    job = it.export(skus=["K-1"], preview=True)
    (result,) = it.results(job).values()
    assert result[0] == "unchanged" and kind in result[1]
    (shown,) = it.details(job)
    assert (shown["operation"], shown["body"]["productType"], shown["amazon"]) == ("PUT", kind, None)
    (exact,) = it.preview(skus=["K-1"])
    assert exact.body == shown["body"] and not exact.problems and not exact.is_listed
    job = it.export(skus=["K-1"], preview=True, ask_amazon=True)
    assert it.results(job)["K-1"][0] == "unchanged" and it.details(job)[0]["amazon"]["status"] == "VALID"
    assert it.calls("amazon", "putListingsItem") == 1
    assert products.list_listings(it.workspace, LOCAL_ADMIN, it.channel, sku="K-1") == []


def test_V3_a_preview_of_what_is_wrong_names_each_attribute_with_its_title_and_a_fix(it: Exports) -> None:
    number = it.product("K-BAD", 77, ean="4006381333932")
    (exact,) = it.preview(product_ids=[number])
    assert exact.body is not None and "attribute_invalid" in {one.code for one in exact.problems}
    wrong = {one.attribute.partition(".")[0]: one for one in exact.attributes if one.is_blocking}
    one = wrong["externally_assigned_product_identifier"]
    assert one.title != one.attribute and "check digit" in one.message and one.fix
    job = it.export(product_ids=[number], preview=True)
    assert it.details(job)[0]["attributes"][0]["title"] == exact.attributes[0].title
    it.change(number, status="D")


def test_a_new_product_is_made_once_and_read_back(it: Exports) -> None:
    (would,) = it.preview(skus=["K-1"], ask_amazon=True)
    assert would.amazon is not None and would.amazon.status == "VALID" and would.body is not None
    it.sandbox.ledger.clear()
    job = it.export(skus=["K-1", "K-2"])
    assert it.results(job) == {"K-1": ("created", ""), "K-2": ("created", "")}
    assert it.calls("amazon", "putListingsItem") == 2
    there = Seller(it.sandbox).item("K-1")["attributes"]
    assert {name: there[name] for name in would.body["attributes"]} == would.body["attributes"]
    row = it.row("K-1")
    assert row.route == "put" and row.submission_id and row.next_look is not None
    it.forward(600)
    assert it.results(it.follow())["K-1"] == ("unchanged", "It is buyable.")
    assert it.state("K-1") == it.row("K-1").state == "buyable"
    listing = it.listing("K-1")
    assert listing.exported_by is not None and not listing.dirty and listing.buyable
    it.sandbox.ledger.clear()
    again = it.export(skus=["K-1", "K-2"])
    assert {result for result, _ in it.results(again).values()} == {"unchanged"}
    assert not it.told().keys() & WRITES


def test_one_changed_text_is_one_patch_without_price_and_stock(it: Exports) -> None:
    number = it.row("K-1").product_id
    it.change(number, product="Kettle 1 of steel", price="29.90", amount="3")
    (would,) = it.preview(skus=["K-1"])
    assert would.body is not None and would.is_listed and would.operation == "PATCH"
    assert [patch["path"] for patch in would.body["patches"]] == ["/attributes/item_name"]
    assert it.results(it.export(skus=["K-1"])) == {"K-1": ("updated", "")}
    assert it.told().get("patchListingsItem") == 1
    item = Seller(it.sandbox).item("K-1")
    assert item["attributes"]["item_name"][0]["value"] == "Kettle 1 of steel"
    assert item["attributes"]["fulfillment_availability"][0]["quantity"] == 7


def test_all_are_those_that_are_not_at_amazon_yet(it: Exports) -> None:
    it.product("K-3", 3)
    it.product("K-4", 4, status="D")
    results = it.results(it.export())
    assert results["K-3"] == ("created", "") and not results.keys() & {"K-1", "K-2", "K-4"}
    assert not results.keys() & {one.sku for one in it.sandbox.world.products}, "they were at Amazon before"


def test_an_offer_on_an_item_of_the_catalogue_needs_no_category(it: Exports) -> None:
    item = it.sandbox.world.products[0]
    it.product("OFFER-1", 5, category_ids=[13], ean=ean_of(item.asin))
    (would,) = it.preview(skus=["OFFER-1"], ask_amazon=True)
    assert (would.requirements, would.amazon and would.amazon.asin) == ("LISTING_OFFER_ONLY", item.asin)
    assert it.results(it.export(skus=["OFFER-1"])) == {"OFFER-1": ("created", "")}
    row = it.row("OFFER-1")
    assert (row.requirements, row.product_type, row.asin) == ("LISTING_OFFER_ONLY", "PRODUCT", item.asin)
    it.forward(600)
    assert Seller(it.sandbox).item("OFFER-1")["summaries"][0]["asin"] == item.asin


@pytest.mark.parametrize(
    ("number", "told", "kind"),
    [("036000291452", "036000291452", "UPC"), ("9780306406157", "0-306-40615-2", "ISBN")],
)
def test_an_offer_finds_its_item_by_upc_and_isbn_as_well(it: Exports, number: str, told: str, kind: str) -> None:
    it.product(f"{kind}-ITEM", 62, ean=number)
    assert it.results(it.export(skus=[f"{kind}-ITEM"]))[f"{kind}-ITEM"] == ("created", "")
    it.forward(600)
    asin = Seller(it.sandbox).item(f"{kind}-ITEM")["summaries"][0]["asin"]
    it.product(f"{kind}-OFFER", 63, category_ids=[13], ean=told)
    assert it.results(it.export(skus=[f"{kind}-OFFER"])) == {f"{kind}-OFFER": ("created", "")}
    assert (it.row(f"{kind}-OFFER").requirements, it.row(f"{kind}-OFFER").asin) == ("LISTING_OFFER_ONLY", asin)
    asked = [one.address for one in it.witness.exchanges if "/catalog/" in one.address]
    assert any(f"identifiersType={kind}" in address for address in asked)


def test_somebody_chooses_the_item_of_an_offer(it: Exports) -> None:
    """By a feature of the product; its number and its category say nothing then."""
    one = features.create(it.shop_client(), "ASIN", kind="T", purpose=features.FILTERS, company_id=1)
    item = it.sandbox.world.products[1]
    fields.set_field(
        it.workspace, LOCAL_ADMIN, "merchant_suggested_asin", feature(str(one.feature_id)), channel=it.channel
    )
    it.product("CHOSEN-1", 64, category_ids=[13], product_features={str(one.feature_id): item.asin})
    assert it.results(it.export(skus=["CHOSEN-1"])) == {"CHOSEN-1": ("created", "")}
    assert (it.row("CHOSEN-1").requirements, it.row("CHOSEN-1").asin) == ("LISTING_OFFER_ONLY", item.asin)
    it.forward(600)
    assert Seller(it.sandbox).item("CHOSEN-1")["summaries"][0]["asin"] == item.asin
    assert it.calls("amazon", "searchCatalogItems") == 0
    fields.unset_field(it.workspace, LOCAL_ADMIN, "merchant_suggested_asin", channel=it.channel)


def test_parents_of_variations_come_before_their_children(it: Exports) -> None:
    colour = features.create(it.shop_client(), "Colour", kind="S", purpose=features.VARIATIONS, company_id=1)
    numbers = []
    for number, name in ((6, "Red"), (7, "Blue")):
        own = {
            "product_features": {str(colour.feature_id): "0"},
            "add_new_variant": {str(colour.feature_id): {"variant": name}},
        }
        numbers.append(it.product(f"VAR-{name}", number, **own))
    made = variations.create(it.shop_client(), numbers, code="kettles", feature_ids=[colour.feature_id])
    assert not made.refused
    for number, name in zip(numbers, ("Red", "Blue"), strict=True):  # the group has written the first one's over them
        it.change(number, product=f"Kettle {name}")
    kind = CATEGORIES[10].product_type
    results = it.results(it.export(skus=["VAR-Red", "VAR-Blue"]))
    assert set(results) == {"kettles", "VAR-Red", "VAR-Blue"}
    assert {result for result, _ in results.values()} == {"created"}, results
    seller = Seller(it.sandbox)
    parent, child = seller.item("kettles"), seller.item("VAR-Red")
    assert parent["attributes"]["parentage_level"][0]["value"] == "parent"
    assert "purchasable_offer" not in parent["attributes"]
    kin = child["attributes"]["child_parent_sku_relationship"][0]
    assert kin["parent_sku"] == "kettles" and child["summaries"][0]["productType"] == kind


def test_variations_with_one_identifier_do_not_become_one_item_of_amazon(it: Exports) -> None:
    """A store copies the first one's features to the others, also an EAN that is one."""
    (colour,) = (one for one in it.sandbox.store.features.values() if one.description == "Colour")
    numbers = []
    for number, name in ((60, "Green"), (61, "Grey")):
        own = {"product_features": {colour.feature_id: "0"}, "add_new_variant": {colour.feature_id: {"variant": name}}}
        numbers.append(it.product(f"TWIN-{name}", number, **own))
    assert not variations.create(it.shop_client(), numbers, code="twins", feature_ids=[colour.feature_id]).refused
    it.change(numbers[1], product="Kettle Grey", ean=ean(60))
    found = it.results(it.export(skus=["TWIN-Green", "TWIN-Grey"]))
    expected = ("held", "identifier_shared")
    assert found == {"twins": ("created", ""), "TWIN-Green": ("created", ""), "TWIN-Grey": expected}
    assert it.results(it.export(skus=["TWIN-Grey"]))["TWIN-Grey"] == expected, "the other one is at Amazon now"
    it.change(numbers[1], ean=ean(61))
    assert it.results(it.export(skus=["TWIN-Grey"]))["TWIN-Grey"] == ("created", "")


def test_the_others_of_a_family_follow_an_edit_of_the_first(it: Exports) -> None:
    """The store writes it over them and gives them no time."""
    for _ in range(2):
        it.sync()
        it.forward(600)
    before = Seller(it.sandbox).item("VAR-Blue")["attributes"]["product_description"]
    it.sandbox.edit_product("VAR-Red", {"full_description": "<p>The same for all of the family.</p>"})
    it.sync()
    (told,) = Seller(it.sandbox).item("VAR-Blue")["attributes"]["product_description"]
    assert before and "The same for all" in told["value"]


def test_an_issue_that_comes_hours_later_is_told_and_goes_with_its_cause(it: Exports) -> None:
    it.fault("amazon", "listing", "late_issue", seconds=3 * 3600)
    it.product("LATE, 1/ä", 8)
    assert it.results(it.export(skus=["LATE, 1/ä"])) == {"LATE, 1/ä": ("created", "")}
    it.forward(600)
    assert it.results(it.follow())["LATE, 1/ä"] == ("unchanged", "It is buyable.")
    it.forward(4 * 3600)
    assert it.results(it.follow())["LATE, 1/ä"] == ("held", "listing_issues")
    assert it.state("LATE, 1/ä") == "issues"
    (view,) = products.list_listings(it.workspace, LOCAL_ADMIN, it.channel, sku="LATE, 1/ä")
    assert view.issues[0].severity == "ERROR" and view.issues[0].message and view.issues[0].fix


def test_a_changed_mapping_is_sent_by_the_next_look(it: Exports) -> None:
    kind = CATEGORIES[10].product_type
    fields.set_field(it.workspace, LOCAL_ADMIN, "model_number", constant("M1"), channel=it.channel, product_type=kind)
    it.follow()
    assert Seller(it.sandbox).item("K-1")["attributes"]["model_number"][0]["value"] == "M1"


def test_an_edit_in_the_store_goes_out_with_the_next_sync(it: Exports) -> None:
    """The first sync looks at all that was exported, later ones at what was edited; nothing is sent twice.

    It ends by reading the states of what is not settled yet.
    """
    it.product("K-6", 66)
    it.export(skus=["K-6"])
    it.forward(600)
    assert it.row("K-6").state != "buyable"
    it.sync()
    assert it.row("K-6").state == "buyable"
    it.change(it.row("K-2").product_id, product="Kettle 2 of glass")
    it.sandbox.ledger.clear()
    assert it.results(it.sync())["K-2"] == ("updated", "")
    assert it.told().get("patchListingsItem") == 1
    assert Seller(it.sandbox).item("K-2")["attributes"]["item_name"][0]["value"] == "Kettle 2 of glass"
    it.change(it.row("K-2").product_id, product="Kettle 2 of thin glass")  # within the same second
    assert it.results(it.sync())["K-2"] == ("updated", "")
    it.sandbox.ledger.clear()
    assert it.results(it.sync())["K-2"][0] == "unchanged"
    assert not it.told().keys() & WRITES


def test_what_was_closed_at_amazon_is_not_made_again_by_an_edit(it: Exports) -> None:
    """Neither a listing that was there before, nor one that was exported: that is told, and made by name only."""
    stock.confirm_counts(it.workspace, LOCAL_ADMIN, it.channel)
    sku, number = linked(it, 1)
    it.sync()
    own = it.product("K-11", 11)
    it.export(skus=["K-11"])
    it.forward(600)
    it.follow()
    assert (it.row(sku).state, it.row("K-11").state) == ("watched", "buyable")
    keys = {one: it.listing(one).id or 0 for one in (sku, "K-11")}
    for one in keys:
        Seller(it.sandbox).call("DELETE", one)
        with it.workspace.database.write() as session:  # as the report of all listings tells it
            channel = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
            close_absent(session, channel, [keys[one]])
    for product in (number, own):
        it.change(product, product="Edited after it was closed")
    it.sandbox.ledger.clear()
    assert it.results(it.sync())["K-11"] == ("held", "listing_gone")
    assert not it.told().keys() & WRITES
    assert it.results(it.export(skus=["K-11"])) == {"K-11": ("created", "")}


def test_content_of_a_product_that_no_sku_means_any_more_stays_in_the_store(it: Exports) -> None:
    """As its price and stock do: it was unlinked, or has another code now."""
    sku, number = linked(it, 2)
    other = it.product("K-12", 12)
    it.sync()
    it.change(number, product_code="K-13", product="Something else altogether")
    it.sandbox.ledger.clear()
    assert it.results(it.sync())[sku] == ("held", "product_renamed")
    links.link(it.workspace, LOCAL_ADMIN, it.channel, sku, other, direct=True)
    it.sync()
    assert (it.row(sku).state, it.row(sku).product_id) == ("watched", other)
    links.unlink(it.workspace, LOCAL_ADMIN, it.channel, sku, direct=True)
    it.change(other, product="Edited after it was unlinked")
    assert sku not in it.results(it.sync())
    title = Seller(it.sandbox).item(sku)["attributes"]["item_name"][0]["value"]
    assert title not in ("Something else altogether", "Edited after it was unlinked")
    for one in (number, other):
        it.change(one, status="D")


def test_V1_what_amazon_refused_is_told_until_it_was_sent(it: Exports) -> None:
    """By its problem, which no look at the listing resolves, and by its issues where there is no listing yet."""

    def codes(sku: str) -> list[str]:
        found = open_problems(it.workspace.database, LOCAL_ADMIN, it.channel)
        return [problem.code for problem in found if problem.subject == Subject("sku", sku)]

    it.fault("amazon", "listing", "gated", times=-1)
    it.product("K-14", 14)
    assert it.results(it.export(skus=["K-14"])) == {"K-14": ("failed", "submission_refused")}
    (view,) = products.list_listings(it.workspace, LOCAL_ADMIN, it.channel, sku="K-14")
    assert view.state == "issues" and view.issues[0].severity == "ERROR" and view.issues[0].fix
    number = it.row("K-6").product_id
    it.change(number, product="Kettle 6 of gold")
    assert it.results(it.sync())["K-6"] == ("failed", "submission_refused")
    it.forward(86_400)
    it.follow()
    assert codes("K-6") == codes("K-14") == ["submission_refused"]
    it.sandbox.faults.clear()
    assert it.results(it.export(skus=["K-6", "K-14"])) == {"K-6": ("updated", ""), "K-14": ("created", "")}
    assert codes("K-6") == codes("K-14") == []


def test_a_new_listing_begins_with_price_and_stock_by_the_rules(it: Exports) -> None:
    rules = {"buffer": 5, "price_rules": {"percent": "10"}}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": rules})
    it.product("K-5", 9)
    assert it.results(it.export(skus=["K-5"])) == {"K-5": ("created", "")}
    told = Seller(it.sandbox).item("K-5")["attributes"]
    assert told["fulfillment_availability"][0]["quantity"] == 2
    assert told["purchasable_offer"][0]["our_price"][0]["schedule"][0]["value_with_tax"] == 21.89
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"buffer": 0, "price_rules": {}}})


def test_a_change_that_amazon_accepts_and_drops_is_sent_again(it: Exports) -> None:
    it.fault("amazon", "listing", "swallowed")
    it.change(it.row("K-5").product_id, full_description="<p>Boils quickly.</p><ul><li>Fast 9</li></ul>")
    assert it.results(it.export(skus=["K-5"])) == {"K-5": ("updated", "")}
    assert it.calls("amazon", "patchListingsItem") == 2
    assert Seller(it.sandbox).item("K-5")["attributes"]["product_description"][0]["value"].startswith("Boils quickly.")


def test_a_switch_of_who_ships_takes_the_old_channel_away(it: Exports) -> None:
    it.product("K-7", 10)
    it.export(skus=["K-7"])
    kind, row = CATEGORIES[10].product_type, "fulfillment_availability.fulfillment_channel_code"
    seller = Seller(it.sandbox)
    for code, quantity in (("AMAZON_EU", {}), ("DEFAULT", {"quantity": 7})):
        fields.set_field(it.workspace, LOCAL_ADMIN, row, constant(code), channel=it.channel, product_type=kind)
        assert it.results(it.export(skus=["K-7"])) == {"K-7": ("updated", "")}
        told = seller.item("K-7")["attributes"]["fulfillment_availability"]
        assert told == [{"fulfillment_channel_code": code, "marketplace_id": DE.marketplace_id, **quantity}]
    assert it.sandbox.audit_listings({"skus": ["K-7"]}).to_amazons_stock == []


def test_what_was_sent_is_followed_until_it_is_settled(it: Exports) -> None:
    for _ in range(8):
        it.follow()
        it.forward(86_400)
    assert it.row("K-2").next_look is None and it.state("K-2") == "buyable"


def test_what_amazon_has_otherwise_is_sent_again_once(it: Exports) -> None:
    entry = {"value": "Somebody", "marketplace_id": "A1PA6795UKMFR9", "language_tag": "de_DE"}
    seller = Seller(it.sandbox)
    seller.patch("K-2", {"op": "replace", "path": "/attributes/brand", "value": [entry]})
    it.forward(600)
    it.follow()
    assert seller.item("K-2")["attributes"]["brand"][0]["value"] == "Sandbrand"
    seller.patch("K-2", {"op": "replace", "path": "/attributes/brand", "value": [entry]})
    it.forward(600)
    assert it.results(it.follow())["K-2"] == ("held", "differs_at_amazon")


def test_K3_a_feed_stuck_for_two_days_blocks_nothing_and_is_put_right_when_it_ends(
    it: Exports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    skus = [f"S-{number}" for number in range(20, 32)]
    numbers = [it.product(sku, number) for number, sku in enumerate(skus, 20)]
    it.fault("amazon", "feed", "stuck", seconds=2 * 86_400)
    began = it.offset
    assert it.results(it.export()) == dict.fromkeys(skus, ("created", ""))
    assert it.offset - began < 2 * 3600
    assert (it.calls("amazon", "createFeed"), it.calls("amazon", "putListingsItem")) == (1, len(skus))
    assert it.calls("store", "listVariationGroups") <= 3, "a job that comes back does not choose again"
    it.change(numbers[0], product="Kettle of copper")
    assert it.results(it.export(skus=skus[:1])) == {skus[0]: ("updated", "")}

    it.forward(2 * 86_400)
    seller = Seller(it.sandbox)
    assert seller.item(skus[0])["attributes"]["item_name"][0]["value"] == "Kettle 20", "it came late"
    it.follow()
    assert seller.item(skus[0])["attributes"]["item_name"][0]["value"] == "Kettle of copper"
    assert it.calls("amazon", "createFeed") == 1
    audit = it.sandbox.audit_listings({"skus": skus})
    assert not audit.missing and not audit.sent_twice, audit


def test_a_feed_that_amazon_took_without_an_answer_is_made_once(it: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "FEW_SECONDS", 0.0)
    skus = [f"T-{number}" for number in range(40, 50)]
    for number, sku in enumerate(skus, 40):
        it.product(sku, number)
    it.fault("amazon", "createFeed", "timeout_after", seconds=0.1)
    assert it.results(it.export()) == dict.fromkeys(skus, ("created", ""))
    assert (it.calls("amazon", "createFeed"), it.calls("amazon", "putListingsItem")) == (1, 0)
    assert not it.sandbox.audit_listings({"skus": skus}).sent_twice


def test_an_app_in_draft_only_asks(it: Exports) -> None:
    it.product("K-9", 9)
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "draft"})
    job = it.export(skus=["K-9"])
    assert it.results(job)["K-9"][0] == "unchanged" and it.calls("amazon", "putListingsItem") == 1
    assert Seller(it.sandbox).item("K-9") == {}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "app_status": "active"})


def test_only_what_is_named_is_closed(it: Exports) -> None:
    assert it.results(it.close("K-3")) == {"K-3": ("updated", "Closed.")}
    assert it.told()["deleteListingsItem"] == 1
    assert it.state("K-3") == "closed" and it.state("K-2") == "buyable"
    assert "K-3" not in it.results(it.export())
    assert it.results(it.export(skus=["K-3"]))["K-3"][0] == "created"


def test_a_listing_that_amazon_takes_away_slowly_is_closed_by_one_call(it: Exports) -> None:
    it.sandbox.set_publishing({"show": 1.0})
    assert it.results(it.close("K-3")) == {"K-3": ("updated", "Closed.")}
    it.sandbox.set_publishing({"show": 0.0})
    assert it.told()["deleteListingsItem"] == 1


def test_a_listing_that_amazon_does_not_take_away_stays_and_is_told(it: Exports) -> None:
    it.fault("amazon", "listing", "gated")
    assert it.results(it.close("K-2")) == {"K-2": ("failed", "submission_refused")}
    it.fault("amazon", "listing", "swallowed", times=-1)
    assert it.results(it.close("K-2")) == {"K-2": ("failed", "stays_listed")}
    it.sandbox.faults.clear()
    assert it.told()["deleteListingsItem"] == 3 and it.state("K-2") == "buyable"


def test_all_that_was_sent_is_what_amazons_models_and_schemas_allow(it: Exports) -> None:
    """Every PUT and PATCH, and every document of a feed, of all tests above."""
    if not swagger.present():
        pytest.skip(swagger.ABSENT)
    ours = [one for one in it.witness.exchanges if "Crossdock" in one.sent.get("user-agent", "")]
    written = [one for one in ours if one.method in ("PUT", "PATCH")]
    assert len(written) > 30 and [problem for one in written for problem in one.request_problems()] == []
    judge = swagger.feeds_judge("schema")
    assert len(it.witness.uploaded) >= 2
    assert [fault.message for one in it.witness.uploaded for fault in judge.iter_errors(json.loads(one))] == []
