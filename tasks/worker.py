"""The background worker: Huey's consumer, and the upkeep beside it.

Upkeep is one thread per process: heartbeat, recovery of jobs whose worker died, handing over what is due, schedules
and retention. Huey's own periodic tasks are not used: they double on a restart and never catch up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from huey.consumer import Consumer
from sqlalchemy import or_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, delete

from core import alerts, clock, integrity, leases
from core.actor import LOCAL_ADMIN
from core.clockwatch import ClockWatch, Doubt
from core.database import upsert
from core.doctor.condition import condition
from core.errors import CrossdockError
from core.flows import runner
from core.identity import new_owner
from core.jobs import lifecycle
from core.jobs.requests import Requested
from core.model.job import Worker as WorkerRow
from core.notifications import secrets
from core.retention import purge
from core.settings import Settings
from core.words import counted
from core.workspace import Workspace
from tasks.listener import Listener
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tasks.start import Run, start

log = logging.getLogger(__name__)

DEFAULT_THREADS = 4
_TICK = 0.5
_HEARTBEAT = 3.0
_SCHEDULES = 5.0
_WATCH = 10.0
_LISTEN = 5.0
_SECRETS = 60.0
_ALERT = 30.0
_ALERTS = "alerts"
_RETENTION = 3600.0
_INTEGRITY = 600.0
_GIVE_BACK = 30.0
"""Real seconds for a job to come to its next checkpoint when the worker stops, and for the calls under way to end."""
_FORGET_WORKERS = timedelta(days=1)


class Worker:
    """One worker process: several threads that run jobs, one that keeps house."""

    def __init__(self, settings: Settings, threads: int = DEFAULT_THREADS) -> None:
        self.workspace = Workspace(settings)
        self.dispatcher = Dispatcher(settings, self.run)
        self.owner = new_owner()
        self._threads = threads
        self._stopping = threading.Event()
        self._upkeep: threading.Thread | None = None
        self._runs: list[Run] = []
        """Jobs of channels that do not use the queue."""
        self._runs_lock = threading.Lock()
        self._listener = Listener(self.workspace, self._stopping, self._start_heard)
        self._beside: dict[str, threading.Thread] = {}
        """What takes longer than a duty may, by name."""
        self._alert_fault = ""
        self._odd_starts: dict[int, float] = {}
        self._watch = ClockWatch(self.workspace.database)
        self._doubt: Doubt | None = None
        self._purged: float | None = None

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT: jobs under way go back to the queue with their checkpoint. Main thread only."""
        consumer = _StoppableConsumer(self.dispatcher.huey, self._threads, self.stop)
        self.start_upkeep()
        log.info(
            "The worker runs up to %s at once, for %s.", counted(self._threads, "job"), self.workspace.settings.home
        )
        try:
            consumer.run()
        finally:
            self.close()

    def start_upkeep(self) -> None:
        """Start the housekeeping thread, once."""
        if self._upkeep is None:
            self._beat()
            self._upkeep = threading.Thread(target=self._keep_house, name="upkeep", daemon=True)
            self._upkeep.start()

    def stop(self) -> None:
        """Let jobs end at their next checkpoint; no remote keeps them from it for long."""
        self._stopping.set()
        self.workspace.http.end_all_in(_GIVE_BACK)

    def close(self) -> None:
        """Stop housekeeping and say that this worker is gone."""
        self.stop()
        if self._upkeep is not None:
            self._upkeep.join(timeout=10)
        self._listener.join()
        for run in self._runs:
            run.join(_GIVE_BACK)
        with self.workspace.database.write() as session:
            session.exec(delete(WorkerRow).where(col(WorkerRow.owner) == self.owner))
        self.workspace.close()

    def run(self, job_id: int) -> None:
        """Run one job until it ends, waits or the worker stops; then look at once for what is due."""
        if not self._stopping.is_set():
            runner.run(self.workspace, job_id, should_stop=self._stopping.is_set)
            with suppress(CrossdockError, SQLAlchemyError):  # upkeep does it again
                self.dispatcher.enqueue(lifecycle.due(self.workspace.database))

    def _keep_house(self) -> None:
        duties: list[tuple[float, Callable[[], object]]] = [
            (_TICK, self._hand_over),
            (_HEARTBEAT, self._beat),
            (_SCHEDULES, self._start_due),
            (_WATCH, self._watch_and_purge),
            (_LISTEN, self._listener.keep),
            (_SECRETS, self._try_secrets),
            (_ALERT, self._tell),
            (_INTEGRITY, self._look_whole),
        ]
        elapsed = 0.0
        due_at = [0.0] * len(duties)
        told = [""] * len(duties)
        while not self._stopping.wait(_TICK):
            elapsed += _TICK
            for number, (every, duty) in enumerate(duties):
                if elapsed < due_at[number]:
                    continue
                due_at[number] = elapsed + every
                try:
                    duty()
                    told[number] = ""
                except CrossdockError as error:
                    if told[number] != str(error):  # tried again twice a second, it is news once
                        log.warning("%s It is tried again by itself", error)
                    told[number] = str(error)
                except Exception:
                    log.exception("a duty of the worker failed; it is tried again")

    def _hand_over(self) -> None:
        for job_id in lifecycle.recover(self.workspace.database):
            log.warning("job %s was interrupted; it goes on from its checkpoint", job_id)
        self.dispatcher.enqueue(lifecycle.due(self.workspace.database))

    def _start_due(self) -> None:
        self._add(start_due(self.workspace, self.dispatcher, should_stop=self._stopping.is_set, odd=self._odd_starts))

    def _tell(self) -> None:
        """Tell people elsewhere what is new, beside everything else: a command or a mail server may take minutes."""
        if alerts.wanted(self.workspace.settings):
            self._start_beside("alerts", self._tell_once)

    def _look_whole(self) -> None:
        """Look once a day whether the database is whole; a large one takes longer than a heartbeat may."""
        self._start_beside("integrity", self._look_once)

    def _start_beside(self, name: str, work: Callable[[], None]) -> None:
        running = self._beside.get(name)
        if running is None or not running.is_alive():
            self._beside[name] = threading.Thread(target=work, name=name, daemon=True)
            self._beside[name].start()

    def _look_once(self) -> None:
        try:
            integrity.look_daily(self.workspace.database)
        except Exception as error:
            log.warning("the database could not be looked at (%s); it is tried again", type(error).__name__)

    def _tell_once(self) -> None:
        """One worker of all does so."""
        database = self.workspace.database
        try:
            if leases.take(database, _ALERTS, self.owner):
                with leases.holding(database, _ALERTS, self.owner):
                    alerts.tell(self.workspace, lambda: condition(self.workspace, LOCAL_ADMIN))
            self._alert_fault = ""
        except CrossdockError as error:
            if self._alert_fault != str(error):  # tried again every half minute, it is news once
                log.warning("%s It is tried again by itself", error)
            self._alert_fault = str(error)
        except Exception:
            log.exception("people could not be told; it is tried again")

    def _try_secrets(self) -> None:
        """Try new client secrets that are not in use yet, beside everything else: Amazon may let one wait."""
        if secrets.waiting(self.workspace.database):
            self._start_beside("secrets", self._try_once)

    def _try_once(self) -> None:
        try:
            secrets.try_waiting(self.workspace)
        except Exception:
            log.exception("a new client secret could not be tried; it is tried again")

    def _start_heard(self, asked: Requested) -> None:
        """Start what a queue of notifications has brought."""
        run = start(self.workspace, asked, dispatcher=self.dispatcher, should_stop=self._stopping.is_set)
        self._add([run] if run else [])

    def _add(self, begun: list[Run]) -> None:
        with self._runs_lock:
            self._runs = [run for run in self._runs if run.is_running] + begun

    def _watch_and_purge(self) -> None:
        """Look at the clock often, and delete once an hour what is due, as soon as the clock is believed."""
        doubt, before = self._watch.look(), self._doubt
        self._doubt = doubt
        if doubt and (before is None or doubt.at != before.at):
            log.warning("%s", doubt)
        elif before and not doubt:
            log.warning("The clock has proved itself; what is due is deleted again.")
        now = time.monotonic()
        if not doubt and (self._purged is None or now - self._purged >= _RETENTION):
            goes_on = purge(self.workspace.database, self._watch)
            self._purged = None if goes_on else now

    def _beat(self) -> None:
        now = clock.now()
        row = {"owner": self.owner, "started_at": now, "beat_at": now, "threads": self._threads}
        with self.workspace.database.write() as session:
            upsert(session, WorkerRow, [row], keys=["owner"], update=["beat_at"])
            beat_at = col(WorkerRow.beat_at)
            gone = or_(beat_at < now - _FORGET_WORKERS, beat_at > now + _FORGET_WORKERS)
            session.exec(delete(WorkerRow).where(gone))


class _StoppableConsumer(Consumer):  # type: ignore[misc]
    """Tells the jobs to come to an end before it waits for them."""

    def __init__(self, huey: Any, threads: int, on_stop: Callable[[], None]) -> None:
        super().__init__(
            huey,
            workers=threads,
            worker_type="thread",
            periodic=False,
            initial_delay=0.1,
            max_delay=0.5,
            graceful_signal="TERM",
            shutdown_timeout=50,
        )
        self._on_stop = on_stop

    def stop(self, graceful: bool = False) -> None:
        """Stop the consumer; jobs under way give themselves back first."""
        self._on_stop()
        super().stop(graceful)
