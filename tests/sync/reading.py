"""Two jobs that do nothing but use the seam: one reads a report, one sends a feed; what they saw is in their log."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.feeds import FeedRequest
from core.amazon.reports import ReportRequest
from core.amazon.transport import AmazonClient
from core.channels import registry
from core.flows import runner
from core.jobs import lifecycle
from core.jobs.context import JobContext
from core.jobs.kinds import JobKind
from core.jobs.requests import request
from core.jobs.views import JobView
from core.model.channel import Channel
from core.model.job import Job, JobEvent, JobState
from core.sync.feeds import processed
from core.sync.flow import Flow
from core.sync.remotes import SellerRemote
from core.sync.reports import fetched
from core.workspace import Workspace
from sandbox.amazon.state import build_accounts
from sandbox.sandbox import DEFAULT_SEED
from tests.flows.kit import Shop

ROOT = Path(__file__).parents[2]
LISTINGS = "GET_MERCHANT_LISTINGS_ALL_DATA"
ROWS = "GET_SANDBOX_ROWS"
FEED = {
    "header": {"sellerId": build_accounts(DEFAULT_SEED, ["eu"], 1)[0].seller_id, "version": "2.0"},
    "messages": [{"messageId": 1, "sku": "A", "operationType": "DELETE"}],
}


def _client(workspace: Workspace, context: JobContext) -> tuple[AmazonClient, Channel]:
    with workspace.database.read() as session:
        channel = session.get_one(Channel, session.get_one(Job, context.job_id).channel_id)
    return SellerRemote(workspace, context, channel).client, channel


def read_report(workspace: Workspace, context: JobContext) -> None:
    client, channel = _client(workspace, context)
    wanted = ReportRequest(context.params["type"], (channel.marketplace_id,), context.params.get("options", {}))
    with fetched(context, client, channel.account_id, wanted) as report:
        if report is None:
            context.event("saw nothing")
            return
        digest = hashlib.file_digest(report.stream, "sha256").hexdigest()  # type: ignore[arg-type]
        context.event(f"saw {report.size} bytes {report.charset} {digest}")


def send_feed(workspace: Workspace, context: JobContext) -> None:
    client, channel = _client(workspace, context)
    wanted = FeedRequest("JSON_LISTINGS_FEED", (channel.marketplace_id,), "application/json; charset=UTF-8")

    @contextmanager
    def body() -> Iterator[BinaryIO]:
        yield io.BytesIO(context.params.get("text", json.dumps(FEED)).encode())

    with processed(context, client, channel.account_id, wanted, f"job {context.job_id}", body) as feed:
        said = json.load(feed.report.stream)["summary"] if feed.report else {}
        context.event(f"saw {feed.status} {said.get('messagesAccepted')}")


def _kind(name: str, run: Callable[[Workspace, JobContext], None]) -> JobKind:
    return JobKind(
        name=name,
        title=name,
        run=run,
        subject="sku",
        plan_again=lambda session, job, ids: None,
        retry_params=lambda ids: {},
        covers=lambda job, asked: False,
    )


READ, SEND = _kind("reports.read", read_report), _kind("feeds.send", send_feed)
READING = Flow(name="reading", jobs=(READ, SEND))


@dataclass
class Reader:
    """Runs such jobs against a sandbox; time stands still but for what they wait."""

    shop: Shop
    waited: list[float] = field(default_factory=list)
    _offset: float = 0.0

    def ask(self, kind: JobKind = READ, channel: str = "", **params: Any) -> int:
        row = registry.get(self.shop.workspace, LOCAL_ADMIN, channel or self.shop.channel)
        return request(self.shop.workspace.database, LOCAL_ADMIN, kind, row, params).job_id

    def step(self, job_id: int) -> JobView:
        lifecycle.recover(self.shop.workspace.database)
        runner.run(self.shop.workspace, job_id, flows=(READING,))
        return self.shop.job(job_id)

    def run(self, job_id: int, steps: int = 60) -> JobView:
        for _ in range(steps):
            job = self.step(job_id)
            if JobState(job.state).is_final:
                return job
            if job.waiting_until is not None:
                self.forward(max(clock.seconds_until(job.waiting_until), 0.0) + 0.01)
        raise AssertionError(f"it does not end: {job}")

    def read(self, kind: str = LISTINGS, **options: str) -> JobView:
        return self.run(self.ask(type=kind, options=options))

    def send(self, **params: Any) -> JobView:
        return self.run(self.ask(SEND, **params))

    def forward(self, seconds: float) -> None:
        """Let time pass on both sides."""
        self.waited.append(seconds)
        self._offset += seconds
        clock.install(f"{self._offset},1", self.shop.workspace.settings.home)
        self.shop.sandbox.clock.advance(seconds)

    def calls(self, operation: str) -> int:
        return self.shop.calls("amazon", operation)

    def made(self, stream: str = "reports") -> list[Any]:
        """What Amazon really has."""
        amazon = self.shop.sandbox.amazon
        return getattr(amazon, stream)["live"].works(amazon.accounts[0].seller_id)

    def saw(self, job_id: int) -> list[str]:
        return [text for text in self.log(job_id) if text.startswith("saw")]

    def log(self, job_id: int) -> list[str]:
        with self.shop.workspace.database.read() as session:
            query = select(JobEvent.text).where(col(JobEvent.job_id) == job_id).order_by(col(JobEvent.id))
            return list(session.exec(query))

    def worker(self, job_id: int) -> subprocess.Popen[bytes]:
        """One step of a job in a process of its own, which may be killed."""
        code = (
            "from core.flows import runner; from core.settings import Settings; from core.workspace import opened\n"
            "from tests.sync.reading import READING\n"
            f"with opened(Settings()) as it: runner.run(it, {job_id}, flows=(READING,))"
        )
        sandbox = self.shop.sandbox
        told = {
            "CROSSDOCK_SPAPI_URL": sandbox.amazon_url,
            "CROSSDOCK_LWA_URL": sandbox.lwa_url,
            "CROSSDOCK_TEST_CLOCK": f"{self._offset},1",
        }
        return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **told})
