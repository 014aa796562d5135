"""Just enough of Swagger 2.0 to judge a request: which operation it is, and whether its parameters are allowed.

Parameters are turned into JSON schemas and judged by jsonschema; bodies and answers by the model's definitions.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft4Validator, Draft7Validator, FormatChecker  # type: ignore[import-untyped,unused-ignore]

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("CROSSDOCK_SPAPI_MODELS") or ROOT / "../shared/spapi-models")
ORDERS_V0 = "orders-api-model/ordersV0.json"
ORDERS = "orders-api-model/orders_2026-01-01.json"
SELLERS = "sellers-api-model/sellers.json"
APPLICATIONS = "application-management-api-model/application_2023-11-30.json"
LISTINGS = "listings-items-api-model/listingsItems_2021-08-01.json"
REPORTS = "reports-api-model/reports_2021-06-30.json"
FEEDS = "feeds-api-model/feeds_2021-06-30.json"
PRODUCT_TYPES = "product-type-definitions-api-model/definitionsProductTypes_2020-09-01.json"
NOTIFICATIONS = "notifications-api-model/notifications.json"
CATALOG = "catalog-items-api-model/catalogItems_2022-04-01.json"
# Of operations with the same name in both versions of the Orders API, those of the later one count.
USED = (ORDERS_V0, ORDERS, SELLERS, APPLICATIONS, LISTINGS, REPORTS, FEEDS, CATALOG, PRODUCT_TYPES, NOTIFICATIONS)
ABSENT = (
    f"Amazon's models are not in {FOLDER}: clone https://github.com/amzn/selling-partner-api-models "
    "and name its folder in CROSSDOCK_SPAPI_MODELS"
)

_CHECKER = FormatChecker()
_KEYWORDS = (
    "type",
    "format",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)
_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}


@dataclass(frozen=True)
class Operation:
    """One operation of a model."""

    name: str
    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    document: Mapping[str, Any]
    model: Model

    def matches(self, method: str, path: str) -> dict[str, str] | None:
        """The path parameters when a request is one of this operation."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found and method == self.method else None

    def problems(self, method: str, url: str, body: Any = None) -> list[str]:
        """What is wrong with a request; empty when nothing is."""
        parts = urlsplit(url)
        in_path = self.matches(method, parts.path) or {}
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        given = {"path": {name: unquote(value) for name, value in in_path.items()}, "query": dict(pairs)}
        names = [name for name, _ in pairs]
        found = [f"{name} is given twice" for name in sorted(set(names)) if names.count(name) > 1]
        known = {(one["in"], one["name"]): one for one in self.parameters}
        for place, values in given.items():
            for name, text in values.items():
                parameter = known.get((place, name))
                if parameter is None:
                    found.append(f"{name} is not a parameter of {self.name}")
                else:
                    found += [f"{name}: {problem}" for problem in _judge(parameter, text)]
        for (place, name), parameter in known.items():
            if parameter.get("required") and place in given and name not in given[place]:
                found.append(f"{name} is missing")
        return found + self._body_problems(body)

    def _body_problems(self, body: Any) -> list[str]:
        wanted = next((one for one in self.parameters if one["in"] == "body"), None)
        if wanted is None:
            return [] if body is None else ["a body is not expected"]
        if body is None:
            return ["the body is missing"] if wanted.get("required") else []
        return self.model.problems(wanted["schema"], body)

    def answer_problems(self, status: int, body: Any) -> list[str]:
        """What is wrong with an answer of this status."""
        schema = self.document["responses"][str(status)].get("schema")
        if schema is None:
            return [] if body is None else ["a body is not promised"]
        return self.model.problems(schema, body)

    def examples(self) -> Iterator[tuple[str, Any]]:
        """The answers of status 200 that the model shows: of its documentation and of the static sandbox."""
        answer = self.document["responses"]["200"]
        shown = answer.get("examples", {})
        shown = shown.get("application/json", shown)  # the Sellers model leaves the type out
        if shown:
            yield f"{self.name} documentation", shown
        for number, one in enumerate(answer.get("x-amzn-api-sandbox", {}).get("static", []), start=1):
            yield f"{self.name} sandbox {number}", one["response"]

    def fixtures(self, status: int = 200) -> Iterator[Mapping[str, Any]]:
        """The parameters by which the static sandbox recognises a request."""
        for one in self.document["responses"][str(status)]["x-amzn-api-sandbox"]["static"]:
            yield {name: given["value"] for name, given in one["request"].get("parameters", {}).items()}

    def plan(self) -> tuple[float, int]:
        """Rate and burst from the table in the description."""
        # Some tables have a column before these two that says whose plan a line is.
        row = r"\|\s*-+\s*\|\s*-+\s*\|\s*(?:-+\s*\|)?\s*\|(?:\s*Default\s*\|)?\s*([\d.]+)\s*\|\s*(\d+)\s*\|"
        cells = re.search(row, self.document["description"])
        assert cells is not None, f"{self.name} has no usage plan"
        return float(cells[1]), int(cells[2])


