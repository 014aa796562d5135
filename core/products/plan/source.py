"""What Amazon said of a listing: the seller's own data sets, and those of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.state import State


@dataclass(frozen=True)
class Source(State):
    """Both as they came; a data set that is missing was not told, which is not the same as an empty one."""

    listing: Mapping[str, Any] = field(default_factory=dict)
    catalogue: Mapping[str, Any] = field(default_factory=dict)
    """Empty where the catalogue was not asked, or does not have the ASIN."""

    def completed(self, before: Source) -> Source:
        """The same with the data sets of an earlier reading that did not come this time."""
        return replace(
            self, listing={**before.listing, **self.listing}, catalogue={**before.catalogue, **self.catalogue}
        )

    def of_place(self, side: Mapping[str, Any], name: str, marketplace_id: str) -> Iterator[Mapping[str, Any]]:
        """The entries of a data set that belong to a marketplace, or to none."""
        entries = side.get(name)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("marketplaceId", marketplace_id) == marketplace_id:
                yield entry


def attribute(side: Mapping[str, Any], name: str, marketplace_id: str) -> list[Mapping[str, Any]]:
    """The values of an attribute for a marketplace: its own and unscoped ones, never those of others."""
    attributes = side.get("attributes")
    values = attributes.get(name) if isinstance(attributes, dict) else None
    return [
        value
        for value in (values if isinstance(values, list) else ())
        if isinstance(value, dict) and value.get("marketplace_id", marketplace_id) == marketplace_id
    ]


def text(value: object) -> str:
    """A text of Amazon's, trimmed and without NUL; empty for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).replace("\0", "").strip()
