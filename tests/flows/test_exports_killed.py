"""kill -9 of the worker at any moment of an export: each product is listed once, by one feed, and nothing is lost.

The moments are those of Amazon's and the store's side: a call is held there, and the worker dies meanwhile.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.actor import LOCAL_ADMIN
from core.categories import actions as categories
from core.flows import runner
from core.jobs.views import JobView
from core.model.job import JobState
from tests.flows.kit import CommandLine, Shop, shop
from tests.flows.test_kills import kill, until, worker_of

SPEED = 30
SETTLE = 60.0
WRITES = ("putListingsItem", "patchListingsItem", "createFeed")
_BY_FEED = """
import sys
from core.submissions import route
route.FEW_SECONDS = 0.0
import huey_consumer
sys.exit(huey_consumer.main())
"""
"""A worker for which a feed pays for few changes as well."""


class Moment(NamedTuple):
    """When the worker dies: while a call is answered late, or not at all although it was carried out."""

    side: str
    operation: str
    kind: str = "slow"
    after: int = 0


READING = Moment("store", "listProducts", after=1)
DOCUMENT = Moment("amazon", "createFeedDocument")
UPLOAD = Moment("amazon", "document", "timeout_after")
BEFORE_FEED = Moment("amazon", "createFeed", "drop")
AT_FEED = Moment("amazon", "createFeed", "slow")
AFTER_FEED = Moment("amazon", "createFeed", "timeout_after")
ASKING = Moment("amazon", "getFeed")
ADDRESS = Moment("amazon", "getFeedDocument")
REPORT = Moment("amazon", "document")
MANY = pytest.mark.long
MANY_PRODUCTS = 600


@pytest.mark.parametrize(
    ("products", "moments"),
    [
        pytest.param(20, [UPLOAD, BEFORE_FEED, AFTER_FEED], id="around the feed"),
        pytest.param(400, [READING, DOCUMENT, UPLOAD, BEFORE_FEED], id="before the feed", marks=MANY),
        pytest.param(400, [AT_FEED, ASKING, ADDRESS, REPORT, REPORT], id="after the feed", marks=MANY),
        pytest.param(400, [AFTER_FEED, ADDRESS], id="without an answer", marks=MANY),
    ],
)
def test_a_worker_that_dies_while_it_exports_lists_each_product_once(
    home: Path, products: int, moments: list[Moment]
) -> None:
    dice = random.Random(products)
    with shop(home, **world(products)) as it:
        map_categories(it)
        job_id = export(it)
        with worker_of(ByFeed(it)) as workers:
            for moment in moments:
                died_at(it, moment, workers, dice)
            job = ended(it, job_id)
        assert job.state is JobState.SUCCEEDED, job
        feeds = it.sandbox.ledger.counts()["amazon"]["createFeed"]["calls"] - moments.count(BEFORE_FEED)
        assert feeds == 1
        is_exact(it, products)
        again(it)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_worker_that_dies_at_any_moment_of_an_export_lists_each_product_once(home: Path, seed: int) -> None:
    dice = random.Random(seed)
    with shop(home, **world(400)) as it:
        map_categories(it)
        it.fault("amazon", "*", "slow", times=-1, probability=0.3, seconds=0.3)
        it.fault("store", "*", "slow", times=-1, probability=0.3, seconds=0.2)
        job_id = export(it)
        line = ByFeed(it)
        with worker_of(line) as workers:
            for _ in range(6):
                time.sleep(dice.uniform(0.5, 3))
                if it.job(job_id).state.is_final:
                    break
                kill(workers, line)
            job = ended(it, job_id)
        assert len(workers) > 2, "the worker was too fast to be killed"
        assert job.state is JobState.SUCCEEDED, job
        is_exact(it, 400)
        it.sandbox.faults.clear()
        again(it)


@pytest.mark.long
def test_products_are_listed_once_whatever_becomes_of_their_feeds(home: Path) -> None:
    """One feed fails, one tells nothing, and the worker dies around the upload and in an unanswered createFeed."""
    with shop(home, **world(0)) as it:
        map_categories(it)
        for fault in ("fatal", "no_report"):
            it.sandbox.add_fresh(MANY_PRODUCTS, bad=0.05)
            it.fault("amazon", "feed", fault)
            job_id = export(it)
            with worker_of(ByFeed(it)) as workers:
                for moment in (UPLOAD, AFTER_FEED):
                    died_at(it, moment, workers, random.Random(MANY_PRODUCTS))
                job = ended(it, job_id)
            refused = [flaw for flaw in it.sandbox.flaws().values() if flaw != "wrong_material"]
            assert job.counts["held"] == len(refused), job
        audit = it.sandbox.audit_listings()
        assert audit.ok and audit.exact == audit.expected == 2 * MANY_PRODUCTS * 0.95, audit
        again(it, JobState.FINISHED_WITH_PROBLEMS)


def export(it: Shop) -> int:
    """Ask for an export as an operator does; the worker takes it."""
    return int(ByFeed(it).json("products", "export", "--channel", it.channel, "--all")["job"])


class ByFeed(CommandLine):
    """The workers of a shop."""

    def __init__(self, it: Shop) -> None:
        clocks = {"CROSSDOCK_SETTLE_SECONDS": str(SETTLE), "CROSSDOCK_TEST_CLOCK": f"0,{SPEED}"}
        where = {"CROSSDOCK_DATABASE_URL": it.workspace.settings.database_url}
        super().__init__(it.workspace.settings.home, it.sandbox, **clocks, **where)

    def start_worker(self, options: Any = ()) -> subprocess.Popen[bytes]:
        with (self.home / "processes.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-c", _BY_FEED], env=self.environment, stdout=log, stderr=log)


def world(products: int) -> dict[str, Any]:
    """Options of a shop with so many new products, whose clocks run fast."""
    settings = {"test_clock": f"0,{SPEED}", "settle_seconds": SETTLE}
    sizes = {"orders": 1, "other_orders": 0, "products": 5, "quota_scale": 0, "fresh": products, "speed": SPEED}
    return {"settings": settings, **sizes}


def map_categories(it: Shop) -> None:
    it.sandbox.set_pace({"queue": 0, "work": 0})
    it.sandbox.set_publishing({"show": 0.0, "buyable": 0.0})
    asked = categories.refresh_categories(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    runner.run_here(it.workspace, asked.job_id)
    for one in it.sandbox.credentials()["categories"]:
        where = (one["cscart"], one["amazon"], one["product_type"])
        categories.map_category(it.workspace, LOCAL_ADMIN, it.channel, *where)


def ended(it: Shop, job_id: int) -> JobView:
    """The job, once it has ended."""
    return until(lambda: it.job(job_id) if it.job(job_id).state.is_final else None, "the job ends")


def died_at(it: Shop, moment: Moment, workers: list[subprocess.Popen[bytes]], dice: random.Random) -> None:
    """Kill the worker while a call is under way, and start another."""
    it.fault(moment.side, moment.operation, moment.kind, after=moment.after, seconds=1.0)
    until(lambda: it.sandbox.faults.state()[-1]["struck"], f"{moment} comes")
    time.sleep(0 if moment.kind == "drop" else dice.uniform(0, 0.8))
    kill(workers, ByFeed(it))


def is_exact(it: Shop, products: int) -> None:
    audit = it.sandbox.audit_listings()
    assert audit.ok and audit.exact == audit.expected == products, audit
    assert audit.routes["feed"] == products and not audit.needless, audit.routes


def again(it: Shop, state: JobState = JobState.SUCCEEDED) -> None:
    """Nothing is left to be sent."""
    before = [it.calls("amazon", name) for name in WRITES]
    job = ByFeed(it).json("products", "export", "--channel", it.channel, "--all", "--direct")
    assert job["state"] == state, job
    assert [it.calls("amazon", name) for name in WRITES] == before
