"""The keywords that Amazon has added to JSON Schema, as the validator calls them.

Of an array `minUniqueItems` and `maxUniqueItems` say how many entries there may be for each combination of the values
that its `selectors` name; without selectors all of an entry counts. Lengths are those of the text in UTF-8. Source:
Product Type Definitions API, "Product Type Definition Meta-Schema (v1)".
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Limit:
    """What a keyword found; it travels as the message of an error, the only thing that an error of ours can carry."""

    found: int
    limit: int
    selectors: Sequence[str] = ()

    def message(self) -> str:
        """As text, for `read`."""
        return json.dumps(asdict(self))


def read(message: str) -> Limit:
    """What a keyword has said."""
    return Limit(**json.loads(message))


class _Keyword:
    """One occurrence of a keyword in a schema; a value that is no number says nothing."""

    def __init__(self, schema: Mapping[str, Any], value: Any, path: Sequence[str | int]) -> None:
        self.limit: int | None = value if isinstance(value, int) and not isinstance(value, bool) else None
        told = schema.get("selectors")
        self.selectors = [one for one in told if isinstance(one, str)] if isinstance(told, list) else []

    def refuse(self, found: int) -> None:
        assert self.limit is not None
        raise ValueError(Limit(found, self.limit, self.selectors).message())


class MaxUniqueItems(_Keyword):
    """At most so many entries for each combination."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError for too many."""
        if self.limit is None or not isinstance(instance, list) or len(instance) <= self.limit:
            return
        most = max(_combinations(instance, self.selectors).values())
        if most > self.limit:
            self.refuse(most)


class MinUniqueItems(_Keyword):
    """At least so many entries for each combination that there is."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError for too few."""
        if self.limit is None or self.limit <= 1 or not isinstance(instance, list) or not instance:
            return
        fewest = min(_combinations(instance, self.selectors).values())
        if fewest < self.limit:
            self.refuse(fewest)


class MaxUtf8ByteLength(_Keyword):
    """At most so many bytes."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError for too many."""
        if self.limit is not None and isinstance(instance, str) and (found := _bytes(instance)) > self.limit:
            self.refuse(found)


class MinUtf8ByteLength(_Keyword):
    """At least so many bytes."""

    def validate(self, instance: Any) -> None:
        """Raise ValueError for too few."""
        if self.limit is not None and isinstance(instance, str) and (found := _bytes(instance)) < self.limit:
            self.refuse(found)


KEYWORDS: dict[str, Callable[[Mapping[str, Any], Any, Sequence[str | int]], Any]] = {
    "maxUniqueItems": MaxUniqueItems,
    "minUniqueItems": MinUniqueItems,
    "maxUtf8ByteLength": MaxUtf8ByteLength,
    "minUtf8ByteLength": MinUtf8ByteLength,
}


def _combinations(entries: Sequence[Any], selectors: Sequence[str]) -> Counter[str]:
    """How many entries there are for each combination of what the selectors name."""
    return Counter(_combination(entry, selectors) for entry in entries)


def _combination(entry: Any, selectors: Sequence[str]) -> str:
    chosen = entry
    if selectors and isinstance(entry, dict):
        chosen = {name: entry[name] for name in selectors if name in entry}
    return json.dumps(chosen, sort_keys=True, default=str)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
