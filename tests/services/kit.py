"""A connected shop whose jobs are run by real worker processes over any database and queue."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.actor import LOCAL_ADMIN
from core.jobs.views import JobView
from core.orders import actions as orders
from sandbox.audit import CANCELLED, amazon_ids
from sandbox.sandbox import Sandbox
from tasks.queue import Dispatcher
from tests.flows.kit import SETTLE, CommandLine, Shop, connected

PATIENCE = 60.0
"""Real seconds after which a wait in these tests is a failure."""

SHORT_LEASE = 3.0
_ELSEWHERE = """
import socket, sys
import core.leases
socket.gethostname = lambda: {host!r}
core.leases.LENGTH = {lease}
import huey_consumer
sys.exit(huey_consumer.main())
"""


@dataclass
class Fleet:
    """A shop, and the workers that serve it."""

    shop: Shop
    line: CommandLine
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def sandbox(self) -> Sandbox:
        """Both remotes."""
        return self.shop.sandbox

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """One more worker process."""
        worker = self.line.start_worker(options)
        self.workers.append(worker)
        return worker

    def start_worker_elsewhere(self, host: str) -> subprocess.Popen[bytes]:
        """One more worker that takes itself for one of another host: only a lapsed lease tells of its death."""
        command = [sys.executable, "-c", _ELSEWHERE.format(host=host, lease=SHORT_LEASE)]
        with (self.line.home / "processes.log").open("ab") as log:
            worker = subprocess.Popen(command, env=self.line.environment, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def ask(self, channel: str | None = None, **options: Any) -> int:
        """Ask for an import through the queue; returns the id of its job."""
        asked = orders.import_orders(self.shop.workspace, LOCAL_ADMIN, channel or self.shop.channel, **options)
        Dispatcher(self.shop.workspace.settings).enqueue([asked.job_id])
        return asked.job_id

    def ended(self, job_id: int) -> JobView | None:
        """A job, once it has ended."""
        job = self.shop.job(job_id)
        return job if job.state.is_final else None

    def wait(self, job_id: int) -> JobView:
        """Wait for the end of a job."""
        job: JobView = self.until(lambda: self.ended(job_id), f"job {job_id} ends")
        return job

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Poll for something that another process brings about."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"it took too long: {what}\n{self.line.log()[-3000:]}")

    def refused(self) -> int:
        """Calls that either remote refused by quota."""
        counts = self.sandbox.ledger.counts()
        return sum(operation["refused"] for side in counts.values() for operation in side.values())

    def live_orders(self) -> Counter[str]:
        """Amazon id → how many store orders stand for it that were not given up."""
        live = [order for order in self.sandbox.store.all_orders() if order.status not in CANCELLED]
        return Counter(amazon_id for order in live for amazon_id in amazon_ids(order))


@contextmanager
def fleet(home: Path, database: str = "", queue: str = "", **world: Any) -> Iterator[Fleet]:
    """A small connected world; no worker runs yet, and none stays at the end. Empty URLs are SQLite in the home."""
    size = {"orders": 30, "other_orders": 5, "products": 40}
    chosen = {"database_url": database, "queue_url": queue}
    with Sandbox(**(size | world)) as sandbox, connected(home, sandbox, **chosen) as shop:
        line = CommandLine(
            home,
            sandbox,
            CROSSDOCK_DATABASE_URL=database,
            CROSSDOCK_QUEUE_URL=queue,
            CROSSDOCK_SETTLE_SECONDS=str(SETTLE),
            CROSSDOCK_STORE_TIMEOUT="5",
        )
        (home / "processes.log").touch()
        it = Fleet(shop, line)
        try:
            yield it
        finally:
            _stop(it.workers)


def _stop(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(timeout=15)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
