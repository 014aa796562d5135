"""The models, and a client whose calls are recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from core.amazon.tokens import Credentials, TokenSource
from core.amazon.transport import Account, AmazonClient
from core.database import Database
from core.http import Http
from core.migrations.runner import ensure_schema
from core.quota import QuotaBook
from tests.contract import swagger

LWA = "https://lwa.example"
SPAPI = "https://spapi.example"


class Recorder:
    """Stands in for Amazon: gives the next answer, and keeps the requests."""

    def __init__(self, mock: responses.RequestsMock, client: AmazonClient) -> None:
        self.client = client
        self.requests: list[PreparedRequest] = []
        self._answers: list[tuple[int, str, bytes]] = []
        self._mock = mock
        mock.post(f"{LWA}/auth/o2/token", json={"access_token": "Atza|x", "expires_in": 3600})
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            mock.add_callback(method, re.compile(re.escape(SPAPI)), self._reply)

    def will_say(self, body: bytes, status: int = 200) -> None:
        self._answers.append((status, "application/json", body))

    def last(self) -> tuple[str, str, Any]:
        """Method, address below the host, and body of the last request."""
        request = self.requests[-1]
        return str(request.method), str(request.url).removeprefix(SPAPI), request.body

    def _reply(self, request: PreparedRequest) -> tuple[int, dict[str, str], bytes]:
        self.requests.append(request)
        status, kind, body = self._answers.pop(0)
        return status, {"Content-Type": kind}, body


@pytest.fixture(autouse=True)
def models() -> None:
    if not swagger.present():
        pytest.skip(swagger.ABSENT)


@pytest.fixture(scope="session")
def quotas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuotaBook]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('contract') / 'quota.db'}")
    ensure_schema(database)
    yield QuotaBook(database)
    database.close()


@pytest.fixture
def amazon(quotas: QuotaBook, request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """Each test has an account of its own, and with it full buckets."""
    http = Http()
    account = Account("eu", "live", request.node.nodeid, Credentials("client", "secret", "refresh"))
    client = AmazonClient(account, http=http, quotas=quotas, tokens=TokenSource(http, LWA), base_url=SPAPI)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Recorder(mock, client)
    http.close()


@pytest.fixture
def no_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(swagger, "FOLDER", tmp_path)
