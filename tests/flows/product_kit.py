"""Products that are to be in the store, posted by hand and delivered over HTTP to the sandbox's store."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from core.actor import LOCAL_ADMIN
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.context import JobContext
from core.jobs.kinds import JobKind
from core.jobs.requests import request
from core.jobs.views import JobView
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.store import StoreProduct
from core.products import FAMILY_KIND, REMOVE_KIND, WRITE_KIND, refusals
from core.products.deliver import ProductDelivery
from core.products.families import FamilyDelivery
from core.products.removal import RemovalDelivery, removal_of
from core.products.traces import traces
from core.products.wanted import WantedFamily, WantedFeature, WantedProduct
from core.subjects import Owner, Subject
from core.sync.channel_job import begin
from core.sync.flow import Flow, Writes
from core.sync.outbox import NewIntent, post
from core.workspace import Workspace
from sandbox.product_audit import ProductAudit
from sandbox.store.model import StoreProduct as Stocked
from tests.flows.kit import Shop


def run(workspace: Workspace, context: JobContext) -> None:
    """Deliver what was posted."""
    context.deliver(begin(workspace, context).channel, "store")


DELIVER = JobKind(
    name="products.deliver",
    title="Deliver products",
    run=run,
    subject="sku",
    plan_again=lambda session, job, items: None,
    retry_params=lambda items: {},
    covers=lambda job, asked: False,
)
FLOW = Flow(
    name="products",
    jobs=(DELIVER,),
    writes=(
        Writes("store", ProductDelivery.kinds, ProductDelivery.of),
        Writes("store", FamilyDelivery.kinds, FamilyDelivery.of),
        Writes("store", RemovalDelivery.kinds, RemovalDelivery.of),
    ),
    codes=refusals.CODES,
)


def wanted(sku: str, **changes: Any) -> WantedProduct:
    """A product that is to be made; all of its fields are set."""
    fields: dict[str, Any] = {
        "sku": sku,
        "company_id": 1,
        "name": f"Lamp {sku}",
        "description": f"<p>Shines &amp; glows: {sku}</p>",
        "price": Decimal("19.90"),
        "amount": 7,
        "status": "A",
        "category_ids": (11, 2),
        "weight": Decimal("0.5"),
        "length": Decimal("12.3"),
    }
    return WantedProduct(**fields | changes)


def coloured(sku: str, colour: str, **changes: Any) -> WantedProduct:
    """One that is of a family."""
    features = (WantedFeature("Colour", (colour,), varies=True), WantedFeature("Material", (f"Glass {colour}",)))
    return wanted(sku, features=features, **changes)


def pictures(sku: str, count: int) -> tuple[str, ...]:
    """Addresses of pictures."""
    return tuple(f"https://images.example/I/{sku}-{number}.jpg" for number in range(count))


class Products(Shop):
    """A shop to which products are delivered."""

    def undo(self, *skus: str) -> JobView:
        """Delete what was made of SKUs, as the undo of an import does."""
        intents = []
        with self.workspace.database.read() as session:
            channel = self.placed(session)
            remote = str(Owner.store(channel.store_id))
            known = traces(session, remote, stored_id(channel.id), skus)
        for sku in skus:
            row = self.mirrored(sku)
            removal = removal_of(row.product_id, row, known[sku])
            intents.append(NewIntent(Subject("sku", sku), REMOVE_KIND, removal.to_json()))
        return self.run(self.put_in(intents))

    def post(self, *things: WantedProduct | WantedFamily) -> int:
        """Put intents into the outbox, as an import does; returns the job that is to deliver them."""
        return self.put_in([_intent(thing) for thing in things])

    def put_in(self, intents: Sequence[NewIntent]) -> int:
        """The same of any intents."""
        database = self.workspace.database
        with database.read() as session:
            channel = self.placed(session)
        job_id = request(database, LOCAL_ADMIN, DELIVER, channel, {}).job_id
        with database.write() as session:
            begun = post(session, channel, job_id, Owner.store(channel.store_id), FLOW.name, intents)
        assert not begun
        return job_id

    def deliver(self, *things: WantedProduct | WantedFamily) -> JobView:
        """Post and run to the end."""
        return self.run(self.post(*things))

    def run(self, job_id: int) -> JobView:
        """Run a job in this process; it is resumed as often as it waits."""
        for _ in range(400):
            lifecycle.recover(self.workspace.database)
            state = runner.run(self.workspace, job_id, flows=(FLOW,))
            if state is not None and state.is_final:
                return self.job(job_id)
            signal.sigtimedwait([], 0.02)
        raise AssertionError(f"job {job_id} does not end: {self.job(job_id)}")

    def worker(self, job_id: int) -> subprocess.Popen[bytes]:
        """Run a job in a process of its own, which may be killed."""
        settings = self.workspace.settings
        code = (
            "from time import sleep\n"
            "from core.flows import runner; from core.settings import Settings; from core.workspace import opened\n"
            "from tests.flows.product_kit import FLOW\n"
            f"with opened(Settings(home={str(settings.home)!r}, test_clock={settings.test_clock!r}, "
            f"settle_seconds={settings.settle_seconds}, store_timeout={settings.store_timeout})) as it:\n"
            f"    while not (state := runner.run(it, {job_id}, flows=(FLOW,))) or not state.is_final: sleep(0.05)"
        )
        return subprocess.Popen([sys.executable, "-c", code])

    def placed(self, session: Session) -> Channel:
        return session.exec(select(Channel).where(col(Channel.name) == self.channel)).one()

    def codes(self, job: JobView) -> dict[str, str]:
        """SKU → code of every failed item."""
        items = views.item_problems(self.workspace.database, LOCAL_ADMIN, job.id)
        return {item.subject.removeprefix("sku "): item.code for item in items}

    def message(self, job: JobView, sku: str) -> str:
        """What is said of one failed item."""
        items = views.item_problems(self.workspace.database, LOCAL_ADMIN, job.id)
        return next(item.message for item in items if item.subject == f"sku {sku}")

    def stored(self, sku: str) -> list[Stocked]:
        """Products of the store with this code."""
        return [one for one in list(self.sandbox.store.products.values()) if one.product_code == sku]

    def one(self, sku: str) -> Stocked:
        (found,) = self.stored(sku)
        return found

    def mirrored(self, sku: str) -> StoreProduct:
        with self.workspace.database.read() as session:
            return session.exec(select(StoreProduct).where(col(StoreProduct.sku) == sku)).one()

    def judged(self, *things: WantedProduct, families: Sequence[WantedFamily] = ()) -> ProductAudit:
        """What the store made of them, as the sandbox sees it."""
        return self.sandbox.audit_products(
            {one.sku: _asked(one, next((two for two in families if one.sku in two.skus), None)) for one in things}
        )


def _intent(thing: WantedProduct | WantedFamily) -> NewIntent:
    if isinstance(thing, WantedFamily):
        return NewIntent(Subject("sku", thing.code), FAMILY_KIND, thing.to_json())
    return NewIntent(Subject("sku", thing.sku), WRITE_KIND, thing.to_json(), [f"sku {thing.sku}"])


def _asked(one: WantedProduct, family: WantedFamily | None) -> dict[str, Any]:
    keys = ("name", "description", "price", "amount", "status", "category_ids", "weight", "images")
    asked = {key: value for key, value in asdict(one).items() if key in keys and value is not None}
    asked["features"] = {feature.name: list(feature.values) for feature in one.features}
    return asked | ({"family": family.skus} if family and len(family.skus) > 1 else {})
