"""Imports of long ranges: by reports, in windows of the whole account; nothing lost, nothing twice, stock untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, update

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon import orders as api
from core.amazon.orders import OrderPage
from core.channels import registry
from core.errors import ItemsRefused
from core.flows import runner
from core.jobs import turns, views
from core.jobs.context import JobContext
from core.model.job import Job, JobState
from core.model.order import AmazonOrder
from core.orders import actions as orders
from core.orders import forecast, planning
from core.orders.checkpoint import Checkpoint
from core.orders.document import HISTORY
from core.orders.plan import backfill as planner
from core.orders.whole import WholeReader
from core.quota import QuotaWait
from core.sync.dirty import mark_dirty
from core.sync.planning import Decided
from sandbox.world.marketplaces import DE
from sandbox.world.order import NO_STOCK_STATUS
from tests.flows.backfill_kit import (
    COUNT,
    DAYS,
    ENDED,
    WINDOWS,
    always_by_reports,
    backfilled,
    calls,
    fast_shop,
    history,
    in_store,
    leave_no_page,
    mirrored,
    since,
    sold,
)
from tests.flows.kit import CommandLine, Shop
from tests.flows.test_kills import ended, kill, until, worker_of, writing_shop

SETTLED = 300.0
"""Real seconds: what a killed worker may have asked for is looked for during two minutes, then asked for again."""


@pytest.fixture
def it(home: Path) -> Iterator[Shop]:
    with fast_shop(home) as it:
        yield it


@pytest.fixture
def by_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    always_by_reports(monkeypatch)


def test_R3_history_stays_in_the_mirror_and_open_orders_reach_the_store(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    job = backfilled(it, history="mirror")
    rows, expected = mirrored(it), sold(it)
    assert {order_id: row.status for order_id, row in rows.items()} == {
        order_id: one.draft.status for order_id, one in expected.items()
    }
    made = in_store(it)
    assert set(made.values()) == {1} and not history(it) & made.keys()
    open_ones = {
        key for key, one in expected.items() if one.draft.status not in HISTORY and "PENDING" not in one.draft.status
    }
    assert open_ones - made.keys() <= {one.removeprefix("order ") for one in it.problems(job)}
    # One report for each thirty days of the account, never one for a marketplace.
    assert (job.calls["createReport"], job.calls["getReportDocument"]) == (WINDOWS, WINDOWS)
    assert job.calls["searchOrders"] == 1 and "getOrder" not in job.calls
    # Reports hold no personal data, so nothing of history is kept that plans would need.
    assert all(rows[order_id].raw is None and not rows[order_id].dirty for order_id in history(it))
    # Nor do they tell all that was charged.
    assert all(rows[order_id].total_minor is None for order_id in history(it))
    # The same again asks for nothing anew, and nothing is made twice.
    again = backfilled(it, history="mirror", created_from=job.params["from"])
    assert again.calls.get("createReport", 0) <= 1 and again.counts["created"] == 0
    assert in_store(it) == made


@pytest.mark.usefixtures("by_reports")
def test_shipped_since_the_channel_was_connected_is_history_all_the_same(it: Shop) -> None:
    clock.sleep(400)
    made = it.sandbox.amazon.add_order(case="merchant_shipped", age=200.0)
    backfilled(it, history="store")
    (order,) = [one for one in it.sandbox.store.orders.values() if one.email.startswith(made.order_id.lower())]
    assert order.status == NO_STOCK_STATUS


def test_more_orders_than_pages_can_bring_soon_come_by_reports_after_all(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "plan", planner.pages)
    it.sandbox.add_history(900, DAYS, finished=True)
    leave_no_page(it)
    search, asked = api.search, count(1)

    def drained(*arguments: Any) -> OrderPage:
        if next(asked) == 3:
            raise QuotaWait("searchOrders", clock.after(178))
        return search(*arguments)

    monkeypatch.setattr(api, "search", drained)
    job = backfilled(it, history="mirror")
    assert mirrored(it).keys() == sold(it).keys()
    assert job.calls["createReport"] == WINDOWS and job.calls["searchOrders"] < 9
    plan = views.job_document(it.workspace.database, LOCAL_ADMIN, job)["plan"]
    assert plan["counted"] and plan["orders"] == len(sold(it))


@pytest.mark.usefixtures("by_reports")
def test_T7_no_data_is_an_empty_window_and_a_report_that_fails_is_replaced_by_pages(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    it.sandbox.set_pace({"outcomes": {"GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL": "FATAL"}})
    job = backfilled(it, history="mirror")
    assert mirrored(it).keys() == sold(it).keys()
    assert not history(it) & in_store(it).keys()
    assert job.calls["searchOrders"] == 1 + WINDOWS
    it.sandbox.forget_work()
    # Years without an order: Amazon cancels what has no data.
    empty = backfilled(it, history="mirror", created_from=since(700), created_to=since(500))
    assert empty.counts["seen"] == 0 and empty.calls["createReport"] == WINDOWS


@pytest.mark.usefixtures("by_reports")
def test_an_app_that_may_not_have_reports_reads_pages(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    it.sandbox.set_application("private", {"denied": ["createReport"]})
    job = backfilled(it, history="mirror")
    assert mirrored(it).keys() == sold(it).keys() and job.calls["searchOrders"] == 1 + WINDOWS


@pytest.mark.parametrize(
    "form", [{"charset": "UTF-8", "extra": True, "nul": True, "shuffled": True}, {"charset": "", "mark": True}]
)
@pytest.mark.usefixtures("by_reports")
def test_R1_reports_are_read_in_whatever_form_they_come(it: Shop, form: dict[str, Any]) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    it.sandbox.set_order_report_form(form)
    backfilled(it, history="mirror")
    expected = sold(it)
    assert {key: row.item_count for key, row in mirrored(it).items()} == {
        key: len(one.draft.lines) for key, one in expected.items()
    }


def test_a_plan_costs_no_call_and_is_an_ended_job(it: Shop) -> None:
    it.sandbox.ledger.clear()
    asked = orders.import_orders(
        it.workspace, LOCAL_ADMIN, it.channel, created_from=since(719), history="mirror", plan_only=True
    )
    job = it.job(asked.job_id)
    assert job.state is JobState.SUCCEEDED and calls(it) == {}
    plan = views.job_document(it.workspace.database, LOCAL_ADMIN, job)["plan"]
    assert plan["calls"]["createReport"] == plan["calls"]["getReportDocument"] == 24
    assert plan["seconds"] == sum(step["seconds"] for step in plan["steps"]) > 300
    assert {"what", "from", "to", "calls", "seconds"} == set(plan["steps"][0])
    # A worker that gets its number does not run it.
    assert runner.run(it.workspace, job.id) is None and mirrored(it) == {}
    # Should the process have died before it answered, a worker comes to the same.
    with it.workspace.database.write() as session:
        session.exec(update(Job).values(state=JobState.QUEUED, checkpoint={}))
    assert runner.run(it.workspace, job.id) is JobState.SUCCEEDED and calls(it) == {}
    assert views.job_document(it.workspace.database, LOCAL_ADMIN, it.job(job.id))["plan"]["calls"] == plan["calls"]


def test_few_orders_need_no_report(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    job = backfilled(it, history="store")
    assert "createReport" not in job.calls and job.calls["searchOrders"] == 2
    assert it.audit().missing == [] and it.audit().stock_wrong == []


def test_both_channels_of_an_account_share_its_reports(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    document = it.sandbox.credentials()["channel"]
    registry.add(it.workspace, LOCAL_ADMIN, document | {"name": "fr", "country": "FR"})
    start, end = since(), since(20)
    first = backfilled(it, history="mirror", created_from=start, created_to=end)
    assert first.calls["createReport"] == WINDOWS
    french = Shop(it.sandbox, it.workspace, "fr")
    second = backfilled(french, history="mirror", created_from=start, created_to=end)
    assert "createReport" not in second.calls and second.calls["getReportDocument"] == WINDOWS
    with it.workspace.database.read() as session:
        found = set(session.exec(select(AmazonOrder.marketplace_id)))
    assert found == {DE.marketplace_id, "A13V1IB3VIYZZH"}


@pytest.mark.usefixtures("by_reports")
def test_what_is_newer_counts_and_an_order_that_both_read_is_one_row(it: Shop) -> None:
    it.sandbox.add_history(COUNT, 25, imported=True)
    it.import_orders()
    before, made = mirrored(it), in_store(it)
    changed = next(one for one in sold(it).values() if one.draft.case == "merchant_unshipped")
    it.sandbox.amazon.update_order(changed.order_id, status="SHIPPED", imported=True)
    backfilled(it, history="mirror", created_from=since(60))
    after = mirrored(it)
    assert before.keys() <= after.keys()
    # The report was ahead of the mirror, so the order was read anew, and its store order followed.
    assert after[changed.order_id].status == "SHIPPED" and after[changed.order_id].raw is not None
    # What the stream has brought is not history that is taken back.
    assert made.keys() <= in_store(it).keys() and set(in_store(it).values()) == {1}
    assert it.audit().wrong == []


@pytest.mark.usefixtures("by_reports")
def test_the_schedule_goes_on_while_a_backfill_waits(it: Shop) -> None:
    it.sandbox.set_pace({"work": 3_000.0})
    asked = orders.import_orders(
        it.workspace, LOCAL_ADMIN, it.channel, created_from=since(), history="mirror", direct=True
    )
    assert runner.run(it.workspace, asked.job_id) is JobState.WAITING
    assert it.job(asked.job_id).waiting_for == "Amazon to make its reports of orders"
    incremental = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
    assert runner.run(it.workspace, incremental.job_id) in ENDED
    runner.run_here(it.workspace, asked.job_id)
    assert it.job(asked.job_id).state in ENDED and mirrored(it).keys() == sold(it).keys()
    assert set(in_store(it).values()) == {1}


@pytest.mark.usefixtures("by_reports")
def test_new_orders_do_not_wait_while_a_backfill_reads_thousands_one_by_one(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    get, made = WholeReader._get, list[int]()

    def meanwhile(self: WholeReader, order_id: str) -> None:
        if not made:
            made.append(0)
            clock.sleep(400)
            it.sandbox.amazon.add_order(case="merchant_unshipped", age=200.0)
            asked = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
            assert runner.run(it.workspace, asked.job_id) in ENDED
            made[0] = it.job(asked.job_id).counts["created"]
        get(self, order_id)

    monkeypatch.setattr(WholeReader, "_get", meanwhile)
    monkeypatch.setattr(WholeReader, "_search", lambda self: False)
    backfilled(it, history="store")
    assert made[0] >= 1
    audit = it.audit()
    assert (audit.missing, audit.doubled, audit.wrong) == ([], [], [])


@pytest.mark.usefixtures("by_reports")
def test_D2_what_an_import_makes_while_a_backfill_plans_it_is_made_once(
    it: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backfill lets imports pass while it waits, and comes back while they run."""
    it.sandbox.add_history(COUNT, DAYS, imported=True)
    decide, went_on = planning._decide, []

    def slowly(goods: Any, context: JobContext, *arguments: Any) -> Decided:
        decided = decide(goods, context, *arguments)
        if context.state(Checkpoint).looked_for_earlier and not went_on:
            went_on.append(context.job_id)
            monkeypatch.setattr(turns, "standing_before", lambda *_: [])
            it.import_orders()
        return decided

    monkeypatch.setattr(planning, "_decide", slowly)
    backfilled(it, history="store")
    assert went_on and set(in_store(it).values()) == {1}


