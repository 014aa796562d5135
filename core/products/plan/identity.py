"""By which EAN, UPC, ISBN or GTIN a listing is known, for products of the store that have another code than its SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.fields.plan import identifiers
from core.products.plan.source import Source, attribute, text

_DIGITS = 14


def gtin(told: str) -> str:
    """An identifier in the one form in which all of them compare, with fourteen digits; empty where it is none."""
    found = identifiers.read(told)
    return found.value.zfill(_DIGITS) if found else ""


def gtins(source: Source, marketplace_id: str) -> tuple[str, ...]:
    """Those of a listing: what the seller states, else what the catalogue knows of its ASIN."""
    stated = attribute(source.listing, identifiers.IDENTIFIER, marketplace_id)
    return _read(text(one.get("value")) for one in stated) or _read(_known(source, marketplace_id))


def _known(source: Source, marketplace_id: str) -> Iterator[str]:
    for entry in source.of_place(source.catalogue, "identifiers", marketplace_id):
        told = entry.get("identifiers")
        for one in told if isinstance(told, list) else ():
            if isinstance(one, dict):
                yield text(one.get("identifier"))


def _read(told: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for one in told if (found := gtin(one))))
