"""What a change of a channel's settings or mappings concerns is planned again."""

from __future__ import annotations

from collections.abc import Collection

from sqlmodel import Session, col, select, update

from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_export import IS_PARTIAL, WATCHED, ListingExport
from core.model.tables import every_table

_COLUMNS = frozenset({"account_id", "marketplace_id", "dirty"})


def mark_dirty(session: Session, account_id: int, marketplace_id: str) -> None:
    """Plan everything of a marketplace again that any flow has mirrored of it."""
    for table in every_table():
        if _COLUMNS.issubset(table.columns.keys()):
            own = [table.c.account_id == account_id, table.c.marketplace_id == marketplace_id]
            if "raw" in table.columns:  # without what the remote said there is nothing to plan by
                own.append(table.c.raw.is_not(None))
            session.connection().execute(update(table).where(*own).values(dirty=True))


def mark_listings(session: Session, channel: Channel, product_types: Collection[str]) -> None:
    """Plan the listings of a channel again that are of these product types, or of one that is not known; `""` is all.

    Families are left alone: their products tell by themselves what has become of them.
    """
    mine = [
        col(Listing.account_id) == channel.account_id,
        col(Listing.marketplace_id) == channel.marketplace_id,
        col(Listing.is_parent).is_(False),
    ]
    if "" not in product_types:
        mine.append(col(Listing.product_type).in_(["", *product_types]))
    if product_types:
        session.exec(update(Listing).where(*mine).values(dirty=True))


def mark_exports(session: Session, channel_ids: Collection[int | None], product_types: Collection[str] = ("",)) -> None:
    """Plan what was exported, or is watched, of product types (`""`: of all) again."""
    theirs = [col(ListingExport.channel_id).in_(channel_ids)]
    if "" not in product_types:
        theirs.append(col(ListingExport.product_type).in_(["", *product_types]))
    if product_types:
        session.exec(update(ListingExport).where(*theirs).values(dirty=True))


def watch_anew(session: Session, store_id: int, product_ids: Collection[int]) -> None:
    """Begin anew to watch listings of products that an import has written: what it brought is Amazon's own.

    Those of which all content is planned forget what they were watched with, in case that is taken back.
    """
    channels = select(Channel.id).where(col(Channel.store_id) == store_id)
    theirs = (col(ListingExport.channel_id).in_(channels), col(ListingExport.product_id).in_(product_ids))
    anew = {"state": WATCHED, "attributes": None, "product": None, "next_look": None, "dirty": True}
    session.exec(update(ListingExport).where(*theirs, IS_PARTIAL).values(**anew))
    session.exec(update(ListingExport).where(*theirs, col(ListingExport.product).is_not(None)).values(product=None))
