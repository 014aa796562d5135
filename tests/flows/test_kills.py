"""kill -9 of the worker while it writes: nothing lost, nothing doubled, and work goes on from the checkpoint."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.actor import LOCAL_ADMIN
from core.flows import again
from core.jobs.views import JobView
from core.model.job import JobState
from core.orders import actions as orders
from core.stop_writes import stop_writes
from tests.flows.kit import SETTLE, CommandLine, Shop, shop

PATIENCE = 90.0
"""Real seconds after which a wait in these tests is a failure."""


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Poll for something that another process brings about."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"it took too long: {what}")


@contextmanager
def writing_shop(home: Path, **world: Any) -> Iterator[tuple[Shop, CommandLine]]:
    """A shop whose work is done by worker processes; this process only watches."""
    with shop(home, **({"orders": 120, "other_orders": 0, "products": 60} | world)) as it:
        yield it, CommandLine(home, it.sandbox, CROSSDOCK_SETTLE_SECONDS=str(SETTLE))


@contextmanager
def worker_of(line: CommandLine) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A worker that may be replaced by killing it and starting another; the last one is stopped at the end."""
    workers = [line.start_worker()]
    try:
        yield workers
    finally:
        workers[-1].terminate()
        workers[-1].wait()


def kill(workers: list[subprocess.Popen[bytes]], line: CommandLine) -> None:
    """kill -9, and start another."""
    workers[-1].kill()
    workers[-1].wait()
    workers.append(line.start_worker())


def ask(it: Shop, **options: Any) -> int:
    """Ask for an import; the worker's upkeep finds it."""
    return orders.import_orders(it.workspace, LOCAL_ADMIN, it.channel, **options).job_id


def ended(it: Shop, job_id: int) -> JobView | None:
    """The job, once it has ended."""
    job = it.job(job_id)
    return job if job.state.is_final else None


@pytest.mark.parametrize("kills", [2, pytest.param(6, marks=pytest.mark.long)])
def test_D1_a_worker_killed_at_random_moments_of_writing_loses_and_doubles_nothing(home: Path, kills: int) -> None:
    dice = random.Random(kills)
    with writing_shop(home, orders=20 * kills, store_latency=0.1) as (it, line), worker_of(line) as workers:
        job_id = ask(it)
        for _ in range(kills):
            made = len(it.sandbox.store.orders)
            until(lambda made=made: len(it.sandbox.store.orders) > made or ended(it, job_id), "writing goes on")
            if ended(it, job_id):
                break
            time.sleep(dice.uniform(0, 0.3))
            kill(workers, line)
        job = until(lambda: ended(it, job_id), "the job ends")
        assert len(workers) > kills - 2, "the worker was too fast to be killed while it wrote"
        it.check_everything(job)
        assert job.calls["searchOrders"] <= 2 + len(workers)
        assert it.import_orders().counts["created"] == 0
        assert it.audit().ok


def test_G3_a_worker_killed_while_it_reads_reads_at_most_one_page_again(home: Path) -> None:
    with writing_shop(home, orders=500) as (it, line):
        it.fault("amazon", "searchOrders", "slow", times=-1, seconds=0.4)
        with worker_of(line) as workers:
            job_id = ask(it, plan_only=True)
            for pages in (2, 4):
                until(lambda pages=pages: it.calls("amazon", "searchOrders") >= pages, "pages are read")
                kill(workers, line)
            job = until(lambda: ended(it, job_id), "the job ends")
        assert job.counts["seen"] == 500
        assert it.calls("amazon", "searchOrders") <= 5 + 2


def test_sigterm_gives_the_job_back_and_another_worker_finishes_it(home: Path) -> None:
    with writing_shop(home, store_latency=0.1) as (it, line):
        job_id = ask(it)
        worker = line.start_worker()
        until(lambda: len(it.sandbox.store.orders) > 5, "writing has begun")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
        assert it.job(job_id).state is JobState.QUEUED
        with worker_of(line):
            job = until(lambda: ended(it, job_id), "the job ends")
        it.check_everything(job)
        assert "Traceback" not in line.log()


def test_a_cancelled_job_stops_between_two_orders_and_the_next_one_goes_on(home: Path) -> None:
    with writing_shop(home, store_latency=0.1) as (it, line), worker_of(line):
        job_id = ask(it)
        until(lambda: len(it.sandbox.store.orders) > 5, "writing has begun")
        again.cancel(it.workspace.database, LOCAL_ADMIN, job_id)
        assert until(lambda: ended(it, job_id), "the job ends").state is JobState.CANCELLED
        assert len(it.sandbox.store.orders) < it.audit().expected
        second = ask(it)
        assert until(lambda: ended(it, second), "the job ends").state is JobState.FINISHED_WITH_PROBLEMS
        assert it.audit().ok, it.audit().as_dict()


def test_stopped_writes_hold_a_job_and_it_goes_on_when_they_are_allowed(home: Path) -> None:
    with writing_shop(home, orders=40) as (it, line):
        stop_writes(it.workspace, LOCAL_ADMIN, True)
        job_id = ask(it)
        with worker_of(line):
            until(lambda: it.job(job_id).state is JobState.WAITING, "the job waits")
            assert "stopped" in it.job(job_id).waiting_for
            assert not it.sandbox.store.orders
            stop_writes(it.workspace, LOCAL_ADMIN, False)
            until(lambda: ended(it, job_id), "the job ends")
        assert it.audit().ok


def test_direct_runs_that_were_killed_are_finished_by_the_next_one_without_a_worker(home: Path) -> None:
    with writing_shop(home, orders=60, store_latency=0.1) as (it, line):
        for _ in range(2):
            made = len(it.sandbox.store.orders)
            run = line.start("orders", "import", "--channel", it.channel, "--direct")
            until(lambda made=made: len(it.sandbox.store.orders) > made + 3, "writing goes on")
            run.kill()
            run.wait()
        it.import_orders()
        assert it.audit().ok, it.audit().as_dict()
