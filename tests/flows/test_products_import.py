"""The whole import of products over HTTP, from the seller's report to the store, judged by the sandbox."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.errors import UsageError
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.views import JobView
from core.model.job import JobState
from core.model.listing import Listing as Mirrored
from core.products import actions as products
from core.products import undo
from sandbox.product_audit import ProductAudit
from sandbox.store.model import StoreProduct
from sandbox.world.listing import Listing, build_listing
from sandbox.world.marketplaces import DE
from sandbox.world.product import build_unknown
from tests.flows.kit import Shop, shop
from tests.flows.line import Line

UNKNOWN, KNOWN = 30, 10
FAST = "0,20"


def new() -> list[Listing]:
    """What the seller lists and the store does not have, without parents of variations."""
    return [one for one in (build_listing(product, DE) for product in build_unknown(1, UNKNOWN)) if not one.is_parent]


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

    def worker(self, job_id: int) -> subprocess.Popen[bytes]:
        """Run a job in a process of its own, which may be killed."""
        code = (
            "import sys; from time import sleep; from core.flows import runner\n"
            "from core.settings import Settings; from core.workspace import opened\n"
            "with opened(Settings.model_validate_json(sys.argv[1])) as it:\n"
            f"    while not (state := runner.run(it, {job_id})) or not state.is_final: sleep(0.05)"
        )
        return subprocess.Popen([sys.executable, "-c", code, self.workspace.settings.model_dump_json()])

    def product(self, sku: str) -> StoreProduct:
        (found,) = (one for one in self.sandbox.store.products.values() if one.product_code == sku)
        return found

    def features(self, sku: str) -> dict[str, list[str]]:
        """Feature → what the store's product has of it, by name."""
        product = self.product(sku)
        known = [(self.sandbox.store.features[number], value) for number, value in product.features.items()]
        return {one.description: [one.variants[number] for number in map(int, value)] for one, value in known}

    def dirty(self) -> list[Mirrored]:
        """Listings that the next import plans."""
        with self.workspace.database.read() as session:
            return list(session.exec(select(Mirrored).where(col(Mirrored.dirty))).all())

    def judged(self) -> ProductAudit:
        return self.sandbox.audit_catalogue()

    def called(self, remote: str) -> int:
        """Calls to Amazon, or to the store."""
        return sum(it["calls"] for it in self.sandbox.ledger.counts().get(remote, {}).values())

    def writes(self) -> int:
        """Calls that changed something in the store."""
        counts = self.sandbox.ledger.counts().get("store", {})
        return sum(it["calls"] for name, it in counts.items() if not name.startswith(("get", "list")))


@pytest.fixture
def it(home: Path, tmp_path: Path) -> Iterator[Imports]:
    world = {"orders": 1, "other_orders": 0, "products": KNOWN, "listings": UNKNOWN, "quota_scale": 0}
    settings = {"test_clock": FAST, "settle_seconds": 25.0, "store_timeout": 1.0}
    with shop(home, settings=settings, **world) as found:
        found.sandbox.set_pace({"queue": 0, "work": 0})
        made = Imports(found.sandbox, found.workspace, found.channel)
        made.map_categories()
        made.sandbox.ledger.clear()
        yield made
    vault.close_vault()
    clock.install(None, home)


def test_an_import_stands_in_the_store_once_writes_nothing_again_and_is_undone(it: Imports) -> None:
    job = it.import_products()
    audit = it.judged()
    assert audit.ok and audit.right == len(new()) + KNOWN, audit
    assert (job.state, job.counts["created"], job.counts["updated"]) == (JobState.SUCCEEDED, 27, KNOWN + 3)
    assert it.calls("store", "createProduct") == len(new()) and it.calls("amazon", "createReport") == 1
    assert it.calls("amazon", "searchListingsItems") == it.calls("amazon", "searchCatalogItems") == 2

    it.sandbox.ledger.clear()
    again = it.import_products()
    assert again.counts["seen"] == it.writes() == 0
    assert it.calls("amazon", "searchListingsItems") == it.calls("amazon", "searchCatalogItems") == 0

    loners = [one.sku for one in new() if one.family is None]
    edited, sold = (it.product(sku) for sku in loners[:2])
    edited.product, edited.updated_timestamp, sold.amount = "Mine", edited.updated_timestamp + 9, sold.amount - 1
    asked = undo.undo_import(it.workspace, LOCAL_ADMIN, job.id, direct=True)
    undone = it.run(asked.job_id)
    left = {one.product_code for one in it.sandbox.store.products.values()}
    assert left == {one.sku for one in it.sandbox.world.products} | set(loners[:2])
    codes = {one.subject: one.code for one in views.item_problems(it.workspace.database, LOCAL_ADMIN, undone.id)}
    assert codes == {f"sku {sku}": "product_touched" for sku in loners[:2]}
    it.sandbox.ledger.clear()
    it.import_products()
    assert it.writes() == 0, "what was undone comes again by itself"
    with pytest.raises(UsageError):
        undo.undo_import(it.workspace, LOCAL_ADMIN, undone.id)


