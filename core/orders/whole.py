"""Reads orders whole of which reports have told: by searchOrders from the oldest, by getOrder from the newest.

Each has a quota of its own, so both together are quicker than either. Reports tell when orders were placed: so a search
is about a stretch of nearly a hundred orders, and is one page. What a search does not show is read singly.

While a quota fills up again, what was read is brought into the store. That of getOrder is full after a minute: so it
goes first, and the store gets few orders at a time, that nothing of it is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from core import clock
from core.amazon.operations import GET_ORDER, SEARCH_ORDERS
from core.amazon.orders import OrderQuery
from core.amazon.transport import AmazonClient
from core.errors import OutcomeUnknown, RemoteBusy, Unreachable, WaitUntil
from core.jobs.context import JobContext
from core.jobs.phases import READ
from core.jobs.turns import Turn
from core.model.channel import Channel
from core.model.order import AmazonOrder
from core.orders.checkpoint import Backfill, Checkpoint
from core.orders.forecast import SPARED, Range
from core.orders.mirror import store_orders
from core.orders.plan.backfill import PAGE, SLICE
from core.orders.pull import pull_range, record_read, single
from core.orders.reported import count, in_range
from core.quota import QuotaWait

_AHEAD = 50
"""Orders that are looked up together."""
_TOGETHER = 10
"""Orders read singly that are written together: so many at the most are read again when a worker dies."""
_STRETCH = PAGE - 4
"""Orders of a stretch: a search also shows some of which reports say that they are of another shop, and what a second
page would have is cheaper read singly."""
_WITHIN_SECOND = timedelta(milliseconds=999)
_BLIND = timedelta(minutes=2, seconds=30)

Send = Callable[[datetime | None], None]
"""Plans what was read since then, or ever, and brings it into the store."""


def send_meanwhile(context: JobContext, send: Send, since: datetime | None) -> None:
    """Bring what was read since then into the store, beside reading.

    Where another job writes there, or the store cannot be used for a while, it goes on its way with what is read next.
    """
    try:
        with suppress(WaitUntil), context.within_phase():
            send(since)
    except (RemoteBusy, Unreachable, OutcomeUnknown) as error:
        context.event(f"{error} Reading goes on; the store gets what was read later.", level="warning")


class WholeReader:
    """Reads what is to be read whole of a range. `send` brings what was read into the store."""

    def __init__(
        self,
        context: JobContext,
        client: AmazonClient,
        channel: Channel,
        wanted: Range,
        send: Send,
        turn: Turn,
    ) -> None:
        self._context = context
        self._client = client
        self._account_id = channel.account_id
        self._own = channel.marketplace_id
        self._wanted = wanted
        self._send = send
        self._turn = turn
        self._placed = in_range(channel.account_id, channel.marketplace_id, wanted.start, wanted.end)
        self._to_read = wanted.to_read(channel)
        self._search_at = clock.now()
        """Before this there is no call of searchOrders to spare."""
        self._done = self._unsent = self._fewer = 0
        self._sent_at: datetime | None = None
        self._found: dict[str, list[Any]] = {}
        """Orders that were read singly and are to be written."""

    def read(self) -> None:
        """Read all of them; raises QuotaWait, and WaitUntil when its turn is over, to go on later."""
        while order_ids := self._newest():
            self._context.phase(READ, "order")
            self._context.progress(step="Reading orders whole", done=self._done, total=self._done + self._left())
            try:
                for order_id in order_ids:
                    self._context.check()
                    if not self._is_call_saved() and (self._is_slice_read() or self._search()):
                        break  # some of these may be read now
                    self._get(order_id)
                else:
                    self._search()
            finally:
                self._store()
            if self._is_slice_read():
                self._send_slice()
            if self._turn.is_over():
                self._context.wait(clock.from_real(1), "its next turn: another job reads orders whole too")

    def _is_call_saved(self) -> bool:
        """Whether an order can be read singly without waiting."""
        return self._client.level(GET_ORDER.name, GET_ORDER.plan).tokens >= 1

    def _is_slice_read(self) -> bool:
        return self._unsent + len(self._found) >= SLICE

    def _send_slice(self) -> None:
        since, self._sent_at, self._unsent = self._sent_at, clock.now(), 0
        send_meanwhile(self._context, self._send, since)

    def _todo(self) -> tuple[Any, ...]:
        refused = self._context.state(Backfill).refused
        return self._placed, self._to_read, col(AmazonOrder.order_id).not_in(refused)

    def _left(self) -> int:
        with self._context.database.read() as session:
            return count(session, *self._todo())

    def _newest(self) -> list[str]:
        query = select(AmazonOrder.order_id).where(*self._todo()).order_by(col(AmazonOrder.created_at).desc())
        with self._context.database.read() as session:
            return list(session.exec(query.limit(_AHEAD)))

    def _get(self, order_id: str) -> None:
        documents, fewer = single(self._context, self._client, order_id)
        if self._found and fewer != self._fewer:
            self._store()
        self._fewer = fewer
        self._found[order_id] = documents
        if len(self._found) == _TOGETHER:
            self._store()

    def _store(self) -> None:
        """Write what was read singly; what Amazon has not given out is not asked for again."""
        if not self._found:
            return
        known, documents = self._context.state(Backfill), [one for some in self._found.values() for one in some]
        with self._context.database.write() as session:
            stored = store_orders(
                session, self._account_id, documents, partial=bool(self._fewer), wish=self._wanted.wish
            )
            record_read(self._context, stored, self._own)
            refused = sorted(self._found.keys() - {one.order_id for one in stored})
            self._context.save(session, replace(known, refused=(*known.refused, *refused)))
        self._count(len(self._found))
        self._found = {}

    def _search(self) -> bool:
        """Search for a page of the oldest, if there is a call to spare and need for it; says whether it did."""
        if clock.now() < self._search_at:
            return False
        level = self._client.level(SEARCH_ORDERS.name, SEARCH_ORDERS.plan)
        if level.tokens < SPARED + 1:
            self._search_at = clock.after((SPARED + 1 - level.tokens) / level.rate)
            return False
        self._store()
        left = self._left()
        stretch = self._stretch() if left > self._client.level(GET_ORDER.name, GET_ORDER.plan).tokens else None
        if stretch is None:
            self._search_at = clock.after(1 / level.rate)
            return False
        start, end = stretch
        before = end if end < clock.now() - _BLIND else None
        query = OrderQuery(created_after=start, created_before=before, marketplace_ids=(self._own,))
        if not self._one_page(query):
            return False
        with self._context.database.write() as session:
            checkpoint = replace(self._context.state(Checkpoint), window=None)
            self._context.save(session, checkpoint, replace(self._context.state(Backfill), searched_to=end))
        self._count(left - self._left())
        return True

    def _one_page(self, query: OrderQuery) -> bool:
        """Read its first page; False when somebody else has taken the call."""
        pages = iter((True,))
        account_id, wish = self._account_id, self._wanted.wish
        try:
            pull_range(self._context, self._client, account_id, query, self._own, wish, lambda: next(pages, False))
        except QuotaWait as wait:
            self._search_at = wait.until
            return False
        return True

    def _count(self, read: int) -> None:
        self._done += read
        self._unsent += read
        self._context.progress(done=self._done)

    def _stretch(self) -> tuple[datetime, datetime] | None:
        """From the oldest order that was not searched for yet on, as many as a page has."""
        placed, searched_to = col(AmazonOrder.created_at), self._context.state(Backfill).searched_to
        beyond = [placed > searched_to] if searched_to else []
        with self._context.database.read() as session:
            query = select(AmazonOrder.created_at).where(*self._todo(), *beyond).order_by(placed).limit(1)
            start = session.exec(query).first()
            if start is None:
                return None
            some = select(AmazonOrder.created_at).where(self._placed, placed >= start).order_by(placed).limit(_STRETCH)
            end = session.exec(some).all()[-1]
        # Reports tell the second in which it was placed.
        return start.replace(microsecond=0), end.replace(microsecond=0) + _WITHIN_SECOND
