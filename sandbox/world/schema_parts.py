"""What the schemas of product types are made of: lists of entries, texts, numbers, measures, choices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Schema = dict[str, Any]


def preset(value: str, label: str) -> Schema:
    """A value that Amazon fills in by itself."""
    return {
        "default": value,
        "editable": False,
        "hidden": True,
        "examples": [label],
        "type": "string",
        "anyOf": [{"type": "string"}, {"type": "string", "enum": [value], "enumNames": [label]}],
    }


def own(selectors: Sequence[str]) -> Schema:
    """The selectors that every schema defines."""
    return {name: {"$ref": f"#/$defs/{name}"} for name in selectors if name in ("marketplace_id", "language_tag")}


def entries(
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


def value_of(title: str, **limits: Any) -> Schema:
    """A value with its title and limits; a text unless they say another type."""
    kind = {} if "type" in limits else {"type": "string"}
    return {"title": title, "description": title, "editable": True, "hidden": False, **kind, **limits}


def choice(values: Sequence[str], *, title: str = "", **more: Any) -> Schema:
    """One of some values."""
    named = {"title": title, "description": title, "editable": True, "hidden": False} if title else {}
    return {**named, "type": "string", "enum": list(values), "enumNames": [one.title() for one in values], **more}


def texts(title: str, selectors: Sequence[str], *, most: int = 1, least: int = 1, **limits: Any) -> Schema:
    """An attribute that is a text."""
    required = ("language_tag", "value") if "language_tag" in selectors else ("value",)
    properties = {"value": value_of(title, **limits), **own(selectors)}
    return entries(title, selectors, properties, most=most, least=least, required=required)


def numbers(title: str, **limits: Any) -> Schema:
    """An attribute that is a number."""
    properties = {"value": value_of(title, **({"type": "number"} | limits)), **own(("marketplace_id",))}
    return entries(title, ("marketplace_id",), properties)


def measured(title: str, units: Sequence[str]) -> Schema:
    """An attribute that is a number with its unit."""
    properties = {**measure(title, units), **own(("marketplace_id",))}
    return entries(title, ("marketplace_id",), properties, required=("unit", "value"))


def measure(title: str, units: Sequence[str]) -> Schema:
    """A number with its unit."""
    value = value_of(title, type="number", exclusiveMinimum=0, maximum=1_000_000, multipleOf=0.01)
    return {"value": value, "unit": choice(units, title=f"{title} Unit")}
