"""Schemas of product types in Amazon's form, made by hand, and the real ones where they are present."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.builders import DE

REAL = Path(os.environ.get("CROSSDOCK_SPAPI_MODELS", "../shared/spapi-models")).parent / "real" / "ptd"
FRAGMENTS = REAL / "attribute-fragments.onesila.8aeef459.json"
HOME = REAL / "HOME-de.c66cb919.json"
OFFER_UK = REAL / "PRODUCT.UK.LISTING_OFFER_ONLY.2025-09-08.peddler.json"
BRACELET = REAL / "BRACELET.amzn-samples.5afd3d3b.json"

_MARKETPLACE = {"$ref": "#/$defs/marketplace_id"}
_LANGUAGE = {"$ref": "#/$defs/language_tag"}
KILOS = {"type": "string", "enum": ["grams", "kilograms"], "enumNames": ["Grams", "Kilograms"]}


@cache
def real(file: Path) -> dict[str, Any]:
    """A schema that Amazon has published."""
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def entries(properties: dict[str, Any], required: list[str], title: str, most: int = 1, **more: Any) -> dict[str, Any]:
    """An attribute: entries with these properties, each of a marketplace."""
    item = {"type": "object", "required": required, "properties": {**properties, "marketplace_id": _MARKETPLACE}}
    listed = {"minUniqueItems": 1, "maxUniqueItems": most, "selectors": ["marketplace_id"]}
    return {"title": title, "type": "array", **listed, "items": item, **more}


def text(title: str, most: int = 1, **value: Any) -> dict[str, Any]:
    """An attribute that is text in a language."""
    properties = {"value": {"title": title, "type": "string", **value}, "language_tag": _LANGUAGE}
    return entries(properties, ["language_tag", "value"], title, most)


def one(title: str, **value: Any) -> dict[str, Any]:
    """An attribute of one value."""
    return entries({"value": {"title": title, "type": "string", **value}}, ["value"], title)


def measure(title: str) -> dict[str, Any]:
    """A weight."""
    number = {"title": title, "type": "number", "minimum": 0}
    return entries({"value": number, "unit": KILOS}, ["unit", "value"], title)


def _length(title: str) -> dict[str, Any]:
    unit = {"type": "string", "enum": ["centimeters", "inches"]}
    value = {"title": title, "type": "number"}
    return {"type": "object", "required": ["unit", "value"], "properties": {"value": value, "unit": unit}}


LAMP: dict[str, Any] = {
    "$schema": "https://schemas.amazon.com/selling-partners/definitions/product-types/meta-schema/v1",
    "$defs": {
        "marketplace_id": {"type": "string", "default": DE, "hidden": True},
        "language_tag": {"type": "string", "default": "de_DE", "hidden": True},
    },
    "type": "object",
    "required": ["item_name", "brand", "product_description", "bullet_point", "country_of_origin"],
    "properties": {
        "item_name": text("Item Name", maxLength=200),
        "title_differentiation": text("Title Differentiation", maxLength=125),
        "brand": text("Brand", maxLength=100),
        "product_description": text("Product Description", maxUtf8ByteLength=60),
        "bullet_point": text("Bullet Point", 5, maxLength=700),
        "generic_keyword": text("Search terms", maxUtf8ByteLength=30),
        "color": text("Colour", maxLength=70),
        "externally_assigned_product_identifier": entries(
            {"type": {"type": "string", "enum": ["ean", "upc"]}, "value": {"title": "Identifier", "type": "string"}},
            ["type", "value"],
            "External Product ID",
        ),
        "supplier_declared_has_product_identifier_exemption": one("Exemption", type="boolean", enum=[True, False]),
        "merchant_suggested_asin": one("ASIN"),
        "recommended_browse_nodes": one("Browse Node"),
        "condition_type": one("Condition", enum=["new_new", "used_good"], enumNames=["Neu", "Gebraucht - Gut"]),
        "country_of_origin": one("Country of Origin", enum=["CN", "DE"], enumNames=["China", "Deutschland"]),
        "fulfillment_availability": {
            "title": "Fulfillment Availability",
            "type": "array",
            "maxUniqueItems": 1,
            "selectors": ["fulfillment_channel_code"],
            "items": {
                "type": "object",
                "required": ["fulfillment_channel_code"],
                "properties": {
                    "fulfillment_channel_code": {"type": "string", "enum": ["AMAZON_EU", "DEFAULT"]},
                    "quantity": {"title": "Quantity", "type": "integer", "minimum": 0},
                },
            },
        },
        "purchasable_offer": entries(
            {
                "currency": {"type": "string", "default": "EUR", "anyOf": [{"type": "string"}, {"enum": ["EUR"]}]},
                "our_price": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "schedule": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["value_with_tax"],
                                    "properties": {"value_with_tax": {"title": "Your Price", "type": "number"}},
                                },
                            }
                        },
                    },
                },
            },
            [],
            "Offer",
        ),
        "main_product_image_locator": entries(
            {"media_location": {"title": "Main Image", "type": "string"}}, ["media_location"], "Main Image"
        ),
        "other_product_image_locator_1": entries(
            {"media_location": {"title": "Image 1", "type": "string"}}, ["media_location"], "Image 1"
        ),
        "item_package_weight": measure("Package Weight"),
        "item_package_dimensions": entries(
            {name: _length(name.capitalize()) for name in ("length", "width", "height")},
            ["height", "length", "width"],
            "Package Dimensions",
        ),
        "battery": entries(
            {
                "cell_composition": {
                    "type": "array",
                    "maxItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["value"],
                        "properties": {"value": {"title": "Cell", "type": "string", "enum": ["alkaline", "NiMh"]}},
                    },
                },
                "weight": {"type": "array", "maxItems": 1, "items": measure("Battery Weight")["items"]},
            },
            [],
            "Battery",
        ),
        "batteries_required": one("Batteries required", type="boolean", enum=[True, False], enumNames=["Ja", "Nein"]),
        "number_of_items": one("Number of Items", type="integer", minimum=1, maximum=999),
        "launch_date": one("Launch", oneOf=[{"format": "date"}, {"format": "date-time"}]),
        "part_number": one("Part Number", maxLength=20),
    },
    "allOf": [
        {
            "if": {"not": {"required": ["merchant_suggested_asin"]}},
            "then": {"required": ["externally_assigned_product_identifier", "condition_type"]},
        },
        {
            "if": {"required": ["batteries_required"]},
            "then": {
                "required": ["battery"],
                "properties": {"battery": {"items": {"required": ["cell_composition"]}}},
            },
        },
        {"if": {"required": ["color"]}, "else": {"not": {"required": ["number_of_items"]}}},
    ],
}
"""A product type with what matters of Amazon's: selectors, measures, choices, limits, conditions, nested parts."""
