"""A shop whose products go to Amazon, and what a test does with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.cscart import product_writes
from core.fields import mapping as fields
from core.fields.plan.sources import constant
from core.jobs.views import JobView, item_details
from core.listings import actions as exports
from core.listings.exact import ExactView
from core.listings.preview import preview_export
from core.model.job import JobItem
from core.model.listing import Listing
from core.model.listing_export import ListingExport
from core.model.store import Store
from core.products import actions as products
from core.stock import actions as stock
from core.subjects import Subject
from sandbox import sandbox as served
from sandbox.world.category import CATEGORIES, node_of
from sandbox.world.identifier import checked
from sandbox.world.marketplaces import DE
from tests.contract.witness import Witness
from tests.flows.kit import shop
from tests.flows.patient import PatientShop
from tests.sandbox.listing_kit import Seller

WRITES = frozenset(("putListingsItem", "patchListingsItem"))
CALLS = (*WRITES, "deleteListingsItem", "searchListingsItems", "getListingsItem")


def ean(number: int) -> str:
    """One that no item of the world has."""
    return checked(f"29{number:010d}")


@dataclass
class Exports(PatientShop):
    """A shop whose new products go to Amazon."""

    witness: Witness = field(default_factory=Witness)

    def export(self, **options: Any) -> JobView:
        return self.run(
            exports.export_products(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options).job_id
        )

    def preview(self, **wanted: Any) -> list[ExactView]:
        return preview_export(self.workspace, LOCAL_ADMIN, self.channel, **wanted)

    def details(self, job: JobView) -> list[Any]:
        return item_details(self.workspace.database, LOCAL_ADMIN, job.id)

    def close(self, *skus: str) -> JobView:
        return self.run(exports.close_listings(self.workspace, LOCAL_ADMIN, self.channel, skus, direct=True).job_id)

    def sync(self) -> JobView:
        return self.run(stock.sync(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id)

    def follow(self) -> JobView:
        return self.run(exports.follow_listings(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id)

    def product(self, sku: str, number: int, **changes: Any) -> int:
        """A product of the store that is complete for Amazon."""
        body = {
            "product": f"Kettle {number}",
            "product_code": sku,
            "price": "19.90",
            "amount": "7",
            "status": "A",
            "category_ids": [10],
            "company_id": 1,
            "full_description": f"<p>Boils.</p><ul><li>Fast {number}</li></ul>",
            "ean": ean(number),
            **changes,
        }
        return product_writes.create(self.shop_client(), body)

    def change(self, number: int, **changes: Any) -> None:
        product_writes.update(self.shop_client(), number, changes)

    def shop_client(self) -> Any:
        with self.workspace.database.read() as session:
            store = session.exec(select(Store)).one()
        return self.workspace.store_client(store)

    def results(self, job: JobView) -> dict[str, tuple[str, str]]:
        with self.workspace.database.read() as session:
            items = session.exec(select(JobItem).where(col(JobItem.job_id) == job.id)).all()
        return {Subject.parse(item.subject).id: (item.result, item.code or item.message) for item in items}

    def row(self, sku: str) -> ListingExport:
        with self.workspace.database.read() as session:
            return session.exec(select(ListingExport).where(col(ListingExport.sku) == sku)).one()

    def listing(self, sku: str) -> Listing:
        with self.workspace.database.read() as session:
            return session.exec(select(Listing).where(col(Listing.sku) == sku)).one()

    def state(self, sku: str) -> str:
        (view,) = products.list_listings(self.workspace, LOCAL_ADMIN, self.channel, sku=sku)
        return view.state

    def told(self) -> dict[str, int]:
        return {name: count for name in CALLS if (count := self.calls("amazon", name))}


@contextmanager
def exporting(home: Path) -> Iterator[Exports]:
    """A shop that serves all tests of a file; all that goes to Amazon is seen."""
    witness, build = Witness(), served.create_amazon_app
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(served, "create_amazon_app", lambda *parts: witness.wrap(build(*parts)))
        with shop(home, quota_scale=0, orders=1, other_orders=0, products=5, listings=0) as it:
            it.sandbox.set_pace({"queue": 0, "work": 0})
            yield Exports(it.sandbox, it.workspace, it.channel, witness)
    vault.close_vault()
    clock.install(None, home)


def map_kettles(it: Exports) -> None:
    """Let what `product` makes be complete: its category is mapped, and so is what it does not say itself."""
    it.run(categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
    kind = CATEGORIES[10].product_type
    categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, 10, node_of(DE, 10).node_id, kind)
    for name, told in (("brand", "Sandbrand"), ("country_of_origin", "DE")):
        fields.set_field(it.workspace, LOCAL_ADMIN, name, constant(told), channel=it.channel, product_type=kind)


def linked(it: Exports, place: int = 0) -> tuple[str, int]:
    """The SKU of a listing that was there before, with the product that has it as its code; its category is mapped."""
    sku = it.sandbox.world.products[place].sku
    (product,) = (one for one in it.sandbox.store.products.values() if one.product_code == sku)
    category = product.category_ids[0]
    kind = Seller(it.sandbox).item(sku)["summaries"][0]["productType"]
    node = node_of(DE, category).node_id
    categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, category, node, kind)
    return sku, product.product_id
