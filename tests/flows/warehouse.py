"""A shop that ships: the orders are in the store, and both sides' clocks run fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import views
from core.jobs.views import JobView
from core.model.channel import Channel
from core.model.job import JobItem
from core.settings import Settings
from core.shipments import actions as shipments
from core.shipments.list import ShipmentView
from core.workspace import Workspace
from sandbox.sandbox import Sandbox
from sandbox.store.model import StoreOrder
from sandbox.world.order import WorldOrder
from sandbox.world.package import Package
from tests.flows.kit import Shop, connected
from tests.unit.builders import DE, FR, in_threads

CARRIERS = {"dhl": "DHL", "ups": "UPS", "fedex": "FedEx"}
SPEED = 60
SETTLE = 60.0
"""Seconds of the program's time that these tests give Amazon to show a parcel: one second of ours."""


class Warehouse(Shop):
    """A shop with what people do in its warehouse, and what Amazon hears of it."""

    used: set[str]
    marketplace: str = DE
    seller: Sandbox
    """Whose Amazon hears of the parcels."""

    def open_orders(self, count: int = 1, *, units: int = 1, lines: int = 1) -> list[str]:
        """Amazon ids of orders that nobody has touched: to be shipped, with so many lines and units at the least."""
        found = [order.order_id for order in self.sandbox.world.orders if self._is_open(order, units, lines)][:count]
        assert len(found) == count, "the world has too few orders like that"
        self.used.update(found)
        return found

    def _is_open(self, order: WorldOrder, units: int, lines: int) -> bool:
        draft = order.draft
        return (
            order.order_id not in self.used
            and order.marketplace_id == self.marketplace
            and self.store_status(order.order_id) == "P"
            and (draft.status, draft.fulfilled_by) == ("UNSHIPPED", "MERCHANT")
            and not any("cancellation" in item for item in order.document["orderItems"])
            and len(draft.lines) >= lines
            and sum(line.quantity for line in draft.lines) >= units
        )

    def ship(self, orders: Sequence[str], **wishes: Any) -> list[int]:
        """People ship orders in the store; the numbers of their shipments."""
        return [int(row["shipment_id"]) for row in self.sandbox.ship({"orders": orders, **wishes})]

    def ask_push(self, **options: Any) -> int:
        """Ask for a push that somebody else runs."""
        return shipments.push_shipments(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options).job_id

    def ask_push_of_worker(self) -> int:
        """Ask for a push that a worker runs."""
        return shipments.push_shipments(self.workspace, LOCAL_ADMIN, self.channel).job_id

    def push(self, **options: Any) -> JobView:
        """Run a push in this process to its end."""
        job_id = self.ask_push(**options)
        runner.run_here(self.workspace, job_id)
        return self.job(job_id)

    def parcels(self) -> dict[int, ShipmentView]:
        """What `shipments list` tells, by number."""
        return {view.shipment_id: view for view in shipments.list_shipments(self.workspace, LOCAL_ADMIN, self.channel)}

    def codes(self, job: JobView) -> dict[str, str]:
        """Subject → code of every held or failed item."""
        found = views.item_problems(self.workspace.database, LOCAL_ADMIN, job.id)
        return {item.subject: item.code for item in found}

    def packages(self, order_id: str) -> dict[str, Package]:
        """What Amazon has of an order, by reference."""
        order = self.seller.world.order(order_id)
        return {package.reference: package for package in self.seller.amazon.confirmations.packages(order)}

    def items(self, job_id: int) -> list[JobItem]:
        """What became of the items of a job."""
        with self.workspace.database.read() as session:
            return list(session.exec(select(JobItem).where(col(JobItem.job_id) == job_id)).all())

    def store_status(self, order_id: str) -> str:
        """The status of an order in the store; empty when it has none of this number."""
        return next((one.status for one in self._store_orders(order_id)), "")

    def set_store_status(self, order_id: str, letter: str) -> None:
        """Somebody changes the status of an order in the store."""
        for order in self._store_orders(order_id):
            order.status, order.updated_at = letter, self.sandbox.store.now()

    def _store_orders(self, order_id: str) -> list[StoreOrder]:
        return self.sandbox.store.orders_with("email", order_id.lower())

    def confirmed(self) -> int:
        """Confirmations that Amazon was sent."""
        return self.calls("amazon", "confirmShipment")

    def map_carriers(self, **more: str) -> None:
        """Say what the store's carriers are called at Amazon."""
        settings = {"carriers": CARRIERS | more}
        registry.edit(self.workspace, LOCAL_ADMIN, {"name": self.channel, "settings": settings})

    def is_right(self, orders: Sequence[str]) -> bool:
        """Whether Amazon knows every parcel of these orders once, with its items, carrier and number."""
        audit = self.sandbox.audit_shipments()
        return not {order for kind in (audit.missing, audit.doubled, audit.wrong, audit.stray) for order, _ in kind} & {
            *orders
        }


