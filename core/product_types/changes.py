"""What a new schema of a product type changes in the one before it, as sellers feel it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

Values = dict[str, list[str]]
"""Place of a value (`color.value`) → what may stand there."""
_INSIDE = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True)
class Changes:
    """Attributes and accepted values that came, went, or became required or optional."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    """Attributes that are required now whatever else is given."""
    optional: list[str] = field(default_factory=list)
    values_added: Values = field(default_factory=dict)
    values_removed: Values = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def stored(self) -> dict[str, Any]:
        """As a row holds it, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Changes:
        """What `stored` gave."""
        return cls(**{one.name: stored[one.name] for one in fields(cls) if one.name in stored})


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """What changed from one schema to another."""
    before, now = old.get("properties") or {}, new.get("properties") or {}
    was, is_now = set(old.get("required") or ()), set(new.get("required") or ())
    values, values_now = _values(old), _values(new)
    added: Values = {}
    removed: Values = {}
    for place in sorted(values.keys() & values_now.keys()):
        for result, some, others in ((added, values_now, values), (removed, values, values_now)):
            if gone := sorted(some[place] - others[place]):
                result[place] = gone
    return Changes(
        added=sorted(now.keys() - before.keys()),
        removed=sorted(before.keys() - now.keys()),
        required=sorted(is_now - was),
        optional=sorted((was - is_now) & now.keys()),
        values_added=added,
        values_removed=removed,
    )


def _values(schema: Mapping[str, Any]) -> dict[str, set[str]]:
    """The accepted values of a schema, wherever it lists some."""
    found: dict[str, set[str]] = {}
    for name, part in (schema.get("properties") or {}).items():
        for place, value in _listed(part, name):
            found.setdefault(place, set()).add(value)
    return found


def _listed(part: Any, place: str) -> Iterator[tuple[str, str]]:
    if not isinstance(part, dict):
        return
    for value in part.get("enum") or ():
        yield place, str(value)
    yield from _listed(part.get("items"), place)
    for name, inner in (part.get("properties") or {}).items():
        yield from _listed(inner, f"{place}.{name}")
    for keyword in _INSIDE:
        for inner in part.get(keyword) or ():
            yield from _listed(inner, place)
