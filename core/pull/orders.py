"""Amazon orders into the mirror.

The stream belongs to the seller account: one searchOrders by last update for the marketplaces of all its channels,
without a filter on status (a filtered pull never sees cancellations). Ten calls read 1,000 orders, with items,
addresses and money; there is no call per order. The page token is stored in the transaction that stores the page, so
a killed worker reads at most one page again. The next watermark is the upper bound that Amazon states, never our
clock; each run reads an overlap again, because orders show up late. Source: Orders API 2026-01-01, searchOrders.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from core import clock
from core.amazon import orders as api
from core.amazon.orders import OrderPage, OrderQuery, TokenRefused
from core.amazon.transport import AmazonClient
from core.errors import Rejected, RemoteError
from core.jobs.context import ItemResult, JobContext
from core.leases import still_held
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.order import AmazonOrder
from core.plan import problems
from core.pull.order_rows import Stored, store_orders

log = logging.getLogger(__name__)

STREAM = "orders"
OVERLAP = timedelta(minutes=60)
"""Read again with every run: Amazon shows some orders late."""
LONGEST_OVERLAP = timedelta(hours=24)
FIRST_WINDOW = timedelta(days=30)
"""Before the connection of a channel that sets no date of its own."""
BLIND_SPOT = timedelta(minutes=2)
"""Amazon shows an order two minutes after its change at the earliest."""
_MAX_RESTARTS = 3
_MAX_WINDOWS = 50


def stream_lease(account_id: int) -> str:
    """Name of the lease under which one job at a time reads an account's stream."""
    return f"stream/{account_id}/{STREAM}"


def pull_stream(context: JobContext, client: AmazonClient, account_id: int) -> None:
    """Read everything that changed since the watermark; the caller holds the lease of the stream.

    Raises what the client raises; everything read so far is kept.
    """
    for _ in range(_MAX_WINDOWS):
        context.check()
        with context.database.write() as session:
            window = _open_window(session, account_id, context.job_id)
        if window is None:
            return
        window = _read_window(context, client, account_id, window)
        if window.get("fewer") == api.BARE:
            context.event("Amazon gives out no status of orders now; they wait for it.", level="warning")
            return
        # A window that another job had left open ends in the past: the present is still to be read.
        if not context.checkpoint.get("more_windows") and window.get("job") == context.job_id:
            return


def is_read_since(session: Session, account_id: int, marketplace_id: str, moment: datetime) -> bool:
    """Whether the marketplace's orders have been read to their end after `moment`, as far as Amazon shows them."""
    position = _cursor(session, account_id, marketplace_id).position
    window = _cursor(session, account_id, "").window
    return position is not None and not window and position >= moment - BLIND_SPOT


def pull_range(context: JobContext, client: AmazonClient, account_id: int, query: OrderQuery) -> None:
    """Read the orders created in a range; the stream's watermark is not moved."""
    window = context.checkpoint.get("window") or {"page": 0, "query": query.fingerprint()}
    while not window.get("complete"):
        context.check()
        query = replace(query, fewer=int(window.get("fewer", 0)))
        page, window = _next_page(context, client, query, window)
        with context.database.write() as session:
            stored = store_orders(session, account_id, page.orders, partial=bool(window.get("fewer")))
            _note(context, stored)
            context.save(session, window=window)


def pull_single(context: JobContext, client: AmazonClient, account_id: int, order_ids: Sequence[str]) -> None:
    """Read named orders one by one: getOrder has a quota of its own, 89 times wider than searchOrders."""
    fetched = set(context.checkpoint.get("fetched", []))
    context.progress(step="Reading single orders", total=len(order_ids))
    for order_id in order_ids:
        if order_id in fetched:
            continue
        context.check()
        fewer = 0
        try:
            document, fewer = _single(context, client, order_id)
            documents = [document]
        except Rejected as error:
            documents = []
            context.result(
                ItemResult(
                    f"order {order_id}",
                    "failed",
                    problems.ORDER_UNKNOWN,
                    f"Amazon does not give it out: {error.what}",
                    "Check the number and that the order belongs to this seller account.",
                )
            )
        fetched.add(order_id)
        with context.database.write() as session:
            _note(context, store_orders(session, account_id, documents, partial=bool(fewer)))
            context.save(session, fetched=sorted(fetched))


