"""SKUs on Amazon and the store products they mean, as people said: such a link wins over equal product codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, delete, func, or_, select

from core import clock, orders
from core.actor import Actor
from core.audit import record
from core.channels import registry
from core.cscart import products as api
from core.database import upsert
from core.errors import ConfigurationError, RemoteError, UsageError
from core.jobs.requests import Requested
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.link import ListingLink, OrderLink
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store, StoreProduct
from core.money import Money
from core.order_document import Unreadable, read
from core.order_list import of_channel
from core.pull.products import mirror_some, read_products
from core.rights import note
from core.vault import is_sealed
from core.workspace import Workspace

MOST_FOUND = 50
"""Products that a search gives at most."""


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

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "linked_at": self.linked_at.isoformat()}


@dataclass(frozen=True)
class ProductChoice:
    """A store product to link to; `price` is in the store's currency, `amount` what the store has of it."""

    product_id: int
    sku: str
    name: str
    status: str
    price: Decimal
    amount: int

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**vars(self), "price": str(self.price)}


@dataclass(frozen=True)
class SkuView:
    """All that is known of a SKU: its link, the products that carry it as code, the orders that wait for it."""

    sku: str
    link: LinkView | None
    products: tuple[ProductChoice, ...]
    waiting: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "sku": self.sku,
            "link": self.link.document() if self.link else None,
            "products": [product.document() for product in self.products],
            "waiting": list(self.waiting),
        }


def link(
    workspace: Workspace, actor: Actor, channel_name: str, sku: str, product_id: int, *, direct: bool = False
) -> Requested | None:
    """Say which product a SKU means; returns the job that plans the orders that waited for it, if any did.

    Raises UsageError when the store has no such product, ConfigurationError for an admin when it is another company's.
    """
    channel, store = _parts(workspace, actor, channel_name)
    sku = _checked(sku)
    if not _is_there(workspace, actor, channel, store, product_id):
        raise UsageError(
            f"The store has no product {product_id}.",
            subject=f"sku {sku}",
            next_step="Search for it, or see its number in the store's list of products.",
            fields={"product_id": "there is no such product"},
        )
    with workspace.database.write() as session:
        row = {
            "channel_id": stored_id(channel.id),
            "sku": sku,
            "store_id": channel.store_id,
            "product_id": product_id,
            "linked_by": actor.name,
            "linked_at": clock.now(),
        }
        upsert(session, ListingLink, [row], keys=_KEY, update=[name for name in row if name not in _KEY])
        record(session, actor, "listing.link", f"sku {sku}", channel=channel.name, product_id=product_id)
        waiting = _waiting(session, channel, sku)
    return orders.replan(workspace, actor, channel, waiting, direct=direct) if waiting and channel.enabled else None


def unlink(
    workspace: Workspace, actor: Actor, channel_name: str, sku: str, *, direct: bool = False
) -> Requested | None:
    """Forget a link: equal product codes count again. Returns the job that plans the orders that wait for the SKU."""
    channel = registry.get(workspace, actor, channel_name)
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
        record(session, actor, "listing.unlink", f"sku {sku}", channel=channel.name)
        waiting = _waiting(session, channel, sku)
    return orders.replan(workspace, actor, channel, waiting, direct=direct) if waiting and channel.enabled else None


def links(workspace: Workspace, actor: Actor, channel_name: str) -> list[LinkView]:
    """All linked SKUs of a channel, by SKU."""
    channel = registry.get(workspace, actor, channel_name)
    with workspace.database.read() as session:
        return _links(session, channel)


