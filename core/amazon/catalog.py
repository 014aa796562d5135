"""Catalog Items API 2022-04-01: what Amazon knows of an item in a marketplace, twenty at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.amazon.items import DATA, by_key, lacks, pages, parameters
from core.amazon.operations import GET_CATALOG_ITEM, SEARCH_CATALOG
from core.amazon.transport import AmazonClient
from core.errors import Rejected

INCLUDED = (
    "attributes",
    "classifications",
    "dimensions",
    "identifiers",
    "images",
    "productTypes",
    "relationships",
    "summaries",
)
NUMBERS = ("EAN", "GTIN", "ISBN", "UPC")
"""Kinds of numbers on goods by which items are found."""
_RECOGNISED_BY = ("identifiers", "productTypes", "summaries")


def search(client: AmazonClient, marketplace_id: str, asins: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Items by ASIN, as far as the catalogue has them in the marketplace; one call for up to 20.

    Raises as `AmazonClient.call` does, and OutcomeUnknown for an answer without the promised list.
    """
    params = parameters(marketplace_id, INCLUDED, asins, "ASIN")
    return by_key(lambda more: client.call(SEARCH_CATALOG, params | more), "asin", asins)


def by_number(
    client: AmazonClient, marketplace_id: str, kind: str, numbers: Sequence[str]
) -> dict[str, list[dict[str, Any]]]:
    """Items by a number of a kind of `NUMBERS`, as Amazon orders them: several may have the same. One call for 20.

    A number that no item has is left out. Each item tells its ASIN, numbers, product types and summaries. Raises as
    `search` does.
    """
    params = parameters(marketplace_id, _RECOGNISED_BY, numbers, kind)
    asked = {_plain(number): number for number in numbers}
    found: dict[str, list[dict[str, Any]]] = {}
    for rows in pages(lambda more: client.call(SEARCH_CATALOG, params | more)):
        for item in rows:
            its = numbers if len(numbers) == 1 else {asked[one] for one in _numbers(item) if one in asked}
            for number in its:
                found.setdefault(number, []).append(item)
    return found


def _numbers(item: Mapping[str, Any]) -> set[str]:
    """All numbers of an item, whatever they are called: one of twelve digits is a UPC, and an EAN after a zero."""
    places = item.get("identifiers")
    told = [one for place in places or () if isinstance(place, dict) for one in place.get("identifiers") or ()]
    return {_plain(str(one.get("identifier") or "")) for one in told if isinstance(one, dict)}


def _plain(number: str) -> str:
    return number.replace("-", "").replace(" ", "").upper().lstrip("0")


def get(client: AmazonClient, marketplace_id: str, asin: str) -> dict[str, Any] | None:
    """One item; None when the catalogue does not have it. One call."""
    params = {"marketplaceIds": marketplace_id, DATA: ",".join(INCLUDED)}
    try:
        return client.call(GET_CATALOG_ITEM, params, path={"asin": asin})
    except Rejected as error:
        if error.status == 404:
            return None
        raise


def lacking(item: dict[str, Any]) -> frozenset[str]:
    """The data sets that were asked for and did not come."""
    return lacks(item, INCLUDED)
