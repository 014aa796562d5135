"""The keywords that Amazon adds to JSON Schema, and schemas compiled with them.

`minUniqueItems` and `maxUniqueItems` count entries for each combination of what the `selectors` name. What a keyword
refuses it tells as "keyword found limit", the only thing that the validator carries.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import jsonschema_rs


class _Keyword:
    name: ClassVar[str]

    def __init__(self, schema: Mapping[str, Any], value: Any, path: Sequence[str | int]) -> None:
        self.limit = int(value)
        self.selectors = schema.get("selectors") or []

    def refuse(self, found: int) -> None:
        raise ValueError(f"{self.name} {found} {self.limit}")


class _MostEntries(_Keyword):
    name = "maxUniqueItems"

    def validate(self, instance: Any) -> None:
        if isinstance(instance, list) and len(instance) > self.limit:
            found = max(_counts(instance, self.selectors))
            if found > self.limit:
                self.refuse(found)


class _FewestEntries(_Keyword):
    name = "minUniqueItems"

    def validate(self, instance: Any) -> None:
        if self.limit > 1 and isinstance(instance, list) and instance:
            found = min(_counts(instance, self.selectors))
            if found < self.limit:
                self.refuse(found)


class _MostBytes(_Keyword):
    name = "maxUtf8ByteLength"

    def validate(self, instance: Any) -> None:
        if isinstance(instance, str) and (found := len(instance.encode())) > self.limit:
            self.refuse(found)


class _FewestBytes(_Keyword):
    name = "minUtf8ByteLength"

    def validate(self, instance: Any) -> None:
        if isinstance(instance, str) and (found := len(instance.encode())) < self.limit:
            self.refuse(found)


_KEYWORDS: Any = {one.name: one for one in (_MostEntries, _FewestEntries, _MostBytes, _FewestBytes)}


def compiled(schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
    """The validator of a schema of a product type."""
    # `$schema` names Amazon's own dialect, which cannot be fetched from anywhere.
    usable = {name: value for name, value in schema.items() if name not in ("$schema", "$id")}
    return jsonschema_rs.Draft201909Validator(usable, validate_formats=True, keywords=_KEYWORDS, offline=True)


def _counts(entries: Sequence[Any], selectors: Sequence[str]) -> list[int]:
    chosen = [{name: entry.get(name) for name in selectors} if selectors else entry for entry in entries]
    return list(Counter(json.dumps(one, sort_keys=True) for one in chosen).values())
