"""What members of a family have of their own: kept before the store writes over it, and given back after.

Whatever is written to the product that the store shows for a family, the store writes over the texts and the features
of its other members, in all its languages; so it does when they join.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.cscart import product_writes as api
from core.cscart import variations
from core.cscart.product_writes import StoredProduct
from core.cscart.transport import StoreClient
from core.products.differences import Body, same_value
from core.products.evidence import Own

InLanguages = Mapping[str, Mapping[int, StoredProduct]]
"""Products by language and number."""


def read(client: StoreClient, product_ids: Sequence[int], languages: Sequence[str]) -> InLanguages:
    """Products in several languages; one call for 50 in each."""
    return {language: api.get_many(client, product_ids, language) for language in languages}


def kept(products: InLanguages) -> tuple[Own, ...]:
    """What these products have of their own."""
    return tuple(_own(one, language) for language, found in products.items() for one in found.values())


def of_other_members(client: StoreClient, product: StoredProduct, languages: Sequence[str]) -> tuple[Own, ...]:
    """What to keep before a product is written; nothing for one that is not shown for others. Calls: one for its group,
    and those of `read`."""
    if product.group_id is None or product.parent_id is not None:
        return ()
    number = product.row.product_id
    groups = variations.of_products(client, [number])
    others = [member for group in groups for member in group.parents if member != number]
    return kept(read(client, others, languages))


def to_give_back(client: StoreClient, keep: Sequence[Own]) -> Iterator[tuple[int, str, Body]]:
    """What to write to members, by number and language, so that they have again what was theirs; calls as `read`."""
    for language in dict.fromkeys(one.language for one in keep):
        mine = [one for one in keep if one.language == language]
        yield from lost(mine, read(client, [one.product_id for one in mine], [language]))


def lost(keep: Sequence[Own], products: InLanguages) -> Iterator[tuple[int, str, Body]]:
    """What products do not have any more of what was their own, as it is written."""
    for one in keep:
        there = products[one.language].get(one.product_id)
        if there is not None and (body := _lost(one, there)):
            yield one.product_id, one.language, body


def _own(one: StoredProduct, language: str) -> Own:
    return Own(
        product_id=one.row.product_id,
        language=language,
        name=one.row.name,
        description=one.description,
        texts=one.texts,
        features={str(number): value.written for number, value in one.features.items()},
        changed_at=one.changed_at,
    )


def _lost(keep: Own, present: StoredProduct) -> Body:
    body: dict[str, Any] = {}
    if present.row.name != keep.name:
        body["product"] = keep.name
    if present.description != keep.description:
        body["full_description"] = keep.description
    body |= {name: words for name, words in keep.texts.items() if present.texts.get(name, words) != words}
    features = {
        number: value
        for number, value in keep.features.items()
        if not same_value(present.features.get(int(number)), value)
    }
    return body | ({"product_features": features} if features else {})