@contextmanager
def warehouse(
    home: Path, *, speed: int = SPEED, database_url: str = "", company_id: int | None = None, **world: Any
) -> Iterator[Warehouse]:
    """A small world whose orders are in the store, with carriers mapped; Amazon shows confirmations at once."""
    size = {"orders": 40, "other_orders": 0, "products": 20, "quota_scale": 0}
    settings = SETTINGS | {"test_clock": f"0,{speed}"} | ({"database_url": database_url} if database_url else {})
    with Sandbox(**(size | world)) as sandbox:
        with connected(home, sandbox, company_id=company_id, **settings) as it:
            offset = (clock.now() - sandbox.clock.now()).total_seconds()
            sandbox.clock.set(offset=sandbox.clock.offset + offset, speed=speed)
            sandbox.set_confirmation_delay(0)
            _as_warehouse(it).map_carriers()
            it.import_orders()
        with reopened(home, sandbox, set(), settings) as again:
            yield again


@contextmanager
def reopened(
    home: Path, sandbox: Sandbox, used: set[str], settings: Mapping[str, Any] | None = None
) -> Iterator[Warehouse]:
    """The same home once more, in the process of another test."""
    remotes = {"spapi_url": sandbox.amazon_url, "lwa_url": sandbox.lwa_url}
    workspace = Workspace(Settings(home=home, **remotes, **(settings or SETTINGS)))
    try:
        it = _as_warehouse(Shop(sandbox, workspace, "de"))
        it.used = used
        yield it
    finally:
        workspace.close()


SETTINGS: dict[str, Any] = {"test_clock": f"0,{SPEED}", "settle_seconds": SETTLE, "store_timeout": 5.0}


def _as_warehouse(it: Shop) -> Warehouse:
    made = Warehouse(it.sandbox, it.workspace, it.channel)
    made.used, made.seller = set(), it.sandbox
    return made


def second_channel(it: Warehouse, store_id: int, company_id: int, sandbox: Sandbox) -> Warehouse:
    """A channel for another marketplace of the same seller, with its orders imported into a store of `sandbox`."""
    with it.workspace.database.write() as session:
        first = session.exec(select(Channel).where(col(Channel.name) == it.channel)).one()
        values = first.model_dump(exclude={"id", "name", "marketplace_id", "company_id", "store_id"})
        place = {"name": "fr", "marketplace_id": FR, "company_id": company_id, "store_id": store_id}
        session.add(Channel(**values, **place))
    made = Warehouse(sandbox, it.workspace, "fr")
    made.used, made.seller, made.marketplace = set(), it.sandbox, FR
    for product in sandbox.store.products.values():
        product.company_id = company_id
    made.import_orders()
    return made


def run_side_by_side(it: Warehouse, job_ids: Sequence[int]) -> None:
    """Two workers take up the jobs as workers do, until all have ended."""

    def work() -> None:
        while not all(it.job(job_id).state.is_final for job_id in job_ids):
            for job_id in job_ids:
                runner.run(it.workspace, job_id)
            clock.sleep(clock.from_real(0.05))

    with in_threads(work, work):
        pass
