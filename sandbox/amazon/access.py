"""Login with Amazon: applications, seller accounts, and the authorizations and tokens between them.

Lives, in seconds of the sandbox's clock: an access token an hour, the code of a consent five minutes and one use, a
secret 180 days (the one before a rotation a week more), the authorization of a public application 365 days.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.amazon.applications import DAY, PUBLIC, ROLES, SCOPES, Application
from sandbox.clock import Clock
from sandbox.world.marketplaces import Marketplace

ACCESS_SECONDS = 3600
CODE_SECONDS = 300
AUTHORIZATION_DAYS = 365


class Denied(Exception):
    """The token service refuses; `error` is one of OAuth's words."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(f"{status} {error}: {description}")
        self.status = status
        self.error = error
        self.description = description


@dataclass
class Account:
    """One seller account in one region. Tokens of one never show orders of another.

    number     which seller it belongs to; 1 is the demo's
    suspended  ids of the marketplaces whose listings are suspended: vacation mode
    """

    seller_id: str
    region: str
    store_name: str
    marketplaces: tuple[Marketplace, ...]
    number: int = 1
    suspended: set[str] = field(default_factory=set)


@dataclass
class Authorization:
    """One consent of a seller to an application; its refresh token dies with it."""

    refresh_token: str = field(repr=False)
    application: Application
    account: Account
    expires: float
    revoked: bool = False


@dataclass(frozen=True)
class Grant:
    """What an access token stands for; a grantless token has a scope and no account."""

    application: Application
    account: Account | None
    scope: str | None
    expires: float


@dataclass(frozen=True)
class Issued:
    """One answer of the token service."""

    access_token: str
    refresh_token: str | None
    expires_in: int = ACCESS_SECONDS


@dataclass(frozen=True)
class _Code:
    application: Application
    account: Account
    redirect_uri: str
    expires: float


