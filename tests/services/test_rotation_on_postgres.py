"""Several rotate a client secret at the same moment on PostgreSQL: it is asked for and used once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import select

from core import clock
from core.actor import LOCAL_ADMIN
from core.errors import UsageError
from core.model.account import App, SecretRotation
from core.model.audit import AuditEntry
from core.notifications import rotation, secrets
from core.settings import Settings
from core.workspace import Workspace, opened
from tests.services.conftest import Postgres
from tests.unit.builders import connect_channel
from tests.unit.test_receiving import FakeQueue, new_secret, take

Result = TypeVar("Result")
TOGETHER = 4


def together(act: Callable[[], Result]) -> list[Result | Exception]:
    """Do it in several threads at once; what each gave or raised."""
    begin, found = threading.Barrier(TOGETHER), list[Result | Exception]()

    def run() -> None:
        begin.wait()
        try:
            found.append(act())
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_at_once_it_is_asked_for_and_used_once(home: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(Workspace, "amazon_for", lambda *_, **__: None)
    monkeypatch.setattr(rotation, "rotate_client_secret", lambda client, subject: calls.append(subject))
    monkeypatch.setattr(secrets, "try_secret", lambda *_: None)
    with opened(Settings(home=home, database_url=postgres.database)) as workspace:
        connect_channel(workspace.database, connected_at=clock.now())
        asked = together(lambda: rotation.ask(workspace, LOCAL_ADMIN, "app"))
        assert len(calls) == 1 and sum(isinstance(one, UsageError) for one in asked) == TOGETHER - 1, asked
        with workspace.database.write() as session:
            row = session.exec(select(SecretRotation)).one()
            row.secret, row.arrived_at = "new", clock.now()
            session.add(row)
        assert together(lambda: secrets.try_waiting(workspace)) == [None] * TOGETHER
        with workspace.database.read() as session:
            app = session.exec(select(App)).one()
            taken = session.exec(select(AuditEntry).where(AuditEntry.action == "app.secret")).all()
        assert (app.client_secret, app.previous_secret, len(taken)) == ("new", "secret", 1)
        assert take(workspace, FakeQueue(new_secret()))["ignored"] == 1
