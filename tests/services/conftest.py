"""PostgreSQL and Redis for the tests of this folder: a database of its own for every test, dropped afterwards.

Where a server is absent the tests are skipped with the reason; CROSSDOCK_REQUIRE_SERVICES=1 makes that a failure.
CROSSDOCK_TEST_POSTGRES_URL and CROSSDOCK_TEST_REDIS_URL name other servers than those of this machine.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import redis
from psycopg import sql
from sqlalchemy import URL, make_url

from core.database import Database
from core.migrations.runner import open_database
from core.settings import Settings

POSTGRES_URL = os.environ.get("CROSSDOCK_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1/postgres")
REDIS_URL = os.environ.get("CROSSDOCK_TEST_REDIS_URL", "redis://127.0.0.1:6379")
REDIS_DATABASES = range(15, 0, -1)
"""Tried from the end; 0 belongs to whoever else uses the server."""
_CLAIM = "crossdock-tests"
_CLAIM_SECONDS = 600


@dataclass(frozen=True)
class Postgres:
    """One fresh database."""

    url: URL

    @property
    def database(self) -> str:
        """Its URL for CROSSDOCK_DATABASE_URL."""
        return self.url.render_as_string(hide_password=False)

    @property
    def queue(self) -> str:
        """Its URL for CROSSDOCK_QUEUE_URL."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as a bystander."""
        with psycopg.connect(self.queue, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def break_connections(self) -> int:
        """End every session of the database, as a restart of the server does; returns how many there were."""
        ended = self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(ended)


def missing(what: str) -> None:
    """Skip, or fail where the services are promised."""
    if os.environ.get("CROSSDOCK_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what}, and CROSSDOCK_REQUIRE_SERVICES=1")
    pytest.skip(what)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A database that nobody else uses."""
    server = make_url(POSTGRES_URL)
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        admin = psycopg.connect(address, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        missing(f"no PostgreSQL at {server.render_as_string()}: {str(error).splitlines()[0]}")
        return
    with admin:
        name = f"crossdock_test_{uuid.uuid4().hex[:12]}"
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        # Nothing here outlives a power loss anyway, and a slow disk is not what these tests are about.
        admin.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit TO off").format(sql.Identifier(name)))
        try:
            yield Postgres(server.set(database=name))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database that was empty, emptied again afterwards; one that holds anything is left alone."""
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=5).ping()
    except redis.ConnectionError as error:
        missing(f"no Redis at {make_url(REDIS_URL).render_as_string()}: {type(error).__name__}")
        return
    for number in REDIS_DATABASES:
        url = f"{REDIS_URL}/{number}"
        client = redis.Redis.from_url(url)
        if client.dbsize() == 0 and client.set(_CLAIM, "1", nx=True, ex=_CLAIM_SECONDS):
            yield url
            client.flushdb()
            client.close()
            return
        client.close()
    missing(f"no empty database at {make_url(REDIS_URL).render_as_string()}")


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    """An opened PostgreSQL database with the program's tables."""
    opened = open_database(Settings(database_url=postgres.database))
    yield opened
    opened.close()
