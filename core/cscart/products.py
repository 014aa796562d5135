"""Products: short rows, by page or by SKU."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from core.cscart import shapes
from core.cscart.in_parts import id_size, in_parts
from core.cscart.transport import Params, StoreClient

log = logging.getLogger(__name__)

PAGE_SIZE = 500
FEATURES_PER_CALL = 250
"""Rows with features of a page: each costs the store a few questions more than a short one."""
SKUS_PER_CALL = 100
_CODE = "filter_params[product_code][]"

# Everything that makes a row expensive for the store is switched off.
_SLIM: Params = (("get_icon", 0), ("get_detailed", 0), ("get_additional", 0))
_LEAN: Params = (("get_features", 0), *_SLIM)
_SHORT: Params = (("only_short_fields", 1), *_LEAN)
_BY_CODE: Params = (("sort_by", "code"), ("sort_order", "asc"))
_BY_AGE: Params = (("sort_by", "timestamp"), ("sort_order", "asc"))
_EDITED_PAGE = 100
"""Rows with all columns are longer."""
_NOT_TRACKED = "D"


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
    category_ids: tuple[int, ...] = ()
    tracked: bool = True
    """Whether orders take from its stock."""
    edited_at: int = 0
    """When it was saved last, in the store's unix seconds; 0 in rows of short fields. Orders leave it as it is."""


def by_skus(client: StoreClient, skus: Sequence[str]) -> Iterator[ProductRow]:
    """Products whose code is exactly one of `skus`; one call per 100, or per 7.4 kB. Needs the `filter_params` filter.

    A SKU that is too long for an address is not asked for: no product is found for it.
    """
    wanted = set(skus)
    return (row for row in by_skus_in_any_case(client, skus) if row.sku in wanted)


def by_skus_in_any_case(client: StoreClient, skus: Sequence[str]) -> Iterator[ProductRow]:
    """Products whose code the store takes for one of `skus`: its comparison ignores case and blanks at the ends.

    Calls as `by_skus`.
    """
    subject = client.access.subject

    def read(wanted: Sequence[str]) -> Iterator[ProductRow]:
        folded = {folded_sku(sku) for sku in wanted}
        rows = _pages(client, (*_SHORT, *((_CODE, sku) for sku in wanted)))
        # A store that ignores the filter gives out other products too.
        return (row for row in rows if folded_sku(row.sku) in folded)

    def left_out(sku: str) -> None:
        log.warning("%s: a SKU of %d characters is too long to ask for", subject, len(sku))

    yield from in_parts(
        skus, read, most=SKUS_PER_CALL, size=lambda sku: len(urlencode({_CODE: sku})) + 1, left_out=left_out
    )


def with_sku(client: StoreClient, sku: str) -> list[ProductRow]:
    """As `by_skus_in_any_case` for one SKU, where the store ignores the `filter_params` filter; one call."""
    return [row for row in _pages(client, (*_SHORT, ("pcode", sku))) if folded_sku(row.sku) == folded_sku(sku)]


def folded_sku(sku: str) -> str:
    """A code as the store compares it."""
    return sku.strip().casefold()


def by_ids(client: StoreClient, product_ids: Sequence[int], *, storefront: int | None = None) -> Iterator[ProductRow]:
    """Products of these numbers, as far as they exist; one call per 100.

    With `storefront` those alone that this storefront of a CS-Cart store sells: its own, and what others share with it.
    """
    path = "products" if storefront is None else f"stores/{storefront}/products"

    def read(wanted: Sequence[int]) -> Iterator[ProductRow]:
        rows = _pages(client, (*_SHORT, ("pid", ",".join(map(str, wanted)))), path=path)
        # A store that ignores the filter gives out other products too.
        return (row for row in rows if row.product_id in wanted)

    yield from in_parts(product_ids, read, most=SKUS_PER_CALL, size=id_size)


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


def with_features(client: StoreClient) -> Iterator[Mapping[str, Any]]:
    """All products as the store tells them, with the features that it shows in lists; one call per 250."""
    shown: Params = (("get_features", 1), ("include_child_variations", 1), *_SLIM, *_BY_CODE)
    return _raw_pages(client, shown, FEATURES_PER_CALL)


@dataclass(frozen=True)
class Page:
    """A part of all products; `total` is how many there are, None where the store does not say."""

    rows: tuple[ProductRow, ...]
    total: int | None


