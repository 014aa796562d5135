"""What went wrong decides whether a call may be repeated, so each way of breaking has its name."""

from __future__ import annotations

import gzip
import socket
import threading
from pathlib import Path
from typing import Any, NoReturn

import pytest
import urllib3.util.connection

from core.errors import OutcomeUnknown, Unreachable
from core.http import Http
from tests.clients.conftest import Serve
from tests.clients.raw_server import Connection, Script, answer, says

SECRET = "s3cr3t-api-key"


def refused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_a_refused_port_was_never_reached(http: Http) -> None:
    with pytest.raises(Unreachable) as caught:
        http.send("POST", f"http://127.0.0.1:{refused_port()}/", json={}, subject="store main")
    assert str(caught.value).startswith("store main: It cannot be reached. Check the address")
    assert caught.value.exit_code == 4


def test_an_unknown_name_was_never_reached(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="It cannot be reached"):
        http.send("POST", "https://shop.example/api/orders", json={})


def test_a_handshake_that_takes_too_long_was_never_reached(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> NoReturn:
        raise TimeoutError("timed out")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", silent)
    with pytest.raises(Unreachable, match="It cannot be reached"):
        http.send("POST", "https://shop.example/api/orders", json={})


def closes(connection: Connection) -> None:
    connection.close()


def resets(connection: Connection) -> None:
    connection.reset()


def resets_in_mid_body(connection: Connection) -> None:
    connection.send(answer(b'{"order_id": ', length=4000))
    connection.reset()


BROKEN: dict[str, Script] = {
    "closed before an answer": closes,
    "reset before an answer": resets,
    "reset in mid-body": resets_in_mid_body,
    "longer length than body": says(answer(b'{"order_id": 5}', length=16)),
    "last chunk missing": says(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{}  \r\n"),
    "chunk cut": says(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}"),
    "no status line": says(b"220 mail.example ESMTP\r\n\r\n"),
    "compressed body that is none": says(answer(b"not gzip", headers="Content-Encoding: gzip\r\n")),
    "compressed body cut short": says(
        answer(gzip.compress(b"{}" * 500)[:-20], length=2000, headers="Content-Encoding: gzip\r\n")
    ),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_leaves_the_outcome_open_and_is_not_repeated(
    how: str, method: str, http: Http, serve: Serve
) -> None:
    server = serve(BROKEN[how])
    with pytest.raises(OutcomeUnknown, match="The connection broke") as caught:
        http.send(method, server.url, json={"key": SECRET}, subject="store main")
    assert [request.line for request in server.requests] == [f"{method} / HTTP/1.1"]
    assert caught.value.subject == "store main" and SECRET not in str(caught.value)
    # The library's own error holds the request with its headers: it must not travel along.
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_silence_leaves_the_outcome_open(http: Http, serve: Serve) -> None:
    server = serve(Connection.hold)
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        http.send("POST", server.url, json={}, read_timeout=0.05)
    assert len(server.requests) == 1


def test_silence_in_mid_body_leaves_the_outcome_open(http: Http, serve: Serve) -> None:
    def half(connection: Connection) -> None:
        connection.send(answer(b"{", length=2))
        connection.hold()

    server = serve(half)
    with pytest.raises(OutcomeUnknown):
        http.send("POST", server.url, json={}, read_timeout=0.05)
    assert len(server.requests) == 1


def test_a_drip_of_chunks_ends_with_the_total_time(http: Http, serve: Serve) -> None:
    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(500):  # some seconds, should the client be as patient
            if connection.stop.wait(0.01):
                return
            connection.send(b"1\r\n.\r\n")
        connection.close()

    server = serve(drip)
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        http.send("GET", server.url, read_timeout=5, total_timeout=0.1)
    assert server.hung_up.wait(10), "the connection was kept open"


def test_an_answer_too_large_is_not_kept(http: Http, serve: Serve) -> None:
    assert http.send("GET", serve(says(answer(b"x" * 1000))).url, limit=1000).body == b"x" * 1000
    with pytest.raises(OutcomeUnknown, match="larger than"):
        http.send("GET", serve(says(answer(b"x" * 1001))).url, limit=1000)


@pytest.mark.parametrize(("method", "changes", "open_"), [("GET", None, 0), ("POST", None, 1), ("POST", False, 0)])
def test_only_what_can_change_something_has_an_outcome_to_find_out(
    method: str, changes: bool | None, open_: bool, http: Http, serve: Serve
) -> None:
    with pytest.raises(OutcomeUnknown) as caught:
        http.send(method, serve(Connection.close).url, changes=changes)
    assert ("being found out" in caught.value.next_step) == open_
    assert ("Nothing was changed" in caught.value.next_step) != open_


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "429 Slow Down", "500 Oops"])
def test_any_whole_answer_is_an_answer(status: str, http: Http, serve: Serve) -> None:
    data = answer(b"", status=status, headers="X-Id: 7\r\n")
    got = http.send("GET", serve(says(data)).url)
    assert (got.status, got.headers["x-id"], got.body) == (int(status[:3]), "7", b"")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirects_are_not_followed(status: str, http: Http, serve: Serve) -> None:
    server = serve(says(answer(b"", status=status, headers="Location: /elsewhere\r\n")))
    got = http.send("POST", server.url, json={})
    assert (got.status, got.headers["location"]) == (int(status[:3]), "/elsewhere")
    assert [request.line for request in server.requests] == ["POST / HTTP/1.1"]


def test_passwords_of_netrc_are_not_sent(
    http: Http, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(says(answer()))
    http.send("GET", server.url)
    assert "authorization" not in server.requests[0].headers


def test_credentials_of_any_script_are_sent_as_utf_8(http: Http, serve: Serve) -> None:
    server = serve(says(answer()))
    http.send("GET", server.url, basic=("jürgen@shop.example", "ключ"))
    assert server.requests[0].headers["authorization"] == "Basic asO8cmdlbkBzaG9wLmV4YW1wbGU60LrQu9GO0Yc="


def test_a_proxy_is_used_for_the_world_and_not_for_this_machine(
    http: Http, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, here = serve(says(answer(b"proxy"))), serve(says(answer(b"here")))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert http.send("GET", "http://shop.example/api").body == b"proxy"
    assert proxy.requests[0].line == "GET http://shop.example/api HTTP/1.1"
    assert http.send("GET", here.url).body == b"here"


def test_a_proxy_that_is_down_was_never_reached(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{refused_port()}")
    with pytest.raises(Unreachable):
        http.send("POST", "https://shop.example/api", json={})


def test_what_is_sent_is_what_was_given(http: Http, serve: Serve) -> None:
    server = serve(says(answer()))
    http.send("PUT", f"{server.url}/a%2Fb", params="x=1%2C2", json={"name": "Bär"}, headers={"x-own": "1"})
    request = server.requests[0]
    assert request.line == "PUT /a%2Fb?x=1%2C2 HTTP/1.1"
    assert request.headers["content-type"] == "application/json" and request.headers["x-own"] == "1"
    assert request.body == b'{"name": "B\\u00e4r"}'
    http.send("POST", server.url, form={"a": "1 2", "b": "|+"})
    assert server.requests[1].body == b"a=1+2&b=%7C%2B"


def test_a_kept_connection_that_the_server_closed_is_replaced(http: Http, serve: Serve) -> None:
    server = serve(says(answer(b"whole", headers="")))
    for _ in range(3):
        assert http.send("POST", server.url, json={}).body == b"whole"
        assert server.finished.wait(10)
        server.finished.clear()
    assert server.connections == len(server.requests) == 3


def test_threads_share_the_pool(http: Http, serve: Serve) -> None:
    server = serve(lambda connection: connection.send(answer(b"{}", headers="")))
    threads = [threading.Thread(target=http.send, args=("GET", server.url)) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    assert (server.connections, len(server.requests)) == (1, 3)
