"""Listens to the queues of notifications, a thread for each, while the worker lives.

Amazon's notifications make what polling finds anyway come sooner: whatever happens here, nothing is lost by it.
"""

from __future__ import annotations

import logging
import threading
import time

from sqlmodel import col, select

from core import clock
from core.errors import CrossdockError
from core.flows import HEARS
from core.identity import new_owner
from core.model.notification import NotificationQueue
from core.notifications.listening import turn
from core.notifications.queue import Access, Queue
from core.notifications.queues import Listening, forget_faults, queues, stale_faults
from core.notifications.receive import Begin, receive, row_of
from core.workspace import Workspace

log = logging.getLogger(__name__)

_LOOK = 10
"""Real seconds that one look waits for a message; a worker that stops waits for its end, and gives back what comes."""
_END = 5
"""Real seconds more for what a look has brought."""
_AGAIN = (5.0, 15.0, 60.0)
"""Real seconds until a queue is tried again that could not be used."""


class Listener:
    """The threads that listen, one for each queue that channels name."""

    def __init__(self, workspace: Workspace, stopping: threading.Event, start: Begin) -> None:
        self._workspace = workspace
        self._stopping = stopping
        self._start = start
        self._threads: dict[Access, threading.Thread] = {}
        self._wanted: list[Listening] = []
        """Read for all threads at once."""

    def keep(self) -> None:
        """See to it that every queue is listened to; called now and then."""
        with self._workspace.database.read() as session:
            found = self._wanted = queues(session)
            stale = stale_faults(session, {one.access.address for one in found})
        if stale:
            with self._workspace.database.write() as session:
                forget_faults(session, stale)
        self._threads = {access: thread for access, thread in self._threads.items() if thread.is_alive()}
        for listening in found:
            if listening.access not in self._threads:
                thread = threading.Thread(target=self._listen, args=(listening,), name="listener", daemon=True)
                self._threads[listening.access] = thread
                thread.start()

    def join(self) -> None:
        """Wait until all have ended after the worker was told to stop: a look that is broken off may hide messages."""
        end = time.monotonic() + _LOOK + _END
        for thread in self._threads.values():
            thread.join(max(end - time.monotonic(), 0))

    def _listen(self, listening: Listening) -> None:
        """Until the channels name other queues, sellers or keys; a new thread begins then."""
        owner, failed = new_owner(), 0
        while self._goes_on(listening):
            try:
                with turn(self._workspace.database, listening.access.address, owner) as is_ours:
                    if is_ours:
                        self._take(listening)
                failed = 0
            except Exception as error:
                self._note(listening, error)
                failed += 1
            self._stopping.wait(_AGAIN[min(failed, len(_AGAIN)) - 1] if failed else _LOOK)

    def _take(self, listening: Listening) -> None:
        queue = Queue(listening.access, self._workspace.settings.aws_url)
        try:
            while self._goes_on(listening):
                receive(
                    self._workspace,
                    queue,
                    listening,
                    HEARS,
                    self._start,
                    seconds=_LOOK,
                    should_stop=self._stopping.is_set,
                )
        finally:
            queue.close()

    def _goes_on(self, listening: Listening) -> bool:
        return not self._stopping.is_set() and listening in self._wanted

    def _note(self, listening: Listening, error: Exception) -> None:
        """Write down why a queue cannot be listened to, and say it once."""
        words = str(error) if isinstance(error, CrossdockError) else f"The program failed ({type(error).__name__})."
        with self._workspace.database.write() as session:
            queue_id = row_of(session, listening.access.address)
            row = session.exec(select(NotificationQueue).where(col(NotificationQueue.id) == queue_id)).one()
            if row.fault != words:
                log.warning("%s", words)
            row.fault, row.fault_at = words, clock.now()
            session.add(row)
