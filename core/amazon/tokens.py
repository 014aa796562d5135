"""Access tokens from Login with Amazon.

One request at a time per (API mode, client id, refresh token or scope): the other threads wait for it and share its
result. The life of a token comes from the answer. A revoked authorization is asked about once an hour, whoever asks.
Source: SP-API "Connect to the SP-API", LWA token endpoint.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core import clock
from core.answer import Answer
from core.errors import AuthorizationError, OutcomeUnknown, RemoteBusy, RemoteError
from core.redaction import excerpt

if TYPE_CHECKING:
    from core.http import Http

LWA_URL = "https://api.amazon.com"
_PATH = "/auth/o2/token"
_SUBJECT = "Login with Amazon"
_EARLY = 300.0
"""Seconds before its end that a token is renewed; at most a tenth of its life."""


REFUSED_FOR = timedelta(hours=1)
"""How long a refused refresh token is not tried again; a new one is tried at once."""
_LONGEST_LIFE = 7 * 86_400.0
"""Seconds; Amazon says one hour, anything beyond a week is no answer."""

_LARGEST_ANSWER = 64 * 1024
"""Bytes; a token has about one thousand."""


@dataclass(frozen=True)
class Credentials:
    """What a token request needs; never printed.

    With a `scope` the token is the application's own, for grantless calls; otherwise a seller's.
    """

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    previous_secret: str | None = field(default=None, repr=False)
    scope: str = ""
    api_mode: str = "live"

    def for_scope(self, scope: str) -> Credentials:
        """The same application, on its own behalf."""
        return replace(self, refresh_token="", scope=scope)

    @property
    def key(self) -> tuple[str, str, str]:
        """What a token is good for: tokens of the sandbox never serve live calls."""
        return self.api_mode, self.client_id, self.scope or self.refresh_token

    @property
    def grant(self) -> dict[str, str]:
        """The fields of the token request that say on whose behalf."""
        if self.scope:
            return {"grant_type": "client_credentials", "scope": self.scope}
        return {"grant_type": "refresh_token", "refresh_token": self.refresh_token}


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    renew_at: datetime


class Revoked(AuthorizationError):
    """The seller's authorization is gone: no call can succeed until it is given again."""


class CodeRefused(AuthorizationError):
    """The code of a consent is too old, was used before, or belongs to another redirect URL."""


class SecretRefused(AuthorizationError):
    """The client secret is wrong or has died; another one may be good."""


