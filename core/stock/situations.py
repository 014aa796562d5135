"""What is known of listings and their products, as plans take it; asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from core.amazon.marketplaces import by_id
from core.cscart.probe import MULTIVENDOR
from core.model.channel import Channel
from core.model.link import ListingLink
from core.model.listing import Listing
from core.model.offer import Offer
from core.model.store import Store, StoreProduct
from core.money import Money
from core.offers import shared
from core.offers.plan.problems import product_renamed
from core.offers.plan.rules import SOLD, Listed, Product, Rules, rules_of
from core.orders.reserved import reserved
from core.products.listings import of_channel
from core.products.offers import of_place
from core.stock.plan import problems
from core.stock.plan.decide import AMAZON, Decision, Situation, decide
from core.stock.watch import GONE
from core.sync.decisions import Hold

_MERCHANT = "MERCHANT"


@dataclass(frozen=True)
class Known:
    """One listing with what decides of it."""

    offer: Offer
    situation: Situation
    is_existing: bool
    """It was there before this channel's export could make it."""
    is_vanished: bool
    """Its product has left the store, and that does not count yet."""
    hold: Hold | None
    """Why nothing at all is written of it."""

    def decide(self, rules: Rules) -> Decision:
        """What is to be written of it."""
        return decide(self.situation, rules) if self.hold is None else Decision(holds=(self.hold,))


def rules_for(channel: Channel) -> Rules:
    """The rules by which the channel's listings are planned now."""
    place = by_id(channel.marketplace_id)
    return rules_of(channel.name, channel.marketplace_id, place.currency if place else "", channel.settings)


def known_of(session: Session, channel: Channel, skus: Sequence[str]) -> dict[str, Known]:
    """What is known of the offers of SKUs, as many as one statement names; closed listings are left out."""
    store = session.get_one(Store, channel.store_id)
    product = (col(StoreProduct.store_id) == Offer.store_id) & (col(StoreProduct.product_id) == Offer.product_id)
    query = (
        select(Offer, StoreProduct, Listing)
        .join(Listing, of_channel(channel) & (col(Listing.sku) == Offer.sku))
        .outerjoin(StoreProduct, product)
        .where(of_place(channel), col(Offer.sku).in_(list(skus)), col(Listing.closed_at).is_(None))
        .options(defer(Listing.content))  # type: ignore[arg-type]
    )
    linked = _linked(session, channel, skus)
    writers = _writers(session, channel, skus)
    rows = session.exec(query).all()
    waiting = reserved(session, channel.store_id, {offer.product_id for offer, _, _ in rows})
    return {
        offer.sku: _known(
            channel, offer, _product(product, store, waiting), product, listing, offer.sku in linked, writers
        )
        for offer, product, listing in rows
    }


def _known(
    channel: Channel,
    offer: Offer,
    sold: Product | None,
    product: StoreProduct | None,
    listing: Listing,
    is_linked: bool,
    writers: _Writers,
) -> Known:
    has_left = product is None or product.missing >= GONE
    ours = listing.exported_by == channel.id
    price = None if listing.price_minor is None else Money.from_minor(listing.price_minor, listing.currency)
    hold = writers.hold(offer)
    if hold is None and product is not None and product.sku != offer.sku and not is_linked:
        hold = product_renamed(offer.sku, product.sku)
    released = offer.released_minor
    return Known(
        offer,
        Situation(
            None if offer.gone else sold,
            Listed(price, listing.quantity, listing.fulfilment or (_MERCHANT if ours else "")),
            writes_stock=writers.is_first(offer),
            released=None if released is None else Money.from_minor(released, rules_for(channel).currency),
        ),
        is_existing=not ours,
        is_vanished=has_left and not offer.gone,
        hold=hold,
    )


def _product(row: StoreProduct | None, store: Store, waiting: Mapping[int, int]) -> Product | None:
    """With what is left of it once the orders that wait have taken theirs."""
    if row is None:
        return None
    left = row.amount - waiting.get(row.product_id, 0)
    return Product(Money.from_minor(row.price_minor, store.currency), left, row.status in SOLD, row.tracked)


def _linked(session: Session, channel: Channel, skus: Sequence[str]) -> frozenset[str]:
    """Those of the SKUs of which a person said which product they mean."""
    query = select(ListingLink.sku).where(col(ListingLink.channel_id) == channel.id, col(ListingLink.sku).in_(skus))
    return frozenset(session.exec(query))


@dataclass(frozen=True)
class _Writers:
    """Who writes the stock of SKUs: of a seller's offers of one the first, over all channels and stores."""

    first: Mapping[str, tuple[Offer, str]]
    """By SKU the offer, with its place."""
    here: str
    """The place of the channel that is planned."""
    is_unified: bool

    def is_first(self, offer: Offer) -> bool:
        """Whether the offer's channel writes the quantity; where marketplaces share none, each writes its own."""
        return not self.is_unified or offer.sku not in self.first or self.first[offer.sku][0].id == offer.id

    def hold(self, offer: Offer) -> Hold | None:
        """Why an offer is not written: another product gives the SKU's stock already."""
        if offer.sku not in self.first:
            return None
        first, place = self.first[offer.sku]
        if (first.store_id, first.product_id) == (offer.store_id, offer.product_id):
            return None
        there = f"product {first.product_id} of {place}" if place else "a product of another company"
        return problems.second_writer(offer.sku, there, f"product {offer.product_id} of {self.here}")


def _writers(session: Session, channel: Channel, skus: Sequence[str]) -> _Writers:
    listing = (
        (col(Listing.account_id) == Offer.account_id)
        & (col(Listing.marketplace_id) == Offer.marketplace_id)
        & (col(Listing.sku) == Offer.sku)
    )
    same_place = (col(Channel.account_id) == Offer.account_id) & (col(Channel.marketplace_id) == Offer.marketplace_id)
    query = (
        select(Offer, Channel, Store)
        .join(Channel, same_place)
        .join(Store, col(Store.id) == Offer.store_id)
        .join(Listing, listing)
        .where(
            col(Offer.account_id) == channel.account_id,
            col(Offer.sku).in_(skus),
            col(Channel.enabled),
            col(Listing.closed_at).is_(None),
            col(Listing.fulfilment) != AMAZON,
        )
        .order_by(col(Offer.id).desc())
    )
    here = session.get_one(Store, channel.store_id)

    def place(other: Channel, store: Store) -> str:
        """What a vendor of the channel may read; empty for what belongs to others."""
        is_foreign = (other.store_id, other.company_id) != (channel.store_id, channel.company_id)
        return "" if here.edition == MULTIVENDOR and is_foreign else f"store {store.name} (channel {other.name})"

    first = {offer.sku: (offer, place(other, store)) for offer, other, store in session.exec(query).all()}
    return _Writers(first, place(channel, here), shared.is_shared(session, channel))
