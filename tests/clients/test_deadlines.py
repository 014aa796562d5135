"""One deadline holds for all of an exchange, wherever the remote takes its time."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time as real_time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import urllib3.util.connection

from core.amazon.tokens import TokenSource
from core.errors import OutcomeUnknown, Unreachable
from core.http import Http
from tests.clients.amazon_kit import CREDENTIALS
from tests.clients.conftest import Serve
from tests.clients.raw_server import Connection, answer, says
from tests.clients.tls import certificate

LIMIT = 0.3
"""Seconds of an exchange here."""
GENEROUS = 10.0
"""Seconds after which it hangs; the scripts go on for longer."""


def drips(before: bytes, piece: bytes, after: bytes = b"", times: int = 5_000) -> Callable[[Connection], None]:
    """Sends `piece` again and again, a hundred times a second."""

    def script(connection: Connection) -> None:
        connection.send(before)
        for _ in range(times):
            if connection.stop.wait(0.01):
                return
            connection.send(piece)
        connection.send(after)

    return script


def floods(before: bytes, piece: bytes) -> Callable[[Connection], None]:
    """Sends `piece` as fast as it goes."""

    def script(connection: Connection) -> None:
        connection.send(before)
        while not connection.stop.is_set():
            connection.send(piece * 1_000)

    return script


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
SLOW: dict[str, Callable[[Connection], None]] = {
    "a status line that drips": drips(b"HTTP/1.1 200 ", b"O"),
    "headers that drip": drips(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "interim answers that drip": drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a flood of interim answers": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body that drips": drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "a body without an end that drips": drips(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", b"x"),
    "chunks that drip": drips(CHUNKED, b"1\r\nx\r\n"),
    "a chunk size that drips": drips(CHUNKED, b"0"),
    "trailers that drip": drips(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: 1\r\n"),
    "a flood of trailers": floods(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: 1\r\n"),
    "a redirect whose body drips": drips(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "empty packed members that drip": drips(PACKED, gzip.compress(b"")),
    "silence": Connection.hold,
}


@pytest.fixture(params=["plain", "TLS"])
def over(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    if request.param == "plain":
        yield None
        return
    context, file = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    yield context


def seconds(call: Callable[[], object]) -> float:
    begun = real_time.monotonic()
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        call()
    return real_time.monotonic() - begun


@pytest.mark.parametrize("name", SLOW)
def test_P8_the_deadline_holds_everywhere(name: str, over: ssl.SSLContext | None, http: Http, serve: Serve) -> None:
    server = serve(SLOW[name], over)
    assert seconds(lambda: http.send("POST", server.url, json={}, total_timeout=LIMIT)) < GENEROUS
    assert len(server.requests) == 1


def test_P8_a_request_for_a_token_ends_as_well(http: Http, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed: list[float] = []
    send = http.send

    def sooner(*known: Any, total_timeout: float, **options: Any) -> Any:
        allowed.append(total_timeout)
        return send(*known, **options, total_timeout=LIMIT)

    monkeypatch.setattr(http, "send", sooner)
    server = serve(SLOW["headers that drip"])
    assert seconds(lambda: TokenSource(http, server.url).token(CREDENTIALS)) < GENEROUS
    assert allowed == [30.0]


def test_a_flood_of_packed_nothing_meets_the_limit_of_size(http: Http, serve: Serve) -> None:
    server = serve(floods(PACKED, gzip.compress(b"")))
    with pytest.raises(OutcomeUnknown, match="larger than 1 MB"):
        http.send("GET", server.url)


def test_a_remote_that_reads_nothing_ends_too(http: Http) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert seconds(lambda: http.send("POST", url, json="x" * 20_000_000, total_timeout=1)) < GENEROUS


def test_a_handshake_that_drips_ends_and_sent_nothing(http: Http, tmp_path: Path) -> None:
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        tcp, _ = listener.accept()
        with tcp:
            tcp.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a long handshake message begins
            while not stop.wait(0.01):
                try:
                    tcp.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        begun = real_time.monotonic()
        with pytest.raises(Unreachable):
            http.send("POST", f"https://127.0.0.1:{listener.getsockname()[1]}/", json={}, total_timeout=LIMIT)
        assert real_time.monotonic() - begun < GENEROUS
        stop.set()
        thread.join(GENEROUS)


def test_many_dead_addresses_share_the_time(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[float] = []

    def hangs(address: Any, timeout: float, *_: Any) -> NoReturn:
        tried.append(timeout)
        real_time.sleep(min(timeout, 0.1))
        raise TimeoutError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 443)) for number in range(1, 100)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", hangs)
    with pytest.raises(Unreachable):
        http.send("POST", "https://shop.example/", json={}, total_timeout=LIMIT)
    assert max(tried) <= LIMIT and sum(timeout > 0 for timeout in tried) < 10


def test_a_process_that_stops_waits_for_no_remote(http: Http, serve: Serve) -> None:
    server = serve(Connection.hold)
    ended: list[float] = []
    thread = threading.Thread(target=lambda: ended.append(seconds(lambda: http.send("GET", server.url))))
    thread.start()
    while not server.requests:
        real_time.sleep(0.01)
    http.end_all_in(0.1)
    thread.join(GENEROUS)
    assert ended
    with pytest.raises(Unreachable):
        http.send("GET", server.url)
    assert len(server.requests) == 1


def test_a_connection_outlives_the_deadlines_of_earlier_exchanges(http: Http, serve: Serve) -> None:
    def two(connection: Connection) -> None:
        connection.send(answer(b"{}", headers=""))

    server = serve(two)
    http.send("GET", server.url, total_timeout=LIMIT)
    real_time.sleep(LIMIT * 1.5)
    http.send("GET", server.url, total_timeout=5)
    assert server.connections == 1 and len(server.requests) == 2


def test_exchanges_leave_no_handles_and_one_thread(http: Http, serve: Serve) -> None:
    server = serve(says(answer()))
    http.send("GET", server.url)
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    watchers = [thread.name for thread in threading.enumerate()].count("deadlines")
    for _ in range(20):
        http.send("GET", server.url)
    after = len(list(Path("/proc/self/fd").iterdir())) if before else 0
    assert after <= before + 5
    assert [thread.name for thread in threading.enumerate()].count("deadlines") <= watchers
