"""Listings as Amazon has them, read back in as few calls as there can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.amazon import listings as api
from core.amazon.items import AT_ONCE
from core.amazon.transport import AmazonClient


def read_listings(
    client: AmazonClient, seller_id: str, marketplace_id: str, skus: Sequence[str]
) -> dict[str, dict[str, Any] | None]:
    """Listings by SKU, None for those that are not there: one call for 20, one each for a SKU with a comma.

    What came without some of the data sets is read singly; what does not come then either is left out of the item:
    nothing is known of it. Raises as `AmazonClient.call` does.
    """
    found: dict[str, dict[str, Any] | None] = {}
    together = [sku for sku in dict.fromkeys(skus) if api.can_be_searched(sku)]
    for start in range(0, len(together), AT_ONCE):
        some = together[start : start + AT_ONCE]
        there = api.search(client, seller_id, marketplace_id, some)
        found.update({sku: there.get(sku) for sku in some})
    found.update({sku: api.get(client, seller_id, marketplace_id, sku) for sku in skus if sku not in found})
    return {sku: _whole(client, seller_id, marketplace_id, sku, item) for sku, item in found.items()}


def _whole(
    client: AmazonClient, seller_id: str, marketplace_id: str, sku: str, item: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The same with the data sets that did not come, as far as they come when it is read singly."""
    if item is None:
        return None
    if api.can_be_searched(sku) and api.lacking(item):
        item = {**item, **(api.get(client, seller_id, marketplace_id, sku) or {})}
    missing = api.lacking(item)
    return {name: value for name, value in item.items() if name not in missing}
