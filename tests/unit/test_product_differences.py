"""How products of the store differ from what they are to be: values of features, cleaned texts, measures, pictures."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.cscart.features import Feature
from core.cscart.product_writes import FeatureValue, StoredProduct
from core.cscart.products import ProductRow
from core.products.differences import (
    changes,
    choose,
    creation,
    feature_body,
    has,
    lacking,
    picture_names,
    pictures_lacking,
)
from core.products.wanted import WantedFeature, WantedProduct

ROW = ProductRow(12, "LAMP-1", "Lamp", "A", 1, Decimal("19.90"), 7, "R", (11, 2))
PRESENT = StoredProduct(
    ROW, "<p>Shines</p>", {}, None, Decimal("0.500"), {"box_length": Decimal(13)}, {}, "", (), None, None, 0
)
WANTED = WantedProduct(
    sku="LAMP-1",
    name=" Lamp -",
    description="<p>Shines</p>",
    price=Decimal("19.9"),
    amount=7,
    status="A",
    category_ids=(2, 11),
    weight=Decimal("0.5"),
    length=Decimal("12.1"),
)


def feature(kind: str, **variants: str) -> Feature:
    known = {int(number[1:]): name for number, name in variants.items()}
    return Feature(5, "Colour", kind, "find_products", 0, (), True, known)


def present(**changed: Any) -> StoredProduct:
    own = {name: changed.pop(name) for name in list(changed) if hasattr(PRESENT, name)}
    return replace(PRESENT, row=replace(ROW, **changed), **own)


@pytest.mark.parametrize(
    ("kind", "values", "written", "new"),
    [
        ("S", ("red",), "8", ()),
        ("S", ("Green",), "", ("Green",)),
        ("E", ("Red", "Blue"), "", ("Red, Blue",)),
        ("M", ("RED", "Green", "blue"), ["8", "9"], ("Green",)),
        ("T", ("a", "b"), "a, b", ()),
        ("O", ("4.50",), "4.50", ()),
        ("C", ("Yes",), "Y", ()),
        ("C", ("none",), "N", ()),
    ],
)
def test_values_are_written_as_the_type_of_the_feature_takes_them(
    kind: str, values: tuple[str, ...], written: Any, new: tuple[str, ...]
) -> None:
    chosen = choose(WantedFeature("Colour", values), feature(kind, v8="Red", v9="Blue"))
    assert chosen is not None and (chosen.written, chosen.new) == (written, new)
    body = feature_body([chosen])
    assert body["product_features"] == {"5": written}
    made = {"5": {"variant": list(new) if kind == "M" else new[0]}} if new else None
    assert body.get("add_new_variant") == made


@pytest.mark.parametrize(("kind", "values"), [("D", ("1",)), ("O", ("tall",)), ("S", ()), ("G", ("x",))])
def test_a_feature_that_cannot_hold_a_value_gets_none(kind: str, values: tuple[str, ...]) -> None:
    assert choose(WantedFeature("Colour", values), feature(kind)) is None
    assert feature_body([]) == {}


@pytest.mark.parametrize(
    ("kind", "values", "texts", "same"),
    [
        ("S", ("red",), ("Red",), True),
        ("S", ("red",), ("Blue",), False),
        ("M", ("Red", "blue"), ("Blue", "Red"), True),
        ("M", ("Red",), ("Blue", "Red"), False),
        ("O", ("4.5",), ("4.50",), True),
        ("C", ("no",), ("N",), True),
        ("C", ("no",), ("Y",), False),
    ],
)
def test_values_are_compared_by_what_they_say(
    kind: str, values: tuple[str, ...], texts: tuple[str, ...], same: bool
) -> None:
    chosen = choose(WantedFeature("Colour", values), feature(kind, v8="Red", v9="Blue"))
    assert chosen is not None
    assert has(chosen, present(features={5: FeatureValue(texts, "")})) is same
    assert has(chosen, present()) is (kind == "C")


def test_what_is_the_same_is_not_written() -> None:
    assert changes(WANTED, PRESENT, "EUR") == {}
    assert lacking(WANTED, PRESENT, [], "EUR") == []


def test_what_differs_is_written_and_named() -> None:
    other = present(price=Decimal(1), amount=0, category_ids=(2,), description="<p>Glows</p>", sides={})
    assert changes(WANTED, other, "EUR") == {
        "price": "19.90",
        "amount": 7,
        "category_ids": [2, 11],
        "main_category": 2,
        "full_description": "<p>Shines</p>",
        "box_length": 13,
    }
    assert lacking(WANTED, other, [], "EUR") == [
        "description differs",
        "price 1 instead of 19.90",
        "quantity 0 instead of 7",
        "categories [2] instead of [2, 11]",
    ]


def test_texts_that_the_store_cleaned_and_products_that_await_approval_are_as_written() -> None:
    cleaned = present(description="<div>Shines &nbsp;</div>", status="R")
    assert lacking(WANTED, cleaned, [], "EUR") == []


def test_a_new_product_has_a_price_and_its_company() -> None:
    body = creation(WantedProduct(sku="X", name="x" * 300, company_id=3), "JPY")
    assert body == {"price": "0", "product": "x" * 255, "product_code": "X", "company_id": 3}
    assert creation(WantedProduct(sku="X", price=Decimal("99.5")), "JPY")["price"] == "100"


@pytest.mark.parametrize(
    ("main", "others", "exact", "lacks"),
    [
        ("a", ("b", "c"), True, (False, False)),
        ("", (), True, (True, True)),
        ("a", ("b",), True, (False, True)),
        ("b", ("c",), True, (True, True)),  # the first additional one became the main picture
        ("a_1", ("b", "c", "own"), True, (False, True)),
        ("a_1", ("b", "c", "own"), False, (False, False)),
    ],
)
def test_pictures_that_are_missing(main: str, others: tuple[str, ...], exact: bool, lacks: tuple[bool, bool]) -> None:
    wanted = replace(WANTED, images=("https://i/a.jpg", "https://i/b.jpg?x=1", "https://i/C.png"))
    shown = present(main_image=main, images=others)
    assert pictures_lacking(wanted, shown, exact=exact) == lacks
    assert picture_names(wanted, shown) == [
        name for name in "abc" if not any(one.startswith(name) for one in (main, *others))
    ]
    assert pictures_lacking(WANTED, shown, exact=exact) == (False, False)
