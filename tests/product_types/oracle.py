"""The judge of the validator: python-jsonschema with Amazon's keywords, written from the documentation once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from jsonschema import Draft201909Validator, FormatChecker, ValidationError  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]

Problem = tuple[tuple[Any, ...], str]


def problems(schema: Mapping[str, Any], document: Any) -> Counter[Problem]:
    """What is wrong: the place of each error and its keyword."""
    judge = _Judge(schema, format_checker=FormatChecker(formats=("date", "date-time")))
    return Counter((tuple(error.absolute_path), error.validator) for error in judge.iter_errors(document))


def _groups(instance: list[Any], schema: Mapping[str, Any]) -> list[int]:
    """The sizes of the groups of entries that the selectors cannot tell apart."""
    keys: list[Any] = []
    sizes: list[int] = []
    for entry in instance:
        key = entry
        if schema.get("selectors") and isinstance(entry, dict):
            key = [(name, entry.get(name), name in entry) for name in schema["selectors"]]
        if key in keys:
            sizes[keys.index(key)] += 1
        else:
            keys.append(key)
            sizes.append(1)
    return sizes


def _max_unique(_: Any, limit: int, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if isinstance(instance, list) and any(size > limit for size in _groups(instance, schema)):
        yield ValidationError("too many")


def _min_unique(_: Any, limit: int, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
    if isinstance(instance, list) and any(size < limit for size in _groups(instance, schema)):
        yield ValidationError("too few")


def _max_bytes(_: Any, limit: int, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and len(instance.encode()) > limit:
        yield ValidationError("too long")


def _min_bytes(_: Any, limit: int, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and len(instance.encode()) < limit:
        yield ValidationError("too short")


def _multiple(_: Any, step: float, instance: Any, __: Any) -> Iterator[ValidationError]:
    """In decimals: the library divides floats, by which 19.99 is no multiple of 0.01."""
    is_number = isinstance(instance, int | float | Decimal) and not isinstance(instance, bool)
    if is_number and Decimal(str(instance)) % Decimal(str(step)):
        yield ValidationError("no multiple")


_Judge = extend(
    Draft201909Validator,
    {
        "maxUniqueItems": _max_unique,
        "minUniqueItems": _min_unique,
        "maxUtf8ByteLength": _max_bytes,
        "minUtf8ByteLength": _min_bytes,
        "multipleOf": _multiple,
    },
)
