"""The job `orders.import`: pull → plan → deliver for one channel.

It ends when every order it planned is verified in the store, rejected, or held. Resuming is the same as starting:
each step goes on from what the database says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import col, select

from core import clock
from core.amazon.orders import OrderQuery
from core.amazon.tokens import Revoked
from core.amazon.transport import AmazonClient
from core.cscart import orders as store_orders
from core.cscart.pace import Pace
from core.cscart.transport import StoreClient
from core.deliver.lane import Lane
from core.deliver.orders import OrderDelivery, linked_count, unsent_days
from core.deliver.outbox import Outbox
from core.errors import ConfigurationError
from core.flows.plan_orders import plan_orders
from core.jobs.context import JobContext
from core.jobs.lifecycle import standing_before
from core.leases import kept, take
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.job import Job
from core.model.order import AmazonOrder
from core.model.store import Store
from core.plan.store_order import MARKER_DOMAIN
from core.pull.orders import is_read_since, pull_range, pull_single, pull_stream, stream_lease
from core.workspace import Workspace, channel_parts

_MOST_LOST = 500
"""Orders that one import reads again after a loss of the key."""
_ASIDE = 1.0
"""Real seconds to step aside for another job."""


def import_orders(workspace: Workspace, context: JobContext) -> None:
    """Run the job from wherever it stands."""
    with workspace.database.read() as session:
        job = session.get_one(Job, context.job_id)
        if job.channel_id is None:
            raise ConfigurationError("Its channel is gone.", next_step="Start an import for another channel.")
        channel, _, _, store = channel_parts(session, job.channel_id)
    if not channel.enabled:
        raise ConfigurationError(
            "It is disabled.", subject=f"channel {channel.name}", next_step="Run: crossdock channel enable"
        )
    _queue_behind(workspace, context)
    context.checkpoint["marketplace"] = channel.marketplace_id
    if not context.checkpoint.get("pulled"):
        _pull(workspace, context, channel, job)
    if not context.checkpoint.get("planned"):
        plan_orders(workspace, context, channel, store)
        with workspace.database.write() as session:
            context.save(session, planned=True)
    if not context.params.get("plan_only"):
        _deliver(workspace, context, channel, store)


def _queue_behind(workspace: Workspace, context: JobContext) -> None:
    """Imports of one channel run one after the other, oldest first."""
    with workspace.database.read() as session:
        earlier = standing_before(session, context.job_id)
    if earlier:
        context.wait(clock.from_real(2 * _ASIDE), f"job {earlier[0]} of the same channel")


def _pull(workspace: Workspace, context: JobContext, channel: Channel, job: Job) -> None:
    """Bring the mirror up to date, as far as the job asks for it."""
    try:
        if context.params.get("replan") is None:
            _read(workspace, context, channel, job)
    except Revoked as error:
        workspace.park(channel.account_id, error)
        raise
    with workspace.database.write() as session:
        context.event(f"{context.checkpoint.get('read', 0)} orders read from Amazon.")
        context.save(session, pulled=True)


def _read(workspace: Workspace, context: JobContext, channel: Channel, job: Job) -> None:
    params = context.params
    client = _amazon(workspace, context, channel)
    if params.get("order_ids"):
        pull_single(context, client, channel.account_id, params["order_ids"])
    elif params.get("from") or params.get("to"):
        pull_range(context, client, channel.account_id, _range(channel, params))
    elif not _read_by_another(workspace, context, channel, job):
        _with_lease(
            workspace,
            context,
            stream_lease(channel.account_id),
            "another job that reads this seller's orders",
            lambda: pull_stream(context, client, channel.account_id),
        )
    _read_lost(context, client, channel.account_id)


def _read_lost(context: JobContext, client: AmazonClient, account_id: int) -> None:
    """Read orders again whose documents were lost with their key; see `core.keys.replace_lost`."""
    lost = col(AmazonOrder.account_id) == account_id, col(AmazonOrder.fingerprint) == "", col(AmazonOrder.dirty)
    with context.database.read() as session:
        order_ids = session.exec(select(AmazonOrder.order_id).where(*lost).limit(_MOST_LOST)).all()
    if order_ids:
        context.event(f"{len(order_ids)} orders are read again: what was known of them is lost.", level="warning")
        pull_single(context, client, account_id, order_ids)


def _read_by_another(workspace: Workspace, context: JobContext, channel: Channel, job: Job) -> bool:
    """A job that had to step aside need not read again what the other job read for all channels of the account."""
    if not context.checkpoint.get("stepped_aside"):
        return False
    with workspace.database.read() as session:
        return is_read_since(session, channel.account_id, channel.marketplace_id, job.created_at)


def _amazon(workspace: Workspace, context: JobContext, channel: Channel) -> AmazonClient:
    with workspace.database.read() as session:
        _, account, app, _ = channel_parts(session, stored_id(channel.id))
    return workspace.amazon(
        account,
        app,
        draft=channel.app_status == "draft",
        meter=context,
        background=context.background,
        should_stop=context.stopping,
    )


def _range(channel: Channel, params: dict[str, str]) -> OrderQuery:
    """Orders by creation; Amazon wants a lower bound, so without one its whole history of two years is meant."""
    start = params.get("from")
    end = params.get("to")
    return OrderQuery(
        created_after=datetime.fromisoformat(start) if start else datetime.fromisoformat(params["earliest"]),
        created_before=datetime.fromisoformat(end) if end else None,
        marketplace_ids=(channel.marketplace_id,),
    )


def _deliver(workspace: Workspace, context: JobContext, channel: Channel, store: Store) -> None:
    """Write the store's open intents while this job holds the store's lane."""
    if _nothing_to_deliver(workspace, context, channel):
        return
    lane = f"lane/{stored_id(store.id)}"
    _with_lease(
        workspace,
        context,
        lane,
        f"another job that writes to store {store.name}",
        lambda: _run_lane(workspace, context, channel, store, lane),
    )


def _nothing_to_deliver(workspace: Workspace, context: JobContext, channel: Channel) -> bool:
    outbox = Outbox(workspace.database, channel.store_id, "", context.owner)
    return not outbox.pending(limit=1)


def _run_lane(workspace: Workspace, context: JobContext, channel: Channel, store: Store, lane: str) -> None:
    channel_id = stored_id(channel.id)
    outbox = Outbox(workspace.database, stored_id(store.id), lane, context.owner)
    outbox.adopt(context.job_id, channel_id)
    client = workspace.store_client(store)
    pace = Pace(store.concurrency)
    email_filter = bool(store.capabilities.get("email_filter", True))
    if not context.checkpoint.get("looked_for_earlier"):
        _find_earlier(workspace, context, outbox, client, channel_id, email_filter)
    delivery = OrderDelivery(
        outbox,
        client,
        pace,
        settle_seconds=workspace.settings.settle_seconds,
        under_stores=bool(store.capabilities.get("orders_under_stores")),
        email_filter=email_filter,
        cancelled_letter=lambda _: "I",
        event=context.event,
    )
    try:
        Lane(context, outbox, delivery, pace, workspace.writes_stopped).run()
    finally:
        with workspace.database.write() as session:
            kept = session.get_one(Store, store.id)
            kept.concurrency = pace.limit
            session.add(kept)


def _find_earlier(
    workspace: Workspace, context: JobContext, outbox: Outbox, client: StoreClient, channel_id: int, email_filter: bool
) -> None:
    """The database may be older than the store (a restored backup, a new home): what is there is not made again.

    One call per 500 marked orders of the days in question; a channel without any link looks through all of them.
    """
    with workspace.database.read() as session:
        is_new = linked_count(session, channel_id) == 0
        days = unsent_days(session, channel_id)
    if days is not None:
        window = None if is_new else days
        known = store_orders.marked(client, MARKER_DOMAIN, filtered=email_filter, window=window)
        found = outbox.mark_unknown(f"order {marker.upper()}" for marker in known)
        if found:
            context.event(f"{found} orders seem to be in the store already; looking at each.", level="warning")
    with workspace.database.write() as session:
        context.save(session, looked_for_earlier=True)


def _with_lease(workspace: Workspace, context: JobContext, name: str, other: str, work: Callable[[], None]) -> None:
    """Do `work` while holding a lease, or step aside for whoever holds it."""
    if not take(workspace.database, name, context.owner):
        context.checkpoint["stepped_aside"] = True
        context.wait(clock.from_real(_ASIDE), other)
    with kept(workspace.database, name, context.owner):
        work()
