"""What Amazon's search leaves out is found in its report of all orders, fetched, and delivered once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from core import clock
from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.flows import runner
from core.jobs import lifecycle
from core.jobs.views import list_jobs
from core.model.job import Job, JobState
from core.model.order import AmazonOrder
from core.model.problem import Problem
from core.model.schedule import Schedule
from core.orders import actions, forecast
from core.orders.backfill import BackfillImport
from core.orders.plan import backfill as planner
from core.orders.report_rows import BY_ORDER_DATE
from core.orders.whole import WholeReader
from sandbox.amazon.order_report import OrderReportForm
from sandbox.world.order import WorldOrder
from tasks.queue import Dispatcher
from tasks.schedule import start_due
from tests.flows.kit import Shop
from tests.flows.patient import seller


def importable(it: Shop) -> list[WorldOrder]:
    return [one for one in it.sandbox.world.orders if one.expected.outcome == "created"]


def hide(it: Shop, count: int) -> list[str]:
    """Let the search leave orders out for ever, of each outcome some."""
    held = [one.order_id for one in it.sandbox.world.orders if one.expected.outcome == "held"]
    hidden = [one.order_id for one in importable(it)[:count]] + held[:1]
    it.sandbox.hide_from_search(hidden)
    return hidden


def status_of(it: Shop, order_id: str) -> str:
    with it.workspace.database.read() as session:
        return session.exec(select(AmazonOrder.status).where(col(AmazonOrder.order_id) == order_id)).one()


def test_L4_orders_hidden_from_the_search_for_ever_are_found_by_the_next_reconciliation_once(home: Path) -> None:
    with seller(home) as it:
        hidden = hide(it, 3)
        first = it.import_orders()
        assert first.counts["created"] == len(importable(it)) - 3
        again = it.import_orders()
        assert again.counts["created"] == 0, "no import will ever find them"
        job = it.reconcile()
        assert (job.counts["created"], job.counts["updated"], job.counts["held"]) == (3, 0, 1)
        assert it.singles == len(hidden), "none but the missing ones is read"
        assert it.reports == 2, "one for each thirty days"
        audit = it.audit()
        assert audit.ok, audit.as_dict()
        second = it.reconcile()
        assert (second.counts["created"], second.counts["updated"]) == (0, 0)
        assert it.singles == len(hidden)
        assert it.audit().ok


def test_L4_what_a_range_knows_by_a_report_alone_is_missing_when_its_import_has_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of a range was cancelled, or Amazon did not give an order out just then: no search will show it."""
    monkeypatch.setattr(forecast, "plan", planner.reports)
    monkeypatch.setattr(BackfillImport, "_all_on_saved_pages", lambda self: False)
    monkeypatch.setattr(WholeReader, "read", lambda self: None)
    with seller(home) as it:
        hide(it, 3)
        since = (clock.now() - timedelta(days=60)).isoformat()
        asked = actions.import_orders(it.workspace, LOCAL_ADMIN, it.channel, created_from=since, direct=True)
        it.run(asked.job_id)
        assert set(it.audit().missing) >= {one.order_id for one in importable(it)[:3]}

        def stands(state: JobState) -> None:
            with it.workspace.database.write() as session:
                session.get_one(Job, asked.job_id).state = state

        stands(JobState.WAITING)
        assert it.reconcile().counts["created"] == 0 and it.singles == 0, "it will read them itself"
        stands(JobState.CANCELLED)
        it.reconcile()
        audit = it.audit()
        assert (audit.missing, audit.doubled, audit.wrong, audit.stock_wrong) == ([], [], [], [])


def test_what_breaks_off_goes_on_where_it_was_and_asks_for_no_report_again(home: Path) -> None:
    with seller(home) as it:
        hidden = hide(it, 4)
        it.import_orders()
        it.fault("amazon", "getOrder", "error_500", after=2, times=6)
        it.fault("store", "createOrder", "timeout_after", times=1)
        asked = actions.reconcile(it.workspace, LOCAL_ADMIN, it.channel, direct=True)
        while not JobState(it.job(asked.job_id).state).is_final:
            runner.run(it.workspace, asked.job_id)
            lifecycle.recover(it.workspace.database)
            it.forward(60)
        job = it.job(asked.job_id)
        assert (job.counts["created"], job.counts["held"]) == (4, 1), job.message
        assert it.reports == 2 and it.singles <= len(hidden) + 6
        assert it.audit().ok


def test_L5_what_was_not_read_yet_is_imported_and_not_called_missed(home: Path) -> None:
    with seller(home) as it:
        it.import_orders()
        late = it.sandbox.add_order({"case": "merchant_unshipped"})["order_id"]
        job = it.reconcile()
        assert job.counts["created"] == 1 and it.audit().ok
        assert "0 had been missed" in it.log(job)
        assert status_of(it, late) == "UNSHIPPED"


def test_a_status_that_the_search_never_told_is_followed_and_counts_as_updated(home: Path) -> None:
    with seller(home) as it:
        it.import_orders()
        order = next(one for one in importable(it) if one.draft.status == "UNSHIPPED")
        left = next(
            one
            for one in it.sandbox.world.orders
            if one.expected.outcome == "ignored" and one.draft.status == "CANCELLED"
        )
        it.sandbox.hide_from_search([order.order_id, left.order_id])
        it.sandbox.update_order(order.order_id, {"status": "CANCELLED", "imported": True})
        it.import_orders()
        assert status_of(it, order.order_id) == "UNSHIPPED"
        job = it.reconcile()
        assert (job.counts["created"], job.counts["updated"]) == (0, 1)
        assert status_of(it, order.order_id) == "CANCELLED"
        assert it.audit().ok


