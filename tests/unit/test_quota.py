"""Token buckets on a real database file, with a clock that only the test moves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import clock
from core.amazon.operations import GET_ORDER, MARKETPLACE_PARTICIPATIONS, SEARCH_ORDERS, Operation
from core.database import Database
from core.model.quota import Quota
from core.quota import QuotaBook, QuotaWait, UsagePlan, usage
from tests.unit.builders import NOON, FakeClock, in_threads

KEY = "live/app/SELLER/searchOrders"
PLAN = UsagePlan(rate=0.5, burst=4)
FOREVER = 1e9
shared_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
"""Examples share one database file, each under a key of its own."""
fresh_keys = map("example/{}".format, count())


@pytest.fixture
def book(database: Database, fake_clock: FakeClock) -> QuotaBook:
    return QuotaBook(database)


def bucket(book: QuotaBook, database: Database, key: str = KEY) -> Quota:
    with database.read() as session:
        return session.get_one(Quota, key)


def tokens(book: QuotaBook, key: str = KEY) -> float:
    (level,) = [level for level in book.levels() if level.key == key]
    return level.tokens


def test_a_new_bucket_is_full_and_lets_its_burst_through_at_once(book: QuotaBook) -> None:
    assert [book.reserve(KEY, PLAN) for _ in range(4)] == [0, 0, 0, 0]
    assert tokens(book) == 0


def test_beyond_the_burst_each_waits_for_a_token_of_its_own(book: QuotaBook) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    waits = [book.reserve(KEY, PLAN) for _ in range(5)]
    for turn, wait in enumerate(waits, 1):
        assert turn / PLAN.rate <= wait <= turn / PLAN.rate * 1.02 + 0.1


def test_acquiring_sleeps_until_the_token_is_there(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.acquire(KEY, PLAN)
    assert fake_clock.now() == NOON
    book.acquire(KEY, PLAN)
    assert fake_clock.now() >= NOON + timedelta(seconds=2)
    assert tokens(book) >= 0


def check_schedule(book: QuotaBook, fake: FakeClock, plan: UsagePlan, pauses: list[float]) -> None:
    """Reserve after each pause; in no window may more calls start than the bucket of the plan holds."""
    key = next(fresh_keys)
    starts = []
    for pause in pauses:
        fake.forward(pause)
        starts.append(fake.now().timestamp() - NOON.timestamp() + book.reserve(key, plan, longest=FOREVER))
    assert starts == sorted(starts), "a later caller overtook an earlier one"
    for first, begin in enumerate(starts):
        for last, end in enumerate(starts[first:], first):
            assert last - first + 1 <= plan.burst + plan.rate * (end - begin) + 1e-6


PAUSES = st.lists(st.one_of(st.just(0.0), st.floats(0, 3), st.floats(0, 300)), min_size=2, max_size=40)


@shared_file
@given(pauses=PAUSES, burst=st.integers(2, 30), rate=st.floats(0.005, 10))
def test_no_window_ever_has_more_calls_than_burst_and_rate_allow(
    book: QuotaBook, fake_clock: FakeClock, pauses: list[float], burst: int, rate: float
) -> None:
    fake_clock.moment = NOON
    check_schedule(book, fake_clock, UsagePlan(rate, burst), pauses)


@shared_file
@given(pauses=PAUSES, plan=st.sampled_from([SEARCH_ORDERS.plan, GET_ORDER.plan, MARKETPLACE_PARTICIPATIONS.plan]))
def test_the_published_plans_are_kept_under_any_schedule(
    book: QuotaBook, fake_clock: FakeClock, pauses: list[float], plan: UsagePlan
) -> None:
    fake_clock.moment = NOON
    check_schedule(book, fake_clock, plan, pauses)


def test_idle_time_fills_the_bucket_to_its_burst_and_no_further(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    fake_clock.forward(1e7)
    assert tokens(book) == 4
    assert [book.reserve(KEY, PLAN) == 0 for _ in range(5)] == [True] * 4 + [False]


def test_a_clock_that_steps_back_gives_no_tokens_and_breaks_nothing(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    fake_clock.forward(-3600)
    assert tokens(book) == 0
    with pytest.raises(QuotaWait):
        book.reserve(KEY, PLAN, longest=0)


def test_a_wait_that_is_too_long_takes_nothing(book: QuotaBook, fake_clock: FakeClock, database: Database) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    before = bucket(book, database).model_dump()
    for _ in range(50):
        with pytest.raises(QuotaWait) as caught:
            book.reserve(KEY, PLAN, longest=1.0)
    assert bucket(book, database).model_dump() == before
    assert caught.value.key == KEY
    assert NOON + timedelta(seconds=2) <= caught.value.until <= NOON + timedelta(seconds=2.2)
    fake_clock.moment = caught.value.until
    assert book.reserve(KEY, PLAN, longest=0.2) <= 0.2
    with database.read() as session:
        assert usage(session, KEY, timedelta(days=1)) == (5, 0)


def test_the_first_refusal_of_a_new_bucket_leaves_no_trace(book: QuotaBook) -> None:
    with pytest.raises(QuotaWait):
        book.reserve(KEY, PLAN, reserve=10, longest=0)
    assert book.levels() == []


def test_background_work_leaves_its_reserve_to_people(book: QuotaBook) -> None:
    assert [book.reserve(KEY, PLAN, reserve=3, longest=0)] == [0]
    with pytest.raises(QuotaWait):
        book.reserve(KEY, PLAN, reserve=3, longest=0)
    assert [book.reserve(KEY, PLAN, longest=0) for _ in range(3)] == [0, 0, 0]
    with pytest.raises(QuotaWait):
        book.reserve(KEY, PLAN, longest=0)


def test_background_work_goes_on_when_the_reserve_is_full_again(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    with pytest.raises(QuotaWait) as caught:
        book.reserve(KEY, PLAN, reserve=3, longest=0)
    fake_clock.moment = caught.value.until
    book.reserve(KEY, PLAN, reserve=3, longest=0.1)
    assert 2.9 <= tokens(book) <= 3.1


def test_T4_a_refusal_drains_and_pauses(book: QuotaBook, fake_clock: FakeClock, database: Database) -> None:
    book.reserve(KEY, PLAN)
    until = book.refused(KEY, PLAN)
    assert bucket(book, database).tokens <= 0
    assert until >= NOON + timedelta(seconds=1 / PLAN.rate)
    with pytest.raises(QuotaWait) as caught:
        book.reserve(KEY, PLAN, longest=0)
    assert caught.value.until >= until


def test_a_refusal_does_not_give_back_what_was_reserved(book: QuotaBook, database: Database) -> None:
    for _ in range(7):
        book.reserve(KEY, PLAN, longest=FOREVER)
    book.refused(KEY, PLAN)
    assert bucket(book, database).tokens == -3


def test_retry_after_is_respected(book: QuotaBook) -> None:
    assert book.refused(KEY, PLAN, retry_after=600) >= NOON + timedelta(seconds=600)


@pytest.mark.parametrize("asked", [1e9, 1e300, 86_400.0, float("inf"), float("nan"), -1e9, float("-inf")])
@pytest.mark.parametrize("operation", [SEARCH_ORDERS, GET_ORDER, MARKETPLACE_PARTICIPATIONS])
def test_no_refusal_pauses_longer_than_is_plausible(operation: Operation, asked: float, book: QuotaBook) -> None:
    until = book.refused(KEY, operation.plan, retry_after=asked)
    assert 1 / operation.plan.rate <= (until - NOON).total_seconds() <= 3600 * 1.2
    with pytest.raises(QuotaWait) as caught:
        book.reserve(KEY, operation.plan, longest=0)
    assert caught.value.until <= NOON + timedelta(hours=1.5)


def test_a_pause_of_years_that_was_written_once_is_not_believed(book: QuotaBook, database: Database) -> None:
    book.refused(KEY, PLAN)
    with database.write() as session:
        parked = session.get_one(Quota, KEY)
        parked.paused_until = parked.updated_at = NOON + timedelta(days=32 * 365)
        session.add(parked)
    with pytest.raises(QuotaWait) as caught:
        book.reserve(KEY, PLAN, longest=0)
    assert caught.value.until <= NOON + timedelta(hours=2.5)


def test_no_header_makes_a_scarce_operation_wait_for_hours(book: QuotaBook) -> None:
    for _ in range(SEARCH_ORDERS.plan.burst):
        book.reserve(KEY, SEARCH_ORDERS.plan)
    for header in (SEARCH_ORDERS.plan.rate / 99, SEARCH_ORDERS.plan.rate / 10, 10 / 3600):
        book.observe(KEY, SEARCH_ORDERS.plan, header)
        with pytest.raises(QuotaWait) as caught:
            book.reserve(KEY, SEARCH_ORDERS.plan, reserve=SEARCH_ORDERS.interactive_reserve, longest=0)
        assert caught.value.until <= NOON + timedelta(hours=1)


def test_refusals_in_a_row_pause_longer_up_to_a_limit(book: QuotaBook, fake_clock: FakeClock) -> None:
    pauses = []
    for _ in range(9):
        pauses.append((book.refused(KEY, PLAN) - fake_clock.now()).total_seconds())
        fake_clock.forward(10_000)
    for earlier, later in pairwise(pauses[:5]):
        assert later > earlier * 1.5
    assert max(pauses) <= 16 / PLAN.rate * 1.2


def test_a_later_shorter_refusal_does_not_shorten_the_pause(book: QuotaBook) -> None:
    until = book.refused(KEY, PLAN, retry_after=600)
    assert book.refused(KEY, PLAN) >= until


def test_a_call_that_is_let_through_ends_the_growth(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.refused(KEY, PLAN)
        fake_clock.forward(10_000)
    book.observe(KEY, PLAN, None)
    assert (book.refused(KEY, PLAN) - fake_clock.now()).total_seconds() <= 1 / PLAN.rate * 1.2


@pytest.mark.parametrize(("header", "expected"), [(1.0, 1.0), (0.25, 0.25), (50.0, 50.0), (0.005, 0.005)])
def test_the_header_corrects_the_rate(book: QuotaBook, database: Database, header: float, expected: float) -> None:
    book.reserve(KEY, PLAN)
    book.observe(KEY, PLAN, header)
    assert bucket(book, database).rate == expected
    assert bucket(book, database).burst == PLAN.burst


@pytest.mark.parametrize("header", [None, 0.0, -1.0, 0.0049, 50.1, float("nan"), float("inf")])
def test_a_senseless_header_is_not_believed(book: QuotaBook, database: Database, header: float | None) -> None:
    book.reserve(KEY, PLAN)
    book.observe(KEY, PLAN, header)
    assert bucket(book, database).rate == PLAN.rate


def test_a_senseless_header_still_tells_that_the_call_was_let_through(book: QuotaBook, database: Database) -> None:
    book.refused(KEY, PLAN)
    book.observe(KEY, PLAN, -1.0)
    assert bucket(book, database).refusals == 0


def test_a_corrected_rate_is_used(book: QuotaBook, fake_clock: FakeClock) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    book.observe(KEY, PLAN, 0.05)
    fake_clock.forward(20)
    assert 0.9 <= tokens(book) <= 1.0


def test_observing_an_unknown_bucket_makes_none(book: QuotaBook) -> None:
    book.observe(KEY, PLAN, 1.0)
    assert book.levels() == []


def test_buckets_do_not_share_tokens(book: QuotaBook) -> None:
    for _ in range(4):
        book.reserve(KEY, PLAN)
    assert book.reserve("live/app/OTHER/searchOrders", PLAN, longest=0) == 0
    assert len(book.levels("live/app/SELLER/")) == 1


def test_the_screens_are_told_when_the_next_call_is_free(book: QuotaBook) -> None:
    book.reserve(KEY, PLAN)
    assert book.levels()[0].free_at == NOON
    for _ in range(3):
        book.reserve(KEY, PLAN)
    assert book.levels()[0].free_at >= NOON + timedelta(seconds=2)


def test_a_restart_keeps_the_level_and_the_pause(book: QuotaBook, database: Database, fake_clock: FakeClock) -> None:
    for _ in range(3):
        book.reserve(KEY, PLAN)
    until = book.refused(KEY, PLAN)
    database.close()
    again = Database(database.url.render_as_string(hide_password=False))
    try:
        with pytest.raises(QuotaWait) as caught:
            QuotaBook(again).reserve(KEY, PLAN, longest=0)
    finally:
        again.close()
    assert caught.value.until >= until


def test_calls_and_refusals_are_counted_by_day(book: QuotaBook, database: Database, fake_clock: FakeClock) -> None:
    book.reserve(KEY, PLAN)
    fake_clock.forward(24 * 3600)
    book.reserve(KEY, PLAN)
    book.reserve(KEY, PLAN)
    book.refused(KEY, PLAN)
    with database.read() as session:
        assert usage(session, KEY, timedelta(0)) == (2, 1)
        assert usage(session, KEY, timedelta(days=1)) == (3, 1)
        assert usage(session, "sandbox/", timedelta(days=1)) == (0, 0)


def taker(book: QuotaBook, plan: UsagePlan, taken: list[float]) -> Callable[[], None]:
    def take() -> None:
        for _ in range(10):
            try:
                taken.append(book.reserve(KEY, plan, longest=0))
            except QuotaWait:
                continue

    return take


def test_threads_share_one_bucket(book: QuotaBook) -> None:
    taken: list[float] = []
    with in_threads(*[taker(book, UsagePlan(1e-6, 15), taken) for _ in range(4)]):
        pass
    assert len(taken) == 15


def test_threads_that_queue_up_get_different_turns(book: QuotaBook) -> None:
    turns: list[float] = []
    with in_threads(*[lambda: turns.append(book.reserve(KEY, PLAN, longest=FOREVER)) for _ in range(8)]):
        pass
    assert len([turn for turn in turns if turn == 0]) == 4
    assert len(set(turns)) == 5


_CHILD = """
import sys
from core.database import Database
from core.quota import QuotaBook, QuotaWait, UsagePlan

book, taken = QuotaBook(Database(sys.argv[1])), 0
for _ in range(20):
    try:
        book.reserve("shared", UsagePlan(1e-6, 30), longest=0)
        taken += 1
    except QuotaWait:
        pass
print(taken)
"""


def test_processes_share_one_bucket(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", _CHILD, url]
    root = Path(__file__).parents[2]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)]
    taken = [int(child.communicate(timeout=50)[0]) for child in children]
    assert sum(taken) == 30
    with database.read() as session:
        assert usage(session, "shared", timedelta(days=1)) == (30, 0)
    assert clock.is_real()
