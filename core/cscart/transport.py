"""Every call to a store's REST API passes here.

Reads are repeated on passing trouble. Writes never are: a write without a clear answer raises OutcomeUnknown, and
whoever sent it finds out what became of it. Facts: CS-Cart developer documentation "REST API".
"""

from __future__ import annotations

import logging
import math
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from core import clock
from core.answer import LARGEST_PAGE, MEGABYTE, Answer
from core.errors import AuthorizationError, ConfigurationError, OutcomeUnknown, Rejected, RemoteBusy, Unreachable
from core.redaction import MASK, excerpt

if TYPE_CHECKING:
    # What sends requests takes long to load, and most commands send none.
    import tenacity

    from core.http import Http

log = logging.getLogger(__name__)

Params = Sequence[tuple[str, str | int]]
_TRIES = 3
_LONGEST_PAUSE = 20.0
"""Seconds that a read waits at the most when the store asks for a pause; the job waits longer by itself."""
_LONG_READ = 180.0
"""Real seconds allowed for the silence before a large page: the store builds it in one go."""
_PATIENCE = 60.0
"""Real seconds after which a read is not tried again here: the job does that, and can be stopped meanwhile."""
_LARGEST_ANSWER = 4 * MEGABYTE
"""Bytes of an answer that holds one order or a list of settings; pages of orders and products have LARGEST_PAGE."""
_LARGEST_SITE_PAGE = MEGABYTE
_HEAD = 4000
"""Bytes of a web page in which its title is looked for."""

_TOO_LONG = re.compile(r"\b(?:ur[il]|address|header|request line)\b[^<.]{0,40}\btoo (?:long|large)", re.IGNORECASE)


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


