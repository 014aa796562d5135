"""Categories end to end over HTTP: Amazon's tree and the store's come whole or not at all, and people map them.

One world serves all tests of this file.
"""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from sqlmodel import col, delete, func, select

from core import clock, schedules, stores, vault
from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.categories import exchange, flow
from core.categories.actions import CategoriesView
from core.categories.report import REPORT
from core.errors import Rejected, UsageError
from core.flows import again, runner
from core.jobs import views
from core.jobs.views import JobView, events_after, job_document
from core.keyring import open_keys
from core.model.category import BrowseNode, BrowseTree, CategoryMapping, StoreCategory
from core.model.cursor import Cursor
from core.model.job import JobState
from core.model.quota import Quota
from core.model.store import StoreLookup
from sandbox.amazon.processing import Result
from sandbox.store.model import StoreFeature
from sandbox.world.category import CATEGORIES, browse_tree
from sandbox.world.marketplaces import DE
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop, shop
from tests.flows.patient import PatientShop

OWN = len(browse_tree(DE))
LAMPS = next(node for node in browse_tree(DE) if "HOME_LIGHTING_AND_LAMPS" in node.types).node_id
KITCHEN = next(node for node in browse_tree(DE) if "KITCHEN" in node.types).node_id


class Categories(PatientShop):
    """A shop whose categories are read and mapped."""

    def refresh(self, **options: bool) -> JobView:
        asked = categories.refresh_categories(self.workspace, LOCAL_ADMIN, self.channel, direct=True, **options)
        return self.run(asked.job_id)

    def ask(self) -> int:
        return categories.refresh_categories(self.workspace, LOCAL_ADMIN, self.channel, direct=True).job_id

    def list(self, **wanted: object) -> CategoriesView:
        return categories.list_categories(self.workspace, LOCAL_ADMIN, self.channel, **wanted)  # type: ignore[arg-type]

    def map(self, category_id: int, amazon: str, kind: str, **options: bool) -> None:
        categories.map_category(self.workspace, LOCAL_ADMIN, self.channel, category_id, amazon, kind, **options)

    def log(self, job_id: int) -> list[str]:
        return [event.text for event in events_after(self.workspace.database, LOCAL_ADMIN, job_id)]

    def mirrored(self, kind: str) -> list[StoreLookup]:
        with self.workspace.database.read() as session:
            query = select(StoreLookup).where(col(StoreLookup.kind) == kind).order_by(StoreLookup.key)
            return list(session.exec(query).all())

    def trees(self) -> int:
        with self.workspace.database.read() as session:
            return session.exec(select(func.count()).select_from(BrowseTree)).one()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("categories") / "home"
    with shop(home, orders=3, other_orders=0, products=30) as it:
        yield it
    vault.close_vault()
    clock.install(None, home)


@pytest.fixture
def it(served: Shop, monkeypatch: pytest.MonkeyPatch) -> Categories:
    database, sandbox = served.workspace.database, served.sandbox
    monkeypatch.setenv("CROSSDOCK_HOME", str(served.workspace.settings.home))
    open_keys(served.workspace.settings, database)
    clock.install(None, served.workspace.settings.home)
    with database.write() as session:
        for model in (Cursor, Quota, CategoryMapping, BrowseNode, BrowseTree, StoreCategory):
            session.exec(delete(model))
    sandbox.clock.set(offset=0)
    sandbox.faults.clear()
    sandbox.ledger.clear()
    sandbox.forget_work()
    sandbox.set_browse_nodes(0)
    return Categories(sandbox, served.workspace, served.channel)


def test_a_refresh_reads_both_sides_with_few_calls(it: Categories) -> None:
    job = it.refresh()
    assert job.state is JobState.SUCCEEDED, job.message
    assert job.counts["seen"] == OWN
    assert job_document(it.workspace.database, LOCAL_ADMIN, job)["counts"]["seen"] == OWN
    assert job.calls == {"createReport": 1, "getReport": 3, "getReportDocument": 1}
    assert it.calls("store", "listCategories") == 1
    found = it.list()
    assert found.nodes == OWN and found.refreshed is not None and found.mappings == []
    paths = {one.path for one in found.categories if one.node == LAMPS}
    assert paths == {
        "Küche, Haushalt & Wohnen > Beleuchtung",
        "Gewerbe, Industrie & Wissenschaft > Beleuchtung",
    }
    (kitchen,) = (one for one in found.categories if one.node == KITCHEN)
    assert (kitchen.path, kitchen.product_types, kitchen.leaf) == (
        "Küche, Haushalt & Wohnen > Küche, Kochen & Backen",
        ["KITCHEN"],
        True,
    )


