"""Workers on several hosts, one of which loses its network in the middle of a write."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core import leases
from core.jobs.views import living_workers
from core.migrations.runner import open_database
from core.model.job import Job, JobState
from core.settings import Settings
from tests.services.hosts import Host, Network, fresh_home, network
from tests.services.kit import PATIENCE, Fleet, fleet
from tests.services.servers import postgres_server, redis_server

pytestmark = pytest.mark.long


@dataclass
class Site:
    """A shop whose workers are on hosts of their own."""

    it: Fleet
    net: Network
    folder: Path
    database: str
    queue: str

    def start_worker(self, host: Host) -> subprocess.Popen[bytes]:
        """Worker of a host, with a home folder that holds only the key."""
        home = fresh_home(self.folder, host.name, self.it.line.home / "key")
        own = {"CROSSDOCK_HOME": str(home), "CROSSDOCK_DATABASE_URL": self.database, "CROSSDOCK_QUEUE_URL": self.queue}
        command = [sys.executable, "-m", "huey_consumer", "--workers", "2"]
        with (self.it.line.home / "processes.log").open("ab") as log:
            worker = host.start(command, self.it.line.environment | own, log)
        self.it.workers.append(worker)
        return worker

    def workers(self) -> int:
        """How many are alive."""
        with self.it.shop.workspace.database.read() as session:
            return len(living_workers(session))

    def at_work(self, job_id: int, but: str = "") -> Host | None:
        """The host whose worker runs the job."""
        with self.it.shop.workspace.database.read() as session:
            job = session.get_one(Job, job_id)
        name = job.owner.partition(":")[0] if job.state == JobState.RUNNING else ""
        return next((host for host in self.net.hosts if host.name == name != but), None)


@contextmanager
def site(home: Path, folder: Path, **world: object) -> Iterator[Site]:
    """Three hosts; database and queue on this machine, at an address that all of them reach."""
    with (
        network(3) as net,
        postgres_server(net.servers) as postgres,
        redis_server(net.servers) as redis,
        fleet(home, postgres.url(), redis.url(), **world) as it,
        net.carrying([urlsplit(url).port or 0 for url in (it.sandbox.amazon_url, it.sandbox.store_url)]),
    ):
        yield Site(it, net, folder, postgres.url(net.servers), redis.url(net.servers))


def test_a_host_cut_off_in_the_middle_of_a_write_is_replaced_and_comes_back(home: Path, tmp_path: Path) -> None:
    with site(home, tmp_path, orders=60, store_latency=0.2) as here:
        it = here.it
        workers = {host: here.start_worker(host) for host in here.net.hosts}
        it.until(lambda: here.workers() == 3, "all workers are there")
        job = it.ask()
        it.until(lambda: len(it.sandbox.store.orders) > 5, "writing has begun")
        lost = it.until(lambda: here.at_work(job), "a host has the job")
        lost.unplug()
        written = len(it.sandbox.store.orders)
        it.until(lambda: here.at_work(job, but=lost.name), "another host takes the job over")
        it.until(lambda: len(it.sandbox.store.orders) > written, "writing goes on")
        lost.plug()
        it.shop.check_everything(it.wait(job))
        assert it.shop.audit().cancelled_doubles == []
        assert it.refused() == 0
        assert all(worker.poll() is None for worker in workers.values())
        for host, worker in workers.items():
            if host is not lost:
                worker.terminate()
                worker.wait()
        assert it.wait(it.ask()).counts["created"] == 0, "the one that was cut off goes on"


_HOLDS = """
import sys, time
from core.database import Database
from core.leases import still_held
with Database(sys.argv[1]).write() as session:
    assert still_held(session, "work", "lost")
    print("held", flush=True)
    time.sleep(600)
"""


def test_what_a_lost_host_had_locked_is_soon_free(home: Path) -> None:
    """It was in the middle of a transaction: by itself the server would wait for it for two hours."""
    with network(1) as net, postgres_server(net.servers) as postgres, ThreadPoolExecutor(1) as waiting:
        (host,) = net.hosts
        with closing(open_database(Settings(home=home, database_url=postgres.url()))) as database:
            assert leases.take(database, "work", "lost")
            holder = host.start([sys.executable, "-c", _HOLDS, postgres.url(net.servers)], os.environ, subprocess.PIPE)
            try:
                assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
                host.unplug()
                taking = waiting.submit(leases.take, database, "work", "another")
                taking.result(timeout=PATIENCE)
            finally:
                holder.kill()
                holder.wait()
                postgres.stop("immediate")
