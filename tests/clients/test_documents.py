"""Documents as streams: whole or not at all, within limits, in little memory, and nothing of ours goes with them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import logging
import os
import stat
import time as real_time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.download import Document
from core.errors import ConfigurationError, OutcomeUnknown, Rejected, RemoteBusy, Unreachable
from core.http import MEGABYTE, Http
from core.spool import Spool
from tests.clients.conftest import Serve
from tests.clients.raw_server import Connection, answer, says

TEXT = b"sku\tprice\r\n" * 5_000
PACKED = gzip.compress(TEXT)
QUERY = "?X-Amz-Credential=AKIA0123456789ABCDEF&X-Amz-Signature=0123456789abcdef"


def got(http: Http, url: str, *, packed: bool = False, **limits: float) -> bytes:
    with http.download(url + QUERY, packed=packed, subject="Amazon", **limits) as document:  # type: ignore[arg-type]
        data = document.stream.read()
        assert document.size == len(data)
        return data


def header(name: str, digest: bytes) -> str:
    return f"{name}: {base64.b64encode(digest).decode()}\r\nConnection: close\r\n"


WHOLE: dict[str, tuple[bytes, bool]] = {
    "plain": (answer(TEXT), False),
    "packed": (answer(PACKED), True),
    "packed as its header says": (answer(PACKED, headers="Content-Encoding: gzip\r\nConnection: close\r\n"), False),
    "packed as both say": (answer(PACKED, headers="Content-Encoding: gzip\r\nConnection: close\r\n"), True),
    "packed in two members": (answer(gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:])), True),
    "in chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT),
        False,
    ),
    "packed without a length": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PACKED, True),
    "with its MD5": (answer(TEXT, headers=header("Content-MD5", hashlib.md5(TEXT).digest())), False),
    "with its SHA-256": (
        answer(PACKED, headers=header("x-amz-checksum-sha256", hashlib.sha256(PACKED).digest())),
        True,
    ),
    "with its CRC": (answer(TEXT, headers=header("x-amz-checksum-crc32", zlib.crc32(TEXT).to_bytes(4, "big"))), False),
    "with a checksum of parts": (answer(TEXT, headers="x-amz-checksum-sha256: AAAA-3\r\nConnection: close\r\n"), False),
}


@pytest.mark.parametrize("how", WHOLE)
def test_a_whole_document_is_given_out_unpacked(how: str, http: Http, serve: Serve) -> None:
    data, packed = WHOLE[how]
    assert got(http, serve(says(data)).url, packed=packed) == TEXT


def cut(data: bytes, **options: str) -> bytes:
    return answer(data[:-100], length=len(data), **options)


SHORT: dict[str, tuple[bytes, bool]] = {
    "plain": (cut(TEXT), False),
    "packed": (cut(PACKED), True),
    "packed with a right length": (answer(PACKED[:-100]), True),
    "packed without its sum": (answer(PACKED[:-8]), True),
    "a second member cut": (answer(PACKED + PACKED[:-1]), True),
    "rubbish behind it": (answer(PACKED + b"rubbish"), True),
    "packed, but it is not": (answer(TEXT), True),
    "packed, but it is empty": (answer(b""), True),
    "chunks cut": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + TEXT[:100], False),
    "nothing says where it ends": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + TEXT, False),
    "another MD5": (answer(TEXT, headers=header("Content-MD5", bytes(16))), False),
    "another SHA-256": (answer(PACKED, headers=header("x-amz-checksum-sha256", bytes(32))), True),
    "another CRC": (answer(TEXT, headers=header("x-amz-checksum-crc32", bytes(4))), False),
    "a checksum that is none": (answer(TEXT, headers="Content-MD5: ???\r\nConnection: close\r\n"), False),
    "packed in an unknown way": (answer(TEXT, headers="Content-Encoding: br\r\nConnection: close\r\n"), False),
    "a damaged middle": (answer(PACKED[:60] + b"\0\0\0\0" + PACKED[64:]), True),
}


@pytest.mark.parametrize("how", SHORT)
def test_a_document_that_is_not_whole_is_none(how: str, http: Http, serve: Serve) -> None:
    data, packed = SHORT[how]
    with pytest.raises(OutcomeUnknown, match="The connection broke") as caught:
        got(http, serve(says(data)).url, packed=packed)
    assert "Nothing was changed" in str(caught.value) and "X-Amz" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_an_empty_document_is_one(http: Http, serve: Serve) -> None:
    assert got(http, serve(says(answer(b""))).url) == b""


def test_the_limits_hold_on_both_sides_of_the_packing(http: Http, serve: Serve) -> None:
    bomb = gzip.compress(bytes(20 * MEGABYTE))
    assert got(http, serve(says(answer(TEXT))).url, limit=len(TEXT), unpacked_limit=len(TEXT)) == TEXT
    for data, packed, limits in (
        (TEXT, False, {"limit": len(TEXT) - 1}),
        (TEXT, False, {"unpacked_limit": len(TEXT) - 1}),
        (PACKED, True, {"limit": len(PACKED) - 1}),
        (bomb, True, {"unpacked_limit": 2 * MEGABYTE}),
    ):
        with pytest.raises(OutcomeUnknown, match="larger than"):
            got(http, serve(says(answer(data))).url, packed=packed, **limits)


def test_one_deadline_holds_for_the_whole_document(http: Http, serve: Serve) -> None:
    def drip(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        connection.drip(b"x" * 5_000, 0.01)

    server = serve(drip)
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        got(http, server.url, total_timeout=0.3)
    assert server.hung_up.wait(10)


def test_the_reader_may_take_its_time(http: Http, serve: Serve) -> None:
    """The deadline is the remote's: the document is here before anybody reads it, and its connection free."""
    server = serve(lambda connection: connection.send(answer(TEXT, headers="")))
    with http.download(server.url, total_timeout=0.5) as document:
        assert http.send("GET", server.url).body == TEXT
        assert server.connections == 1
        real_time.sleep(0.7)
        assert document.stream.read() == TEXT