class Model:
    """One model file."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._definitions = _closed(document["definitions"])

    def operations(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            shared = item.get("parameters", [])
            for method in ("get", "post", "put", "patch", "delete"):
                if method in item:
                    own = item[method]
                    parameters = tuple(self._resolved(one) for one in [*shared, *own.get("parameters", [])])
                    yield Operation(own["operationId"], method.upper(), path, parameters, own, self)

    def problems(self, schema: Mapping[str, Any], value: Any) -> list[str]:
        """What `value` violates of a schema, with no room for properties that the model does not name."""
        judge = Draft4Validator({**schema, "definitions": self._definitions}, format_checker=_CHECKER)
        return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in judge.iter_errors(value)]

    def _resolved(self, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
        reference = parameter.get("$ref", "")
        if not reference:
            return parameter
        return dict(self._document["parameters"][reference.rpartition("/")[2]])


@cache
def load(name: str) -> Model:
    """Read a model; it is named by its path in Amazon's repository."""
    return Model(json.loads((FOLDER / "models" / name).read_text()))


def present() -> bool:
    """Whether all models that the tests need are there."""
    return all((FOLDER / "models" / name).exists() for name in USED)


def feeds_judge(name: str) -> Draft7Validator:
    """What judges feeds of listings, or their reports, by an official schema."""
    return Draft7Validator(json.loads((FOLDER / f"schemas/feeds/listings-feed-{name}-v2.json").read_text()))


@cache
def operations() -> dict[str, Operation]:
    """All operations of the models in use, by name."""
    return {operation.name: operation for name in USED for operation in load(name).operations()}


def _judge(parameter: Mapping[str, Any], text: str) -> Iterator[str]:
    """What is wrong with the text of one parameter."""
    if text == "":
        yield "it is empty"
        return
    schema = _schema(parameter)
    try:
        value = _value(parameter, text)
    except ValueError as reason:
        yield str(reason)
        return
    for error in Draft4Validator(schema, format_checker=_CHECKER).iter_errors(value):
        yield error.message


def _schema(parameter: Mapping[str, Any]) -> dict[str, Any]:
    schema = {name: parameter[name] for name in _KEYWORDS if name in parameter}
    return schema | ({"items": _schema(parameter["items"])} if "items" in parameter else {})


def _value(parameter: Mapping[str, Any], text: str) -> Any:
    match parameter["type"]:
        case "array":
            # Swagger's default separator is the comma; `multi` is not used by any model of ours.
            parts = text.split(_SEPARATORS[parameter.get("collectionFormat", "csv")])
            return [_value(parameter["items"], part) for part in parts]
        case "integer":
            return int(text)
        case "number":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}.get(text, text)
        case _:
            return text


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {name: _closed(value) for name, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result