def test_features_and_languages_of_the_store_are_mirrored_with_a_call_each(it: Categories) -> None:
    features = it.sandbox.store.features
    features[1] = StoreFeature(1, "Colour", "S", categories_path="10,11", variants={8: "Red", 9: "Blue"})
    features[2] = StoreFeature(2, "Gone", "T")
    it.refresh()
    del features[2]
    it.sandbox.ledger.clear()
    it.refresh()
    assert (it.calls("store", "listFeatures"), it.calls("store", "listLanguages")) == (1, 1)
    (colour,) = it.mirrored("feature")
    assert (colour.key, colour.name, colour.active) == ("1", "Colour", True)
    assert colour.data == {
        "type": "S",
        "purpose": "find_products",
        "company_id": 0,
        "category_ids": [10, 11],
        "variants": 2,
    }
    stores.verify(it.workspace, LOCAL_ADMIN, "demo")  # reads the small entities, and leaves these alone
    assert [row.key for row in it.mirrored("language")] == ["de", "en"] and it.mirrored("feature")
    features.clear()


def test_the_second_refresh_within_minutes_asks_for_no_report_and_takes_the_place_of_the_first(it: Categories) -> None:
    it.refresh()
    it.forward(60)
    job = it.refresh()
    assert job.calls == {"getReportDocument": 1}
    assert (it.trees(), it.list().nodes) == (1, OWN)


def test_a_large_tree_has_orphans_and_second_paths(it: Categories) -> None:
    it.sandbox.set_browse_nodes(3_000)
    assert it.refresh().counts["seen"] == it.list().nodes == 3_000
    below = it.list(search="department 1, parts & supplies > group 2 >")
    assert 500 < len(below.categories) < 600
    assert all(one.path.startswith("Department 1, Parts & Supplies > Group 2 > ") for one in below.categories)


@pytest.mark.parametrize("outcome", ["FATAL", "CANCELLED"])
def test_a_report_that_is_not_made_leaves_the_tree(it: Categories, outcome: str) -> None:
    it.refresh()
    it.forward(3600)
    it.sandbox.set_pace({"outcomes": {REPORT: outcome}})
    job = it.refresh()
    assert (job.state, job.exit_code) == (JobState.FAILED, 4)
    assert REPORT in job.message and "in half an hour" in job.message
    assert (it.trees(), it.list().nodes) == (1, OWN)


