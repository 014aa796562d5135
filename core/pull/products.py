"""Store products into the mirror: those that orders ask for, by SKU; one call per 100 SKUs.

A store that ignores the SKU filter is swept as a whole instead, at most every few minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import col, delete, select

from core import clock
from core.cscart import products as api
from core.cscart.products import ProductRow
from core.cscart.transport import StoreClient
from core.database import Database, upsert
from core.model.base import stored_id
from core.model.store import Store, StoreProduct
from core.money import Money, round_to_unit
from core.plan.rules import ProductRef

FRESH = timedelta(minutes=15)
"""A mirrored product is trusted for this long."""


def products_for(
    database: Database, client: StoreClient, store: Store, skus: Iterable[str]
) -> dict[str, list[ProductRef]]:
    """The store's products by SKU, read from the store where the mirror does not know them or is stale."""
    wanted = {sku for sku in skus if sku}
    found = _mirrored(database, store, wanted)
    stale = sorted(wanted - found.keys())
    if stale and store.capabilities.get("filter_params", True):
        _store(database, store, stale, list(api.by_skus(client, stale)))
    elif stale and _may_sweep(store):
        _sweep(database, client, store)
    return found | _mirrored(database, store, stale)


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
                found.setdefault(row.sku, []).append(ProductRef(row.product_id, row.company_id, row.zero_price_action))
    return found


def _may_sweep(store: Store) -> bool:
    return store.products_swept_at is None or store.products_swept_at < clock.now() - FRESH


def _sweep(database: Database, client: StoreClient, store: Store) -> None:
    """Read all products; those that are gone leave the mirror only after the whole sweep."""
    started = clock.now()
    _store(database, store, [], list(api.everything(client)))
    with database.write() as session:
        session.exec(
            delete(StoreProduct).where(col(StoreProduct.store_id) == store.id, col(StoreProduct.seen_at) < started)
        )
        kept = session.get_one(Store, store.id)
        kept.products_swept_at = started
        session.add(kept)
    store.products_swept_at = started


def _store(database: Database, store: Store, asked: list[str], rows: list[ProductRow]) -> None:
    """Write rows; a SKU that was asked for and not found has left the store."""
    values = [
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
            "seen_at": clock.now(),
        }
        # Always in the same order: two jobs that write the same products must not wait for each other crosswise.
        for _, row in sorted({row.product_id: row for row in rows}.items())
    ]
    with database.write() as session:
        if asked:
            session.exec(
                delete(StoreProduct).where(
                    col(StoreProduct.store_id) == store.id, col(StoreProduct.sku).in_(asked[:30_000])
                )
            )
        upsert(
            session,
            StoreProduct,
            values,
            keys=["store_id", "product_id"],
            update=[name for name in (values[0] if values else {}) if name not in ("store_id", "product_id")],
        )