def show(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> SkuView:
    """What is known of one SKU, without asking anybody."""
    channel, store = _parts(workspace, actor, channel_name)
    sku = _checked(sku)
    with workspace.database.read() as session:
        found = _links(session, channel, col(ListingLink.sku) == sku)
        products = _mirrored(session, actor, channel, store, col(StoreProduct.sku) == sku)
        waiting = _waiting(session, channel, sku)
    return SkuView(sku, found[0] if found else None, tuple(products), tuple(waiting))


def title_of(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> str:
    """What Amazon calls a SKU, in the newest order that has it; empty when no order tells it any more."""
    channel = registry.get(workspace, actor, channel_name)
    same = and_(
        col(AmazonOrderItem.account_id) == AmazonOrder.account_id,
        col(AmazonOrderItem.order_id) == AmazonOrder.order_id,
    )
    with workspace.database.read() as session:
        raw = session.exec(
            select(AmazonOrder.raw)
            .join(AmazonOrderItem, same)
            .where(
                col(AmazonOrderItem.account_id) == channel.account_id,
                col(AmazonOrderItem.sku) == sku,
                col(AmazonOrder.raw).is_not(None),
                col(AmazonOrder.fault) == "",
            )
            .order_by(col(AmazonOrder.id).desc())
            .limit(1)
        ).first()
    try:
        found = read(raw).items if raw and not is_sealed(raw) else ()
    except Unreadable:
        return ""
    return next((item.title for item in found if item.sku == sku), "")


def search_products(workspace: Workspace, actor: Actor, channel_name: str, text: str) -> list[ProductChoice]:
    """Products whose name contains the text or whose code it is, the latter first; one call to the store.

    When the store does not answer, the mirror's products are given, unless there are none.
    """
    channel, store = _parts(workspace, actor, channel_name)
    words = " ".join(text.split())
    if not words:
        return []
    owner = channel.company_id if store.edition == _VENDORS or not actor.is_admin else None
    failure: RemoteError | None = None
    try:
        rows = api.search(workspace.store_client(store), words, MOST_FOUND, owner)
        mirror_some(workspace.database, store, rows)
    except RemoteError as error:
        rows, failure = [], error
    name, sku = col(StoreProduct.name), col(StoreProduct.sku)
    matches = or_(name.icontains(words, autoescape=True), func.lower(sku) == words.lower())
    with workspace.database.read() as session:
        found = _mirrored(
            session, actor, channel, store, or_(matches, col(StoreProduct.product_id).in_([r.product_id for r in rows]))
        )
    if failure is not None and not found:
        raise failure
    exact = words.casefold()
    found.sort(key=lambda one: (one.sku.casefold() != exact, exact not in one.name.casefold(), one.name, one.sku))
    return found[:MOST_FOUND]


_KEY = ("channel_id", "sku")
_VENDORS = "MULTIVENDOR"
_LONGEST_SKU = 40
"""Characters of a seller's SKU (Listings API)."""


def _parts(workspace: Workspace, actor: Actor, channel_name: str) -> tuple[Channel, Store]:
    channel = registry.get(workspace, actor, channel_name)
    with workspace.database.read() as session:
        return channel, session.get_one(Store, channel.store_id)


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
    if _may_link(actor, channel, store, product.company_id):
        return True
    if not actor.is_admin:
        note(workspace.database, actor, f"product {product_id}")
        return False
    raise ConfigurationError(
        f"Product {product_id} belongs to another company.",
        subject=f"channel {channel.name}",
        next_step="Link to a product of the channel's own company.",
    )


def _may_link(actor: Actor, channel: Channel, store: Store, company_id: int | None) -> bool:
    """A marketplace's channels sell the products of their vendor alone; a vendor never touches those of others."""
    if store.edition != _VENDORS and actor.is_admin:
        return True
    return company_id in (None, 0, channel.company_id)


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


def _mirrored(
    session: Session, actor: Actor, channel: Channel, store: Store, matches: ColumnElement[bool]
) -> list[ProductChoice]:
    rows: Sequence[StoreProduct] = session.exec(
        select(StoreProduct)
        .where(col(StoreProduct.store_id) == store.id, matches)
        .order_by(col(StoreProduct.name))
        .limit(4 * MOST_FOUND)
    ).all()
    return [
        ProductChoice(
            row.product_id,
            row.sku,
            row.name,
            row.status,
            Money.from_minor(row.price_minor, store.currency).amount,
            row.amount,
        )
        for row in rows
        if _may_link(actor, channel, store, row.company_id)
    ]