@pytest.mark.long
def test_G3_killed_workers_ask_for_no_report_twice_and_lose_nothing(home: Path) -> None:
    with writing_shop(home, orders=40, quota_scale=0, store_latency=0.05) as (it, line):
        it.sandbox.add_history(COUNT * 5, DAYS)
        it.sandbox.set_pace({"queue": 0.0, "work": 1.0})
        with worker_of(line) as workers:
            job_id = orders.import_orders(
                it.workspace, LOCAL_ADMIN, it.channel, created_from=since(), history="mirror"
            ).job_id
            reached: list[Callable[[], bool]] = [
                lambda: it.calls("amazon", "createReport") >= 3,
                lambda: len(it.sandbox.store.orders) >= 5,
                lambda: it.calls("amazon", "getReportDocument") >= 2,
                lambda: it.calls("amazon", "getReportDocument") >= 5,
            ]
            for moment in reached:
                until(lambda moment=moment: moment() or it.job(job_id).state.is_final, "the backfill goes on", SETTLED)
                kill(workers, line)
            job = until(lambda: ended(it, job_id), "the job ends", SETTLED)
        assert job.state in ENDED and job.resumes >= 2
        assert mirrored(it).keys() == sold(it).keys()
        assert set(in_store(it).values()) == {1} and not history(it) & in_store(it).keys()
        assert it.calls("amazon", "createReport") == WINDOWS
        assert "Traceback" not in line.log()


