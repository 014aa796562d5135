"""What Amazon has sold of the store's products before the store knows of it: orders that wait to come into the store.

Amazon takes ordered pieces off a listing itself, pending orders too. A quantity that is written replaces that, so it
must leave them out until the store order has taken them: a pending order may wait for weeks, a held one for a person.
Orders that the channel leaves aside reserve nothing here, nor do those that Amazon ships.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import func, union
from sqlmodel import Session, col, or_, select

from core.cscart.probe import MULTIVENDOR
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.offer import Offer
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.outbox import IS_UNSENT, OutboxIntent
from core.model.store import Store, StoreProduct
from core.orders import CREATE_KIND, MERCHANT
from core.orders.document import OPEN_STATUSES
from core.subjects import Owner


def reserved(session: Session, store_id: int, product_ids: Collection[int]) -> Counter[int]:
    """Pieces by product, of all channels of a store; the first query begins with the few orders that wait, and is often
    the only one."""
    order, item = AmazonOrder, AmazonOrderItem
    waiting = (
        select(order.account_id, order.marketplace_id, item.sku, func.sum(item.quantity))
        .select_from(order)
        .join(item, (col(item.account_id) == order.account_id) & (col(item.order_id) == order.order_id))
        .where(
            col(order.id).in_(union(_to_plan(store_id), _to_send(store_id))),
            col(order.status).in_(sorted(OPEN_STATUSES)),
            col(order.fulfilled_by) == MERCHANT,
        )
        .group_by(col(order.account_id), col(order.marketplace_id), col(item.sku))
    )
    pieces = {(account, place, sku): int(count) for account, place, sku, count in session.exec(waiting).all()}
    found: Counter[int] = Counter()
    if pieces:
        meant = _products(session, store_id, product_ids, {sku for _, _, sku in pieces})
        for place, count in pieces.items():
            number = meant.get(place, 0)
            if number in product_ids:
                found[number] += count
    return found


def _products(
    session: Session, store_id: int, product_ids: Collection[int], skus: Collection[str]
) -> dict[tuple[int, str, str], int]:
    """Seller, marketplace and SKU → product: as a person linked them, as their offers say, else by code.

    Stock may be written in one marketplace and not in another, whose orders take of it all the same. A code means a
    product of the channel's company alone.
    """
    company = col(StoreProduct.company_id)
    coded = (
        select(Channel.account_id, Channel.marketplace_id, StoreProduct.sku, StoreProduct.product_id)
        .join(Store, col(Store.id) == Channel.store_id)
        .join(StoreProduct, col(StoreProduct.store_id) == Store.id)
        .where(
            col(Store.id) == store_id,
            col(StoreProduct.product_id).in_(product_ids),
            or_(
                col(Store.edition) != MULTIVENDOR,
                func.coalesce(Channel.company_id, 0) == 0,
                func.coalesce(company, 0).in_((0, Channel.company_id)),
            ),
        )
    )
    by_code = {(account, place, sku): number for account, place, sku, number in session.exec(coded) if sku in skus}
    named = sorted({sku for _, _, sku in by_code})
    offers = select(Offer.account_id, Offer.marketplace_id, Offer.sku, Offer.product_id).where(
        col(Offer.store_id) == store_id, or_(col(Offer.product_id).in_(product_ids), col(Offer.sku).in_(named))
    )
    links = (
        select(Channel.account_id, Channel.marketplace_id, ListingLink.sku, ListingLink.product_id)
        .join(ListingLink, col(ListingLink.channel_id) == Channel.id)
        .where(
            col(ListingLink.store_id) == store_id,
            or_(col(ListingLink.product_id).in_(product_ids), col(ListingLink.sku).in_(named)),
        )
    )
    told = [*session.exec(offers).all(), *session.exec(links).all()]
    return by_code | {(account, place, sku): number for account, place, sku, number in told}


def _to_plan(store_id: int) -> Any:
    """Orders that are to be planned, held ones among them, and have not become a store order."""
    place = (col(Channel.account_id) == AmazonOrder.account_id) & (Channel.marketplace_id == AmazonOrder.marketplace_id)
    linked = select(OrderLink.id).where(
        col(OrderLink.channel_id) == Channel.id, col(OrderLink.order_id) == col(AmazonOrder.order_id)
    )
    query = select(AmazonOrder.id).join(Channel, place).where(col(Channel.store_id) == store_id, AmazonOrder.dirty)
    return query.where(~linked.exists())


def _to_send(store_id: int) -> Any:
    """Orders that are planned, and that the store does not have yet."""
    return (
        select(AmazonOrder.id)
        .select_from(OutboxIntent)
        .join(Channel, col(Channel.id) == OutboxIntent.channel_id)
        .join(
            AmazonOrder,
            (col(AmazonOrder.account_id) == Channel.account_id)
            & (func.substr(OutboxIntent.subject, len("order ") + 1) == AmazonOrder.order_id),
        )
        .where(
            col(OutboxIntent.remote) == str(Owner.store(store_id)),
            col(OutboxIntent.kind) == CREATE_KIND,
            col(OutboxIntent.step) == "",
            IS_UNSENT,
        )
    )
