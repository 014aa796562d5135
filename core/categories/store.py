"""The store's categories: their mirror, read with few calls and written whole, and what a channel may use of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, delete, select

from core import clock
from core.categories.tree import STEP
from core.cscart import categories as api
from core.cscart.categories import Category
from core.cscart.probe import MULTIVENDOR
from core.cscart.transport import StoreClient
from core.database import Database, upsert
from core.model.base import stored_id
from core.model.category import StoreCategory
from core.model.channel import Channel
from core.model.store import Store
from core.workspace import Workspace

_KEY = ["store_id", "category_id"]


def pull_store_categories(database: Database, client: StoreClient, store: Store, channel: Channel) -> int:
    """Bring the mirror up to date; returns how many categories there are. Costs a call per 1,000 of them.

    Where vendors share the categories, the products of the channel's vendor are counted too: a call per 500 products.
    """
    found = api.everything(client)
    company_id = channel.company_id if store.edition == MULTIVENDOR else None
    counted = api.count_products(client, company_id) if company_id else None
    store_id, now = stored_id(store.id), clock.now()
    known = {row.category_id: row for row in found.rows}
    with database.write() as session:
        query = select(StoreCategory).where(col(StoreCategory.store_id) == store_id)
        before = {row.category_id: row.company_products for row in session.exec(query)}
        rows: list[dict[str, Any]] = []
        for number, row in sorted(known.items()):
            per_company = dict(before.get(number, {}))
            if counted is not None:
                per_company[str(company_id)] = counted[number]
            told = {"title": _title(row, known), "company_products": per_company, "seen_at": now}
            rows.append({"store_id": store_id, **vars(row), **told})
        fields = [name for name in (rows[0] if rows else {}) if name not in _KEY]
        upsert(session, StoreCategory, rows, keys=_KEY, update=fields)
        if found.whole and rows:
            gone = (col(StoreCategory.store_id) == store_id, col(StoreCategory.seen_at) < now)
            session.exec(delete(StoreCategory).where(*gone))
    return len(known)


def _title(row: Category, known: Mapping[int, Category]) -> str:
    """Names from the top to its own; one whose parent is not shown begins with itself."""
    names, seen = [row.name], {row.category_id}
    above = known.get(row.parent_id)
    while above is not None and above.category_id not in seen:
        names.append(above.name)
        seen.add(above.category_id)
        above = known.get(above.parent_id)
    return STEP.join(reversed(names))


def store_categories(session: Session, channel: Channel) -> dict[int, StoreCategory]:
    """The store's categories that a channel may use: its storefront's, and everybody's; by path."""
    query = select(StoreCategory).where(col(StoreCategory.store_id) == channel.store_id)
    if channel.company_id is not None:
        query = query.where(col(StoreCategory.company_id).in_([0, channel.company_id]))
    rows = session.exec(query.order_by(col(StoreCategory.title), col(StoreCategory.category_id)))
    return {row.category_id: row for row in rows}


def known_categories(workspace: Workspace, channel: Channel, category_ids: set[int]) -> set[int]:
    """Those of the categories that a channel may use; what the mirror does not know is looked for in the store."""
    with workspace.database.read() as session:
        known, store = store_categories(session, channel).keys(), session.get_one(Store, channel.store_id)
    if category_ids <= known:
        return category_ids
    pull_store_categories(workspace.database, workspace.store_client(store), store, channel)
    with workspace.database.read() as session:
        return category_ids & store_categories(session, channel).keys()


def products_of(category: StoreCategory, channel: Channel, store: Store) -> int:
    """Products in a category, without those below it: the vendor's own where vendors share the categories."""
    if store.edition == MULTIVENDOR and channel.company_id is not None:
        return category.company_products.get(str(channel.company_id), 0)
    return category.products


def beneath(categories: dict[int, StoreCategory], category_id: int) -> list[int]:
    """A category and all below it."""
    children: dict[int, list[int]] = {}
    for number, category in categories.items():
        children.setdefault(category.parent_id, []).append(number)
    found, left = dict.fromkeys([category_id]), [category_id]
    while left:
        fresh = [number for number in children.get(left.pop(), ()) if number not in found]
        found.update(dict.fromkeys(fresh))
        left += fresh
    return list(found)
