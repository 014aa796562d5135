"""Store products into the mirror: those that orders ask for, by SKU; one call per 100 SKUs.

A store that ignores the SKU filter is swept as a whole instead, at most every few minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select, update

from core import clock
from core.cscart import products as api
from core.cscart.product_writes import StoredProduct
from core.cscart.products import ProductRow
from core.cscart.transport import StoreClient
from core.database import Database, upsert
from core.errors import Rejected
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.store import Store, StoreProduct
from core.money import Money, round_to_unit
from core.products.offers import mark_changed
from core.products.refs import ProductRef

FRESH = timedelta(minutes=15)
"""A mirrored product is trusted for this long."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = ("store_id", "product_id")


def products_for(
    database: Database,
    client: StoreClient,
    store: Store,
    skus: Iterable[str],
    links: Mapping[str, int] | None = None,
) -> dict[str, list[ProductRef]]:
    """The store's products by SKU, read from the store where the mirror does not know them or is stale.

    `links` are SKUs of which a person said which product they mean: that one alone is given, whatever its code.
    """
    links = links or {}
    wanted = {sku for sku in skus if sku}
    coded = wanted - links.keys()
    found = _mirrored(database, store, coded)
    stale = sorted(coded - found.keys())
    if stale and store.capabilities.get("filter_params", True):
        _store(database, store, stale, list(api.by_skus(client, stale)))
    elif stale and _may_sweep(store):
        _sweep(database, client, store)
    linked = products_by_id(database, client, store, {links[sku] for sku in wanted & links.keys()})
    return (
        found | _mirrored(database, store, stale) | {sku: [linked[links[sku]]] for sku in sorted(wanted & links.keys())}
    )


def sold_in(
    client: StoreClient, storefront: int, found: Mapping[str, Sequence[ProductRef]]
) -> dict[str, list[ProductRef]]:
    """The same products, and of those that belong to other storefronts whether they are shared with this one.

    An order takes no others: the store drops their lines. One call per 100 products of others; none without any.
    """
    others = {one.product_id for refs in found.values() for one in refs if one.company_id not in (None, 0, storefront)}
    try:
        shared = {row.product_id for row in api.by_ids(client, sorted(others), storefront=storefront)}
    except Rejected:  # the store does not tell: its answer to the order will
        shared = others
    return {
        sku: [replace(one, is_sold_here=one.product_id not in others - shared) for one in refs]
        for sku, refs in found.items()
    }


def linked_products(database: Database, channel: Channel, skus: Iterable[str]) -> dict[str, int]:
    """SKU → the store product that a person linked it to."""
    wanted, found = sorted(skus), dict[str, int]()
    with database.read() as session:
        for start in range(0, len(wanted), 500):
            rows = session.exec(
                select(ListingLink.sku, ListingLink.product_id).where(
                    col(ListingLink.channel_id) == channel.id,
                    col(ListingLink.store_id) == channel.store_id,
                    col(ListingLink.sku).in_(wanted[start : start + 500]),
                )
            ).all()
            found.update(rows)
    return found


def read_products(database: Database, client: StoreClient, store: Store, product_ids: Iterable[int]) -> set[int]:
    """Bring single products into the mirror; returns the numbers of those that exist."""
    rows = list(api.by_ids(client, sorted(set(product_ids))))
    mirror_some(database, store, rows)
    return {row.product_id for row in rows}


def products_by_id(
    database: Database, client: StoreClient, store: Store, product_ids: Set[int]
) -> dict[int, ProductRef]:
    """Products that people named by number; those that are not in the store are given as such."""
    fresh = _by_id(database, store, product_ids, col(StoreProduct.seen_at) > clock.now() - FRESH)
    exist = read_products(database, client, store, product_ids - fresh.keys()) if product_ids - fresh.keys() else set()
    gone = {number: ProductRef(number, None, linked=True, is_there=False) for number in product_ids}
    return gone | _by_id(database, store, exist) | fresh


def _by_id(
    database: Database, store: Store, product_ids: Iterable[int], *conditions: ColumnElement[bool]
) -> dict[int, ProductRef]:
    query = select(StoreProduct).where(
        col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id).in_(list(product_ids)), *conditions
    )
    with database.read() as session:
        rows = session.exec(query).all()
    return {row.product_id: replace(_ref(row), linked=True) for row in rows}


def _ref(row: StoreProduct) -> ProductRef:
    amount = row.amount if row.tracked else None
    return ProductRef(row.product_id, row.company_id, row.zero_price_action, amount=amount, tracked=row.tracked)


