"""One way to send a request: one deadline for all of it, no redirects, no cookies, no hidden retries.

What went wrong is told by three errors, because callers must know whether the remote can have acted: Unreachable
(failed before the first byte was sent), OutcomeUnknown (sent, no whole answer), or an answer of any status.
"""

from __future__ import annotations

import hashlib
import io
import os
import ssl
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import requests
from requests.auth import HTTPBasicAuth
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, ReadTimeoutError

from core.answer import MEGABYTE, Answer
from core.download import Document, TooLarge, charset, document, pieces, refusal
from core.errors import ConfigurationError, CrossdockError, OutcomeUnknown, Unreachable
from core.settings import has_odd_characters, is_loopback
from core.spool import Spool
from core.wire import Adapter, Exchange, Watch

CONNECT_TIMEOUT = 10.0
"""Real seconds for each address of a name, within the time of the whole exchange."""
LARGEST_DOWNLOAD = 1024 * MEGABYTE
"""Bytes of a document as it travels; a listings report of a million rows has some 150 MB, packed."""
LARGEST_DOCUMENT = 4 * LARGEST_DOWNLOAD
"""Bytes of a document unpacked."""
DOCUMENT_TIME = 1800.0
"""Real seconds for a whole document."""
_CA_BUNDLE = "REQUESTS_CA_BUNDLE"


class _Request(requests.PreparedRequest):
    """One without cookies: to look for them costs more than all the rest of the preparation."""

    def prepare_cookies(self, cookies: Any) -> None:
        """Leave them out."""


class Http:
    """Sends requests over one shared pool of connections; safe to share between threads."""

    def __init__(self, pool_size: int = 32, folder: Path | None = None) -> None:
        """`folder` is where documents lie, encrypted, while they are read; see `core.spool`."""
        self._folder = folder
        self._adapter = Adapter(pool_connections=8, pool_maxsize=pool_size, max_retries=0)
        self._watch = Watch()

    def close(self) -> None:
        """Close all idle connections."""
        self._adapter.close()
        self._watch.close()

    def end_all_in(self, seconds: float) -> None:
        """Leave all calls, also those still to come, no more than so many real seconds: the process is to stop."""
        self._watch.end_all_in(seconds)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | str | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        read_timeout: float = 60.0,
        total_timeout: float = 120.0,
        limit: int = MEGABYTE,
        changes: bool | None = None,
        subject: str = "",
    ) -> Answer:
        """Send and read the whole answer.

        `read_timeout` is for each silence, `total_timeout` for everything from the look-up of the name to the last
        byte, both in real seconds; `limit` is the largest body in bytes, packed or unpacked. `changes` says whether
        the call can change something at the remote (by default all but GET), `subject` names the remote in errors.

        Raises ConfigurationError for a bad bundle of certificates, Unreachable or OutcomeUnknown.
        """
        changes = method != "GET" if changes is None else changes

        def request() -> requests.PreparedRequest:
            return _prepared(method, url, headers, params, json, form, basic)

        with self._answered(request, url, read_timeout, total_timeout, changes, subject) as (response, exchange):
            return Answer(response.status_code, response.headers, _body(response, exchange, limit))

    @contextmanager
    def download(
        self,
        url: str,
        *,
        packed: bool = False,
        read_timeout: float = 60.0,
        total_timeout: float = DOCUMENT_TIME,
        limit: int = LARGEST_DOWNLOAD,
        unpacked_limit: int = LARGEST_DOCUMENT,
        subject: str = "",
    ) -> Iterator[Document]:
        """Read a whole document of any size into a file, and give it out unpacked; the connection is free by then.

        `url` is one that is signed for whoever knows it: nothing of ours is sent along, and its query is told to
        nobody. `packed` says that the document is gzip. The limits are bytes, the times real seconds as of `send`. A
        document that breaks off is an error, never a short document.

        Raises Rejected (status 403: mostly its time is over), RemoteBusy, Unreachable, OutcomeUnknown, and
        ConfigurationError when the disk has no room.
        """
        with Spool(self._folder) as spool:
            request = requests.Request("GET", url).prepare
            with self._answered(request, url, read_timeout, total_timeout, False, subject) as (response, exchange):
                if response.status_code != 200:
                    body = _body(response, exchange, MEGABYTE)
                    raise refusal(response.status_code, body, "The document", subject)
                limits = {"limit": limit, "unpacked_limit": unpacked_limit}
                for piece in document(response, exchange, packed=packed, **limits):
                    spool.write(piece)
            size = spool.tell()
            spool.seek(0)
            yield Document(io.BufferedReader(spool), charset(response.headers), size)

    def upload(
        self,
        url: str,
        body: BinaryIO,
        content_type: str,
        *,
        read_timeout: float = 60.0,
        total_timeout: float = DOCUMENT_TIME,
        subject: str = "",
    ) -> None:
        """Send all of a stream, which can be read again from its beginning, to an address signed for it.

        Doing it twice does no harm. Raises Rejected, RemoteBusy, Unreachable or OutcomeUnknown.
        """
        if not body.seek(0, io.SEEK_END):
            raise ValueError("an empty document is not sent")
        headers = {"Content-Type": content_type}
        if "X-Amz-Signature=" in url:  # older kinds of signatures cover a checksum, so none may be added to them
            body.seek(0)
            digest = hashlib.file_digest(body, lambda: hashlib.md5(usedforsecurity=False))  # type: ignore[arg-type]
            headers["Content-MD5"] = b64encode(digest.digest()).decode()
        body.seek(0)
        request = requests.Request("PUT", url, headers=headers, data=body).prepare
        with self._answered(request, url, read_timeout, total_timeout, False, subject) as (response, exchange):
            answer = _body(response, exchange, MEGABYTE)
        if not 200 <= response.status_code < 300:
            raise refusal(response.status_code, answer, "The document", subject)

    @contextmanager
    def _answered(
        self,
        prepare: Callable[[], requests.PreparedRequest],
        url: str,
        read_timeout: float,
        total_timeout: float,
        changes: bool,
        subject: str,
    ) -> Iterator[tuple[requests.Response, Exchange]]:
        """The answer with its body still to be read; whatever goes wrong inside is told as `send` says."""
        bundle = certificates() if url.lower().startswith("https:") else ""
        with self._watch.exchange(total_timeout) as exchange:
            try:
                if has_odd_characters(url):
                    raise ValueError("the address holds control characters")
                request = prepare()
            except (requests.RequestException, HTTPError, ValueError):
                raise _not_sent("It cannot be addressed.", subject) from None
            try:
                with self._adapter.send(
                    request,
                    stream=True,
                    timeout=(min(CONNECT_TIMEOUT, total_timeout), min(read_timeout, total_timeout)),
                    verify=bundle or True,
                    proxies={} if is_loopback(url) else get_environ_proxies(url),
                ) as response:
                    exchange.sent = True
                    yield response, exchange
            except CrossdockError:
                raise
            except Exception as error:
                if exchange.sent:
                    # Whatever it was, also a fault in a library: the remote may have acted.
                    raise _unknown(error, exchange, changes, subject) from None
                if isinstance(error, requests.RequestException | HTTPError | OSError | ValueError):
                    raise _unreachable(error, url, subject) from None
                raise


