"""What SKUs mean in the store, listed in windows: those that a person linked, and those that are a product's code."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func
from sqlmodel import select as select_rows

from core.actor import Actor
from core.cscart.probe import MULTIVENDOR
from core.database import Database
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store, StoreProduct
from core.people.rights import note_channel, visible_channels
from core.products.stages import NONE, states_of
from core.windows import Keys, ListFilter, in_order

BY_HAND = "by hand"
BY_CODE = "by code"
STATES = (BY_HAND, BY_CODE)
"""A person said which product it is; the product has the SKU as its code."""

_PRODUCTS = 2**32
"""More than there are products. Keys of what is linked by its code are negative: -(channel · this + product)."""


@dataclass(frozen=True)
class LinkFilter(ListFilter):
    """Which links to list; empty fields filter nothing.

    Each word of `text` has to be part of the SKU, of the product's name or code, or of the operator who linked it. The
    dates are those on which people linked.
    """


@dataclass(frozen=True)
class LinkRow:
    """One SKU of a channel and the product that it means; `state` is one of `STATES`."""

    key: int
    channel: str
    sku: str
    product_id: int
    product_sku: str
    product: str
    """Its name; empty while the mirror does not know it."""
    state: str
    linked_by: str
    """The operator; empty for those that are linked by their code."""
    linked_at: datetime | None
    listing: str = NONE
    """What Amazon makes of the SKU, one of the states of `core.products.stages`."""


@dataclass(frozen=True)
class LinkUse:
    """What depends on a SKU's link."""

    in_store: int
    """Orders with it that are in the store: they stay as they are."""
    waiting: int
    """Orders with it that are to be planned and in no store."""


def link_keys(database: Database, actor: Actor, wanted: LinkFilter) -> Keys[str]:
    """Everything that matches, by SKU; a vendor sees that of the own company's channels."""
    note_channel(database, actor, wanted.channel)
    found = union_all(*_links(actor, wanted.channel)).subquery()
    query = select(found.c.key, found.c.state).order_by(found.c.sku, found.c.channel)
    texts = (found.c.sku, found.c.product, found.c.product_sku, found.c.linked_by)
    for word in wanted.text.split():
        query = query.where(or_(*[text.icontains(word, autoescape=True) for text in texts]))
    if wanted.since is not None:
        query = query.where(found.c.linked_at >= wanted.since)
    if wanted.before is not None:
        query = query.where(found.c.linked_at < wanted.before)
    with database.read() as session:
        rows = session.connection().execute(query).all()
    counted = Counter(state for _, state in rows)
    states = wanted.states or frozenset(STATES)
    keys = array("q", [key for key, state in rows if state in states])
    return Keys(keys, {state: counted[state] for state in STATES}, len(rows))


def link_rows(database: Database, actor: Actor, keys: Sequence[int]) -> list[LinkRow]:
    """The links of some keys, in that order; those that are gone or not the operator's are left out."""
    by_hand, by_code = _links(actor)
    with database.read() as session:

        def read(some: Sequence[int]) -> Iterator[LinkRow]:
            hand = [key for key in some if key > 0]
            products = [-key % _PRODUCTS for key in some if key < 0]
            query = union_all(
                by_hand.where(col(ListingLink.id).in_(hand)), by_code.where(col(StoreProduct.id).in_(products))
            )
            return _with_listings(session, [LinkRow(**row._mapping) for row in session.connection().execute(query)])

        return in_order(keys, read, lambda link: link.key)


def _with_listings(session: Session, links: Sequence[LinkRow]) -> Iterator[LinkRow]:
    """The same with what Amazon makes of each."""
    channels = session.exec(select_rows(Channel).where(col(Channel.name).in_({link.channel for link in links})))
    for channel in channels:
        mine = [link for link in links if link.channel == channel.name]
        states = states_of(session, channel.account_id, channel.marketplace_id, [link.sku for link in mine])
        yield from (replace(link, listing=states[link.sku]) for link in mine)


