"""Imports of long ranges whose history the store gets: read whole while it is written, nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon import orders as api
from core.amazon.orders import OrderPage
from core.flows import runner
from core.jobs import views
from core.model.job import Job, JobState
from core.model.order import AmazonOrder
from core.orders import actions as orders
from core.orders import backfill, forecast, planning, whole
from core.orders.checkpoint import Backfill
from core.orders.plan import backfill as planner
from core.orders.reported import only_reported
from core.orders.whole import WholeReader
from core.quota import QuotaWait
from core.sync.planning import Decided
from sandbox.amazon.search import Query
from tests.flows.backfill_kit import (
    COUNT,
    DAYS,
    ENDED,
    WINDOWS,
    always_by_reports,
    backfilled,
    calls,
    fast_shop,
    in_store,
    leave_no_page,
    since,
    sold,
)
from tests.flows.kit import CommandLine, Shop
from tests.flows.test_kills import ended, kill, until, worker_of

KILLED_SPEED = 30
SETTLED = 300.0


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with fast_shop(home) as it:
        yield it


@pytest.fixture
def by_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    always_by_reports(monkeypatch)


def _singly(monkeypatch: pytest.MonkeyPatch, get: Callable[[WholeReader, str], None]) -> None:
    """Let no page be to spare, and no call of getOrder be saved up; the store gets 20 orders at a time."""
    monkeypatch.setattr(WholeReader, "_get", get)
    monkeypatch.setattr(WholeReader, "_search", lambda self: False)
    monkeypatch.setattr(WholeReader, "_is_call_saved", lambda self: False)
    monkeypatch.setattr(whole, "SLICE", 20)


@pytest.mark.usefixtures("by_reports")
def test_history_that_the_store_gets_moves_no_stock(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    job = backfilled(it, history="store")
    audit = it.audit()
    assert (audit.missing, audit.doubled, audit.wrong, audit.stock_wrong) == ([], [], [], [])
    shipped = {order_id for order_id, one in sold(it).items() if one.draft.status == "SHIPPED"}
    assert shipped - in_store(it).keys() <= it.problems(job).keys()
    assert job.calls["createReport"] == WINDOWS
    with it.workspace.database.read() as session:
        left = session.exec(select(AmazonOrder.status).where(only_reported())).all()
    # Amazon has no amounts of cancelled orders, and the channel does not import them.
    assert set(left) <= {"CANCELLED", "UNFULFILLABLE"}
    assert it.import_orders().counts["created"] == 0, "the stream finds nothing that the backfill has left"


@pytest.mark.usefixtures("by_reports")
def test_L4_an_order_that_no_search_shows_is_read_by_its_number(it: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    wanted = next(one for one in sold(it).values() if one.expected.outcome == "created")
    seen = Query.wants
    monkeypatch.setattr(Query, "wants", lambda self, order: order.order_id != wanted.order_id and seen(self, order))
    job = backfilled(it, history="store")
    assert job.calls["getOrder"] >= 1
    assert in_store(it)[wanted.order_id] == 1 and it.audit().missing == []


@pytest.mark.usefixtures("by_reports")
def test_T2_both_order_calls_share_the_work_and_none_reads_what_the_other_has(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    it.sandbox.add_history(180, DAYS, imported=True)
    search, asked = WholeReader._search, count()
    # A page now and then, as the quota has it, and of getOrder nothing is saved up.
    monkeypatch.setattr(WholeReader, "_search", lambda self: next(asked) % 40 == 39 and search(self))
    monkeypatch.setattr(WholeReader, "_is_call_saved", lambda self: False)
    job = backfilled(it, history="store")
    wanted = sum(one.expected.outcome == "created" for one in sold(it).values())
    assert it.audit().missing == [] and job.calls["searchOrders"] == 2
    assert 39 <= job.calls["getOrder"] <= wanted - 70


@pytest.mark.usefixtures("by_reports")
def test_what_was_read_reaches_the_store_while_more_is_read(it: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it.sandbox.add_history(100, DAYS, imported=True)
    get, decide = WholeReader._get, planning._decide
    made, planned = list[int](), Counter[str]()

    def watched(self: WholeReader, order_id: str) -> None:
        made.append(len(it.sandbox.store.orders))
        get(self, order_id)

    def counted(*arguments: Any) -> Decided:
        planned.update(row.order_id for row in arguments[-2])
        return decide(*arguments)

    _singly(monkeypatch, watched)
    monkeypatch.setattr(planning, "_decide", counted)
    job = backfilled(it, history="store")
    left = [number - so_far for number, so_far in enumerate(made)]
    assert max(left) - min(left) <= 40, "the store is never far behind"
    assert it.audit().missing == [] and set(in_store(it).values()) == {1}
    # What is held is not planned again with every few orders, and the log does not tell of each.
    held = [subject.removeprefix("order ") for subject in it.problems(job)]
    assert held and max(planned[order_id] for order_id in held) <= 3
    told = [event.text for event in views.events_after(it.workspace.database, LOCAL_ADMIN, job.id)]
    assert sum(text.startswith("Sent ") for text in told) <= 2


def test_pages_reach_the_store_while_the_next_one_waits_for_the_quota(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "plan", planner.pages)
    monkeypatch.setattr(backfill.BackfillImport, "_are_reports_quicker", lambda self: False)
    it.sandbox.add_history(150, DAYS, imported=True)
    search, asked = api.search, count(1)

    def slowly(*arguments: Any) -> OrderPage:
        if next(asked) == 2:
            raise QuotaWait("searchOrders", clock.after(178))
        return search(*arguments)

    monkeypatch.setattr(api, "search", slowly)
    asked_for = orders.import_orders(
        it.workspace, LOCAL_ADMIN, it.channel, created_from=since(), history="store", direct=True
    )
    assert runner.run(it.workspace, asked_for.job_id) is JobState.WAITING
    assert len(in_store(it)) > 50
    runner.run_here(it.workspace, asked_for.job_id)
    assert it.audit().missing == [] and set(in_store(it).values()) == {1}


@pytest.mark.usefixtures("by_reports")
def test_a_store_that_cannot_be_used_for_a_while_does_not_keep_amazon_from_being_read(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    get, read = WholeReader._get, count()

    def out_of_order(self: WholeReader, order_id: str) -> None:
        number = next(read)
        if number == 10:
            it.fault("store", "createOrder", "429", times=-1)
        elif number == 30:
            it.sandbox.faults.clear()
        get(self, order_id)

    _singly(monkeypatch, out_of_order)
    job = backfilled(it, history="store")
    told = [event.text for event in views.events_after(it.workspace.database, LOCAL_ADMIN, job.id)]
    assert any("Reading goes on" in text for text in told)
    assert it.audit().missing == [] and set(in_store(it).values()) == {1}


@pytest.mark.usefixtures("by_reports")
def test_the_plan_counts_what_an_order_was_seen_to_take_in_the_store(it: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "_SAMPLE", 5)
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    job = backfilled(it, history="store")
    with it.workspace.database.read() as session:
        state = Backfill.from_json(session.get_one(Job, job.id).checkpoint)
    assert state.plan is not None and state.plan.amount.counted
    assert state.plan.amount.writing == state.writing > 0


@pytest.mark.usefixtures("by_reports")
def test_T2_two_ranges_of_a_channel_read_no_order_twice(it: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    get, read, others = WholeReader._get, list[str](), list[int]()

    def meanwhile(self: WholeReader, order_id: str) -> None:
        read.append(order_id)
        if not others:
            begun = since(DAYS + 40)
            asked = orders.import_orders(
                it.workspace, LOCAL_ADMIN, it.channel, created_from=begun, history="store", direct=True
            )
            others.append(asked.job_id)
            while runner.run(it.workspace, asked.job_id) is JobState.WAITING:
                if "another job" in it.job(asked.job_id).waiting_for:
                    break
                clock.sleep(60)
        get(self, order_id)

    _singly(monkeypatch, meanwhile)
    backfilled(it, history="store")
    runner.run_here(it.workspace, others[0])
    assert it.job(others[0]).state in ENDED
    assert len(read) == len(set(read)) == calls(it)["getOrder"]
    assert it.audit().missing == [] and set(in_store(it).values()) == {1}


@pytest.mark.long
def test_G3_workers_killed_while_orders_are_read_whole_and_written_lose_nothing_and_double_nothing(home: Path) -> None:
    with fast_shop(home, KILLED_SPEED, store_latency=0.1) as it:
        it.sandbox.add_history(170, DAYS, imported=True)
        it.sandbox.set_pace({"queue": 0.0, "work": 30.0})
        leave_no_page(it)
        line = CommandLine(home, it.sandbox, CROSSDOCK_TEST_CLOCK=f"0,{KILLED_SPEED}")
        with worker_of(line) as workers:
            job_id = orders.import_orders(
                it.workspace, LOCAL_ADMIN, it.channel, created_from=since(), history="store"
            ).job_id
            new = []
            for singly, written in ((5, 0), (35, 40), (80, 60), (110, 90)):
                until(
                    lambda singly=singly, written=written: (
                        it.calls("amazon", "getOrder") >= singly and len(it.sandbox.store.orders) >= written
                    ),
                    "the backfill goes on",
                    SETTLED,
                )
                kill(workers, line)
                new.append(it.sandbox.amazon.add_order(case="merchant_unshipped", age=200.0))
                orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel)
            job = until(lambda: ended(it, job_id), "the job ends", SETTLED)
        assert job.state in ENDED and job.resumes >= 2
        assert job.calls["getOrder"] <= 170 + 11 * len(workers)
        it.import_orders()
        audit = it.audit()
        assert (audit.missing, audit.doubled, audit.wrong, audit.stock_wrong) == ([], [], [], [])
        assert set(in_store(it).values()) == {1} and {one.order_id for one in new} <= in_store(it).keys()
        assert it.import_orders().counts["created"] == 0
        assert "Traceback" not in line.log()
