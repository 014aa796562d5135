"""Attributes of listings made from any schema of a product type: right ones, and ones with something wrong."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_DATES = {"date": "2026-11-28", "date-time": "2026-11-28T09:30:00Z"}
_OPTIONAL = 0.6
"""The chance of a part that need not be there."""
_WRONG = ("", "x" * 70, "ü" * 2000, -1, 0, 12.345, 10**9, None, True, [], {}, ["x"], {"value": "x"}, "2026-13-01")


class Maker:
    """Makes attributes for one schema. `wrong` is the chance at each value that it is spoilt."""

    def __init__(self, schema: Schema, seed: object, wrong: float = 0.0) -> None:
        self._schema = schema
        self._dice = random.Random(f"{seed}")
        self._wrong = wrong
        self.names = frozenset(schema["properties"])

    def some(self, share: float) -> dict[str, Any]:
        """The attributes that are always required, and a share of the others."""
        always, properties = self._schema.get("required") or (), self._schema["properties"]
        chosen = [name for name in properties if name in always or self._dice.random() < share]
        made = {name: self._value(properties[name]) for name in chosen if not self._spoil()}
        return made | ({"no_such_attribute": [{"value": "x"}]} if self._spoil() else {})

    def attribute(self, name: str) -> Any:
        """One attribute."""
        return self._value(self._schema["properties"][name])

    def _spoil(self) -> bool:
        return self._dice.random() < self._wrong

    def _value(self, part: Schema) -> Any:
        if self._spoil():
            return self._dice.choice(_WRONG)
        part = self._narrowed(part)
        if "enum" in part:
            return self._dice.choice(part["enum"])
        make = getattr(self, f"_{part.get('type')}", None)
        return make(part) if make else "x"

    def _narrowed(self, part: Schema) -> Schema:
        """The part itself, or what it refers to, with one of its alternatives."""
        reference = part.get("$ref", "")
        if reference:
            part = self._schema["$defs"][reference.rpartition("/")[2]]
        for keyword in ("anyOf", "oneOf"):
            if part.get(keyword):
                part = {**part, **self._dice.choice(part[keyword])}
        return part

    def _array(self, part: Schema) -> list[Any]:
        count = self._dice.choice((2, 3)) if self._spoil() else part.get("minUniqueItems", 1)
        return [self._value(part["items"]) for _ in range(count)]

    def _object(self, part: Schema) -> dict[str, Any]:
        always = part.get("required") or ()
        chosen = [name for name in part["properties"] if name in always or self._dice.random() < _OPTIONAL]
        made = {name: self._value(part["properties"][name]) for name in chosen if not self._spoil()}
        return made | ({"no_such_part": 1} if self._spoil() else {})

    def _string(self, part: Schema) -> str:
        pattern = str(part.get("pattern", ""))
        if part.get("format") in _DATES:
            return _DATES[part["format"]]
        if "https?" in pattern:
            return "https://images.example/1.jpg"
        letter = "1" if r"\d" in pattern else "B"
        return letter * max(part.get("minLength", 1), part.get("minUtf8ByteLength", 1), 1)

    def _number(self, part: Schema) -> float:
        return float(max(part.get("minimum", 1), 1))

    def _integer(self, part: Schema) -> int:
        return max(int(part.get("minimum", 1)), 1)

    def _boolean(self, part: Schema) -> bool:
        return self._dice.random() < 0.5


def without_faults(maker: Maker, made: dict[str, Any], faults: Any) -> dict[str, Any]:
    """`made` with what `faults` (a function that names wrong attributes) finds taken away or added, until it is right.

    Schemas say only in conditions what belongs together, so it is found out by asking.
    """
    for attempt in range(40):
        wrong = faults(made)
        if not wrong:
            break
        for name in wrong:
            if name in made and attempt % 2:
                del made[name]
            elif name in maker.names:
                made[name] = maker.attribute(name)
    return made