def link_use(database: Database, actor: Actor, channel: str, sku: str) -> LinkUse:
    """How many orders of a channel have a SKU, by what a change of its link does to them."""
    note_channel(database, actor, channel)
    is_linked = (
        select(col(OrderLink.id))
        .where(col(OrderLink.channel_id) == col(Channel.id), col(OrderLink.order_id) == col(AmazonOrder.order_id))
        .exists()
    )
    order = func.distinct(col(AmazonOrder.id))
    query = (
        select(func.count(order).filter(is_linked), func.count(order).filter(~is_linked, col(AmazonOrder.dirty)))
        .select_from(Channel)
        .join(AmazonOrderItem, col(AmazonOrderItem.account_id) == col(Channel.account_id))
        .join(AmazonOrder, _is_of_channel())
        .where(visible_channels(actor), col(Channel.name) == channel, col(AmazonOrderItem.sku) == sku)
    )
    with database.read() as session:
        in_store, still_open = session.connection().execute(query).one()
    return LinkUse(in_store, still_open)


def _links(actor: Actor, channel: str = "") -> tuple[Any, Any]:
    """The links that people made, and the SKUs of orders that one product of the store carries as its code."""
    mine = [visible_channels(actor), *([col(Channel.name) == channel] if channel else [])]
    by_hand: Any = (
        select(
            col(ListingLink.id).label("key"),
            col(Channel.name).label("channel"),
            col(ListingLink.sku).label("sku"),
            col(ListingLink.product_id).label("product_id"),
            func.coalesce(col(StoreProduct.sku), "").label("product_sku"),
            func.coalesce(col(StoreProduct.name), "").label("product"),
            literal(BY_HAND).label("state"),
            col(ListingLink.linked_by).label("linked_by"),
            col(ListingLink.linked_at).label("linked_at"),
        )
        .join(Channel, col(Channel.id) == col(ListingLink.channel_id))
        .outerjoin(
            StoreProduct,
            and_(
                col(StoreProduct.store_id) == col(ListingLink.store_id),
                col(StoreProduct.product_id) == col(ListingLink.product_id),
            ),
        )
        .where(*mine)
    )
    by_code: Any = (
        select(
            -(col(Channel.id) * literal(_PRODUCTS, BigInteger) + col(StoreProduct.id)),
            col(Channel.name),
            col(StoreProduct.sku),
            col(StoreProduct.product_id),
            col(StoreProduct.sku),
            col(StoreProduct.name),
            literal(BY_CODE),
            literal(""),
            null(),
        )
        .select_from(Channel)
        .join(Store, col(Store.id) == col(Channel.store_id))
        .join(StoreProduct, col(StoreProduct.store_id) == col(Store.id))
        .where(*mine, _may_use(StoreProduct), _is_ordered(), ~_is_linked(), ~_is_carried_by_another())
    )
    return by_hand, by_code


def _is_of_channel() -> ColumnElement[bool]:
    return and_(
        col(AmazonOrder.account_id) == col(AmazonOrderItem.account_id),
        col(AmazonOrder.order_id) == col(AmazonOrderItem.order_id),
        col(AmazonOrder.marketplace_id) == col(Channel.marketplace_id),
    )


def _is_ordered() -> ColumnElement[bool]:
    """Whether an order of the channel has the product's code as a SKU."""
    return (
        select(col(AmazonOrderItem.id))
        .join(AmazonOrder, _is_of_channel())
        .where(
            col(AmazonOrderItem.account_id) == col(Channel.account_id),
            col(AmazonOrderItem.sku) == col(StoreProduct.sku),
        )
        .correlate(Channel, StoreProduct)
        .exists()
    )


def _is_linked() -> ColumnElement[bool]:
    """Whether a person said what the product's code means as a SKU."""
    link = aliased(ListingLink)
    return (
        select(col(link.id)).where(col(link.channel_id) == col(Channel.id), col(link.sku) == StoreProduct.sku).exists()
    )


def _is_carried_by_another() -> ColumnElement[bool]:
    """Whether it is not clear which product the code means."""
    other = aliased(StoreProduct)
    return (
        select(col(other.id))
        .where(
            col(other.store_id) == col(StoreProduct.store_id),
            col(other.sku) == col(StoreProduct.sku),
            col(other.id) != col(StoreProduct.id),
            _may_use(other),
        )
        .exists()
    )


def _may_use(product: type[StoreProduct]) -> ColumnElement[bool]:
    """Whether the channel's orders may have a product: among vendors those of others may not stand in them."""
    company = col(product.company_id)
    free = or_(col(Store.edition) != MULTIVENDOR, func.coalesce(col(Channel.company_id), 0) == 0)
    return or_(company.is_(None), company == 0, company == col(Channel.company_id), free)
