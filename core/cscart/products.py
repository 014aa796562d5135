"""Products: short rows, by page or by SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.cscart import shapes
from core.cscart.transport import Params, StoreClient

PAGE_SIZE = 500
SKUS_PER_CALL = 100
"""Keeps the address below 8 kB, the usual limit of web servers."""

# Everything that makes a row expensive for the store is switched off.
_SHORT: Params = (
    ("only_short_fields", 1),
    ("get_features", 0),
    ("get_icon", 0),
    ("get_detailed", 0),
    ("get_additional", 0),
)


@dataclass(frozen=True)
class ProductRow:
    """What imports need to know of a product."""

    product_id: int
    sku: str
    name: str
    status: str
    company_id: int | None
    price: Decimal
    amount: int
    zero_price_action: str


def by_skus(client: StoreClient, skus: Sequence[str]) -> Iterator[ProductRow]:
    """Products whose code is exactly one of `skus`; one call per 100. Needs the `filter_params` filter."""
    for start in range(0, len(skus), SKUS_PER_CALL):
        wanted = skus[start : start + SKUS_PER_CALL]
        codes = [("filter_params[product_code][]", sku) for sku in wanted]
        for row in _pages(client, (*_SHORT, *codes)):
            if row.sku in wanted:  # the store's comparison ignores case
                yield row


def by_ids(client: StoreClient, product_ids: Sequence[int]) -> Iterator[ProductRow]:
    """Products of these numbers, as far as they exist; one call per 100."""
    for start in range(0, len(product_ids), SKUS_PER_CALL):
        wanted = product_ids[start : start + SKUS_PER_CALL]
        rows = _pages(client, (*_SHORT, ("pid", ",".join(map(str, wanted)))))
        # A store that ignores the filter gives out other products too.
        yield from (row for row in rows if row.product_id in wanted)


def search(client: StoreClient, words: str, limit: int, company_id: int | None = None) -> list[ProductRow]:
    """The first products in whose name or code the store finds `words`; one call."""
    owner: Params = (("company_id", company_id),) if company_id else ()
    where: Params = (("q", words), ("pname", "Y"), ("pcode_from_q", "Y"), ("match", "all"))
    window: Params = (("sort_by", "product"), ("sort_order", "asc"), ("page", 1), ("items_per_page", limit))
    body = client.get("products", (*_SHORT, *where, *owner, *window))
    return list(_read(shapes.rows(body, "products")))[:limit]


def everything(client: StoreClient) -> Iterator[ProductRow]:
    """All products; one call per 500."""
    yield from _pages(client, _SHORT)


def _pages(client: StoreClient, params: Params) -> Iterator[ProductRow]:
    page, seen = 1, set[int]()
    while True:
        body = client.get(
            "products",
            (*params, ("sort_by", "code"), ("sort_order", "asc"), ("page", page), ("items_per_page", PAGE_SIZE)),
            large=True,
        )
        fresh = [row for row in _read(shapes.rows(body, "products")) if row.product_id not in seen]
        seen.update(row.product_id for row in fresh)
        yield from fresh
        total = shapes.total_items(body)
        # An out-of-range page may repeat the last one: nothing new also means the end.
        if not fresh or (total is not None and len(seen) >= total):
            return
        page += 1


def _read(rows: Iterable[dict[str, Any]]) -> Iterator[ProductRow]:
    for row in rows:
        product_id = shapes.integer(row.get("product_id"))
        if product_id is None:
            continue
        yield ProductRow(
            product_id=product_id,
            sku=shapes.text(row.get("product_code")),
            name=shapes.text(row.get("product")),
            status=shapes.text(row.get("status")),
            company_id=shapes.integer(row.get("company_id")),
            price=_price(row.get("price")),
            amount=shapes.integer(row.get("amount")) or 0,
            zero_price_action=shapes.text(row.get("zero_price_action")),
        )


def _price(value: Any) -> Decimal:
    """The price, or zero where it is no amount ("on request"): orders bring prices of their own."""
    try:
        return shapes.amount(value)
    except ValueError:
        return Decimal(0)
