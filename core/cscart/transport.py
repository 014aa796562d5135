"""Every call to a store's REST API passes here.

Reads are repeated on passing trouble. Writes never are: a write without a clear answer raises OutcomeUnknown, and
whoever sent it finds out what became of it. Facts: CS-Cart developer documentation "REST API".
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import tenacity

from core import clock
from core.errors import AuthorizationError, ConfigurationError, OutcomeUnknown, Rejected, RemoteBusy, Unreachable
from core.http import Answer, Http
from core.redaction import MASK, excerpt

log = logging.getLogger(__name__)

Params = Sequence[tuple[str, str | int]]
_TRIES = 3
_LONGEST_PAUSE = 60.0
"""Seconds that a read waits at the most when the store asks for a pause; the job waits longer by itself."""
_LONG_READ = 180.0
"""Real seconds allowed for a large page: the store builds it in one go."""


@dataclass(frozen=True)
class Access:
    """How to reach a store: address, form of the addresses, and who calls."""

    name: str
    url: str
    email: str
    api_key: str = field(repr=False)
    api_form: str = "rewrite"
    api_version: str = "2.1"
    timeout: float = 60.0
    """Real seconds to wait for an answer."""

    @property
    def subject(self) -> str:
        """What errors call this store."""
        return f"store {self.name}"


class StoreClient:
    """Calls one store; safe to share between threads."""

    def __init__(
        self,
        access: Access,
        http: Http,
        *,
        called: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.access = access
        self._http = http
        self._called = called

    def get(self, path: str, params: Params = (), *, large: bool = False) -> dict[str, Any]:
        """Read; repeats up to three times on passing trouble.

        Raises AuthorizationError, ConfigurationError (not an API at all), Rejected, RemoteBusy, OutcomeUnknown or
        Unreachable.
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((RemoteBusy, OutcomeUnknown, Unreachable)),
            wait=_wait,
            stop=tenacity.stop_after_attempt(_TRIES),
            sleep=clock.sleep,
            reraise=True,
        )
        body = retrying(self._read, path, params, large)
        if not isinstance(body, dict):
            raise self._not_promised(path)
        return body

    def get_list(self, path: str) -> list[Any]:
        """Read an answer that is a bare list (`versions`)."""
        body = self._read(path, (), False)
        if not isinstance(body, list):
            raise self._not_promised(path)
        return body

    def date(self) -> datetime | None:
        """When the store believes it is, from one cheap read that needs the credentials; raises as `get` does."""
        answer = self._send("GET", "products", (("items_per_page", 1), ("only_short_fields", 1)), None, 20)
        self._content(answer, "products")
        return answer.date()

    def get_page(self, query: str = "") -> str:
        """The store's own web page, for its version line; raises as `get` does."""
        answer = self._http.send("GET", f"{self.access.url}/?{query}", subject=self.access.subject, read_timeout=20)
        return answer.text if answer.status == 200 else ""

    def write(self, method: str, path: str, body: Any) -> dict[str, Any]:
        """Write once. Raises Unreachable or RemoteBusy when nothing happened, Rejected when the store said no,
        OutcomeUnknown when it may have happened, AuthorizationError when the key is refused."""
        answer = self._send(method, path, (), body, self.access.timeout)
        if answer.status >= 500 or answer.status == 408:
            raise OutcomeUnknown(
                f"It answered {answer.status} to a write.",
                subject=self.access.subject,
                next_step="Whether the write took effect is being found out.",
                status=answer.status,
            )
        parsed = _parsed(answer)
        if 200 <= answer.status < 300:
            if isinstance(parsed, dict):
                return parsed
            if answer.status == 204:
                return {}
            raise OutcomeUnknown(
                f"It answered {answer.status} to a write without the promised JSON.",
                subject=self.access.subject,
                next_step="Whether the write took effect is being found out.",
                status=answer.status,
            )
        raise self._refusal(answer, parsed, path)

    def _read(self, path: str, params: Params, large: bool) -> Any:
        return self._content(self._send("GET", path, params, None, _LONG_READ if large else self.access.timeout), path)

    def _content(self, answer: Answer, path: str) -> Any:
        """What an answer to a read holds; raises for every other answer."""
        parsed = _parsed(answer)
        if answer.status == 200:
            if parsed is not None:
                return parsed
            if not _is_page(answer):
                raise self._not_promised(path)
            raise self._page_instead(answer)
        if answer.status >= 500 or answer.status == 408:
            raise RemoteBusy(
                f"It is not available ({answer.status}).", subject=self.access.subject, status=answer.status
            )
        raise self._refusal(answer, parsed, path)

    def _send(self, method: str, path: str, params: Params, body: Any, timeout: float) -> Answer:
        self._called(f"{method} {path.split('/')[0]}")
        resource = f"{self.access.api_version}/{path}" if self.access.api_version else path
        if self.access.api_form == "query":
            url = f"{self.access.url}/api.php"
            params = [("_d", resource), ("ajax_custom", "1"), *params]
        else:
            url = f"{self.access.url}/api/{resource}"
        headers = {"accept": "application/json", "user-agent": "Crossdock"}
        if body is not None:
            headers["content-type"] = "application/json"
        return self._http.send(
            method,
            url,
            headers=headers,
            params=urlencode(params),
            json=body,
            basic=(self.access.email, self.access.api_key),
            read_timeout=timeout,
            total_timeout=timeout * 2,
            subject=self.access.subject,
        )

    def _refusal(self, answer: Answer, parsed: Any, path: str) -> Exception:
        """An answer below 500 that is not the one hoped for → what the caller can do about it."""
        subject, status = self.access.subject, answer.status
        if status == 401:
            return AuthorizationError(
                "It refuses the e-mail address or the API key.",
                subject=subject,
                next_step="Check both in the store: user profile, tab API access; the user must be active. If they "
                "are right, the web server may drop the Authorization header.",
            )
        if status == 429:
            return RemoteBusy("It asks to slow down.", retry_after=_retry_after(answer), subject=subject)
        if 300 <= status < 400:
            return ConfigurationError(
                f"It redirects to {excerpt(answer.headers.get('Location', 'elsewhere'), 100)}.",
                subject=subject,
                next_step="Enter the address that the store itself uses, with https and the right host.",
            )
        if not isinstance(parsed, dict):
            return self._page_instead(answer)
        said = excerpt(str(parsed.get("message") or status)).replace(self.access.api_key, MASK)
        next_step = "Give the API user the right for it." if status == 403 else ""
        return Rejected(f"It refuses {path} ({status}): {said}", subject=subject, next_step=next_step, status=status)

    def _page_instead(self, answer: Answer) -> ConfigurationError:
        return ConfigurationError(
            f"It answers with a web page instead of data ({answer.status}{_title(answer)}).",
            subject=self.access.subject,
            next_step="Check the address, whether the REST API is open, and whether a login page, a maintenance page "
            "or a firewall stands before it.",
        )

    def _not_promised(self, path: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{path} was not answered in the promised form.",
            subject=self.access.subject,
            next_step="Check that the address leads to CS-Cart's REST API itself.",
        )


def _parsed(answer: Answer) -> Any:
    """The JSON of an answer, or None when it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def _is_page(answer: Answer) -> bool:
    """HTML, as opposed to JSON that broke off."""
    return answer.body.lstrip()[:1] == b"<" or "html" in answer.headers.get("Content-Type", "").lower()


def _title(answer: Answer) -> str:
    """The title of a web page; nothing else of a body is ever shown, for it may hold personal data."""
    found = re.search(r"<title[^>]*>([^<]{1,80})", answer.text[:4000], re.IGNORECASE)
    return f", titled {excerpt(found.group(1), 60)!r}" if found else ""


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=5)


def _wait(state: tenacity.RetryCallState) -> float:
    """Seconds before a read is repeated: what the store asks for, or a growing random time."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, RemoteBusy) else 0.0
    return max(min(asked, _LONGEST_PAUSE), _backoff(state))


def _retry_after(answer: Answer) -> float:
    try:
        seconds = float(answer.headers.get("Retry-After", "1"))
    except ValueError:
        return 1.0
    return min(max(seconds, 0.0), 600.0) if math.isfinite(seconds) else 1.0