def certificates() -> str:
    """The file or folder of REQUESTS_CA_BUNDLE, empty when it is not set.

    Raises ConfigurationError when no certificates can be read from it.
    """
    path = os.environ.get(_CA_BUNDLE, "")
    if path:
        _check_certificates(path)
    return path


@lru_cache(maxsize=1)
def _check_certificates(path: str) -> None:
    where: dict[str, Any] = {"capath": path} if Path(path).is_dir() else {"cafile": path}
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except (OSError, ValueError) as error:
        why = "does not exist" if isinstance(error, FileNotFoundError) else "holds no certificates that can be read"
        raise ConfigurationError(
            f"{_CA_BUNDLE} names {path}, which {why}.",
            next_step="Let it name a file of certificates in PEM form, or unset it.",
        ) from None


def _prepared(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    params: Mapping[str, Any] | str | None,
    json: Any,
    form: Mapping[str, str] | None,
    basic: tuple[str, str] | None,
) -> requests.PreparedRequest:
    request = _Request()
    request.prepare(
        method,
        url,
        headers=dict(headers or {}),
        params=params,
        json=json,
        data=dict(form) if form is not None else None,
        auth=HTTPBasicAuth(*(part.encode() for part in basic)) if basic else None,
    )
    return request


def _body(response: requests.Response, exchange: Exchange, limit: int) -> bytes:
    """The whole body, unpacked; raises TooLarge, TimeoutError, or what the connection or zlib raise."""
    body = bytearray()
    for piece in pieces(response, exchange, limit):
        body += piece
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    return bytes(body) if packing in ("", "identity") else _unpacked(body, packing, limit)


def _unpacked(body: bytearray, packing: str, limit: int) -> bytes:
    """Plain answers are asked for; some servers pack them all the same."""
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("it is packed in an unknown way")
    packed = zlib.decompressobj(zlib.MAX_WBITS | 32)
    plain = packed.decompress(body, limit + 1)
    if len(plain) > limit:
        raise TooLarge(limit)
    if not packed.eof or packed.unused_data:
        raise ValueError("it is not one whole packed answer")
    return plain


def _unknown(error: Exception, exchange: Exchange, changes: bool, subject: str) -> OutcomeUnknown:
    if isinstance(error, TooLarge):
        what = f"Its answer is larger than {error.limit / MEGABYTE:g} MB."
    elif exchange.expired or isinstance(error, requests.Timeout | ReadTimeoutError | TimeoutError):
        what = "It did not answer in time."
    else:
        what = "The connection broke."
    if changes:
        next_step = "Whether the call took effect is being found out."
    else:
        next_step = "Nothing was changed. Check whether the server runs and is not overloaded."
    return OutcomeUnknown(what, subject=subject, next_step=next_step)


def _unreachable(error: Exception, url: str, subject: str) -> Unreachable:
    if not isinstance(error, requests.exceptions.SSLError):
        return _not_sent("It cannot be reached.", subject)
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said or "doesn't match" in said:
        what, next_step = (
            "Its TLS certificate is not accepted.",
            "Check the address, the machine's clock, and the certificate.",
        )
    elif any(sign in said for sign in _NO_TLS):
        what = "No TLS at this address."
        plain = f"Try http://{urlsplit(url).netloc}"
        next_step = plain if is_loopback(url) else "Check the port; plain http is for this machine only."
    else:
        what, next_step = (
            "No TLS connection can be made.",
            "Check the address, its port, and the server's TLS settings.",
        )
    return Unreachable(what, subject=subject, next_step=next_step)


_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "UNKNOWN_PROTOCOL")
"""What OpenSSL says when the other side talks something else."""


def _not_sent(what: str, subject: str) -> Unreachable:
    return Unreachable(
        what, subject=subject, next_step="Check the address and the network, and whether the server runs."
    )
