"""What a validator finds wrong, in an operator's words: the limit, and what was found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from core.product_types.vocabulary import read
from core.redaction import excerpt

MOST_ACCEPTED = 10
"""Accepted values that are told."""
_LONGEST = 60
"""Characters of a value that are told."""
_KINDS = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of values",
    "null": "nothing",
}
_EXAMPLES = {"date": "a date such as 2026-11-28", "date-time": "a time such as 2026-11-28T09:30:00Z"}
_SELECTORS = {"marketplace_id": "marketplace", "language_tag": "language"}
_HERE = "given the other attributes"


class Found(NamedTuple):
    """One thing that is wrong; `attribute` is empty where it is about all of them."""

    attribute: str
    path: str
    message: str


def found(error: ValidationError, schema: Mapping[str, Any]) -> Iterator[Found]:
    """What an error says, attribute by attribute."""
    context = _context(error.kind)
    if context is not None:
        yield from _alternatives(error, context, schema)
        return
    if _says_nothing(error.kind):
        return
    place = list(error.instance_path)
    names = _names_inside(error)
    if place or not names:
        yield Found(str(place[0]) if place else "", written(place), _sentence(error, schema))
        return
    for name in names:
        yield Found(name, name, _about_an_attribute(error))


def title_of(schema: Mapping[str, Any], place: Sequence[str | int]) -> str:
    """What people call the value at a place; its name where the schema has no title for it."""
    here: Any = schema
    title = ""
    for step in place:
        part = _resolved(here, schema)
        if isinstance(step, int):
            here = part.get("items")
        else:
            here = (part.get("properties") or {}).get(step)
            title = str(_resolved(here, schema).get("title") or step)
    return title


def written(place: Sequence[str | int]) -> str:
    """A place as people and scripts write it: `item_dimensions[0].length.unit`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def _alternatives(
    error: ValidationError, context: Sequence[Sequence[ValidationError]], schema: Mapping[str, Any]
) -> Iterator[Found]:
    """What is wrong with the alternative that comes nearest; of some that each only want one thing, all."""
    wanted = [branch[0] for branch in context if len(branch) == 1 and isinstance(branch[0].kind, Kind.Required)]
    if wanted and len(wanted) == len(context):
        place = list(error.instance_path)
        names = [str(one.kind.value) for one in wanted]
        titles = [title_of(schema, [*place, name]) for name in names]
        where = place or names[:1]
        yield Found(str(where[0]), written(where), f"One of these is required: {', '.join(titles)}.")
        return
    branches = [branch for branch in context if branch]
    # The last of several that are as near is mostly the narrowest: Amazon lists "any text" before its values.
    nearest = min(reversed(branches), key=len, default=[])
    for inner in nearest:
        yield from found(inner, schema)


def _context(kind: Kind) -> Sequence[Sequence[ValidationError]] | None:
    return kind.context if isinstance(kind, Kind.AnyOf | Kind.OneOfNotValid) else None


def _says_nothing(kind: Kind) -> bool:
    """A pattern that could not be matched in time: Amazon judges it."""
    return isinstance(kind, Kind.BacktrackLimitExceeded | Kind.RegexEngineFailure)


def _names_inside(error: ValidationError) -> list[str]:
    """The values inside the one at the place of an error that it is about."""
    kind = error.kind
    if isinstance(kind, Kind.Required):
        return [kind.property]
    if isinstance(kind, Kind.AdditionalProperties | Kind.UnevaluatedProperties):
        return list(kind.unexpected)
    if isinstance(kind, Kind.Not):
        return _forbidden(kind.schema)
    return []


def _forbidden(schema: Any) -> list[str]:
    """The values that a schema under `not` is about."""
    if not isinstance(schema, dict):
        return []
    names = schema.get("required") or list(schema.get("properties") or {})
    for one in schema.get("allOf") or schema.get("anyOf") or []:
        names = [*names, *_forbidden(one)]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _about_an_attribute(error: ValidationError) -> str:
    kind = error.kind
    if isinstance(kind, Kind.Required):
        return f"It is required, {_HERE}." if _is_conditional(error) else "It is required."
    if isinstance(kind, Kind.Not):
        return f"It may not be filled like this, {_HERE}."
    return "The product type has no such attribute."


def _is_conditional(error: ValidationError) -> bool:
    return "then" in error.schema_path or "else" in error.schema_path


def _sentence(error: ValidationError, schema: Mapping[str, Any]) -> str:
    place, what = list(error.instance_path), _what(error, schema)
    title, whole = title_of(schema, place), title_of(schema, place[:1])
    return f"{title}: {what}" if title and title != whole else what


def _what(error: ValidationError, schema: Mapping[str, Any]) -> str:
    kind, value = error.kind, error.instance
    if isinstance(kind, Kind.Custom):
        return _own(kind.keyword, kind.message)
    if isinstance(kind, Kind.Enum):
        return _not_accepted(value, kind.options)
    if isinstance(kind, Kind.Contains):
        return _contains(_part(schema, error.schema_path))
    names = [title_of(schema, [*error.instance_path, name]) for name in _names_inside(error)]
    if names:
        return _about_parts(error, " and ".join(names))
    tell = _SIMPLE.get(type(kind))
    return tell(kind, value) if tell else f"It is not as Amazon wants it: {excerpt(error.message)}."