def _single(context: JobContext, client: AmazonClient, order_id: str) -> tuple[Any, int]:
    """One order with as many data sets as Amazon gives out, and how many steps down the ladder that is."""
    for fewer in range(api.BARE):
        try:
            return api.get(client, order_id, fewer), fewer
        except Rejected as error:
            if error.status != 400:
                raise
            context.event(f"{error} Trying with fewer data sets.", level="warning", subject=f"order {order_id}")
    return api.get(client, order_id, api.BARE), api.BARE


def _open_window(session: Session, account_id: int, job_id: int) -> dict[str, Any] | None:
    """The window that is being read, or a new one for the marketplaces that lag most; None without marketplaces."""
    cursor = _cursor(session, account_id, "")
    if cursor.window:
        return dict(cursor.window)
    starts = _starts(session, account_id)
    if not starts:
        return None
    first = min(starts.values())
    # Marketplaces that are about equally far share one window; one that joined later catches up by itself.
    together = sorted(m for m, start in starts.items() if start - first <= LONGEST_OVERLAP)
    window = {
        "after": first.isoformat(),
        "marketplaces": together,
        "page": 0,
        "more": len(together) < len(starts),
        "job": job_id,
    }
    cursor.window = window
    session.add(cursor)
    return window


def _starts(session: Session, account_id: int) -> dict[str, datetime]:
    """Where each marketplace of the account's enabled channels goes on."""
    channels = session.exec(select(Channel).where(col(Channel.account_id) == account_id, col(Channel.enabled))).all()
    starts: dict[str, datetime] = {}
    for channel in channels:
        if not channel.settings.get("pull_orders", True):
            continue
        position = _cursor(session, account_id, channel.marketplace_id).position
        starts[channel.marketplace_id] = position - OVERLAP if position else first_moment(channel)
    return starts


def first_moment(channel: Channel) -> datetime:
    """Where the stream of a channel begins; a date that Amazon has forgotten by now means as early as possible."""
    chosen = channel.settings.get("orders_from")
    if chosen:
        return max(datetime.fromisoformat(str(chosen)), clock.now() - api.HISTORY)
    return channel.connected_at - FIRST_WINDOW


def _cursor(session: Session, account_id: int, scope: str) -> Cursor:
    cursor = session.exec(
        select(Cursor).where(
            col(Cursor.account_id) == account_id, col(Cursor.stream) == STREAM, col(Cursor.scope) == scope
        )
    ).first()
    return cursor or Cursor(account_id=account_id, stream=STREAM, scope=scope)


def _read_window(context: JobContext, client: AmazonClient, account_id: int, window: dict[str, Any]) -> dict[str, Any]:
    """Read a window to its end; returns it as it stands then."""
    query = OrderQuery(
        updated_after=datetime.fromisoformat(window["after"]),
        marketplace_ids=tuple(window["marketplaces"]),
        fewer=int(window.get("fewer", 0)),
    )
    window.setdefault("query", query.fingerprint())
    while not window.get("complete"):
        context.check()
        page, window = _next_page(context, client, query, window)
        query = replace(query, fewer=int(window.get("fewer", 0)))
        with context.database.write() as session:
            if not still_held(session, stream_lease(account_id), context.owner):
                context.wait(clock.from_real(1), "another job that reads this seller's orders")
            stored = store_orders(session, account_id, page.orders, partial=bool(query.fewer))
            _note(context, stored)
            _advance(session, account_id, window)
            context.save(session, more_windows=bool(window.get("more")))
    return window


