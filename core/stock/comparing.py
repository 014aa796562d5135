"""The job `stock.compare`: once a day what Amazon has is compared with what is known here.

Amazon drops what it accepted, and people change prices, and who ships, in Seller Central: neither is told to anybody.
The report of all listings may be hours old, so what differs in it is read before anything is made of it. Then it is
planned like any other change: written, or held for a person. Calls: the report's 2, and 1 for 20 listings that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core import clock
from core.actor import SYSTEM
from core.jobs.context import ItemResult, JobContext
from core.jobs.requests import request
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.listing import Listing
from core.products import offers
from core.products.listings import close_absent, rows_by_sku, store_content
from core.products.plan.source import Source
from core.products.pull import told_otherwise
from core.products.seller import Seller, seller_of
from core.stock.declaration import COMPARE
from core.subjects import Owner
from core.submissions.read import read_listings
from core.sync.channel_job import amazon, begin, parking
from core.sync.cursors import cursor
from core.words import counted
from core.workspace import Workspace

_EVERY = timedelta(hours=24)
_COMPARED = "stock.compared"
_AT_ONCE = 20
_DIFFERS = "Price or stock at Amazon was not what is known here; it is planned again."
_MOVED = {"AMAZON": "Amazon ships it now: its stock is not written any more.", "MERCHANT": "The merchant ships it now."}


def ask_daily(context: JobContext, channel: Channel) -> None:
    """Ask for a comparison where the last one was a day ago; the first comes a day after the first look."""
    with context.database.write() as session:
        last = cursor(session, Owner.channel(stored_id(channel.id)), _COMPARED)
        before, now = last.position, clock.now()
        if before is not None and timedelta() <= now - before < _EVERY:
            return
        last.position = now
        session.add(last)
        context.save(session)
    if before is not None:
        request(context.database, SYSTEM, COMPARE, channel, {}, by_worker=True)


def compare(workspace: Workspace, context: JobContext) -> None:
    """Run the job; one that was interrupted begins anew with the same report."""
    channel = begin(workspace, context).channel
    with parking(workspace, channel):
        seller = seller_of(workspace, channel, amazon(workspace, context, channel))
        skus = told_otherwise(context, seller)
        context.progress(step="Reading what differs", done=0, total=len(skus))
        for start in range(0, len(skus), _AT_ONCE):
            context.check()
            _see(context, seller, skus[start : start + _AT_ONCE])
            context.progress(done=start + _AT_ONCE)
    context.event(f"{counted(len(skus), 'listing')} had to be looked at again.")


def _see(context: JobContext, seller: Seller, skus: Sequence[str]) -> None:
    """Bring what Amazon has of listings into the mirror, and let the offers of those that differ be planned."""
    channel = seller.channel
    items = read_listings(seller.client, seller.seller_id, channel.marketplace_id, skus)
    there = {sku: Source(item) for sku, item in items.items() if item is not None}
    with context.database.write() as session:
        before = {row.sku: _known(row) for row in rows_by_sku(session, channel, skus)}
        store_content(session, channel, seller.currency, there, to_plan=False)
        rows = rows_by_sku(session, channel, skus)
        close_absent(session, channel, [stored_id(row.id) for row in rows if row.sku not in there])
        other = [row for row in rows if _known(row) != before[row.sku]]
        offers.mark(session, channel, [row.sku for row in other], dirty=True)
        for row in other:
            told = _DIFFERS if row.fulfilment == before[row.sku][2] else _MOVED.get(row.fulfilment, _DIFFERS)
            context.result(ItemResult(f"sku {row.sku}", "unchanged", message=told))
        context.save(session)


def _known(row: Listing) -> tuple[int | None, int | None, str]:
    return row.price_minor, row.quantity, row.fulfilment
