"""One way to send a request: time limits on everything, no redirects, no hidden retries.

`requests.Session` is not promised to be safe between threads, so each thread has its own; the connection pool below
them is shared. What went wrong is told by three errors, because callers must know whether the remote can have acted:
Unreachable (never sent), OutcomeUnknown (sent, no whole answer), or an answer of any status.
"""

from __future__ import annotations

import json as json_module
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_environ_proxies
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from core.errors import OutcomeUnknown, Unreachable
from core.settings import is_loopback

CONNECT_TIMEOUT = 10.0
MAX_BODY = 256 * 1024 * 1024
"""Bytes; a larger answer is refused instead of filling the memory."""


@dataclass(frozen=True)
class Answer:
    """A whole answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, for messages only."""
        return self.body.decode("utf-8", "replace")

    def date(self) -> datetime | None:
        """When the remote believes it is (header Date), to the second; None when it does not say."""
        try:
            moment = parsedate_to_datetime(self.headers.get("Date", ""))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def json(self) -> Any:
        """The body as JSON with exact decimals left as strings or floats; raises ValueError when it is none."""
        return json_module.loads(self.body)


class _NoAuth(AuthBase):
    """Keeps requests from looking into ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Http:
    """Sends requests over one shared pool of connections."""

    def __init__(self, pool_size: int = 32) -> None:
        self._adapter = HTTPAdapter(pool_connections=8, pool_maxsize=pool_size, max_retries=0)
        self._local = threading.local()

    def close(self) -> None:
        """Close all idle connections."""
        self._adapter.close()

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
        total_timeout: float = 180.0,
        subject: str = "",
    ) -> Answer:
        """Send and read the whole answer; time limits in real seconds.

        `subject` names the remote in errors. Raises Unreachable or OutcomeUnknown.
        """
        deadline = time.monotonic() + total_timeout
        try:
            with self._session().request(
                method,
                url,
                headers=dict(headers or {}),
                params=params,
                json=json,
                data=dict(form) if form is not None else None,
                auth=HTTPBasicAuth(*(part.encode() for part in basic)) if basic else _NoAuth(),
                timeout=(CONNECT_TIMEOUT, read_timeout),
                allow_redirects=False,
                stream=True,
                proxies={} if is_loopback(url) else get_environ_proxies(url),
                verify=os.environ.get("REQUESTS_CA_BUNDLE") or True,
            ) as response:
                body = _read(response, deadline)
                return Answer(response.status_code, response.headers, body)
        except (requests.RequestException, HTTPError) as error:
            raise _explain(error, subject) from None
        except UnicodeError:  # a host name or header that cannot even be written down
            raise _not_sent("It cannot be addressed.", subject) from None

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers.clear()
            session.mount("https://", self._adapter)
            session.mount("http://", self._adapter)
            self._local.session = session
        return session


def _read(response: requests.Response, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    # read1 gives back what has arrived, so that a dripping answer meets the deadline.
    while chunk := response.raw.read1(256 * 1024, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise requests.exceptions.ContentDecodingError("the answer is too large")
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer took too long")
    return b"".join(chunks)


def _explain(error: requests.RequestException | HTTPError, subject: str) -> Unreachable | OutcomeUnknown:
    if isinstance(error, requests.exceptions.SSLError) and _refused_certificate(error):
        # Only a refused certificate proves that nothing was sent; TLS may also break after the request.
        return Unreachable(
            "Its TLS certificate is not accepted.",
            subject=subject,
            next_step="Check the address, the machine's clock, and the certificate.",
        )
    if _never_connected(error):
        return _not_sent("It cannot be reached.", subject)
    timed_out = isinstance(error, requests.Timeout | ReadTimeoutError)
    what = "It did not answer in time." if timed_out else "The connection broke."
    return OutcomeUnknown(what, subject=subject, next_step="Whether the call took effect is being found out.")


def _not_sent(what: str, subject: str) -> Unreachable:
    return Unreachable(
        what, subject=subject, next_step="Check the address and the network, and whether the server runs."
    )


def _refused_certificate(error: BaseException | None) -> bool:
    text = str(error)
    return "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text


def _never_connected(error: requests.RequestException | HTTPError) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    if isinstance(error, requests.exceptions.InvalidURL | LocationParseError):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)
