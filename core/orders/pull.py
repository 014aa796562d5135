"""Amazon orders into the mirror.

The stream belongs to the seller account: one searchOrders by last update for the marketplaces of all its channels,
without a filter on status (a filtered pull never sees cancellations). Ten calls read 1,000 orders, with items,
addresses and money; there is no call per order. The page token is stored in the transaction that stores the page, so
a killed worker reads at most one page again. The next watermark is the upper bound that Amazon states, never our
clock; each run reads an overlap again, because orders show up late. Source: Orders API 2026-01-01, searchOrders.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from core import clock
from core.amazon import orders as api
from core.amazon.orders import OrderPage, OrderQuery, TokenRefused
from core.amazon.transport import AmazonClient
from core.errors import Rejected
from core.jobs.context import ItemResult, JobContext
from core.jobs.phases import READ
from core.leases import still_held
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import Job, JobState
from core.orders import STREAM
from core.orders.checkpoint import Checkpoint
from core.orders.mirror import Stored, store_orders
from core.orders.plan import problems
from core.orders.plan.rules import NO_WISH, Wish
from core.orders.window import Window
from core.subjects import Owner
from core.sync.cursors import cursor

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=60)
"""Read again with every run: Amazon shows some orders late."""
LONGEST_OVERLAP = timedelta(hours=24)
FIRST_WINDOW = timedelta(days=30)
"""Before the connection of a channel that sets no date of its own."""
BLIND_SPOT = timedelta(minutes=2)
"""Amazon shows an order two minutes after its change at the earliest."""
SKEW = timedelta(minutes=5)
"""By which a bound may lie ahead of our clock; a later one is not believed."""
_MAX_WINDOWS = 50
_MOST_JOBS = 200
_PARTS = ("order_ids", "from", "to", "replan")
"""Parameters of jobs that read less than everything new."""


def stream_lease(account_id: int) -> str:
    """Name of the lease under which one job at a time reads an account's stream."""
    return f"stream/{account_id}/{STREAM}"


def pull_stream(context: JobContext, client: AmazonClient, account_id: int, own: str) -> None:
    """Read everything that changed since the watermark; the caller holds the lease of the stream.

    `own` is the marketplace of the job's channel: what is read of others is stored, and not told.
    Raises what the client raises; everything read so far is kept.
    """
    for _ in range(_MAX_WINDOWS):
        context.check()
        with context.database.write() as session:
            window = _open_window(session, account_id, context.job_id)
        if window is None:
            return
        window = _read_window(context, client, account_id, window, own)
        if window.fewer == api.BARE:
            context.event("Amazon gives out no status of orders now; they wait for it.", level="warning")
            return
        # A window that another job had left open ends in the past: the present is still to be read.
        if not context.state(Checkpoint).more_windows and window.job == context.job_id:
            return


def is_read_since(session: Session, account_id: int, marketplace_id: str, since: datetime) -> bool:
    """Whether the marketplace's orders have been read to their end after `since`, as far as Amazon shows them."""
    position = _cursor(session, account_id, marketplace_id).position
    window = _cursor(session, account_id, "").window
    return position is not None and not window and since - BLIND_SPOT <= position <= clock.now() + SKEW


def position_of(session: Session, channel: Channel) -> datetime | None:
    """Up to when the orders of a channel's marketplace have been read; None where that was never done."""
    return _cursor(session, channel.account_id, channel.marketplace_id).position


def pull_range(
    context: JobContext,
    client: AmazonClient,
    account_id: int,
    query: OrderQuery,
    own: str,
    wish: Wish = NO_WISH,
    may_ask: Callable[[], bool] = lambda: True,
) -> bool:
    """Read the orders created in a range; the stream's watermark is not moved. `wish` as in `store_orders`.

    It ends early, and returns False, when `may_ask` says so before a page.
    """
    window = context.state(Checkpoint).window or Window()
    while not window.complete:
        if not may_ask():
            return False
        context.check()
        page, window = next_page(context, client, replace(query, fewer=window.fewer), window)
        with context.database.write() as session:
            stored = store_orders(session, account_id, page.orders, partial=window.is_partial, wish=wish)
            record_read(context, stored, own)
            context.save(session, replace(context.state(Checkpoint), window=window))
    return True


def pull_single(
    context: JobContext,
    client: AmazonClient,
    account_id: int,
    order_ids: Sequence[str],
    own: str,
    wish: Wish = NO_WISH,
) -> None:
    """Read named orders one by one: getOrder has a quota of its own, 89 times wider than searchOrders."""
    fetched = set(context.state(Checkpoint).fetched)
    context.phase(READ, "order")
    context.progress(step="Reading single orders", total=len(order_ids))
    for order_id in order_ids:
        if order_id in fetched:
            continue
        context.check()
        documents, fewer = single(context, client, order_id)
        fetched.add(order_id)
        with context.database.write() as session:
            stored = store_orders(session, account_id, documents, partial=bool(fewer), wish=wish)
            record_read(context, stored, own)
            context.save(session, replace(context.state(Checkpoint), fetched=tuple(sorted(fetched))))