def page_of_all(client: StoreClient, page: int) -> Page:
    """A page of 500 products, from 1 on, the oldest first: a new one moves none of the others. One call."""
    window: Params = (*_BY_AGE, ("page", page), ("items_per_page", PAGE_SIZE))
    body = client.get("products", (*_SHORT, *window), large=True)
    return Page(tuple(_read(shapes.rows(body, "products"))), shapes.total_items(body))


def edited(client: StoreClient, hours: int) -> Iterator[ProductRow]:
    """Products saved within so many hours, the last one first; a call for each 100 that are taken.

    A store that does not know the filter goes on with older ones, and ends with all it has.
    """
    narrowed: Params = (*_LEAN, ("updated_in_hours", hours))
    order: Params = (("sort_by", "updated_timestamp"), ("sort_order", "desc"))
    return _pages(client, narrowed, order, size=_EDITED_PAGE)


def of_company(client: StoreClient, company_id: int) -> Iterator[ProductRow]:
    """All products of a vendor or storefront; one call per 500."""
    rows = _pages(client, (*_SHORT, ("company_id", company_id)))
    return (row for row in rows if row.company_id == company_id)


def _pages(
    client: StoreClient, params: Params, order: Params = _BY_CODE, size: int = PAGE_SIZE, path: str = "products"
) -> Iterator[ProductRow]:
    return _read(_raw_pages(client, (*params, *order), size, path))


def _raw_pages(client: StoreClient, params: Params, size: int, path: str = "products") -> Iterator[Mapping[str, Any]]:
    page, seen = 1, set[object]()
    while True:
        body = client.get(path, (*params, ("page", page), ("items_per_page", size)), large=True)
        rows = {shapes.integer(row.get("product_id")): row for row in shapes.rows(body, "products")}
        fresh = [row for number, row in rows.items() if number not in seen]
        seen.update(rows)
        yield from fresh
        total = shapes.total_items(body)
        # An out-of-range page may repeat the last one: nothing new also means the end.
        if not fresh or (total is not None and len(seen) >= total):
            return
        page += 1


def _read(rows: Iterable[Mapping[str, Any]]) -> Iterator[ProductRow]:
    return (found for found in map(read_row, rows) if found is not None)


def read_row(row: Mapping[str, Any]) -> ProductRow | None:
    """A product as a list or a single read shows it; None for one that cannot be used."""
    fault = _fault(row)
    if fault:
        log.warning("product %s is left out: %s", shapes.name(row.get("product_id"))[:20], fault)
        return None
    return ProductRow(
        product_id=shapes.integer(row.get("product_id")) or 0,
        sku=shapes.text(row.get("product_code")),
        name=shapes.name(row.get("product")),
        status=shapes.name(row.get("status")),
        company_id=shapes.integer(row.get("company_id")),
        price=_price(row.get("price")),
        amount=shapes.integer(row.get("amount")) or 0,
        zero_price_action=shapes.name(row.get("zero_price_action")),
        category_ids=_categories(row.get("category_ids")),
        tracked=is_tracked(row),
        edited_at=shapes.integer(row.get("updated_timestamp"), shapes.LAST_TIMESTAMP) or 0,
    )


def is_tracked(row: Mapping[str, Any]) -> bool:
    """Whether orders take from the stock of a product."""
    return row.get("tracking") != _NOT_TRACKED


def _fault(row: Mapping[str, Any]) -> str:
    """Why a row cannot be used; empty for one that can."""
    if shapes.integer(row.get("product_id")) is None:
        return "it has no number"
    if len(shapes.text(row.get("product_code"))) > shapes.LONGEST_NAME:
        return "its code is too long"
    if row.get("company_id") not in (None, "", False) and shapes.integer(row["company_id"]) is None:
        return "whose it is cannot be read"  # and it must not pass for everybody's
    return ""


def _price(value: Any) -> Decimal:
    """The price, or zero where it is no amount ("on request"): orders bring prices of their own."""
    try:
        return shapes.amount(value)
    except ValueError:
        return Decimal(0)


def _categories(value: Any) -> tuple[int, ...]:
    numbers = map(shapes.integer, shapes.mapping(value).values())
    return tuple(number for number in numbers if number is not None)
