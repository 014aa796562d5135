"""Catalog Items API 2022-04-01: what Amazon knows of an ASIN in a marketplace, twenty at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.amazon.items import DATA, by_key, lacks, parameters
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


def search(client: AmazonClient, marketplace_id: str, asins: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Items by ASIN, as far as the catalogue has them in the marketplace; one call for up to 20.

    Raises as `AmazonClient.call` does, and OutcomeUnknown for an answer without the promised list.
    """
    params = parameters(marketplace_id, INCLUDED, asins, "ASIN")
    return by_key(lambda more: client.call(SEARCH_CATALOG, params | more), "asin", asins)


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
