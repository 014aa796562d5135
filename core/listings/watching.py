"""Listings that were at Amazon before: their content stays as it is there, and what changes in the store goes out.

Who linked a listing did not ask for its texts to be replaced. So its product is noted when it is seen first, without
sending any of it. From then on an attribute goes out when the mappings make something else of the product as it is now
than of the product as it was then, or of what was sent. Both are filled in by the mappings of the moment: a changed
mapping is no change of the store, and takes none away. An export that names the SKU sends all that differs. Nothing is
watched before the counts are confirmed.

Calls for 1,000 listings, once: 20 to the store.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from core.cscart.transport import StoreClient
from core.fields.store_items import category_of, item_of
from core.jobs.context import JobContext
from core.listings.exports import Target, mark_clean, of_place, seen_in_store, take, watch_in
from core.listings.plan.candidate import Seen
from core.listings.store_side import products
from core.model.channel import Channel
from core.model.listing import Listing
from core.model.listing_export import IS_TO_PLAN, WATCHED, ListingExport
from core.model.offer import Offer
from core.model.store import Store
from core.products import offers
from core.products.listings import of_channel
from core.sync.planning import CHUNK, chunks
from core.windows import AT_ONCE
from core.words import counted
from core.workspace import Workspace

_KEY = ("account_id", "marketplace_id", "sku")


def watch_linked(workspace: Workspace, context: JobContext, channel: Channel, store: Store) -> None:
    """Begin to watch what is linked since, and note the products of what nobody has looked at yet."""
    database = workspace.database
    if channel.counts_confirmed_at is None:
        return
    with database.write() as session:
        begin_watching(session, channel)
        context.save(session)
    client = workspace.store_client(store)
    unseen = select(ListingExport).where(
        of_place(channel),
        col(ListingExport.state) == WATCHED,
        col(ListingExport.product).is_(None),
        IS_TO_PLAN,
    )
    noted = 0
    for keys in chunks(database, unseen, col(ListingExport.id), 0, CHUNK):
        context.check()
        noted += _note(context, channel, store, client, keys)
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


def _note(context: JobContext, channel: Channel, store: Store, client: StoreClient, keys: list[int]) -> int:
    """Note the products of some; one that the store does not have is looked for when it changes."""
    with context.database.write() as session:
        query = select(ListingExport.sku, ListingExport.product_id).where(col(ListingExport.id).in_(keys))
        wanted = dict(session.exec(query).all())
        taken = take(session, channel, list(wanted))
    bodies = products(client, sorted(set(wanted.values())))
    seen = {
        sku: Seen(item_of(bodies[number], store.currency), category_of(bodies[number]))
        for sku, number in wanted.items()
        if number in bodies
    }
    with context.database.write() as session:
        mark_clean(channel, session, sorted(taken))
        seen_in_store(session, channel, seen)
        context.save(session)
    return len(seen)
