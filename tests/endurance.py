"""Days of a worker in minutes: every schedule of a channel, the worker restarted amid its jobs, then a long outage.

The clock of both sides goes from one thing that is due to the next, and while anybody waits. The sandbox has a process
of its own, so that what grows in this one is the program's.

    python -m tests.endurance [--hours H] [--outage DAYS]
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import requests
from sqlalchemy import inspect
from sqlmodel import col, func, select

from core import clock, logs, stores
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.jobs.views import list_jobs
from core.model.job import Job, JobState
from core.model.listing import Listing
from core.model.schedule import Schedule
from core.product_types.at_hand import AtHand
from core.products import actions as products
from core.settings import Settings
from core.stock import actions as stock
from tasks.worker import Worker

HOUR = 3_600.0
RESTARTED_EVERY = 8 * HOUR
SETTINGS = {
    "sync_products": True,
    "pull_products": True,
    "push_products": True,
    "push_shipments": True,
    "push_stock": True,
    "auto_pull_orders_minutes": 60,
    "auto_reconcile_orders_minutes": 720,
    "auto_purge_orders_minutes": 120,
    "auto_push_shipments_minutes": 120,
    "auto_pull_products_minutes": 720,
    "auto_follow_listings_minutes": 180,
    "push_every_seconds": 7_200,
    "auto_pull_categories_minutes": 720,
    "carriers": {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"},
}
"""Every stream; most of them often enough that they have run before memory is looked at."""
_WARM = 2 * HOUR
"""After a restart, until each worker has loaded what it needs."""
_PATIENCE = 40
"""Times that the same jobs may be due without any of them ending."""


class Remotes:
    """The sandbox in a process of its own."""

    def __init__(self) -> None:
        words = ["--orders", "40", "--other-orders", "0", "--products", "40"]
        self._process = subprocess.Popen([sys.executable, "-m", "sandbox", *words], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.documents: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._base = self.documents["amazon_url"] + "/_sandbox/"
        self._session = requests.Session()
        self._lock = threading.Lock()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        with self._lock:
            answer = self._session.request(method, self._base + path, json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class SteppedClock:
    """Moves with real time, and at once by what anybody sleeps; the sandbox's goes ahead by as much, and first."""

    speed = 1.0

    def __init__(self, remotes: Remotes) -> None:
        self._remotes = remotes
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self._ahead, UTC)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            with self._lock:
                self._remotes.ask("POST", "clock", {"advance": seconds})
                self._ahead += seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.sleep(seconds)
        return event.is_set()


