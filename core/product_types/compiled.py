"""Schemas as validators: each is compiled once, and the last few dozen stay at hand."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from core.errors import RemoteError
from core.product_types.at_hand import AtHand
from core.product_types.vocabulary import KEYWORDS
from core.redaction import excerpt

log = logging.getLogger(__name__)

FORMATS = ("date", "date-time")
"""The formats that are checked: others Amazon writes down, and takes what does not keep to them."""
_AT_HAND = 32
"""Validators; one of a real schema takes a few MB."""
_VALUES = ("enum", "const", "default", "examples", "enumNames", "$lifecycle")
"""Keywords whose values are no schemas."""


_validators: AtHand[jsonschema_rs.Validator] = AtHand(_AT_HAND)


def compiled(checksum: str, schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """The validator of a schema whose file has this checksum; raises RemoteError for one that cannot be used."""
    return _validators.get(checksum, lambda: _compile(schema))


def _compile(schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
    # `$schema` names Amazon's own dialect, 2019-09 with more keywords, which cannot be fetched from anywhere.
    usable = _usable({name: value for name, value in schema.items() if name != "$schema"}, {})
    keywords: Any = KEYWORDS
    try:
        return jsonschema_rs.Draft201909Validator(usable, validate_formats=True, keywords=keywords, offline=True)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        raise RemoteError(
            f"The schema cannot be used ({excerpt(str(error))}).", subject="Amazon", next_step="Please report it."
        ) from None


def _usable(schema: Any, patterns: dict[str, bool]) -> Any:
    """The same schema without what is not checked, or says nothing and would cost a call for each list."""
    if isinstance(schema, list):
        return [_usable(one, patterns) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value if name in _VALUES else _usable(value, patterns)
        for name, value in schema.items()
        if _is_checked(name, value, patterns)
    }


def _is_checked(keyword: str, value: Any, patterns: dict[str, bool]) -> bool:
    if keyword == "minUniqueItems" and isinstance(value, int):
        return value > 1  # one entry of each combination there always is
    if keyword in ("allOf", "anyOf", "oneOf"):
        return bool(value)  # an empty list makes a schema invalid
    if not isinstance(value, str) or keyword not in ("format", "pattern"):
        return True
    if keyword == "format":
        return value in FORMATS
    if value not in patterns:
        patterns[value] = _is_pattern(value)
    return patterns[value]


def _is_pattern(pattern: str) -> bool:
    """Whether the validator knows how to match it; Amazon has the last word about a value all the same."""
    try:
        jsonschema_rs.Draft201909Validator({"pattern": pattern})
    except ValueError:
        log.warning("a pattern in a schema of Amazon's is not checked: %s", excerpt(pattern))
        return False
    return True