def refusal(status: str, code: str) -> bytes:
    return answer(f"<Error><Code>{code}</Code><Message>{QUERY}</Message></Error>".encode(), status=status)


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (refusal("403 Forbidden", "AccessDenied"), Rejected, "403 AccessDenied"),
        (refusal("400 Bad Request", "ExpiredToken"), Rejected, "400 ExpiredToken"),
        (refusal("404 Not Found", "NoSuchKey"), Rejected, "404 NoSuchKey"),
        (answer(b"<html>", status="403 Forbidden"), Rejected, "403"),
        (answer(b"", status="307 Temporary", headers="Location: /\r\nConnection: close\r\n"), Rejected, "307"),
        (refusal("400 Bad Request", "RequestTimeout"), RemoteBusy, "400 RequestTimeout"),
        (refusal("503 Slow Down", "SlowDown"), RemoteBusy, "503 SlowDown"),
        (answer(b"", status="429 Slow Down"), RemoteBusy, "429"),
        (answer(b"", status="500 Oops"), RemoteBusy, "500"),
        (answer(b"x" * 2 * MEGABYTE, status="403 Forbidden"), OutcomeUnknown, "larger than 1 MB"),
    ],
)
@pytest.mark.parametrize("way", ["download", "upload"])
def test_a_refusal_is_told_by_its_code_alone(
    way: str, data: bytes, kind: type[Exception], words: str, http: Http, serve: Serve
) -> None:
    url = serve(says(data)).url
    with pytest.raises(kind) as caught:
        got(http, url) if way == "download" else http.upload(url + QUERY, io.BytesIO(TEXT), "text/plain")
    assert words in str(caught.value)
    assert "X-Amz" not in str(caught.value) and "Signature" not in repr(caught.value)


def test_a_part_of_a_document_is_refused(http: Http, serve: Serve) -> None:
    with pytest.raises(Rejected, match="206"):
        got(http, serve(says(answer(TEXT[:9], status="206 Partial Content"))).url)


