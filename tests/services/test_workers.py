"""Real workers, `python -m huey_consumer`, over every database and queue that scaling out offers."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from core.actor import LOCAL_ADMIN
from core.channels import registry
from core.model.job import Job, JobState
from tests.services.conftest import Postgres
from tests.services.kit import Fleet, fleet


def check_single_import(it: Fleet, asked: int | None = None) -> None:
    """Two jobs through the queue and one worker, right on both sides; then SIGTERM ends the worker cleanly."""
    worker = it.start_worker()
    job = it.wait(asked or it.ask())
    it.shop.check_everything(job)
    assert job.resumes == 0
    again = it.wait(it.ask())
    assert again.counts["created"] == 0
    assert it.shop.audit().ok
    assert it.refused() == 0
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) == 0
    assert "Traceback" not in it.line.log()


def test_one_worker_on_postgresql_with_a_forgetful_queue_on_redis(
    home: Path, postgres: Postgres, redis_url: str
) -> None:
    """The first job's message is lost on the way: the worker finds the job by itself."""
    with fleet(home, postgres.database, redis_url) as it:
        job = it.ask()
        redis.Redis.from_url(redis_url).flushdb()
        check_single_import(it, job)


def test_one_worker_on_postgresql_with_the_queue_on_postgresql(home: Path, postgres: Postgres) -> None:
    with fleet(home, postgres.database, postgres.queue) as it:
        check_single_import(it)


def test_one_worker_on_sqlite_with_the_queue_on_redis(home: Path, redis_url: str) -> None:
    with fleet(home, "", redis_url) as it:
        check_single_import(it)


def test_D2_two_workers_share_several_jobs_of_two_channels_without_doubles(
    home: Path, postgres: Postgres, redis_url: str
) -> None:
    """Both channels belong to one seller and one store: they share the stream, the quotas and the lane."""
    with fleet(home, postgres.database, redis_url, orders=50, other_orders=40) as it:
        document = it.sandbox.credentials()["channel"]
        registry.add(it.shop.workspace, LOCAL_ADMIN, document | {"name": "fr", "country": "FR"})
        for _ in range(2):
            it.start_worker("--workers", "4")
        single = [order.order_id for order in it.sandbox.world.orders if order.expected.outcome == "created"][:5]
        jobs = [it.ask(), it.ask("fr"), it.ask(order_ids=single), it.ask("fr", plan_only=True), it.ask()]
        assert len(set(jobs)) == 4, "the same request joins the job that is under way"
        ended = [it.wait(job) for job in dict.fromkeys(jobs)]
        assert all(job.state in (JobState.SUCCEEDED, JobState.FINISHED_WITH_PROBLEMS) for job in ended), ended
        audit = it.shop.audit()
        assert (audit.missing, audit.doubled, audit.cancelled_doubles, audit.wrong) == ([], [], [], [])
        assert audit.stock_wrong == []
        french = {o.order_id for o in it.sandbox.world.orders if o.draft.marketplace.country == "FR"}
        assert len(audit.stray) == ended[1].counts["created"] > 0
        assert max(it.live_orders().values()) == 1
        assert len(it.live_orders().keys() & french) == ended[1].counts["created"]
        assert it.refused() == 0
        assert it.shop.calls("amazon", "searchOrders") <= 3, "one job reads for both channels"
        assert "Traceback" not in it.line.log()


def test_a_killed_worker_is_replaced_by_the_other_and_nothing_is_lost_or_doubled(
    home: Path, postgres: Postgres, redis_url: str
) -> None:
    with fleet(home, postgres.database, redis_url, orders=50, store_latency=0.03) as it:
        check_kills(it, it.start_worker)


@pytest.mark.long
def test_a_worker_killed_on_another_host_is_replaced_when_its_lease_has_run_out(
    home: Path, postgres: Postgres, redis_url: str
) -> None:
    hosts = iter("abc")
    with fleet(home, postgres.database, redis_url, orders=50, store_latency=0.03) as it:
        check_kills(it, lambda: it.start_worker_elsewhere(next(hosts)))


def check_kills(it: Fleet, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    """Whichever of two workers has the job is killed while it writes, twice; the other one goes on each time."""
    dice = random.Random(7)
    workers = {worker.pid: worker for worker in (start(), start())}
    job = it.ask()
    killed: set[int] = set()
    for another in (True, False):
        before = len(it.sandbox.store.orders)
        it.until(lambda before=before: len(it.sandbox.store.orders) > before + 2, "writing goes on")
        time.sleep(dice.uniform(0, 0.1))
        # Only now: a job that finds the lane of its dead worker still leased waits, and may change hands meanwhile.
        owner = it.until(lambda: _owner(it, job, killed), "a worker has the job")
        workers[owner].kill()
        workers[owner].wait()
        killed.add(owner)
        if another:
            worker = start()
            workers[worker.pid] = worker
    document = it.wait(job)
    assert document.resumes == 2
    it.shop.check_everything(document)
    assert it.shop.audit().cancelled_doubles == []
    assert it.refused() == 0


def _owner(it: Fleet, job_id: int, killed: set[int]) -> int | None:
    """Process that runs the job now and lives."""
    with it.shop.workspace.database.read() as session:
        job = session.get_one(Job, job_id)
    pid = int(job.owner.split("/")[1]) if job.state == JobState.RUNNING else None
    return None if pid in killed else pid


def test_broken_database_connections_do_not_end_a_job(home: Path, postgres: Postgres) -> None:
    """What a restart or a failover of the database server looks like from here; the queue lives on it too."""
    with fleet(home, postgres.database, postgres.queue, orders=30, store_latency=0.03) as it:
        it.start_worker()
        job = it.ask()
        it.until(lambda: len(it.sandbox.store.orders) > 5, "writing has begun")
        assert postgres.break_connections() > 0
        it.shop.check_everything(it.wait(job))
