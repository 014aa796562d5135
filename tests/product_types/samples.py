"""Invalid listings made of Amazon's own schemas: one fault each, of the kinds that operators make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

from core.fields.plan.paths import SELECTORS

MISSING, TOO_LONG, WRONG_VALUE, WRONG_UNIT, TWICE = (
    "missing attribute", "too long", "wrong value", "wrong unit", "duplicate selectors",
)  # fmt: skip
KINDS = (MISSING, TOO_LONG, WRONG_VALUE, WRONG_UNIT, TWICE)
_SELECTED = ("selectors", "maxUniqueItems")

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A listing with one fault."""

    kind: str
    attribute: str
    where: str
    before: dict[str, Any]
    """Without the fault."""
    attributes: dict[str, Any]


def samples(schema: Node, random: Random, most: int) -> list[Sample]:
    """Up to so many of each kind."""
    made = list(_all(schema))
    random.shuffle(made)
    return [one for kind in KINDS for one in [sample for sample in made if sample.kind == kind][:most]]


def _all(schema: Node) -> Iterator[Sample]:
    whole = {name: _value(schema["properties"][name], schema) for name in schema["properties"]}
    needed = {name: whole[name] for name in schema.get("required", ())}
    for name in needed:
        yield Sample(MISSING, name, name, needed, {other: told for other, told in needed.items() if other != name})
    for name, node in schema["properties"].items():
        if not whole[name]:
            continue
        before = {**needed, name: whole[name]}
        entry = whole[name][0]
        if all(key in node for key in _SELECTED) and set(node["selectors"]) <= entry.keys():
            several = [_numbered(entry, number) for number in range(node["maxUniqueItems"] + 1)]
            if len({str(one) for one in several}) == len(several) or len(several) == 2:
                yield Sample(TWICE, name, name, before, {**before, name: several})
        for kind, path, value in _wrong(node.get("items", {}), schema, ()):
            changed = deepcopy(entry)
            if _put(changed, path, value):
                yield Sample(kind, name, ".".join(map(str, path)), before, {**before, name: [changed]})


def _wrong(node: Node, schema: Node, path: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    """Values that are wrong below a part of an attribute, each with its place."""
    node = _resolved(node, schema)
    if node.get("type") == "object":
        for name, part in node.get("properties", {}).items():
            if name not in SELECTORS:
                yield from _wrong(part, schema, (*path, name))
    elif node.get("type") == "array":
        yield from _wrong(node.get("items", {}), schema, (*path, 0))
    elif "enum" in node:
        yield WRONG_UNIT if path[-1] == "unit" else WRONG_VALUE, path, "furlongs per fortnight"
    elif node.get("type") == "string" and "anyOf" not in node:
        if "maxUtf8ByteLength" in node:
            yield TOO_LONG, path, "ü" * (node["maxUtf8ByteLength"] // 2 + 1)
        elif "maxLength" in node:
            yield TOO_LONG, path, "x" * (node["maxLength"] + 1)


def _put(entry: Any, path: tuple[Any, ...], value: Any) -> bool:
    for part in path[:-1]:
        if (isinstance(entry, dict) and part not in entry) or (isinstance(entry, list) and part >= len(entry)):
            return False
        entry = entry[part]
    entry[path[-1]] = value
    return True


def _numbered(entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    """An entry for the same place that says something else, as far as it is free text."""
    is_text = isinstance(entry.get("value"), str) and "language_tag" in entry
    return {**entry, "value": f"{entry['value']} {number}"} if is_text else dict(entry)


def _value(node: Node, schema: Node) -> Any:
    """Something that a node takes."""
    node = _resolved(node, schema)
    if "enum" in node:
        return node["enum"][0]
    if "anyOf" in node:
        return _value(next((one for one in node["anyOf"] if "enum" in one), node["anyOf"][0]), schema)
    kind = node.get("type")
    if kind == "object":
        return {name: _value(part, schema) for name, part in node.get("properties", {}).items()}
    if kind == "array":
        return [_value(node.get("items", {}), schema)]
    if kind == "boolean":
        return True
    if kind in ("number", "integer"):
        return max(node.get("minimum", 1), 1)
    if node.get("format", "").startswith("date"):
        return "2026-11-29" if node["format"] == "date" else "2026-11-29T00:00:00Z"
    return str(node.get("default") or "word" * (node.get("minLength", 0) // 4 + 1))


def _resolved(node: Node, schema: Node) -> Node:
    if "$ref" in node:
        found: Node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        return found
    return node
