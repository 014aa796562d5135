"""Groups the small transactions of many threads into few.

Each thread of a lane changes its intent several times, and every change has to be committed before the next call is
made. A transaction of its own for each would cost more than all the rest: a lock, a lease to renew, a commit. Here the
first thread that comes waits for a moment, and then writes what all have brought until then in one transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlmodel import Session

T = TypeVar("T")
_GATHERING = 0.01
"""Real seconds in which changes come together: short beside a call to a remote, long beside a transaction."""


@dataclass
class _Change:
    """One change and what became of it. It may be applied twice: a group that fails is written one by one."""

    apply: Callable[[Session], Any]
    done: bool = False
    result: Any = None
    error: BaseException | None = field(default=None, repr=False)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held by others until it is done, or until its thread has to write the next group."""


class GroupWriter:
    """Writes changes of any number of threads; each `write` returns when its change is committed."""

    def __init__(self, transaction: Callable[[], AbstractContextManager[Session]]) -> None:
        """`transaction` gives a session that is committed at its end; it raises when nothing may be written."""
        self._transaction = transaction
        self._lock = threading.Lock()
        self._queue: list[_Change] = []
        self._writing = False

    def write(self, change: Callable[[Session], T]) -> T:
        """Apply and commit a change; raises what it raises, and what the transaction raises. It must bear being
        repeated."""
        mine = _Change(change)
        mine.turn.acquire()
        with self._lock:
            self._queue.append(mine)
            waits, self._writing = self._writing, True
        if waits:
            mine.turn.acquire()
        if not mine.done:
            self._write_next(mine)
        if mine.error is not None:
            raise mine.error
        return cast(T, mine.result)

    def _write_next(self, mine: _Change) -> None:
        time.sleep(_GATHERING)
        with self._lock:
            group, self._queue = self._queue, []
        self._write(group)
        with self._lock:
            self._writing = bool(self._queue)
            woken = [*group, *self._queue[:1]]
        for change in woken:
            if change is not mine:
                change.turn.release()

    def _write(self, group: list[_Change]) -> None:
        try:
            with self._transaction() as session:
                results = [change.apply(session) for change in group]
        except BaseException as error:
            if len(group) == 1:
                group[0].done, group[0].error = True, error
                return
            for change in group:  # one of them is to blame; the others do not share its fate
                self._write([change])
            return
        for change, result in zip(group, results, strict=True):
            change.done, change.result = True, result
