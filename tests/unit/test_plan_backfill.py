"""The planner of backfills: which way, which calls, how long; against the limits that Amazon's plans set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.jobs.wording import plan_lines
from core.orders.backfill_document import document, summary
from core.orders.plan.backfill import (
    CREATE,
    GENERATION,
    GET,
    PAGES,
    REPORTS,
    SEARCH,
    WINDOW,
    Amount,
    BackfillPlan,
    Quota,
    pages,
    plan,
    reports,
    windows,
)

END = datetime(2026, 11, 29, 12, tzinfo=UTC)
START = END - timedelta(days=720)
FULL = {
    SEARCH: Quota(20, 0.0056),
    GET: Quota(30, 0.5),
    CREATE: Quota(15, 0.0167),
    "getReports": Quota(10, 0.0222),
    "getReport": Quota(15, 2),
    "getReportDocument": Quota(15, 0.0167),
}
HOUR = 3600


def test_T1_pages_alone_take_four_hours_for_ten_thousand_orders() -> None:
    found = pages(START, END, Amount(10_000), FULL)
    assert found.calls == {SEARCH: 100} and found.seconds == pytest.approx(3.97 * HOUR, rel=0.01)


def test_R3_reports_take_minutes_whatever_the_number_of_orders() -> None:
    for orders in (1_000, 10_000, 100_000):
        found = reports(START, END, Amount(orders, open=50), FULL)
        assert found.calls[CREATE] == found.calls["getReportDocument"] == 24
        assert found.calls[SEARCH] == 1 and GET not in found.calls
        assert GENERATION < found.seconds < 15 * 60


def test_T2_both_order_calls_side_by_side_are_as_quick_as_their_quotas_allow() -> None:
    orders = 10_000
    found = reports(START, END, Amount(orders, whole=orders), FULL)
    (step,) = [step for step in found.steps if step.what == "Read orders whole"]
    assert step.calls[SEARCH] * 100 + step.calls[GET] >= orders
    bound = (orders - 2_030) / (0.56 + 0.5)
    assert step.seconds == pytest.approx(bound, rel=0.1) and found.seconds < 2.4 * HOUR


def test_the_quicker_way_is_taken() -> None:
    assert plan(START, END, Amount(300, whole=300), FULL).route == PAGES
    assert plan(START, END, Amount(10_000, whole=10_000), FULL).route == REPORTS
    # Few orders, but no call to spare for a page of them.
    drained = FULL | {SEARCH: Quota(0, 0.0056)}
    assert plan(END - timedelta(days=20), END, Amount(1_000, whole=0), drained).route == REPORTS


def test_what_the_quotas_have_left_counts() -> None:
    drained = FULL | {CREATE: Quota(0, 0.0167)}
    assert reports(START, END, Amount(100), drained).seconds > reports(START, END, Amount(100), FULL).seconds + 800


def test_once_reports_have_told_the_number_only_the_rest_is_planned_anew() -> None:
    first = reports(START, END, Amount(14_000, whole=14_000, unknown=True, stored=14_000, writing=0.04), FULL)
    again = first.counted(Amount(500, whole=100, counted=True, stored=400, writing=0.04), FULL)
    assert again.steps[:2] == first.steps[:2] and again.amount.counted
    assert [step.what for step in again.steps] == [step.what for step in first.steps]
    assert again.seconds < first.seconds / 5
    assert BackfillPlan.from_json(again.to_json()) == again


@pytest.mark.parametrize("way", [pages, reports])
def test_the_store_is_written_to_while_amazon_is_read_and_counts_as_far_as_it_is_slower(
    way: Callable[..., Any],
) -> None:
    orders = 10_000
    alone = way(START, END, Amount(orders, whole=orders), FULL)
    assert document(alone)["limit"] == "amazon" and len(alone.steps) < 4
    quick = way(START, END, Amount(orders, whole=orders, stored=orders, writing=0.04), FULL)
    assert quick.limit == "amazon" and 0 < quick.seconds - alone.seconds <= 100 * 0.04
    assert quick.steps[-1].what == "Bring the last orders into the store"
    slow = way(START, END, Amount(orders, whole=orders, stored=orders, writing=5.0), FULL)
    assert document(slow)["limit"] == "store" and slow.seconds == pytest.approx(orders * 5.0)
    assert slow.calls == quick.calls == alone.calls
    assert slow.steps[-1].what == "Bring orders into the store, which takes longer than reading them"


def test_a_slow_store_is_no_reason_to_read_slowly() -> None:
    assert plan(START, END, Amount(10_000, whole=10_000, stored=10_000, writing=60.0), FULL).route == REPORTS


def test_it_is_told_as_documents_have_it_and_in_words() -> None:
    made = reports(START, END, Amount(10_000, open=50, stored=50, writing=0.04), FULL)
    told = document(made)
    assert told["seconds"] == round(made.seconds) and told["calls"] == made.calls
    assert told["steps"][1]["from"] == "2024-12-09T12:00:00+00:00"
    assert summary(made) == "about 10,000 orders by Amazon's reports, expected to take 14 min 23 s"
    assert list(plan_lines(told)) == [
        "Plan: about 10,000 orders, expected to take 14 min 23 s",
        "  Read open orders: 0 s (Search orders 1)",
        "  Read Amazon's reports of all orders: 14 min 23 s "
        "(Create report 24, Get reports 1, Get report 216, Get report document 24)",
        "  Bring the last orders into the store: 0 s",
    ]


@given(st.integers(0, 720 * 24 * 60))
def test_windows_have_no_gap_and_are_never_too_long(minutes: int) -> None:
    start = END - timedelta(minutes=minutes)
    found = windows(start, END)
    assert all(first[1] == second[0] for first, second in pairwise(found))
    assert all(timedelta(0) < after - before <= WINDOW for before, after in found)
    assert (found[0][0], found[-1][1]) == (start, END) if found else minutes == 0
    # A later run of the same range asks for the same windows but the last, so their reports are used again.
    assert windows(start, END + timedelta(hours=1))[: max(len(found) - 1, 0)] == found[:-1]


@given(
    st.integers(0, 200_000),
    st.integers(0, 200_000),
    st.floats(-10, 20, allow_nan=False),
    st.floats(0, 30, allow_nan=False),
)
def test_a_plan_reads_everything_and_neither_way_beats_both_together(
    orders: int, whole: int, searches: float, gets: float
) -> None:
    whole = min(orders, whole)
    quotas = FULL | {SEARCH: Quota(searches, 0.0056), GET: Quota(gets, 0.5)}
    found = reports(START, END, Amount(orders, whole=whole), quotas)
    if whole:
        step = found.steps[2]
        assert step.calls.get(SEARCH, 0) * 100 + step.calls[GET] >= whole
        assert step.seconds <= quotas[GET].seconds(whole)
    assert found.seconds >= 0 and plan(START, END, Amount(orders, whole=whole), quotas).seconds <= found.seconds