def single(context: JobContext, client: AmazonClient, order_id: str) -> tuple[list[Any], int]:
    """One order with as many data sets as Amazon gives out, and how many steps down the ladder that is.

    None of it, and a result that says so, when Amazon does not give it out.
    """
    try:
        document, fewer = _single(context, client, order_id)
    except Rejected as error:
        context.result(
            ItemResult(
                f"order {order_id}",
                "failed",
                problems.ORDER_UNKNOWN.name,
                f"Amazon does not give it out: {error.what}",
                "Check the number and that the order belongs to this seller account.",
            )
        )
        return [], 0
    return [document], fewer


def _single(context: JobContext, client: AmazonClient, order_id: str) -> tuple[Any, int]:
    for fewer in range(api.BARE):
        try:
            return api.get(client, order_id, fewer), fewer
        except Rejected as error:
            if error.status != 400:
                raise
            context.event(f"{error} Trying with fewer data sets.", level="warning", subject=f"order {order_id}")
    return api.get(client, order_id, api.BARE), api.BARE


def _open_window(session: Session, account_id: int, job_id: int) -> Window | None:
    """The window that is being read, or a new one for the marketplaces that lag most; None without marketplaces."""
    position = _cursor(session, account_id, "")
    if position.window:
        return Window.from_json(position.window)
    starts = _starts(session, account_id)
    if not starts:
        return None
    first = min(starts.values())
    # Marketplaces that are about equally far share one window; one that joined later catches up by itself.
    together = tuple(sorted(m for m, start in starts.items() if start - first <= LONGEST_OVERLAP))
    window = Window(after=first, marketplaces=together, more=len(together) < len(starts), job=job_id)
    position.window = window.to_json()
    session.add(position)
    return window


def _starts(session: Session, account_id: int) -> dict[str, datetime]:
    """Where each marketplace of the account's enabled channels goes on."""
    channels = session.exec(select(Channel).where(col(Channel.account_id) == account_id, col(Channel.enabled))).all()
    starts: dict[str, datetime] = {}
    for channel in channels:
        if not channel.settings.get("pull_orders", True):
            continue
        position = _cursor(session, account_id, channel.marketplace_id).position
        starts[channel.marketplace_id] = position - OVERLAP if position else first_timestamp(channel)
    return starts


def first_timestamp(channel: Channel) -> datetime:
    """Where the stream of a channel begins; a date that Amazon has forgotten by now means as early as possible."""
    chosen = channel.settings.get("orders_from")
    if chosen:
        return max(datetime.fromisoformat(str(chosen)), clock.now() - api.HISTORY)
    return channel.connected_at - FIRST_WINDOW


def _cursor(session: Session, account_id: int, scope: str) -> Cursor:
    return cursor(session, Owner.seller(account_id), STREAM, scope)


def _read_window(context: JobContext, client: AmazonClient, account_id: int, window: Window, own: str) -> Window:
    """Read a window to its end; returns it as it stands then."""
    while not window.complete:
        context.check()
        query = window.stream_query
        try:
            page, window = next_page(context, client, query, window)
        except Rejected as error:
            if error.status != 400 or not _is_ahead(query):
                raise
            window = _put_right(context, account_id, window, believe_jobs=True)
            continue
        if _is_ahead(query) and page.bound is not None and query.updated_after and page.bound < query.updated_after:
            # Every import since may have found nothing, and have been content with it.
            window = _put_right(context, account_id, window, believe_jobs=False)
            continue
        with context.database.write() as session:
            if not still_held(session, stream_lease(account_id), context.owner):
                context.wait(clock.from_real(1), "another job that reads this seller's orders")
            record_read(context, store_orders(session, account_id, page.orders, partial=window.is_partial), own)
            _advance(session, account_id, window)
            context.save(session, replace(context.state(Checkpoint), more_windows=window.more))
    return window


def reset_position(session: Session, channel: Channel, start: datetime | None) -> datetime:
    """Let the stream of a channel go on from `start`, or from where the channel began; returns that time.

    The caller holds the lease of the stream.
    """
    cursor = _cursor(session, channel.account_id, channel.marketplace_id)
    cursor.position = min(start + OVERLAP, clock.now()) if start else None
    window = _cursor(session, channel.account_id, "")
    window.window = {}  # one that was left open may cover the marketplace
    session.add_all([cursor, window])
    return start or first_timestamp(channel)


def _is_ahead(query: OrderQuery) -> bool:
    """Whether a window begins after the present: its watermark is wrong, or our clock is."""
    return query.updated_after is not None and query.updated_after > clock.now()


