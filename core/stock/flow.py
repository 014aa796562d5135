"""The job `products.sync`: the store's changes → mirror → plan → Amazon, for one channel.

A schedule runs it every half minute. So it does not wait for an earlier one that is still sending: it looks for itself,
sends what became zero, and leaves the rest to that one. It ends when every change it planned is seen at Amazon, refused
or held.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlmodel import col, select, update

from core.errors import ConfigurationError
from core.jobs.context import JobContext
from core.jobs.idle import forget_idle
from core.jobs.standing import Standing
from core.jobs.turns import alone
from core.model.channel import Channel
from core.model.job import ACTIVE, Job
from core.model.listing import Listing
from core.model.outbox import IS_OPEN, WAITING, OutboxIntent
from core.model.store import Store
from core.products.listings import of_channel
from core.products.pull import pull_list
from core.products.seller import seller_of
from core.stock import EVERYTHING, NAME
from core.stock.checkpoint import Checkpoint
from core.stock.comparing import ask_daily
from core.stock.declaration import SYNC
from core.stock.planning import Planning, mark_clean
from core.stock.sender import OfferSender
from core.stock.watch import RECENT, is_read_since, stream_lease, watch
from core.subjects import Owner
from core.submissions.bulk import send_in_bulk
from core.sync.carried import URGENT
from core.sync.channel_job import amazon, begin, parking, planned_again_by
from core.workspace import Workspace


def sync_products(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context, in_turn=False)
    channel = begun.channel
    everything = bool(context.params.get(EVERYTHING))
    with parking(workspace, channel):
        _list(workspace, context, channel)
        _watch(workspace, context, begun.store, begun.job, everything)
        planning = Planning(context, channel, begun.store)
        if not context.state(Checkpoint).matched:
            planning.match(everything=everything)
        if not context.state(Checkpoint).offers_planned:
            planning.run()
            _leave_to_earlier(context, channel)
        if _has_open(context, channel, mine=True) or not _earlier(context, channel):
            _deliver(workspace, context, channel)
    if context.background:
        forget_idle(context, channel)
        ask_daily(context, channel)


def _list(workspace: Workspace, context: JobContext, channel: Channel) -> None:
    """See what the seller lists, where nobody has looked yet: what an export has read singly is not all of it."""
    if context.state(Checkpoint).seller_listed:
        return
    with context.database.read() as session:
        reported = (of_channel(channel), col(Listing.row_hash) != "")
        known = session.exec(select(Listing.id).where(*reported).limit(1)).first()
    if known is None and not context.background:
        pull_list(context, seller_of(workspace, channel, amazon(workspace, context, channel)))
    _note(context, seller_listed=True)


def _watch(workspace: Workspace, context: JobContext, store: Store, job: Job, everything: bool) -> None:
    if context.state(Checkpoint).watched:
        return
    since = job.created_at - (timedelta() if everything else RECENT)
    with workspace.database.read() as session:
        is_read = (context.background or context.state(Standing).stepped_aside) and is_read_since(session, store, since)
    if everything or not is_read:
        client = workspace.store_client(store)
        other = "another job that reads this store's products"
        alone(context, stream_lease(store), other, lambda _: watch(context, client, store, everything=everything))
    _note(context, watched=True)


def _deliver(workspace: Workspace, context: JobContext, channel: Channel) -> None:
    """Send what waits; a channel in draft sends nothing, and whoever else writes there ends what was begun.

    Its schedule says so to nobody: it would say so twice a minute.
    """
    if channel.app_status == "draft":
        if not context.background and _has_open(context, channel):
            raise ConfigurationError(
                "Nothing is told to Amazon: its app status is draft.",
                subject=f"channel {channel.name}",
                next_step="Set app_status to active when the channel may change things on Amazon.",
            )
        return
    send_in_bulk(workspace, context, channel, NAME, OfferSender)
    context.deliver(channel, "seller")


def _open_intents(channel: Channel) -> tuple[Any, ...]:
    remote = col(OutboxIntent.remote) == str(Owner.seller(channel.account_id))
    return remote, col(OutboxIntent.flow) == NAME, col(OutboxIntent.channel_id) == channel.id, IS_OPEN


def _has_open(context: JobContext, channel: Channel, *, mine: bool = False) -> bool:
    query = select(OutboxIntent.id).where(*_open_intents(channel))
    query = query.where(col(OutboxIntent.job_id) == context.job_id) if mine else query
    with context.database.read() as session:
        return session.exec(query.limit(1)).first() is not None


def _earlier(context: JobContext, channel: Channel) -> int | None:
    """An earlier job of the channel that is still sending."""
    with context.database.read() as session:
        return session.exec(
            select(Job.id)
            .where(
                col(Job.kind) == SYNC.name,
                col(Job.channel_id) == channel.id,
                col(Job.state).in_(ACTIVE),
                col(Job.started_at).is_not(None),
                col(Job.id) < context.job_id,
            )
            .order_by(col(Job.id))
            .limit(1)
        ).first()


def _leave_to_earlier(context: JobContext, channel: Channel) -> None:
    """Let an earlier job that is still sending bring to their end all changes of a schedule that can wait."""
    earlier = _earlier(context, channel) if context.background else None
    if earlier is None:
        return
    can_wait = (col(OutboxIntent.step) != URGENT, col(OutboxIntent.state) == WAITING)
    mine = (*_open_intents(channel), col(OutboxIntent.job_id) == context.job_id, *can_wait)
    with context.database.write() as session:
        left = session.exec(update(OutboxIntent).where(*mine).values(job_id=earlier)).rowcount
        if left:
            context.event(f"{left} changes that can wait go out with job {earlier}.")
        context.save(session)


def _note(context: JobContext, **steps: Any) -> None:
    with context.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), **steps))


plan_again = planned_again_by(mark_clean)