class Impatient(threading.Event):
    """Told to stop amid a job, once it has been asked so often whether it was."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0 or super().is_set()


class Endurance:
    """One run."""

    def __init__(self, home: Path, remotes: Remotes) -> None:
        self._dice = random.Random(1)
        self._remotes = remotes
        self._clock = SteppedClock(remotes)
        urls = {name.removeprefix("CROSSDOCK_").lower(): url for name, url in remotes.documents["environment"].items()}
        self.settings = Settings(home=home, settle_seconds=30, **urls)
        self.restarts = self.interrupted = 0
        self.looks: list[int] = []
        """Python's live blocks, twice in each life of a worker: once it is warm, and at its end."""
        self.peak = 0.0
        """Resident megabytes."""
        self.worker = self._begin()

    def connect(self) -> None:
        """A channel with all its schedules, mapped categories and confirmed counts."""
        workspace, documents = self.worker.workspace, self._remotes.documents
        stores.add(workspace, LOCAL_ADMIN, documents["store"])
        stores.prepare_store(workspace, LOCAL_ADMIN, "demo", apply=True)
        registry.add(workspace, LOCAL_ADMIN, documents["channel"])
        self._do(categories.refresh_categories(workspace, LOCAL_ADMIN, "de").job_id)
        for one in documents["categories"]:
            categories.map_category(
                workspace,
                LOCAL_ADMIN,
                "de",
                category_id=one["cscart"],
                amazon=str(one["amazon"]),
                product_type=one["product_type"],
            )
        self._do(products.import_products(workspace, LOCAL_ADMIN, "de", preview=True).job_id)
        stock.confirm_counts(workspace, LOCAL_ADMIN, "de")
        registry.edit(workspace, LOCAL_ADMIN, {"name": "de", "settings": SETTINGS})

    def live(self, hours: float, *, restarts: bool = False, business: bool = True) -> None:
        """So many hours; with restarts, memory is looked at in each life of a worker."""
        end = clock.after(hours * HOUR)
        warm, restart = clock.after(_WARM), clock.after(RESTARTED_EVERY)
        is_warm = False
        while clock.now() < end:
            self.turn()
            self.peak = max(self.peak, psutil.Process().memory_info().rss / 1e6)
            if restarts and clock.now() >= (restart if is_warm else warm):
                self.looks.append(self.blocks())
                is_warm = not is_warm
                if not is_warm:
                    self.restart()
                    warm, restart = clock.after(_WARM), clock.after(RESTARTED_EVERY)
            following = min(self._next(), end)
            if business and self._dice.random() < clock.seconds_until(following) / HOUR:
                self._business()
            self._clock.sleep(max(clock.seconds_until(following), 1.0))

    def turn(self) -> None:
        """What a worker does now: start what is due, run it as far as it goes."""
        self.worker._start_due()
        self.worker._watch_and_purge()
        self.worker._hand_over()
        while (task := self.worker.dispatcher.huey.dequeue()) is not None:
            self.worker.run(*task.args)

    def restart(self) -> None:
        """End the worker in the middle of its next jobs, and begin another one."""
        self.worker._stopping = Impatient(self._dice.randint(1, 30))
        self._order()
        self._clock.sleep(0.5 * HOUR)
        self.turn()
        self.interrupted += len(self._active())
        self.worker.close()
        self.worker = self._begin()
        self.restarts += 1

    def outage(self, days: int) -> None:
        """Nobody works here, and business goes on elsewhere."""
        self.worker.close()
        for _ in range(days):
            self._clock.sleep(24 * HOUR)
            self._order()
        self._clock.sleep(HOUR)
        self.worker = self._begin()

    def catch_up(self) -> dict[str, Any]:
        """The first hours afterwards: what was started, and what it cost."""
        before, since = self._counts("calls"), self._newest()
        refused = self._counts("refused").total()
        self.turn()
        begun = Counter(job.kind for job in self._jobs() if job.id > since and job.requested_by == "system")
        self.settle()
        return {
            "begun": dict(begun),
            "calls": dict(self._counts("calls") - before),
            "refused": self._counts("refused").total() - refused,
        }

    def rest(self) -> None:
        """Hours in which nothing happens elsewhere: every stream comes to what there is."""
        self.live(3, business=False)
        self.settle()

    def settle(self) -> None:
        """Let all that was begun come to its end."""
        for _ in range(_PATIENCE * 10):
            self.turn()
            if not self._active():
                return
            self._clock.sleep(max(clock.seconds_until(self._next()), 1.0))
        raise AssertionError([(job.id, job.kind, str(job.state), job.waiting_for) for job in self._active()])

    def blocks(self) -> int:
        """Live blocks of Python's.

        Without compiled statements: which of them are at hand follows from what ran since the last restart, and those
        of a worker that has ended, which in life is a process that has ended, are kept a while by their tables. Nor
        with forms and schemas of product types: so many are kept and no more, and dice say when each is asked for.
        """
        for kept in [one for one in gc.get_objects() if isinstance(one, AtHand)]:
            kept.clear()
        self.worker.workspace.database.engine.clear_compiled_cache()
        for mapper in inspect(Job).registry.mappers:
            mapper._compiled_cache.clear()
        gc.collect()
        return sys.getallocatedblocks()

    def half(self, hours: float) -> dict[str, float]:
        """One half of the time with restarts, and the memory that it took: blocks on the average, megabytes at most."""
        self.peak, self.looks = 0.0, []
        self.live(hours, restarts=True)
        return {"blocks": fmean(self.looks), "megabytes": self.peak}

    def verdict(self) -> dict[str, Any]:
        """Both sides compared, and how Amazon's quotas were kept."""
        failed = [(job.kind, job.message) for job in self._jobs() if job.state is JobState.FAILED]
        return {
            "orders": self._remotes.ask("GET", "audit"),
            "parcels": self._remotes.ask("GET", "audit/shipments"),
            "calls": self._counts("calls").total(),
            "refused": self._counts("refused").total(),
            "failed": failed,
            "runs": dict(Counter(job.kind for job in self._jobs())),
            "restarts": self.restarts,
            "interrupted": self.interrupted,
        }

    # -- inside ---------------------------------------------------------------------------------------------

    def _do(self, job_id: int) -> None:
        self.settle()
        assert self._job(job_id) in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS)

    def _begin(self) -> Worker:
        """A worker whose duties are done by hand, and who goes by the clock of this run."""
        worker = Worker(self.settings)
        clock._current = self._clock  # type: ignore[assignment]
        return worker

    def _business(self) -> None:
        """What happens in an hour."""
        self._order()
        self._remotes.ask("POST", "warehouse/ship", {"orders": self._dice.randint(1, 2)})
        sku = self._dice.choice(self._skus())
        self._remotes.ask("POST", "store/sell", {"product": sku, "quantity": 1})

    def _order(self) -> None:
        self._remotes.ask("POST", "orders", {})

    def _skus(self) -> list[str]:
        with self.worker.workspace.database.read() as session:
            return list(session.exec(select(Listing.sku).order_by(Listing.sku)))

    def _next(self) -> datetime:
        """When something is due."""
        with self.worker.workspace.database.read() as session:
            schedule = session.exec(select(func.min(Schedule.next_run))).one()
            job = session.exec(select(func.min(Job.not_before)).where(col(Job.state) == JobState.WAITING)).one()
        return min(one for one in (schedule, job, clock.after(HOUR)) if one is not None)

    def _jobs(self) -> list[Any]:
        return list_jobs(self.worker.workspace.database, LOCAL_ADMIN, limit=10_000)

    def _active(self) -> list[Any]:
        return list_jobs(self.worker.workspace.database, LOCAL_ADMIN, active_only=True)

    def _newest(self) -> int:
        with self.worker.workspace.database.read() as session:
            return session.exec(select(func.max(Job.id))).one() or 0

    def _job(self, job_id: int) -> str:
        with self.worker.workspace.database.read() as session:
            return session.get_one(Job, job_id).state

    def _counts(self, what: str) -> Counter[str]:
        """What the sandbox has counted of each operation of Amazon's."""
        counts = self._remotes.ask("GET", "ledger?limit=1")["counts"].get("amazon", {})
        return Counter({name: one[what] for name, one in counts.items()})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=int, default=72)
    parser.add_argument("--outage", type=int, default=45, metavar="DAYS")
    chosen = parser.parse_args()
    remotes = Remotes()
    try:
        with TemporaryDirectory() as home:
            it = Endurance(Path(home), remotes)
            logs.configure(it.settings)
            it.connect()
            memory = [it.half(chosen.hours / 2) for _ in range(2)]
            it.rest()
            before = it.verdict()
            it.outage(chosen.outage)
            caught_up = it.catch_up()
            it.live(2)
            it.rest()
            told = {"memory": memory, "before": before, "caught_up": caught_up, "after": it.verdict()}
            told["placed_in_outage"] = chosen.outage
            it.worker.close()
    finally:
        remotes.close()
    print(json.dumps(told, indent=1, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