def test_R3_one_report_holds_the_region_and_is_split_by_sales_channel_for_all_channels_of_the_seller(
    home: Path,
) -> None:
    with seller(home) as it:
        registry.add(
            it.workspace, LOCAL_ADMIN, {"name": "fr", "seller_of": it.channel, "country": "FR", "company_id": 1}
        )
        french = [one.order_id for one in it.sandbox.world.orders if one.draft.marketplace.country == "FR"]
        german = hide(it, 2)
        it.sandbox.hide_from_search(french)
        it.import_orders()
        job = it.reconcile()
        assert job.counts["created"] == 2
        assert it.singles == len(german), "another marketplace's orders are another channel's"
        it.reconcile("fr")
        assert it.reports == 2, "the seller's reports serve all channels"
        assert it.singles >= len(german) + 1
        it.reconcile()
        assert it.reports == 4, "and none of them twice"


def test_T7_a_report_without_data_proves_nothing_and_one_that_failed_ends_the_job_after_the_rest(home: Path) -> None:
    with seller(home) as it:
        hide(it, 1)
        it.import_orders()
        it.sandbox.set_pace({"outcomes": {BY_ORDER_DATE: "CANCELLED"}})
        job = it.reconcile()
        assert (job.state, job.counts["created"]) == (JobState.SUCCEEDED, 0)
        assert "Amazon made no" in it.log(job)
        it.sandbox.set_pace({"outcomes": {BY_ORDER_DATE: "FATAL"}})
        job = it.reconcile()
        assert job.state == JobState.FAILED and "could not make" in job.message
        it.sandbox.set_pace({"outcomes": {}})
        assert it.reconcile().counts["created"] == 1


def test_R1_every_encoding_of_the_report_is_read(home: Path) -> None:
    with seller(home) as it:
        hidden = hide(it, 1)
        it.import_orders()
        for changes in ({"charset": "cp1252"}, {"charset": "utf-8-sig"}, {"charset": "utf-16"}):
            it.sandbox.amazon.order_report_form = OrderReportForm()
            it.sandbox.set_order_report_form(changes)
            job = it.reconcile()
            assert job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS), job.message
        assert it.singles == len(hidden)


def test_what_amazon_does_not_give_out_is_a_problem_until_it_does(home: Path) -> None:
    with seller(home) as it:
        lost, *_ = hide(it, 1)
        it.import_orders()
        book = it.sandbox.amazon.books["live"][it.sandbox.amazon.accounts[0].seller_id]
        real = book.get
        book.get = lambda order_id: None if order_id == lost else real(order_id)  # type: ignore[method-assign]
        job = it.reconcile()
        assert it.problems(job)[lost] == "order_missing" and job.counts["created"] == 0
        book.get = real  # type: ignore[method-assign]
        assert it.reconcile().counts["created"] == 1
        with it.workspace.database.read() as session:
            found = select(Problem).where(col(Problem.code) == "order_missing", col(Problem.resolved_at).is_(None))
            assert session.exec(found).all() == []


def test_a_range_is_compared_by_when_orders_were_placed_and_unwanted_history_stays_out(home: Path) -> None:
    with seller(home) as it:
        it.sandbox.add_history(30, 200)
        it.import_orders()
        assert it.reconcile().counts["created"] == 0, "what is older than the channel's beginning is not its business"
        start = clock.now() - timedelta(days=100)
        end = start + timedelta(days=40)
        before = it.reports
        it.reconcile(placed_from=start.isoformat(), placed_to=end.isoformat())
        assert it.reports == before + 2
        with it.workspace.database.read() as session:
            query = select(AmazonOrder.order_id).where(
                col(AmazonOrder.created_at) >= start, col(AmazonOrder.created_at) < end
            )
            read = set(session.exec(query))
        german = [one for one in it.sandbox.world.orders if one.draft.marketplace.country == "DE"]
        assert read == {
            one.order_id for one in german if start <= one.created < end and one.draft.status != "UNFULFILLABLE"
        }


def test_it_runs_nightly_where_orders_are_pulled_by_schedule(home: Path) -> None:
    with seller(home, orders=5, other_orders=0) as it:

        def streams(**settings: Any) -> dict[str, int]:
            registry.edit(it.workspace, LOCAL_ADMIN, {"name": it.channel, "settings": settings})
            with it.workspace.database.read() as session:
                found = {one.stream: one.every_seconds for one in session.exec(select(Schedule))}
            assert found.pop("purge") == 3_600
            return found

        assert "reconcile" not in streams(auto_reconcile_orders_minutes=None)
        assert streams(auto_pull_orders_minutes=15)["reconcile"] == 86_400
        assert "reconcile" not in streams(auto_reconcile_orders_minutes=0)
        assert "reconcile" not in streams(auto_reconcile_orders_minutes=60, pull_orders=False)
        assert streams(pull_orders=True, auto_pull_orders_minutes=None) == {"reconcile": 3_600}
        clock.install("4000,1", home)
        start_due(it.workspace, Dispatcher(it.workspace.settings))
        kinds = {job.kind for job in list_jobs(it.workspace.database, LOCAL_ADMIN)}
        assert kinds == {"orders.reconcile", "orders.purge"}
