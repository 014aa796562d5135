"""The rows of the list of products and listings that are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from core.actor import Actor
from core.database import Database
from core.model.base import stored_id
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.listing_export import PLANNED, SUBMITTED, WATCHED, ListingExport
from core.model.problem import Problem
from core.model.store import Store, StoreProduct
from core.money import Money
from core.products import CONTENT
from core.products.catalogue import (
    HELD,
    IN_STORE,
    Meanings,
    Product,
    Shelf,
    export_key,
    export_of,
    key_of,
    parts_of,
    shelves,
    state_of,
)
from core.products.issues import IssueView, issues_by_sku
from core.products.stages import NONE, states_of
from core.subjects import Subject
from core.windows import in_order

OF_STORE = "store"


@dataclass(frozen=True)
class ProductRow:
    """A listing with the product that it means, or a product without a listing; `state` is one of the catalogue's."""

    key: int
    channel: str
    """Empty for a product without a listing, unless an export of it is held in a channel."""
    sku: str
    state: str
    title: str = ""
    """As Amazon has it."""
    asin: str = ""
    offer: str = NONE
    """How far it is at Amazon, one of the states of `core.products.stages`."""
    status: str = ""
    product_type: str = ""
    fulfilment: str = ""
    parent_sku: str = ""
    price: Decimal | None = None
    currency: str = ""
    quantity: int | None = None
    issues: tuple[IssueView, ...] = ()
    content: str = ""
    """Whose the content at Amazon is: `OF_STORE`, or `WATCHED`, when only what changes in the store is sent; empty
    where nothing was sent and nothing is watched."""
    is_dirty: bool = False
    """Whether the next import plans it."""
    read_at: datetime | None = None
    closed_at: datetime | None = None
    product_id: int | None = None
    product_sku: str = ""
    name: str = ""
    """The product's, empty while the mirror does not know it."""
    store_price: Decimal | None = None
    store_currency: str = ""
    in_stock: int | None = None
    linked_by: str = ""
    """Who said which product it is; empty where its code says so."""
    problem: str = ""
    message: str = ""
    fix: str = ""


def product_rows(database: Database, actor: Actor, keys: Sequence[int]) -> list[ProductRow]:
    """The rows of some keys, in that order; those that are gone or not the operator's are left out."""
    with database.read() as session:
        found = {shelf.id: shelf for shelf in shelves(session, actor)}
        stores = {shelf.store_id for shelf in found.values()}
        currencies = {row.id: row.currency for row in _of_stores(session, stores)}

        def read(some: Sequence[int]) -> Iterator[ProductRow]:
            of_channels = [(found[channel], number) for channel, number in _parts(some) if channel in found]
            listings = [(shelf, number) for shelf, number in of_channels if export_of(number) is None]
            exports = [(shelf, one) for shelf, number in of_channels if (one := export_of(number)) is not None]
            yield from _with_listing(session, currencies, listings)
            yield from _with_export(session, currencies, exports)
            yield from _without_listing(session, found, currencies, [-key for key in some if key < 0])

        return in_order(keys, read, lambda row: row.key)


def _of_stores(session: Session, stores: set[int]) -> Any:
    query = select(col(Store.id), col(Store.currency)).where(col(Store.id).in_(list(stores)))
    return session.connection().execute(query)


