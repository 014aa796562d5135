"""One delivery lane per store, whatever the number of channels, jobs and workers.

Inside it orders that share no product run side by side; those that share one are serial over their whole
create-and-correct pair, because the store does not lock stock. An intent whose outcome is unknown keeps its products
locked: a late commit must not meet another write of the same stock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime

from core import clock
from core.cscart.pace import HIGHEST, Pace
from core.deliver.orders import OrderDelivery
from core.deliver.outbox import Outbox, Pending
from core.errors import ConfigurationError
from core.jobs.context import JobContext
from core.model.outbox import SENT, UNKNOWN, WAITING

VERIFY_AT_ONCE = 50
_SHORT_WAIT = 2.0
"""Real seconds that the lane sleeps through; for longer waits the job leaves its worker."""
_REFRESH = 0.25
_BAD_IN_A_ROW = 3


@dataclass(frozen=True)
class _Work:
    """What one thread is at: the intents, and the products that nobody else may move meanwhile."""

    intents: frozenset[int]
    products: frozenset[int]


class Lane:
    """Runs the open intents of a store until those of one job have ended."""

    def __init__(
        self,
        context: JobContext,
        outbox: Outbox,
        delivery: OrderDelivery,
        pace: Pace,
        writes_stopped: Callable[[], bool],
    ) -> None:
        self._context = context
        self._outbox = outbox
        self._delivery = delivery
        self._pace = pace
        self._writes_stopped = writes_stopped
        self._in_flight: dict[Future[None], _Work] = {}
        self._known: list[Pending] = []
        self._read_at = 0.0
        self._bad_answers = 0

    def run(self) -> None:
        """Deliver; returns when every intent of the job has ended.

        Raises WaitUntil when all that is left has to wait, the store's last error when it cannot be used, and what
        `JobContext.check` raises; calls under way are brought to their end first.
        """
        with ThreadPoolExecutor(HIGHEST, thread_name_prefix="deliver") as pool:
            while True:
                self._context.check()
                self._reap()
                stopped = self._writes_stopped()
                self._refresh()
                unusable = self._delivery.unusable
                if not stopped and unusable is None:
                    self._start(pool)
                if self._in_flight:
                    wait(self._in_flight, timeout=_REFRESH, return_when=FIRST_COMPLETED)
                elif self._ended():
                    return
                elif unusable is not None:
                    raise unusable
                elif stopped:
                    self._context.wait(clock.from_real(2), "writes to be allowed again (all writes are stopped)")
                else:
                    self._rest()

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Start what is due and shares no product with anything under way or unknown."""
        self._start_reading_back(pool)
        locked = {product for pending in self._known if pending.state == UNKNOWN for product in pending.products}
        locked |= {product for work in self._in_flight.values() for product in work.products}
        for pending in self._free():
            if len(self._in_flight) >= self._pace.limit:
                return
            if pending.state not in (WAITING, UNKNOWN) or (pending.state == WAITING and pending.products & locked):
                continue
            locked |= pending.products
            future = pool.submit(copy_context().run, self._delivery.advance, pending.id)
            self._in_flight[future] = _Work(frozenset({pending.id}), pending.products)

    def _start_reading_back(self, pool: ThreadPoolExecutor) -> None:
        """Read sent intents back in one call: when fifty are there, or nothing else is left to do."""
        free = self._free()
        sent = [pending.id for pending in free if pending.state == SENT]
        others = any(pending.state in (WAITING, UNKNOWN) for pending in free)
        if not sent or (len(sent) < VERIFY_AT_ONCE and (others or self._in_flight)):
            return
        batch = sent[:VERIFY_AT_ONCE]
        future = pool.submit(copy_context().run, self._delivery.verify, batch)
        self._in_flight[future] = _Work(frozenset(batch), frozenset())

    def _free(self) -> list[Pending]:
        """What is due and no thread is at, oldest first."""
        now = clock.now()
        busy = {intent for work in self._in_flight.values() for intent in work.intents}
        return [pending for pending in self._known if pending.id not in busy and _is_due(pending, now)]

    def _reap(self) -> None:
        done = [future for future in self._in_flight if future.done()]
        for future in done:
            del self._in_flight[future]
            error = future.exception()
            if error is None:
                self._bad_answers = 0
            elif isinstance(error, ConfigurationError) and self._bad_answers + 1 < _BAD_IN_A_ROW and _is_odd(error):
                self._bad_answers += 1  # a firewall that dislikes one order must not stop the rest
            else:
                raise error
        if done:
            self._read_at = 0.0

    def _refresh(self) -> None:
        """Read the open intents again when something ended, at most a few times a second."""
        if self._known and time.monotonic() - self._read_at < _REFRESH and self._free():
            return
        self._known = self._outbox.pending()
        self._read_at = time.monotonic()
        tally = self._outbox.tally(self._context.job_id)
        done = tally.total - tally.open + tally.sent
        self._context.checkpoint["delivered"] = done
        rest = f" ({tally.sent} to be read back)" if tally.sent else ""
        self._context.progress(step=f"Writing orders to the store{rest}", done=done, total=tally.total)

    def _ended(self) -> bool:
        return self._outbox.tally(self._context.job_id).open == 0

    def _rest(self) -> None:
        """Nothing can be done now: sleep for a moment, or leave the worker until something is due."""
        moments = [p.not_before for p in self._known if p.not_before is not None]
        until = min(moments, default=clock.after(clock.from_real(0.5)))
        seconds = clock.seconds_until(until)
        if seconds <= clock.from_real(_SHORT_WAIT):
            clock.sleep(max(seconds, clock.from_real(0.02)))
            self._read_at = 0.0
            return
        unknown = sum(p.state == UNKNOWN for p in self._known)
        reason = f"{unknown} unanswered writes to be settled" if unknown else "the store to be usable"
        self._context.wait_until(until, reason)


def _is_due(pending: Pending, now: datetime) -> bool:
    return pending.not_before is None or pending.not_before <= now


def _is_odd(error: BaseException) -> bool:
    """A configuration error about one answer, as opposed to refused credentials."""
    return type(error) is ConfigurationError
