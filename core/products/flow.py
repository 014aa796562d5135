"""The job `products.import`: the seller's listings → mirror → plan → store, for one channel.

It ends when every product it planned is seen in the store, refused, or held. Resuming is the same as starting: each
step goes on from what the database says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.jobs.context import JobContext
from core.model.channel import Channel
from core.products.checkpoint import Checkpoint
from core.products.declaration import STREAM
from core.products.listings import mark_clean
from core.products.planning import Planning
from core.products.pull import pull_changed, pull_list, pull_named
from core.products.seller import Seller, seller_of
from core.sync.channel_job import amazon, begin, parking, planned_again_by
from core.workspace import Workspace


def import_products(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    channel = begun.channel
    if not context.state(Checkpoint).read:
        _tell_off(context, channel)
        if "replan" not in context.params:
            with parking(workspace, channel):
                _read(context, seller_of(workspace, channel, amazon(workspace, context, channel)))
        _note(context, read=True)
    planning = Planning(workspace, context, channel, begun.store)
    if not context.state(Checkpoint).planned:
        planning.products()
        _note(context, planned=True)
    if not context.state(Checkpoint).decided:
        planning.families()
        _note(context, decided=True)
    if not context.params.get("plan_only"):
        context.deliver(channel, "store")


def _tell_off(context: JobContext, channel: Channel) -> None:
    """Say of a job that somebody started that nothing like it starts by itself."""
    if off_by := STREAM.off_by(channel.settings):
        every = f"crossdock schedule set --channel {channel.name} --stream products --every MINUTES"
        context.event(f"Listings are not imported by schedule: the setting {off_by} is off. Turn it on with: {every}")


def _read(context: JobContext, seller: Seller) -> None:
    """Bring the mirror up to date, as far as the job asks for it."""
    if context.params.get("skus"):
        pull_named(context, seller, context.params["skus"])
        return
    if not context.state(Checkpoint).listed:
        pull_list(context, seller)
        _note(context, listed=True)
    pull_changed(context, seller)


def _note(context: JobContext, **steps: Any) -> None:
    """Write how far the job is."""
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), **steps))


plan_again = planned_again_by(mark_clean)
