"""One delivery lane per remote, whatever the number of flows, channels, jobs and workers.

Inside it intents that share a lock run one after the other over all their calls, the others side by side, as many as
the remote bears. An intent whose outcome is unknown keeps its locks: a late commit must not meet another write.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, Protocol

from core import clock
from core.errors import ConfigurationError, CrossdockError, Rejected
from core.jobs import phases
from core.jobs.context import JobContext
from core.jobs.standing import Standing
from core.model.base import stored_id
from core.model.outbox import OPEN_STATES, SENT, UNKNOWN, WAITING, OutboxIntent
from core.sync import wording
from core.sync.outbox import Outbox, Pending, Tally, WritesStopped
from core.sync.pace import MOST_ITEMS, Pace
from core.words import counted

_SHORT_WAIT = 2.0
"""Real seconds that the lane sleeps through; for longer waits the job leaves its worker."""
_REFRESH = 5.0
"""Real seconds between two readings of the outbox; in between, the lane knows its own transitions."""
_GLANCE = 0.25
"""Real seconds between two looks at whether writes are stopped, and at how far the job is."""
_AHEAD = 50
"""Intents that are loaded together; no older than the last reading of the outbox when they are sent."""
_OF_ITEMS = (ConfigurationError, Rejected)
"""Errors that may be an item's own fault, until there are so many in a row:"""
_BAD_IN_A_ROW = 3
_ASIDE = 2.0
"""Real seconds for which the lane is left to a job that waited for it."""


