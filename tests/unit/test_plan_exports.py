"""What a product is listed as, what holds it, and what of it is sent: without the store and without Amazon."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.fields.plan.gate import MappedTo, StoreSide, Violation
from core.fields.plan.render import Choices, chosen
from core.fields.plan.schema import Form
from core.fields.plan.sources import SKIP, constant, feature
from core.fields.plan.store_item import ItemFeature, StoreItem
from core.listings.plan.candidate import Candidate, Kin, Listed, Offered, Sent, Wanted
from core.listings.plan.difference import after, differing, message_of
from core.listings.plan.kind import Kind, kind_of, wants_search
from core.listings.plan.wanted import Terms, asin_chosen, listing_of
from core.product_types.validation import problems_of
from core.submissions.message import ANY_TYPE, LISTING, OFFER_ONLY, Message, Patch
from core.sync.decisions import Hold
from tests.product_types.kit import defined
from tests.unit.builders import DE, d
from tests.unit.ptd import BRACELET, HOME, LAMP, OFFER_UK, entries, one, real
from tests.unit.test_field_render import FORM, ITEM, without

SIDE = StoreSide("de", 'product 12 "Table lamp"', 11, "Home > Lamps")
MAPPED = MappedTo("3169011", "Beleuchtung > Lampen", "LAMP", 11, "Home > Lamps")
LAMP_KIND = Kind("LAMP", LISTING)
OFFER_KIND = Kind(ANY_TYPE, OFFER_ONLY, "B000000012")
PLACE = FORM.place()


def candidate(item: StoreItem = ITEM, **changes: Any) -> Candidate:
    return Candidate(**{"sku": item.sku, "item": item, "side": SIDE, "mapped": MAPPED, **changes})


def terms(form: Form = FORM, violations: tuple[Violation, ...] = (), **choices: Any) -> Terms:
    told: Choices = {name.replace("__", "."): source for name, source in choices.items()}
    return Terms(form, chosen(form, told), lambda attributes: violations)


def listing(one: Candidate, kind: Kind = LAMP_KIND, on: Terms | None = None) -> Wanted:
    found = listing_of(one, kind, on or terms(), "EUR")
    assert isinstance(found, Wanted), found
    return found


def held(found: Any) -> Hold:
    hold = found[0] if isinstance(found, list) else found
    assert isinstance(hold, Hold) and hold.message and hold.fix
    return hold


def sent(wanted: Wanted, **attributes: Any) -> Sent:
    told = {**wanted.content, **attributes}
    return Sent(wanted.product_type, wanted.requirements, told, "another", wanted.asin)


def values(entries: Any) -> list[Any]:
    return [entry["value"] for entry in entries]


# -- which kind -------------------------------------------------------------------------------------------------------


def test_a_product_of_a_mapped_category_is_a_listing_of_its_own() -> None:
    assert kind_of(candidate()) == LAMP_KIND
    assert kind_of(candidate(listed=Listed("B0", "LAMP"))) == LAMP_KIND


def test_an_offer_on_an_item_of_the_catalogue_needs_no_category() -> None:
    assert kind_of(candidate(mapped=None), "B000000012") == OFFER_KIND
    assert kind_of(candidate(), "B000000012") == OFFER_KIND
    assert kind_of(candidate(mapped=None, asins=["B000000012"])) == OFFER_KIND
    assert kind_of(candidate(sent=Sent(ANY_TYPE, OFFER_ONLY, {}, "", "B000000012"))) == OFFER_KIND


def test_the_catalogue_is_asked_only_where_nothing_else_says_what_a_product_becomes() -> None:
    assert wants_search(candidate(mapped=None))
    assert not wants_search(candidate())
    assert not wants_search(candidate(mapped=None), "B000000012")
    assert not wants_search(candidate(mapped=None, listed=Listed()))
    assert not wants_search(candidate(without("EAN"), mapped=None))


@pytest.mark.parametrize(
    ("changes", "code", "about"),
    [
        ({"sku": ""}, "sku_missing", ""),
        ({"sku": "x" * 41}, "sku_unusable", ""),
        ({"sku": " x"}, "sku_unusable", ""),
        ({"sku": "a\tb"}, "sku_unusable", ""),
        ({"status": "D"}, "product_off", ""),
        ({"sku": "OLD-CODE"}, "product_renamed", "OLD-CODE"),
        ({"mapped": None}, "category_unmapped", "category.11"),
        ({"mapped": None, "asins": ["B1", "B2"]}, "asin_unclear", "field.PRODUCT.merchant_suggested_asin"),
        ({"listed": Listed("B0", "VASE")}, "product_type_mismatch", "category.11"),
    ],
)
def test_what_cannot_be_listed_is_held_with_its_fix(changes: dict[str, Any], code: str, about: str) -> None:
    hold = held(kind_of(candidate(**changes)))
    assert (hold.code, hold.about) == (code, about)


@pytest.mark.parametrize("sku", ["KEY/RING 01", "50%OFF", "UMLÄUT-Ö1", "TEA, GREEN", "Q?A=1", "抹茶"])
def test_skus_of_any_spelling_are_listed(sku: str) -> None:
    assert kind_of(candidate(replace(ITEM, sku=sku))) == LAMP_KIND
    assert kind_of(candidate(sku=sku, is_linked=True)) == LAMP_KIND


def test_somebody_says_which_asin_it_is_by_the_mapping() -> None:
    item = replace(ITEM, features=(*ITEM.features, ItemFeature(99, "ASIN", ("b000000012",))))
    on = terms(merchant_suggested_asin=feature("99"))
    assert asin_chosen(on, candidate(item)) == "B000000012"
    assert asin_chosen(on, candidate()) == "" == asin_chosen(terms(), candidate(item))


# -- what it says -----------------------------------------------------------------------------------------------------


def test_a_new_listing_has_content_and_offer() -> None:
    wanted = listing(candidate(offer=Offered(ITEM.price, 3)))
    assert values(wanted.attributes["item_name"]) == ["Table lamp"]
    assert wanted.attributes["fulfillment_availability"][0]["quantity"] == 3
    assert "purchasable_offer" in wanted.attributes and "purchasable_offer" not in wanted.content
    assert "merchant_suggested_asin" not in wanted.attributes and "parentage_level" not in wanted.attributes


def test_an_offer_names_its_item() -> None:
    assert values(listing(candidate(), OFFER_KIND).attributes["merchant_suggested_asin"]) == ["B000000012"]


def test_the_hash_ignores_offer_and_order() -> None:
    wanted = listing(candidate(offer=Offered(None, 3)))
    assert listing(candidate(offer=Offered(None, 7))).content_hash == wanted.content_hash
    turned = replace(wanted, attributes=dict(reversed(wanted.attributes.items())))
    assert turned.content_hash == wanted.content_hash
    assert listing(candidate(replace(ITEM, name="Lamp"))).content_hash != wanted.content_hash


def test_what_amazon_ships_has_no_quantity() -> None:
    on = terms(fulfillment_availability__fulfillment_channel_code=constant("AMAZON_EU"))
    assert listing(candidate(), on=on).attributes["fulfillment_availability"] == [
        {"fulfillment_channel_code": "AMAZON_EU"}
    ]


def test_missing_and_refused_attributes_hold_it_with_both_sides() -> None:
    hold = held(listing_of(candidate(without("Marke")), LAMP_KIND, terms(), "EUR"))
    assert (hold.code, hold.about) == ("attribute_missing", "field.LAMP.brand")
    violated = terms(violations=(Violation("color", "it is not among them"),))
    assert held(listing_of(candidate(), LAMP_KIND, violated, "EUR")).code == "attribute_invalid"


def test_a_listing_that_is_there_is_not_asked_for_what_amazon_has() -> None:
    """Neither for an identifier, which would not move it, nor for what the store lacks; what is wrong holds it."""
    features = tuple(one for one in ITEM.features if one.name not in ("Marke", "EAN"))
    bare = replace(ITEM, features=features)
    assert {hold.code for hold in listing_of(candidate(bare), LAMP_KIND, terms(), "EUR")} == {  # type: ignore[union-attr]
        "attribute_missing",
        "attribute_invalid",
    }
    wanted = listing(candidate(bare, listed=THERE))
    assert "brand" not in wanted.attributes
    missing = (Violation("battery", "It is required.", is_missing=True),)
    assert held(listing_of(candidate(bare, listed=THERE), LAMP_KIND, terms(violations=missing), "EUR"))
    theirs = (Violation("brand", "Amazon has it otherwise than its schema."),)
    assert listing_of(candidate(bare, listed=THERE), LAMP_KIND, terms(violations=theirs), "EUR") == wanted


def test_K1_whoever_ships_a_listing_that_is_there_goes_on_unless_somebody_says_otherwise() -> None:
    """An FBA twin is not taken from Amazon because the merchant is the default."""
    by_amazon = {"fulfillment_availability": [{"fulfillment_channel_code": "AMAZON_EU"}]}
    theirs = Listed("B0", "LAMP", attributes={**WANTED.attributes, **by_amazon})
    wanted = listing(candidate(listed=theirs))
    assert "fulfillment_availability" not in wanted.attributes
    assert message_of(wanted, theirs, None, PLACE) is None
    for_all = terms(fulfillment_availability__fulfillment_channel_code=constant("DEFAULT"))
    assert held(listing_of(candidate(listed=theirs), LAMP_KIND, for_all, "EUR")).code == "shipper_differs"
    item = replace(ITEM, features=(*ITEM.features, ItemFeature(98, "Ships", ("DEFAULT",))))
    by_product = terms(fulfillment_availability__fulfillment_channel_code=feature("98"))
    unsure = candidate(item, listed=theirs, is_agreed=False)
    assert held(listing_of(unsure, LAMP_KIND, by_product, "EUR")).code == "shipper_differs"
    told_before = Sent("LAMP", LISTING, WANTED.content, "h", channel_code="AMAZON_EU")
    decided = [(replace(unsure, is_agreed=True), by_product), (candidate(listed=theirs, sent=told_before), for_all)]
    for product, on in decided:
        message = message_of(listing(product, on=on), theirs, None, PLACE)
        assert message is not None and [patch.op for patch in message.patches] == ["delete", "replace"]


def test_what_was_never_sent_and_agrees_with_amazon_is_not_sent_again() -> None:
    """After an export of a listing that was there before, of which only a part differed."""
    some = {name: told for name, told in WANTED.content.items() if name == "brand" or "image" in name}
    part = Sent("LAMP", LISTING, some, "of the part")
    assert message_of(WANTED, THERE, part, PLACE) is None
    other = [{**WANTED.attributes["color"][0], "value": "Blue"}]
    message = message_of(WANTED, replace(THERE, attributes={**WANTED.attributes, "color": other}), part, PLACE)
    assert message is not None and [patch.attribute for patch in message.patches] == ["color"]


def test_a_price_in_another_currency_is_held_unless_it_was_converted() -> None:
    other = replace(ITEM, currency="USD")
    assert held(listing_of(candidate(other), LAMP_KIND, terms(), "EUR")).code == "attribute_invalid"
    assert listing(candidate(other, offer=Offered(ITEM.price, 1))).attributes["purchasable_offer"]


# -- families ---------------------------------------------------------------------------------------------------------


def themed(*themes: str, deprecated: tuple[str, ...] = ()) -> Form:
    """Lamps in variations."""
    schema = deepcopy(LAMP)
    schema["properties"] |= {
        "size": one("Size"),
        "parentage_level": one("Parentage", enum=["child", "parent"]),
        "child_parent_sku_relationship": entries(
            {"child_relationship_type": {"type": "string", "enum": ["variation"]}, "parent_sku": {"type": "string"}},
            ["child_relationship_type"],
            "Relationship",
        ),
        "variation_theme": entries(
            {"name": {"type": "string", "enum": [*themes], "$lifecycle": {"enumDeprecated": [*deprecated]}}},
            ["name"],
            "Theme",
        ),
    }
    return Form.of(schema)


SIZED = replace(ITEM, features=(*ITEM.features, ItemFeature(30, "Größe", ("L",))))
COLOUR_SIZE = {20: "Farbe", 30: "Größe"}


def test_a_child_names_its_parent_and_the_theme_of_its_features() -> None:
    on = terms(themed("SIZE", "SIZE_NAME/COLOR_NAME", "COLOR/SIZE", deprecated=("SIZE_NAME/COLOR_NAME",)))
    wanted = listing(candidate(SIZED, kin=Kin("FAM-1", COLOUR_SIZE)), on=on).attributes
    assert wanted["variation_theme"][0]["name"] == "COLOR/SIZE"
    assert values(wanted["parentage_level"]) == ["child"] and values(wanted["size"]) == ["L"]
    (kin,) = wanted["child_parent_sku_relationship"]
    assert (kin["parent_sku"], kin["child_relationship_type"]) == ("FAM-1", "variation")


def test_a_parent_says_neither_what_can_be_bought_nor_what_differs() -> None:
    on = terms(themed("COLOR/SIZE"))
    wanted = listing(
        candidate(replace(SIZED, price=ITEM.price * 0), sku="FAM-1", kin=Kin("FAM-1", COLOUR_SIZE, True)), on=on
    )
    assert wanted.is_parent and values(wanted.attributes["parentage_level"]) == ["parent"]
    assert wanted.attributes["variation_theme"][0]["name"] == "COLOR/SIZE"
    assert not wanted.attributes.keys() & {
        "color", "size", "purchasable_offer", "fulfillment_availability", "condition_type",
        "externally_assigned_product_identifier", "child_parent_sku_relationship",
    }  # fmt: skip


def test_a_family_that_amazon_has_no_theme_for_is_held_unless_somebody_chose_one() -> None:
    one_of_them = candidate(SIZED, kin=Kin("FAM-1", COLOUR_SIZE))
    hold = held(listing_of(one_of_them, LAMP_KIND, terms(themed("COLOR", "STYLE/SIZE")), "EUR"))
    assert (hold.code, hold.about) == ("theme_unknown", "field.LAMP.variation_theme")
    assert "Farbe and Größe" in hold.message and "STYLE/SIZE" in hold.message
    on = terms(themed("COLOR", "STYLE/SIZE"), variation_theme__name=constant("STYLE/SIZE"))
    assert listing(one_of_them, on=on).attributes["variation_theme"][0]["name"] == "STYLE/SIZE"


# -- what is sent -----------------------------------------------------------------------------------------------------

WANTED = listing(candidate())
THERE = Listed("B000000012", "LAMP", attributes=dict(WANTED.attributes))


def patched(wanted: Wanted, listed: Listed = THERE, before: Sent | None = None) -> dict[str, Patch]:
    message = message_of(wanted, listed, before, PLACE)
    assert message is None or message.attributes is None
    return {patch.attribute: patch for patch in message.patches} if message else {}


def changed(item: StoreItem) -> Wanted:
    return listing(candidate(item))


def test_what_is_not_there_goes_whole() -> None:
    message = message_of(WANTED, None, sent(WANTED), PLACE)
    assert message == Message("LAMP-1", "LAMP", WANTED.attributes, LISTING)


def test_what_agrees_is_not_sent() -> None:
    assert message_of(WANTED, THERE, sent(WANTED), PLACE) is None
    assert message_of(WANTED, THERE, None, PLACE) is None


def test_only_changed_attributes_go_and_never_price_or_quantity() -> None:
    other = changed(replace(ITEM, price=ITEM.price * 2, amount=99, name="Desk lamp"))
    assert list(patched(other, before=sent(WANTED))) == ["item_name"]
    assert list(patched(changed(replace(ITEM, price=ITEM.price * 2, amount=99)))) == []


def test_titles_are_compared_with_what_was_submitted() -> None:
    split = {**WANTED.attributes, "item_name": [{"value": "Table"}], "title_differentiation": [{"value": "lamp"}]}
    assert patched(WANTED, replace(THERE, attributes=split), sent(WANTED)) == {}
    assert patched(WANTED, replace(THERE, attributes={**split, "title_differentiation": [{"value": "lamp"}]})) == {}
    assert differing(WANTED.content, split) == []


def test_where_what_was_sent_is_in_doubt_amazon_counts() -> None:
    old = {**WANTED.attributes, "item_name": [{**WANTED.attributes["item_name"][0], "value": "Old lamp"}]}
    known = replace(sent(WANTED), content_hash=WANTED.content_hash)
    assert patched(WANTED, replace(THERE, attributes=old), known) == {}
    doubtful = replace(known, is_doubtful=True)
    assert list(patched(WANTED, replace(THERE, attributes=old), doubtful)) == ["item_name"]
    assert patched(WANTED, THERE, doubtful) == {}


def test_K2_a_listing_that_was_there_is_only_told_what_changed_or_was_sent_before() -> None:
    """Whatever is in doubt, and whatever is repaired; it is neither made again, nor taken from who ships it."""

    def other(name: str) -> list[dict[str, Any]]:
        return [{**WANTED.attributes[name][0], "value": "Theirs"}]

    theirs = {**WANTED.attributes, **{name: other(name) for name in ("item_name", "brand", "product_description")}}
    there = replace(THERE, attributes=theirs)
    noted = Sent("LAMP", LISTING, WANTED.content, WANTED.content_hash, written=frozenset())
    written = replace(noted, written=frozenset(("brand",)))
    assert (noted.own, list(written.own)) == ({}, ["brand"])
    for before, names in ((noted, []), (written, ["brand"])):
        assert list(patched(WANTED, there, replace(before, is_doubtful=True))) == names
        assert list(patched(WANTED, there, replace(before, content_hash=""))) == names, "as a repair leaves it"
    unsure = replace(noted, attributes={**WANTED.content, "brand": other("brand")}, is_doubtful=True)
    assert list(patched(WANTED, there, unsure)) == ["brand"], "the store changed it, and nobody knows whether it went"
    assert message_of(WANTED, None, noted, PLACE) is None
    on = terms(fulfillment_availability__fulfillment_channel_code=constant("AMAZON_EU"))
    assert "fulfillment_availability" not in patched(listing(candidate(), on=on), THERE, noted)


def test_entries_of_other_languages_stay() -> None:
    french = {"value": "Lampe", "marketplace_id": DE, "language_tag": "fr_FR"}
    there = {**WANTED.attributes, "item_name": [*WANTED.attributes["item_name"], french]}
    assert patched(WANTED, replace(THERE, attributes=there), sent(WANTED)) == {}
    patch = patched(changed(replace(ITEM, name="Desk lamp")), replace(THERE, attributes=there), sent(WANTED))
    assert values(patch["item_name"].value) == ["Desk lamp", "Lampe"]


def test_a_dropped_bullet_is_a_change_and_a_blank_text_is_no_wish_to_clear() -> None:
    assert "bullet_point" in patched(
        changed(replace(ITEM, texts={**ITEM.texts, "full_description": "<p>Oak.</p><ul><li>45 cm</li></ul>"})),
        before=sent(WANTED),
    )
    assert patched(changed(replace(ITEM, texts={**ITEM.texts, "search_words": ""})), before=sent(WANTED)) == {}


def test_noise_of_numbers_is_no_change() -> None:
    noisy = deepcopy(dict(WANTED.content))
    noisy["item_package_weight"][0]["value"] += 1e-9
    assert patched(WANTED, before=sent(WANTED, **noisy)) == {}


def test_the_order_of_images_is_no_change_and_an_image_less_is_deleted() -> None:
    pictures = tuple(f"https://shop.example/{name}.jpg" for name in "abc")
    form = deepcopy(LAMP)
    form["properties"]["other_product_image_locator_2"] = form["properties"]["other_product_image_locator_1"]
    on = terms(Form.of(form))
    three = listing(candidate(replace(ITEM, images=pictures)), on=on)
    turned = listing(candidate(replace(ITEM, images=(pictures[0], pictures[2], pictures[1]))), on=on)
    assert patched(turned, before=sent(three)) == {}
    two = listing(candidate(replace(ITEM, images=(pictures[0], pictures[2]))), on=on)
    assert {name: patch.op for name, patch in patched(two, before=sent(three)).items()} == {
        "other_product_image_locator_1": "replace",
        "other_product_image_locator_2": "delete",
    }


def test_what_only_counts_at_the_beginning_is_never_patched() -> None:
    other = tuple(replace(one, values=("4006381333948",)) if one.name == "EAN" else one for one in ITEM.features)
    assert patched(changed(replace(ITEM, features=other)), before=sent(WANTED)) == {}


def test_another_channel_deletes_the_entry_of_the_old_one() -> None:
    on = terms(fulfillment_availability__fulfillment_channel_code=constant("AMAZON_EU"))
    message = message_of(listing(candidate(), on=on), THERE, sent(WANTED), PLACE)
    assert message is not None
    assert [(patch.op, patch.value) for patch in message.patches] == [
        ("delete", ({"fulfillment_channel_code": "DEFAULT"},)),
        ("replace", ({"fulfillment_channel_code": "AMAZON_EU"},)),
    ]


def test_what_was_sent_is_known_after_a_put_and_after_patches() -> None:
    put = Message("LAMP-1", "LAMP", WANTED.attributes, LISTING)
    assert after({}, put) == WANTED.content
    patches = (Patch("replace", "brand", ({"value": "Other"},)), Patch("delete", "color", ({"value": "Rot"},)))
    told = after(WANTED.content, Message("LAMP-1", "LAMP", patches=patches))
    assert told == {name: value for name, value in WANTED.content.items() if name != "color"} | {
        "brand": [{"value": "Other"}]
    }


def test_a_difference_at_amazon_is_found_but_not_in_images() -> None:
    other = [{**WANTED.attributes["brand"][0], "value": "Other"}]
    there = {**WANTED.attributes, "brand": other, "main_product_image_locator": []}
    assert differing(WANTED.content, there) == ["brand"]


# -- the real schemas -------------------------------------------------------------------------------------------------


OF_ALL = {
    "supplier_declared_dg_hz_regulation": "not_applicable",
    "country_of_origin": "DE",
    "merchant_shipping_group": "Migrated Template",
    "size": "Small",
}
OF_A_HOME = {
    "model_number": "M1",
    "number_of_items": "1",
    "power_plug_type": "type_bs_2pin_uk",
    "accepted_voltage_frequency": "100v_240v_50hz",
    "is_fragile": "false",
}
OF_A_BRACELET = {
    "item_type_keyword": "bracelets",
    "department": "Girls",
    "jewelry_material_categorization": "fashion",
    "material": "Acrylic",
    "gem_type": "Agate",
    "stones.id": "1",
    "stones.type": "Agate",
    "stones.creation_method": "Natural",
    "stones.treatment_method": "Bleached",
    "clasp_type": "Buckle",
    "item_length.value": "7",
    "item_length.unit": "inches",
    "cpsia_cautionary_statement": "choking_hazard_balloon",
}


@pytest.mark.parametrize(("file", "own"), [(HOME, OF_A_HOME), (BRACELET, OF_A_BRACELET)], ids=["HOME", "BRACELET"])
def test_a_new_listing_passes_a_real_schema(file: Path, own: dict[str, str]) -> None:
    """With what only the seller can say, all of the body passes; without it each attribute that lacks is named."""
    if not file.exists():
        pytest.skip("needs Amazon's schemas; see CROSSDOCK_SPAPI_MODELS")
    form, definition = Form.of(real(file)), defined(real(file))

    def faults(said: dict[str, str]) -> set[str]:
        on = terms(form, generic_keyword=SKIP, **{name.replace(".", "__"): constant(v) for name, v in said.items()})
        wanted = listing(candidate(ITEM), Kind("HOME", LISTING), on)
        assert len(wanted.attributes) > 15
        return {fault.attribute for fault in problems_of(definition, wanted.attributes)}

    said = OF_ALL | own
    assert faults(said) == set()
    for name in ("merchant_shipping_group", "size"):
        assert faults({one: value for one, value in said.items() if one != name}) == {name}


@pytest.mark.parametrize("asin", ["B000000012", ""], ids=["by ASIN", "by EAN"])
def test_what_an_offer_says_passes_a_real_schema(asin: str) -> None:
    if not OFFER_UK.exists():
        pytest.skip("needs Amazon's schemas; see CROSSDOCK_SPAPI_MODELS")
    form = Form.of(real(OFFER_UK))
    one = candidate(ITEM, mapped=None, offer=Offered(d("17.99"), 3))
    on = terms(form, merchant_shipping_group=constant("Standard"))
    found = listing_of(one, Kind(ANY_TYPE, OFFER_ONLY, asin), on, "GBP")
    assert isinstance(found, Wanted), found
    assert values(found.attributes.get("merchant_suggested_asin", ())) == [asin][: bool(asin)]
    (price,) = found.attributes["purchasable_offer"]
    assert (price["currency"], price["our_price"][0]["schedule"][0]["value_with_tax"]) == ("GBP", 17.99)
    assert "item_name" not in found.attributes and found.attributes["fulfillment_availability"][0]["quantity"] == 3
    assert problems_of(defined(real(OFFER_UK)), found.attributes) == []
