"""Runs jobs that write quantities, with the time standing still but for what they wait."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import lifecycle
from core.jobs.requests import request
from core.jobs.views import JobView
from core.model.job import JobEvent, JobState
from core.model.outbox import OutboxIntent
from core.model.quota import Quota
from core.submissions import route
from tests.flows.kit import Shop
from tests.submissions import toy


@dataclass
class Submitter:
    shop: Shop
    monkeypatch: pytest.MonkeyPatch
    offset: float = 0.0

    def skus(self, count: int = 20) -> list[str]:
        """Listings of the world that the merchant ships."""
        amazon = self.shop.sandbox.amazon
        place = next(one for one in amazon.accounts[0].marketplaces if one.country == "DE")
        found = [
            one
            for one in amazon.listings.listings(amazon.accounts[0], place)
            if not one.is_parent and one.channel == "DEFAULT" and one.active
        ]
        return [one.sku for one in found][:count]

    def by_feed(self) -> None:
        """Let few changes go by feed as well."""
        self.monkeypatch.setattr(route, "FEW_SECONDS", 0.0)

    def tokens(self, name: str, tokens: float) -> None:
        """Let the program's bucket of an operation stand so; below 0 calls wait that came before."""
        with self.shop.workspace.database.write() as session:
            (row,) = session.exec(select(Quota).where(col(Quota.key).endswith(f"/{name}"))).all()
            row.tokens, row.updated_at = tokens, clock.now()
            session.add(row)

    def ask(self, **wanted: int) -> int:
        toy.wanted.update(wanted)
        channel = registry.get(self.shop.workspace, LOCAL_ADMIN, self.shop.channel)
        return request(self.shop.workspace.database, LOCAL_ADMIN, toy.WRITE, channel, {"skus": list(wanted)}).job_id

    def step(self, job_id: int) -> JobView:
        lifecycle.recover(self.shop.workspace.database)
        runner.run(self.shop.workspace, job_id, flows=(toy.QUANTITIES,))
        return self.shop.job(job_id)

    def run(self, job_id: int, steps: int = 200) -> JobView:
        for _ in range(steps):
            job = self.step(job_id)
            if JobState(job.state).is_final:
                return job
            if job.waiting_until is not None:
                self.forward(max(clock.seconds_until(job.waiting_until), 0.0) + 0.01)
        raise AssertionError(f"it does not end: {job}")

    def forward(self, seconds: float) -> None:
        """Let time pass on both sides."""
        self.offset += seconds
        clock.install(f"{self.offset},1", self.shop.workspace.settings.home)
        self.shop.sandbox.clock.advance(seconds)

    def write(self, **wanted: int) -> JobView:
        return self.run(self.ask(**wanted))

    def calls(self, operation: str) -> int:
        """Calls that Amazon did not refuse by its quota: a thread that is late makes the next ones come too close."""
        counted = self.shop.sandbox.ledger.counts()["amazon"].get(operation, {})
        return int(counted.get("calls", 0)) - int(counted.get("refused", 0))

    def shown(self, sku: str) -> int | None:
        """What Amazon has of a SKU."""
        amazon = self.shop.sandbox.amazon
        place = next(one for one in amazon.accounts[0].marketplaces if one.country == "DE")
        found = amazon.listings.listing(amazon.accounts[0], sku, place)
        return found.quantity if found else None

    def open(self) -> list[OutboxIntent]:
        with self.shop.workspace.database.read() as session:
            return [
                one for one in session.exec(select(OutboxIntent)).all() if one.state not in ("verified", "rejected")
            ]

    def log(self, job_id: int) -> str:
        with self.shop.workspace.database.read() as session:
            return "\n".join(session.exec(select(JobEvent.text).where(JobEvent.job_id == job_id)).all())
