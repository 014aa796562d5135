"""The same question over TLS: could the remote have acted?"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from core.errors import ConfigurationError, OutcomeUnknown, Unreachable
from core.http import Http
from tests.clients.conftest import Serve
from tests.clients.raw_server import Connection, answer, says
from tests.clients.tls import certificate


@pytest.fixture
def tls(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    return certificate(tmp_path)


@pytest.fixture
def trusted(tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
    return tls[0]


def test_a_certificate_that_is_not_trusted_gets_nothing(
    http: Http, serve: Serve, tls: tuple[ssl.SSLContext, Path]
) -> None:
    server = serve(says(answer()), tls[0])
    with pytest.raises(Unreachable, match="TLS certificate is not accepted"):
        http.send("POST", server.url, json={})
    assert server.requests == []


def test_a_trusted_certificate_is_accepted(http: Http, serve: Serve, trusted: ssl.SSLContext) -> None:
    assert http.send("POST", serve(says(answer(b"{}")), trusted).url, json={}).body == b"{}"


def test_no_tls_at_an_address_is_told_and_nothing_was_sent(http: Http, serve: Serve, trusted: ssl.SSLContext) -> None:
    server = serve(says(answer()))
    with pytest.raises(Unreachable, match="No TLS at this address") as caught:
        http.send("POST", server.url.replace("http:", "https:"), json={})
    assert caught.value.next_step == f"Try {server.url}"
    assert server.requests == []


@pytest.mark.parametrize("content", [None, "", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_bundle_of_certificates_that_cannot_be_read_is_told(
    content: str | None, http: Http, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with pytest.raises(ConfigurationError, match="REQUESTS_CA_BUNDLE") as caught:
        http.send("GET", "https://127.0.0.1:9/")
    assert str(bundle) in caught.value.what and "unset it" in caught.value.next_step
    assert http.send("GET", serve(says(answer())).url).body == b"{}"


def test_closed_before_an_answer(http: Http, serve: Serve, trusted: ssl.SSLContext) -> None:
    server = serve(Connection.close, trusted)
    with pytest.raises(OutcomeUnknown):
        http.send("POST", server.url, json={})
    assert len(server.requests) == 1
