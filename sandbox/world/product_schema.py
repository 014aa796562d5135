"""What Amazon wants to be told of a product: an invented schema for each product type, with its whole vocabulary.

All attributes are lists of entries, as Amazon has them, each entry of a marketplace and many of a language. Some are
required, some in the light of others; a later release of a schema changes some of them. The attributes are those that
most real schemas have; titles and words are our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.world.marketplaces import Marketplace

LISTING, PRODUCT_ONLY, OFFER_ONLY = "LISTING", "LISTING_PRODUCT_ONLY", "LISTING_OFFER_ONLY"
META_SCHEMA = "https://schemas.amazon.com/selling-partners/definitions/product-types/meta-schema/v1"
_SCHEMA = "https://schemas.amazon.com/selling-partners/definitions/product-types/schema/v1/"
_VOCABULARY = "https://schemas.amazon.com/selling-partners/definitions/product-types/vocabulary/v1"

Schema = dict[str, Any]

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
        ("item_name", "brand", "externally_assigned_product_identifier", "merchant_suggested_asin", "model_number"),
    ),
    "offer": (
        "Offer",
        ("purchasable_offer", "list_price", "condition_type", "condition_note", "fulfillment_availability"),
    ),
    "variations": ("Variations", ("parentage_level", "child_parent_sku_relationship", "variation_theme")),
}
_OFFER = (*_GROUPS["offer"][1], "merchant_suggested_asin", "externally_assigned_product_identifier")
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
        offered = set(_GROUPS["offer"][1])
        properties = {name: value for name, value in properties.items() if name not in offered}
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
        "item_name": _texts("Title", language, maxLength=200, minLength=1, maxUtf8ByteLength=400),
        "brand": _texts("Brand", language, minLength=1, maxLength=100, maxUtf8ByteLength=200),
        "product_description": _texts("Description", language, maxLength=2000),
        "bullet_point": _texts("Key Feature", language, most=5, maxLength=500),
        "externally_assigned_product_identifier": _identifiers(),
        "merchant_suggested_asin": _texts(
            "ASIN", plain, minLength=10, maxLength=10, pattern="^[A-Z0-9]{10}$", maxUtf8ByteLength=40
        ),
        "model_number": _texts("Model Number", plain, minUtf8ByteLength=2, maxUtf8ByteLength=40),
        "color": _texts("Colour", language, anyOf=[{"type": "string"}, _choice(_COLOURS)]),
        "material": _list("Material", language, {"value": _material(release), **_own(language)}, most=3),
        "country_of_origin": _list(
            "Country of Origin", plain, {"value": _choice(COUNTRIES, title="Country of Origin"), **_own(plain)}
        ),
        "number_of_items": _numbers("Number of Items", type="integer", minimum=1, maximum=10_000, multipleOf=1),
        "item_weight": _measured("Weight", ("grams", "kilograms", "pounds")),
        "item_package_dimensions": _dimensions(),
        "main_product_image_locator": _images(),
        "product_site_launch_date": _dates(),
        "supported_symbol": _texts("Supported Symbol", plain, most=4, least=2, maxLength=20),
        "parentage_level": _list(
            "Parentage Level", plain, {"value": _choice(("child", "parent"), title="Parentage Level"), **_own(plain)}
        ),
        "child_parent_sku_relationship": _relationships(),
        "variation_theme": _themes(),
        "condition_type": _list(
            "Condition", plain, {"value": _choice(("new_new", "used_good"), title="Condition"), **_own(plain)}
        ),
        "condition_note": _texts("Condition Note", language, maxLength=1000),
        "list_price": _list("List Price", (*plain, "currency"), {**_price(), **_currency(marketplace), **_own(plain)}),
        "purchasable_offer": _offers(marketplace),
        "fulfillment_availability": _availability(),
    }
    if marketplace.country == "US":
        attributes["item_type_keyword"] = _texts("Item Type Keyword", plain, maxLength=200)
    else:
        attributes["recommended_browse_nodes"] = _texts("Browse Nodes", plain, most=2, maxLength=20)
    if release > 1:
        attributes["care_instructions"] = _texts("Care Instructions", language, most=2, maxLength=100)
        del attributes["supported_symbol"]
    for number in range(more):
        make = (_texts, _numbers, _measured)[number % 3]
        arguments: tuple[Any, ...] = ((language,), (), (("grams", "kilograms"),))[number % 3]
        attributes[f"detail_{number}"] = make(f"Detail {number}", *arguments)  # type: ignore[operator]
    return attributes


def _conditions(known: set[str], parentage: str) -> Iterable[Schema]:
    """What is required, or not allowed, in the light of other attributes."""
    asin, identifier = (
        {"required": [name], "properties": {name: {"items": {"required": ["value"]}}}} for name in _BOTH
    )
    yield {"if": {"not": asin}, "then": {"required": [_BOTH[1]]}}
    yield {"if": {"not": identifier}, "then": {"required": [_BOTH[0]]}}
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
        without = {"items": {"not": {"required": ["parent_sku"]}}}
        yield {"if": {"not": child}, "then": {"properties": {"child_parent_sku_relationship": without}}}
        yield {
            "if": {"anyOf": [child, _has("parentage_level", "parent")]},
            "then": _requires("variation_theme"),
        }


def _has(attribute: str, value: str) -> Schema:
    entry = {"required": ["value"], "properties": {"value": _is(value)}}
    return {"required": [attribute], "properties": {attribute: {"contains": entry}}}


def _requires(attribute: str) -> Schema:
    return {"required": [attribute]}


def _is(value: str) -> Schema:
    return {"enum": [value]}


def _definitions(marketplace: Marketplace) -> Schema:
    values = {
        "marketplace_id": (marketplace.marketplace_id, marketplace.name),
        "language_tag": (marketplace.language, marketplace.language),
    }
    return {name: _preset(value, label) for name, (value, label) in values.items()}


def _preset(value: str, label: str) -> Schema:
    """A value that Amazon fills in by itself."""
    return {
        "default": value,
        "editable": False,
        "hidden": True,
        "examples": [label],
        "type": "string",
        "anyOf": [{"type": "string"}, {"type": "string", "enum": [value], "enumNames": [label]}],
    }


def _own(selectors: Sequence[str]) -> Schema:
    return {name: {"$ref": f"#/$defs/{name}"} for name in selectors if name in ("marketplace_id", "language_tag")}


def _list(
    title: str,
    selectors: Sequence[str],
    properties: Schema,
    *,
    most: int = 1,
    least: int = 1,
    required: Sequence[str] = ("value",),
) -> Schema:
    """An attribute."""
    return {
        "title": title,
        "description": f"{title} of the product",
        "examples": [title],
        "type": "array",
        "minItems": 1,
        "minUniqueItems": least,
        "maxUniqueItems": most,
        "selectors": list(selectors),
        "items": {
            "type": "object",
            "required": list(required),
            "properties": properties,
            "additionalProperties": False,
        },
    }


def _value(title: str, **limits: Any) -> Schema:
    kind = {} if "type" in limits else {"type": "string"}
    return {"title": title, "description": title, "editable": True, "hidden": False, **kind, **limits}


def _choice(values: Sequence[str], *, title: str = "", **more: Any) -> Schema:
    named = {"title": title, "description": title, "editable": True, "hidden": False} if title else {}
    return {**named, "type": "string", "enum": list(values), "enumNames": [one.title() for one in values], **more}


def _texts(title: str, selectors: Sequence[str], *, most: int = 1, least: int = 1, **limits: Any) -> Schema:
    required = ("language_tag", "value") if "language_tag" in selectors else ("value",)
    properties = {"value": _value(title, **limits), **_own(selectors)}
    return _list(title, selectors, properties, most=most, least=least, required=required)


def _numbers(title: str, **limits: Any) -> Schema:
    properties = {"value": _value(title, **({"type": "number"} | limits)), **_own(("marketplace_id",))}
    return _list(title, ("marketplace_id",), properties)


def _measured(title: str, units: Sequence[str]) -> Schema:
    properties = {**_measure(title, units), **_own(("marketplace_id",))}
    return _list(title, ("marketplace_id",), properties, required=("unit", "value"))


def _measure(title: str, units: Sequence[str]) -> Schema:
    value = _value(title, type="number", exclusiveMinimum=0, maximum=1_000_000, multipleOf=0.01)
    return {"value": value, "unit": _choice(units, title=f"{title} Unit")}


def _dimensions() -> Schema:
    units = ("centimeters", "inches", "millimeters")
    sides = {
        side: {
            "title": f"Package {side.title()}",
            "type": "object",
            "required": ["unit", "value"],
            "properties": _measure(f"Package {side.title()}", units),
            "additionalProperties": False,
        }
        for side in ("length", "width", "height")
    }
    properties = {**sides, **_own(("marketplace_id",))}
    return _list("Package Dimensions", ("marketplace_id",), properties, required=tuple(sides))


def _material(release: int) -> Schema:
    values = ("Cotton", "Glass", "Metal", "Plastic", "Wood", *(("Bamboo",) if release > 1 else ("Ivory",)))
    return _choice(values, title="Material", replaces=["/properties/material_type"])


def _identifiers() -> Schema:
    selectors = ("marketplace_id", "type")
    kind = _choice(("ean", "gtin", "upc"), title="Identifier Type")
    value = _value("Identifier", minLength=8, maxLength=14, pattern=r"^\d+$")
    properties = {"type": kind, "value": value, **_own(selectors)}
    return _list("External Product ID", selectors, properties, required=("type", "value"))


def _images() -> Schema:
    where = _value("Main Image", format="uri", pattern="^(https?|s3)://", maxLength=2000)
    properties = {"media_location": where, **_own(("marketplace_id",))}
    return _list("Main Image", ("marketplace_id",), properties, required=("media_location",))


def _dates() -> Schema:
    either = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
    value = _value("Launch Date", oneOf=either)
    return _list("Launch Date", ("marketplace_id",), {"value": value, **_own(("marketplace_id",))})


def _relationships() -> Schema:
    properties = {
        "child_relationship_type": _choice(("variation",), title="Relationship Type"),
        "parent_sku": _value("Parent SKU", maxLength=40, maxUtf8ByteLength=40),
        **_own(("marketplace_id",)),
    }
    selectors = ("marketplace_id", "child_relationship_type")
    return _list("Relationship", selectors, properties, required=("child_relationship_type",))


def _themes() -> Schema:
    lifecycle = {"$lifecycle": {"enumDeprecated": ["SIZE_NAME"]}}
    name = _choice(("COLOR", "SIZE", "COLOR/SIZE", "SIZE_NAME"), title="Variation Theme", **lifecycle)
    return _list(
        "Variation Theme", ("marketplace_id",), {"name": name, **_own(("marketplace_id",))}, required=("name",)
    )


def _price() -> Schema:
    return {"value": _value("Price", type="number", minimum=0, multipleOf=0.01)}


def _currency(marketplace: Marketplace) -> Schema:
    return {"currency": _preset(marketplace.currency, marketplace.currency)}


def _offers(marketplace: Marketplace) -> Schema:
    amount = _value("Your Price", type="number", exclusiveMinimum=0, multipleOf=0.01)
    schedule = {
        "title": "Price Schedule",
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": {
            "type": "object",
            "required": ["value_with_tax"],
            "properties": {"value_with_tax": amount},
            "additionalProperties": False,
        },
    }
    price = {
        "title": "Price",
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": {"type": "object", "required": ["schedule"], "properties": {"schedule": schedule}},
    }
    selectors = ("marketplace_id", "currency", "audience")
    audience = _choice(("ALL", "B2B"), title="Audience")
    properties = {"our_price": price, "audience": audience, **_currency(marketplace), **_own(selectors)}
    return _list("Offer", selectors, properties, required=("currency", "our_price"))


def _availability() -> Schema:
    channels = _choice(("AMAZON_EU", "AMAZON_JP", "AMAZON_NA", "DEFAULT"), title="Fulfilment Channel")
    properties = {
        "fulfillment_channel_code": channels,
        "quantity": _value("Quantity", type="integer", minimum=0, maximum=1_000_000),
        "lead_time_to_ship_max_days": _value("Handling Days", type="integer", minimum=0, maximum=30),
        **_own(("marketplace_id",)),
    }
    return _list("Availability", ("fulfillment_channel_code",), properties, required=("fulfillment_channel_code",))


def _translated(part: Any) -> Any:
    if isinstance(part, list):
        return [_translated(one) for one in part]
    if not isinstance(part, Mapping):
        return part
    return {
        name: _GERMAN.get(value, value) if name == "title" and isinstance(value, str) else _translated(value)
        for name, value in part.items()
    }
