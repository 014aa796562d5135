"""Attributes of a submission judged by the schema of their product type, in the words of Amazon's issues."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs

from sandbox.amazon.issues import MISSING, Issue, issue, wrong
from sandbox.amazon.patching import PLACE
from sandbox.amazon.schemas import ProductTypes
from sandbox.amazon.vocabulary import compiled
from sandbox.world.marketplaces import Marketplace
from sandbox.world.product_schema import LISTING, product_schema
from sandbox.world.schema_parts import Schema

_COUNTS = ("minItems", "minUniqueItems", "maxItems", "maxUniqueItems")
_TOO_SMALL = ("minimum", "exclusiveMinimum")


class Rules:
    """The schemas of all product types as validators, each compiled once. Thread-safe."""

    def __init__(self, types: ProductTypes) -> None:
        self._types = types
        self._lock = threading.Lock()
        self._known: dict[tuple[Any, ...], tuple[Schema, jsonschema_rs.Validator]] = {}

    def selectors(self, product_type: str, place: Marketplace, name: str) -> Sequence[str]:
        """What tells the entries of an attribute apart."""
        schema, _ = self._of(product_type, place, LISTING, enforced=False)
        found: Sequence[str] = schema["properties"].get(name, {}).get("selectors", ())
        return found

    def problems(
        self,
        product_type: str,
        place: Marketplace,
        attributes: Mapping[str, Any],
        *,
        requirements: str = LISTING,
        enforced: bool = True,
        locale: str = "",
    ) -> list[Issue]:
        """What is wrong, one issue of a kind for each attribute; `enforced`: what is missing counts.

        Attributes are called as in a locale; without one, as in the marketplace.
        """
        schema, validator = self._of(product_type, place, requirements, enforced=enforced, locale=locale)
        document = dict(attributes)
        if validator.is_valid(document):
            return []
        found: dict[tuple[str, str], Issue] = {}
        for error in validator.iter_errors(document):
            for one in _told(error, schema):
                found.setdefault((one["code"], str(one["attributeNames"])), one)
        return list(found.values())

    def _of(
        self, product_type: str, place: Marketplace, requirements: str, *, enforced: bool, locale: str = ""
    ) -> tuple[Schema, jsonschema_rs.Validator]:
        key = (
            product_type,
            place.marketplace_id,
            requirements,
            enforced,
            locale,
            self._types.release(product_type),
            self._types.attributes,
        )
        with self._lock:
            if key not in self._known:
                *_, release, more = key
                schema = product_schema(
                    product_type,
                    place,
                    requirements=requirements,
                    enforced=enforced,
                    language=locale,
                    release=release,
                    more=more,
                )
                self._known[key] = schema, compiled(schema)
            return self._known[key]


def _told(error: jsonschema_rs.ValidationError, schema: Schema) -> Iterator[Issue]:
    path, kind = list(error.instance_path), error.kind.as_dict()
    name = str(path[0]) if path else ""
    what = error.kind.name
    if not path:
        if what == "required":
            missing = kind["property"]
            message = f"'{_title(schema, missing)}' is required but not supplied."
            yield issue("90220", message, missing, category=MISSING)
        elif what == "additionalProperties":
            yield from (issue("90000900", "The attributes are invalid.", one) for one in kind["unexpected"])
        return
    title = _title(schema, name)
    if what in _COUNTS:
        yield _miscounted(error, kind, title, name)
    elif what == "required":
        yield _too_few(kind["property"], title, name)
    elif what == "additionalProperties":
        yield issue("90000900", "The attributes are invalid.", name)
    elif what == "enum":
        yield issue("90244", f"The value '{error.instance}' specified for '{title}' is not accepted.", name)
    elif what in _TOO_SMALL:
        message = f"Value for '{error.instance}' is lesser than the required minimum '{kind['limit']}'."
        yield issue("90004114", message, name)
    else:
        yield wrong(title, name)


def _miscounted(error: jsonschema_rs.ValidationError, kind: Mapping[str, Any], title: str, name: str) -> Issue:
    if "message" in kind:
        _, found, limit = kind["message"].split()
    else:
        found, limit = str(len(error.instance)), kind["limit"]  # type: ignore[arg-type]
    if error.kind.name.startswith("min"):
        return _too_few("value", title, name, str(limit))
    allowed = f"A maximum of {limit} occurrence(s) is/are allowed for the attribute {name}"
    return issue("99016", f"{allowed} but it currently occurs {found} times.", name)


def _too_few(field: str, title: str, name: str, least: str = "1") -> Issue:
    message = (
        f"The field '{field}' for the attribute '{title}' does not have enough values. "
        f"The required minimum is '{least}' value(s)."
    )
    return issue("99022", message, name)


def _title(schema: Schema, name: str) -> str:
    return str(schema["properties"].get(name, {}).get("title", name))


def misplaced(attributes: Mapping[str, Sequence[Mapping[str, Any]]], places: Sequence[str]) -> list[Issue]:
    """Entries of marketplaces that the submission is not for."""
    return [
        wrong(name, name)
        for name, entries in attributes.items()
        if any(one.get(PLACE) not in (None, *places) for one in entries)
    ]
