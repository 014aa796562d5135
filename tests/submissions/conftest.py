"""A sandbox and a home connected to it, shared by all tests of feeds of submissions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlmodel import delete

from core import clock
from core.keyring import open_keys
from core.model.cursor import Cursor
from core.model.outbox import OutboxIntent
from core.model.quota import Quota
from tests.flows.kit import Shop, shop
from tests.submissions import toy
from tests.submissions.kit import Submitter


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(tmp_path_factory.mktemp("submitting"), orders=2, other_orders=0, products=30) as it:
        yield it


@pytest.fixture
def submitter(connected: Shop, home: object, monkeypatch: pytest.MonkeyPatch) -> Submitter:
    """Jobs that write quantities; everything but the listings is as if nobody had ever sent anything."""
    workspace, sandbox = connected.workspace, connected.sandbox
    monkeypatch.setenv("CROSSDOCK_HOME", str(workspace.settings.home))
    open_keys(workspace.settings, workspace.database)
    clock.install(None, workspace.settings.home)
    with workspace.database.write() as session:
        for table in (Cursor, Quota, OutboxIntent):
            session.exec(delete(table))
    sandbox.clock.set(offset=0)
    sandbox.set_quota_scale(1)
    sandbox.faults.clear()
    sandbox.ledger.clear()
    sandbox.forget_work()
    sandbox.set_listings(0)  # what was written at a time that is ahead now would not show
    toy.forget()
    return Submitter(connected, monkeypatch)
