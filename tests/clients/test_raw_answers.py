"""Whatever comes back once a request has left, it is an answer or an open outcome, and never "not sent"."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.amazon.tokens import TokenSource
from core.cscart.transport import StoreClient
from core.errors import CrossdockError, OutcomeUnknown, Unreachable
from core.http import MEGABYTE, Answer, Http
from tests.clients.amazon_kit import CREDENTIALS
from tests.clients.conftest import Serve
from tests.clients.raw_server import answer, says
from tests.clients.store_kit import ACCESS

WHOLE = "a whole answer"
OPEN = "an open outcome"


def redirects(location: bytes, status: bytes = b"302 Found", body: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %s\r\nLocation: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, location, len(body)) + body


ANSWERS: dict[str, tuple[bytes, str]] = {
    "a Latin-1 address": (redirects("/caf\u00e9".encode("latin-1")), WHOLE),
    "a UTF-8 address": (redirects("/caf\u00e9".encode()), WHOLE),
    "an address that is none": (redirects(b"http://[bad"), WHOLE),
    "an address with a bad port": (redirects(b"http://shop.example:port/"), WHOLE),
    "an address without a host": (redirects(b"http://"), WHOLE),
    "an address of another kind": (redirects(b"javascript:alert(1)"), WHOLE),
    "an address with a long label": (redirects(b"http://" + b"a" * 300 + b".example/"), WHOLE),
    "an address with NUL": (redirects(b"/\x00"), WHOLE),
    "an empty address": (redirects(b""), WHOLE),
    "no address": (answer(b"", status="302 Found"), WHOLE),
    "a permanent redirect": (redirects(b"/elsewhere", b"308 Permanent Redirect"), WHOLE),
    "a redirect with a long body": (redirects(b"/elsewhere", body=b"x" * 5 * MEGABYTE), OPEN),
    "a redirect whose body is packed too well": (
        redirects(b"/", b"302 Found\r\nContent-Encoding: gzip", gzip.compress(bytes(50 * MEGABYTE))),
        OPEN,
    ),
    "a redirect whose body breaks off": (answer(b"x", status="302 Found", length=90), OPEN),
    "other choices": (answer(b"", status="300 Multiple Choices"), WHOLE),
    "not modified": (answer(b"", status="304 Not Modified"), WHOLE),
    "an unknown status": (answer(b"", status="799 What"), WHOLE),
    "a status without words": (answer(b"", status="201"), WHOLE),
    "a status in Latin-1": (b"HTTP/1.1 302 D\xe9plac\xe9\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", WHOLE),
    "a status that is not a number": (b"HTTP/1.1 abc OK\r\n\r\n", OPEN),
    "a version from nowhere": (b"HTTP/9.9 200 OK\r\n\r\n", OPEN),
    "an empty status": (b"\r\n\r\n", OPEN),
    "nothing": (b"", OPEN),
    "a long status": (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", OPEN),
    "a long header": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", OPEN),
    "many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n", OPEN),
    "headers that are none": (b"HTTP/1.1 200 OK\r\n\xff\xfe no header\r\nContent-Length: 0\r\n\r\n", WHOLE),
    "a cookie that is none": (
        answer(b"", headers="Set-Cookie: a=b; expires=x; path=;;;=\r\nConnection: close\r\n"),
        WHOLE,
    ),
    "a length that is none": (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nConnection: close\r\n\r\nx", WHOLE),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\nConnection: close\r\n\r\n{}", OPEN),
    "a negative chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n", OPEN),
    "a chunk that is none": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", OPEN),
    "packed in an unknown way": (answer(b"{}", headers="Content-Encoding: br\r\nConnection: close\r\n"), OPEN),
    "packed, and it is not": (answer(b"{}", headers="Content-Encoding: gzip\r\nConnection: close\r\n"), OPEN),
    "empty packed members": (
        answer(gzip.compress(b"") * 5_000, headers="Content-Encoding: gzip\r\nConnection: close\r\n"),
        OPEN,
    ),
    "a type that is none": (
        answer(b"", headers="Content-Type: text/html; charset=\xff\r\nConnection: close\r\n"),
        WHOLE,
    ),
    "interim answers first": (b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + redirects(b"/"), WHOLE),
}


def read(http: Http, url: str) -> Answer:
    return http.send("GET", url)


def write(http: Http, url: str) -> Answer:
    StoreClient(replace(ACCESS, url=url), http).write("POST", "orders", {"status": "P"})
    raise AssertionError("it passed for an order")


def token(http: Http, url: str) -> Answer:
    TokenSource(http, url).token(CREDENTIALS)
    raise AssertionError("it passed for a token")


@pytest.mark.parametrize("call", [read, write, token])
@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered_was_sent(name: str, call: Callable[[Http, str], Answer], http: Http, serve: Serve) -> None:
    data, meaning = ANSWERS[name]
    server = serve(says(data))
    if call is read and meaning == WHOLE:
        assert call(http, server.url).status
    else:
        with pytest.raises(CrossdockError) as caught:
            call(http, server.url)
        assert not isinstance(caught.value, Unreachable)
        assert call is token or isinstance(caught.value, OutcomeUnknown), caught.value
    assert len(server.requests) == 1


UNSENT = {
    "an unknown scheme": "gopher://127.0.0.1/",
    "no scheme": "127.0.0.1/",
    "no host": "http:///x",
    "a broken host": "http://[bad",
    "a label too long": f"http://{'a' * 300}.localhost/",
    "an empty label": "http://a..localhost/",
    "a port beyond all": "http://127.0.0.1:99999/",
    "a line break": "http://127.0.0.1:9/a\r\nX-Evil: 1",
    "a lone surrogate": "http://127.0.0.1:9/\ud800",
    "nobody": "http://127.0.0.1:9/",
}


@pytest.mark.parametrize("name", UNSENT)
def test_what_cannot_be_addressed_was_not_sent(name: str, http: Http) -> None:
    with pytest.raises(Unreachable):
        http.send("POST", UNSENT[name], json={})


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "\ud800", "кл"])
def test_a_header_that_cannot_be_written_is_not_sent(value: str, http: Http, serve: Serve) -> None:
    server = serve(says(answer()))
    with pytest.raises(Unreachable):
        http.send("POST", server.url, json={}, headers={"x-own": value})
    assert server.requests == []


def test_no_cookie_is_ever_sent_back(http: Http, serve: Serve) -> None:
    gives = answer(b"{}", headers="Set-Cookie: sid=1; Path=/\r\nConnection: close\r\n")
    first, other = serve(says(gives)), serve(says(gives))
    for server in (first, first, other):
        http.send("GET", server.url)
    assert not any("cookie" in request.headers for request in [*first.requests, *other.requests])


def test_an_answer_that_is_packed_all_the_same_is_read(http: Http, serve: Serve) -> None:
    packed = answer(gzip.compress(b'{"a": 1}'), headers="Content-Encoding: gzip\r\nConnection: close\r\n")
    server = serve(says(packed))
    assert http.send("GET", server.url).json() == {"a": 1}
    assert server.requests[0].headers["accept-encoding"] == "identity"