def test_the_command_tells_the_plan_and_needs_no_worker(it: Shop) -> None:
    line = CommandLine(it.workspace.settings.home, it.sandbox)
    words = ("orders", "import", "--channel", it.channel, "--from", since(719), "--history", "mirror", "--plan-only")
    queued = orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel).job_id
    told = line.json(*words)
    assert told["state"] == "succeeded" and told["calls"] == {} and told["plan"]["calls"]["createReport"] == 24
    assert "expected to take" in line.run(*words).stdout
    assert it.job(queued).state is JobState.QUEUED, "whoever asks for a plan does no other work"
    refused = line.run("orders", "import", "--channel", it.channel, "--history", "mirror")
    assert refused.returncode == 2 and "--from" in refused.stderr
    assert line.run(*words[:6], "--history", "attic").returncode == 2
    assert "createReport" not in calls(it)


def test_a_setting_plans_no_order_again_of_which_only_a_report_has_told(it: Shop) -> None:
    it.sandbox.add_history(COUNT, DAYS)
    backfilled(it, history="mirror")
    with it.workspace.database.write() as session:
        account = session.exec(select(AmazonOrder.account_id)).first()
        assert account is not None
        mark_dirty(session, account, DE.marketplace_id)
    rows = mirrored(it)
    assert not any(rows[order_id].dirty for order_id in history(it)) and any(row.dirty for row in rows.values())
    states = {one.order_id: one.state for one in orders.list_orders(it.workspace, LOCAL_ADMIN, it.channel)}
    assert {states[order_id] for order_id in history(it)} == {"left"}
    with pytest.raises(ItemsRefused, match="report"):
        orders.retry(it.workspace, LOCAL_ADMIN, it.channel, [min(history(it))])
    # Asked for by its number, it is read whole and goes where the channel's rules send it.
    wanted = next(key for key in sorted(history(it)) if sold(it)[key].draft.case == "amazon_shipped")
    it.import_orders(order_ids=[wanted])
    assert in_store(it)[wanted] == 1
