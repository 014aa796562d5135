"""A home with one channel, whose two remotes are the toy's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import delete

from core import clock
from core.actor import LOCAL_ADMIN
from core.flows import runner
from core.jobs import lifecycle, views
from core.jobs.requests import request
from core.jobs.views import JobView
from core.keyring import open_keys
from core.model.channel import Channel
from core.model.cursor import Cursor
from core.model.quota import Quota
from core.model.store import Store
from core.settings import Settings
from core.sync.flow import Flow
from core.workspace import Workspace, opened
from tests.flows.kit import Shop, shop
from tests.sync.reading import Reader
from tests.sync.toy import MAKE, THINGS, TOYS
from tests.sync.toy_remote import ToyRemote, serve
from tests.unit.builders import connect_channel

ROOT = Path(__file__).parents[2]
FAST = "0,10"
"""The clock of the toy's processes: what settles after minutes need not take them."""


@dataclass
class Toys:
    """A channel and what the toy flow makes of it."""

    workspace: Workspace
    channel: Channel
    remote: ToyRemote
    home: Path

    def ask(self, *names: str) -> int:
        return request(self.workspace.database, LOCAL_ADMIN, MAKE, self.channel, {"names": list(names)}).job_id

    def run(self, job_id: int, flows: tuple[Flow, ...] = (TOYS,)) -> JobView:
        """Run a job in this process until it ends; it is resumed as often as it waits."""
        for _ in range(200):
            lifecycle.recover(self.workspace.database)
            state = runner.run(self.workspace, job_id, flows=flows)
            if state is not None and state.is_final:
                return self.job(job_id)
            signal.sigtimedwait([], 0.05)
        raise AssertionError(f"job {job_id} does not end: {self.job(job_id)}")

    def make(self, *names: str) -> JobView:
        return self.run(self.ask(*names))

    def job(self, job_id: int) -> JobView:
        return views.get_job(self.workspace.database, LOCAL_ADMIN, job_id)

    def problems(self, job_id: int) -> dict[str, str]:
        found = views.item_problems(self.workspace.database, LOCAL_ADMIN, job_id)
        return {item.subject: item.code for item in found}

    def worker(self, job_id: int) -> subprocess.Popen[bytes]:
        """Run a job in a process of its own, which may be killed."""
        code = (
            "from time import sleep\n"
            "from core.flows import runner; from core.settings import Settings; from core.workspace import opened\n"
            "from tests.sync.toy import TOYS\n"
            "with opened(Settings()) as it:\n"
            f"    while not (state := runner.run(it, {job_id}, flows=(TOYS,))) or not state.is_final: sleep(0.05)"
        )
        settings = self.workspace.settings
        environment = {
            "CROSSDOCK_SPAPI_URL": settings.spapi_url,
            "CROSSDOCK_LWA_URL": settings.lwa_url,
            "CROSSDOCK_TEST_CLOCK": settings.test_clock,
        }
        return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment)


@pytest.fixture
def toys(home: Path) -> Iterator[Toys]:
    remote = ToyRemote()
    with serve(remote) as url, opened(Settings(home=home, spapi_url=url, lwa_url=url, test_clock=FAST)) as workspace:
        THINGS.metadata.create_all(workspace.database.engine)
        channel = connect_channel(workspace.database)
        with workspace.database.write() as session:
            store = session.get_one(Store, channel.store_id)
            store.url, store.api_key = url, "of this store"
            session.add(store)
        yield Toys(workspace, channel, remote, home)


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A sandbox and a home connected to it, for all tests of reports and feeds: connecting takes longer than these."""
    with shop(tmp_path_factory.mktemp("reading"), orders=5, other_orders=0, products=30) as it:
        yield it


@pytest.fixture
def reader(connected: Shop, home: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Jobs that read and send, for an account that has never asked for anything."""
    workspace, sandbox = connected.workspace, connected.sandbox
    monkeypatch.setenv("CROSSDOCK_HOME", str(workspace.settings.home))
    open_keys(workspace.settings, workspace.database)
    clock.install(None, home)
    with workspace.database.write() as session:
        session.exec(delete(Cursor))
        session.exec(delete(Quota))
    sandbox.clock.set(offset=0)
    sandbox.set_quota_scale(1)
    sandbox.faults.clear()
    sandbox.ledger.clear()
    sandbox.forget_work()
    return Reader(connected)
