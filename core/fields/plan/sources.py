"""Where the value of an attribute comes from, or where it goes in the store, and how that is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import UsageError

LONGEST = 10_000
"""Characters of a constant or template."""
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
FEATURE_PREFIX = "feature:"
"""Before the number or name of a feature in a template."""


class SourceKind(StrEnum):
    """The kinds of sources."""

    FIELD = "field"
    """A field of the store's product."""
    FEATURE = "feature"
    """A feature of the store's product, by its number or name."""
    CONSTANT = "constant"
    """The same for all products."""
    TEMPLATE = "template"
    """Text with fields and features in it."""
    SKIP = "skip"
    """Never sent, or never stored."""
    NONE = "none"
    """Nothing is known; a person has to say."""


@dataclass(frozen=True)
class Source:
    """Where a value comes from; in imports, where it goes."""

    kind: SourceKind
    text: str = ""
    """The name of a field, a feature's number or name, the constant, or the template."""
    unit: str = ""
    """Of a number that tells none itself: `kilograms`."""
    values: tuple[tuple[str, str], ...] = ()
    """What the store says → what Amazon takes instead."""
    is_beside: bool = False
    """Only sent when the attribute has something else to say: a currency beside a price."""

    def to_json(self) -> dict[str, Any]:
        """As it is stored and shown."""
        document: dict[str, Any] = {"kind": self.kind.value}
        if self.text or self.kind is SourceKind.CONSTANT:
            document[_TEXT_KEY.get(self.kind, "text")] = self.text
        if self.unit:
            document["unit"] = self.unit
        if self.values:
            document["values"] = dict(self.values)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Source:
        """What was stored; one that this version cannot read is as if nobody had said anything."""
        try:
            kind = SourceKind(document.get("kind", ""))
        except ValueError:
            return NOTHING
        values = document.get("values")
        pairs = values.items() if isinstance(values, Mapping) else ()
        return cls(
            kind,
            str(document.get(_TEXT_KEY.get(kind, "text"), "")),
            str(document.get("unit", "")),
            tuple((str(key), str(value)) for key, value in pairs),
        )

    def __str__(self) -> str:
        """In words, as lists show it."""
        if self.kind in (SourceKind.SKIP, SourceKind.NONE):
            return "" if self.kind is SourceKind.NONE else "skip"
        unit = f" in {self.unit}" if self.unit else ""
        return f"{self.kind.value} {self.text}{unit}"


_TEXT_KEY = {
    SourceKind.FIELD: "field",
    SourceKind.FEATURE: "feature",
    SourceKind.CONSTANT: "value",
    SourceKind.TEMPLATE: "template",
}
NOTHING = Source(SourceKind.NONE)
SKIP = Source(SourceKind.SKIP)


def field(name: str, unit: str = "") -> Source:
    """A field of the store's product."""
    return Source(SourceKind.FIELD, name, unit)


def feature(which: str) -> Source:
    """A feature, by number or name."""
    return Source(SourceKind.FEATURE, which)


def constant(value: str) -> Source:
    """The same for all."""
    return Source(SourceKind.CONSTANT, value)


def beside(value: str) -> Source:
    """A constant that only accompanies other values of its attribute."""
    return Source(SourceKind.CONSTANT, value, is_beside=True)


def placeholders(template: str) -> list[str]:
    """The fields and features (`feature:Colour`) that a template names. Raises UsageError for a brace that is open."""
    names = [found.group(1).strip() for found in _PLACEHOLDER.finditer(template) if found.group(1) is not None]
    left = _PLACEHOLDER.sub("", template)
    if "{" in left or "}" in left or "" in names:
        raise UsageError(
            "A brace of the template is open or empty.",
            subject=template[:100],
            next_step="Write {product} for a field, {feature:Colour} for a feature, {{ and }} for braces.",
            fields={"template": "a brace is open or empty"},
        )
    return names


def filled(template: str, values: Mapping[str, str]) -> str:
    """A template with values in place of their names; where one is empty, no double space stays behind."""

    def replaced(found: re.Match[str]) -> str:
        name = found.group(1)
        return found.group(0)[0] if name is None else values.get(name.strip(), "")

    return " ".join(_PLACEHOLDER.sub(replaced, template).split())