def _put_right(context: JobContext, account_id: int, window: Window, *, believe_jobs: bool) -> Window:
    """A window whose watermark was proved by Amazon to lie in the future, from where the orders are surely read."""
    with context.database.read() as session:
        start = _surely_read(session, account_id, window.marketplaces, believe_jobs)
    context.event(
        f"The position of the stream lies in the future; the orders are read again from {start:%F %R} UTC.",
        level="warning",
    )
    return replace(window.restarted(), after=start, bound=None, fewer=0, put_right=True)


def _surely_read(session: Session, account_id: int, marketplaces: Sequence[str], believe_jobs: bool) -> datetime:
    """Before this time nothing is left to be read: the last successful import, or where the channels begin."""
    channels = session.exec(
        select(Channel).where(col(Channel.account_id) == account_id, col(Channel.marketplace_id).in_(marketplaces))
    ).all()
    starts = [_last_read(session, channel) if believe_jobs else None for channel in channels]
    begins = [start or first_timestamp(channel) for start, channel in zip(starts, channels, strict=True)]
    return min(begins, default=clock.now() - FIRST_WINDOW)


def _last_read(session: Session, channel: Channel) -> datetime | None:
    """From where to read after the last import of all that is new, as far as it is known to have succeeded."""
    jobs = session.exec(
        select(Job.created_at, Job.params)
        .where(
            col(Job.channel_id) == channel.id,
            col(Job.kind) == "orders.import",
            col(Job.state).in_([JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS]),
            col(Job.created_at) <= clock.now(),
        )
        .order_by(col(Job.created_at).desc())
        .limit(_MOST_JOBS)
    ).all()
    whole = (asked_at for asked_at, params in jobs if not any(params.get(name) is not None for name in _PARTS))
    return next((asked_at - OVERLAP for asked_at in whole), None)


def _advance(session: Session, account_id: int, window: Window) -> None:
    """Move the cursor with the page: to the next token, or past the whole window."""
    position = _cursor(session, account_id, "")
    position.window = {} if window.complete else window.to_json()
    session.add(position)
    if not window.complete or window.bound is None:
        return
    if window.fewer == api.BARE:
        return  # without their status the orders are not read yet: the next import reads them again
    for marketplace in window.marketplaces:
        mark = _cursor(session, account_id, marketplace)
        # A window never moves a watermark back, but for one that lies in the future.
        before = None if window.put_right else mark.position
        mark.position = max(window.bound, before) if before else window.bound
        session.add(mark)


def next_page(context: JobContext, client: AmazonClient, query: OrderQuery, window: Window) -> tuple[OrderPage, Window]:
    """Read the next page of a window; returns it with the window as it stands after the page."""
    token = window.usable_token(query)
    if window.token and token is None:
        window = window.restarted()
    context.phase(READ, "order")
    context.progress(step=f"Reading page {window.page + 1} of orders from Amazon")
    context.flush()
    try:
        page = api.search(client, query, token)
    except TokenRefused as error:
        context.event(
            f"Amazon does not take the page token any more ({error}); the window is read again.", level="warning"
        )
        window = window.restarted()
        page = api.search(client, query, None)
    except Rejected as error:
        if query.fewer == api.BARE or error.status != 400 or _is_ahead(query):
            raise
        context.event(f"{error} Trying with fewer data sets.", level="warning")
        fewer = query.fewer + 1
        return next_page(context, client, replace(query, fewer=fewer), replace(window.restarted(), fewer=fewer))
    if page.next_token and page.fingerprint == window.page_hash and page.orders:
        context.event("Amazon sends the same page again; the window is read again.", level="warning")
        window = window.restarted()
        page = api.search(client, query, None)
    return page, replace(
        window,
        page=window.page + 1,
        bound=_earliest(window.bound, page.bound, query.updated_after),
        token=page.next_token,
        token_at=clock.now(),
        page_hash=page.fingerprint,
        query=query.fingerprint(),
        complete=page.next_token is None,
    )


def _earliest(known: datetime | None, told: datetime | None, start: datetime | None) -> datetime:
    """The bound of a window is the earliest that any of its pages stated, within what is possible.

    When Amazon states none: what it documents as the default, two minutes before the request. A bound before the start
    of the window or after the present is not believed: the watermark would lie where nothing can be read.
    """
    bound = min(filter(None, (known, told)), default=clock.now() - BLIND_SPOT)
    bound = min(bound, clock.now() + SKEW)
    return max(bound, start) if start else bound


def record_read(context: JobContext, stored: Iterable[Stored], own: str) -> None:
    """Count what was read of the job's own marketplace; new and changed orders get their result when planned.

    The stream serves all channels of the account, and another one may be another company's: nothing is told of it.
    """
    orders = [order for order in stored if order.marketplace_id == own]
    for order in orders:
        if order.fault:
            context.event(f"It cannot be read: {order.fault}.", level="error", subject=f"order {order.order_id}")
        if order.unchanged:
            context.result(ItemResult(f"order {order.order_id}", "unchanged"))
    known = context.state(Checkpoint)
    context.keep(replace(known, read=known.read + len(orders)))
    context.progress(done=known.read + len(orders))
