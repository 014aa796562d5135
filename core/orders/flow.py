"""The job `orders.import`: pull → plan → deliver for one channel.

It ends when every order it planned is verified in the store, rejected, or held. Resuming is the same as starting:
each step goes on from what the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

from sqlmodel import col, select

from core import clock
from core.amazon.transport import AmazonClient
from core.cscart.probe import MULTIVENDOR
from core.errors import ConfigurationError, UsageError
from core.jobs.context import JobContext
from core.jobs.standing import Standing
from core.jobs.turns import alone
from core.model.channel import Channel
from core.model.job import Job
from core.model.order import AmazonOrder
from core.model.store import Store
from core.orders.anonymise import Anonymiser, post_due
from core.orders.backfill import BackfillImport
from core.orders.changing import ChangeDelivery
from core.orders.channel_rules import channel_rules
from core.orders.checkpoint import Backfill, Checkpoint
from core.orders.deliver import OrderDelivery
from core.orders.document import CANCELLED
from core.orders.earlier import find_earlier
from core.orders.forecast import Range, is_range
from core.orders.goods import distrust_taken
from core.orders.list import of_channel
from core.orders.plan.rules import AS_CHANNEL, NO_WISH, Wish
from core.orders.plan_only import tell
from core.orders.planning import dirty_since, mark_clean, plan_orders
from core.orders.pull import is_read_since, pull_single, pull_stream, stream_lease
from core.orders.withheld import read_withheld
from core.stores import forget_edition, probe_again
from core.sync.channel_job import ChannelJob, amazon, begin, parking, planned_again_by
from core.sync.outbox import Outbox
from core.sync.remotes import Remote, StoreRemote
from core.workspace import Workspace

_MOST_LOST = 500
"""Orders that one import reads again after a loss of the key."""


def import_orders(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    channel = begun.channel
    if context.params.get("plan_only") and is_range(context.params):
        tell(workspace, context, channel)
        return
    store = of_known_edition(workspace, begun.store)
    if not context.state(Checkpoint).pulled:
        _pull(workspace, context, begun, store)
    if not context.state(Checkpoint).planned:
        plan_orders(workspace, context, channel, store)
        with workspace.database.write() as session:
            context.save(session, replace(context.state(Checkpoint), planned=True))
    if not context.params.get("plan_only"):
        post_due(context, channel)
        context.deliver(channel, "store")


def _send_so_far(
    workspace: Workspace, context: JobContext, channel: Channel, store: Store, since: datetime | None = None
) -> None:
    """Plan what the job has read until now, or `since` then, and bring it into the store."""
    only: Sequence[str] = ()
    if since is not None:
        with workspace.database.read() as session:
            only = dirty_since(session, context, channel, since)
    if only or since is None:
        plan_orders(workspace, context, channel, store, only=only)
    with workspace.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), planned_to=0))
    context.deliver(channel, "store")


def of_known_edition(workspace: Workspace, store: Store) -> Store:
    """The store, whose edition decides what its orders have to be; one that was never proved is asked again."""
    if store.edition:
        return store
    findings = probe_again(workspace, store)
    if findings.failure is not None:
        failure = findings.failure
        if isinstance(failure, UsageError):
            raise ConfigurationError(failure.what, subject=failure.subject, next_step=failure.next_step)
        raise failure
    with workspace.database.read() as session:
        return session.get_one(Store, store.id)


def _pull(workspace: Workspace, context: JobContext, begun: ChannelJob, store: Store) -> None:
    """Bring the mirror up to date, as far as the job asks for it."""
    if context.params.get("replan") is None:
        with parking(workspace, begun.channel):
            _read(workspace, context, begun, store)
    known = context.state(Checkpoint)
    with workspace.database.write() as session:
        context.save(session, replace(known, pulled=True))


def _read(workspace: Workspace, context: JobContext, begun: ChannelJob, store: Store) -> None:
    params, channel, job = context.params, begun.channel, begun.job
    client = amazon(workspace, context, channel)
    if params.get("order_ids"):
        wish = NO_WISH if params.get("heard") else Wish(AS_CHANNEL)
        pull_single(context, client, channel.account_id, params["order_ids"], channel.marketplace_id, wish)
    elif is_range(params):
        wanted = Range.of(params, channel, context.state(Backfill).until or clock.now())
        send = partial(_send_so_far, workspace, context, channel, store)
        BackfillImport(context, client, channel, wanted, send).read()
    else:
        if not _read_by_another(workspace, context, channel, job):
            alone(
                context,
                stream_lease(channel.account_id),
                "another job that reads this seller's orders",
                lambda _: pull_stream(context, client, channel.account_id, channel.marketplace_id),
            )
        read_withheld(context, client, channel)
    _read_lost(context, client, channel)


def _read_lost(context: JobContext, client: AmazonClient, channel: Channel) -> None:
    """Read orders again whose documents were lost with their key; see `core.keys.replace_lost`."""
    with context.database.read() as session:
        lost = of_channel(session, channel), col(AmazonOrder.fingerprint) == "", col(AmazonOrder.dirty)
        order_ids = session.exec(select(AmazonOrder.order_id).where(*lost).limit(_MOST_LOST)).all()
    if order_ids:
        context.event(f"{len(order_ids)} orders are read again: what was known of them is lost.", level="warning")
        pull_single(context, client, channel.account_id, order_ids, channel.marketplace_id)


def _read_by_another(workspace: Workspace, context: JobContext, channel: Channel, job: Job) -> bool:
    """A job that had to step aside need not read again what the other job read for all channels of the account."""
    if not context.state(Standing).stepped_aside:
        return False
    with workspace.database.read() as session:
        return is_read_since(session, channel.account_id, channel.marketplace_id, job.created_at)


def sender(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> OrderDelivery:
    """Carries orders to a store."""
    assert isinstance(remote, StoreRemote)
    store = remote.store
    email_filter = bool(store.capabilities.get("email_filter", True))
    return OrderDelivery(
        outbox,
        remote.client,
        remote.pace,
        settle_seconds=workspace.settings.settle_seconds,
        under_stores=bool(store.capabilities.get("orders_under_stores")),
        is_marketplace=store.edition == MULTIVENDOR,
        email_filter=email_filter,
        cancelled_status=_cancelled_status(workspace, store),
        tell=context.event_of,
        look_for_earlier=lambda: find_earlier(context, outbox, remote.client, email_filter),
        edition_disproved=lambda: forget_edition(workspace, store),
        taken=lambda session, products: distrust_taken(session, store, products),
    )


def changing_sender(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> ChangeDelivery:
    """Carries later changes of orders to a store."""
    assert isinstance(remote, StoreRemote)
    settle = workspace.settings.settle_seconds
    return ChangeDelivery(outbox, remote.client, remote.pace, settle_seconds=settle, tell=context.event_of)


def anonymiser(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> Anonymiser:
    """Replaces buyers' data in a store."""
    assert isinstance(remote, StoreRemote)
    settle = workspace.settings.settle_seconds
    return Anonymiser(outbox, remote.client, remote.pace, settle_seconds=settle, tell=context.event_of)


def _cancelled_status(workspace: Workspace, store: Store) -> Callable[[int], str]:
    """Tells the status code that a channel's cancelled orders get in the store."""

    @cache
    def status_code(channel_id: int) -> str:
        with workspace.database.read() as session:
            channel = session.get_one(Channel, channel_id)
            return channel_rules(session, channel, store).statuses[CANCELLED]

    return status_code


plan_again = planned_again_by(mark_clean)
