"""Listings that were at Amazon before: their content stays as it is there, and what changes in the store goes out.

Who linked a listing did not ask for its texts to be replaced. So what the store says of it is noted when it is seen
first, without sending any of it; from then on an attribute goes out when the store says something else of it than
then. An export that names the SKU sends all that differs. Nothing is watched before the counts are confirmed.

Calls for 1,000 listings, once: 20 to the store.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from core.amazon.transport import AmazonClient
from core.jobs.context import JobContext
from core.listings.composing import Composer
from core.listings.exports import Target, mark_clean, of_place, seen_in_store, watch_in
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_export import WATCHED, ListingExport
from core.model.offer import Offer
from core.products import offers
from core.products.listings import of_channel
from core.sync.planning import CHUNK, chunks
from core.windows import AT_ONCE
from core.words import counted
from core.workspace import Workspace

_KEY = ("account_id", "marketplace_id", "sku")


def watch_linked(workspace: Workspace, context: JobContext, channel: Channel, client: AmazonClient) -> None:
    """Begin to watch what is linked since, and note what the store says of what nobody has looked at yet."""
    database = workspace.database
    if channel.counts_confirmed_at is None:
        return
    with database.write() as session:
        begin_watching(session, channel)
        context.save(session)
    composer = Composer(workspace, channel, client)
    unseen = select(ListingExport).where(
        of_place(channel),
        col(ListingExport.state) == WATCHED,
        col(ListingExport.attributes).is_(None),
        col(ListingExport.dirty),
    )
    noted = 0
    for keys in chunks(database, unseen, col(ListingExport.id), 0, CHUNK):
        context.check()
        noted += _note(context, channel, composer, keys)
    if noted:
        context.event(f"{counted(noted, 'listing')} of before are watched: what changes in the store goes to Amazon.")


def begin_watching(session: Session, channel: Channel) -> None:
    """Watch listings with a product of which nothing was sent."""
    same = [getattr(Offer, name) == getattr(ListingExport, name) for name in _KEY]
    query = (
        select(Offer.sku, Offer.product_id)
        .join(Listing, (col(Listing.sku) == Offer.sku) & of_channel(channel))
        .where(
            offers.of_place(channel),
            col(Offer.gone).is_(False),
            col(Listing.closed_at).is_(None),
            ~select(ListingExport.id).where(*same).exists(),
        )
    )
    found = [Target(sku, number) for sku, number in session.exec(query)]
    for start in range(0, len(found), AT_ONCE):
        watch_in(session, channel, found[start : start + AT_ONCE])


def _note(context: JobContext, channel: Channel, composer: Composer, keys: list[int]) -> int:
    """Note what the store says of some; what is not mapped, or cannot be filled in, is looked at when it changes."""
    with context.database.read() as session:
        rows = session.exec(select(ListingExport).where(col(ListingExport.id).in_(keys))).all()
        targets = [Target(row.sku, row.product_id) for row in rows]
        written = {row.sku: row.written for row in rows if row.written}
    found = composer.compose(targets, looks=False)
    with context.database.write() as session:
        drafts = [(one.target.sku, one.draft.wanted) for one in found if one.draft is not None]
        for sku, wanted in drafts:
            seen_in_store(session, channel, sku, wanted, written.get(sku, ()))
        again = {sku for sku, _ in drafts if sku in written}  # of another product than the one that it means now
        mark_clean(channel, session, [one.sku for one in targets if one.sku not in again])
        context.save(session)
    return len(drafts)