@pytest.mark.parametrize("fault", ["drop", "bad_checksum"])
def test_a_broken_download_is_tried_again(it: Categories, fault: str) -> None:
    it.refresh()
    it.forward(3600)
    it.sandbox.set_browse_nodes(2_000)
    it.fault("amazon", "document", fault)
    job = it.refresh()
    assert job.state is JobState.SUCCEEDED
    assert it.list().nodes == 2_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Result><Node><browseNodeId>1</browseNodeId>", "it ends too early"),
        ("<Result></Result>", "has no categories"),
        ("<Result><Node><browseNodeId>1</browseNodeId></Node></Result>", "do not fit together"),
        ('<!DOCTYPE r [<!ENTITY a "aaaa">]><Result>&a;</Result>', "declares entities"),
    ],
    ids=["truncated", "empty", "malformed node", "entities"],
)
def test_a_report_that_is_no_tree_leaves_the_tree(
    it: Categories, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    it.refresh()
    it.forward(3600)
    monkeypatch.setattr("sandbox.amazon.reports._made", lambda *_: Result("DONE", (text,), "text/xml"))
    job = it.refresh()
    assert (job.state, job.exit_code) == (JobState.FAILED, 4)
    assert reason in job.message
    assert (it.trees(), it.list().nodes) == (1, OWN)


def test_a_cancelled_refresh_leaves_the_tree(it: Categories, monkeypatch: pytest.MonkeyPatch) -> None:
    it.refresh()
    it.forward(3600)
    it.sandbox.set_browse_nodes(2_000)
    monkeypatch.setattr("core.jobs.context.FLUSH_EVERY", 0.0)
    job_id = it.ask()

    def cancelling(*arguments: object) -> object:
        again.cancel(it.workspace.database, LOCAL_ADMIN, job_id)
        return fill(*arguments)  # type: ignore[arg-type]

    fill = flow._fill
    monkeypatch.setattr(flow, "_fill", cancelling)
    job = it.run(job_id)
    assert job.state is JobState.CANCELLED
    assert (it.trees(), it.list().nodes) == (1, OWN)


def test_a_killed_refresh_goes_on_with_its_report(it: Categories, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies while it fills the tree; whoever goes on asks for nothing twice, and leaves one tree."""
    it.refresh()
    it.forward(3600)
    it.sandbox.set_browse_nodes(5_000)
    job_id = it.ask()
    runner.run(it.workspace, job_id)
    it.forward(60)
    code = (
        "from core.flows import runner; from core.settings import Settings; from core.workspace import opened\n"
        f"with opened(Settings()) as it: runner.run(it, {job_id})"
    )
    told = {"CROSSDOCK_SPAPI_URL": it.sandbox.amazon_url, "CROSSDOCK_LWA_URL": it.sandbox.lwa_url}
    told |= {"CROSSDOCK_TEST_CLOCK": f"{it.offset},1", "CROSSDOCK_HOME": str(it.workspace.settings.home)}
    worker = subprocess.Popen([sys.executable, "-c", code], env=told | {"PATH": ""})
    deadline = time.monotonic() + 60
    while it.trees() < 2 and time.monotonic() < deadline:
        signal.sigtimedwait([], 0.02)
    worker.kill()
    worker.wait()
    assert it.list().nodes == OWN
    asked = it.calls("amazon", "createReport")
    job = it.run(job_id)
    assert job.state is JobState.SUCCEEDED, job.message
    assert it.calls("amazon", "createReport") == asked == 2
    assert (it.trees(), it.list().nodes) == (1, 5_000)


def test_a_queued_refresh_joins_one_that_waits(it: Categories) -> None:
    first = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel)
    second = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel)
    assert (first.here, second.joined, second.job_id) == (False, True, first.job_id)
    assert it.run(first.job_id).state is JobState.SUCCEEDED


def test_a_store_that_cannot_be_read_keeps_amazons_tree(it: Categories, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise Rejected("It may not read categories.", subject="store demo", status=403)

    monkeypatch.setattr(flow, "pull_store_categories", refused)
    job = it.refresh()
    assert job.state is JobState.FAILED
    assert it.list().nodes == OWN
    assert job.counts["seen"] == OWN


def test_categories_can_be_refreshed_by_a_schedule(it: Categories) -> None:
    schedules.set_interval(it.workspace, LOCAL_ADMIN, it.channel, 10_080, "categories")
    try:
        found = {one.stream: one.every_minutes for one in schedules.list_schedules(it.workspace.database, LOCAL_ADMIN)}
        assert found["categories"] == 10_080
        it.forward(8 * 86_400)
        start_due(it.workspace, Dispatcher(it.workspace.settings))
        job = views.list_jobs(it.workspace.database, LOCAL_ADMIN, limit=1)[0]
        assert (job.kind, it.run(job.id).state) == ("categories.refresh", JobState.SUCCEEDED)
    finally:
        schedules.set_interval(it.workspace, LOCAL_ADMIN, it.channel, 0, "categories")


# -- mapping ---------------------------------------------------------------------------------------------------------


def test_mapped_by_id_and_by_path_the_first_is_exported_to(it: Categories) -> None:
    it.refresh()
    it.map(11, LAMPS, "home_lighting_and_lamps")
    it.map(11, "küche, haushalt & wohnen>Küche, Kochen & Backen", "KITCHEN")
    lamps, kitchen = it.list().mappings
    assert (lamps.cscart, lamps.cscart_path, lamps.amazon) == (11, "Home > Lamps & Clocks", LAMPS)
    assert (lamps.product_type, lamps.export_default, lamps.fault) == ("HOME_LIGHTING_AND_LAMPS", True, "")
    assert (kitchen.amazon, kitchen.export_default) == (KITCHEN, False)
    assert lamps.products == int(it.sandbox.store.categories[11]["product_count"]) > 0
    it.map(11, KITCHEN, "KITCHEN", default=True)
    assert [one.amazon for one in it.list().mappings if one.export_default] == [KITCHEN]
    categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, 11, KITCHEN)
    assert [(one.amazon, one.export_default) for one in it.list().mappings] == [(LAMPS, True)]
    categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, 11)
    assert it.list().mappings == []


def test_a_subtree_maps_what_has_nothing_of_its_own(it: Categories) -> None:
    it.refresh()
    it.map(11, LAMPS, "HOME_LIGHTING_AND_LAMPS")
    it.map(2, KITCHEN, "KITCHEN", subtree=True)
    found = {one.cscart: (one.amazon, one.subtree) for one in it.list().mappings}
    assert found == {2: (KITCHEN, True), 10: (KITCHEN, False), 12: (KITCHEN, False), 11: (LAMPS, False)}
    gone = categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, 2, subtree=True)
    assert {one.cscart for one in gone} == {2, 10, 11, 12}


def test_what_is_unmapped_begins_with_the_most_products(it: Categories) -> None:
    it.refresh()
    it.map(11, LAMPS, "HOME_LIGHTING_AND_LAMPS")
    found = it.list(only_unmapped=True)
    assert 11 not in {one.cscart for one in found.mappings}
    assert len(found.mappings) == len(CATEGORIES) - 1
    products = [one.products for one in found.mappings]
    assert products == sorted(products, reverse=True) and products[0] > 0
    assert LAMPS not in {one.node for one in found.categories}


@pytest.mark.parametrize(
    ("category", "amazon", "kind", "says"),
    [
        (11, "404", "KITCHEN", "no category '404'"),
        (11, LAMPS, "HOME_LIGHTNING", "no product type 'HOME_LIGHTNING'"),
        (999, LAMPS, "KITCHEN", "no such category"),
    ],
    ids=["an unknown node", "an unknown product type", "an unknown category"],
)
def test_what_cannot_be_mapped_is_named(it: Categories, category: int, amazon: str, kind: str, says: str) -> None:
    it.refresh()
    with pytest.raises(UsageError, match=says) as caught:
        it.map(category, amazon, kind)
    assert caught.value.next_step
    assert it.list().mappings == []


def test_a_category_made_in_the_store_meanwhile_is_found(it: Categories) -> None:
    it.refresh()
    row = dict(it.sandbox.store.categories[11])
    it.sandbox.store.categories[90] = {**row, "category_id": "90", "category": "New"}
    try:
        it.map(90, LAMPS, "HOME_LIGHTING_AND_LAMPS")
        assert it.list().mappings[0].cscart_path == "Home > New"
    finally:
        del it.sandbox.store.categories[90]


def test_a_mapped_node_that_amazon_drops_is_told(it: Categories, monkeypatch: pytest.MonkeyPatch) -> None:
    it.refresh()
    it.map(11, LAMPS, "HOME_LIGHTING_AND_LAMPS")
    it.forward(3600)
    text = "<Result><Node><browseNodeId>1</browseNodeId><browsePathById>1</browsePathById></Node></Result>"
    monkeypatch.setattr("sandbox.amazon.reports._made", lambda *_: Result("DONE", (text,), "text/xml"))
    job = it.refresh()
    assert "1 mapped categories are not in Amazon's tree any more." in it.log(job.id)
    assert "any more" in it.list().mappings[0].fault
    exported = exchange.export_sheet(it.workspace, LOCAL_ADMIN, it.channel)
    assert exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, exported.encode()).unchanged == 1


def test_suggestions_come_by_name_and_change_nothing(it: Categories) -> None:
    it.sandbox.store.categories[12]["category"] = "Bettwaren und Kissen"
    try:
        it.refresh()
        found = categories.suggestions(it.workspace, LOCAL_ADMIN, it.channel, [12, 13])
    finally:
        it.sandbox.store.categories[12]["category"] = CATEGORIES[12].name
    assert (found[12][0].path, found[12][0].product_type) == ("Küche, Haushalt & Wohnen > Bettwaren", "PILLOW")
    assert it.list().mappings == []


# -- CSV -------------------------------------------------------------------------------------------------------------


def test_the_csv_comes_back_as_it_went_out(it: Categories) -> None:
    it.refresh()
    it.map(2, KITCHEN, "KITCHEN", subtree=True)
    it.map(11, LAMPS, "HOME", default=True)
    before = it.list().mappings
    text = exchange.export_sheet(it.workspace, LOCAL_ADMIN, it.channel)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(before) + len(CATEGORIES) - len({one.cscart for one in before})
    same = exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, text.encode())
    assert (same.count, same.unchanged) == (0, len(before))
    categories.unmap_category(it.workspace, LOCAL_ADMIN, it.channel, 2, subtree=True)
    file = io.StringIO()
    csv.writer(file, delimiter=";").writerows(csv.reader(io.StringIO(text)))
    excel = "\ufeff" + file.getvalue()
    seen = exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, excel.encode(), preview=True)
    assert len(seen.added) == len(before) and it.list().mappings == []
    exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, excel.encode())
    assert it.list().mappings == before


def test_a_csv_with_faults_changes_nothing_and_names_each(it: Categories) -> None:
    it.refresh()
    it.map(11, LAMPS, "HOME")
    before = it.list().mappings
    lines = [
        "\ufeffcscart;amazon;product_type",
        f"10;{KITCHEN};KITCHEN",
        "999;1;KITCHEN",
        f"11;{KITCHEN};NOPE",
        "12;x;KITCHEN",
    ]
    with pytest.raises(UsageError) as caught:
        exchange.import_sheet(it.workspace, LOCAL_ADMIN, it.channel, "\r\n".join(lines).encode())
    for said in (
        "line 3: the store has no category 999",
        "line 4: Amazon has no product type 'NOPE'",
        "line 5: Amazon",
    ):
        assert said in caught.value.what
    assert it.list().mappings == before
