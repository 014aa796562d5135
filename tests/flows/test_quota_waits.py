"""Amazon's quotas: waiting is visible, holds no worker, survives restarts, and nothing is wasted."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.actor import LOCAL_ADMIN
from core.amazon.orders import get
from core.channels import registry, removal
from core.errors import RemoteBusy
from core.flows import runner
from core.model.account import App, SellerAccount
from core.model.job import JobState
from core.orders import actions as orders
from core.quota import QuotaWait
from tests.flows.kit import Shop, shop

FAST = "0,2000"
"""Test clock: three minutes of waiting pass in a tenth of a second."""


def started(it: Shop) -> int:
    return orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel, plan_only=True, direct=True).job_id


def test_a_wait_for_quota_is_a_state_of_the_job_and_holds_no_worker(home: Path) -> None:
    with shop(home, orders=2_300, other_orders=0) as it:
        job_id = started(it)
        assert runner.run(it.workspace, job_id) is JobState.WAITING
        job = it.job(job_id)
        assert job.waiting_for == "Amazon's quota for searchOrders"
        assert job.waiting_until is not None
        assert 0 < clock.seconds_until(job.waiting_until) < 182
        assert it.calls("amazon", "searchOrders") == 20
        assert job.refused_calls == 0
        # Not due yet: nobody may run it, whoever asks.
        assert runner.run(it.workspace, job_id) is None
        assert it.calls("amazon", "searchOrders") == 20


def test_a_restart_does_not_believe_in_a_full_bucket(home: Path, tmp_path: Path) -> None:
    with shop(home, orders=2_300, other_orders=0) as it:
        runner.run(it.workspace, started(it))
        removal.remove(it.workspace, LOCAL_ADMIN, it.channel)
        it.workspace.close()
        # Another process of the same home, another channel of the same account.
        from core.settings import Settings
        from core.workspace import Workspace

        again = Workspace(Settings(home=home, spapi_url=it.sandbox.amazon_url, lwa_url=it.sandbox.lwa_url))
        registry.add(again, LOCAL_ADMIN, it.sandbox.credentials()["channel"] | {"name": "second"})
        second = Shop(it.sandbox, again, "second")
        assert runner.run(again, started(second)) is JobState.WAITING
        assert it.calls("amazon", "searchOrders") == 20
        assert it.sandbox.ledger.counts()["amazon"]["searchOrders"]["refused"] == 0
        again.close()


@pytest.mark.long
def test_T5_a_large_import_waits_for_each_page_and_wastes_no_call(home: Path) -> None:
    with shop(home, orders=2_600, other_orders=0) as it:
        # Both sides let time pass faster, from the same moment on.
        clock.install(FAST, home)
        it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=2000)
        it.sandbox.set_quota_scale(0.97)  # a server whose clock runs a little behind ours
        job = it.import_orders(plan_only=True)
        assert job.state is JobState.FINISHED_WITH_PROBLEMS
        assert job.counts["seen"] == 2_600
        assert job.calls["searchOrders"] - job.refused_calls == 26
        assert job.refused_calls <= 1


def test_T5_eight_threads_that_want_ninety_orders_waste_hardly_a_call(home: Path) -> None:
    with shop(home, orders=90, other_orders=0) as it:
        clock.install("0,50", home)
        it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=50)
        it.sandbox.set_quota_scale(1)
        with it.workspace.database.read() as session:
            account, app = session.get_one(SellerAccount, 1), session.get_one(App, 1)
        client = it.workspace.amazon(account, app, draft=False)

        def read(order_id: str) -> Any:
            while True:
                try:
                    return get(client, order_id)
                except (QuotaWait, RemoteBusy):
                    clock.sleep(2)

        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(read, [one.order_id for one in it.sandbox.world.orders]))
        assert len(found) == 90
        counted = it.sandbox.ledger.counts()["amazon"]["getOrder"]
        assert counted["refused"] <= 2, counted


def test_a_refusal_pauses_the_bucket_and_the_page_is_read_later(home: Path) -> None:
    with shop(home, orders=150, other_orders=0) as it:
        it.fault("amazon", "searchOrders", "429", times=1, after=1)
        job_id = started(it)
        assert runner.run(it.workspace, job_id) is JobState.WAITING
        assert it.job(job_id).refused_calls == 1
        clock.install(FAST, home)
        it.sandbox.clock.set(offset=(clock.now() - it.sandbox.clock.now()).total_seconds(), speed=2000)
        runner.run_here(it.workspace, job_id)
        job = it.job(job_id)
        assert job.counts["seen"] == 150
        assert job.calls["searchOrders"] == 3


def test_two_channels_of_one_account_read_the_stream_once(home: Path) -> None:
    with shop(home, orders=150, other_orders=60) as it:
        document = it.sandbox.credentials()["channel"]
        registry.add(it.workspace, LOCAL_ADMIN, document | {"name": "fr", "country": "FR"})
        first = it.import_orders()
        calls = it.calls("amazon", "searchOrders")
        assert calls <= 3
        assert first.counts["seen"] == 150
        french = Shop(it.sandbox, it.workspace, "fr").import_orders()
        assert it.calls("amazon", "searchOrders") == calls + 1
        assert french.counts["seen"] > 0


def test_scheduled_work_leaves_calls_for_people(home: Path) -> None:
    with shop(home, orders=2_300, other_orders=0) as it:
        from core.actor import SYSTEM
        from core.jobs.requests import request
        from core.orders.declaration import ORDERS_IMPORT

        channel = registry.get(it.workspace, LOCAL_ADMIN, it.channel)
        asked = request(it.workspace.database, SYSTEM, ORDERS_IMPORT, channel, {"plan_only": True}, direct=True)
        assert runner.run(it.workspace, asked.job_id) is JobState.WAITING
        assert it.calls("amazon", "searchOrders") == 15


def test_a_marketplace_that_joins_later_catches_up_without_reading_the_others_again(home: Path) -> None:
    with shop(home, orders=250, other_orders=100) as it:
        it.import_orders()
        before = it.calls("amazon", "searchOrders")
        document = it.sandbox.credentials()["channel"]
        registry.add(it.workspace, LOCAL_ADMIN, document | {"name": "fr", "country": "FR"})
        french = Shop(it.sandbox, it.workspace, "fr").import_orders()
        of_france = [o for o in it.sandbox.world.orders if o.marketplace_id == "A13V1IB3VIYZZH"]
        assert french.counts["seen"] == len(of_france)
        assert it.calls("amazon", "searchOrders") <= before + 2
