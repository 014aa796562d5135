"""A shop whose seller lists what the store has, and what went out."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from core.actor import LOCAL_ADMIN, Actor
from core.channels import registry
from core.flows import runner
from core.jobs import lifecycle
from core.jobs.requests import request
from core.jobs.views import JobView
from core.model.channel import Channel
from core.model.job import Job
from core.products import actions as products
from core.products.declaration import FLOW as PRODUCTS
from core.stock import actions as stock
from core.stock.declaration import COMPARE, FLOW, SYNC
from core.stock.sender import OfferSender
from core.submissions.message import Message
from core.submissions.sender import Submitted
from core.sync.flow import Flow, Writes
from sandbox.store.create_order import place_order
from sandbox.store.model import StoreProduct
from sandbox.world.listing import Listing, build_listing
from sandbox.world.marketplaces import DE
from tests.flows.kit import CommandLine, Shop

FAST = "0,20"
SENT: list[tuple[str, Message]] = []
"""What went out, in order, by the name of its channel."""


class Recorded(OfferSender):
    """The sender of the program; what Amazon took is remembered here."""

    def accepted(self, session: Session, taken: Sequence[Submitted]) -> None:
        SENT.extend((self.seller_of(intent.channel_id)[0].name, message) for intent, message, _ in taken)


STAND_IN = Flow(
    name=FLOW.name,
    jobs=FLOW.jobs,
    streams=FLOW.streams,
    writes=(Writes("seller", Recorded.kinds, Recorded),),
    codes=FLOW.codes,
    fixes=FLOW.fixes,
)


class Stock(Shop):
    """A shop whose prices and stock go to Amazon."""

    def run(self, job_id: int) -> JobView:
        """Run a job in this process; it is resumed as often as it waits."""
        for _ in range(400):
            lifecycle.recover(self.workspace.database)
            state = runner.run(self.workspace, job_id, flows=(STAND_IN, PRODUCTS))
            if state is not None and state.is_final:
                return self.job(job_id)
            signal.sigtimedwait([], 0.02)
        raise AssertionError(f"job {job_id} does not end: {self.job(job_id)}")

    def sync(self) -> JobView:
        """As a person does: everything is read."""
        return self.run(stock.sync(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id)

    def poll(self, actor: Actor = LOCAL_ADMIN) -> JobView:
        """What changed is read and sent."""
        with self.workspace.database.read() as session:
            channel = session.exec(select(Channel).where(col(Channel.name) == self.channel)).one()
        return self.run(request(self.workspace.database, actor, SYNC, channel, {}, direct=True).job_id)

    def read_list(self) -> JobView:
        """Amazon's report of all listings is read into the mirror."""
        asked = products.import_products(self.workspace, LOCAL_ADMIN, self.channel, preview=True, direct=True)
        return self.run(asked.job_id)

    def comparisons(self) -> list[int]:
        """Jobs that compare all that Amazon has."""
        with self.workspace.database.read() as session:
            return [job for job in session.exec(select(Job.id).where(col(Job.kind) == COMPARE.name)) if job]

    def confirm(self) -> None:
        stock.confirm_counts(self.workspace, LOCAL_ADMIN, self.channel)

    def set(self, **settings: Any) -> None:
        registry.edit(self.workspace, LOCAL_ADMIN, {"name": self.channel, "settings": settings})

    def by_command(self, *words: str) -> Any:
        """What a command says of the same home."""
        return CommandLine(self.workspace.settings.home, self.sandbox).json(*words)

    def sync_by_command(self) -> tuple[int, Any]:
        """As a person does it, in a process of its own; the exit code and what it says."""
        clocks = {"CROSSDOCK_TEST_CLOCK": FAST, "CROSSDOCK_SETTLE_SECONDS": "25"}
        line = CommandLine(self.workspace.settings.home, self.sandbox, **clocks)
        done = line.run("products", "sync", "--channel", self.channel, "--direct", "--json")
        return done.returncode, json.loads(done.stdout)

    def codes(self, job: JobView) -> dict[str, str]:
        return {subject.removeprefix("sku "): code for subject, code in self.problems(job).items()}

    def product(self, sku: str) -> StoreProduct:
        (found,) = (one for one in self.sandbox.store.products.values() if one.product_code == sku)
        return found

    def edit(self, sku: str, **values: Any) -> None:
        """Change a product as people do: it counts as edited."""
        product = self.product(sku)
        for name, value in values.items():
            setattr(product, name, value)
        product.updated_timestamp = self.sandbox.store.now()

    def sell(self, sku: str, pieces: int) -> None:
        """Sell in the store; the product does not count as edited."""
        number = self.product(sku).product_id
        body = {
            "user_id": 0,
            "payment_id": 2,
            "shipping_id": 1,
            "products": {"1": {"product_id": number, "amount": pieces}},
            "user_data": {"email": "a@b.example", "s_country": "DE", "b_country": "DE"},
        }
        place_order(self.sandbox.store, body, 1)

    def at_amazon(self, sku: str) -> tuple[Decimal, int]:
        """Price and quantity that Amazon shows."""
        account = self.sandbox.amazon.accounts[0]
        listing = self.sandbox.amazon.listings.listing(account, sku, DE)
        assert listing is not None
        return listing.price, listing.quantity

    def listed(self) -> list[Listing]:
        """What the seller lists of the store's products, but for what Amazon ships, and families."""
        every = (build_listing(product, DE) for product in self.sandbox.world.products)
        return [one for one in every if one.by_merchant and one.family is None]
