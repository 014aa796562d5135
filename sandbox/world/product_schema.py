"""What Amazon wants to be told of a product: an invented schema for each product type, with its whole vocabulary.

All attributes are lists of entries, as Amazon has them, each entry of a marketplace and many of a language. Some are
required, some in the light of others; a later release of a schema changes some of them. The attributes are those that
most real schemas have; titles and words are our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.world.marketplaces import Marketplace
from sandbox.world.offer_schema import availability, currency, offers, price
from sandbox.world.schema_parts import (
    Schema,
    choice,
    entries,
    measure,
    measured,
    numbers,
    own,
    preset,
    texts,
    value_of,
)

LISTING, PRODUCT_ONLY, OFFER_ONLY = "LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"
META_SCHEMA = "https://schemas.amazon.com/selling-partners/definitions/product-types/meta-schema/v1"
_SCHEMA = "https://schemas.amazon.com/selling-partners/definitions/product-types/schema/v1/"
_VOCABULARY = "https://schemas.amazon.com/selling-partners/definitions/product-types/vocabulary/v1"

COUNTRIES = ("AT", "BE", "CN", "CZ", "DE", "DK", "ES", "FR", "GB", "IN", "IT", "JP", "NL", "PL", "PT", "TR", "US", "VN")
_COLOURS = ("Beige", "Black", "Blue", "Green", "Grey", "Red", "Silver", "White")
_GERMAN = {
    "Title": "Titel",
    "Brand": "Marke",
    "Description": "Beschreibung",
    "Key Feature": "Merkmal",
    "Colour": "Farbe",
    "Material": "Material",
    "Condition": "Zustand",
    "Weight": "Gewicht",
    "Country of Origin": "Ursprungsland",
}
_GROUPS = {
    "product_identity": (
        "Product Identity",
        (
            "item_name",
            "title_differentiation",
            "brand",
            "externally_assigned_product_identifier",
            "merchant_suggested_asin",
            "model_number",
        ),
    ),
    "offer": (
        "Offer",
        ("purchasable_offer", "list_price", "condition_type", "condition_note", "fulfillment_availability"),
    ),
    "variations": ("Variations", ("parentage_level", "child_parent_sku_relationship", "variation_theme")),
}
OFFER_ATTRIBUTES = frozenset(_GROUPS["offer"][1])
_OFFER = (*OFFER_ATTRIBUTES, "merchant_suggested_asin", "externally_assigned_product_identifier")
EXEMPTION = "supplier_declared_has_product_identifier_exemption"
_BOTH = ("merchant_suggested_asin", "externally_assigned_product_identifier")
_REQUIRED = ("item_name", "brand", "product_description", "bullet_point", "country_of_origin")


def product_schema(
    product_type: str,
    marketplace: Marketplace,
    *,
    requirements: str = LISTING,
    parentage: str = "",
    enforced: bool = True,
    language: str = "",
    release: int = 1,
    more: int = 0,
) -> Schema:
    """The schema of a product type.

    parentage  NONE, CHILD or PARENT: without the conditions that tell them apart
    enforced   whether anything is required
    language   of titles; the marketplace's own without one
    release    1, or a later one with other attributes and values
    more       attributes beyond those that matter, as in a rich product type
    """
    properties = _attributes(marketplace, release, more)
    if requirements == OFFER_ONLY:
        properties = {name: value for name, value in properties.items() if name in _OFFER}
    elif requirements == PRODUCT_ONLY:
        properties = {name: value for name, value in properties.items() if name not in OFFER_ATTRIBUTES}
    required = [] if requirements == OFFER_ONLY else [*_REQUIRED, *(["material"] if release > 1 else [])]
    schema = {
        "$schema": META_SCHEMA,
        "$id": f"{_SCHEMA}{product_type}",
        "$comment": f"Invented definition of the {product_type} product type",
        "$defs": _definitions(marketplace),
        "type": "object",
        "required": required if enforced else [],
        "properties": properties,
        "additionalProperties": False,
        **({"allOf": list(_conditions(set(properties), parentage))} if enforced else {}),
    }
    return _translated(schema) if (language or marketplace.language).startswith("de") else schema


def property_groups(schema: Schema) -> dict[str, Any]:
    """How the attributes of a schema are grouped in a form."""
    left = [name for name in schema["properties"] if not any(name in names for _, names in _GROUPS.values())]
    groups = {**_GROUPS, "product_details": ("Product Details", left)}
    return {
        group: {
            "title": title,
            "description": title,
            "propertyNames": [name for name in names if name in schema["properties"]],
        }
        for group, (title, names) in groups.items()
    }


def meta_schema() -> Schema:
    """The dialect of the schemas: JSON Schema 2019-09 and Amazon's vocabulary."""
    draft = "https://json-schema.org/draft/2019-09"
    parts = ("core", "applicator", "validation", "meta-data", "format", "content")
    whole = {"type": "integer", "minimum": 0}
    return {
        "$schema": f"{draft}/schema",
        "$id": META_SCHEMA,
        "$vocabulary": {**{f"{draft}/vocab/{one}": True for one in parts}, _VOCABULARY: True},
        "$recursiveAnchor": True,
        "allOf": [{"$ref": f"{draft}/meta/{one}"} for one in parts],
        "properties": {
            **dict.fromkeys(("minUniqueItems", "maxUniqueItems", "minUtf8ByteLength", "maxUtf8ByteLength"), whole),
            **{name: {"type": "boolean"} for name in ("editable", "hidden")},
            **{name: {"type": "array"} for name in ("enumNames", "selectors")},
        },
    }


