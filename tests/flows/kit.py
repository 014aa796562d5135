"""A connected shop on loopback: the sandbox's two servers, a home, and the program in this process or in others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import stores
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import views
from core.jobs.views import JobView
from core.orders import actions as orders
from core.orders.purge import purge
from core.settings import Settings
from core.workspace import Workspace
from sandbox.audit import Audit
from sandbox.faults import Rule
from sandbox.sandbox import Sandbox

SETTLE = 2.0
"""Seconds that these tests take for a store that may still commit; two minutes in life."""


@dataclass
class Shop:
    """One home connected to one sandbox."""

    sandbox: Sandbox
    workspace: Workspace
    channel: str

    def fault(self, side: str, operation: str, kind: str, **options: Any) -> None:
        """Let calls go wrong."""
        self.sandbox.faults.add(Rule(side, operation, kind, **options))

    def import_orders(self, **options: Any) -> JobView:
        """Run an import in this process to its end."""
        asked = orders.import_orders(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options)
        runner.run_here(self.workspace, asked.job_id)
        return self.job(asked.job_id)

    def purge(self) -> int:
        """Delete the personal data whose time is over; returns of how many orders."""
        return purge(self.workspace.database, registry.get(self.workspace, LOCAL_ADMIN, self.channel))

    def job(self, job_id: int) -> JobView:
        """A job as it stands."""
        return views.get_job(self.workspace.database, LOCAL_ADMIN, job_id)

    def problems(self, job: JobView) -> dict[str, str]:
        """Order id → code of every held or failed item."""
        items = views.item_problems(self.workspace.database, LOCAL_ADMIN, job.id)
        return {item.subject.removeprefix("order "): item.code for item in items}

    def audit(self) -> Audit:
        """What the store holds against what Amazon sold."""
        return self.sandbox.audit()

    def calls(self, side: str, operation: str) -> int:
        """Calls that a side of the sandbox has counted."""
        counted = self.sandbox.ledger.counts().get(side, {}).get(operation, {})
        return int(counted.get("calls", 0))

    def check_everything(self, job: JobView) -> None:
        """The import is right on both sides: every order once and exact, every other one held with its reason."""
        audit = self.audit()
        assert audit.ok, audit.as_dict()
        assert self.problems(job) == audit.expected_held
        assert job.counts["created"] == audit.expected


@contextmanager
def shop(home: Path, *, settings: dict[str, Any] | None = None, **world: Any) -> Iterator[Shop]:
    """Serve a small world and connect a fresh home to it."""
    with sandbox_of(**world) as sandbox, connected(home, sandbox, **(settings or {})) as it:
        yield it


def sandbox_of(**world: Any) -> Sandbox:
    """A sandbox with a small world."""
    return Sandbox(**({"orders": 60, "other_orders": 10, "products": 40} | world))


@contextmanager
def connected(
    home: Path, sandbox: Sandbox, *, again: bool = False, company_id: int | None = None, **settings: Any
) -> Iterator[Shop]:
    """Connect a fresh home to a sandbox that runs already; with `again` open a home that was connected before.

    `company_id` is that of the channel, in place of the first; 0 stands for all vendors.
    """
    chosen: dict[str, Any] = {"settle_seconds": SETTLE, "store_timeout": 2.0} | settings
    remotes = {
        "spapi_url": sandbox.amazon_url,
        "lwa_url": sandbox.lwa_url,
        "seller_central_url": sandbox.seller_central_url,
    }
    workspace = Workspace(Settings(home=home, **remotes, **chosen))
    documents = sandbox.credentials()
    if company_id is not None:
        documents["channel"]["company_id"] = company_id
    if not again:
        stores.add(workspace, LOCAL_ADMIN, documents["store"])
        # What runs by itself each test says itself.
        for stream in ("auto_push_shipments_minutes", "auto_follow_listings_minutes"):
            documents["channel"]["settings"][stream] = None
        documents["channel"]["settings"]["auto_reconcile_orders_minutes"] = 0
        registry.add(workspace, LOCAL_ADMIN, documents["channel"])
    try:
        yield Shop(sandbox, workspace, documents["channel"]["name"])
    finally:
        workspace.close()


class CommandLine:
    """`crossdock` and the worker as separate processes of one home."""

    def __init__(self, home: Path, sandbox: Sandbox | None = None, **variables: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CROSSDOCK_")}
        remotes = sandbox.credentials()["environment"] if sandbox else {}
        self.environment = clean | {"CROSSDOCK_HOME": str(home)} | remotes | variables
        self.home = home

    def run(self, *words: str, document: Any = None) -> subprocess.CompletedProcess[str]:
        """Run one command; `document` goes to its standard input."""
        return subprocess.run(
            [sys.executable, "-m", "tui.cli", *words],
            env=self.environment,
            input=json.dumps(document) if document is not None else "",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str, document: Any = None) -> Any:
        """Run one command with --json and parse what it prints."""
        done = self.run(*words, "--json", document=document)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command that stays."""
        log = (self.home / "processes.log").open("ab")
        return subprocess.Popen([sys.executable, "-m", "tui.cli", *words], env=self.environment, stdout=log, stderr=log)

    def start_worker(self, options: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start a worker by the entry point that systemd uses."""
        log = (self.home / "processes.log").open("ab")
        command = [sys.executable, "-m", "huey_consumer", *options]
        return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def log(self) -> str:
        """What the processes said."""
        return (self.home / "processes.log").read_text()
