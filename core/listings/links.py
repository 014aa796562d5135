"""SKUs on Amazon and the store products they mean, as people said: such a link wins over equal product codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select

from core.actor import Actor
from core.errors import ConfigurationError, UsageError
from core.jobs.requests import Requested
from core.listings.products import ProductChoice, channel_and_store, may_link, mirrored
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store, StoreProduct
from core.orders import actions as orders
from core.orders.list import of_channel
from core.people.audit import record
from core.people.rights import note, require_channel
from core.products.linking import link_in
from core.products.listings import mark_clean
from core.products.mirror import read_products
from core.products.offers import match_again
from core.workspace import Workspace


@dataclass(frozen=True)
class LinkView:
    """A linked SKU; `product_sku` and `product` are empty while the mirror does not know the product."""

    channel: str
    sku: str
    product_id: int
    product_sku: str
    product: str
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True)
class SkuView:
    """All that is known of a SKU: its link, the products that carry it as code, the orders that wait for it."""

    sku: str
    link: LinkView | None
    products: tuple[ProductChoice, ...]
    waiting: tuple[str, ...]


def link(
    workspace: Workspace, actor: Actor, channel_name: str, sku: str, product_id: int, *, direct: bool = False
) -> Requested | None:
    """Say which product a SKU means; returns the job that plans the orders that waited for it, if any did.

    Raises UsageError when the store has no such product, ConfigurationError for an admin when it is another company's.
    """
    channel, store = channel_and_store(workspace, actor, channel_name)
    sku = _checked(sku)
    if not _is_there(workspace, actor, channel, store, product_id):
        raise UsageError(
            f"The store has no product {product_id}.",
            subject=f"sku {sku}",
            next_step="Search for it, or see its number in the store's list of products.",
            fields={"product_id": "unknown product"},
        )
    with workspace.database.write() as session:
        link_in(session, actor.name, channel, sku, product_id)
        mark_clean(channel, session, [sku], dirty=True)
        waiting = _waiting(session, channel, sku)
    return orders.replan(workspace, actor, channel, waiting, direct=direct) if waiting and channel.enabled else None


def unlink(
    workspace: Workspace, actor: Actor, channel_name: str, sku: str, *, direct: bool = False
) -> Requested | None:
    """Forget a link: equal product codes count again. Returns the job that plans the orders that wait for the SKU."""
    channel = require_channel(workspace.database, actor, channel_name)
    sku = _checked(sku)
    with workspace.database.write() as session:
        gone = session.exec(
            delete(ListingLink).where(col(ListingLink.channel_id) == channel.id, col(ListingLink.sku) == sku)
        )
        if not gone.rowcount:
            raise UsageError(
                "It is not linked.",
                subject=f"sku {sku}",
                next_step=f"See: crossdock listings list --channel {channel_name}",
            )
        mark_clean(channel, session, [sku], dirty=True)
        match_again(session, channel, sku)
        record(session, actor, "listing.unlink", f"sku {sku}", channel=channel.name)
        waiting = _waiting(session, channel, sku)
    return orders.replan(workspace, actor, channel, waiting, direct=direct) if waiting and channel.enabled else None


def links(workspace: Workspace, actor: Actor, channel_name: str) -> list[LinkView]:
    """All linked SKUs of a channel, by SKU."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return _links(session, channel)


def show(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> SkuView:
    """What is known of one SKU, without asking anybody."""
    channel, store = channel_and_store(workspace, actor, channel_name)
    sku = _checked(sku)
    with workspace.database.read() as session:
        found = _links(session, channel, col(ListingLink.sku) == sku)
        products = mirrored(session, actor, channel, store, col(StoreProduct.sku) == sku)
        waiting = _waiting(session, channel, sku)
    return SkuView(sku, found[0] if found else None, tuple(products), tuple(waiting))


_LONGEST_SKU = 40
"""Characters of a seller's SKU (Listings API)."""


def _checked(sku: str) -> str:
    if not 1 <= len(sku.strip()) <= _LONGEST_SKU:
        raise UsageError(f"A SKU has 1 to {_LONGEST_SKU} characters.", fields={"sku": "it is empty or too long"})
    return sku.strip()


def _is_there(workspace: Workspace, actor: Actor, channel: Channel, store: Store, product_id: int) -> bool:
    """Whether the store has the product; those of other companies are not there for a vendor, and refused to admins."""
    if product_id not in read_products(workspace.database, workspace.store_client(store), store, [product_id]):
        return False
    with workspace.database.read() as session:
        product = session.exec(
            select(StoreProduct).where(col(StoreProduct.store_id) == store.id, StoreProduct.product_id == product_id)
        ).one()
    if may_link(actor, channel, store, product.company_id):
        return True
    if not actor.is_admin:
        note(workspace.database, actor, f"product {product_id}")
        return False
    raise ConfigurationError(
        f"Product {product_id} belongs to another company.",
        subject=f"channel {channel.name}",
        next_step="Link to a product of the channel's own company.",
    )


def _waiting(session: Session, channel: Channel, sku: str) -> list[str]:
    """Orders with the SKU that are still to be planned and in no store."""
    is_linked = (
        select(OrderLink.id)
        .where(col(OrderLink.channel_id) == channel.id, col(OrderLink.order_id) == AmazonOrder.order_id)
        .exists()
    )
    query = (
        select(AmazonOrder.order_id)
        .join(
            AmazonOrderItem,
            (col(AmazonOrderItem.account_id) == AmazonOrder.account_id)
            & (col(AmazonOrderItem.order_id) == AmazonOrder.order_id),
        )
        .where(
            col(AmazonOrderItem.account_id) == channel.account_id,
            col(AmazonOrderItem.sku) == sku,
            of_channel(session, channel),
            col(AmazonOrder.dirty),
            ~is_linked,
        )
        .distinct()
        .order_by(col(AmazonOrder.order_id))
    )
    return list(session.exec(query))


def _links(session: Session, channel: Channel, *conditions: ColumnElement[bool]) -> list[LinkView]:
    rows = session.exec(
        select(ListingLink, StoreProduct)
        .outerjoin(
            StoreProduct,
            (col(StoreProduct.store_id) == ListingLink.store_id)
            & (col(StoreProduct.product_id) == ListingLink.product_id),
        )
        .where(col(ListingLink.channel_id) == channel.id, *conditions)
        .order_by(col(ListingLink.sku))
    ).all()
    return [
        LinkView(
            channel.name,
            row.sku,
            row.product_id,
            product.sku if product else "",
            product.name if product else "",
            row.linked_by,
            row.linked_at,
        )
        for row, product in rows
    ]
