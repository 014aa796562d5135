"""One sandbox for all tests of submissions; each starts with what the world lists, and full quotas."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import delete

from core import clock
from core.keyring import open_keys
from core.model.cursor import Cursor
from core.model.job import Job
from core.model.outbox import OutboxIntent
from core.model.quota import Quota
from tests.flows.kit import Shop, shop
from tests.submissions.desk import Desk
from tests.submissions.toy import ToySender


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    world = {"orders": 5, "other_orders": 0, "products": 60}
    with shop(tmp_path_factory.mktemp("submissions"), settings={"settle_seconds": 120.0}, **world) as it:
        yield it


@pytest.fixture
def desk(connected: Shop, monkeypatch: pytest.MonkeyPatch) -> Desk:
    workspace, sandbox = connected.workspace, connected.sandbox
    monkeypatch.setenv("CROSSDOCK_HOME", str(workspace.settings.home))
    open_keys(workspace.settings, workspace.database)
    clock.install(None, workspace.settings.home)
    with workspace.database.write() as session:
        for model in (Cursor, Quota, OutboxIntent, Job):
            session.exec(delete(model))
    sandbox.clock.set(offset=0)
    sandbox.set_quota_scale(100)
    sandbox.faults.clear()
    sandbox.ledger.clear()
    sandbox.forget_work()
    sandbox.set_listings(0)
    sandbox.set_publishing({"show": 0.0})
    sandbox.amazon.journal.clear()
    for kept in (ToySender.wanted, ToySender.seen, ToySender.taken_as, ToySender.composed):
        kept.clear()
    return Desk(connected)
