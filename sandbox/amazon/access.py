"""Login with Amazon: one application, its seller accounts, and the tokens between them."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass, field

from sandbox.clock import Clock
from sandbox.world.marketplaces import Marketplace

ACCESS_SECONDS = 3600
CODE_SECONDS = 300
SCOPES = ("sellingpartnerapi::notifications", "sellingpartnerapi::client_credential:rotation")


class Denied(Exception):
    """The token service refuses; `error` is one of OAuth's words."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{status} {error}: {description}")
        self.status = status
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Account:
    """One seller account in one region. Tokens of one never show orders of another."""

    seller_id: str
    region: str
    store_name: str
    marketplaces: tuple[Marketplace, ...]
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Grant:
    """What an access token stands for; a grantless token has a scope and no account."""

    client_id: str
    account: Account | None
    scope: str | None
    expires: float


@dataclass(frozen=True)
class Issued:
    """One answer of the token service."""

    access_token: str
    refresh_token: str | None
    expires_in: int = ACCESS_SECONDS


def derived(seed: int, purpose: str, length: int) -> str:
    """`length` hexadecimal digits that depend only on seed and purpose."""
    text = ""
    while len(text) < length:
        text += hashlib.sha256(f"{seed} {purpose} {len(text)}".encode()).hexdigest()
    return text[:length]


class Access:
    """The token service and the check of access tokens. Thread-safe."""

    def __init__(self, clock: Clock, seed: int, accounts: tuple[Account, ...]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, tuple[Account, str, float]] = {}
        self._refresh = {account.refresh_token: account for account in accounts}
        self.client_id = f"amzn1.application-oa2-client.{derived(seed, 'client id', 32)}"
        self.client_secret = f"amzn1.oa2-cs.v1.{derived(seed, 'client secret', 64)}"

    def check_client(self, client_id: str, client_secret: str) -> None:
        """Denied unless these are the credentials of the application."""
        if (client_id, client_secret) != (self.client_id, self.client_secret):
            raise Denied(401, "invalid_client", "Client authentication failed")

    def by_refresh_token(self, refresh_token: str) -> Issued:
        """A new access token of the account that granted the refresh token."""
        with self._lock:
            account = self._refresh.get(refresh_token)
        if account is None:
            raise Denied(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
        return Issued(self._issue(account, None), refresh_token)

    def by_scope(self, scope: str) -> Issued:
        """A grantless access token."""
        if scope not in SCOPES:
            raise Denied(400, "invalid_scope", "The request has an invalid scope parameter")
        return Issued(self._issue(None, scope), None)

    def by_code(self, code: str, redirect_uri: str) -> Issued:
        """Exchange the code of a consent; it works once, for five minutes, with its own redirect URI."""
        with self._lock:
            account, uri, expires = self._codes.pop(code, (None, "", 0.0))
        if account is None or uri != redirect_uri or expires < self._clock.timestamp():
            raise Denied(400, "invalid_grant", "The request has an invalid grant parameter : code")
        with self._lock:
            self._refresh.setdefault(account.refresh_token, account)
        return Issued(self._issue(account, None), account.refresh_token)

    def consent(self, account: Account, redirect_uri: str) -> str:
        """The code Amazon would send to `redirect_uri` after the seller's consent."""
        code = "ANX" + secrets.token_hex(10)
        with self._lock:
            self._codes[code] = (account, redirect_uri, self._clock.timestamp() + CODE_SECONDS)
        return code

    def revoke(self, account: Account) -> None:
        """The seller takes the authorization back: refresh token and access tokens die."""
        with self._lock:
            self._refresh.pop(account.refresh_token, None)
            self._grants = {token: grant for token, grant in self._grants.items() if grant.account != account}

    def expire(self, access_token: str) -> None:
        """Let an access token run out now."""
        with self._lock:
            self._grants.pop(access_token, None)

    def grant(self, access_token: str) -> Grant | None:
        """What a token stands for; None when it is unknown or has run out."""
        with self._lock:
            grant = self._grants.get(access_token)
        return grant if grant is not None and grant.expires > self._clock.timestamp() else None

    def _issue(self, account: Account | None, scope: str | None) -> str:
        token = f"Atza|IwEBI{secrets.token_urlsafe(120)}"
        expires = self._clock.timestamp() + ACCESS_SECONDS
        with self._lock:
            self._grants[token] = Grant(self.client_id, account, scope, expires)
        return token
