"""Servers of a test's own: to be restarted, killed and cut off without disturbing the tests beside it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from tests.services.conftest import missing

_STARTING = 30.0
"""Real seconds for a server to answer."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class PostgresServer:
    """A PostgreSQL cluster that accepts its superuser from everywhere that can reach it."""

    folder: Path
    user: str | None
    addresses: tuple[str, ...]
    port: int = field(default_factory=free_port)

    def url(self, address: str = "127.0.0.1") -> str:
        """For CROSSDOCK_DATABASE_URL."""
        return f"postgresql+psycopg://postgres@{address}:{self.port}/postgres"

    def queue(self, address: str = "127.0.0.1") -> str:
        """For CROSSDOCK_QUEUE_URL."""
        return self.url(address).replace("+psycopg", "")

    def start(self) -> None:
        """Let it answer."""
        listen = f"-c listen_addresses={','.join(self.addresses)} -c port={self.port} -c unix_socket_directories="
        self._control("start", "-w", "-o", f"{listen} -c fsync=off -c max_connections=200", "-l", "log")

    def stop(self, how: str = "fast") -> None:
        """End it: `fast` ends all connections in order, `immediate` as a crash does."""
        self._control("stop", "-w", "-m", how)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as a bystander."""
        with psycopg.connect(self.queue(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make(self) -> None:
        """A fresh cluster."""
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        with (self.folder / "data/pg_hba.conf").open("a") as rights:
            rights.write("host all all all trust\n")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", "data", *words)

    def _run(self, *words: str) -> None:
        # Its own children inherit what it writes to: a pipe would stay open as long as the server runs.
        with (self.folder / "said").open("w+") as said:
            done = subprocess.run(words, cwd=self.folder, user=self.user, stdout=said, stderr=said, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()


@contextmanager
def postgres_server(*addresses: str) -> Iterator[PostgresServer]:
    """A running cluster on this machine, which is gone afterwards; it refuses to run as root, so somebody else does."""
    if not (shutil.which("initdb") and shutil.which("pg_ctl")):
        missing("no initdb and pg_ctl to make a PostgreSQL of one's own")
    folder = Path(tempfile.mkdtemp(prefix="crossdock-postgres-"))
    user = _other_user() if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    server = PostgresServer(folder, user, ("127.0.0.1", *addresses))
    try:
        server.make()
        server.start()
        yield server
    finally:
        with suppress(AssertionError):
            server.stop("immediate")
        shutil.rmtree(folder)


def _other_user() -> str:
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class RedisServer:
    """A Redis that writes nothing down: killed, it has lost everything."""

    addresses: tuple[str, ...]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def url(self, address: str = "127.0.0.1") -> str:
        """For CROSSDOCK_QUEUE_URL."""
        return f"redis://{address}:{self.port}/0"

    def start(self) -> None:
        """Let it answer."""
        words = ["--port", str(self.port), "--bind", *self.addresses, "--save", "", "--appendonly", "no"]
        words += ["--protected-mode", "no", "--dir", tempfile.gettempdir()]
        self.process = subprocess.Popen(["redis-server", *words], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _STARTING
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError), closing(redis.Redis(port=self.port)) as client:
                client.ping()
                return
            time.sleep(0.05)
        raise AssertionError("Redis does not answer")

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def forget(self) -> None:
        """Lose all messages."""
        with closing(redis.Redis(port=self.port)) as client:
            client.flushall()


@contextmanager
def redis_server(*addresses: str) -> Iterator[RedisServer]:
    """A running Redis on this machine, which is gone afterwards."""
    if not shutil.which("redis-server"):
        missing("no redis-server to make a Redis of one's own")
    server = RedisServer(("127.0.0.1", *addresses))
    try:
        server.start()
        yield server
    finally:
        server.kill()
