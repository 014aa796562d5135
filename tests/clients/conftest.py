"""Shared fixtures: time that stands still, a quota book, mocked and raw remotes."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import responses

from core import clock
from core.database import Database
from core.http import Http
from core.migrations.runner import ensure_schema
from core.quota import QuotaBook
from tests.clients.manual_clock import ManualClock
from tests.clients.raw_server import RawServer, Script
from tests.clients.store_kit import Shop

Serve = Callable[..., RawServer]


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    """The program's time: nobody waits for it."""
    manual = ManualClock()
    monkeypatch.setattr(clock, "_current", manual)
    return manual


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy or certificate settings of the machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("NETRC", "/nonexistent/netrc")


@pytest.fixture
def http() -> Iterator[Http]:
    opened = Http()
    yield opened
    opened.close()


@pytest.fixture
def mocked() -> Iterator[responses.RequestsMock]:
    """Recorded answers; each has to be asked for, and nothing else may be."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts raw servers and stops them at the end."""
    servers: list[RawServer] = []

    def start(script: Script, tls: ssl.SSLContext | None = None) -> RawServer:
        servers.append(RawServer(script, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy from."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    database = Database(f"sqlite:///{path}")
    ensure_schema(database)
    database.close()
    return path


@pytest.fixture
def quotas(empty_database: Path, tmp_path: Path) -> Iterator[QuotaBook]:
    path = shutil.copy(empty_database, tmp_path / "quota.db")
    database = Database(f"sqlite:///{path}")
    yield QuotaBook(database)
    database.close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A store that knows nothing until a test records it."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Shop(mock)
