"""Database and queue that restart, die and forget while workers write."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.kit import Fleet, fleet
from tests.services.servers import PostgresServer, RedisServer, postgres_server, redis_server

pytestmark = pytest.mark.long


@pytest.fixture
def cluster() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def forgetful() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    with redis_server() as server:
        yield server


def check_what_comes_of(it: Fleet, disturb: Callable[[], object]) -> None:
    """Two workers import; after some orders, and again later, something happens to their servers."""
    for host in ("a", "b"):
        it.start_worker_elsewhere(host)
    job = it.ask()
    for written in (3, 12):
        it.until(lambda written=written: len(it.sandbox.store.orders) > written, "writing goes on")
        disturb()
    it.shop.check_everything(it.wait(job))
    assert it.shop.audit().cancelled_doubles == []
    # Everything is usable again: another job through the same queue and database.
    assert it.wait(it.ask()).counts["created"] == 0
    assert it.refused() == 0


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_database_that_restarts_while_orders_are_written(home: Path, cluster: PostgresServer, how: str) -> None:
    """Queue and database are on it; it is away for a second."""

    def restart() -> None:
        cluster.stop(how)
        time.sleep(1)
        cluster.start()

    with fleet(home, cluster.url(), cluster.queue(), orders=40, store_latency=0.05) as it:
        check_what_comes_of(it, restart)


def test_a_queue_that_dies_and_comes_back_empty(home: Path, cluster: PostgresServer, forgetful: RedisServer) -> None:
    def die() -> None:
        forgetful.kill()
        time.sleep(1)
        forgetful.start()

    with fleet(home, cluster.url(), forgetful.url(), orders=40, store_latency=0.05) as it:
        check_what_comes_of(it, die)


def test_jobs_whose_messages_are_all_lost_are_found(
    home: Path, cluster: PostgresServer, forgetful: RedisServer
) -> None:
    """Each message is lost as soon as it is there: only the table of jobs tells the workers."""
    with fleet(home, cluster.url(), forgetful.url(), orders=40, store_latency=0.05) as it:
        asked = it.ask()
        forgetful.forget()
        check_what_comes_of(it, forgetful.forget)
        assert it.ended(asked)
