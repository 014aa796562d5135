"""Listings and products for people: what was read last, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy
from sqlmodel import Session, col, or_, select

from core.documents import NOT_SHOWN
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.store import Store, StoreProduct
from core.money import Money
from core.products.issues import IssueView, issues_by_sku
from core.products.offers import usable
from core.products.stages import NONE, reached
from core.windows import AT_ONCE


class _Told(NamedTuple):
    """What is shown of a listing: of its columns those that are small."""

    sku: str
    asin: str = ""
    title: str = ""
    product_type: str = ""
    fulfilment: str = ""
    price_minor: int | None = None
    currency: str = ""
    quantity: int | None = None
    parent_sku: str = ""


@dataclass(frozen=True)
class ListingView:
    """One SKU of a channel; `product_id` is the store product that it means, None where that is not known."""

    sku: str
    asin: str
    title: str
    product_id: int | None
    product_type: str
    state: str
    fulfilment: str
    price: Decimal | None
    currency: str
    quantity: int | None
    parent: str
    issues: Sequence[IssueView]
    product_sku: str = ""
    product: str = ""
    """Its name; empty while the mirror does not know it."""
    linked_by: str = ""
    """Who said which product it is; empty where its code says so."""


@dataclass(frozen=True)
class ProductView:
    """A product of the store with the channel's listing of it."""

    product_id: int
    sku: str
    name: str
    status: str = field(metadata=NOT_SHOWN)
    price: Decimal
    currency: str
    quantity: int
    listing: ListingView | None


def listed(session: Session, channel: Channel, *, sku: str = "", state: str = "") -> Iterator[ListingView]:
    """Listings of a channel by SKU, and SKUs that people linked or exported although Amazon does not show them."""
    store = session.get_one(Store, channel.store_id)
    links = {row.sku: row for row in session.exec(select(ListingLink).where(col(ListingLink.channel_id) == channel.id))}
    rows = _rows(session, channel, sku, state)
    if state in ("", NONE):
        known = {row.sku for row in rows}
        rows += [_Found(one, NONE) for one in links if one not in known and sku in ("", one)]
    rows = [row for row in rows if state in ("", row.state)]
    rows.sort(key=lambda row: row.sku)
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        skus = [row.sku for row in part]
        means = _products(session, channel, store, skus, links)
        issues = issues_by_sku(session, channel.account_id, channel.marketplace_id, skus)
        shown = _listings(session, [row.listing_id for row in part if row.listing_id is not None])
        for row in part:
            yield _view(
                shown.get(row.sku) or _Told(row.sku),
                means.get(row.sku),
                links.get(row.sku),
                row.state,
                issues.get(row.sku, []),
            )


def products(session: Session, channel: Channel, *, search: str = "") -> Iterator[ProductView]:
    """The mirror's products that the channel may use, by SKU."""
    store = session.get_one(Store, channel.store_id)
    query = select(StoreProduct).where(col(StoreProduct.store_id) == store.id, usable(channel, store))
    for word in search.split():
        texts = (col(StoreProduct.name), col(StoreProduct.sku))
        query = query.where(or_(*[text.icontains(word, autoescape=True) for text in texts]))
    rows = session.exec(query.order_by(col(StoreProduct.sku), col(StoreProduct.product_id))).all()
    by_product: dict[int, ListingView] = {}
    for view in listed(session, channel):
        if view.product_id is not None:
            by_product.setdefault(view.product_id, view)
    for row in rows:
        yield ProductView(
            product_id=row.product_id,
            sku=row.sku,
            name=row.name,
            status=row.status,
            price=Money.from_minor(row.price_minor, store.currency).amount,
            currency=store.currency,
            quantity=row.amount,
            listing=by_product.get(row.product_id),
        )


class _Found(NamedTuple):
    """A SKU, how far it is, and the number of its listing where Amazon has or had it."""

    sku: str
    state: str
    listing_id: int | None = None


def _rows(session: Session, channel: Channel, sku: str, state: str) -> list[_Found]:
    """SKUs of a channel that were listed or sent; all of them where those of no stage are wanted."""
    stages = reached(channel.account_id, channel.marketplace_id).subquery()
    query = sqlalchemy.select(stages.c.sku, stages.c.state, stages.c.listing_id)
    if sku:
        query = query.where(stages.c.sku == sku)
    if state not in ("", NONE):
        query = query.where(stages.c.state == state)
    return [_Found(*row) for row in session.connection().execute(query)]


def _listings(session: Session, ids: Sequence[int]) -> dict[str, _Told]:
    """Listings by SKU."""
    columns = [getattr(Listing, name) for name in _Told._fields]
    query = sqlalchemy.select(*columns).where(col(Listing.id).in_(ids))
    return {row.sku: _Told(*row) for row in session.connection().execute(query)}


def _products(
    session: Session, channel: Channel, store: Store, skus: Sequence[str], links: Mapping[str, ListingLink]
) -> dict[str, StoreProduct]:
    """Which product each SKU means, as far as the mirror knows it: a person's word wins over an equal code."""
    numbers = {links[sku].product_id: sku for sku in skus if sku in links}
    own = select(StoreProduct).where(col(StoreProduct.store_id) == store.id, usable(channel, store))
    # One question each: for both in one, SQLite would go through all products of the store.
    chosen = (col(StoreProduct.sku).in_(skus), col(StoreProduct.product_id).in_(list(numbers)))
    rows = {row.product_id: row for which in chosen for row in session.exec(own.where(which))}.values()
    by_code: dict[str, list[StoreProduct]] = {}
    for row in rows:
        by_code.setdefault(row.sku, []).append(row)
    coded = {sku: found[0] for sku, found in by_code.items() if len(found) == 1 and sku not in links}
    return coded | {numbers[row.product_id]: row for row in rows if row.product_id in numbers}


def _view(
    row: _Told,
    product: StoreProduct | None,
    link: ListingLink | None,
    state: str,
    issues: Sequence[IssueView],
) -> ListingView:
    price = None if row.price_minor is None else Money.from_minor(row.price_minor, row.currency).amount
    number = link.product_id if link else product.product_id if product else None
    return ListingView(
        sku=row.sku,
        asin=row.asin,
        title=row.title,
        product_id=number,
        product_type=row.product_type,
        state=state,
        fulfilment=row.fulfilment,
        price=price,
        currency=row.currency,
        quantity=row.quantity,
        parent=row.parent_sku,
        issues=issues,
        product_sku=product.sku if product else "",
        product=product.name if product else "",
        linked_by=link.linked_by if link else "",
    )
