"""Listings Items API 2021-08-01."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.amazon.items import DATA, by_key, lacks, parameters
from core.amazon.operations import GET_LISTING, SEARCH_LISTINGS
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, Rejected

NOBODYS_SKU = "crossdock-no-such-sku"
INCLUDED = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "relationships",
    "productTypes",
)


def is_listed(client: AmazonClient, seller_id: str, marketplace_id: str, sku: str) -> bool:
    """Whether the seller lists a SKU in a marketplace; one call. Raises as `AmazonClient.call` does.

    The seller stands in the path of the call, and Amazon denies it (403, AuthorizationError) unless the token is one
    of that seller's: of all that it answers, this alone tells whose a token is.
    """
    params = {"marketplaceIds": marketplace_id, "identifiers": sku, "identifiersType": "SKU", "pageSize": "1"}
    body = client.call(SEARCH_LISTINGS, params, path={"seller_id": seller_id})
    if not isinstance(body.get("items"), list) and not isinstance(body.get("numberOfResults"), int):
        raise OutcomeUnknown(
            "The list of listings has not the promised form.",
            subject="Amazon",
            next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
        )
    return bool(body.get("items"))


def can_be_searched(sku: str) -> bool:
    """Whether a search finds a SKU: a comma would end it, because SKUs are joined by commas there."""
    return "," not in sku


def search(client: AmazonClient, seller_id: str, marketplace_id: str, skus: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Listings by SKU, as far as the seller has them in the marketplace; one call for up to 20.

    Raises as `AmazonClient.call` does, and OutcomeUnknown for an answer without the promised list.
    """
    params, path = parameters(marketplace_id, INCLUDED, skus, "SKU"), {"seller_id": seller_id}
    return by_key(lambda more: client.call(SEARCH_LISTINGS, params | more, path=path), "sku", skus)


def get(client: AmazonClient, seller_id: str, marketplace_id: str, sku: str) -> dict[str, Any] | None:
    """One listing; None when the seller does not have it in the marketplace. One call."""
    params = {"marketplaceIds": marketplace_id, DATA: ",".join(INCLUDED)}
    try:
        return client.call(GET_LISTING, params, path={"seller_id": seller_id, "sku": sku})
    except Rejected as error:
        if error.status == 404:
            return None
        raise


def lacking(item: dict[str, Any]) -> frozenset[str]:
    """The data sets that were asked for and did not come: the live API leaves some out at times."""
    return lacks(item, INCLUDED)
