"""A connected shop for measuring: the sandbox in a process of its own, the program in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from core import clock, stores
from core.actor import LOCAL_ADMIN
from core.amazon.operations import SEARCH_ORDERS, Operation
from core.amazon.tokens import Credentials
from core.amazon.transport import Account, AmazonClient
from core.channels import registry
from core.database import upsert
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.model.job import Job
from core.model.quota import Quota
from core.orders.actions import import_orders
from core.settings import Settings
from core.workspace import Workspace, opened

NO_LIMIT = 10**9


@dataclass
class Shop:
    """A home with one channel, connected to a sandbox."""

    workspace: Workspace
    documents: dict[str, Any]

    @property
    def channel(self) -> str:
        """Name of the channel."""
        return str(self.documents["channel"]["name"])

    @property
    def environment(self) -> dict[str, str]:
        """What other processes have to know to work in this home."""
        settings = self.workspace.settings
        return {
            "CROSSDOCK_HOME": str(settings.home),
            "CROSSDOCK_SPAPI_URL": settings.spapi_url,
            "CROSSDOCK_LWA_URL": settings.lwa_url,
            "CROSSDOCK_AWS_URL": settings.aws_url,
            "CROSSDOCK_LOG_LEVEL": "error",
        }

    def calls(self) -> dict[str, dict[str, int]]:
        """Calls that the sandbox has counted, by side and operation."""
        answer = requests.get(f"{self.documents['amazon_url']}/_sandbox/ledger?limit=0", timeout=60)
        counts = answer.json()["counts"]
        return {side: {name: row["calls"] for name, row in rows.items()} for side, rows in counts.items()}

    def forget_calls(self) -> None:
        """Start counting again."""
        requests.delete(f"{self.documents['amazon_url']}/_sandbox/ledger", timeout=60)

    def audit(self) -> dict[str, Any]:
        """What the store holds against what Amazon sold."""
        return self.ask_sandbox("audit")

    def ask_sandbox(self, what: str) -> dict[str, Any]:
        """What the sandbox says of itself."""
        found: dict[str, Any] = requests.get(f"{self.documents['amazon_url']}/_sandbox/{what}", timeout=600).json()
        return found

    def tell_sandbox(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """Let the sandbox behave otherwise."""
        answer = requests.post(f"{self.documents['amazon_url']}/_sandbox/{what}", json=body, timeout=600)
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, *, plan_only: bool = False) -> int:
        """Ask for an import that this process runs; returns the id of the job."""
        return import_orders(self.workspace, LOCAL_ADMIN, self.channel, plan_only=plan_only, direct=True).job_id

    def job(self, job_id: int) -> Job:
        """A job as it stands."""
        with self.workspace.database.read() as session:
            return session.get_one(Job, job_id)

    def claimed(self) -> JobContext:
        """The hand on a new job that is running: single steps can be measured with it."""
        job = lifecycle.claim(self.workspace.database, self.ask(plan_only=True), "benchmark")
        assert job is not None
        return JobContext(self.workspace.database, job, "benchmark")

    def client(self) -> AmazonClient:
        """A client for the channel's seller."""
        return self.workspace.amazon_for(self._account)

    @property
    def _account(self) -> Account:
        wanted = self.documents["channel"]
        credentials = Credentials(wanted["client_id"], wanted["client_secret"], wanted["refresh_token"])
        return Account(wanted["region"], wanted["api_mode"], wanted["seller_id"], credentials)

    def lift_quota(self, *operations: Operation) -> None:
        """Let the program's own buckets for some operations, or else for pages of orders, never run dry."""
        rows = [
            {
                "key": self._account.bucket(operation),
                "tokens": float(NO_LIMIT),
                "updated_at": clock.now(),
                "rate": operation.plan.rate,
                "burst": NO_LIMIT,
                "refusals": 0,
            }
            for operation in operations or (SEARCH_ORDERS,)
        ]
        with self.workspace.database.write() as session:
            upsert(session, Quota, rows, keys=["key"], update=["tokens", "burst"])


@contextmanager
def shop(*, test_clock: str = "", settings: dict[str, Any] | None = None, **world: Any) -> Iterator[Shop]:
    """Serve a world (options of `python -m sandbox`) and connect a fresh home, its channel with these settings."""
    with fresh_home() as home:
        clock.install(test_clock or None, home)
        if test_clock:
            world |= _same_clock(test_clock)
        with served(world) as documents:
            documents["channel"]["settings"] |= settings or {}
            with connected(documents, home, test_clock) as it:
                yield it


@contextmanager
def working(it: Shop) -> Iterator[None]:
    """Have a worker of two threads, with its schedules, in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent.parent / "huey_consumer.py"), "--workers", "2"]
    worker = subprocess.Popen(command, env=os.environ | it.environment, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


@contextmanager
def fresh_home() -> Iterator[Path]:
    """An empty home that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="crossdock-bench-") as folder:
        os.environ["CROSSDOCK_HOME"] = folder
        yield Path(folder)


@contextmanager
def connected(documents: dict[str, Any], home: Path, test_clock: str = "") -> Iterator[Shop]:
    """Connect a home to a sandbox that is served already."""
    urls = {"spapi_url": documents["amazon_url"], "lwa_url": documents["lwa_url"]}
    urls["aws_url"] = documents["environment"]["CROSSDOCK_AWS_URL"]
    with opened(Settings(home=home, test_clock=test_clock, **urls)) as workspace:
        stores.add(workspace, LOCAL_ADMIN, documents["store"])
        registry.add(workspace, LOCAL_ADMIN, documents["channel"])
        yield Shop(workspace, documents)


def _same_clock(test_clock: str) -> dict[str, float]:
    """Options that let the sandbox's clock part from real time at the moment at which the program's did."""
    offset, speed = map(float, test_clock.split(","))
    # now = anchor + offset + (real - anchor) * speed
    anchor = (clock.now().timestamp() - offset - time.time() * speed) / (1 - speed)
    return {"offset": offset, "speed": speed, "anchor": anchor}


@contextmanager
def served(world: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The sandbox in a process of its own; gives the addresses and documents it prints."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in world.items()]
    server = subprocess.Popen([sys.executable, "-m", "sandbox", *options], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line:
            raise RuntimeError("the sandbox did not start")
        yield json.loads(line)
    finally:
        server.terminate()
        server.wait()