class TokenSource:
    """Gives access tokens for any number of accounts; shared by all threads of a process."""

    def __init__(self, http: Http, base_url: str) -> None:
        self._http = http
        self._url = (base_url or LWA_URL) + _PATH
        self._tokens: dict[tuple[str, str, str], _Token] = {}
        self._refused: dict[tuple[str, str, str], tuple[datetime, Revoked]] = {}
        self._locks: dict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def token(self, credentials: Credentials) -> str:
        """A token that is good for some minutes at least; asks Amazon only when there is none.

        Raises Revoked, AuthorizationError (client refused), RemoteBusy, OutcomeUnknown or Unreachable.
        """
        key = credentials.key
        with self._guard:
            lock = self._locks[key]
        with lock:
            token = self._tokens.get(key)
            if token is None or token.renew_at <= clock.now():
                token = self._tokens[key] = self._renewed(credentials)
            return token.value

    def fresh(self, credentials: Credentials) -> str:
        """A token asked for now, with exactly these credentials: tells whether they fit. Raises as `token` does."""
        exactly = replace(credentials, previous_secret=None)
        token = self._tokens[credentials.key] = _token_of(self._request(exactly, exactly.grant))
        self._refused.pop(credentials.key, None)
        return token.value

    def forget(self, credentials: Credentials, value: str) -> None:
        """Drop the token `value` because Amazon refused it; a newer one that another thread got stays."""
        token = self._tokens.get(credentials.key)
        if token is not None and token.value == value:
            self._tokens.pop(credentials.key, None)

    def exchange_code(self, credentials: Credentials, code: str, redirect_url: str) -> str:
        """Turn the code of a seller's consent into a refresh token; `credentials` need none yet.

        Raises CodeRefused for a code that is old or used, otherwise as `token` does. A code works once, so the call
        is never repeated.
        """
        grant = {"grant_type": "authorization_code", "code": code}
        if redirect_url:
            grant["redirect_uri"] = redirect_url
        try:
            body = self._request(credentials, grant)
        except Revoked as error:
            raise CodeRefused(
                "Amazon does not take the code: it is older than five minutes, was used before, or belongs to another "
                "redirect URL.",
                subject=_SUBJECT,
                next_step="Start the authorization again.",
            ) from error
        refresh_token = body.get("refresh_token")
        if not isinstance(refresh_token, str) or not refresh_token:
            raise OutcomeUnknown("Its answer holds no refresh token.", subject=_SUBJECT)
        authorized = replace(credentials, refresh_token=refresh_token)
        self._tokens[authorized.key] = _token_of(body)
        return refresh_token

    def _renewed(self, credentials: Credentials) -> _Token:
        until, refusal = self._refused.get(credentials.key, (clock.now(), None))
        if refusal is not None and clock.now() < until:
            raise Revoked(refusal.what, subject=refusal.subject, next_step=refusal.next_step)
        try:
            return _token_of(self._request(credentials, credentials.grant))
        except Revoked as error:
            self._refused[credentials.key] = (clock.now() + REFUSED_FOR, error)
            raise

    def _request(self, credentials: Credentials, grant: dict[str, str]) -> dict[str, Any]:
        try:
            return self._send(credentials.client_id, credentials.client_secret, grant)
        except SecretRefused:
            if not credentials.previous_secret:
                raise
            return self._send(credentials.client_id, credentials.previous_secret, grant)

    def _send(self, client_id: str, secret: str, grant: dict[str, str]) -> dict[str, Any]:
        answer = self._http.send(
            "POST",
            self._url,
            headers={
                "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
                "accept": "application/json",
            },
            form={**grant, "client_id": client_id, "client_secret": secret},
            read_timeout=20.0,
            total_timeout=30.0,
            limit=_LARGEST_ANSWER,
            changes=False,
            subject=_SUBJECT,
        )
        body = _body(answer)
        if answer.status != 200:
            raise _refusal(answer.status, body)
        return body


def _token_of(body: dict[str, Any]) -> _Token:
    try:
        value, life = body["access_token"], float(body.get("expires_in", 3600))
    except (KeyError, TypeError, ValueError, OverflowError):
        value, life = None, 0.0
    if not isinstance(value, str) or not value or not 0 < life < _LONGEST_LIFE:
        raise OutcomeUnknown("Its answer holds no token that can be used.", subject=_SUBJECT)
    return _Token(value, clock.now() + timedelta(seconds=life - min(_EARLY, life / 10)))


def _body(answer: Answer) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if answer.status == 429 or answer.status >= 500:
        return {}
    raise OutcomeUnknown(
        f"It answered {answer.status} without the promised JSON.",
        subject=_SUBJECT,
        next_step="Check CROSSDOCK_LWA_URL and any proxy on the way.",
    )


def _refusal(status: int, body: dict[str, Any]) -> Exception:
    code = str(body.get("error", ""))
    request_id = str(body.get("request_id", ""))
    said = excerpt(str(body.get("error_description") or code or status))
    if status == 429 or status >= 500:
        return RemoteBusy(f"It is busy ({status}).", subject=_SUBJECT, status=status)
    if code == "invalid_grant":
        return Revoked(
            f"The refresh token is refused: {said}.",
            subject=_SUBJECT,
            next_step="Authorize the app again in Seller Central and enter the new refresh token.",
        )
    if code in {"invalid_client", "unauthorized_client"}:
        kind = SecretRefused if code == "invalid_client" else AuthorizationError
        return kind(
            f"The client is refused: {said}.",
            subject=_SUBJECT,
            next_step="Check client id and client secret; a secret dies 180 days after it was made.",
        )
    return RemoteError(
        f"The token request is refused ({status} {code}): {said}.",
        subject=_SUBJECT,
        next_step="Check client id, client secret and refresh token.",
        status=status,
        code=code,
        request_id=request_id,
    )