def _about_parts(error: ValidationError, names: str) -> str:
    if isinstance(error.kind, Kind.Required):
        return f"{names} is required, {_HERE}." if _is_conditional(error) else f"{names} is missing."
    if isinstance(error.kind, Kind.Not):
        return f"{names} may not be filled like this, {_HERE}."
    return f"It has no part {names}."


def _own(keyword: str, message: str) -> str:
    """A keyword of Amazon's."""
    said = read(message)
    if keyword.endswith("Utf8ByteLength"):
        return _limited(keyword, f"It has {said.found} bytes in UTF-8", said.limit)
    names = " and ".join(_SELECTORS.get(one, one.replace("_", " ")) for one in said.selectors)
    alike = f" with the same {names}" if names else " that are alike"
    return _limited(keyword, f"{_counted(said.found, 'entry', 'entries')}{alike}", said.limit)


def _not_accepted(value: Any, options: Sequence[Any]) -> str:
    accepted = [option if isinstance(option, str) else shown(option) for option in options]
    told = ", ".join(accepted[:MOST_ACCEPTED])
    more = f" and {len(accepted) - MOST_ACCEPTED} more" if len(accepted) > MOST_ACCEPTED else ""
    near = get_close_matches(value, accepted, n=1) if more and isinstance(value, str) else []
    meant = f" Did you mean {near[0]}?" if near and near[0] not in accepted[:MOST_ACCEPTED] else ""
    return f"{shown(value)} is not accepted. Accepted: {told}{more}.{meant}"


def _contains(part: Any) -> str:
    """An array none of whose entries is as one has to be."""
    wanted = part.get("properties") if isinstance(part, dict) else None
    for name, inner in (wanted or {}).items():
        options = inner.get("enum") if isinstance(inner, dict) else None
        if isinstance(options, list) and options:
            return f"One entry needs as {name}: {' or '.join(str(one) for one in options[:MOST_ACCEPTED])}."
    return f"No entry is as one has to be, {_HERE}."


def _part(schema: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    """What stands in a schema at a path; None where the path leads over a reference."""
    here: Any = schema
    for step in path:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def _limited(keyword: str, what: str, limit: object) -> str:
    return f"{what}; {'at most' if keyword.startswith('max') else 'at least'} {limit} allowed."


def _counted(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _size(unit: str, bound: str) -> Callable[[Any, Any], str]:
    def tell(kind: Any, value: Any) -> str:
        return _limited(bound, f"It has {_counted(len(value), *_UNITS[unit])}", kind.limit)

    return tell


_UNITS = {
    "characters": ("character", "characters"),
    "entries": ("entry", "entries"),
    "values": ("value", "values"),
}


def _bound(words: str) -> Callable[[Any, Any], str]:
    return lambda kind, value: f"It is {shown(value)}; {words} {shown(kind.limit)} is allowed."


def _type(kind: Any, value: Any) -> str:
    wanted = " or ".join(_KINDS.get(one, one) for one in kind.types)
    return f"It is {shown(value)}; {wanted} is needed."


def _multiple(kind: Any, value: Any) -> str:
    if kind.multiple_of == 1:
        return f"It is {shown(value)}; a whole number is needed."
    return f"It is {shown(value)}; a multiple of {shown(kind.multiple_of)} is needed."


def _format(kind: Any, value: Any) -> str:
    return f"{shown(value)} is not {_EXAMPLES.get(kind.format, kind.format)}."


def shown(value: Any) -> str:
    """A value as JSON, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _resolved(schema: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a schema, or what it refers to inside the same one."""
    if not isinstance(schema, dict):
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        target = _part(root, reference[2:].split("/"))
        if isinstance(target, dict):
            return target
    return schema


_SIMPLE: dict[type, Callable[[Any, Any], str]] = {
    Kind.MaxLength: _size("characters", "max"),
    Kind.MinLength: _size("characters", "min"),
    Kind.MaxItems: _size("entries", "max"),
    Kind.MinItems: _size("entries", "min"),
    Kind.MaxProperties: _size("values", "max"),
    Kind.MinProperties: _size("values", "min"),
    Kind.Maximum: _bound("at most"),
    Kind.Minimum: _bound("at least"),
    Kind.ExclusiveMaximum: _bound("less than"),
    Kind.ExclusiveMinimum: _bound("more than"),
    Kind.MultipleOf: _multiple,
    Kind.Type: _type,
    Kind.Pattern: lambda kind, value: f"{shown(value)} has not the form that is needed: {excerpt(kind.pattern)}.",
    Kind.Format: _format,
    Kind.Constant: lambda kind, value: f"It is {shown(value)}; {shown(kind.expected_value)} is needed.",
    Kind.UniqueItems: lambda kind, value: "Two of its entries are the same.",
    Kind.FalseSchema: lambda kind, value: f"It may not be filled, {_HERE}.",
    Kind.OneOfMultipleValid: lambda kind, value: f"{shown(value)} fits several alternatives; one is allowed.",
    Kind.Not: lambda kind, value: f"{shown(value)} is not allowed, {_HERE}.",
}
