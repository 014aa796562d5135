"""Schemas of product types as rows, and nested attributes as flat values and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.fields.plan.paths import Place, build, flatten
from core.fields.plan.schema import Form, Requirement, Row
from tests.unit.builders import DE
from tests.unit.ptd import BRACELET, FRAGMENTS, HOME, LAMP, real

FORM = Form.of(LAMP)
FEW = settings(max_examples=20)
PLACE = FORM.place()
HERE = {"marketplace_id": DE, "language_tag": "de_DE"}


def row(name: str, form: Form = FORM) -> Row:
    return form.find(name)[0]


def test_the_place_is_the_schemas_own() -> None:
    assert Place(DE, "de_DE") == PLACE
    assert FORM.place("en_GB") == Place(DE, "en_GB")


@pytest.mark.parametrize(
    ("name", "requirement"),
    [
        ("item_name", Requirement.REQUIRED),
        ("bullet_point", Requirement.REQUIRED),
        ("condition_type", Requirement.CONDITIONAL),
        ("externally_assigned_product_identifier", Requirement.CONDITIONAL),
        ("externally_assigned_product_identifier.type", Requirement.CONDITIONAL),
        ("battery.cell_composition", Requirement.CONDITIONAL),
        ("battery.weight", Requirement.OPTIONAL),
        ("merchant_suggested_asin", Requirement.OPTIONAL),
        ("number_of_items", Requirement.OPTIONAL),
        ("color", Requirement.OPTIONAL),
    ],
)
def test_what_is_required_always_sometimes_and_never(name: str, requirement: Requirement) -> None:
    assert row(name).requirement is requirement


def test_names_are_those_that_people_type() -> None:
    names = [one.name for one in FORM.rows]
    assert len(set(names)) == len(names)
    assert {"item_name", "main_product_image_locator", "battery.weight", "battery.weight.unit"} <= set(names)
    assert not [name for name in names if "marketplace_id" in name or "language_tag" in name or name.endswith(".value")]


@pytest.mark.parametrize(
    ("typed", "key", "number"),
    [
        ("brand", "brand.value", 1),
        ("brand.value", "brand.value", 1),
        ("battery.weight.value", "battery.weight.value", 1),
        ("purchasable_offer.our_price", "purchasable_offer.our_price.schedule.value_with_tax", 1),
        ("main_product_image_locator", "main_product_image_locator.media_location", 1),
        ("bullet_point.3", "bullet_point.value", 3),
        (" bullet_point.3.value ", "bullet_point.value", 3),
    ],
)
def test_an_attribute_is_found_by_each_of_its_names(typed: str, key: str, number: int) -> None:
    found, entry = FORM.find(typed)
    assert (found.key, entry) == (key, number)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("colr", "Did you mean color"),
        ("zzz", "fields show"),
        ("battery", "choose one: battery.cell_composition, battery.weight"),
        ("brand.2", "at most 1"),
        ("bullet_point.6", "at most 5"),
        ("bullet_point.0", "at most 5"),
        ("2.bullet_point", "at most 5"),
        ("", "fields show"),
    ],
)
def test_what_is_no_attribute_is_told_with_what_may_be_meant(typed: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        FORM.find(typed)
    assert says in str(caught.value)


def test_limits_choices_and_units() -> None:
    assert row("bullet_point").most == 5
    assert row("item_name").limits.most_length == 200
    assert row("product_description").limits.most_bytes == 60
    condition = row("condition_type")
    assert (condition.values, condition.names, condition.is_open) == (
        ("new_new", "used_good"), ("Neu", "Gebraucht - Gut"), False,
    )  # fmt: skip
    assert row("purchasable_offer.currency").is_open
    assert row("item_package_weight").unit == ("item_package_weight", "unit")
    assert row("launch_date").formats == ("date", "date-time")


def test_the_entries_of_other_places_are_not_taken() -> None:
    attributes = {
        "color": [
            {"value": "red", "marketplace_id": DE, "language_tag": "en_GB"},
            {"value": "rot", "marketplace_id": DE, "language_tag": "de_DE"},
            {"value": "rouge", "marketplace_id": "A13V1IB3VIYZZH", "language_tag": "fr_FR"},
        ],
        "bullet_point": [{"value": "one"}, {"value": "zwei", **HERE}],
    }
    assert flatten(attributes, PLACE) == {
        "color.value": "rot",
        "bullet_point.value": "one",
        "bullet_point.2.value": "zwei",
    }


def test_nested_values_are_built_with_their_place() -> None:
    values = {
        "battery.weight.value": 2.5,
        "battery.weight.unit": "grams",
        "bullet_point.value": "a",
        "bullet_point.3.value": "b",
    }
    assert build(LAMP, values, PLACE) == {
        "battery": [
            {"weight": [{"value": 2.5, "unit": "grams", "marketplace_id": DE}], "marketplace_id": DE},
        ],
        "bullet_point": [{"value": "a", **HERE}, {"value": "b", **HERE}],
    }
    with pytest.raises(KeyError):
        build(LAMP, {"nothing.value": 1}, PLACE)


# -- any values, of any schema ----------------------------------------------------------------------------------------


def values_for(one: Row) -> st.SearchStrategy[Any]:
    if one.values:
        return st.sampled_from(one.values)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(0, 10**6),
        "number": st.floats(0, 10**6, allow_nan=False),
        "boolean": st.booleans(),
    }
    return kinds.get(one.kind, st.text(min_size=1, max_size=20))


@st.composite
def filled(draw: st.DrawFn, form: Form) -> dict[str, Any]:
    """Values for some rows, with several entries where there may be."""
    values = {}
    for one in draw(st.lists(st.sampled_from(form.rows), min_size=1, max_size=8, unique=True)):
        for number in range(1, draw(st.integers(1, min(one.most, 3))) + 1):
            values[one.numbered(number)] = draw(values_for(one))
    return values


def check_round_trip(form: Form, values: dict[str, Any]) -> None:
    attributes = build(form.schema, values, PLACE)
    again = flatten(attributes, PLACE)
    assert again == values
    assert build(form.schema, again, PLACE) == attributes


@FEW
@given(st.data())
def test_flat_values_come_back_from_the_attributes_they_make(data: st.DataObject) -> None:
    check_round_trip(FORM, data.draw(filled(FORM)))


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """Any schema of lists, objects and values in each other, with or without place."""

    def node(depth: int) -> dict[str, Any]:
        shape = (
            draw(st.sampled_from(["leaf", "list", "object"] if depth else ["list", "object"])) if depth < 4 else "leaf"
        )
        if shape == "leaf":
            return {"type": draw(st.sampled_from(["string", "integer"]))}
        if shape == "list":
            return {"type": "array", "maxUniqueItems": draw(st.integers(1, 4)), "items": node(depth + 1)}
        names = draw(
            st.lists(st.sampled_from(["value", "unit", "type", "weight", "part"]), min_size=1, max_size=3, unique=True)
        )
        parts: dict[str, Any] = {name: node(depth + 1) for name in names}
        parts |= {name: {"$ref": f"#/$defs/{name}"} for name in draw(st.sets(st.sampled_from(sorted(HERE))))}
        return {"type": "object", "properties": parts}

    return {"properties": {name: node(0) for name in draw(st.sets(st.sampled_from(["a", "b", "c"]), min_size=1))}}


@FEW
@given(st.data())
def test_any_schema_flattens_and_comes_back(data: st.DataObject) -> None:
    form = Form.of(data.draw(schemas()))
    assert len({one.name for one in form.rows}) == len(form.rows)
    check_round_trip(form, data.draw(filled(form)))
    for one in form.rows:
        assert form.find(one.name)[0] == form.find(one.key)[0] == one


@pytest.mark.skipif(not FRAGMENTS.exists(), reason=f"Amazon's attributes are not at {FRAGMENTS}")
@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("BATTERY_SCHEMA", "battery.cell_composition battery.cell_composition_other_than_listed battery.iec_code "
         "battery.weight battery.weight.unit"),
        ("NUM_BATTERIES_SCHEMA", "num_batteries.quantity num_batteries.type"),
        ("NUMBER_OF_LITHIUM_METAL_CELLS_SCHEMA", "number_of_lithium_metal_cells"),
        ("CUSTOMER_PACKAGE_TYPE_SCHEMA", "customer_package_type"),
        ("POWER_PLUG_TYPE_SCHEMA", "power_plug_type"),
        ("CONTROLLER_TYPE_SCHEMA", "controller_type"),
        ("PRODUCT_SITE_LAUNCH_DATE_SCHEMA", "product_site_launch_date"),
        ("COLOR_SCHEMA", "color.standardized_values color"),
    ],
)  # fmt: skip
def test_the_eight_real_nested_attributes(part: str, names: str) -> None:
    form = Form.of({"$defs": LAMP["$defs"], "properties": real(FRAGMENTS)[part]})
    assert [one.name for one in form.rows] == names.split()

    @settings(max_examples=10)
    @given(filled(form))
    def come_back(values: dict[str, Any]) -> None:
        check_round_trip(form, values)

    come_back()


@pytest.mark.parametrize("file", [HOME, BRACELET], ids=lambda file: file.name[:8])
def test_whole_real_schemas(file: Any) -> None:
    if not file.exists():
        pytest.skip(f"Amazon's schema is not at {file}")
    form = Form.of(real(file))
    assert len({one.name for one in form.rows}) == len(form.rows) > 200
    required = {one.attribute for one in form.rows if one.requirement is Requirement.REQUIRED}
    assert required == set(real(file)["required"])
    for name in ("condition_type", "battery.weight", "externally_assigned_product_identifier"):
        assert row(name, form).requirement is Requirement.CONDITIONAL, name
    values = {one.numbered(number): f"x{number}" for one in form.rows for number in range(1, min(one.most, 2) + 1)}
    check_round_trip(form, values)
