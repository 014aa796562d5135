"""What searches for listings and for items of the catalogue have in common: twenty identifiers, and data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.errors import OutcomeUnknown

AT_ONCE = 20
"""Identifiers of one call, and rows of its answer, at the most."""
DATA = "includedData"
_PAGES = 5
"""More pages than an answer to twenty identifiers can have."""


def parameters(marketplace_id: str, included: Sequence[str], identifiers: Sequence[str], kind: str) -> dict[str, str]:
    """The parameters of a search by identifiers of a kind."""
    if len(identifiers) > AT_ONCE:
        raise ValueError(f"{len(identifiers)} identifiers in one call")
    return {
        "marketplaceIds": marketplace_id,
        "identifiers": ",".join(identifiers),
        "identifiersType": kind,
        DATA: ",".join(included),
        "pageSize": str(AT_ONCE),
    }


def by_key(
    ask: Callable[[dict[str, str]], Mapping[str, Any]], key: str, wanted: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """What a search has found, by its identifier; others than those asked for are left out.

    Raises OutcomeUnknown for an answer without the promised list: that is never an empty one.
    """
    asked, found = set(wanted), dict[str, dict[str, Any]]()
    for rows in pages(ask):
        found.update({str(item[key]): item for item in rows if item.get(key) in asked})
        if len(found) == len(asked):
            break
    return found


def pages(ask: Callable[[dict[str, str]], Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The items of a search, page by page; raises OutcomeUnknown for a page without the promised list."""
    more: dict[str, str] = {}
    for _ in range(_PAGES):
        body = ask(more)
        items = body.get("items")
        if not isinstance(items, list):
            if body.get("numberOfResults") == 0:
                return
            raise OutcomeUnknown(
                "The list of items has not the promised form.",
                subject="Amazon",
                next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
            )
        yield [item for item in items if isinstance(item, dict)]
        pagination = body.get("pagination")
        token = pagination.get("nextToken") if isinstance(pagination, dict) else None
        if not token or not items:
            return
        more = {"pageToken": str(token)}


def lacks(item: Mapping[str, Any], included: Sequence[str]) -> frozenset[str]:
    """Those data sets of an answer that are missing, or not of the promised form: nothing is known of them."""
    return frozenset(name for name in included if not isinstance(item.get(name), list | dict))
