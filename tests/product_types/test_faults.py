"""Each keyword with what is right and what is wrong, and the words in which an operator is told.

The judge is asked too: what it lets pass, and what it does not, is what Amazon's documentation says.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from core.errors import RemoteError
from core.product_types import compiled
from core.product_types.at_hand import AtHand
from core.product_types.validation import Fault, problems_of
from tests.product_types.kit import defined, invented
from tests.product_types.oracle import problems

ENTRY = {"type": "object", "properties": {"value": {"title": "Colour Name"}, "marketplace_id": {}, "language_tag": {}}}
BY_LANGUAGE = {"selectors": ["marketplace_id", "language_tag"]}


def of_value(**limits: Any) -> dict[str, Any]:
    """An attribute `color` whose value has these limits."""
    value = {"title": "Colour Name", **limits}
    return {"title": "Colour", "type": "array", "items": {"properties": {"value": value}}}


def of_list(**limits: Any) -> dict[str, Any]:
    """An attribute `color` whose list has these limits."""
    return {"title": "Colour", "type": "array", "items": ENTRY, **limits}


class Case(NamedTuple):
    """An attribute with a value that is right, one that is not, and what is said of it."""

    attribute: dict[str, Any]
    right: Any
    wrong: Any
    message: str


def values(*all_values: Any) -> list[dict[str, Any]]:
    return [{"value": value} for value in all_values]


def told(*entries: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"value": value, "marketplace_id": place, "language_tag": tag} for value, place, tag in entries]


GERMAN, FRENCH = ("a", "M", "de_DE"), ("b", "M", "fr_FR")
TWELVE = [f"v{number}" for number in range(12)]
CASES = {
    "enum": Case(of_value(enum=["red", "blue"]), values("red"), values("pink"),
                 'Colour Name: "pink" is not accepted. Accepted: red, blue.'),
    "enum of many": Case(of_value(enum=TWELVE), values("v11"), values("v111"),
                         'Colour Name: "v111" is not accepted. Accepted: v0, v1, v2, v3, v4, v5, v6, v7, v8, v9 and '
                         "2 more. Did you mean v11?"),
    "open list": Case(of_value(anyOf=[{"type": "string"}, {"enum": ["red"]}]), values("pink"), values(3),
                      "Colour Name: 3 is not accepted. Accepted: red."),
    "maxLength": Case(of_value(maxLength=3), values("äöü"), values("äöüß"),
                      "Colour Name: It has 4 characters; at most 3 allowed."),
    "minLength": Case(of_value(minLength=2), values("ab"), values("a"),
                      "Colour Name: It has 1 character; at least 2 allowed."),
    "maxUtf8ByteLength": Case(of_value(maxUtf8ByteLength=4), values("äö", 7), values("äöü"),
                              "Colour Name: It has 6 bytes in UTF-8; at most 4 allowed."),
    "minUtf8ByteLength": Case(of_value(minUtf8ByteLength=4), values("äö", 7), values("abc"),
                              "Colour Name: It has 3 bytes in UTF-8; at least 4 allowed."),
    "maxUniqueItems": Case(of_list(maxUniqueItems=1, **BY_LANGUAGE), told(GERMAN, FRENCH), told(GERMAN, GERMAN, FRENCH),
                           "2 entries with the same marketplace and language; at most 1 allowed."),
    "maxUniqueItems of all": Case(of_list(maxUniqueItems=1), values("a", "b"), values("a", "b", "a"),
                                  "2 entries that are alike; at most 1 allowed."),
    "minUniqueItems": Case(of_list(minUniqueItems=2, **BY_LANGUAGE), told(GERMAN, GERMAN), told(GERMAN, GERMAN, FRENCH),
                           "1 entry with the same marketplace and language; at least 2 allowed."),
    "minUniqueItems of 1": Case(of_list(minUniqueItems=1, minItems=1, **BY_LANGUAGE), told(GERMAN), [],
                                "It has 0 entries; at least 1 allowed."),
    "maxItems": Case(of_list(maxItems=1), values("a"), values("a", "b"), "It has 2 entries; at most 1 allowed."),
    "uniqueItems": Case(of_list(uniqueItems=True), values("a", "b"), values("a", "a"),
                        "Two of its entries are the same."),
    "minimum": Case(of_value(minimum=1), values(1), values(0.5), "Colour Name: It is 0.5; at least 1 is allowed."),
    "maximum": Case(of_value(maximum=9), values(9), values(10), "Colour Name: It is 10; at most 9 is allowed."),
    "exclusiveMinimum": Case(of_value(exclusiveMinimum=0), values(0.1), values(0),
                             "Colour Name: It is 0; more than 0 is allowed."),
    "exclusiveMaximum": Case(of_value(exclusiveMaximum=9), values(8), values(9),
                             "Colour Name: It is 9; less than 9 is allowed."),
    "multipleOf": Case(of_value(multipleOf=0.01), values(19.99, 0.07), values(1.999),
                       "Colour Name: It is 1.999; a multiple of 0.01 is needed."),
    "multipleOf 1": Case(of_value(multipleOf=1.0), values(3), values(1.5),
                         "Colour Name: It is 1.5; a whole number is needed."),
    "type": Case(of_value(type="number"), values(3), values("3"), 'Colour Name: It is "3"; a number is needed.'),
    "type of the list": Case(of_list(), [], "red", 'It is "red"; a list is needed.'),
    "pattern": Case(of_value(pattern="^(https?|s3)://"), values("s3://a"), values("ftp://a"),
                    'Colour Name: "ftp://a" has not the form that is needed: ^(https?|s3)://.'),
    "date": Case(of_value(format="date"), values("2028-02-29"), values("2027-02-29"),
                 'Colour Name: "2027-02-29" is not a date such as 2026-11-28.'),
    "date or time": Case(of_value(oneOf=[{"type": "string", "format": one} for one in ("date", "date-time")]),
                         values("2026-11-28", "2026-11-28T09:30:00+02:00"), values("28.11.2026"),
                         'Colour Name: "28.11.2026" is not a time such as 2026-11-28T09:30:00Z.'),
    "required": Case(of_list(items={**ENTRY, "required": ["value"]}), values("a"), [{"marketplace_id": "M"}],
                     "Colour Name is missing."),
    "additionalProperties": Case(of_list(items={**ENTRY, "additionalProperties": False}), values("a"), [{"hue": 1}],
                                 "It has no part hue."),
    "contains": Case(of_list(contains={"required": ["value"], "properties": {"value": {"enum": ["red", "blue"]}}}),
                     values("x", "red"), values("x"), "One entry needs as value: red or blue."),
    "not": Case(of_list(items={**ENTRY, "not": {"required": ["language_tag"]}}), values("a"), told(GERMAN),
                "language_tag may not be filled like this, given the other attributes."),
    "const": Case(of_value(const="red"), values("red"), values("blue"), 'Colour Name: It is "blue"; "red" is needed.'),
    "false": Case(of_list(items={"properties": {"value": False}}), [{}], values("a"),
                  "value: It may not be filled, given the other attributes."),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_keyword_takes_what_is_right_and_tells_what_is_wrong(name: str) -> None:
    case = CASES[name]
    schema = {"type": "object", "properties": {"color": case.attribute}}
    definition = defined(schema)
    assert problems_of(definition, {"color": case.right}) == []
    assert not problems(schema, {"color": case.right})
    (fault,) = problems_of(definition, {"color": case.wrong})
    assert (fault.attribute, fault.title, fault.message) == ("color", "Colour", case.message)
    assert problems(schema, {"color": case.wrong})


def faults(attributes: dict[str, Any], **root: Any) -> list[Fault]:
    properties = {name: {"title": name.title(), "type": "array"} for name in ("asin", "ean", "note", "size")}
    return problems_of(defined({"properties": properties, **root}), attributes)


class TestRoot:
    def test_what_is_always_required(self) -> None:
        assert faults({}, required=["size", "asin"]) == [
            Fault("asin", "Asin", "It is required.", "asin"),
            Fault("size", "Size", "It is required.", "size"),
        ]

    def test_what_is_required_in_the_light_of_others(self) -> None:
        condition = {"if": {"required": ["size"]}, "then": {"required": ["note"]}, "else": {"required": ["ean"]}}
        (with_size,) = faults({"size": []}, allOf=[condition])
        (without,) = faults({}, allOf=[condition])
        assert (with_size.attribute, without.attribute) == ("note", "ean")
        assert with_size.message == without.message == "It is required, given the other attributes."
        assert faults({"size": [], "note": []}, allOf=[condition]) == []

    def test_one_of_several(self) -> None:
        (fault,) = faults({}, allOf=[{"anyOf": [{"required": ["ean"]}, {"required": ["asin"]}]}])
        assert (fault.attribute, fault.message) == ("ean", "One of these is required: Ean, Asin.")

    def test_what_may_not_be_given(self) -> None:
        (fault,) = faults(
            {"note": [], "asin": []}, allOf=[{"not": {"required": ["note", "ean"]}}, {"not": {"required": ["note"]}}]
        )
        assert (fault.attribute, fault.message) == (
            "note",
            "It may not be filled like this, given the other attributes.",
        )

    def test_what_there_is_not(self) -> None:
        (fault,) = faults({"colour": []}, additionalProperties=False)
        assert fault == Fault("colour", "colour", "The product type has no such attribute.", "colour")

    def test_an_attribute_is_told_once_whatever_is_wrong_with_it(self) -> None:
        entry = {"properties": {name: {"title": name.upper(), "type": "number"} for name in "abcde"}}
        schema = {"properties": {"size": {"title": "Size", "items": entry}}}
        (fault,) = problems_of(defined(schema), {"size": [dict.fromkeys("abcde", "x")] * 2})
        assert fault.message == (
            'A: It is "x"; a number is needed. B: It is "x"; a number is needed. C: It is "x"; a number is needed. '
            "And 2 more."
        )
        assert fault.path == "size[0].a"


class TestOffers:
    """Schemas of offers require nothing at their root: all stands in the conditions."""

    def test_nothing_is_not_enough(self) -> None:
        found = problems_of(invented(requirements="LISTING_OFFER_ONLY"), {})
        assert {one.attribute for one in found} == {
            "externally_assigned_product_identifier",
            "merchant_suggested_asin",
        }

    def test_an_offer_on_an_asin(self) -> None:
        offer = {
            "merchant_suggested_asin": [{"value": "B012345678"}],
            "condition_type": [{"value": "used_good"}],
            "fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT"}],
            "purchasable_offer": [{"currency": "EUR", "our_price": [{"schedule": [{"value_with_tax": 19.99}]}]}],
        }
        definition = invented(requirements="LISTING_OFFER_ONLY")
        quantity, note = sorted(problems_of(definition, offer), key=lambda one: one.path, reverse=True)
        assert (note.attribute, note.message) == ("condition_note", "It is required, given the other attributes.")
        assert (quantity.path, quantity.message) == (
            "fulfillment_availability[0]",
            "Quantity is required, given the other attributes.",
        )
        offer["condition_note"] = [{"value": "Small scratch", "language_tag": "de_DE"}]
        offer["fulfillment_availability"][0]["quantity"] = 3
        assert problems_of(definition, offer) == []


class TestOddSchemas:
    def test_a_pattern_that_cannot_be_matched_is_left_to_amazon(self, caplog: pytest.LogCaptureFixture) -> None:
        schema = {"properties": {"size": of_value(pattern="(?<n>x", maxLength=2)}}
        assert problems_of(defined(schema), {"size": values("ab")}) == []
        assert len(problems_of(defined(schema), {"size": values("abc")})) == 1
        assert "is not checked" in caplog.text

    def test_other_formats_are_not_checked_and_unknown_keywords_say_nothing(self) -> None:
        schema = {"properties": {"size": of_value(format="uri", **{"$lifecycle": {"enumDeprecated": ["x"]}})}}
        assert problems_of(defined(schema), {"size": values("no uri")}) == []

    def test_an_attribute_may_be_called_like_a_keyword(self) -> None:
        schema = {"properties": {"pattern": of_value(enum=["a"]), "format": {"title": "Format", "type": "array"}}}
        found = problems_of(defined(schema), {"pattern": values("b"), "format": "x"})
        assert [one.attribute for one in found] == ["pattern", "format"]

    def test_a_schema_that_is_none_is_refused_in_words(self) -> None:
        for schema in ({"properties": {"a": {"type": "colour"}}}, {"properties": {"a": {"$ref": "https://x.example"}}}):
            with pytest.raises(RemoteError, match="schema cannot be used"):
                problems_of(defined(schema), {})

    def test_what_is_shown_of_a_value_is_short(self) -> None:
        (fault,) = problems_of(defined({"properties": {"size": of_value(enum=["a"])}}), {"size": values("x" * 9000)})
        assert len(fault.message) < 150


def test_a_schema_is_compiled_once_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    definition, made = invented(more=7), []
    compile_it = compiled._compile
    monkeypatch.setattr(compiled, "_compile", lambda schema: made.append(schema) or compile_it(schema))
    product = {"item_name": [{"value": "x", "language_tag": "de_DE"}]}
    found = [len(problems_of(definition, product))]

    def work() -> None:
        found.extend(len(problems_of(definition, product)) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [6] * 81
    assert made == [definition.schema]


def test_only_some_stay_at_hand() -> None:
    kept, made = AtHand[str](most=2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, lambda key=key: made.append(key) or key) == key  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]


def test_every_amount_is_a_multiple_of_a_cent() -> None:
    """No amount is refused for what binary fractions make of it, whether it is a float or a Decimal."""
    definition = defined({"properties": {"color": of_value(multipleOf=0.01)}})
    for amounts in ([cents / 100 for cents in range(1, 5_000)], [Decimal(19_99).scaleb(-2), Decimal("999999.99")]):
        assert problems_of(definition, {"color": values(*amounts)}) == []
    assert problems_of(definition, {"color": values(Decimal("19.995"))})
