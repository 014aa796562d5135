"""Marketplaces that share the stock of a seller's SKU: a quantity that is written in one shows in all of them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, col, select, update

from core.model.account import SellerAccount
from core.model.channel import Channel
from core.model.listing import Listing
from core.products.plan.facts import AMAZON

_UNIFIED = frozenset(("eu",))
"""Regions in which the marketplaces share the quantity of a SKU."""


def is_shared(session: Session, channel: Channel) -> bool:
    """Whether the marketplaces of the channel's seller share the stock of a SKU."""
    return session.get_one(SellerAccount, channel.account_id).region in _UNIFIED


def share_stock(session: Session, channel: Channel, quantities: Mapping[str, int | None]) -> None:
    """Let the mirror have pieces by SKU, as the channel's marketplace shows them, for the others that share them.

    None tells nothing: Amazon keeps the stock, or does not say.
    """
    if not is_shared(session, channel):
        return
    places = select(Channel.marketplace_id).where(
        col(Channel.account_id) == channel.account_id, col(Channel.marketplace_id) != channel.marketplace_id
    )
    others = list(session.exec(places.distinct()))  # by name: else each SKU is looked for among all of the seller's
    for sku, quantity in quantities.items():
        if others and quantity is not None:
            theirs = (
                col(Listing.account_id) == channel.account_id,
                col(Listing.marketplace_id).in_(others),
                col(Listing.sku) == sku,
                col(Listing.fulfilment) != AMAZON,
            )
            session.exec(update(Listing).where(*theirs).values(quantity=quantity))
