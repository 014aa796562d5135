"""What members of a family have of their own: kept before the store writes over it, and given back after.

Whatever is written to the product that the store shows for a family, the store writes over the name, the description
and the features of its other members; so it does when they join.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.cscart import product_writes as api
from core.cscart import variations
from core.cscart.product_writes import StoredProduct
from core.cscart.transport import StoreClient
from core.products.differences import Body, same_value
from core.products.evidence import Own


def of_other_members(client: StoreClient, product: StoredProduct) -> tuple[Own, ...]:
    """What to keep before a product is written; nothing for one that is not shown for others. Calls: one for its group,
    and one for 50 members."""
    if product.group_id is None or product.parent_id is not None:
        return ()
    number = product.row.product_id
    groups = variations.of_products(client, [number])
    others = [member for group in groups for member in group.parents if member != number]
    return of_products(api.get_many(client, others).values())


def of_products(products: Iterable[StoredProduct]) -> tuple[Own, ...]:
    """What these products have of their own."""
    return tuple(
        Own(
            one.row.product_id,
            one.row.name,
            one.description,
            one.texts,
            {str(number): value.written for number, value in one.features.items()},
        )
        for one in products
    )


def to_give_back(client: StoreClient, kept: Sequence[Own]) -> Iterator[tuple[int, Body]]:
    """What to write to members so that they have again what was theirs; one call for 50."""
    if not kept:
        return
    present = api.get_many(client, [one.product_id for one in kept])
    for one in kept:
        there = present.get(one.product_id)
        if there is not None and (body := lost(one, there)):
            yield one.product_id, body


def lost(kept: Own, present: StoredProduct) -> Body:
    """What a product does not have any more of what was its own, as it is written."""
    body: dict[str, Any] = {}
    if present.row.name != kept.name:
        body["product"] = kept.name
    if present.description != kept.description:
        body["full_description"] = kept.description
    body |= {name: words for name, words in kept.texts.items() if present.texts.get(name, words) != words}
    features = {
        number: value
        for number, value in kept.features.items()
        if not same_value(present.features.get(int(number)), value)
    }
    return body | ({"product_features": features} if features else {})