def _parts(keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Channel and number of the keys of listings and exports."""
    yield from (parts_of(key) for key in keys if key >= 0)


def _with_listing(
    session: Session, currencies: Mapping[int, str], wanted: Sequence[tuple[Shelf, int]]
) -> Iterator[ProductRow]:
    query = select(Listing).where(col(Listing.id).in_({listing_id for _, listing_id in wanted}))
    found = session.execute(query.options(defer(Listing.content)))  # type: ignore[arg-type]
    rows = {stored_id(row.id): row for row in found.scalars()}
    shown = [(shelf, rows[number]) for shelf, number in wanted if number in rows and _has(shelf, rows[number])]
    links = _links(session, shown)
    meant = _meant(session, shown, links)
    problems = _problems(session, {shelf.id for shelf, _ in shown}, {row.sku for _, row in shown})
    at_amazon = _at_amazon(session, [(shelf, row.sku) for shelf, row in shown])
    for shelf, row in shown:
        link, problem = links.get((shelf.id, row.sku)), problems.get((shelf.id, row.sku))
        *_, product = meant[shelf.id].get(row.sku) or (None,)
        told = {} if product is None else _of_product(product, currencies)
        if link is not None:
            told = {"product_id": link.product_id, "linked_by": link.linked_by, **told}
        if problem is not None:
            told |= _of_problem(problem)
        yield ProductRow(
            key=key_of(shelf, stored_id(row.id)),
            channel=shelf.name,
            sku=row.sku,
            state=state_of(problem is not None, row.closed_at is not None, row.is_parent, product is not None),
            **_of_listing(row),
            **at_amazon[shelf.id, row.sku],
            **told,
        )


def _has(shelf: Shelf, row: Listing | ListingExport) -> bool:
    return (row.account_id, row.marketplace_id) == (shelf.account_id, shelf.marketplace_id)


def _with_export(
    session: Session, currencies: Mapping[int, str], wanted: Sequence[tuple[Shelf, int]]
) -> Iterator[ProductRow]:
    """What was sent, or is to be, and is not at Amazon."""
    query = select(ListingExport).where(col(ListingExport.id).in_({number for _, number in wanted}))
    found = session.execute(query.options(defer(ListingExport.attributes)))  # type: ignore[arg-type]
    rows = {stored_id(row.id): row for row in found.scalars()}
    shown = [(shelf, rows[number]) for shelf, number in wanted if number in rows and _has(shelf, rows[number])]
    problems = _problems(session, {shelf.id for shelf, _ in shown}, {row.sku for _, row in shown})
    at_amazon = _at_amazon(session, [(shelf, row.sku) for shelf, row in shown])
    meant = select(StoreProduct).where(
        col(StoreProduct.store_id).in_({shelf.store_id for shelf, _ in shown}),
        col(StoreProduct.product_id).in_({row.product_id for _, row in shown}),
    )
    products = {(row.store_id, row.product_id): row for row in session.execute(meant).scalars()}
    for shelf, row in shown:
        product, problem = products.get((shelf.store_id, row.product_id)), problems.get((shelf.id, row.sku))
        told = {} if product is None else _of_product(product, currencies)
        if problem is not None:
            told |= _of_problem(problem)
        yield ProductRow(
            key=export_key(shelf, stored_id(row.id)),
            channel=shelf.name,
            sku=row.sku,
            state=HELD if problem is not None else IN_STORE,
            product_type=row.product_type,
            parent_sku=row.parent_sku,
            **at_amazon[shelf.id, row.sku],
            **told,
        )


def _at_amazon(session: Session, wanted: Sequence[tuple[Shelf, str]]) -> dict[tuple[int, str], dict[str, Any]]:
    """How far SKUs of channels are, and what Amazon finds wrong with them."""
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for shelf in {shelf for shelf, _ in wanted}:
        skus = [sku for one, sku in wanted if one == shelf]
        states = states_of(session, shelf.account_id, shelf.marketplace_id, skus)
        issues = issues_by_sku(session, shelf.account_id, shelf.marketplace_id, skus)
        content = _content(session, shelf, skus)
        found |= {
            (shelf.id, sku): {
                "offer": states[sku],
                "issues": tuple(issues.get(sku, ())),
                "content": content.get(sku, ""),
            }
            for sku in skus
        }
    return found


def _content(session: Session, shelf: Shelf, skus: Sequence[str]) -> dict[str, str]:
    """Whose the content of SKUs is, where anything of them was sent or is watched."""
    export = ListingExport
    query = select(col(export.sku), col(export.state), col(export.product).is_not(None)).where(
        col(export.account_id) == shelf.account_id,
        col(export.marketplace_id) == shelf.marketplace_id,
        col(export.sku).in_(skus),
        col(export.attributes).is_not(None),
    )
    return {
        sku: WATCHED if state == WATCHED or was_there else OF_STORE for sku, state, was_there in session.execute(query)
    }


def _without_listing(
    session: Session, found: Mapping[int, Shelf], currencies: Mapping[int, str], numbers: Sequence[int]
) -> Iterator[ProductRow]:
    rows = session.execute(select(StoreProduct).where(col(StoreProduct.id).in_(numbers))).scalars().all()
    held = _problems(session, set(found), {row.sku for row in rows if row.sku})
    mine = {
        row.id: [shelf for shelf in found.values() if shelf.store_id == row.store_id and shelf.may_use(row.company_id)]
        for row in rows
    }
    at_amazon = _at_amazon(session, [(shelf, row.sku) for row in rows for shelf in mine[row.id]])
    for row in rows:
        if not mine[row.id]:
            continue
        told = _of_product(row, currencies)
        offers = [at_amazon[shelf.id, row.sku]["offer"] for shelf in mine[row.id]]
        told["offer"] = next((one for one in offers if one in (PLANNED, SUBMITTED)), NONE)
        shelf = next((shelf for shelf in mine[row.id] if (shelf.id, row.sku) in held), None)
        if shelf is not None:
            told |= {"channel": shelf.name, **_of_problem(held[shelf.id, row.sku])}
        yield ProductRow(**{"key": -stored_id(row.id), "channel": "", "sku": row.sku, "state": IN_STORE, **told})


def _of_listing(row: Listing) -> dict[str, Any]:
    price = None if row.price_minor is None else Money.from_minor(row.price_minor, row.currency).amount
    return {
        "title": row.title,
        "asin": row.asin,
        "status": row.status,
        "product_type": row.product_type,
        "fulfilment": row.fulfilment,
        "parent_sku": row.parent_sku,
        "price": price,
        "currency": row.currency,
        "quantity": row.quantity,
        "is_dirty": row.dirty,
        "read_at": row.read_at,
        "closed_at": row.closed_at,
    }


def _of_product(row: StoreProduct, currencies: Mapping[int, str]) -> dict[str, Any]:
    currency = currencies[row.store_id]
    return {
        "product_id": row.product_id,
        "product_sku": row.sku,
        "name": row.name,
        "store_price": Money.from_minor(row.price_minor, currency).amount,
        "store_currency": currency,
        "in_stock": row.amount,
    }


def _links(session: Session, shown: Sequence[tuple[Shelf, Listing]]) -> dict[tuple[int, str], ListingLink]:
    query = select(ListingLink).where(
        col(ListingLink.channel_id).in_({shelf.id for shelf, _ in shown}),
        col(ListingLink.sku).in_({row.sku for _, row in shown}),
    )
    return {(link.channel_id, link.sku): link for link in session.execute(query).scalars()}


def _meant(
    session: Session, shown: Sequence[tuple[Shelf, Listing]], links: Mapping[tuple[int, str], ListingLink]
) -> dict[int, Mapping[str, Product | None]]:
    """SKU → the product that it means, by channel; such a tuple ends with the product's row."""
    stores = col(StoreProduct.store_id).in_({shelf.store_id for shelf, _ in shown})
    # One question each: for both in one, SQLite would go through all products of the store.
    by_code = col(StoreProduct.sku).in_({row.sku for _, row in shown})
    by_number = col(StoreProduct.product_id).in_({link.product_id for link in links.values()})
    products = {
        row.id: row
        for which in (by_code, by_number)
        for row in session.execute(select(StoreProduct).where(stores, which)).scalars()
    }
    linked: dict[int, dict[str, int]] = {}
    for (channel_id, sku), link in links.items():
        linked.setdefault(channel_id, {})[sku] = link.product_id
    meanings = Meanings(
        ((row.store_id, row.product_id, row.sku, row.company_id, row) for row in products.values()), linked
    )
    return {shelf.id: meanings.of(shelf) for shelf, _ in shown}


def _problems(session: Session, channel_ids: Set[int], skus: Set[str]) -> dict[tuple[int, str], Problem]:
    """The first open problem of each, by channel and SKU."""
    query = (
        select(Problem)
        .where(
            col(Problem.channel_id).in_(channel_ids),
            col(Problem.flow).in_(CONTENT),
            col(Problem.subject).in_({str(Subject("sku", sku)) for sku in skus}),
            col(Problem.resolved_at).is_(None),
        )
        .order_by(col(Problem.id).desc())
    )
    found = session.execute(query).scalars()
    return {(problem.channel_id or 0, Subject.parse(problem.subject).id): problem for problem in found}


def _of_problem(problem: Problem) -> dict[str, Any]:
    return {"problem": problem.code, "message": problem.message, "fix": problem.fix}