def _attributes(marketplace: Marketplace, release: int, more: int) -> Schema:
    language, plain = ("marketplace_id", "language_tag"), ("marketplace_id",)
    attributes = {
        "item_name": texts("Title", language, maxLength=200, minLength=1, maxUtf8ByteLength=400),
        "title_differentiation": texts("Title Differentiation", language, maxLength=125, maxUtf8ByteLength=250),
        "brand": texts("Brand", language, minLength=1, maxLength=100, maxUtf8ByteLength=200),
        "product_description": texts("Description", language, maxLength=2000),
        "bullet_point": texts("Key Feature", language, most=5, maxLength=500),
        "externally_assigned_product_identifier": _identifiers(),
        EXEMPTION: entries("Product ID Exemption", plain, {"value": _exempt(), **own(plain)}),
        "merchant_suggested_asin": texts(
            "ASIN", plain, minLength=10, maxLength=10, pattern="^[A-Z0-9]{10}$", maxUtf8ByteLength=40
        ),
        "model_number": texts("Model Number", plain, minUtf8ByteLength=2, maxUtf8ByteLength=40),
        "color": texts("Colour", language, anyOf=[{"type": "string"}, choice(_COLOURS)]),
        "size": texts("Size", language, maxLength=50),
        "material": entries("Material", language, {"value": _material(release), **own(language)}, most=3),
        "country_of_origin": entries(
            "Country of Origin", plain, {"value": choice(COUNTRIES, title="Country of Origin"), **own(plain)}
        ),
        "number_of_items": numbers("Number of Items", type="integer", minimum=1, maximum=10_000, multipleOf=1),
        "item_weight": measured("Weight", ("grams", "kilograms", "pounds")),
        "item_package_weight": measured("Package Weight", ("grams", "kilograms", "pounds")),
        "item_package_dimensions": _dimensions(),
        "main_product_image_locator": _images("Main Image"),
        **{f"other_product_image_locator_{number}": _images(f"Other Image {number}") for number in range(1, 9)},
        "product_site_launch_date": _dates(),
        "supported_symbol": texts("Supported Symbol", plain, most=4, least=2, maxLength=20),
        "parentage_level": entries(
            "Parentage Level", plain, {"value": choice(("child", "parent"), title="Parentage Level"), **own(plain)}
        ),
        "child_parent_sku_relationship": _relationships(),
        "variation_theme": _themes(),
        "condition_type": entries(
            "Condition", plain, {"value": choice(("new_new", "used_good"), title="Condition"), **own(plain)}
        ),
        "condition_note": texts("Condition Note", language, maxLength=1000),
        "list_price": entries("List Price", (*plain, "currency"), {**price(), **currency(marketplace), **own(plain)}),
        "purchasable_offer": offers(marketplace),
        "fulfillment_availability": availability(),
    }
    if marketplace.country == "US":
        attributes["item_type_keyword"] = texts("Item Type Keyword", plain, maxLength=200)
    else:
        attributes["recommended_browse_nodes"] = texts("Browse Nodes", plain, most=2, maxLength=20)
    if release > 1:
        attributes["care_instructions"] = texts("Care Instructions", language, most=2, maxLength=100)
        del attributes["supported_symbol"]
    for number in range(more):
        make = (texts, numbers, measured)[number % 3]
        arguments: tuple[Any, ...] = ((language,), (), (("grams", "kilograms"),))[number % 3]
        attributes[f"detail_{number}"] = make(f"Detail {number}", *arguments)
    return attributes


