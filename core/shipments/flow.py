"""The job `shipments.push`: pull → plan → deliver for one channel.

It ends when every parcel it planned is seen at Amazon, refused, or held. Resuming is the same as starting: each step
goes on from what the database says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import col, select

from core import clock
from core.amazon import orders as orders_api
from core.amazon.transport import AmazonClient
from core.errors import ConfigurationError, Rejected
from core.jobs.context import JobContext
from core.jobs.phases import READ
from core.jobs.standing import Standing
from core.jobs.turns import alone
from core.model.channel import Channel
from core.model.job import Job
from core.model.outbox import IS_OPEN, OutboxIntent
from core.model.store import Store
from core.orders import pull as orders_pull
from core.orders.mirror import store_orders
from core.shipments import NAME, back
from core.shipments.checkpoint import Checkpoint
from core.shipments.deliver import Confirmations
from core.shipments.enter import Entries
from core.shipments.missing import tell_missing
from core.shipments.plan.back import Entry
from core.shipments.planning import (
    Asked,
    concerned,
    due_orders,
    mark_clean,
    mark_dirty,
    not_read,
    plan_shipments,
    without_lines,
)
from core.shipments.pull import is_read_since, pull_lines, pull_shipments, stream_lease
from core.subjects import Owner
from core.sync.channel_job import amazon, begin, parking, planned_again_by
from core.sync.outbox import Outbox, post
from core.sync.remotes import Remote, SellerRemote, StoreRemote
from core.workspace import Workspace

ENTERED = "Entered in Crossdock"
"""The comment of a shipment that a person told here."""
SINGLY = 20
"""Orders that are looked at one by one before their parcels are told: nothing is fresher. More are read as a stream."""


def push_shipments(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    begun = begin(workspace, context)
    channel, store = begun.channel, begun.store
    if "enter" in context.params:
        context.deliver(channel, "store")  # what an earlier job has begun to enter goes first
        _enter(context, channel)
        context.deliver(channel, "store")
    _pull(workspace, context, store, begun.job)
    with parking(workspace, channel):
        _plan(workspace, context, channel, store)
        if not _is_forbidden(context, channel):
            context.deliver(channel, "seller")
    context.deliver(channel, "store")
    if _is_forbidden(context, channel):
        raise ConfigurationError(
            "Nothing is told to Amazon: its app status is draft.",
            subject=f"channel {channel.name}",
            next_step="Set app_status to active when the channel may change things on Amazon.",
        )


def _is_forbidden(context: JobContext, channel: Channel) -> bool:
    """Whether there is something that a channel in draft may not tell. It is not even begun: whoever else writes for
    this seller brings what was begun to its end."""
    waiting = select(OutboxIntent.id).where(
        col(OutboxIntent.remote) == str(Owner.seller(channel.account_id)),
        col(OutboxIntent.flow) == NAME,
        col(OutboxIntent.channel_id) == channel.id,
        IS_OPEN,
    )
    with context.database.read() as session:
        return channel.app_status == "draft" and session.exec(waiting.limit(1)).first() is not None


def _enter(context: JobContext, channel: Channel) -> None:
    """Put what a person told of a parcel into the outbox, once."""
    checkpoint = context.state(Checkpoint)
    if checkpoint.entered:
        return
    told = context.params["enter"]
    entry = Entry(told["carrier"], told["tracking"], {}, f"{ENTERED}, job {context.job_id}")
    intents = [back.intent(told["order_id"], told["store_order_id"], told["shipping_id"], [entry])]
    with context.database.write() as session:
        if post(session, channel, context.job_id, Owner.store(channel.store_id), NAME, intents):
            context.wait(clock.from_real(5), "another entry of the same order")
        context.save(session, replace(checkpoint, entered=True))


def _pull(workspace: Workspace, context: JobContext, store: Store, job: Job) -> None:
    """Bring the mirror of the store up to date, unless another job just has."""
    checkpoint = context.state(Checkpoint)
    if checkpoint.shipments_read:
        return
    with workspace.database.read() as session:
        read = context.state(Standing).stepped_aside and is_read_since(session, store, job.created_at)
    if not read:
        client = workspace.store_client(store)
        other = "another job that reads this store's shipments"
        alone(context, stream_lease(store), other, lambda _: pull_shipments(context, client, store))
    with workspace.database.write() as session:
        context.save(session, replace(checkpoint, shipments_read=True))


def _plan(workspace: Workspace, context: JobContext, channel: Channel, store: Store) -> None:
    if context.state(Checkpoint).decided:
        return
    only: Sequence[str] = context.params.get("order_ids") or ()
    client = workspace.store_client(store)
    tell_missing(context, client, channel, store)
    if only and not context.state(Checkpoint).marked:
        with workspace.database.write() as session:
            mark_dirty(session, channel, only)
            context.save(session, replace(context.state(Checkpoint), marked=True))
    with workspace.database.read() as session:
        due = due_orders(session, channel, only)
        unlined = without_lines(session, store, due)
    if unlined:
        pull_lines(context, client, store, unlined)
    asked = _bring_up_to_date(workspace, context, channel, concerned(workspace.database, channel, due))
    plan_shipments(context, channel, due, asked)
    if channel.settings.get("pull_shipments", False):
        back.plan_back(context, client, channel, store, only)
    with workspace.database.write() as session:
        context.save(session, replace(context.state(Checkpoint), decided=True))


def _bring_up_to_date(workspace: Workspace, context: JobContext, channel: Channel, order_ids: Sequence[str]) -> Asked:
    """Look at orders before anything of them is told: a buyer may have asked to cancel.

    Few are read one by one; many by the seller's stream, which costs a call per hundred changed orders and does not
    show the last two minutes.
    """
    if not order_ids:
        return Asked()
    client = amazon(workspace, context, channel)
    if len(order_ids) <= SINGLY or not channel.settings.get("pull_orders", True):
        return _read_singly(context, client, channel, order_ids)
    if not context.state(Checkpoint).streamed:
        other = "another job that reads this seller's orders"
        lease = orders_pull.stream_lease(channel.account_id)
        alone(
            context,
            lease,
            other,
            lambda _: orders_pull.pull_stream(context, client, channel.account_id, channel.marketplace_id),
        )
        with workspace.database.write() as session:
            context.save(session, replace(context.state(Checkpoint), streamed=True))
    return _read_singly(context, client, channel, _never_read(workspace, channel, order_ids))


def _read_singly(context: JobContext, client: AmazonClient, channel: Channel, order_ids: Sequence[str]) -> Asked:
    context.phase(READ, "order")
    context.progress(step="Looking at the orders at Amazon", total=len(order_ids))
    checkpoint = context.state(Checkpoint)
    unread, asked = dict(checkpoint.unread), set(checkpoint.asked)
    found: dict[str, Any] = {}
    for order_id in order_ids:
        if order_id in asked:
            continue
        context.check()
        documents: list[Any] = []
        try:
            found[order_id] = orders_api.get(client, order_id)
            documents.append(found[order_id])
        except Rejected as error:
            unread[order_id] = error.what.rstrip(".")
        asked.add(order_id)
        with context.database.write() as session:
            store_orders(session, channel.account_id, documents)
            context.progress(done=len(asked))
            context.save(session, replace(context.state(Checkpoint), asked=tuple(sorted(asked)), unread=unread))
    return Asked(found, unread)


def _never_read(workspace: Workspace, channel: Channel, order_ids: Sequence[str]) -> list[str]:
    """Orders of which nothing, or not all, is known: the stream does not bring what has not changed."""
    with workspace.database.read() as session:
        return not_read(session, channel, order_ids)


def confirmations(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> Confirmations:
    """What carries confirmations to a seller account."""
    assert isinstance(remote, SellerRemote)
    return Confirmations(
        outbox,
        remote.client,
        remote.pace,
        account_id=int(remote.owner.id),
        settle_seconds=workspace.settings.settle_seconds,
        tell=context.event_of,
    )


def entries(workspace: Workspace, context: JobContext, outbox: Outbox, remote: Remote) -> Entries:
    """What carries shipments into a store."""
    assert isinstance(remote, StoreRemote)
    return Entries(
        outbox,
        remote.client,
        remote.pace,
        settle_seconds=workspace.settings.settle_seconds,
        tell=context.event_of,
    )


plan_again = planned_again_by(mark_clean)