def test_after_calls_without_an_answer_nothing_is_lost_or_doubled(it: Imports) -> None:
    for operation in ("createProduct", "updateProduct", "createFeature", "createVariationGroup"):
        it.fault("store", operation, "timeout_after", times=1, seconds=1.2)
    it.import_products()
    assert it.judged().ok, it.judged()


def test_an_import_puts_what_a_listing_says_where_people_want_it(it: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(it.sandbox, monkeypatch)
    of_import = ("--channel", it.channel, "--import")
    line.json("fields", "set", "brand", "--store", line.documents["store"]["name"], "--import", "--feature", "Maker")
    it.import_products()
    one = next(one for one in new() if one.family is None)
    assert it.features(one.sku).keys() == {"Maker", "Country of origin"}

    line.json("fields", "set", "brand", *of_import, "--product-type", one.product_type, "--feature", "Marke")
    assert {listing.product_type for listing in it.dirty()} == {one.product_type}
    line.json("fields", "set", "bullet_point", *of_import, "--field", "promo_text")
    line.json("fields", "set", "generic_keyword", *of_import, "--skip")
    assert len(it.dirty()) == len(new()) + KNOWN
    it.sandbox.ledger.clear()
    job = it.import_products()
    assert "<li>Reason 1 to buy it</li>" in it.product(one.sku).other["promo_text"]
    has, maker = it.features(one.sku), it.features(it.sandbox.world.products[0].sku)
    assert has.keys() == {"Maker", "Marke", "Country of origin"} and has["Marke"] == has["Maker"]
    assert "Maker" in maker and job.counts["updated"] == len(new()) + KNOWN and it.judged().ok
    assert it.calls("amazon", "searchListingsItems") == 0, "what is planned again is not read again"

    told = it.sandbox.credentials()["categories"][0]
    again = (it.channel, told["cscart"], told["amazon"], told["product_type"])
    categories.map_category(it.workspace, LOCAL_ADMIN, *again)
    line.json("fields", "set", "bullet_point", *of_import, "--field", "promo_text")
    assert it.dirty() == [], "what was said before changes nothing"
    categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, told["cscart"])
    assert {listing.product_type for listing in it.dirty()} == {told["product_type"]}
    categories.map_category(it.workspace, LOCAL_ADMIN, *again)
    it.sandbox.ledger.clear()
    it.import_products()
    assert it.writes() == 0 and it.dirty() == []


def test_texts_are_changed_in_the_language_of_the_marketplace_and_where_there_are_none(it: Imports) -> None:
    it.import_products()
    one = next(one for one in new() if one.family is None)
    product = it.product(one.sku)
    assert product.product == product.translations["de"]["product"] == one.title
    product.product, product.full_description = "Kettle", ""
    product.translations["de"]["full_description"] = ""
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": {"product_fields": {"name": "always"}}})
    group = next(group for group in it.sandbox.store.groups.values() if len(group.product_ids) > 1)
    head, child = (it.sandbox.store.products[number] for number in group.product_ids[:2])
    child.product, own = "Own name", child.translations["de"]["product"]
    for sku, title in ((one.sku, "Neuer Kessel"), (head.product_code, "Neuer Titel")):
        it.sandbox.change_listing({"sku": sku, "title": title})
    it.sandbox.ledger.clear()
    assert it.import_products(skus=[one.sku, head.product_code]).state is JobState.SUCCEEDED
    assert (product.product, product.translations["de"]["product"]) == ("Kettle", "Neuer Kessel")
    assert product.full_description == product.translations["de"]["full_description"] != ""
    assert (head.product, head.translations["de"]["product"]) != ("Neuer Titel", "Neuer Titel")
    assert head.translations["de"]["product"] == "Neuer Titel"
    assert (child.product, child.translations["de"]["product"]) == ("Own name", own)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_an_import_that_is_killed_ten_times_goes_on_where_it_stood(it: Imports, seed: int) -> None:
    """While it reads (what Amazon is called), plans, makes products, pictures and families, and reads back."""
    dice = random.Random(seed)
    points = [("amazon", call) for call in sorted(dice.sample(range(1, 7), 2))]
    points += [("store", dice.randrange(first, first + 18)) for first in range(1, 144, 18)]
    job_id, killed = products.import_products(it.workspace, LOCAL_ADMIN, it.channel).job_id, 0
    it.sandbox.ledger.clear()
    for remote, call in points:
        lifecycle.recover(it.workspace.database)
        worker = it.worker(job_id)
        while worker.poll() is None and it.called(remote) < call:
            signal.sigtimedwait([], 0.002)
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1
        worker.wait(10)
    assert killed == len(points), "it ended before it was killed"
    assert it.run(job_id).state is JobState.SUCCEEDED
    assert it.judged().ok, it.judged()
    it.sandbox.ledger.clear()
    it.import_products()
    assert it.writes() == 0
