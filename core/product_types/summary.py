"""The attributes of a definition at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.product_types.definitions import Definition
from core.product_types.words import title_of

Need = Literal["yes", "depends", "no"]


@dataclass(frozen=True)
class AttributeView:
    """An attribute of a product type."""

    name: str
    title: str
    group: str
    """What people call the group it stands in."""
    required: Need
    """`depends`: on the other attributes."""
    accepted: Sequence[str]
    """The values of its main part, where it lists some."""


def attributes_of(definition: Definition) -> list[AttributeView]:
    """The attributes of a definition: what is always required first, then what may be."""
    schema = definition.schema
    always, sometimes = set(schema.get("required") or ()), set(_named_by_conditions(schema.get("allOf")))
    groups = _groups(definition.property_groups)
    views = [
        AttributeView(
            name=name,
            title=title_of(schema, [name]),
            group=groups.get(name, ""),
            required="yes" if name in always else "depends" if name in sometimes else "no",
            accepted=_accepted(part),
        )
        for name, part in schema["properties"].items()
    ]
    order = {"yes": 0, "depends": 1, "no": 2}
    return sorted(views, key=lambda view: order[view.required])


def _groups(groups: Mapping[str, Any]) -> dict[str, str]:
    """Attribute → title of its group."""
    found: dict[str, str] = {}
    for key, group in groups.items():
        if isinstance(group, dict) and isinstance(group.get("propertyNames"), list):
            found |= {str(name): str(group.get("title") or key) for name in group["propertyNames"]}
    return found


def _named_by_conditions(part: Any) -> Iterator[str]:
    """Attributes that a condition at the root of a schema may require."""
    if isinstance(part, list):
        for one in part:
            yield from _named_by_conditions(one)
    elif isinstance(part, dict):
        yield from (name for name in part.get("required") or () if isinstance(name, str))
        for keyword in ("then", "else", "allOf", "anyOf", "oneOf"):
            yield from _named_by_conditions(part.get(keyword))


def _accepted(part: Any) -> list[str]:
    entry = part.get("items") if isinstance(part, dict) else None
    value = (entry.get("properties") or {}).get("value") if isinstance(entry, dict) else None
    lists = [value, *(value.get("anyOf") or ())] if isinstance(value, dict) else []
    return [str(option) for one in lists if isinstance(one, dict) for option in one.get("enum") or ()]