def _mirrored(database: Database, store: Store, skus: Iterable[str]) -> dict[str, list[ProductRef]]:
    """Fresh rows of the mirror by SKU."""
    found: dict[str, list[ProductRef]] = {}
    wanted = list(skus)
    with database.read() as session:
        for start in range(0, len(wanted), 500):
            rows = session.exec(
                select(StoreProduct).where(
                    col(StoreProduct.store_id) == store.id,
                    col(StoreProduct.sku).in_(wanted[start : start + 500]),
                    col(StoreProduct.seen_at) > clock.now() - FRESH,
                )
            ).all()
            for row in rows:
                found.setdefault(row.sku, []).append(_ref(row))
    return found


def _may_sweep(store: Store) -> bool:
    return store.products_swept_at is None or store.products_swept_at < clock.now() - FRESH


def _sweep(database: Database, client: StoreClient, store: Store) -> None:
    """Read all products; those that did not come are not trusted any more."""
    started = clock.now()
    _store(database, store, [], list(api.everything(client)))
    with database.write() as session:
        absent = (col(StoreProduct.store_id) == store.id, col(StoreProduct.seen_at) < started)
        session.exec(update(StoreProduct).where(*absent).values(seen_at=_LONG_AGO))
        stored = session.get_one(Store, store.id)
        stored.products_swept_at = started
        session.add(stored)
    store.products_swept_at = started


def _store(database: Database, store: Store, asked: list[str], rows: list[ProductRow]) -> None:
    """Write rows that are all the store has of the SKUs `asked`; what else the mirror has of these is not trusted.

    It may have another SKU now, or have left the store: that is for complete readings to tell, see `core.stock.watch`.
    """
    values = [value | {"seen_at": clock.now()} for value in _values(store, rows)]
    with database.write() as session:
        if asked:
            mine = (col(StoreProduct.store_id) == store.id, col(StoreProduct.sku).in_(asked[:30_000]))
            session.exec(update(StoreProduct).where(*mine).values(seen_at=_LONG_AGO))
        _upsert(session, values)


def mirror_some(database: Database, store: Store, rows: Iterable[ProductRow]) -> None:
    """Write rows that were read for another reason: there may be more of their SKUs, so they do not count as fresh."""
    with database.write() as session:
        mirror_in(session, store, rows, {})


def mirror_in(
    session: Session,
    store: Store,
    rows: Iterable[ProductRow],
    image_sources: Mapping[int, list[str]],
    *,
    language: str = "",
) -> None:
    """Write rows that were read back, in the caller's transaction, and where pictures came from that were written.

    The mirror has names in the store's default language: one that is known stays when another was read.
    """
    values = _values(store, rows)
    _upsert(session, values, {"seen_at": _LONG_AGO}, keep=("name",) if language else ())
    for number, sources in sorted(image_sources.items()):
        mine = (col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id) == number)
        session.exec(update(StoreProduct).where(*mine).values(image_sources=sources))


def written_in(session: Session, store: Store, products: Iterable[StoredProduct]) -> None:
    """Remember, in the caller's transaction, that the last to change these products was the program."""
    for one in sorted(products, key=lambda one: one.row.product_id):
        mine = (col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id) == one.row.product_id)
        session.exec(update(StoreProduct).where(*mine).values(written_at=one.changed_at, written_amount=one.row.amount))


def distrust_in(session: Session, store: Store, product_ids: Iterable[int]) -> None:
    """Let products be read again before they are used, in the caller's transaction: they are about to change."""
    mine = (col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id).in_(sorted(product_ids)))
    session.exec(update(StoreProduct).where(*mine).values(seen_at=_LONG_AGO))


def forget_in(session: Session, store: Store, product_id: int) -> None:
    """Take a product that has left the store out of the mirror, in the caller's transaction."""
    mine = (col(StoreProduct.store_id) == store.id, col(StoreProduct.product_id) == product_id)
    session.exec(delete(StoreProduct).where(*mine))


def _upsert(
    session: Session, values: list[dict[str, Any]], if_new: dict[str, Any] | None = None, *, keep: Sequence[str] = ()
) -> None:
    """Write rows; the price and stock that listings have of changed ones are planned again."""
    mark_changed(session, values)
    fields = [name for name in (values[0] if values else {}) if name not in (*_KEY, *keep)]
    new = {"image_sources": [], "written_at": 0, "written_amount": 0, **(if_new or {})}
    upsert(session, StoreProduct, [value | new for value in values], keys=_KEY, update=fields)


def _values(store: Store, rows: Iterable[ProductRow]) -> list[dict[str, Any]]:
    return [
        {
            "store_id": stored_id(store.id),
            "product_id": row.product_id,
            "sku": row.sku,
            "name": row.name,
            "status": row.status,
            "company_id": row.company_id,
            "price_minor": Money(round_to_unit(row.price, store.currency), store.currency).to_minor(),
            "amount": row.amount,
            "zero_price_action": row.zero_price_action,
            "tracked": row.tracked,
            "missing": 0,
            "shown_at": clock.now(),
        }
        # Always in the same order: two jobs that write the same products must not wait for each other crosswise.
        for _, row in sorted({row.product_id: row for row in rows}.items())
    ]
