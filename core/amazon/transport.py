"""Every call to the SP-API passes here: quota → token → send → classify → meter.

Retries live in this one layer and are short (three tries, half a minute); longer waits belong to the job. A body that
is not the JSON promised is an error, never an empty page. Sources: SP-API "Usage Plans", "Error codes".
"""

from __future__ import annotations

import logging
import math
import platform
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import quote, urlencode

from core import clock
from core.amazon.marketplaces import REGIONS
from core.amazon.operations import Nature, Operation
from core.amazon.tokens import Credentials, TokenSource
from core.answer import Answer
from core.errors import (
    AuthorizationError,
    ConfigurationError,
    OutcomeUnknown,
    Rejected,
    RemoteBusy,
    RemoteError,
)
from core.quota import Level, QuotaBook, QuotaWait, UsagePlan, bucket_prefix, untouched
from core.redaction import excerpt
from core.settings import is_loopback

if TYPE_CHECKING:
    # What sends requests takes long to load, and most commands send none.
    from core.download import Document
    from core.http import Http

log = logging.getLogger(__name__)

VERSION = version("crossdock")
# Backslash escapes are asked for by the guide for these characters inside the parentheses.
USER_AGENT = f"Crossdock/{VERSION} (Language=Python/{platform.python_version()})"
_TRIES = 3
_PATIENCE = 60.0
"""Real seconds after which a call is not tried again here: the job does that, and can be stopped meanwhile."""


@dataclass(frozen=True)
class Account:
    """Who calls: a seller account of one app, region and API mode."""

    region: str
    api_mode: str
    quota_owner: str
    """Whose token buckets its calls use: the seller once they are proven, else a word of its own."""
    credentials: Credentials
    draft: bool = False

    def bucket(self, operation: Operation) -> str:
        """Key of the token bucket that this account has for an operation; grantless calls belong to no seller."""
        owner = "-" if operation.scope else self.quota_owner
        return bucket_prefix(self.api_mode, self.credentials.client_id, owner) + operation.name

    def named_bucket(self, name: str) -> str:
        """Key of a token bucket beside those of the operations."""
        return bucket_prefix(self.api_mode, self.credentials.client_id, self.quota_owner) + name


_OF_SANDBOX = "The channel's API mode is sandbox: those hosts answer with examples alone, and to tokens of their own. "


class TokenExpired(AuthorizationError):
    """Amazon calls a fresh token expired: it happens in its incidents, so a job tries again a little later."""


class Meter(Protocol):
    """Is told of every call made and of every one refused (429)."""

    def called(self, operation: str) -> None: ...

    def refused(self, operation: str) -> None: ...


class NoMeter:
    """Counts nothing."""

    def called(self, operation: str) -> None:
        """Ignore the call."""

    def refused(self, operation: str) -> None:
        """Ignore the refusal."""


