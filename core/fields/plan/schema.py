"""The schema of a product type as a form: one row for each value that a listing can have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any

from core.errors import UsageError
from core.fields.plan.paths import LANGUAGE, MARKETPLACE, Lists, Node, Path, Place, joined, leaves, parted, resolved

_VALUE, _UNIT = "value", "unit"


class Requirement(StrEnum):
    """Whether a listing needs a value."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    """Because of what other attributes say."""
    OPTIONAL = "optional"


@dataclass(frozen=True)
class Limits:
    """What a value may be; None is no limit."""

    least_length: int | None = None
    most_length: int | None = None
    """Characters."""
    most_bytes: int | None = None
    """Of UTF-8."""
    minimum: float | None = None
    above: float | None = None
    """The value is greater than this."""
    maximum: float | None = None
    multiple_of: float | None = None


@dataclass(frozen=True)
class Row:
    """One value of a listing."""

    path: Path
    """The properties from the attribute inwards, without numbers of entries."""
    name: str
    """The path as people write it: without the `value` at its end, and an attribute of one value by its name alone."""
    title: str
    requirement: Requirement
    kind: str
    """`string`, `integer`, `number` or `boolean`, as JSON Schema calls them."""
    values: tuple[Any, ...] = ()
    """What Amazon takes, or suggests where `is_open`; empty: anything."""
    names: tuple[str, ...] = ()
    """What Amazon calls these values, in the same order."""
    is_open: bool = False
    most: int = 1
    """Entries that it may have."""
    repeats_at: int = 1
    """Properties of the path before the number of an entry."""
    limits: Limits = field(default_factory=Limits)
    formats: tuple[str, ...] = ()
    default: Any = None
    unit: Path | None = None
    """The path of the unit beside it."""
    is_main: bool = False
    """The value of its attribute; the others say more of it."""
    is_always: bool = False
    """The attribute, where it is given, needs it."""
    is_hidden: bool = False

    @property
    def attribute(self) -> str:
        """Amazon's attribute whose value, or part of it, this is."""
        return self.path[0]

    @property
    def is_unit(self) -> bool:
        """Whether it is the unit of another value."""
        return len(self.path) > 1 and self.path[-1] == _UNIT

    @cached_property
    def key(self) -> str:
        """The path as text: the same in every product type that has it."""
        return joined(self.path)

    def numbered(self, number: int) -> str:
        """The path of one of its entries."""
        if number == 1:
            return self.key
        return joined((*self.path[: self.repeats_at], str(number), *self.path[self.repeats_at :]))

    def called(self, number: int) -> str:
        """The name of one of its entries, as people write it."""
        parts = parted(self.name)
        return self.name if number == 1 else joined((*parts[: self.repeats_at], str(number), *parts[self.repeats_at :]))


@dataclass(frozen=True)
class Form:
    """All rows of a product type, in the schema's order."""

    schema: Node
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, schema: Node) -> Form:
        """The form of a schema; made once for many listings, for schemas are large."""
        return cls(schema, tuple(_rows(schema)))

    @cached_property
    def by_key(self) -> Mapping[str, Row]:
        """Rows by path."""
        return {row.key: row for row in self.rows}

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """What people call attributes and their rows, by name."""
        whole = {name: str(node.get("title") or name) for name, node in self.schema.get("properties", {}).items()}
        return whole | {row.name: row.title for row in self.rows}

    @cached_property
    def units(self) -> frozenset[str]:
        """Paths of the units that stand beside a number."""
        return frozenset(joined(row.unit) for row in self.rows if row.unit)

    def place(self, language_tag: str = "") -> Place:
        """The marketplace and language of the schema, unless another language is told."""
        definitions = self.schema.get("$defs", {})
        marketplace, language = (definitions.get(name, {}).get("default", "") for name in (MARKETPLACE, LANGUAGE))
        return Place(str(marketplace), language_tag or str(language))

    def find(self, text: str) -> tuple[Row, int]:
        """The row and the entry that a name or path means: `brand`, `battery.weight`, `bullet_point.2`.

        Raises UsageError for what is none, or leaves a choice.
        """
        given = parted(text.strip())
        path = tuple(part for part in given if not part.isdecimal())
        row = self._exact(path) or self._only_below(path, text)
        numbers = [int(part) for part in given if part.isdecimal()]
        number = numbers[0] if numbers else 1
        if len(numbers) > 1 or not 1 <= number <= row.most or (numbers and given.index(str(number)) != row.repeats_at):
            raise _none(text, f"{row.name} has at most {row.most} entries." if numbers else "")
        return row, number

    def _exact(self, path: Path) -> Row | None:
        return self.by_key.get(joined(path)) or self.by_key.get(joined((*path, _VALUE)))

    def _only_below(self, path: Path, text: str) -> Row:
        below = [row for row in self.rows if row.path[: len(path)] == path]
        if len(below) == 1:
            return below[0]
        if below:
            raise _none(text, f"It has several values, choose one: {', '.join(row.name for row in below[:8])}.")
        near = get_close_matches(text.strip(), [row.name for row in self.rows], n=3)
        raise _none(text, f"Did you mean {' or '.join(near)}?" if near else "See them with: crossdock fields show")


def canonical(text: str) -> str:
    """The path that a name means where no schema is at hand: as typed, without the `value` at its end."""
    path = parted(text.strip())
    return joined(path[:-1] if len(path) > 1 and path[-1] == _VALUE else path)


