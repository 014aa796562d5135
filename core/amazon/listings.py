"""Listings Items API 2021-08-01."""

from __future__ import annotations

from core.amazon.operations import SEARCH_LISTINGS
from core.amazon.transport import AmazonClient


def is_listed(client: AmazonClient, seller_id: str, marketplace_id: str, sku: str) -> bool:
    """Whether the seller lists a SKU in a marketplace; one call. Raises as `AmazonClient.call` does."""
    params = {"marketplaceIds": marketplace_id, "identifiers": sku, "identifiersType": "SKU", "pageSize": "1"}
    return bool(client.call(SEARCH_LISTINGS, params, path={"seller_id": seller_id}).get("items"))
