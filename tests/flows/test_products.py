"""Listings become products, up to the outbox, over HTTP: one report, batches of what changed, each listing once.

One world serves all tests of this file; they build on each other's mirror as imports do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, delete, select, update

from core import clock, schedules, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.channels import registry
from core.errors import UsageError
from core.flows import FLOWS
from core.jobs import views
from core.jobs.views import JobView, events_after
from core.model.job import JobItem, JobState
from core.model.listing import Listing
from core.model.outbox import OutboxIntent
from core.model.problem import Problem
from core.products import FAMILY_KIND, NAME, WRITE_KIND
from core.products import actions as products
from core.products.wanted import WantedFamily, WantedProduct
from core.subjects import Subject
from sandbox.world.category import CATEGORIES, node_of
from sandbox.world.listing import build_listing
from sandbox.world.marketplaces import DE
from sandbox.world.product import build_unknown
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import shop
from tests.flows.line import Line
from tests.flows.patient import PatientShop

UNKNOWN, KNOWN = 60, 40
PLANNING = tuple(replace(flow, writes=()) if flow.name == NAME else flow for flow in FLOWS)
"""Products have no sender here, so all that was planned stays in the outbox."""
CALLS = ("createReport", "getReportDocument", "searchListingsItems", "searchCatalogItems", "getListingsItem")


class Products(PatientShop):
    """A shop whose seller lists products that the store does not have."""

    flows = PLANNING

    def import_products(self, **options: Any) -> JobView:
        asked = products.import_products(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options)
        return self.run(asked.job_id)

    def results(self, job: JobView) -> dict[str, tuple[str, str]]:
        """SKU → what became of it, and its code or message."""
        with self.workspace.database.read() as session:
            items = session.exec(select(JobItem).where(col(JobItem.job_id) == job.id)).all()
        return {Subject.parse(item.subject).id: (item.result, item.code or item.message) for item in items}

    def intents(self, kind: str = WRITE_KIND) -> dict[str, OutboxIntent]:
        with self.workspace.database.read() as session:
            rows = session.exec(select(OutboxIntent).where(col(OutboxIntent.kind) == kind)).all()
        assert len({row.subject for row in rows}) == len(rows), "something is planned twice"
        return {Subject.parse(row.subject).id: row for row in rows}

    def wanted(self) -> dict[str, WantedProduct]:
        return {sku: WantedProduct.from_json(row.content or {}) for sku, row in self.intents().items()}

    def listing(self, sku: str) -> Listing:
        with self.workspace.database.read() as session:
            return session.exec(select(Listing).where(col(Listing.sku) == sku)).one()

    def states(self) -> dict[str, tuple[Any, ...]]:
        views = products.list_listings(self.workspace, LOCAL_ADMIN, self.channel)
        return {one.sku: (one.state, one.asin, one.price, one.fulfilment) for one in views}

    def problems_of(self, subject: str) -> list[str]:
        with self.workspace.database.read() as session:
            query = select(Problem).where(col(Problem.subject) == subject, col(Problem.resolved_at).is_(None))
            return [problem.code for problem in session.exec(query)]

    def log(self, job: JobView) -> str:
        return "\n".join(event.text for event in events_after(self.workspace.database, LOCAL_ADMIN, job.id))

    def change(self, sku: str, **changes: Any) -> None:
        self.sandbox.change_listing({"sku": sku, **changes})

    def form(self, **changes: Any) -> None:
        """Let a new report come otherwise."""
        self.sandbox.set_report_form(changes)
        self.forward(2 * 3600)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Products]:
    home = tmp_path_factory.mktemp("products") / "home"
    with shop(home, quota_scale=0, orders=1, other_orders=0, products=KNOWN, listings=UNKNOWN) as it:
        it.sandbox.set_pace({"queue": 0, "work": 0})
        yield Products(it.sandbox, it.workspace, it.channel)
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Products, monkeypatch: pytest.MonkeyPatch) -> Iterator[Products]:
    served.resume(monkeypatch)
    yield served


def listed() -> list[Any]:
    return [build_listing(product, DE) for product in build_unknown(1, UNKNOWN)]


def test_before_categories_are_mapped_new_listings_are_held_and_known_ones_linked(it: Products) -> None:
    job = it.import_products()
    found = it.results(job)
    parents = {one.sku for one in listed() if one.is_parent}
    held = {sku for sku, (result, code) in found.items() if (result, code) == ("held", "category_unmapped")}
    assert held == {one.sku for one in listed()} - parents
    wanted = it.wanted()
    assert {one.sku: one.product_id for one in wanted.values()} == {
        product.sku: product.product_id for product in it.sandbox.world.products
    }
    filled = next(iter(wanted.values()))
    assert filled.description and filled.images and filled.features
    assert (filled.name, filled.price, filled.amount, filled.status, filled.category_ids) == (None,) * 5
    calls = {name: it.calls("amazon", name) for name in CALLS}
    commas = sum("," in one.sku for one in [*listed(), *it.sandbox.world.products])
    assert commas and calls["getListingsItem"] == commas
    assert (calls["createReport"], calls["getReportDocument"]) == (1, 1)
    assert calls["searchListingsItems"] == calls["searchCatalogItems"] == (UNKNOWN + KNOWN) // 20
    assert "100 listings: 100 new" in it.log(job)


def test_a_preview_writes_nothing_and_says_what_it_would_do(it: Products) -> None:
    it.run(categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True).job_id)
    for category in CATEGORIES.values():
        if category.product_type:
            node = node_of(DE, category.category_id).node_id
            categories.map_category(
                it.workspace, LOCAL_ADMIN, it.channel, category.category_id, node, category.product_type
            )
    before = it.intents()
    job = it.import_products(preview=True)
    told = Counter(text for _, text in it.results(job).values())
    assert told["would be created"] == sum(not one.is_parent for one in listed())
    assert it.intents().keys() == before.keys()
    assert job.counts["held"] == job.counts["failed"] == 0


def test_new_listings_are_planned_whole_each_once(it: Products) -> None:
    it.import_products()
    wanted, new = it.wanted(), [one for one in listed() if not one.is_parent]
    created = {sku: one for sku, one in wanted.items() if one.product_id is None}
    assert created.keys() == {one.sku for one in new}
    for one in new:
        product = created[one.sku]
        assert product.name == one.title and product.category_ids == (one.category_id,)
        assert product.price == one.price and product.amount == (one.quantity if one.by_merchant else 0)
        assert product.status == ("A" if one.active else "D")
        assert product.images and all(link.startswith("https://") for link in product.images)
        assert product.weight and product.length and product.description and "<ul>" in product.description
        varies = {feature.name: feature.values for feature in product.features if feature.varies}
        values = dict(one.family.values) if one.family else {}
        assert varies == {name.capitalize(): (value,) for name, value in values.items()}
    assert it.intents()[new[0].sku].locks == [f"sku {new[0].sku}"]
    families = {sku: WantedFamily.from_json(row.content or {}) for sku, row in it.intents(FAMILY_KIND).items()}
    expected: dict[str, list[str]] = {}
    for one in new:
        if one.family:
            expected.setdefault(one.family.parent, []).append(one.sku)
    assert {sku: list(family.skus) for sku, family in families.items()} == {
        sku: sorted(members) for sku, members in expected.items() if len(members) > 1
    }
    assert all(family.features == ("Color", "Size") for family in families.values())
    assert any(len(members) == 1 for members in expected.values())


def test_a_second_run_asks_for_nothing_but_the_report(it: Products) -> None:
    it.forward(2 * 3600)
    before = {sku: row.id for sku, row in it.intents().items()}
    it.import_products()
    calls = {name: it.calls("amazon", name) for name in CALLS}
    assert calls == {**dict.fromkeys(CALLS, 0), "createReport": 1, "getReportDocument": 1}
    assert {sku: row.id for sku, row in it.intents().items()} == before


def test_only_what_changed_is_read_and_prices_cost_no_call(it: Products) -> None:
    first, second = [one for one in listed() if not one.is_parent and one.family is None][:2]
    it.change(first.sku, title="Quite another name")
    it.change(second.sku, price="77.77")
    it.forward(2 * 3600)
    it.import_products()
    assert it.calls("amazon", "searchListingsItems") == it.calls("amazon", "searchCatalogItems") == 1
    assert it.listing(first.sku).title == "Quite another name"
    assert it.listing(second.sku).price_minor == 7777
    assert it.wanted()[second.sku].price == Decimal("77.77")


@pytest.mark.parametrize(
    "form",
    [
        {"language": "de", "charset": "UTF-8", "deprecated": True},
        {"language": "ja", "charset": "windows-31j", "nul": True},
        {"language": "zh", "charset": ""},
    ],
)
def test_other_languages_and_bytes_tell_the_same(it: Products, form: dict[str, Any]) -> None:
    it.form(**form)
    states = it.states()
    it.import_products()
    now = it.states()
    it.form(language="en", charset="UTF-8", deprecated=False, nul=False)
    assert now == states


@pytest.mark.parametrize("form", [{"header": "a\tb\tc"}, {"rows": False}])
def test_a_report_that_is_not_usable_changes_nothing(it: Products, form: dict[str, Any]) -> None:
    before = products.list_listings(it.workspace, LOCAL_ADMIN, "de")
    it.form(**form)
    job = it.import_products()
    it.form(header="", rows=True)
    assert (job.state is JobState.FAILED) == ("header" in form)
    assert products.list_listings(it.workspace, LOCAL_ADMIN, "de") == before


def test_a_cut_report_tells_its_last_row_and_closes_nothing(it: Products) -> None:
    it.form(cut=30)
    job = it.import_products()
    assert it.results(job)["de"] == ("held", "rows_unreadable")
    assert it.problems_of("channel de") == ["rows_unreadable"]
    assert all(one.state != "closed" for one in products.list_listings(it.workspace, LOCAL_ADMIN, "de"))
    it.form(cut=0)
    it.import_products()
    assert it.problems_of("channel de") == []


def test_what_is_gone_is_closed_and_comes_back(it: Products) -> None:
    one = next(one for one in listed() if not one.is_parent)
    it.change(one.sku, gone=True)
    it.forward(2 * 3600)
    it.import_products()
    assert it.listing(one.sku).closed_at is not None
    it.change(one.sku, gone=False)
    it.forward(2 * 3600)
    it.import_products()
    assert it.listing(one.sku).closed_at is None


def test_a_few_are_read_without_a_report_and_unknown_ones_are_held(it: Products) -> None:
    comma = next(one.sku for one in listed() if "," in one.sku)
    job = it.import_products(skus=[comma, "NOBODY'S"])
    assert it.results(job)["NOBODY'S"] == ("held", "listing_unknown")
    assert comma in it.results(job)
    calls = {name: it.calls("amazon", name) for name in CALLS}
    assert calls == {**dict.fromkeys(CALLS, 0), "searchListingsItems": 1, "getListingsItem": 1, "searchCatalogItems": 1}
    with pytest.raises(UsageError):
        it.import_products(skus=["x" * 41])


def test_data_sets_that_did_not_come_are_fetched_singly(it: Products) -> None:
    skus = [one.sku for one in listed() if one.family and not one.is_parent][:2]
    before = [it.listing(sku) for sku in skus]
    it.sandbox.amazon.withheld = frozenset({"relationships", "attributes"})
    it.import_products(skus=skus)
    it.sandbox.amazon.withheld = frozenset()
    assert it.calls("amazon", "getListingsItem") == 2
    assert [(row.parent_sku, row.content_hash) for row in map(it.listing, skus)] == [
        (row.parent_sku, row.content_hash) for row in before
    ]


def test_a_child_that_moves_changes_both_families(it: Products) -> None:
    children = [one for one in listed() if one.family and not one.is_parent]
    child = children[0]
    other = next(one.family.parent for one in children if one.family.parent != child.family.parent)
    it.change(child.sku, parent=other)
    with it.workspace.database.write() as session:
        session.exec(delete(OutboxIntent).where(col(OutboxIntent.kind) == FAMILY_KIND))
    it.import_products(skus=[child.sku, other, child.family.parent])
    families = {sku: WantedFamily.from_json(row.content or {}).skus for sku, row in it.intents(FAMILY_KIND).items()}
    assert child.sku in families[other] and child.sku not in families.get(child.family.parent, ())


def test_another_product_type_than_the_mapped_one_is_named(it: Products) -> None:
    one = next(one for one in listed() if not one.is_parent and one.product_type != "PILLOW")
    it.change(one.sku, product_type="PILLOW")
    job = it.import_products(skus=[one.sku])
    assert it.results(job)[one.sku] == ("held", "product_type_mismatch")
    items = views.item_problems(it.workspace.database, LOCAL_ADMIN, job.id)
    (message,) = (item.message for item in items if item.subject == f"sku {one.sku}")
    assert "PILLOW" in message and one.product_type in message


def running(it: Products) -> list[schedules.ScheduleView]:
    """What runs by itself, but for the deletion of personal data."""
    found = schedules.list_schedules(it.workspace.database, LOCAL_ADMIN)
    return [one for one in found if one.next_run and one.stream != "purge"]


def test_listings_are_imported_by_a_schedule(it: Products) -> None:
    schedules.set_interval(it.workspace, LOCAL_ADMIN, it.channel, 360, "products")
    try:
        (view,) = running(it)
        assert (view.stream, view.every_minutes) == ("products", 360)
        it.forward(7 * 3600)
        start_due(it.workspace, Dispatcher(it.workspace.settings))
        job = views.list_jobs(it.workspace.database, LOCAL_ADMIN, limit=1)[0]
        assert job.kind == "products.import" and it.run(job.id).state is not JobState.FAILED
        off = {"name": it.channel, "settings": {"pull_products": False}}
        registry.edit(it.workspace, LOCAL_ADMIN, off)
        assert not running(it)
    finally:
        schedules.set_interval(it.workspace, LOCAL_ADMIN, it.channel, 0, "products")


def test_a_master_switch_that_is_off_stops_schedules_and_says_so(it: Products, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(it.sandbox, monkeypatch)
    of_products = ("--channel", it.channel, "--stream", "products")
    set_by_hand = {"sync_products": False, "pull_products": True, "auto_pull_products_minutes": 60}
    registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": set_by_hand})
    it.forward(2 * 3600)
    assert start_due(it.workspace, Dispatcher(it.workspace.settings)) == []
    (view,) = line.json("schedule", "list", *of_products)["schedules"]
    assert (view["next_run"], view["off_by"]) == (None, "sync_products")
    assert "sync_products is off" in line.run("schedule", "list", *of_products).stdout
    job = it.import_products(skus=[it.sandbox.world.products[0].sku], preview=True)
    assert job.state is JobState.SUCCEEDED and "the setting sync_products is off" in it.log(job)
    (view,) = line.json("schedule", "set", *of_products, "--every", "60")["schedules"]
    assert view["next_run"] and not view["off_by"]
    assert registry.get(it.workspace, LOCAL_ADMIN, it.channel).settings["sync_products"]
    line.json("schedule", "set", *of_products, "--every", "0")


def test_lists_tell_what_was_read(it: Products) -> None:
    views = products.list_listings(it.workspace, LOCAL_ADMIN, it.channel)
    assert len(views) >= UNKNOWN + KNOWN
    known = next(one for one in it.sandbox.world.products)
    (one,) = products.list_listings(it.workspace, LOCAL_ADMIN, it.channel, sku=known.sku)
    assert (one.product_id, one.asin, one.currency) == (known.product_id, known.asin, "EUR")
    assert one.state in ("buyable", "issues") and one.fulfilment in ("MERCHANT", "AMAZON")
    troubled = products.list_listings(it.workspace, LOCAL_ADMIN, it.channel, state="issues")
    assert troubled and all(one.issues[0].code == "90220" for one in troubled)
    found = products.list_products(it.workspace, LOCAL_ADMIN, it.channel, search=known.sku)
    assert [(view.product_id, view.listing and view.listing.asin) for view in found] == [(known.product_id, known.asin)]


def test_an_interrupted_import_goes_on_where_it_stood(it: Products) -> None:
    with it.workspace.database.write() as session:
        session.exec(update(Listing).values(read_hash=""))
    it.fault("amazon", "searchCatalogItems", "error_500", times=3, after=2)
    before = it.states()
    it.import_products()
    it.sandbox.faults.clear()
    with it.workspace.database.read() as session:
        unread = col(Listing.read_hash) != col(Listing.row_hash)
        assert session.exec(select(Listing.sku).where(unread, col(Listing.closed_at).is_(None))).all() == []
    assert it.calls("amazon", "searchListingsItems") == (UNKNOWN + KNOWN) // 20 + 1
    assert it.states() == before