def spellings(row: Row, number: int = 1) -> tuple[str, ...]:
    """What a row, or one of its entries, can be called: the path first."""
    if number > 1:
        return tuple(dict.fromkeys((row.numbered(number), canonical(row.numbered(number)), row.called(number))))
    return tuple(dict.fromkeys((row.key, canonical(row.key), row.name)))


def _none(text: str, next_step: str) -> UsageError:
    return UsageError(
        f"There is no attribute {text.strip()[:100]!r} in this product type.",
        next_step=next_step,
        fields={"attribute": "unknown attribute"},
    )


def _rows(schema: Node) -> Iterator[Row]:
    needed = set(schema.get("required") or ())
    asked = _asked({**schema, "properties": {}}, ())
    for attribute, node in (schema.get("properties") or {}).items():
        top = resolved(schema, node)
        found = list(leaves(schema, top, (attribute,)))
        if not found:
            continue
        paths = {path for path, _, _ in found}
        main = _main([path for path, _, _ in found])
        always = {path for path in paths if _is_always(schema, top, path[1:])}
        base = Requirement.REQUIRED if attribute in needed else _when((attribute,) in asked)
        for path, leaf, lists in found:
            inner = any(path[:length] in asked for length in range(2, len(path) + 1))
            row = Row(
                path=path,
                name=attribute if len(found) == 1 else canonical(joined(path)),
                title=_title(leaf, top, path, is_alone=len(found) == 1),
                requirement=base if path in (always or {main}) else _when(inner),
                kind=_kind(leaf),
                limits=_limits(leaf),
                formats=tuple(one["format"] for one in (leaf, *_either(leaf)) if "format" in one),
                default=leaf.get("default"),
                unit=_unit_beside(path, paths),
                is_main=path == main,
                is_always=path in always,
                is_hidden=bool(leaf.get("hidden")),
            )
            yield _repeating(_choosing(row, leaf), lists)


def _when(is_asked: bool) -> Requirement:
    return Requirement.CONDITIONAL if is_asked else Requirement.OPTIONAL


def _main(paths: Sequence[Path]) -> Path:
    """The value of an attribute: the one called so that lies highest, or the first of all."""
    return min((path for path in paths if path[-1] == _VALUE), key=len, default=paths[0])


def _is_always(schema: Node, node: Node, path: Path) -> bool:
    """Whether the attribute, where it is given, needs the value at a path."""
    node = resolved(schema, node)
    if "items" in node:
        return _is_always(schema, node["items"], path)
    if not path:
        return True
    return path[0] in (node.get("required") or ()) and _is_always(schema, node["properties"][path[0]], path[1:])


def _asked(rule: Node, path: Path) -> set[Path]:
    """Paths that conditions can require; what stands under `if` and `not` is a condition itself."""
    found = {(*path, name) for name in rule.get("required") or ()}
    for name in ("allOf", "anyOf", "oneOf"):
        for part in rule.get(name) or ():
            found |= _asked(part, path)
    for name in ("then", "else", "items", "contains"):
        if isinstance(rule.get(name), Mapping):
            found |= _asked(rule[name], path)
    for name, part in (rule.get("properties") or {}).items():
        found |= _asked(part, (*path, name))
    return found


def _title(leaf: Node, top: Node, path: Path, *, is_alone: bool) -> str:
    own = str(leaf.get("title") or "")
    whole = str(top.get("title") or "")
    return (whole if is_alone and whole else own or whole) or path[-1].replace("_", " ").capitalize()


def _either(leaf: Node) -> list[Node]:
    return [one for name in ("anyOf", "oneOf") for one in leaf.get(name) or ()]


def _kind(leaf: Node) -> str:
    kinds = [one.get("type") for one in (leaf, *_either(leaf)) if isinstance(one.get("type"), str)]
    return str(kinds[0]) if kinds else "string"


def _limits(leaf: Node) -> Limits:
    return Limits(
        least_length=leaf.get("minLength"),
        most_length=leaf.get("maxLength"),
        most_bytes=leaf.get("maxUtf8ByteLength"),
        minimum=leaf.get("minimum"),
        above=leaf.get("exclusiveMinimum"),
        maximum=leaf.get("maximum"),
        multiple_of=leaf.get("multipleOf"),
    )


def _choosing(row: Row, leaf: Node) -> Row:
    """The row with the values that it takes, or that are suggested beside any text."""
    listed = [one for one in (leaf, *_either(leaf)) if one.get("enum")]
    if not listed:
        return row
    values = tuple(value for one in listed for value in one["enum"])
    names = tuple(str(name) for one in listed for name in one.get("enumNames") or one["enum"])
    names = names if len(names) == len(values) else tuple(map(str, values))
    is_open = "enum" not in leaf and any("enum" not in one for one in _either(leaf))
    return replace(row, values=values, names=names, is_open=is_open)


def _repeating(row: Row, lists: Lists) -> Row:
    """The row with the entries that its outermost list of several allows."""
    for path, node in lists:
        most = node.get("maxUniqueItems", node.get("maxItems", _MANY))
        if most > 1 and row.attribute not in _ONE_AT_A_TIME:
            return replace(row, most=most, repeats_at=len(path))
    return row


_MANY = 1_000
"""Entries of a list whose schema names no limit."""
_ONE_AT_A_TIME = ("purchasable_offer", "fulfillment_availability", "list_price", "uvp_list_price", "variation_theme")
"""Their lists are schedules and audiences, not values beside each other."""


def _unit_beside(path: Path, paths: set[Path]) -> Path | None:
    unit = (*path[:-1], _UNIT)
    return unit if path[-1] == _VALUE and unit in paths else None