def _conditions(known: set[str], parentage: str) -> Iterable[Schema]:
    """What is required, or not allowed, in the light of other attributes."""
    asin, identifier = (
        {"required": [name], "properties": {name: {"items": {"required": ["value"]}}}} for name in _BOTH
    )
    without = [_has(EXEMPTION, True), _has("parentage_level", "parent")] if "parentage_level" in known else []
    yield {"if": {"not": {"anyOf": [asin, *without]}}, "then": {"required": [_BOTH[1]]}}
    yield {"if": {"not": {"anyOf": [identifier, *without]}}, "then": {"required": [_BOTH[0]]}}
    if "fulfillment_availability" in known:
        own = {"required": ["fulfillment_channel_code"], "properties": {"fulfillment_channel_code": _is("DEFAULT")}}
        counted = {"if": own, "then": {"required": ["quantity"]}, "else": {"not": {"required": ["quantity"]}}}
        yield {"properties": {"fulfillment_availability": {"items": counted}}}
        offered = {"required": ["fulfillment_availability"]}
        if parentage != "PARENT":
            yield {"if": offered, "then": {"allOf": [{"required": ["purchasable_offer"]}, _requires("condition_type")]}}
        yield {"if": _has("condition_type", "used_good"), "then": _requires("condition_note")}
    if "parentage_level" in known and not parentage:
        child = _has("parentage_level", "child")
        yield {"if": child, "then": _requires("child_parent_sku_relationship")}
        alone = {"items": {"not": {"required": ["parent_sku"]}}}
        yield {"if": {"not": child}, "then": {"properties": {"child_parent_sku_relationship": alone}}}
        yield {
            "if": {"anyOf": [child, _has("parentage_level", "parent")]},
            "then": _requires("variation_theme"),
        }


def _has(attribute: str, value: str | bool) -> Schema:
    entry = {"required": ["value"], "properties": {"value": _is(value)}}
    return {"required": [attribute], "properties": {attribute: {"contains": entry}}}


def _requires(attribute: str) -> Schema:
    return {"required": [attribute]}


def _is(value: str | bool) -> Schema:
    return {"enum": [value]}


def _definitions(marketplace: Marketplace) -> Schema:
    values = {
        "marketplace_id": (marketplace.marketplace_id, marketplace.name),
        "language_tag": (marketplace.language, marketplace.language),
    }
    return {name: preset(value, label) for name, (value, label) in values.items()}


def _dimensions() -> Schema:
    units = ("centimeters", "inches", "millimeters")
    sides = {
        side: {
            "title": f"Package {side.title()}",
            "type": "object",
            "required": ["unit", "value"],
            "properties": measure(f"Package {side.title()}", units),
            "additionalProperties": False,
        }
        for side in ("length", "width", "height")
    }
    properties = {**sides, **own(("marketplace_id",))}
    return entries("Package Dimensions", ("marketplace_id",), properties, required=tuple(sides))


def _material(release: int) -> Schema:
    values = ("Cotton", "Glass", "Metal", "Plastic", "Wood", *(("Bamboo",) if release > 1 else ("Ivory",)))
    return choice(values, title="Material", replaces=["/properties/material_type"])


def _identifiers() -> Schema:
    selectors = ("marketplace_id", "type")
    kind = choice(("ean", "gtin", "upc"), title="Identifier Type")
    value = value_of("Identifier", minLength=8, maxLength=14, pattern=r"^\d+$")
    properties = {"type": kind, "value": value, **own(selectors)}
    return entries("External Product ID", selectors, properties, required=("type", "value"))


def _exempt() -> Schema:
    return value_of("Product ID Exemption", type="boolean", enum=[False, True], enumNames=["No", "Yes"])


def _images(title: str) -> Schema:
    where = value_of(title, format="uri", pattern="^(https?|s3)://", maxLength=2000)
    properties = {"media_location": where, **own(("marketplace_id",))}
    return entries(title, ("marketplace_id",), properties, required=("media_location",))


def _dates() -> Schema:
    either = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
    value = value_of("Launch Date", oneOf=either)
    return entries("Launch Date", ("marketplace_id",), {"value": value, **own(("marketplace_id",))})


def _relationships() -> Schema:
    properties = {
        "child_relationship_type": choice(("variation",), title="Relationship Type"),
        "parent_sku": value_of("Parent SKU", maxLength=40, maxUtf8ByteLength=40),
        **own(("marketplace_id",)),
    }
    selectors = ("marketplace_id", "child_relationship_type")
    return entries("Relationship", selectors, properties, required=("child_relationship_type",))


def _themes() -> Schema:
    lifecycle = {"$lifecycle": {"enumDeprecated": ["SIZE_NAME"]}}
    name = choice(("COLOR", "SIZE", "COLOR/SIZE", "SIZE_NAME"), title="Variation Theme", **lifecycle)
    return entries(
        "Variation Theme", ("marketplace_id",), {"name": name, **own(("marketplace_id",))}, required=("name",)
    )


def _translated(part: Any) -> Any:
    if isinstance(part, list):
        return [_translated(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: _GERMAN.get(value, value) if name == "title" and isinstance(value, str) else _translated(value)
        for name, value in part.items()
    }
