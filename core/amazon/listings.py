"""Listings Items API 2021-08-01."""

from __future__ import annotations

from core.amazon.operations import SEARCH_LISTINGS
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown

NOBODYS_SKU = "crossdock-no-such-sku"


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