class Access:
    """The token service and the check of access tokens. Thread-safe."""

    def __init__(self, clock: Clock, applications: Iterable[Application]) -> None:
        self.applications = tuple(applications)
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._authorizations: dict[str, Authorization] = {}

    def client(self, client_id: str, client_secret: str) -> Application:
        """The application with these credentials; Denied when there is none, or when the secret has died."""
        now = self._clock.timestamp()
        for application in self.applications:
            if application.client_id == client_id and application.takes(client_secret, now):
                return application
        raise Denied(401, "invalid_client", "Client authentication failed")

    def application(self, wanted: str) -> Application:
        """The application of this name, client id or application id; KeyError when there is none."""
        for one in self.applications:
            if wanted in (one.name, one.client_id, one.application_id):
                return one
        raise KeyError(wanted)

    def authorize(self, application: Application, account: Account, refresh_token: str | None = None) -> str:
        """The seller's consent, beside earlier ones; returns the refresh token."""
        life = AUTHORIZATION_DAYS * DAY if application.mode == PUBLIC else float("inf")
        token = refresh_token or f"Atzr|IwEBI{secrets.token_hex(80)}"
        with self._lock:
            expires = self._clock.timestamp() + life
            self._authorizations[token] = Authorization(token, application, account, expires)
        return token

    def refresh_token(self, application: Application, account: Account) -> str | None:
        """The refresh token of the seller's first consent to an application, None without one."""
        with self._lock:
            for one in self._authorizations.values():
                if one.application is application and one.account is account:
                    return one.refresh_token
        return None

    def by_refresh_token(self, application: Application, refresh_token: str) -> Issued:
        """A new access token of the account that granted the refresh token to this application."""
        with self._lock:
            found = self._authorizations.get(refresh_token)
        if found is None or found.application is not application or found.expires <= self._clock.timestamp():
            raise Denied(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
        if found.revoked:
            raise Denied(400, "invalid_grant", "User may have revoked or didn't grant the permission.")
        return Issued(self._issue(application, found.account, None), refresh_token)

    def by_scope(self, application: Application, scope: str) -> Issued:
        """A grantless access token."""
        if scope not in SCOPES:
            raise Denied(400, "invalid_scope", "The request has an invalid scope parameter")
        return Issued(self._issue(application, None, scope), None)

    def by_code(self, application: Application, code: str, redirect_uri: str) -> Issued:
        """Exchange the code of a consent: once, within five minutes, by its application, with its redirect URI."""
        with self._lock:
            found = self._codes.pop(code, None)
        if (
            found is None
            or found.application is not application
            or found.redirect_uri != redirect_uri
            or found.expires < self._clock.timestamp()
        ):
            raise Denied(400, "invalid_grant", "The request has an invalid grant parameter : code")
        token = self.authorize(application, found.account)
        return Issued(self._issue(application, found.account, None), token)

    def consent(self, application: Application, account: Account, redirect_uri: str) -> str:
        """The code that Amazon sends to `redirect_uri` after the seller's consent."""
        code = "ANX" + secrets.token_hex(10)
        with self._lock:
            expires = self._clock.timestamp() + CODE_SECONDS
            self._codes[code] = _Code(application, account, redirect_uri, expires)
        return code

    def revoke(self, account: Account, application: Application | None = None) -> int:
        """The seller takes authorizations back, all or one application's: refresh and access tokens die.

        Returns how many authorizations were hit.
        """
        with self._lock:
            hit = self._set_revoked(account, application, True)
            self._grants = {
                token: grant
                for token, grant in self._grants.items()
                if grant.account is not account or application not in (None, grant.application)
            }
        return hit

    def restore(self, account: Account, application: Application | None = None) -> int:
        """Undo `revoke`: the same refresh tokens work again. Returns how many authorizations came back."""
        with self._lock:
            return self._set_revoked(account, application, False)

    def change(self, application: Application, **changes: Any) -> Application:
        """Replace what the Developer Console can; ValueError for a role that is none."""
        known = {"draft", "enrolled", "redirect_uris", "roles", "denied", "secret_queue"}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise TypeError(f"{unknown[0]} of an application cannot be changed")
        roles = frozenset(changes.get("roles", application.roles))
        if not roles <= set(ROLES):
            raise ValueError(f"roles are {', '.join(ROLES)}")
        with self._lock:
            application.roles = roles
            application.secret_queue = str(changes.get("secret_queue", application.secret_queue))
            application.draft = bool(changes.get("draft", application.draft))
            application.enrolled = bool(changes.get("enrolled", application.enrolled))
            application.denied = frozenset(changes.get("denied", application.denied))
            application.redirect_uris = tuple(changes.get("redirect_uris", application.redirect_uris))
        return application

    def rotate(self, application: Application) -> None:
        """A new client secret; the old one goes on for a week."""
        with self._lock:
            application.rotate(f"amzn1.oa2-cs.v1.{secrets.token_hex(32)}", self._clock.timestamp())

    def expire(self, access_token: str) -> None:
        """Let an access token run out now."""
        with self._lock:
            self._grants.pop(access_token, None)

    def grant(self, access_token: str) -> Grant | None:
        """What a token stands for; None when it is unknown or has run out."""
        with self._lock:
            grant = self._grants.get(access_token)
        return grant if grant is not None and grant.expires > self._clock.timestamp() else None

    def _set_revoked(self, account: Account, application: Application | None, revoked: bool) -> int:
        hit = [
            one
            for one in self._authorizations.values()
            if one.account is account and application in (None, one.application) and one.revoked != revoked
        ]
        for one in hit:
            one.revoked = revoked
        return len(hit)

    def _issue(self, application: Application, account: Account | None, scope: str | None) -> str:
        token = f"Atza|IwEBI{secrets.token_urlsafe(120)}"
        expires = self._clock.timestamp() + ACCESS_SECONDS
        with self._lock:
            self._grants[token] = Grant(application, account, scope, expires)
        return token
