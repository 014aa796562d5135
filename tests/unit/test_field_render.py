"""A product of the store as the attributes of a listing, and a listing as what the product is to have."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.fields.plan.back import ImportRules, imported
from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.paths import flatten
from core.fields.plan.render import Rendered, render
from core.fields.plan.schema import Form
from core.fields.plan.sources import SKIP, Source, SourceKind, constant, feature, field
from core.fields.plan.store_item import Family, ItemFeature, Setting, StoreItem
from tests.unit.builders import DE, d
from tests.unit.ptd import LAMP
from tests.unit.test_field_values import LONG

FORM = Form.of(LAMP)
SETTING = Setting(FORM.place(), "EUR", node="3169011")
EAN = "4006381333931"
ITEM = StoreItem(
    product_id=12,
    sku="LAMP-1",
    name="Table lamp",
    price=d("19.99"),
    amount=5,
    currency="EUR",
    texts={
        "full_description": "<p>Oak.</p><ul><li>Dimmable</li><li>45 cm</li></ul>",
        "weight": "1.500",
        "list_price": "0.00",
        "box_length": "50",
        "box_width": "20.5",
        "box_height": "20",
        "search_words": "lamp light oak wood bedroom living room desk",
    },
    images=("https://shop.example/a.jpg", "https://shop.example/b.jpg"),
    features=(
        ItemFeature(18, "Marke", ("Acme",), "E"),
        ItemFeature(19, "Herkunftsland", ("Deutschland",), "S"),
        ItemFeature(20, "Farbe", ("Rot",), "S"),
        ItemFeature(21, "EAN", (EAN,), "T"),
    ),
)


def rendered(item: StoreItem = ITEM, setting: Setting = SETTING, form: Form = FORM, **choices: Source) -> Rendered:
    return render(form, item, {name.replace("__", "."): source for name, source in choices.items()}, setting)


def flat(result: Rendered) -> dict[str, Any]:
    return flatten(result.attributes, SETTING.place)


def blocking(result: Rendered) -> dict[str, FaultKind]:
    return {fault.attribute: fault.kind for fault in result.faults if fault.is_blocking}


def with_texts(**texts: str) -> StoreItem:
    return replace(ITEM, texts={**ITEM.texts, **texts})


def without(name: str) -> StoreItem:
    return replace(ITEM, features=tuple(one for one in ITEM.features if one.name != name))


def test_the_defaults_fill_a_whole_listing() -> None:
    result = rendered()
    assert result.is_sendable
    assert flat(result) == {
        "item_name.value": "Table lamp",
        "brand.value": "Acme",
        "product_description.value": "Oak.<br>• Dimmable<br>• 45 cm",
        "bullet_point.value": "Dimmable",
        "bullet_point.2.value": "45 cm",
        "generic_keyword.value": "lamp light oak wood bedroom",
        "color.value": "Rot",
        "externally_assigned_product_identifier.type": "ean",
        "externally_assigned_product_identifier.value": EAN,
        "recommended_browse_nodes.value": "3169011",
        "condition_type.value": "new_new",
        "country_of_origin.value": "DE",
        "fulfillment_availability.fulfillment_channel_code": "DEFAULT",
        "fulfillment_availability.quantity": 5,
        "purchasable_offer.currency": "EUR",
        "purchasable_offer.our_price.schedule.value_with_tax": 19.99,
        "main_product_image_locator.media_location": "https://shop.example/a.jpg",
        "other_product_image_locator_1.media_location": "https://shop.example/b.jpg",
        "item_package_weight.value": 1.5,
        "item_package_weight.unit": "kilograms",
        "item_package_dimensions.length.value": 50,
        "item_package_dimensions.length.unit": "centimeters",
        "item_package_dimensions.width.value": 20.5,
        "item_package_dimensions.width.unit": "centimeters",
        "item_package_dimensions.height.value": 20,
        "item_package_dimensions.height.unit": "centimeters",
        "part_number.value": "LAMP-1",
    }
    entry = result.attributes["item_name"]
    assert entry == [{"value": "Table lamp", "marketplace_id": DE, "language_tag": "de_DE"}]
    (note,) = result.faults
    assert (note.attribute, note.kind, note.is_blocking) == ("generic_keyword", FaultKind.SHORTENED, False)
    lines = {line.name: line for line in result.lines}
    assert lines["bullet_point"].values == ("Dimmable", "45 cm") and lines["bullet_point"].is_default


# -- names ------------------------------------------------------------------------------------------------------------


def test_a_long_name_is_proposed_in_two_parts() -> None:
    values = flat(rendered(replace(ITEM, name=LONG)))
    assert values["item_name.value"] == "Acme Table Lamp Oak with dimmable LED, warm white light"
    assert values["title_differentiation.value"] == "for bedroom and living room, 45 cm"


def test_a_product_type_without_a_second_part_has_the_whole_name() -> None:
    schema = deepcopy(LAMP)
    del schema["properties"]["title_differentiation"]
    assert flat(rendered(replace(ITEM, name=LONG), form=Form.of(schema)))["item_name.value"] == LONG


def test_a_long_name_beside_a_second_part_is_refused_and_alone_only_noted() -> None:
    item = replace(ITEM, name=LONG)
    assert blocking(rendered(item, item_name=field("product"))) == {"item_name": FaultKind.TOO_LONG}
    alone = rendered(item, item_name=field("product"), title_differentiation=SKIP)
    assert alone.is_sendable and any("behind 75" in fault.message for fault in alone.faults)


def test_the_end_of_a_very_long_name_is_noted() -> None:
    result = rendered(replace(ITEM, name="word " * 60))
    assert result.is_sendable
    assert any("fits in neither part" in fault.message for fault in result.faults)


# -- sources ----------------------------------------------------------------------------------------------------------


def test_people_choose_other_sources() -> None:
    result = rendered(
        brand=constant("Other"),
        item_name=Source(SourceKind.TEMPLATE, "{brand} {product} {feature:Farbe} {feature:99}"),
        color=Source(SourceKind.FEATURE, "20", values=(("rot", "red"),)),
        bullet_point__2=constant("Second"),
        bullet_point__4=feature("Marke"),
        part_number=SKIP,
    )
    values = flat(result)
    assert values["brand.value"] == "Other" and values["item_name.value"] == "Acme Table lamp Rot"
    assert values["color.value"] == "red" and "part_number.value" not in values
    entries = [values[key] for key in ("bullet_point.value", "bullet_point.2.value", "bullet_point.3.value")]
    assert entries == ["Dimmable", "Second", "Acme"]
    assert {line.name for line in result.lines if not line.is_default} == {
        "brand", "item_name", "color", "bullet_point.2", "bullet_point.4", "part_number",
    }  # fmt: skip


def test_a_measure_is_converted_into_the_unit_that_is_taken_or_chosen() -> None:
    pounds = Source(SourceKind.FIELD, "weight", unit="pounds")
    values = flat(rendered(with_texts(weight="2"), item_package_weight=pounds))
    assert (values["item_package_weight.value"], values["item_package_weight.unit"]) == (0.907185, "kilograms")
    values = flat(rendered(item_package_weight__unit=constant("grams")))
    assert (values["item_package_weight.value"], values["item_package_weight.unit"]) == (1500, "grams")
    values = flat(rendered(battery__weight=constant("12 g")))
    assert (values["battery.weight.value"], values["battery.weight.unit"]) == (12, "grams")
    assert blocking(rendered(battery__weight=constant("12 cm"))) == {"battery.weight": FaultKind.NO_UNIT}
    assert blocking(rendered(battery__weight=constant("heavy"))) == {"battery.weight": FaultKind.NO_NUMBER}


def test_a_unit_without_a_number_is_not_sent() -> None:
    result = rendered(battery__weight__unit=constant("grams"))
    assert result.is_sendable and "battery" not in result.attributes


def test_one_value_that_cannot_be_sent_takes_no_other_with_it() -> None:
    item = replace(ITEM, features=(*ITEM.features, ItemFeature(50, "Points", ("One", "x" * 701, "Three"), "M")))
    schema = deepcopy(LAMP)
    schema["properties"]["bullet_point"]["items"]["properties"]["value"]["enum"] = ["One", "Two", "Three"]
    result = rendered(item, form=Form.of(schema), bullet_point=feature("50"))
    assert [entry["value"] for entry in result.attributes["bullet_point"]] == ["One", "Three"]  # type: ignore[attr-defined]
    assert blocking(result) == {"bullet_point": FaultKind.NOT_TAKEN}


def test_a_weight_of_zero_is_no_weight_and_half_a_parcel_is_none() -> None:
    result = rendered(with_texts(weight="0.000", box_width="0"))
    assert not {key for key in flat(result) if key.startswith("item_package")}
    assert result.is_sendable
    asked = rendered(with_texts(box_width="0"), item_package_dimensions__length=field("box_length"))
    assert blocking(asked) == {"item_package_dimensions.width": FaultKind.MISSING}


@pytest.mark.parametrize(
    ("name", "told", "sent"),
    [
        ("condition_type", "Gebraucht - Gut", "used_good"),
        ("condition_type", "USED GOOD", "used_good"),
        ("batteries_required", "Nein", False),
        ("batteries_required", "yes", True),
        ("number_of_items", "12", 12),
        ("number_of_items", "12,0", 12),
        ("launch_date", "2026-12-24", "2026-12-24"),
        ("launch_date", "24.12.2026", "2026-12-24"),
        ("launch_date", "1798070400", "2026-12-24"),
        ("purchasable_offer.currency", "CHF", "CHF"),
        ("purchasable_offer.currency", "eur", "EUR"),
    ],
)
def test_values_become_what_amazon_takes(name: str, told: str, sent: Any) -> None:
    key = FORM.find(name)[0].key
    assert flat(rendered(**{name.replace(".", "__"): constant(told)}))[key] == sent


@pytest.mark.parametrize(
    ("name", "told", "kind", "says"),
    [
        ("condition_type", "broken", FaultKind.NOT_TAKEN, "new_new (Neu), used_good (Gebraucht - Gut)"),
        ("batteries_required", "perhaps", FaultKind.NOT_TAKEN, "neither yes nor no"),
        ("number_of_items", "1.5", FaultKind.NO_NUMBER, "not a whole number"),
        ("number_of_items", "many", FaultKind.NO_NUMBER, "'many' is not a number"),
        ("number_of_items", "0", FaultKind.OUT_OF_RANGE, "less than 1"),
        ("number_of_items", "1000", FaultKind.OUT_OF_RANGE, "more than 999"),
        ("launch_date", "soon", FaultKind.NO_DATE, "2026-11-28"),
        ("part_number", "x" * 21, FaultKind.TOO_LONG, "Amazon takes 20 characters"),
        ("main_product_image_locator", "images/a.jpg", FaultKind.IMAGE, "not an address"),
    ],
)
def test_what_cannot_be_sent_is_named_and_left_out(name: str, told: str, kind: FaultKind, says: str) -> None:
    result = rendered(**{name: constant(told)})
    assert blocking(result) == {name: kind}
    (fault,) = [fault for fault in result.faults if fault.is_blocking]
    assert says in fault.message + fault.fix
    assert FORM.find(name)[0].key not in flat(result)


def test_what_nobody_asked_for_never_stops_a_listing() -> None:
    item = replace(ITEM, features=(*ITEM.features, ItemFeature(30, "Number of Items", ("a few",))))
    result = rendered(item)
    assert result.is_sendable and "number_of_items.value" not in flat(result)
    assert [fault.attribute for fault in result.faults if fault.kind is FaultKind.NO_NUMBER] == ["number_of_items"]


def test_a_feature_with_several_values() -> None:
    item = replace(ITEM, features=(*without("Farbe").features, ItemFeature(20, "Colour", ("Rot", "Blau"), "M")))
    assert flat(rendered(item))["color.value"] == "Rot, Blau"
    many = ItemFeature(40, "Points", tuple(f"Point {n}" for n in range(8)), "M")
    result = rendered(replace(ITEM, features=(*ITEM.features, many)), bullet_point=feature("40"))
    assert [value for key, value in flat(result).items() if key.startswith("bullet_point")] == [
        f"Point {n}" for n in range(5)
    ]
    assert "Of 8 values the first 5 are sent" in next(f.message for f in result.faults if f.attribute == "bullet_point")


def test_running_text_is_cut_by_bytes_between_words() -> None:
    item = with_texts(full_description=f"<p>{'größe ' * 20}</p>")
    sent = flat(rendered(item))["product_description.value"]
    assert sent == ("größe " * 7).strip() and len(sent.encode()) <= 60


# -- offer, identifier, family ----------------------------------------------------------------------------------------


def test_a_price_of_zero_or_in_another_currency_is_not_sent() -> None:
    key = "purchasable_offer.our_price.schedule.value_with_tax"
    free = rendered(replace(ITEM, price=Decimal(0)))
    assert blocking(free) == {key: FaultKind.PRICE} and "purchasable_offer" not in free.attributes
    foreign = rendered(replace(ITEM, currency="CHF"))
    assert blocking(foreign) == {key: FaultKind.CURRENCY}
    assert "CHF" in foreign.faults[-1].message and "EUR" in foreign.faults[-1].message
    converted = rendered(replace(ITEM, currency="CHF"), replace(SETTING, price=d("21.5")))
    assert converted.is_sendable and flat(converted)[key] == 21.5


def test_a_quantity_of_zero_is_sent_and_rules_win_over_the_store() -> None:
    key = "fulfillment_availability.quantity"
    assert flat(rendered(replace(ITEM, amount=0)))[key] == flat(rendered(replace(ITEM, amount=-3)))[key] == 0
    assert flat(rendered(setting=replace(SETTING, quantity=2)))[key] == 2
    assert "fulfillment_availability" not in rendered(fulfillment_availability__quantity=SKIP).attributes


def test_the_identifier_or_an_exemption_is_needed() -> None:
    name, exemption = "externally_assigned_product_identifier", "supplier_declared_has_product_identifier_exemption"
    neither = rendered(without("EAN"))
    assert blocking(neither) == {name: FaultKind.IDENTIFIER} and name not in neither.attributes
    exempt = rendered(without("EAN"), **{exemption: constant("true")})
    assert exempt.is_sendable and flat(exempt)[f"{exemption}.value"] is True
    both = rendered(**{exemption: constant("true")})
    assert exemption not in both.attributes and name in both.attributes
    known = rendered(without("EAN"), replace(SETTING, asin="B000000012"))
    assert known.is_sendable and flat(known)["merchant_suggested_asin.value"] == "B000000012"
    parent = rendered(without("EAN"), replace(SETTING, family=Family("parent", theme="COLOR")))
    assert parent.is_sendable


def test_an_identifier_is_checked_and_told_as_a_kind_that_is_taken() -> None:
    name = "externally_assigned_product_identifier"
    wrong = rendered(**{name: constant("4006381333932")})
    assert blocking(wrong) == {name: FaultKind.IDENTIFIER}
    assert "check digit is 2, and should be 1" in wrong.faults[-1].message
    values = flat(rendered(**{name: constant("0-306-40615-2")}))
    assert (values[f"{name}.type"], values[f"{name}.value"]) == ("ean", "9780306406157")
    gtin = rendered(**{name: constant("10036000291459")})
    assert "is GTIN; the product type takes ean, upc" in gtin.faults[-1].message
    by_code = replace(without("EAN"), sku=EAN)
    assert flat(rendered(by_code))[f"{name}.value"] == EAN


# -- missing ----------------------------------------------------------------------------------------------------------


def test_what_is_required_and_missing_is_named_with_its_remedy() -> None:
    result = rendered(without("Herkunftsland"))
    assert blocking(result) == {"country_of_origin": FaultKind.MISSING}
    (fault,) = [fault for fault in result.faults if fault.is_blocking]
    assert isinstance(fault, Fault) and "Country of Origin (country_of_origin) is required" in fault.message
    assert "crossdock fields set country_of_origin" in fault.fix


def test_a_value_that_cannot_be_sent_is_not_missing_as_well() -> None:
    assert blocking(rendered(country_of_origin=constant("Atlantis"))) == {"country_of_origin": FaultKind.NOT_TAKEN}


def test_an_empty_product_has_faults_and_no_attribute_that_says_nothing() -> None:
    result = rendered(StoreItem(1, "", ""))
    assert set(blocking(result)) >= {"item_name", "brand", "product_description", "bullet_point", "country_of_origin"}
    assert set(result.attributes) == {"recommended_browse_nodes", "fulfillment_availability", "condition_type"}


# -- back -------------------------------------------------------------------------------------------------------------


def test_a_listing_comes_back_as_the_product_it_was_made_from() -> None:
    fields = imported(flat(rendered(replace(ITEM, name=LONG))), ImportRules({"bullet_point": SKIP}))
    assert fields.name == LONG.replace(" –", ",")
    assert fields.description == "<p>Oak.</p><ul><li>Dimmable</li><li>45 cm</li></ul>"
    assert (fields.weight, fields.length, fields.width, fields.height) == (d("1.5"), 50, d("20.5"), 20)
    assert {one.name: one.values for one in fields.features} == {"Brand": ("Acme",), "Country of origin": ("DE",)}
