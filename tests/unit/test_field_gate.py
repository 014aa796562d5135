"""The gate before export and import: what is refused, with both sides and the mapping that fixes it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.fields.plan.faults import Fault, FaultKind
from core.fields.plan.gate import (
    AmazonSide,
    MappedTo,
    StoreSide,
    Violation,
    exportable,
    fitting,
    importable,
)
from core.fields.plan.identifiers import ASIN, IDENTIFIER
from core.sync.decisions import Hold

PRODUCT = StoreSide("de", 'product 12 "Table lamp"', 11, "Home > Lamps")
MAPPED = MappedTo("3169011", "Beleuchtung > Lampen", "LAMP", 11, "Home > Lamps")
LISTING = AmazonSide("de", "LAMP-1", "LAMP", "3169011", "Beleuchtung > Lampen")
MISSING = Fault("brand", FaultKind.MISSING, "Brand (brand) is required, and the product has none.")
WRONG = Fault("color", FaultKind.NOT_TAKEN, "'Rot' is none of: Red, Blue.")
NOTE = Fault("item_name", FaultKind.SHORTENED, "It is long.", is_blocking=False)
TITLES = {"brand": "Brand", "color": "Colour"}


def only(holds: list[Hold]) -> Hold:
    (hold,) = holds
    assert hold.message and hold.fix
    return hold


def test_what_is_mapped_and_complete_passes_both_ways() -> None:
    assert exportable(PRODUCT, MAPPED, "", [NOTE]) == exportable(PRODUCT, MAPPED, "LAMP") == []
    assert importable(LISTING, [MAPPED], ["item_name"], ["item_name", "brand"]) == []


def test_an_unmapped_category_is_refused_by_both() -> None:
    out = only(exportable(PRODUCT, None, "", [MISSING]))
    assert (out.code, out.about) == ("category_unmapped", "category.11")
    for word in ('"Home > Lamps" (11)', "Table lamp", "none of Amazon's"):
        assert word in out.message
    assert "categories map --channel de --cscart 11 --amazon NODE --product-type PT" in out.fix
    back = only(importable(LISTING, []))
    assert (back.code, back.about) == ("category_unmapped", "node.3169011")
    for word in ('"Beleuchtung > Lampen" (3169011)', "LAMP-1", "none of the store's"):
        assert word in back.message
    assert "categories map --channel de --cscart ID --amazon 3169011 --product-type LAMP" in back.fix


def test_without_any_category_there_is_nothing_to_map() -> None:
    out = only(exportable(replace(PRODUCT, category_id=None), None, ""))
    assert (out.code, out.about) == ("category_unmapped", "")
    back = only(importable(replace(LISTING, node=""), []))
    assert (back.code, back.about) == ("category_unmapped", "") and "listings link" in back.fix


def test_another_product_type_is_refused_by_both() -> None:
    out = only(exportable(PRODUCT, MAPPED, "HOME", [MISSING]))
    back = only(importable(replace(LISTING, product_type="HOME"), [MAPPED]))
    for hold in (out, back):
        assert (hold.code, hold.about) == ("product_type_mismatch", "category.11")
        for word in ("HOME", "LAMP", '"Home > Lamps" (11)', '"Beleuchtung > Lampen" (3169011)'):
            assert word in hold.message
        assert "--cscart 11 --amazon 3169011 --product-type HOME" in hold.fix


@pytest.mark.parametrize("told", ["", "PRODUCT", "LAMP"])
def test_a_type_that_is_not_told_or_of_any_offer_is_no_other(told: str) -> None:
    assert exportable(PRODUCT, MAPPED, told) == importable(replace(LISTING, product_type=told), [MAPPED]) == []


def test_of_several_mappings_one_that_fits_is_enough() -> None:
    other = replace(MAPPED, product_type="HOME", category_id=12)
    assert importable(replace(LISTING, product_type="HOME"), [MAPPED, other]) == []
    assert fitting("HOME", [MAPPED, other]) == [other]
    assert fitting("", [MAPPED, other]) == [MAPPED, other]


def test_a_missing_attribute_is_refused_by_both() -> None:
    out = only(exportable(PRODUCT, MAPPED, "LAMP", [MISSING], titles=TITLES))
    assert (out.code, out.about) == ("attribute_missing", "field.LAMP.brand")
    for word in ("Table lamp", "product type LAMP", "Brand (brand)", "the store has nothing"):
        assert word in out.message
    assert "fields set brand --channel de --product-type LAMP" in out.fix
    back = only(importable(LISTING, [MAPPED], ["item_name"], ["brand"]))
    assert (back.code, back.about) == ("attribute_missing", "field.LAMP.item_name")
    assert "SKU LAMP-1" in back.message and "item_name" in back.message


def test_what_is_missing_and_what_is_wrong_are_one_problem_each() -> None:
    more = Fault("item_name", FaultKind.MISSING, "It is required.")
    holds = exportable(PRODUCT, MAPPED, "", [MISSING, WRONG, more, NOTE], titles=TITLES)
    assert [hold.code for hold in holds] == ["attribute_missing", "attribute_invalid"]
    assert "Brand (brand), item_name" in holds[0].message
    assert "Colour (color): 'Rot' is none of: Red, Blue." in holds[1].message


def test_what_the_schema_says_adds_only_what_was_not_said() -> None:
    violations = [
        Violation("brand", "'brand' is a required property", is_missing=True),
        Violation("color", "'Rot' is not one of …"),
        Violation("battery", "'battery' is a required property", is_missing=True),
        Violation("number_of_items", "0 is less than 1"),
    ]
    missing, wrong = exportable(PRODUCT, MAPPED, "", [MISSING, WRONG], violations)
    assert "brand, battery" in missing.message and "number_of_items: 0 is less than 1" in wrong.message
    assert "not one of" not in wrong.message and missing.about == "field.LAMP.brand"


def test_what_a_wrong_identifier_alone_makes_necessary_is_not_told_as_missing() -> None:
    """Schemas ask for an ASIN where there is no identifier; what is to be mended is the identifier, by its own fix."""
    wrong = Fault(IDENTIFIER, FaultKind.IDENTIFIER, "Its check digit is 1.", "Correct its EAN.")
    asin = Violation(ASIN, "It is required, given the other attributes.", is_missing=True)
    out = only(exportable(PRODUCT, MAPPED, "", [wrong], [asin]))
    assert (out.code, out.about, out.fix) == ("attribute_invalid", f"field.LAMP.{IDENTIFIER}", "Correct its EAN.")
    assert only(exportable(PRODUCT, MAPPED, "", [], [asin])).code == "attribute_missing"


def test_a_long_list_is_cut() -> None:
    faults = [Fault(f"a{n}", FaultKind.MISSING, "It is required.") for n in range(20)]
    assert "a7, and 12 more" in only(exportable(PRODUCT, MAPPED, "", faults)).message
