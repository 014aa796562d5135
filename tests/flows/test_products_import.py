"""The whole import of products over HTTP, from the seller's report to what stands in the store, judged by the sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.views import JobView
from core.model.job import JobState
from core.products import actions as products
from sandbox.product_audit import ProductAudit
from sandbox.world.content import images
from sandbox.world.listing import Listing, build_listing
from sandbox.world.marketplaces import DE
from sandbox.world.product import build_unknown
from tests.flows.kit import Shop, shop

UNKNOWN, KNOWN = 30, 10
FAST = "0,20"


def new() -> list[Listing]:
    """What the seller lists and the store does not have, without parents of variations."""
    return [one for one in (build_listing(product, DE) for product in build_unknown(1, UNKNOWN)) if not one.is_parent]


def expected(listings: list[Listing]) -> dict[str, dict[str, Any]]:
    """What each of them has to be in the store, told from the sandbox's own world.

    The store keeps all members of a family in the categories of the one that it shows for all.
    """
    families: dict[str, list[Listing]] = {}
    for one in sorted(listings, key=lambda one: one.sku):
        families.setdefault(one.family.parent if one.family else one.sku, []).append(one)
    asked = {}
    for one in listings:
        members = families[one.family.parent if one.family else one.sku]
        asked[one.sku] = {
            "name": one.title,
            "price": one.price,
            "amount": one.quantity if one.by_merchant else 0,
            "status": "A" if one.active else "D",
            "category_ids": [members[0].category_id],
            "images": images(one),
            "features": {name.capitalize(): [value] for name, value in (one.family.values if one.family else ())},
        }
        if len(members) > 1:
            asked[one.sku]["family"] = [member.sku for member in members]
    return asked


class Imports(Shop):
    """A shop whose seller lists products that the store does not have."""

    def import_products(self, **options: Any) -> JobView:
        asked = products.import_products(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options)
        return self.run(asked.job_id)

    def run(self, job_id: int) -> JobView:
        """Run a job in this process; it is resumed as often as it waits."""
        for _ in range(400):
            lifecycle.recover(self.workspace.database)
            state = runner.run(self.workspace, job_id)
            if state is not None and state.is_final:
                return self.job(job_id)
            signal.sigtimedwait([], 0.02)
        raise AssertionError(f"it does not end: {self.job(job_id)}")

    def map_categories(self) -> None:
        self.run(categories.refresh_categories(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id)
        for one in self.sandbox.credentials()["categories"]:
            told = (one["cscart"], one["amazon"], one["product_type"])
            categories.map_category(self.workspace, LOCAL_ADMIN, self.channel, *told)

    def judged(self) -> ProductAudit:
        return self.sandbox.audit_products(expected(new()))

    def writes(self) -> int:
        """Calls that changed something in the store."""
        counts = self.sandbox.ledger.counts().get("store", {})
        return sum(it["calls"] for name, it in counts.items() if not name.startswith(("get", "list")))


@pytest.fixture
def it(home: Path, tmp_path: Path) -> Iterator[Imports]:
    world = {"orders": 1, "other_orders": 0, "products": KNOWN, "listings": UNKNOWN, "quota_scale": 0}
    settings = {"test_clock": FAST, "settle_seconds": 25.0}
    with shop(home, settings=settings, **world) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        made = Imports(found.sandbox, found.workspace, found.channel)
        made.map_categories()
        made.sandbox.ledger.clear()
        yield made
    vault.close_vault()
    clock.install(None, home)


def test_every_listing_stands_in_the_store_once_and_the_second_run_writes_nothing(it: Imports) -> None:
    job = it.import_products()
    audit = it.judged()
    assert audit.ok and audit.right == len(new()), audit
    print(job.counts, it.sandbox.ledger.counts())
    it.sandbox.ledger.clear()
    job = it.import_products()
    print(job.counts, it.sandbox.ledger.counts())
    assert it.writes() == 0
