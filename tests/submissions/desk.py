"""Runs jobs of the toy wing against a sandbox; time stands still but for what they wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.requests import request
from core.jobs.views import ItemProblem, JobView
from core.model.outbox import OutboxIntent
from core.submissions.message import Message
from tests.submissions.toy import TOYS, WRITE, ToySender, units
from tests.sync.reading import Reader


@dataclass
class Desk(Reader):
    """A shop, and what the toy wing wants of its listings."""

    waits: list[str] = field(default_factory=list)

    def skus(self, count: int) -> list[str]:
        """Listings that the seller ships itself."""
        amazon = self.shop.sandbox.amazon
        found = []
        for product in self.shop.sandbox.world.products:
            listing = amazon.listings.listing(amazon.accounts[0], product.sku, amazon.accounts[0].marketplaces[0])
            if listing is not None and listing.by_merchant:
                found.append(product.sku)
        assert len(found) >= count
        return found[:count]

    def want(self, *wanted: Message) -> list[str]:
        ToySender.wanted.update({one.sku: one for one in wanted})
        return [one.sku for one in wanted]

    def want_units(self, count: int, quantity: int = 11) -> list[str]:
        return self.want(*(units(sku, quantity) for sku in self.skus(count)))

    def write(self, skus: list[str], urgent: tuple[str, ...] = ()) -> JobView:
        return self.run(self.post(skus, urgent))

    def post(self, skus: list[str], urgent: tuple[str, ...] = ()) -> int:
        row = registry.get(self.shop.workspace, LOCAL_ADMIN, self.shop.channel)
        asked = {"skus": skus, "urgent": list(urgent)}
        return request(self.shop.workspace.database, LOCAL_ADMIN, WRITE, row, asked).job_id

    def step(self, job_id: int) -> JobView:
        lifecycle.recover(self.shop.workspace.database)
        runner.run(self.shop.workspace, job_id, flows=(TOYS,))
        job = self.shop.job(job_id)
        self.waits.append(job.waiting_for)
        return job

    def shown(self, sku: str) -> int | None:
        """The units that Amazon has in the end."""
        amazon = self.shop.sandbox.amazon
        listing = amazon.listings.listing(amazon.accounts[0], sku, amazon.accounts[0].marketplaces[0])
        return listing.quantity if listing is not None else None

    def rows(self) -> list[OutboxIntent]:
        with self.shop.workspace.database.read() as session:
            return list(session.exec(select(OutboxIntent).order_by(col(OutboxIntent.id))))

    def states(self) -> dict[str, str]:
        return {row.subject.removeprefix("sku "): row.state for row in self.rows()}

    def told(self, job: JobView) -> list[ItemProblem]:
        return views.item_problems(self.shop.workspace.database, LOCAL_ADMIN, job.id)

    def submitted(self) -> list[tuple[str, str]]:
        """What Amazon was sent, by SKU and way."""
        amazon = self.shop.sandbox.amazon
        return [(one.sku, one.route) for one in amazon.journal.entries(amazon.accounts[0].seller_id)]

    def problems(self, job: JobView) -> dict[str, str]:
        found = self.shop.problems(job)
        return {subject.removeprefix("sku "): code for subject, code in found.items()}


def answers() -> list[tuple[str, Any]]:
    return [(sku, answer.route) for sku, answer in ToySender.taken_as]