class AmazonClient:
    """Calls operations for one account; safe to share between threads."""

    def __init__(
        self,
        account: Account,
        *,
        http: Http,
        quotas: QuotaBook,
        tokens: TokenSource,
        base_url: str = "",
        meter: Meter | None = None,
        background: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        region = REGIONS[account.region]
        self._account = account
        self._credentials = replace(account.credentials, api_mode=account.api_mode)
        self._http = http
        self._quotas = quotas
        self._tokens = tokens
        self._base = base_url or (region.sandbox_endpoint if account.api_mode == "sandbox" else region.endpoint)
        self._meter = meter or NoMeter()
        self._background = background
        self._should_stop = should_stop

    def call(
        self,
        operation: Operation,
        params: Mapping[str, str] | None = None,
        *,
        path: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> dict[str, Any]:
        """Make one call and return its JSON object.

        Raises QuotaWait when the next token is far away, AuthorizationError, Rejected, RemoteBusy, OutcomeUnknown
        or Unreachable; those that a repetition can heal have been repeated already.
        """
        if self._account.draft and operation.nature_of(params or {}) is Nature.WRITE:
            raise ConfigurationError(
                f"{operation.name} is not sent: the app status of this channel is draft.",
                next_step="Set app_status to active when the channel may change things on Amazon.",
            )
        import tenacity

        enough = tenacity.stop_after_attempt(_TRIES) | tenacity.stop_after_delay(_PATIENCE)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: operation.idempotent and _is_passing(error)),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=8),
            stop=lambda state: self._should_stop() or enough(state),
            sleep=clock.sleep,
            reraise=True,
        )
        return retrying(self._attempt, operation, params or {}, path or {}, body)

    def acquire(self, name: str, plan: UsagePlan) -> None:
        """Take a token of a limit that Amazon sets beside the plan of an operation; raises QuotaWait."""
        self._quotas.acquire(self._account.named_bucket(name), plan)

    def level(self, name: str, plan: UsagePlan) -> Level:
        """How much of a quota is left, by the name of the operation or limit; costs nothing."""
        key = self._account.named_bucket(name)
        found = (level for level in self._quotas.levels(key) if level.key == key)
        return next(found, untouched(key, plan))

    def download(self, address: str, *, packed: bool) -> AbstractContextManager[Document]:
        """A document from an address that Amazon has signed, as `Http.download` gives it out; costs no quota."""
        return self._http.download(self._signed(address), packed=packed, subject="Amazon")

    def upload(self, address: str, body: BinaryIO, content_type: str) -> None:
        """Send a document to an address that Amazon has signed, as `Http.upload` does; costs no quota."""
        self._http.upload(self._signed(address), body, content_type, subject="Amazon")

    def _signed(self, address: str) -> str:
        """The address, which Amazon's answer names: never one of this machine, unless Amazon is a sandbox on it."""
        here = is_loopback(address)
        if here != is_loopback(self._base) or not (here or address.lower().startswith("https://")):
            raise RemoteError(
                "Amazon names an address for a document that is not one of Amazon's.",
                subject="Amazon",
                next_step="Check CROSSDOCK_SPAPI_URL and any proxy on the way.",
            )
        return address

    def _attempt(
        self, operation: Operation, params: Mapping[str, str], path: Mapping[str, str], body: Any
    ) -> dict[str, Any]:
        credentials = self._credentials.for_scope(operation.scope) if operation.scope else self._credentials
        token = self._token(credentials)
        answer = self._send(operation, params, path, body, token)
        if _speaks_of_token(answer):
            self._tokens.forget(credentials, token)
            token = self._token(credentials)
            answer = self._send(operation, params, path, body, token)
            if _speaks_of_token(answer):
                self._tokens.forget(credentials, token)
        return self._classify(operation, answer)

    def _token(self, credentials: Credentials) -> str:
        try:
            return self._tokens.token(credentials)
        except OutcomeUnknown as error:
            # Of the token request, not of the call: that was never sent.
            raise RemoteBusy(error.what, subject=error.subject, status=error.status or 503) from None

    def _send(
        self, operation: Operation, params: Mapping[str, str], path: Mapping[str, str], body: Any, token: str
    ) -> Answer:
        bucket = self._account.bucket(operation)
        reserve = operation.interactive_reserve if self._background else 0
        self._quotas.acquire(bucket, operation.plan, reserve=reserve)
        self._meter.called(operation.name)
        where = operation.path.format(**{name: quote(value, safe="") for name, value in path.items()})
        return self._http.send(
            operation.method,
            self._base + where,
            headers={
                "x-amz-access-token": token,
                "x-amz-date": clock.now().strftime("%Y%m%dT%H%M%SZ"),
                "user-agent": USER_AGENT,
                "accept": "application/json",
            },
            params=urlencode(params, quote_via=quote),
            json=body,
            total_timeout=operation.seconds,
            limit=operation.limit,
            changes=operation.nature_of(params) is Nature.WRITE or not operation.idempotent,
            subject="Amazon",
        )

    def _classify(self, operation: Operation, answer: Answer) -> dict[str, Any]:
        bucket = self._account.bucket(operation)
        request_id = answer.headers.get("x-amzn-RequestId", "")
        if answer.status == 429:
            self._meter.refused(operation.name)
            until = self._quotas.refused(bucket, operation.plan, _number(answer.headers.get("Retry-After")) or 0)
            log.warning("%s refused by quota, request %s", operation.name, request_id)
            raise QuotaWait(bucket, until)
        self._quotas.observe(bucket, operation.plan, _number(answer.headers.get("x-amzn-RateLimit-Limit")))
        body = _json_object(answer)
        if answer.status == 204 or (answer.status == 200 and operation.silent and not answer.body):
            return {}
        if 200 <= answer.status < 300 and body is not None:
            return body
        error = _error(operation, answer, body, request_id, self._account.api_mode)
        # That something is not there is an answer; everything else may need a person.
        level = logging.INFO if answer.status == 404 else logging.WARNING
        log.log(level, "%s: %s, request %s", operation.name, error, request_id or "-")
        raise error


