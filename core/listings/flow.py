"""The jobs that write listings: `products.export` makes and changes them, `listings.close` takes them away.

Both end when each of their SKUs is seen at Amazon, refused, or held. Resuming is the same as starting: each step goes
on from what the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import Session

from core.amazon.transport import AmazonClient
from core.jobs.context import JobContext
from core.listings import NAME
from core.listings.checkpoint import Checkpoint
from core.listings.closing import plan_closing
from core.listings.existing import read_existing
from core.listings.exports import forget_unsent, mark_clean
from core.listings.planning import Planning
from core.listings.selection import Selection, is_named, not_listed, select_changed, select_targets
from core.listings.sender import ListingDelivery
from core.listings.watching import watch_linked
from core.model.channel import Channel
from core.model.job import Job
from core.products.seller import seller_of
from core.submissions.bulk import send_in_bulk
from core.sync.channel_job import ChannelJob, amazon, begin, parking, planned_again_by
from core.workspace import Workspace


def export_products(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    channel = begun.channel
    with parking(workspace, channel):
        client = amazon(workspace, context, channel)
        plan_and_send(workspace, context, channel, client, lambda: _selected(workspace, context, begun, client))


def _selected(workspace: Workspace, context: JobContext, begun: ChannelJob, client: AmazonClient) -> Selection:
    """What the job is about, once it is known what of it Amazon has."""
    database, channel = workspace.database, begun.channel
    shop = workspace.store_client(begun.store)
    selection = select_targets(database, shop, channel, begun.store, context.params)
    if not context.state(Checkpoint).listed:
        read_existing(context, seller_of(workspace, channel, client), selection)
        _note(context, listed=True)
    return selection if is_named(context.params) else not_listed(database, channel, selection)


def close_listings(workspace: Workspace, context: JobContext) -> None:
    """Take the named listings away."""
    channel = begin(workspace, context).channel
    with parking(workspace, channel):
        if not context.state(Checkpoint).planned:
            plan_closing(workspace.database, context, channel)
        context.deliver(channel, "seller")


def plan_and_send(
    workspace: Workspace,
    context: JobContext,
    channel: Channel,
    client: AmazonClient,
    select: Callable[[], Selection],
    *,
    tells_unchanged: bool = True,
) -> None:
    """Plan what is chosen, and send it unless the job only plans; parents of variations end before the others.

    A job that comes back for what it has on its way does not choose again: that reads all products of the store.
    """
    seller_id = seller_of(workspace, channel, client).seller_id
    sends = not context.params.get("plan_only")
    if sends and context.state(Checkpoint).parents_planned and not context.state(Checkpoint).parents:
        _send(workspace, context, channel)
        _note(context, parents=True)
    if not context.state(Checkpoint).planned:
        planning = Planning(workspace, context, channel, client, seller_id, tells_unchanged=tells_unchanged)
        selection = select()
        if selection.parents and not context.state(Checkpoint).parents:
            planning.parents(selection)
            _note(context, parents_planned=True)
            if sends:
                _send(workspace, context, channel)
            _note(context, parents=True)
        planning.products(selection)
        _note(context, planned=True)
    if sends:
        _send(workspace, context, channel)


def send_changed(workspace: Workspace, context: JobContext, begun: ChannelJob, client: AmazonClient) -> None:
    """Plan and send the content of what was exported, or is watched, and has changed since."""
    watch_linked(workspace, context, begun.channel, begun.store)
    changed = select_changed(workspace.database, workspace.store_client(begun.store), begun.channel)
    if changed.targets or changed.parents or context.state(Checkpoint).planned:
        plan_and_send(workspace, context, begun.channel, client, lambda: changed, tells_unchanged=False)
    else:  # a feed that was given up may have ended since
        _send(workspace, context, begun.channel)


def _send(workspace: Workspace, context: JobContext, channel: Channel) -> None:
    send_in_bulk(workspace, context, channel, NAME, ListingDelivery)
    context.deliver(channel, "seller")


def _note(context: JobContext, **steps: Any) -> None:
    """Write how far the job is."""
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), **steps))


plan_again = planned_again_by(mark_clean)


def take_back(session: Session, job: Job, skus: Sequence[str]) -> None:
    """What an export has not sent: the changes wait for a sync; what was only asked for is listed by the next export
    alone, and of listings that were there before no more than their changes go out again."""
    channel = session.get(Channel, job.channel_id) if job.channel_id else None
    if channel is not None:
        forget_unsent(session, channel, skus)
    plan_again(session, job, skus)
