"""Products of the store as listings need them: whole, and with their variations, in as few calls as there can be.

For 1,000 products: 20 calls for their content, and 10 for the groups of those that are variations. What a row of a list
lacks is read singly.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.cscart import variations
from core.cscart.product_writes import WHOLE_PER_CALL, whole_rows
from core.cscart.transport import StoreClient
from core.cscart.variations import Group
from core.errors import Rejected
from core.fields.store_items import read_product

log = logging.getLogger(__name__)

_SIDE_BY_SIDE = 4
"""Reads of the store at one time."""
_NEEDED = ("product_features", "main_pair", "full_description")
"""What a row of a list may lack although the product has it."""


def products(client: StoreClient, product_ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """Whole products by number, as far as they exist."""
    parts = [product_ids[start : start + WHOLE_PER_CALL] for start in range(0, len(product_ids), WHOLE_PER_CALL)]
    found: dict[int, Mapping[str, Any]] = {}
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        for rows in pool.map(lambda part: whole_rows(client, part), parts):
            found.update(rows)
        lacking = [number for number, row in found.items() if any(name not in row for name in _NEEDED)]
        found.update(zip(lacking, pool.map(lambda number: read_product(client, number), lacking), strict=True))
    return found


def groups(client: StoreClient, product_ids: Sequence[int]) -> dict[int, Group]:
    """Product → the group of variations that it belongs to; a store without variations has none."""
    try:
        found = variations.of_products(client, product_ids) if product_ids else []
    except Rejected as error:
        log.warning("%s gives no variations (%s): its products are listed singly", client.access.subject, error.status)
        return {}
    return {number: group for group in found if len(group.parents) > 1 for number in group.parents}