class AddressTooLong(Rejected):
    """The store's web server takes no address of this length; with fewer values in it the call may succeed."""


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
        self._key = _spellings(access)
        self._http = http
        self._called = called

    def get(self, path: str, params: Params = (), *, large: bool = False) -> dict[str, Any]:
        """Read; repeats up to three times on passing trouble.

        Raises AuthorizationError, ConfigurationError (not an API at all), Rejected, RemoteBusy, OutcomeUnknown or
        Unreachable.
        """
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type((RemoteBusy, OutcomeUnknown, Unreachable)),
            wait=partial(_wait, tenacity.wait_random_exponential(multiplier=0.5, max=5)),
            stop=tenacity.stop_after_attempt(_TRIES) | tenacity.stop_after_delay(_PATIENCE),
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
        answer = self._send("GET", "products", (("items_per_page", 1), ("only_short_fields", 1)), timeout=20)
        self._content(answer, "products")
        return answer.date()

    def get_page(self, query: str = "") -> str:
        """The store's own web page, for its version line; raises as `get` does."""
        answer = self._http.send(
            "GET",
            f"{self.access.url}/?{query}",
            read_timeout=20,
            total_timeout=30,
            limit=_LARGEST_SITE_PAGE,
            subject=self.access.subject,
        )
        return answer.text if answer.status == 200 else ""

    def write(self, method: str, path: str, body: Any, *, patience: float = 0.0) -> dict[str, Any]:
        """Write once. Raises Unreachable or RemoteBusy when nothing happened, Rejected when the store said no,
        OutcomeUnknown when it may have happened, AuthorizationError when the key is refused.

        `patience` is the real seconds to wait for an answer, where the store has much to do before it."""
        answer = self._send(method, path, body=body, timeout=patience)
        if answer.status >= 500 or answer.status == 408:
            raise OutcomeUnknown(
                f"It answered {answer.status} to a write.",
                subject=self.access.subject,
                next_step="Whether the write took effect is being found out.",
                status=answer.status,
            )
        if 300 <= answer.status < 400:
            # The API never redirects; whoever did may have let the store act first.
            raise OutcomeUnknown(
                f"It answered {answer.status} to a write, and redirects to {self._target(answer)}.",
                subject=self.access.subject,
                next_step="Whether the write took effect is being found out. Enter the address that the store itself "
                "uses.",
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
        return self._content(self._send("GET", path, params, large=large), path)

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

    def _send(
        self,
        method: str,
        path: str,
        params: Params = (),
        *,
        body: Any = None,
        large: bool = False,
        timeout: float = 0.0,
    ) -> Answer:
        seconds = timeout or self.access.timeout
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
            read_timeout=_LONG_READ if large else seconds,
            total_timeout=_LONG_READ + 60 if large else seconds * 2,
            limit=LARGEST_PAGE if large else _LARGEST_ANSWER,
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
                f"It redirects to {self._target(answer)}.",
                subject=subject,
                next_step="Enter the address that the store itself uses, with https and the right host.",
            )
        if _is_too_long(answer, parsed):
            return AddressTooLong(
                f"Its web server takes no address of this length for {path} ({status}).",
                subject=subject,
                next_step="Let the host allow 8 kB (Apache: LimitRequestLine; nginx: large_client_header_buffers).",
                status=status,
            )
        if not isinstance(parsed, dict):
            return self._page_instead(answer)
        said = self._shown(str(parsed.get("message") or status))
        next_step = "Give the API user the right for it." if status == 403 else ""
        return Rejected(f"It refuses {path} ({status}): {said}", subject=subject, next_step=next_step, status=status)

    def _page_instead(self, answer: Answer) -> ConfigurationError:
        return ConfigurationError(
            f"It answers with a web page instead of data ({answer.status}{self._title(answer)}).",
            subject=self.access.subject,
            next_step="Check the address, whether the REST API is open, and whether a login page, a maintenance page "
            "or a firewall stands before it.",
        )

    def _target(self, answer: Answer) -> str:
        """Where a redirect leads."""
        return self._shown(answer.headers.get("Location") or "elsewhere", 100)

    def _title(self, answer: Answer) -> str:
        """The title of a web page; nothing else of a body is ever shown, for it may hold personal data."""
        found = re.search(r"<title[^>]*>([^<]+)<", answer.body[:_HEAD].decode("utf-8", "replace"), re.IGNORECASE)
        return f", titled {self._shown(found.group(1), 60)!r}" if found else ""

    def _shown(self, text: str, limit: int = 200) -> str:
        """An excerpt of what the store said, without the key, also where the store repeats it."""
        return excerpt(self._key.sub(MASK, text), limit)

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


def _spellings(access: Access) -> re.Pattern[str]:
    """Finds the API key as such, as in an address, and as in the header."""
    basic = b64encode(f"{access.email}:{access.api_key}".encode()).decode()
    forms = filter(None, (access.api_key, quote(access.api_key, safe=""), basic))
    return re.compile("|".join(map(re.escape, forms)), re.IGNORECASE)


def _is_too_long(answer: Answer, parsed: Any) -> bool:
    """414 and 431 mean it; some servers say it in words, on a page of status 400 or 413."""
    if answer.status in {414, 431}:
        return True
    if answer.status not in {400, 413} or isinstance(parsed, dict):
        return False
    return _TOO_LONG.search(answer.text[:4000]) is not None


def _is_page(answer: Answer) -> bool:
    """HTML, as opposed to JSON that broke off."""
    return answer.body.lstrip()[:1] == b"<" or "html" in answer.headers.get("Content-Type", "").lower()


def _wait(backoff: tenacity.wait.wait_base, state: tenacity.RetryCallState) -> float:
    """Seconds before a read is repeated: what the store asks for, or the growing random time of `backoff`."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, RemoteBusy) else 0.0
    return max(min(asked, _LONGEST_PAUSE), backoff(state))


def _retry_after(answer: Answer) -> float:
    """Seconds that the store asks for, as far as they can be meant."""
    try:
        seconds = float(answer.headers.get("Retry-After", "1"))
    except ValueError:
        return 1.0
    return min(max(seconds, 0.0), 600.0) if math.isfinite(seconds) else 1.0
