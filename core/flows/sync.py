"""The job `products.sync`: what changed in the store reaches Amazon; price and stock first, then content.

It ends by reading the states of what was sent and is not settled. A schedule sends price and stock alone: it runs twice
a minute, and has the schedule of listings send the content. So does what is let go or tried again in a channel that
pushes no products: content goes where somebody asked for a sync of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from core.jobs.context import JobContext
from core.listings import flow as listings
from core.listings.declaration import STREAM
from core.listings.following import read_states
from core.model.job import Job
from core.products.seller import seller_of
from core.stock import CONTENT
from core.stock import flow as stock
from core.sync.channel_job import amazon, begin, parking
from core.workspace import Workspace


def sync_products(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    stock.sync_products(workspace, context)
    if context.background:
        return
    begun = begin(workspace, context, in_turn=False)
    if STREAM.off_by(begun.channel.settings) and not context.params.get(CONTENT):
        return
    with parking(workspace, begun.channel):
        client = amazon(workspace, context, begun.channel)
        listings.send_changed(workspace, context, begun, client)
        read_states(context, seller_of(workspace, begun.channel, client))


def plan_again(session: Session, job: Job, items: Sequence[str]) -> None:
    """Let price, stock and content of SKUs be planned again."""
    stock.plan_again(session, job, items)
    listings.plan_again(session, job, items)