def _advance(session: Session, account_id: int, window: dict[str, Any]) -> None:
    """Move the cursor with the page: to the next token, or past the whole window."""
    cursor = _cursor(session, account_id, "")
    cursor.window = {} if window.get("complete") else dict(window)
    session.add(cursor)
    if not window.get("complete"):
        return
    if window.get("fewer") == api.BARE:
        return  # without their status the orders are not read yet: the next import reads them again
    bound = datetime.fromisoformat(window["bound"])
    for marketplace in window["marketplaces"]:
        mark = _cursor(session, account_id, marketplace)
        # A window never moves a watermark back.
        mark.position = max(bound, mark.position) if mark.position else bound
        session.add(mark)


def _next_page(
    context: JobContext, client: AmazonClient, query: OrderQuery, window: dict[str, Any]
) -> tuple[OrderPage, dict[str, Any]]:
    """Read the next page of a window; returns it with the window as it stands after the page."""
    number = window["page"] + 1
    token = _usable_token(window, query)
    if window.get("token") and token is None:
        window, number = _restarted(window), 1
    context.progress(step=f"Reading page {number} of orders from Amazon")
    context.flush()
    try:
        page = api.search(client, query, token)
    except TokenRefused as error:
        context.event(
            f"Amazon does not take the page token any more ({error}); the window is read again.", level="warning"
        )
        window, number = _restarted(window), 1
        page = api.search(client, query, None)
    except Rejected as error:
        if query.fewer == api.BARE or error.status != 400:
            raise
        context.event(f"{error} Trying with fewer data sets.", level="warning")
        fewer = query.fewer + 1
        return _next_page(context, client, replace(query, fewer=fewer), {**_restarted(window), "fewer": fewer})
    if page.next_token and page.fingerprint == window.get("page_hash") and page.orders:
        context.event("Amazon sends the same page again; the window is read again.", level="warning")
        window, number = _restarted(window), 1
        page = api.search(client, query, None)
    bound = _earliest(window.get("bound"), page.bound)
    after = {
        **window,
        "page": number,
        "bound": bound.isoformat(),
        "token": page.next_token,
        "token_at": clock.now().isoformat(),
        "page_hash": page.fingerprint,
        "query": query.fingerprint(),
        "complete": page.next_token is None,
    }
    return page, after


def _usable_token(window: dict[str, Any], query: OrderQuery) -> str | None:
    token = window.get("token")
    if not token or window.get("query") != query.fingerprint():
        return None
    age = (clock.now() - datetime.fromisoformat(window["token_at"])).total_seconds()
    return str(token) if age < api.TOKEN_LIFE else None


def _restarted(window: dict[str, Any]) -> dict[str, Any]:
    restarts = int(window.get("restarts", 0)) + 1
    if restarts > _MAX_RESTARTS:
        raise RemoteError(
            "Amazon repeats pages, or does not take its own page tokens.",
            subject="Amazon",
            next_step="Run the import again later; if it stays so, report it to Amazon's support.",
        )
    return {**window, "page": 0, "token": None, "page_hash": None, "complete": False, "restarts": restarts}


def _earliest(known: str | None, told: datetime | None) -> datetime:
    """The bound of a window is the earliest that any of its pages stated.

    When Amazon states none: what it documents as the default, two minutes before the request.
    """
    before = datetime.fromisoformat(known) if known else None
    return min(filter(None, (before, told)), default=clock.now() - BLIND_SPOT)


def _note(context: JobContext, stored: Iterable[Stored]) -> None:
    """Count what was read in the job's own marketplace; new and changed orders get their result when planned."""
    own = context.checkpoint.get("marketplace")
    read = int(context.checkpoint.get("read", 0))
    for order in stored:
        read += 1
        if order.fault:
            context.event(f"It cannot be read: {order.fault}.", level="error", subject=f"order {order.order_id}")
        if order.unchanged and order.marketplace_id == own:
            context.result(ItemResult(f"order {order.order_id}", "unchanged"))
    context.checkpoint["read"] = read
    context.progress(done=read)


def mark_dirty(session: Session, account_id: int, marketplace_id: str) -> None:
    """Plan the orders of a marketplace again: a mapping or setting of its channel changed."""
    session.exec(
        update(AmazonOrder)
        .where(col(AmazonOrder.account_id) == account_id, col(AmazonOrder.marketplace_id) == marketplace_id)
        .values(dirty=True)
    )
