"""Products of the store that a SKU on Amazon may mean: searched for, or like what Amazon calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, or_, select

from core.actor import Actor
from core.cscart import products as api
from core.cscart.probe import MULTIVENDOR
from core.errors import RemoteError
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.order import AmazonOrder, AmazonOrderItem
from core.model.store import Store, StoreProduct
from core.money import Money
from core.orders.document import MalformedOrder, read
from core.people.rights import require_channel
from core.products.listings import of_channel
from core.products.mirror import mirror_some
from core.vault import is_sealed
from core.workspace import Workspace

MOST_FOUND = 50
"""Products that a search gives at most."""

ALIKE = 0.6
"""From 0 to 1, how much of the words of a title a product has to share to be called similar."""
SAME = 0.8
"""The same for the characters of its code: a common beginning says little."""
_WORDS_TRIED = 4
"""Words of a title by which similar products are looked for, the longest."""


@dataclass(frozen=True)
class ProductChoice:
    """A store product to link to; `price` is in the store's currency, `amount` what the store has of it."""

    product_id: int
    sku: str
    name: str
    status: str
    price: Decimal
    amount: int


def search_products(workspace: Workspace, actor: Actor, channel_name: str, text: str) -> list[ProductChoice]:
    """Products whose name contains the text or whose code it is, the latter first; one call to the store.

    When the store does not answer, the mirror's products are given, unless there are none.
    """
    channel, store = channel_and_store(workspace, actor, channel_name)
    words = " ".join(text.split())
    if not words:
        return []
    owner = channel.company_id if store.edition == MULTIVENDOR or not actor.is_admin else None
    failure: RemoteError | None = None
    try:
        rows = api.search(workspace.store_client(store), words, MOST_FOUND, owner)
        mirror_some(workspace.database, store, rows)
    except RemoteError as error:
        rows, failure = [], error
    name, sku = col(StoreProduct.name), col(StoreProduct.sku)
    matches = or_(name.icontains(words, autoescape=True), func.lower(sku) == words.lower())
    with workspace.database.read() as session:
        found = mirrored(
            session, actor, channel, store, or_(matches, col(StoreProduct.product_id).in_([r.product_id for r in rows]))
        )
    if failure is not None and not found:
        raise failure
    exact = words.casefold()
    found.sort(key=lambda one: (one.sku.casefold() != exact, exact not in one.name.casefold(), one.name, one.sku))
    return found[:MOST_FOUND]


def similar_products(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> list[ProductChoice]:
    """Products of the mirror that are like a SKU or what Amazon calls it, the most similar first; asks nobody."""
    channel, store = channel_and_store(workspace, actor, channel_name)
    title = title_of(workspace, actor, channel_name, sku)
    name = col(StoreProduct.name)
    tried = sorted(_words(title), key=len, reverse=True)[:_WORDS_TRIED]
    matches = [name.icontains(word, autoescape=True) for word in tried]
    near = col(StoreProduct.sku).istartswith(re.split(r"[^0-9A-Za-z]", sku)[0] or sku, autoescape=True)
    with workspace.database.read() as session:
        found = mirrored(session, actor, channel, store, or_(near, *matches))
    return _ranked(found, sku, title)


def suggested_products(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> list[ProductChoice]:
    """The same after the store was asked for products with this title or its longest word: two calls at the most."""
    title = title_of(workspace, actor, channel_name, sku)
    words = sorted(_words(title), key=len)
    for text in dict.fromkeys([title, *words[-1:]] if title else [sku]):
        try:
            if search_products(workspace, actor, channel_name, text):
                break
        except RemoteError:  # the mirror has to do
            break
    return similar_products(workspace, actor, channel_name, sku)


def title_of(workspace: Workspace, actor: Actor, channel_name: str, sku: str) -> str:
    """What Amazon calls a SKU: in its listing, else in the newest order that has it; empty when neither tells it."""
    channel = require_channel(workspace.database, actor, channel_name)
    same = and_(
        col(AmazonOrderItem.account_id) == AmazonOrder.account_id,
        col(AmazonOrderItem.order_id) == AmazonOrder.order_id,
    )
    with workspace.database.read() as session:
        listed = session.exec(select(Listing.title).where(of_channel(channel), col(Listing.sku) == sku)).first()
        if listed:
            return listed
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
    except MalformedOrder:
        return ""
    return next((item.title for item in found if item.sku == sku), "")


def channel_and_store(workspace: Workspace, actor: Actor, channel_name: str) -> tuple[Channel, Store]:
    """A channel that the operator may see, and its store."""
    channel = require_channel(workspace.database, actor, channel_name)
    with workspace.database.read() as session:
        return channel, session.get_one(Store, channel.store_id)


def may_link(actor: Actor, channel: Channel, store: Store, company_id: int | None) -> bool:
    """A marketplace's channels sell the products of their vendor alone; a vendor never touches those of others."""
    if store.edition != MULTIVENDOR and actor.is_admin:
        return True
    return company_id in (None, 0, channel.company_id)


def mirrored(
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
        if may_link(actor, channel, store, row.company_id)
    ]


def _ranked(found: Iterable[ProductChoice], sku: str, title: str) -> list[ProductChoice]:
    likeness = {it.product_id: max(_alike(title, it.name), _same(sku, it.sku)) for it in found}
    ranked = sorted(found, key=lambda it: (-likeness[it.product_id], it.name, it.sku))
    return [it for it in ranked if likeness[it.product_id] >= ALIKE]


def _alike(title: str, name: str) -> float:
    """Which part of the words of the shorter of two texts the other has, too; those of one word are never alike."""
    one, other = _words(title), _words(name)
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter > 1 else float(bool(one) and one == other)


def _same(sku: str, code: str) -> float:
    """How much of two codes is the same."""
    same = SequenceMatcher(None, sku.casefold(), code.casefold()).ratio()
    return same if same >= SAME else 0.0


def _words(text: str) -> set[str]:
    """What a text is about: its words, without those of one or two letters."""
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2 or word.isdigit()}
