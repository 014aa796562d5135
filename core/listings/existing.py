"""Whether Amazon has what is to be exported: a SKU that is there is changed, never made again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from core.database import Database
from core.jobs.context import JobContext
from core.listings.selection import Selection
from core.model.channel import Channel
from core.model.listing import Listing
from core.products.listings import of_channel, store_content
from core.products.plan.source import Source
from core.products.pull import pull_list
from core.products.seller import Seller
from core.submissions.read import read_listings
from core.windows import AT_ONCE

_MOST_READ = 200
"""SKUs that are looked at one by one, twenty a call; for more of them the report of all listings is cheaper."""


def read_existing(context: JobContext, seller: Seller, selection: Selection) -> None:
    """Bring into the mirror what of the targets it does not know: 1 call for 20 SKUs, or a report for all."""
    skus = _unknown(context.database, seller.channel, selection)
    if len(skus) > _MOST_READ:
        pull_list(context, seller)
        return
    found = _read(seller, skus)
    with context.database.write() as session:
        store_content(session, seller.channel, seller.currency, found, to_plan=False)
        context.save(session)


def read_few(database: Database, seller: Seller, selection: Selection) -> None:
    """The same of a few, outside of a job."""
    if found := _read(seller, _unknown(database, seller.channel, selection)):
        with database.write() as session:
            store_content(session, seller.channel, seller.currency, found, to_plan=False)


def _read(seller: Seller, skus: Sequence[str]) -> dict[str, Source]:
    items = read_listings(seller.client, seller.seller_id, seller.channel.marketplace_id, skus) if skus else {}
    return {sku: Source(item) for sku, item in items.items() if item is not None}


def _unknown(database: Database, channel: Channel, selection: Selection) -> list[str]:
    skus = [one.sku for one in (*selection.parents, *selection.targets) if one.sku]
    known: set[str] = set()
    with database.read() as session:
        for start in range(0, len(skus), AT_ONCE):
            some = skus[start : start + AT_ONCE]
            query = select(Listing.sku).where(
                of_channel(channel), col(Listing.sku).in_(some), col(Listing.closed_at).is_(None)
            )
            known.update(session.exec(query))
    return [sku for sku in dict.fromkeys(skus) if sku not in known]
