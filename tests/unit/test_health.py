"""Home's numbers: right, the operator's own, and read without the key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import event

from core import countdowns, vault
from core.actor import LOCAL_ADMIN, Actor
from core.amazon.operations import SEARCH_ORDERS
from core.countdowns import Severity
from core.database import Database
from core.health import ChannelHealth, OrderCounts, history, overview
from core.model.account import App, SellerAccount
from core.model.base import stored_id
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.job import JobState, Worker
from core.model.link import OrderLink
from core.model.order import AmazonOrder
from core.model.outbox import REJECTED, SENT, WAITING, OutboxIntent
from core.model.problem import Problem
from core.model.quota import Quota, QuotaUsage
from core.model.schedule import Schedule
from core.orders.actions import list_orders
from core.quota import QuotaBook
from core.workspace import Workspace
from tests.unit.builders import (
    DE,
    DEAD_OWNER,
    FR,
    NOON,
    FakeClock,
    add_job,
    connect_channel,
    order_intent,
    order_problem,
)

BUCKET = "live/client/SELLER/"
HOUR = timedelta(hours=1)


@pytest.fixture
def channel(database: Database, fake_clock: FakeClock) -> Channel:
    return connect_channel(database)


def add(database: Database, *rows: Any) -> None:
    with database.write() as session:
        session.add_all(rows)


def seen(database: Database, name: str = "de", actor: Actor = LOCAL_ADMIN) -> ChannelHealth:
    return next(one for one in overview(database, actor).channels if one.name == name)


def add_order(database: Database, order_id: str, placed: datetime = NOON, **values: Any) -> None:
    common = {"account_id": 1, "marketplace_id": DE, "status": "UNSHIPPED", "fulfilled_by": "MERCHANT"}
    times = {"created_at": placed, "updated_at": placed, "fingerprint": "f", "raw": {"buyer": "x"}}
    add(database, AmazonOrder(**{**common, **times, "order_id": order_id, **values}))


def add_linked(database: Database, channel: Channel, order_id: str, number: int) -> None:
    common = {"store_status": "P", "amazon_status": "UNSHIPPED", "total": "1 EUR"}
    add(
        database,
        OrderLink(channel_id=stored_id(channel.id), order_id=order_id, store_id=1, store_order_id=number, **common),
    )


def intent(channel: Channel, subject: str, state: str) -> OutboxIntent:
    return order_intent(store_id=1, channel_id=stored_id(channel.id), subject=subject, kind="order.create", state=state)


def problem(channel: Channel, subject: str, code: str = "sku_unknown", **values: Any) -> Problem:
    return order_problem(channel_id=stored_id(channel.id), subject=subject, code=code, message="m", fix="f", **values)


class TestOrders:
    def test_are_counted_as_the_list_of_orders_calls_them(self, database: Database, channel: Channel) -> None:
        flags = list(product([True, False], [True, False], [None, "open", "resolved"], [None, WAITING, SENT, REJECTED]))
        for number, (dirty, linked, trouble, sending) in enumerate(flags, start=1):
            order_id = f"113-{number:07d}-0000000"
            add_order(database, order_id, dirty=dirty)
            if linked:
                add_linked(database, channel, order_id, number)
            if trouble:
                add(
                    database, problem(channel, f"order {order_id}", resolved_at=NOON if trouble == "resolved" else None)
                )
            if sending:
                add(database, intent(channel, f"order {order_id}", sending))
        # Those that do not tell their marketplace stand with the first channel of the account alone.
        connect_channel(database, name="fr", marketplace_id=FR)
        add_order(database, "in no marketplace", marketplace_id="")
        add_order(database, "in no marketplace, held", marketplace_id="")
        add(database, problem(channel, "order in no marketplace, held", "unreadable"))
        workspace = cast("Workspace", SimpleNamespace(database=database))
        states = [one.state for one in list_orders(workspace, LOCAL_ADMIN, "de")]
        counted = OrderCounts(states.count("waiting"), states.count("held"), states.count("failed"))
        assert min(counted.waiting, counted.held, counted.failed) > 0
        assert seen(database).orders == counted
        assert seen(database, "fr").orders == OrderCounts()

    def test_of_another_marketplace_belong_to_its_channel(self, database: Database, channel: Channel) -> None:
        connect_channel(database, name="fr", marketplace_id=FR)
        add_order(database, "1", marketplace_id=FR)
        assert (seen(database, "de").orders.waiting, seen(database, "fr").orders.waiting) == (0, 1)

    def test_that_were_never_read_are_a_problem_but_no_order(self, database: Database, channel: Channel) -> None:
        add(database, problem(channel, "order 9", "order_unknown"))
        assert seen(database).orders == OrderCounts()
        assert seen(database).problems == {"order_unknown": 1}


class TestChannel:
    def test_problems_are_counted_by_code_the_most_frequent_first(self, database: Database, channel: Channel) -> None:
        add(database, problem(channel, "order 1", "pending"))
        add(database, *(problem(channel, f"order {number}") for number in (2, 3)))
        add(database, problem(channel, "order 4", "zero_price", resolved_at=NOON))
        assert list(seen(database).problems.items()) == [("sku_unknown", 2), ("pending", 1)]

    def test_the_last_sync_is_the_newest_import_that_succeeded(self, database: Database, channel: Channel) -> None:
        ended = [JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS, JobState.FAILED, JobState.CANCELLED]
        for hours, state in enumerate(ended):
            add_job(database, channel, state=state, finished_at=NOON + hours * HOUR)
        add_job(database, channel, kind="products.import", state=JobState.SUCCEEDED, finished_at=NOON + 9 * HOUR)
        assert seen(database).synced_at == NOON + HOUR

    def test_shows_the_watermark_of_its_marketplace_and_its_next_run(
        self, database: Database, channel: Channel
    ) -> None:
        add(
            database,
            Cursor(owner="seller 1", stream="orders", scope=DE, position=NOON - HOUR),
            Cursor(owner="seller 1", stream="orders", scope=FR, position=NOON),
            Cursor(owner="seller 1", stream="orders", scope="", window={"page": 1}),
            Schedule(channel_id=stored_id(channel.id), stream="orders", every_seconds=900, next_run=NOON + HOUR),
        )
        health = seen(database)
        assert (health.watermark, health.next_run) == (NOON - HOUR, NOON + HOUR)

    def test_shows_the_running_job_before_the_queued_ones(self, database: Database, channel: Channel) -> None:
        add_job(database, channel, state=JobState.SUCCEEDED)
        add_job(database, channel, state=JobState.WAITING, waiting_for="the next page", not_before=NOON + HOUR)
        running = add_job(database, channel, state=JobState.RUNNING, lease_until=NOON + HOUR, done=3, total=9)
        job = seen(database).job
        assert job is not None
        assert (job.id, job.done, job.total) == (running, 3, 9)
        assert overview(database, LOCAL_ADMIN).active_jobs == 2

    def test_shows_what_the_only_job_waits_for(self, database: Database, channel: Channel) -> None:
        add_job(database, channel, state=JobState.WAITING, waiting_for="the next page", not_before=NOON + HOUR)
        job = seen(database).job
        assert job is not None
        assert (job.waiting_for, job.waiting_until) == ("the next page", NOON + HOUR)

    def test_without_anything_yet(self, database: Database, channel: Channel) -> None:
        health = seen(database)
        assert (health.name, health.store, health.country, health.account_state) == ("de", "main", "DE", "ok")
        assert (health.synced_at, health.watermark, health.next_run, health.job) == (None, None, None, None)
        assert [(quota.tokens, quota.burst, quota.is_free) for quota in health.quotas] == [
            (20, 20, True),
            (30, 30, True),
        ]


class TestQuota:
    def test_is_refilled_to_now_and_says_when_the_next_call_is_free(
        self, database: Database, channel: Channel, fake_clock: FakeClock
    ) -> None:
        book = QuotaBook(database)
        for _ in range(21):
            book.reserve(BUCKET + "searchOrders", SEARCH_ORDERS.plan, longest=1e9)
        (pages, _) = seen(database).quotas
        assert (pages.tokens, pages.is_free, pages.calls_today) == (-1, False, 21)
        fake_clock.moment = pages.free_at
        assert seen(database).quotas[0].is_free

    def test_counts_refusals_of_today_alone(self, database: Database, channel: Channel, fake_clock: FakeClock) -> None:
        book = QuotaBook(database)
        until = book.refused(BUCKET + "searchOrders", SEARCH_ORDERS.plan)
        assert seen(database).quotas[0].refused_today == 1
        assert seen(database).quotas[0].free_at >= until
        fake_clock.forward(24 * 3600)
        assert seen(database).quotas[0].refused_today == 0


class TestCountdowns:
    @pytest.mark.parametrize(
        ("left", "severity"),
        [
            (timedelta(days=31), Severity.OK),
            (timedelta(days=30), Severity.SOON),
            (timedelta(seconds=1), Severity.SOON),
            (timedelta(0), Severity.LATE),
        ],
    )
    def test_become_urgent(self, fake_clock: FakeClock, left: timedelta, severity: Severity) -> None:
        found = countdowns.secret(NOON, NOON + left)
        assert (found.days, found.severity) == (left.days, severity)

    def test_of_a_secret_last_180_days_unless_told_otherwise(self, database: Database, channel: Channel) -> None:
        assert seen(database).secret.ends_at - NOON == timedelta(days=180)

    def test_of_an_authorization_last_a_year_and_exist_for_public_apps_only(
        self, database: Database, channel: Channel
    ) -> None:
        assert seen(database).authorization is None
        with database.write() as session:
            session.get_one(App, 1).mode = "public"
            session.get_one(SellerAccount, 1).authorized_at = NOON - timedelta(days=366)
        authorization = seen(database).authorization
        assert authorization is not None
        assert (authorization.days, authorization.severity) == (-1, Severity.LATE)


class TestWorkers:
    def test_that_are_alive_are_shown_since_when(self, database: Database, channel: Channel) -> None:
        add(
            database,
            Worker(owner="elsewhere:1/77/100/x", started_at=NOON - HOUR, beat_at=NOON, threads=4),
            Worker(owner="elsewhere:1/78/100/x", beat_at=NOON - HOUR),
            Worker(owner=DEAD_OWNER, beat_at=NOON),
        )
        (worker,) = overview(database, LOCAL_ADMIN).workers
        assert (worker.host, worker.process, worker.threads, worker.since) == ("elsewhere", "77", 4, NOON - HOUR)


class TestRights:
    def test_a_vendor_sees_the_channels_and_jobs_of_the_own_company(self, database: Database, channel: Channel) -> None:
        other = connect_channel(database, name="fr", marketplace_id=FR, company_id=2)
        add_job(database, channel)
        add_job(database, other)
        add_order(database, "1", marketplace_id=FR)
        vendor = Actor("v", is_admin=False, store_id=1, company_id=1)
        found = overview(database, vendor)
        assert [one.name for one in found.channels] == ["de"]
        assert found.active_jobs == 1
        assert sum(day.orders for day in history(database, vendor).days) == 0
        assert sum(day.orders for day in history(database, LOCAL_ADMIN).days) == 1

    def test_a_vendor_without_a_company_sees_nothing(self, database: Database, channel: Channel) -> None:
        assert overview(database, Actor("v", is_admin=False)).channels == ()


class TestHistory:
    def test_counts_orders_and_calls_of_each_day_and_leaves_none_out(
        self, database: Database, channel: Channel
    ) -> None:
        add_order(database, "1", datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC))
        add_order(database, "2", datetime(2026, 11, 21, tzinfo=UTC))
        add_order(database, "3", datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC))
        today = NOON.date()
        for key in (BUCKET + "searchOrders", BUCKET + "getOrder", "live/someone/else/getOrder"):
            add(database, Quota(key=key, tokens=1, updated_at=NOON, rate=1, burst=1))
            add(database, QuotaUsage(key=key, day=today, calls=2, refused=1))
        add(database, QuotaUsage(key=BUCKET + "getOrder", day=date(2026, 11, 20), calls=9))
        days = history(database, LOCAL_ADMIN, days=3).days
        found = [(str(one.day), one.orders, one.calls, one.refused) for one in days]
        assert found == [("2026-11-21", 1, 0, 0), ("2026-11-22", 1, 0, 0), ("2026-11-23", 0, 4, 2)]

    def test_counts_what_was_imported_by_channel_and_day(
        self, database: Database, channel: Channel, fake_clock: FakeClock
    ) -> None:
        for number, hours in enumerate((60, 24, 0, 0)):
            fake_clock.moment = NOON - hours * HOUR
            add_linked(database, channel, str(number), number)
        fake_clock.moment = NOON
        found = history(database, LOCAL_ADMIN, days=2)
        assert (found.imports, found.imported) == ({"de": (1, 2)}, {"de": 4})
        assert found.imported_today == 2

    def test_counts_what_a_merchant_has_to_hand_over_today_at_the_latest(
        self, database: Database, channel: Channel
    ) -> None:
        tonight = NOON + 12 * HOUR
        orders: list[dict[str, Any]] = [
            {"ship_by": tonight - HOUR},
            {"ship_by": NOON - 48 * HOUR, "status": "PARTIALLY_SHIPPED"},
            {"ship_by": tonight},
            {"ship_by": None},
            {"ship_by": NOON, "status": "SHIPPED"},
            {"ship_by": NOON, "fulfilled_by": "AMAZON"},
        ]
        for number, values in enumerate(orders):
            add_order(database, str(number), **values)
            add_linked(database, channel, str(number), number)
        add_order(database, "not in the store", ship_by=NOON)
        assert history(database, LOCAL_ADMIN).to_ship == 2


class TestCauses:
    def test_what_needs_a_person_comes_first_and_the_most_frequent_of_it(
        self, database: Database, channel: Channel
    ) -> None:
        fr = connect_channel(database, name="fr", marketplace_id=FR)
        add(database, *(problem(channel, f"order {number}", "pending") for number in range(5)))
        add(database, problem(channel, "order 7"), problem(channel, "order 8", "zero_price"))
        add(database, *(problem(fr, f"order {number}") for number in (9, 10)))
        causes = overview(database, LOCAL_ADMIN).causes
        assert [(one.code, one.count, one.channels, one.needs_you) for one in causes] == [
            ("sku_unknown", 3, ("fr", "de"), True),
            ("zero_price", 1, ("de",), True),
            ("pending", 5, ("de",), False),
        ]
        assert (seen(database).need_you, seen(database, "fr").need_you) == (2, 2)


class TestActivity:
    def test_what_runs_comes_before_what_has_ended(self, database: Database, channel: Channel) -> None:
        running = add_job(database, channel, state=JobState.RUNNING)
        first, last = (add_job(database, channel, state=JobState.SUCCEEDED) for _ in range(2))
        assert [job.id for job in overview(database, LOCAL_ADMIN).jobs] == [running, last, first]


def test_it_works_without_the_key_and_asks_no_more_often_for_more_channels(
    database: Database, channel: Channel
) -> None:
    add_order(database, "1")
    vault.close_vault()
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    overview(database, LOCAL_ADMIN)
    once = len(statements)
    with database.write() as session:
        session.add(
            Channel(name="fr", account_id=1, marketplace_id=FR, store_id=1, app_mode="private", app_status="active")
        )
    statements.clear()
    overview(database, LOCAL_ADMIN)
    assert len(statements) == once
