"""What becomes of a listing, as pure functions: link, create, update by policy, hold; families; what attributes say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.exchange import parse_rates
from core.fields.plan.back import ImportedFeature, ImportRules
from core.fields.plan.sources import SKIP, SourceKind, feature, field
from core.fields.plan.sources import Source as Target
from core.money import Money
from core.products.plan import attributes
from core.products.plan.attributes import Content
from core.products.plan.decide import Item, Present, Settled, Write, filled_feature, plan_listing
from core.products.plan.facts import Facts
from core.products.plan.family import Member, plan_family
from core.products.plan.identity import gtins
from core.products.plan.rules import DEFAULT_POLICY, Mapped, Rules
from core.products.plan.source import Source
from core.products.wanted import WantedFamily, WantedProduct
from core.sync.decisions import Hold

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"
HERE, THERE = {"marketplace_id": DE}, {"marketplace_id": FR}
GERMAN, FRENCH = HERE | {"language_tag": "de_DE"}, HERE | {"language_tag": "fr_FR"}


def source(listing: dict[str, Any] | None = None, catalogue: dict[str, Any] | None = None, **own: Any) -> Source:
    """A listing that can be bought, with more attributes, data sets in place of its own, and a catalogue."""
    summary = {"marketplaceId": DE, "asin": "B01", "productType": "KITCHEN", "status": ["BUYABLE"], "itemName": "Title"}
    told: dict[str, Any] = {
        "summaries": [summary],
        "attributes": {
            "item_name": [{"value": "Kessel", **GERMAN}],
            "recommended_browse_nodes": [{"value": "10", **HERE}],
            **own,
        },
        "offers": [{"marketplaceId": DE, "offerType": "B2C", "price": {"amount": "12.50", "currencyCode": "EUR"}}],
        "fulfillmentAvailability": [{"fulfillmentChannelCode": "DEFAULT", "quantity": 7}],
        "relationships": [],
        "issues": [],
    }
    return Source(told | (listing or {}), catalogue or {})


def item(given: Source | None = None, **changes: Any) -> Item:
    given = given or source()
    facts = Facts.of(given, DE, "EUR")
    content = attributes.read(given, DE, RULES.imports(facts.product_type, facts.theme))
    one = Item("S-1", facts, content, facts.nodes or (("10",),), facts.price, facts.quantity)
    return replace(one, **changes)


def content(given: Source, *theme: str, **targets: Target) -> Content:
    """What a product is to have of a listing, where people chose where some of it goes."""
    return attributes.read(given, DE, ImportRules({name.replace("__", "."): to for name, to in targets.items()}, theme))


def features(found: Content) -> dict[str, tuple[str, ...]]:
    return {one.name: one.values for one in found.fields.features}


RULES = Rules("de", "EUR", mapped={"10": [Mapped(5, "KITCHEN")], "2": [Mapped(6, "KITCHEN", subtree=True)]})
PRESENT = Present(9, name="Old", price=Decimal("9.00"), amount=3, status="A", filled=frozenset())


def written(decision: object) -> WantedProduct:
    assert isinstance(decision, Write), decision
    return decision.product


def held(decision: object) -> str:
    assert isinstance(decision, Hold), decision
    return decision.code


def test_a_listing_without_a_product_is_created_whole() -> None:
    product = written(plan_listing(item(), [], replace(RULES, company_id=3)))
    assert (product.product_id, product.company_id, product.sku, product.name) == (None, 3, "S-1", "Kessel")
    assert (product.price, product.amount, product.status, product.category_ids) == (Decimal("12.50"), 7, "A", (5,))


def test_a_product_is_found_by_its_exact_code_and_never_doubled() -> None:
    assert written(plan_listing(item(source(brand=[{"value": "B", **GERMAN}])), [PRESENT], RULES)).product_id == 9
    assert held(plan_listing(item(), [PRESENT, replace(PRESENT, product_id=8)], RULES)) == "several_products"
    gone = Present(9, linked=True, is_there=False)
    assert held(plan_listing(item(), [gone], RULES)) == "product_deleted"


def test_a_listing_is_known_by_the_identifier_that_its_seller_states_else_by_the_catalogues() -> None:
    """All forms compare as fourteen digits; what has a wrong check digit is none."""
    known = {"identifiers": [{"marketplaceId": DE, "identifiers": [{"identifierType": "UPC", "identifier": _UPC}]}]}
    stated = [{"type": "ean", "value": "4006381333931", **HERE}, {"type": "ean", "value": "4006381333932", **HERE}]
    assert gtins(source(externally_assigned_product_identifier=stated, catalogue=known), DE) == ("04006381333931",)
    assert gtins(source(catalogue=known), DE) == ("00036000291452",)
    assert gtins(source(externally_assigned_product_identifier=[{"value": "0-306-40615-2", **HERE}]), DE) == _ISBN
    found = replace(PRESENT, identifier="04006381333931")
    assert held(plan_listing(item(), [found, replace(found, product_id=8)], RULES)) == "several_products"
    settled = plan_listing(item(), [found], replace(RULES, only_new=True))
    assert isinstance(settled, Settled) and settled.identified == found


_UPC, _ISBN = "036000291452", ("09780306406157",)


def test_other_vendors_products_do_not_count() -> None:
    vendor = replace(RULES, is_marketplace=True, company_id=3)
    foreign = replace(PRESENT, company_id=4)
    assert written(plan_listing(item(), [foreign], vendor)).company_id == 3
    assert held(plan_listing(item(), [replace(foreign, linked=True)], vendor)) == "product_foreign"
    assert written(plan_listing(item(), [foreign], replace(vendor, is_marketplace=False))).product_id == 9


@pytest.mark.parametrize(
    ("name", "part", "value"),
    [
        ("name", "name", "Kessel"),
        ("price", "price", Decimal("12.50")),
        ("quantity", "amount", 7),
        ("category", "category_ids", (5,)),
        ("description", "description", "<p>Gut</p>"),
        ("weight", "weight", Decimal("1.5")),
    ],
)
def test_the_policy_of_each_field_says_what_is_written(name: str, part: str, value: Any) -> None:
    given = item(
        source(
            product_description=[{"value": "Gut", **GERMAN}],
            item_weight=[{"unit": "kilograms", "value": 1.5, **HERE}],
        )
    )
    only = dict.fromkeys(DEFAULT_POLICY, "never")
    empty, full = PRESENT, replace(PRESENT, filled=frozenset(DEFAULT_POLICY))
    unknown = replace(PRESENT, filled=None)
    assert isinstance(plan_listing(given, [empty], replace(RULES, policy=only)), Settled)
    always = replace(RULES, policy=only | {name: "always"})
    assert getattr(written(plan_listing(given, [full], always)), part) == value
    fill = replace(RULES, policy=only | {name: "fill_empty"})
    assert isinstance(plan_listing(given, [full], fill), Settled)
    assert isinstance(plan_listing(given, [unknown], fill), Settled)


def test_what_is_the_same_is_not_written() -> None:
    policy = dict.fromkeys(DEFAULT_POLICY, "never") | {"name": "always", "price": "always", "status": "always"}
    same = replace(PRESENT, name="Kessel", price=Decimal("12.50"))
    decision = plan_listing(item(), [same], replace(RULES, policy=policy))
    assert isinstance(decision, Settled) and "product 9" in decision.reason


def test_only_new_leaves_known_products_to_the_next_import() -> None:
    decision = plan_listing(item(), [PRESENT], replace(RULES, only_new=True))
    assert isinstance(decision, Settled) and decision.stays_dirty


def test_a_closed_listing_changes_nothing() -> None:
    assert isinstance(plan_listing(item(closed=True), [], RULES), Settled)
    assert isinstance(plan_listing(item(closed=True), [PRESENT], RULES), Settled)


def test_measures_come_in_the_units_of_the_store() -> None:
    size = {side: {"unit": "centimeters", "value": 25.4} for side in ("length", "width", "height")}
    made = source(item_package_weight=[{"unit": "pounds", "value": 2, **HERE}], item_package_dimensions=[size | HERE])
    given = item(made)
    metric = written(plan_listing(given, [], RULES))
    assert (metric.weight, metric.length, metric.height) == (Decimal("0.907"), Decimal("25.4"), Decimal("25.4"))
    inches = replace(RULES, weight_unit="lb", length_unit="in")
    told = replace(given, content=attributes.read(made, DE, inches.imports("")))
    imperial = written(plan_listing(told, [], inches))
    assert (imperial.weight, imperial.width) == (Decimal(2), Decimal(10))


@pytest.mark.parametrize(
    ("paths", "kind", "outcome"),
    [
        ([("10",)], "KITCHEN", 5),
        ([("11", "10")], "KITCHEN", "category_unmapped"),
        ([("11", "2")], "KITCHEN", 6),
        ([("11", "3", "2")], "", 6),
        ([("10", "2")], "PILLOW", "product_type_mismatch"),
        ([("99",), ("10",)], "KITCHEN", 5),
        ([], "KITCHEN", "category_unmapped"),
    ],
)
def test_the_category_is_that_of_the_nearest_mapped_node(paths: list[Any], kind: str, outcome: int | str) -> None:
    given = item()
    given = replace(given, paths=paths, facts=replace(given.facts, product_type=kind))
    decision = plan_listing(given, [], RULES)
    if isinstance(outcome, int):
        assert written(decision).category_ids == (outcome,)
    else:
        assert held(decision) == outcome
        if outcome == "product_type_mismatch":
            assert isinstance(decision, Hold) and "PILLOW" in decision.message and "KITCHEN" in decision.message


def test_money_of_another_currency_needs_a_rate() -> None:
    given = item(price=Money(Decimal(1000), "JPY"))
    assert held(plan_listing(given, [], RULES)) == "price_currency"
    product = written(plan_listing(given, [], replace(RULES, rates=parse_rates("JPY 0.0061"))))
    assert product.price == Decimal("6.10")


def test_what_can_be_bought_has_a_price_and_what_is_incomplete_is_made_disabled() -> None:
    assert held(plan_listing(item(price=None), [], RULES)) == "price_missing"
    idle = source({"summaries": [{"marketplaceId": DE, "asin": "B01", "productType": "KITCHEN"}], "offers": []})
    product = written(plan_listing(item(idle, price=None, quantity=None), [], RULES))
    assert (product.status, product.price, product.amount) == ("D", 0, 0)
    nameless = replace(item(), content=Content())
    assert held(plan_listing(nameless, [], RULES)) == "name_missing"


def test_stock_that_lies_with_amazon_is_not_the_stores() -> None:
    both = [{"fulfillmentChannelCode": "AMAZON_EU"}, {"fulfillmentChannelCode": "DEFAULT", "quantity": 4}]
    facts = Facts.of(source({"fulfillmentAvailability": both}), DE, "EUR")
    assert (facts.fulfilment, facts.quantity) == ("AMAZON", None)
    assert written(plan_listing(item(source({"fulfillmentAvailability": both})), [], RULES)).amount == 0


# -- what attributes say ----------------------------------------------------------------------------------------


def test_values_of_other_marketplaces_and_languages_are_not_taken() -> None:
    told = source(
        brand=[{"value": "Marque", **THERE}, {"value": "Marke", **GERMAN}],
        bullet_point=[{"value": "eins", **GERMAN}, {"value": "un", **FRENCH}, {"value": "zwei", **GERMAN}],
        country_of_origin=[{"value": "DE"}],
    )
    found = content(told)
    assert features(found) == {"Brand": ("Marke",), "Country of origin": ("DE",)}
    assert found.fields.description == "<ul><li>eins</li><li>zwei</li></ul>"


def test_an_offer_takes_its_content_from_the_catalogue_and_own_values_win() -> None:
    catalogue = {
        "attributes": {"item_name": [{"value": "Aus dem Katalog", **GERMAN}], "brand": [{"value": "K", **GERMAN}]},
        "images": [
            {
                "marketplaceId": DE,
                "images": [
                    {"variant": "PT02", "link": "https://i/2.jpg", "height": 500},
                    {"variant": "MAIN", "link": "https://i/m75.jpg", "height": 75},
                    {"variant": "MAIN", "link": "https://i/m.jpg", "height": 1000},
                    {"variant": "SWCH", "link": "https://i/s.jpg", "height": 30},
                ],
            }
        ],
    }
    bare = source({"attributes": {}}, catalogue)
    found = content(bare)
    assert (found.fields.name, features(found)) == ("Aus dem Katalog", {"Brand": ("K",)})
    assert found.images == ("https://i/m.jpg", "https://i/2.jpg")
    own = source(None, catalogue, main_product_image_locator=[{"media_location": "https://i/own.jpg", **HERE}])
    assert content(own).fields.name == "Kessel" and content(own).images == ("https://i/own.jpg",)
    assert content(source({"attributes": {}})).fields.name == "Title"


def test_measures_that_no_attribute_tells_come_from_the_catalogue() -> None:
    side = {"unit": "inches", "value": 10}
    told = {"weight": {"unit": "pounds", "value": 2}, "length": side, "width": side, "height": side}
    catalogue = {"dimensions": [{"marketplaceId": DE, "item": told, "package": {"weight": {"unit": "kg", "value": 1}}}]}
    found = content(source(None, catalogue)).fields
    assert (found.weight, found.length, found.height) == (1, Decimal("25.4"), Decimal("25.4"))


def test_texts_are_made_harmless_paragraphs_and_lists() -> None:
    told = source(product_description=[{"value": '<b>5" &amp; more</b><script>x</script>\nnext<br>• one', **GERMAN}])
    assert content(told).fields.description == '<p>5" &amp; more</p><p>next</p><ul><li>one</li></ul>'


def test_what_a_family_differs_in_becomes_a_feature_wherever_else_it_goes() -> None:
    told = source(
        apparel_size=[{"size_system": "as2", "size": "numeric_38", **HERE}],
        color=[{"value": "Rot", "standardized_values": ["Red"], **GERMAN}],
    )
    assert content(told).fields.variation == {}
    found = content(told, "apparel_size", "color", color=SKIP)
    assert features(found) == {"Apparel size": ("numeric_38",), "Color": ("Rot",)}
    mapped = content(told, "color", color=feature("548"), apparel_size=field("promo_text"))
    assert mapped.fields.variation["color"].name == "548" and mapped.fields.texts == {"promo_text": "<p>numeric_38</p>"}


def test_people_choose_where_a_value_goes() -> None:
    told = source(
        product_description=[{"value": "Gut", **GERMAN}],
        bullet_point=[{"value": "eins", **GERMAN}, {"value": "zwei", **GERMAN}],
        brand=[{"value": "Marke", **GERMAN}],
        material=[{"value": "Holz", **GERMAN}, {"value": "Stahl", **GERMAN}],
        battery=[{"weight": [{"value": 12.50, "unit": "grams"}], **HERE}],
        generic_keyword=[{"value": "tee kanne", **GERMAN}],
        list_price=[{"value_with_tax": 20, "currency": "USD", **HERE}],
    )
    chosen = {
        "bullet_point": field("short_description"),
        "brand": SKIP,
        "material": Target(SourceKind.FEATURE, "Stoff", values=(("Wood", "Holz"),)),
        "battery__weight": feature("Battery"),
        "generic_keyword": field("search_words"),
        "list_price": field("list_price"),
    }
    given = item(told)
    found = replace(given, content=content(told, **chosen))
    assert features(found.content) == {"Stoff": ("Wood", "Stahl"), "Battery": ("12.5 grams",)}
    rates = replace(RULES, rates=parse_rates("USD 0.9"))
    product = written(plan_listing(found, [], rates))
    assert (product.description, product.list_price) == ("<p>Gut</p>", 18)
    assert product.texts == {"short_description": "<ul><li>eins</li><li>zwei</li></ul>", "search_words": "tee kanne"}
    assert held(plan_listing(found, [], RULES)) == "price_currency"
    assert features(given.content) == {"Brand": ("Marke",)}


def test_what_is_empty_is_filled_feature_by_feature_and_text_by_text() -> None:
    told = source(brand=[{"value": "B", **GERMAN}], color=[{"value": "Rot", **GERMAN}], bullet_point=[{"value": "x"}])
    chosen = {"color": feature("548"), "bullet_point": field("promo_text")}
    given = replace(item(told), content=content(told, **chosen))
    has = frozenset({filled_feature("BRAND"), "name"})
    product = written(plan_listing(given, [replace(PRESENT, filled=has)], RULES))
    assert [one.name for one in product.features] == ["548"] and product.texts == {"promo_text": "<ul><li>x</li></ul>"}
    whole = has | {filled_feature("548"), "promo_text"}
    assert isinstance(plan_listing(given, [replace(PRESENT, filled=whole)], RULES), Settled)
    unknown = has | {"features", "promo_text"}
    assert isinstance(plan_listing(given, [replace(PRESENT, filled=unknown)], RULES), Settled)


def test_a_product_type_without_choices_has_those_of_all() -> None:
    rules = replace(RULES, targets={"": {"brand": SKIP}, "LAMP": {"brand": feature("Maker")}})
    assert rules.imports("LAMP").targets == {"brand": feature("Maker")}
    assert rules.imports("KITCHEN").targets == {"brand": SKIP} == rules.imports("").targets


def test_what_cannot_be_converted_is_noted() -> None:
    told = source(item_weight=[{"value": 2, "unit": "stones", **HERE}])
    decision = plan_listing(item(told), [], RULES)
    assert isinstance(decision, Write) and decision.product.weight is None
    assert decision.notes == ("item_weight: stones cannot be converted into kg.",)


def kin(**told: Any) -> dict[str, Any]:
    return {"relationships": [{"marketplaceId": DE, "relationships": [told]}]}


def test_parentage_is_variation_only_and_a_missing_answer_is_none() -> None:
    theme = {"attributes": ["color"], "theme": "COLOR"}
    child = Facts.of(source(kin(type="VARIATION", parentSkus=["P"], variationTheme=theme)), DE, "EUR")
    assert (child.parent_sku, child.theme, child.is_parent) == ("P", ("color",), False)
    parent = Facts.of(source(kin(type="VARIATION", childSkus=["A"], variationTheme=theme)), DE, "EUR")
    assert (parent.parent_sku, parent.is_parent) == ("", True)
    box = Facts.of(source(kin(type="PACKAGE_HIERARCHY", parentSkus=["BOX"])), DE, "EUR")
    assert (box.parent_sku, box.is_parent) == ("", False)
    before, after = source(kin(type="VARIATION", parentSkus=["P"])), source()
    missing = Source({name: value for name, value in after.listing.items() if name != "relationships"})
    assert Facts.of(missing.completed(before), DE, "EUR").parent_sku == "P"
    assert Facts.of(after.completed(before), DE, "EUR").parent_sku == ""


def test_a_generic_product_type_says_nothing() -> None:
    summary = {"marketplaceId": DE, "productType": "PRODUCT"}
    kinds = {"productTypes": [{"marketplaceId": DE, "productType": "PILLOW"}]}
    assert Facts.of(source({"summaries": [summary]}, kinds), DE, "EUR").product_type == "PILLOW"
    assert Facts.of(source({"summaries": [summary]}), DE, "EUR").product_type == ""


@pytest.mark.parametrize("odd", [None, [], "x", 7, [None, 3, "x"], {"a": 1}])
def test_answers_of_odd_forms_are_read_as_far_as_they_go(odd: Any) -> None:
    listing = dict.fromkeys(source().listing, odd)
    facts = Facts.of(Source(listing, dict.fromkeys(("summaries", "classifications", "images"), odd)), DE, "EUR")
    assert (facts.asin, facts.price, facts.parent_sku, facts.issues) == ("", None, "", ())
    assert content(Source(listing, listing)) == Content()


# -- families ---------------------------------------------------------------------------------------------------


def member(sku: str, in_store: bool = True, **values: str) -> Member:
    told = values or {"color": "Red", "size": sku}
    found = {name: ImportedFeature(name, name.capitalize(), (value,), varies=True) for name, value in told.items()}
    return Member(sku, in_store, ("color", "size"), found)


def test_a_family_is_of_those_that_are_in_the_store() -> None:
    family = plan_family("P", [member("B"), member("A"), member("C", False)], False)
    assert family == WantedFamily("P", ("A", "B"), ("Color", "Size"))


def test_one_variation_is_a_product_by_itself_unless_the_family_has_shrunk() -> None:
    alone = plan_family("P", [member("A")], False)
    assert isinstance(alone, Settled) and not alone.stays_dirty
    waiting = plan_family("P", [member("A"), member("B", False)], False)
    assert isinstance(waiting, Settled) and waiting.stays_dirty
    assert plan_family("P", [member("A")], True) == WantedFamily("P", ("A",), ("Color", "Size"))
    assert isinstance(plan_family("P", [], True), Settled)


def test_variations_that_do_not_say_in_what_they_differ_are_named() -> None:
    decision = plan_family("P", [member("A"), member("B", color="Blue")], False)
    assert isinstance(decision, Hold) and decision.code == "variation_incomplete"
    assert "B" in decision.message and "size" in decision.message
