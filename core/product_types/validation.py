"""Whether the attributes of a listing are as its product type wants them; what Amazon itself checks is more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.product_types.compiled import compiled
from core.product_types.definitions import Definition
from core.product_types.words import Found, found, title_of

_MOST_SENTENCES = 3
"""Of what is wrong with one attribute."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with an attribute; an empty `attribute` stands for all of them together."""

    attribute: str
    title: str
    """What people call the attribute, in the language of the definition."""
    message: str
    """What is wrong, the limit and what was found; without the attribute's own title."""
    path: str
    """The value that is wrong first, as in `item_dimensions[0].length.unit`."""


def problems_of(definition: Definition, attributes: Mapping[str, Any]) -> list[Fault]:
    """One fault for each attribute that is wrong, in the order of the schema; empty when nothing is.

    `attributes` are those of a listing as Amazon takes them: name → list of entries. Raises RemoteError for a schema
    that cannot be used.
    """
    schema = definition.schema
    validator, document = compiled(definition.checksum, schema), dict(attributes)
    if validator.is_valid(document):  # a third of the time that a list of errors takes
        return []
    said: dict[str, list[Found]] = {}
    for error in validator.iter_errors(document):
        for one in found(error, schema):
            said.setdefault(one.attribute, []).append(one)
    order = {name: number for number, name in enumerate(schema.get("properties") or ())}
    return [_fault(name, said[name], schema) for name in sorted(said, key=lambda name: order.get(name, len(order)))]


def _fault(attribute: str, all_found: list[Found], schema: Mapping[str, Any]) -> Fault:
    sentences = list(dict.fromkeys(one.message for one in all_found))
    left = len(sentences) - _MOST_SENTENCES
    more = f" And {left} more." if left > 0 else ""
    title = title_of(schema, [attribute]) if attribute else ""
    return Fault(attribute, title, " ".join(sentences[:_MOST_SENTENCES]) + more, all_found[0].path)