def test_nothing_of_ours_goes_with_a_signed_address(
    http: Http, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(says(answer(TEXT)))
    with caplog.at_level(logging.INFO):
        got(http, server.url)
        http.upload(server.url + QUERY, io.BytesIO(TEXT), "text/plain")
    assert [request.line for request in server.requests] == [f"{verb} /{QUERY} HTTP/1.1" for verb in ("GET", "PUT")]
    for request in server.requests:
        assert not {"authorization", "cookie", "x-amz-access-token", "x-amz-date"} & set(request.headers)
    assert caplog.text == ""


def test_an_upload_has_its_length_kind_and_checksum(http: Http, serve: Serve) -> None:
    server = serve(says(answer(b"")))
    body = io.BytesIO(TEXT)
    body.seek(77)  # wherever it stands
    http.upload(server.url + QUERY, body, "application/json; charset=UTF-8")
    (request,) = server.requests
    assert request.body == TEXT
    assert request.headers["content-length"] == str(len(TEXT))
    assert request.headers["content-type"] == "application/json; charset=UTF-8"
    assert request.headers["content-md5"] == base64.b64encode(hashlib.md5(TEXT).digest()).decode()
    assert "transfer-encoding" not in request.headers
    http.upload(f"{server.url}?Signature=abc", body, "text/plain")
    assert "content-md5" not in server.requests[1].headers and server.requests[1].body == TEXT


def test_an_upload_of_a_spool_is_sent_in_the_clear(http: Http, serve: Serve) -> None:
    server = serve(says(answer(b"")))
    with Spool() as spool:
        spool.write(TEXT)
        http.upload(server.url + QUERY, io.BufferedReader(spool), "text/plain")
    assert server.requests[0].body == TEXT


def test_an_empty_upload_is_a_mistake(http: Http) -> None:
    with pytest.raises(ValueError, match="empty"):
        http.upload("http://127.0.0.1:1/", io.BytesIO(), "text/plain")


@pytest.mark.parametrize(
    ("script", "kind"), [(Connection.close, OutcomeUnknown), (Connection.reset, OutcomeUnknown), (None, Unreachable)]
)
def test_an_upload_tells_as_every_call_does_what_went_wrong(
    script: Callable[[Connection], None] | None, kind: type[Exception], http: Http, serve: Serve
) -> None:
    url = serve(script).url if script else "http://127.0.0.1:1"
    with pytest.raises(kind) as caught:
        http.upload(url + QUERY, io.BytesIO(TEXT), "text/plain", subject="Amazon")
    assert "X-Amz" not in str(caught.value) and "being found out" not in str(caught.value)


def test_a_large_document_takes_little_memory(http: Http, serve: Serve) -> None:
    """Fifty megabytes there and back; the limit is what a few pieces and buffers take."""
    piece, count = os.urandom(MEGABYTE // 2) * 2, 50

    def send(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(piece) * count))
        for _ in range(count):
            connection.send(piece)
        connection.close()

    server, digest = serve(send), hashlib.sha256(piece * count).digest()
    tracemalloc.start()
    try:
        with http.download(server.url) as document:
            assert hashlib.file_digest(document.stream, "sha256").digest() == digest  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 3 * MEGABYTE
    finally:
        tracemalloc.stop()


# -- the spool -------------------------------------------------------------------------------------------------------


def test_a_document_on_the_disk_has_no_name_and_cannot_be_read(serve: Serve, tmp_path: Path) -> None:
    http = Http(folder=tmp_path)
    with http.download(serve(says(answer(TEXT))).url) as document:
        assert list(tmp_path.iterdir()) == []
        (file,) = nameless(document.size)
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"sku" not in file.read_bytes()
    assert nameless(document.size) == []
    http.close()


def nameless(size: int) -> list[Path]:
    """Open files of a size that have no name."""
    found = [(fd, fd.stat()) for fd in Path("/proc/self/fd").iterdir() if fd.exists()]
    return [fd for fd, told in found if stat.S_ISREG(told.st_mode) and (told.st_nlink, told.st_size) == (0, size)]


def test_a_spool_is_read_from_any_place() -> None:
    data = os.urandom(100_003)
    with Spool() as spool:
        for start in range(0, len(data), 7_777):
            assert spool.write(data[start : start + 7_777]) == len(data[start : start + 7_777])
        reader = io.BufferedReader(spool, 1000)
        for place in (0, 1, 15, 16, 17, 99_999, 50_000, len(data)):
            reader.seek(place)
            assert reader.read(40) == data[place : place + 40]
        reader.seek(-10, io.SEEK_END)
        assert reader.read() == data[-10:] and reader.tell() == len(data)


def test_a_full_disk_is_told_in_words(http: Http, serve: Serve, tmp_path: Path) -> None:
    full = Http(folder=tmp_path / "missing")
    with pytest.raises(ConfigurationError, match=r"cannot be kept on the disk.*No such file.*Make room"):
        got(full, serve(says(answer(TEXT))).url)
    with Spool() as spool, Path("/dev/full").open("r+b", buffering=0) as device:
        spool._file.close()
        spool._file = device  # type: ignore[assignment]
        with pytest.raises(ConfigurationError, match="No space left"):
            spool.write(TEXT)


# -- text ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept() -> Iterator[Callable[[bytes, str], Document]]:
    spools: list[Spool] = []

    def make(data: bytes, charset: str) -> Document:
        spools.append(Spool())
        spools[-1].write(data)
        return Document(io.BufferedReader(spools[-1]), charset, len(data))

    yield make
    for spool in spools:
        spool.close()


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Zoë €".encode("cp1252"), "cp1252", "Zoë €"),
        ("Zoë €".encode("cp1252"), "iso-8859-1", "Zoë €"),
        ("出品者SKU①".encode("cp932"), "windows-31j", "出品者SKU①"),
        ("Zoë €".encode(), "utf-8", "Zoë €"),
        ("Zoë €".encode("utf-8-sig"), "cp1252", "Zoë €"),
        ("Zoë €".encode("utf-16"), "", "Zoë €"),
        ("Zoë €".encode(), "", "Zoë €"),
        ("Zoë €".encode(), "x-unknown", "Zoë €"),
        ("Zoë €".encode("cp1252"), "", "Zoë €"),
        (b"a\xc3", "", "aÃ"),
        (b"a\xff\r\nb", "utf-8", "a\ufffd\r\nb"),
        (b"", "", ""),
    ],
)
def test_text_is_decoded_as_the_document_says(
    data: bytes, charset: str, text: str, kept: Callable[[bytes, str], Document]
) -> None:
    assert kept(data, charset).text().read() == text


def test_text_of_japan_needs_no_header(kept: Callable[[bytes, str], Document]) -> None:
    assert kept("出品者SKU①".encode("cp932"), "").text("cp932").read() == "出品者SKU①"