class Sender(Protocol):
    """What carries the intents of one flow; see `delivery.Delivery`. Called from many threads."""

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of the intents that it carries."""

    @property
    def doing(self) -> str:
        """What it does, for the progress of a job."""

    @property
    def batch(self) -> int:
        """Intents that are read back in one call."""

    def ready(self) -> None:
        """Called once before anything is sent."""

    def advance(self, intent: OutboxIntent) -> None:
        """Do the next step of a waiting or unknown intent."""

    def verify(self, intent_ids: Sequence[int]) -> None:
        """Read sent intents back."""

    @property
    def back(self) -> Back | None:
        """When the job has to come back for what it has on its way in bulk; None when it has nothing there."""

    @property
    def unusable(self) -> CrossdockError | None:
        """Why nothing more can be sent now; None while something can."""


class Back(NamedTuple):
    """When a job comes back, and what it waits for."""

    at: datetime
    reason: str


@dataclass(frozen=True)
class _Work:
    """What one thread is at: the intents, and the locks that nobody else may have meanwhile."""

    sender: Sender
    intents: frozenset[int]
    locks: frozenset[str]
    shared: bool = False
    """It was begun for another job."""


class Lane:
    """Runs the open intents of one job, and what others have begun at the same remote, until the job's have ended."""

    def __init__(
        self,
        context: JobContext,
        outbox: Outbox,
        senders: Sequence[Sender],
        pace: Pace,
        writes_stopped: Callable[[], bool],
        turn_is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`turn_is_over` tells that another job has waited long enough for the remote."""
        self._context = context
        self._outbox = outbox
        self._senders: Mapping[str, Sender] = {kind: sender for sender in senders for kind in sender.kinds}
        self._pace = pace
        self._writes_stopped = writes_stopped
        self._turn_is_over = turn_is_over
        self._in_flight: dict[Future[None], _Work] = {}
        self._finished = SimpleQueue[Future[None]]()
        self._known: dict[str, dict[int, Pending]] = {state: {} for state in OPEN_STATES}
        """What is open, by state and key."""
        self._ahead: dict[int, OutboxIntent] = {}
        """Whole intents that nobody is at: until one is started, nothing but its withdrawal can change it."""
        self._tally = Tally()
        self._read_at = 0.0
        self._stopped = False
        self._glanced_at = 0.0
        self._bad_answers: dict[int, int] = {}
        self._given_up: dict[int, Exception] = {}
        """Senders that raised, by identity: the others go on, and the error is raised at the end."""
        self._shares = True
        """Whether room that is left goes to other jobs."""

    def run(self) -> None:
        """Deliver; returns when every intent of the job has ended.

        Raises WaitUntil when all that is left has to wait, a sender's last error when its remote cannot be used, and
        what `JobContext.check` raises; calls under way are brought to their end first.
        """
        self._make_ready()
        with ThreadPoolExecutor(MOST_ITEMS, thread_name_prefix="deliver") as pool:
            while True:
                self._context.check()
                self._refresh()
                stopped, over, back = self._stopped, self._turn_is_over(), self._back()
                is_back = back is not None and back.at <= clock.now()
                if not stopped and not over and not is_back:
                    self._start(pool)
                if self._in_flight:
                    self._wait()
                elif self._tally.open == 0:
                    return
                elif stopped:
                    self._context.wait(clock.from_real(2), "writes to be allowed again (all writes are stopped)")
                elif over:
                    self._context.wait(clock.from_real(_ASIDE), "its next turn: another job writes there too")
                elif back is not None and is_back:
                    self._context.wait_until(back.at, back.reason)
                else:
                    self._rest(back)

    def _back(self) -> Back | None:
        found = [back for sender in dict.fromkeys(self._senders.values()) if (back := sender.back) is not None]
        return min(found, default=None)

    def _make_ready(self) -> None:
        for sender in dict.fromkeys(self._senders.values()):
            try:
                sender.ready()
            except CrossdockError as error:
                self._given_up[id(sender)] = wording.trouble(error)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Start what is due and shares no lock with anything under way or unknown."""
        self._start_reading_back(pool)
        unknown = {lock for pending in self._known[UNKNOWN].values() for lock in pending.locks}
        busy = {lock for work in self._in_flight.values() for lock in work.locks}
        room = self._pace.items - len(self._in_flight)
        chosen: list[Pending] = []
        for pending in self._free(UNKNOWN, WAITING):  # of those that wait the urgent ones come first, as they were read
            if len(chosen) >= room:
                break
            # What is found out about an unknown one may be followed by a write at once.
            if not pending.locks & busy and (pending.state == UNKNOWN or not pending.locks & unknown):
                busy |= pending.locks
                chosen.append(pending)
        self._load_ahead(chosen)
        for pending in chosen:
            if (intent := self._ahead.pop(pending.id, None)) is not None:
                sender = self._senders[pending.kind]
                work = _Work(sender, frozenset({pending.id}), pending.locks, pending.shared)
                self._submit(pool, work, sender.advance, intent)

    def _load_ahead(self, chosen: Sequence[Pending]) -> None:
        """Have the chosen intents at hand, and with them those that are likely to be next."""
        if any(pending.id not in self._ahead for pending in chosen):
            next_ones = (pending.id for pending in self._free(UNKNOWN, WAITING))
            wanted = {*islice(next_ones, _AHEAD), *(pending.id for pending in chosen)} - self._ahead.keys()
            self._ahead.update((stored_id(intent.id), intent) for intent in self._outbox.load(list(wanted)))

    def _start_reading_back(self, pool: ThreadPoolExecutor) -> None:
        """Read sent intents of a sender back in one call: when a batch is there, or nothing else is left to do."""
        others = bool(self._in_flight) or next(self._free(WAITING, UNKNOWN), None) is not None
        for sender in dict.fromkeys(self._senders.values()):
            sent = [one.id for one in self._free(SENT) if self._senders[one.kind] is sender]
            if sent and (len(sent) >= sender.batch or not others):
                batch = sent[: sender.batch]
                self._submit(pool, _Work(sender, frozenset(batch), frozenset()), sender.verify, batch)

    def _submit(self, pool: ThreadPoolExecutor, work: _Work, call: Callable[[Any], None], about: Any) -> None:
        future = pool.submit(copy_context().run, call, about)
        self._in_flight[future] = work
        future.add_done_callback(self._finished.put)

    def _free(self, *states: str) -> Iterator[Pending]:
        """What is due in these states, can be sent, and no thread is at."""
        now = clock.now()
        busy = {intent for work in self._in_flight.values() for intent in work.intents}
        kinds = self._sendable()
        for state in states:
            for one in self._known[state].values():
                if one.kind in kinds and one.id not in busy and _is_due(one, now) and self._is_its_time(one):
                    yield one

    def _is_its_time(self, one: Pending) -> bool:
        """What others have not begun takes the room that is left while the own intents are under way."""
        return not one.shared or one.state != WAITING or (self._shares and self._tally.open > 0)

    def _sendable(self) -> set[str]:
        return {kind for kind, sender in self._senders.items() if self._trouble_of(sender) is None}

    def _trouble_of(self, sender: Sender) -> Exception | None:
        return self._given_up.get(id(sender)) or sender.unusable

    def _wait(self) -> None:
        """Wait for a moment until a call has ended; take note of all that have."""
        with suppress(Empty):
            self._reap(self._finished.get(timeout=_GLANCE))
            while True:
                self._reap(self._finished.get_nowait())

    def _reap(self, future: Future[None]) -> None:
        work = self._in_flight.pop(future)
        error = future.exception()
        if error is None:
            if not work.shared:
                self._bad_answers[id(work.sender)] = 0
        elif isinstance(error, WritesStopped):
            self._stopped = True  # until the next look, which may find that they are allowed again
        elif not isinstance(error, CrossdockError):
            raise error
        elif work.shared and type(error) in _OF_ITEMS:
            self._shares = False  # what is wrong with its channel stops its own job, not this one
        else:
            self._note_failure(work.sender, error)

    def _note_failure(self, sender: Sender, error: CrossdockError) -> None:
        bad = self._bad_answers[id(sender)] = self._bad_answers.get(id(sender), 0) + 1
        # A firewall that dislikes one item must not stop the rest.
        if type(error) not in _OF_ITEMS or bad >= _BAD_IN_A_ROW:
            self._given_up[id(sender)] = error

    def _refresh(self) -> None:
        """Bring what is known of the open intents up to date; read them again now and then."""
        for key, (state, not_before) in self._outbox.moves().items():
            found = next((known.pop(key) for known in self._known.values() if key in known), None)
            if found is not None and state in OPEN_STATES:
                found.state, found.not_before = state, not_before
                self._known[state][key] = found
        now = time.monotonic()
        is_old = now - self._read_at >= _REFRESH
        is_idle = not self._in_flight and next(self._free(*OPEN_STATES), None) is None
        if is_old or is_idle:
            self._read_at = now
            self._known = {state: {} for state in OPEN_STATES}
            for one in self._outbox.pending(self._context.job_id):
                self._known[one.state][one.id] = one
            self._ahead.clear()
        if is_idle or now - self._glanced_at >= _GLANCE:
            self._glanced_at = now
            self._glance()

    def _glance(self) -> None:
        self._stopped = self._writes_stopped()
        self._tally = tally = self._outbox.tally(self._context.job_id)
        if not tally.total:  # others' work is not told as its own
            return
        done = tally.total - tally.open + tally.sent
        self._context.keep(replace(self._context.state(Standing), delivered=done))
        rest = f" ({tally.sent} to be read back)" if tally.sent else ""
        self._context.phase(phases.SENT, tally.kind.partition(".")[0])
        step = f"{self._senders[tally.kind].doing}{rest}"
        self._context.progress(step=step, done=done, total=tally.total)

    def _all(self) -> Iterator[Pending]:
        return chain.from_iterable(known.values() for known in self._known.values())

    def _rest(self, back: Back | None) -> None:
        """Nothing can be done now: sleep for a moment, leave the worker until something is due, or give up."""
        kinds = self._sendable()
        stuck = {lock for one in self._known[UNKNOWN].values() if one.kind not in kinds for lock in one.locks}
        alive = [one for one in self._all() if one.kind in kinds and not (one.state == WAITING and one.locks & stuck)]
        if back is None and not any(one.own for one in alive):
            for sender in self._senders.values():
                if (trouble := self._trouble_of(sender)) is not None:
                    raise trouble
        now = clock.now()
        dues = [one.not_before for one in alive if one.not_before is not None and one.not_before > now]
        dues += [back.at] if back else []
        until = min(dues, default=clock.after(clock.from_real(0.5)))
        seconds = clock.seconds_until(until)
        if seconds <= clock.from_real(_SHORT_WAIT):
            clock.sleep(max(seconds, clock.from_real(0.02)))
            self._read_at = 0.0
            return
        own = [one.state for one in alive if one.own]
        is_for_bulk = not own or (back is not None and until == back.at)
        # Whoever waits for nothing but what goes in bulk lets others of its kind pass.
        self._context.keep(replace(self._context.state(Standing), lets_pass=is_for_bulk))
        self._context.wait_until(until, back.reason if back and is_for_bulk else _reason(own))


def _reason(states: Sequence[str]) -> str:
    """What open intents wait for."""
    if unknown := states.count(UNKNOWN):
        return f"certainty about {counted(unknown, 'change')} without an answer"
    if states and states.count(SENT) == len(states):
        return f"{counted(len(states), 'change')} to show on the other side"
    return "the other side to be usable"


def _is_due(pending: Pending, now: datetime) -> bool:
    return pending.not_before is None or pending.not_before <= now
