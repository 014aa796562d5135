"""Nested attributes as flat values and back: `battery.weight.value` instead of lists of objects of lists of objects.

A path names the properties from the attribute inwards. The first entry of a list has no number, the others have theirs:
`bullet_point.value`, `bullet_point.2.value`. Marketplace and language never stand in a path: only the entries of one
place are read, and they are filled in where the schema has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKETPLACE, LANGUAGE = "marketplace_id", "language_tag"
SELECTORS = (MARKETPLACE, LANGUAGE)

Node = Mapping[str, Any]
Scalar = str | int | float | bool
Path = tuple[str, ...]
Lists = tuple[tuple[Path, Node], ...]
"""The lists that a leaf stands in, the outermost first, with their paths."""

_DEEPEST = 12
"""Levels of a schema that are followed; Amazon's have at most seven."""


@dataclass(frozen=True)
class Place:
    """Where a listing is: the entries of an attribute that are meant."""

    marketplace_id: str
    language_tag: str
    """As in `de_DE`."""

    def has(self, entry: Any) -> bool:
        """Whether an entry is of this place; one that names none is of all."""
        if not isinstance(entry, Mapping):
            return True
        own = {MARKETPLACE: self.marketplace_id, LANGUAGE: self.language_tag}
        return all(entry.get(name) in (None, value) for name, value in own.items())


def joined(path: Sequence[str]) -> str:
    """A path as people write it."""
    return ".".join(path)


def parted(text: str) -> Path:
    """A path from its text."""
    return tuple(text.split("."))


def flatten(attributes: Mapping[str, Any], place: Place) -> dict[str, Scalar]:
    """The values of a place, by path, in the order of the document."""
    return {joined(path): value for path, value in _leaves(attributes, (), place)}


def build(schema: Node, values: Mapping[str, Scalar], place: Place) -> dict[str, Any]:
    """The attributes with these values, as Amazon's schema nests them; raises KeyError for a path that it has not."""
    parts = {parted(path): value for path, value in values.items()}
    made: dict[str, Any] = {}
    for name in dict.fromkeys(path[0] for path in parts):
        own = {path[1:]: value for path, value in parts.items() if path[0] == name}
        made[name] = _made(schema, schema["properties"][name], own, place)
    return made


def resolved(schema: Node, node: Node) -> Node:
    """A part of a schema, or what it refers to."""
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return node
    name = reference.rpartition("/")[2]
    return {**schema.get("$defs", {}).get(name, {}), **{key: value for key, value in node.items() if key != "$ref"}}


def leaves(schema: Node, node: Node, path: Path) -> Iterator[tuple[Path, Node, Lists]]:
    """The leaves below a part of a schema, with their paths and the lists that they stand in."""
    yield from _below(schema, node, path, ())


def _below(schema: Node, node: Node, path: Path, lists: Lists) -> Iterator[tuple[Path, Node, Lists]]:
    node = resolved(schema, node)
    if len(path) > _DEEPEST:
        return
    if "items" in node:
        yield from _below(schema, node["items"], path, (*lists, (path, node)))
    elif "properties" in node:
        for name, part in node["properties"].items():
            if name not in SELECTORS:
                yield from _below(schema, part, (*path, name), lists)
    else:
        yield path, node, lists


def _leaves(value: Any, path: Path, place: Place) -> Iterator[tuple[Path, Scalar]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name not in SELECTORS:
                yield from _leaves(part, (*path, name), place)
    elif isinstance(value, list | tuple):
        for number, entry in enumerate((entry for entry in value if place.has(entry)), start=1):
            yield from _leaves(entry, path if number == 1 else (*path, str(number)), place)
    elif value is not None:
        yield path, value


def _made(schema: Node, node: Node, values: Mapping[Path, Scalar], place: Place) -> Any:
    node = resolved(schema, node)
    if "items" in node:
        entries: dict[int, dict[Path, Scalar]] = {}
        for path, value in values.items():
            is_numbered = bool(path) and path[0].isdecimal()
            number, rest = (int(path[0]), path[1:]) if is_numbered else (1, path)
            entries.setdefault(number, {})[rest] = value
        return [_made(schema, node["items"], entries[number], place) for number in sorted(entries)]
    if "properties" not in node:
        return values[()]
    properties = node["properties"]
    made = {}
    for name in dict.fromkeys(path[0] for path in values):
        own = {path[1:]: value for path, value in values.items() if path[0] == name}
        made[name] = _made(schema, properties[name], own, place)
    if MARKETPLACE in properties:
        made[MARKETPLACE] = place.marketplace_id
    if LANGUAGE in properties:
        made[LANGUAGE] = place.language_tag
    return made