def _is_passing(error: BaseException) -> bool:
    """Whether the same idempotent call may succeed a moment later."""
    if isinstance(error, RemoteBusy | OutcomeUnknown):
        return True
    # A refusal by quota ends in a short wait when the bucket opens soon; `acquire` does the waiting.
    return isinstance(error, QuotaWait) and clock.seconds_until(error.until) <= 5


def _speaks_of_token(answer: Answer) -> bool:
    """401, or a 403 that names the access token: a new token may heal it, once."""
    if answer.status == 401:
        return True
    if answer.status != 403:
        return False
    text = answer.text.lower()
    return "token" in text and any(word in text for word in ("expired", "missing", "invalid", "revoked"))


def _json_object(answer: Answer) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _number(text: str | None) -> float | None:
    """A finite number from a header; anything else is None."""
    try:
        number = float(text) if text else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None


def _error(
    operation: Operation, answer: Answer, body: dict[str, Any] | None, request_id: str, api_mode: str
) -> RemoteError | AuthorizationError:
    """Status and body → what the caller can do about it."""
    status = answer.status
    if status >= 500 and not operation.idempotent:
        return OutcomeUnknown(
            f"{operation.name} was answered {status}: it may have been done.", subject="Amazon", status=status
        )
    if status >= 500:
        return RemoteBusy(f"{operation.name}: Amazon is not available ({status}).", subject="Amazon", status=status)
    if body is None:
        return OutcomeUnknown(
            f"{operation.name} was answered {status} without the promised JSON.",
            subject="Amazon",
            next_step="Check the base URL and any proxy on the way.",
            status=status,
            request_id=request_id,
        )
    mode = _OF_SANDBOX if api_mode == "sandbox" else ""
    code, message = _first_error(body)
    said = excerpt(f"{code}: {message}" if message else code or str(status))
    if status in {401, 403}:
        kind = TokenExpired if "expired" in answer.text.lower() else AuthorizationError
        return kind(
            f"{operation.name} is denied ({said}).",
            subject="Amazon",
            next_step=f"{mode}Check the region and the seller account, whether the app has the role for this call, and "
            "whether it was authorized again after the role was added. "
            f"Amazon's support needs request id {request_id or 'unknown'}.",
        )
    return Rejected(
        f"{operation.name} is refused ({status} {said}).",
        subject="Amazon",
        next_step=f"{mode}Amazon's support needs request id {request_id or 'unknown'}.",
        status=status,
        code=code,
        request_id=request_id,
    )


def _first_error(body: dict[str, Any]) -> tuple[str, str]:
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    details = str(first.get("details") or "")
    return str(first.get("code", "")), f"{first.get('message', '')} {details}".strip()
